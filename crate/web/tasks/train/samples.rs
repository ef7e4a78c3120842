//! The rows of samples that are drawn while a network trains, and the film that they make.

use burn::tensor::{Tensor, TensorData};

use super::TrainSession;
use crate::images::{Grid, from_bytes, to_bytes};
use crate::nn::unet::{CLASSES, PIXELS, SIZE};
use crate::ops::read;
use crate::runtime::Runtime;
use crate::samplers::{Class, SampleNoise, SamplerConfig, SamplerKind, Sampling};
use crate::web::protocol::{Event, Refusal, SampleRow, Subject};
use crate::web::tasks::TaskContext;

/// The rows are all of this seed, so that only the weights change.
const SEED: u64 = 1;

/// The most rows that are kept. A checkpoint has four bytes for each pixel, which makes 0.75 MB of them.
const MOST: usize = 24;

/// The sampling steps of a row after `step` training steps, if later ones have `asked`. A network that has hardly learned draws nothing
/// better with many, and the visitor waits for the training to go on: with all 50, the four rows up to step 50 of `base` would take
/// minutes on a CPU.
fn sampling_steps(step: u64, asked: u32) -> u32 {
    const EARLY: u32 = 10;
    if step < 100 { asked.min(EARLY) } else { asked }
}

/// Whether a row is due after `step` steps, if one is drawn every `every` steps (0: never): before the first step, after 10, 20,
/// 50, 100, 200, 500 and so on up to `every`, and from then on at its multiples. A digit takes shape early, when the loss falls
/// fastest.
pub fn is_due(step: u64, every: u64) -> bool {
    if every == 0 {
        return false;
    }
    let mut leading = step;
    while leading >= 10 && leading.is_multiple_of(10) {
        leading /= 10;
    }
    step.is_multiple_of(every) || (10 <= step && step < every && matches!(leading, 1 | 2 | 5))
}

/// The rows that are kept of a run, the oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Film {
    rows: Vec<SampleRow>,
}

impl Film {
    /// The film in a run's file: the steps of its rows, and their pixels one after the other. Files that were written before
    /// there were films name no steps and have one row, that of `last`.
    pub fn of_record(steps: &[u32], last: u32, pixels: Vec<u8>) -> Self {
        let fits = !steps.is_empty()
            && pixels.len().is_multiple_of(PIXELS * steps.len())
            && steps.is_sorted_by(|a, b| a < b);
        let rows = if pixels.is_empty() {
            Vec::new()
        } else if fits {
            let row = pixels.len() / steps.len();
            let rows = steps.iter().zip(pixels.chunks(row));
            rows.map(|(&step, pixels)| SampleRow {
                step,
                pixels: pixels.to_vec(),
            })
            .collect()
        } else {
            vec![SampleRow { step: last, pixels }]
        };
        let mut film = Self { rows };
        film.thin();
        film
    }

    /// Adds a row, in place of one of the same step. If there are too many then, one of those that are nearest to their
    /// neighbours is left out, where steps count by their ratios: never the first or the last.
    pub fn push(&mut self, row: SampleRow) {
        self.rows.retain(|old| old.step < row.step);
        self.rows.push(row);
        self.thin();
    }

    fn thin(&mut self) {
        while self.rows.len() > MOST {
            let place = |step: u32| (f64::from(step) + 10.0).ln();
            let gap = |at: usize| place(self.rows[at + 1].step) - place(self.rows[at - 1].step);
            let nearest = (1..self.rows.len() - 1).min_by(|&a, &b| gap(a).total_cmp(&gap(b)));
            self.rows.remove(nearest.expect("more than two rows"));
        }
    }

    /// The rows, the oldest first.
    pub fn rows(&self) -> &[SampleRow] {
        &self.rows
    }

    /// The steps of the rows.
    pub fn steps(&self) -> Vec<u32> {
        self.rows.iter().map(|row| row.step).collect()
    }

    /// The pixels of all rows, one after the other.
    pub fn pixels(&self) -> Vec<u8> {
        self.rows
            .iter()
            .flat_map(|row| row.pixels.clone())
            .collect()
    }

    /// The newest row.
    pub fn last(&self) -> Option<&SampleRow> {
        self.rows.last()
    }
}

impl TrainSession {
    /// Draw the row of samples if one is due after the last step. The time that it takes does not count as training.
    pub(super) async fn draw_due_samples(&mut self, context: &TaskContext) {
        let (step, every) = (self.steps(), u64::from(self.options.sample_every));
        let drawn = self
            .film
            .last()
            .is_some_and(|row| u64::from(row.step) == step);
        if drawn || !(is_due(step, every) || (every > 0 && self.ended())) {
            return;
        }
        self.rate.stop(context.now());
        if let Err(refusal) = self.paint_samples(context).await {
            context.refuse(refusal);
        }
        self.rate.start(context.now());
    }

    /// Draw one digit of each class from the EMA weights, always out of the same noise, with the recipe's guidance. Gives up when the
    /// session is to stop.
    async fn paint_samples(&mut self, context: &TaskContext) -> Result<(), Refusal> {
        let trainer = &self.trainer;
        // As many as the row has places for.
        let labels = Class::All.labels(trainer.unet(), SEED, 0, CLASSES);
        let begin = |runtime: &Runtime| {
            let config = trainer.config();
            let model = config.model(runtime, trainer.unet(), trainer.average());
            let steps = sampling_steps(trainer.done(), self.options.sample_steps);
            let sampler = SamplerConfig {
                kind: SamplerKind::DpmSolverPp2m,
                steps: steps.min(config.timesteps),
                ..SamplerConfig::default()
            };
            let sampler = sampler.build(&model.schedule);
            let noise = SampleNoise {
                seed: SEED,
                first: 0,
            };
            Sampling::guided(model, &labels, config.cfg_scale, sampler, noise)
                .expect("the recipe was validated, and the labels are classes of the network")
        };
        let first_step = |runtime: &Runtime| {
            begin(runtime).step();
        };
        let (shaders, runtime) = (context.shaders(), context.runtime());
        shaders
            .compile_drawing(*trainer.unet(), None, runtime, first_step)
            .await;
        let mut sampling = begin(runtime);
        let mut in_flight = context.in_flight();
        let refusal = |code| move |error: String| Refusal::new(Subject::Train, code, error);
        while sampling.step().is_some() {
            in_flight.launched().await.map_err(refusal("device"))?;
            if context.stop_requested().is_some() {
                return Ok(());
            }
        }
        let canvas = &context.canvases().training;
        let painted = canvas.paint(sampling.images(), Grid::row(CLASSES)).await;
        painted.map_err(refusal("paint"))?;
        let pixels = read(sampling.images().clone()).await;
        let pixels = to_bytes(&pixels.map_err(refusal("read_back"))?);
        let row = SampleRow {
            step: trainer.done() as u32,
            pixels,
        };
        self.film.push(row.clone());
        context.emit(&Event::Samples {
            row,
            kept: self.film.steps(),
        });
        context.emit(&Event::Model(self.weights().info()));
        Ok(())
    }
}

/// Show a row of samples that was drawn in an earlier session.
pub async fn show_samples(context: &TaskContext, row: &SampleRow) {
    let count = row.pixels.len() / PIXELS;
    let images = TensorData::new(from_bytes(&row.pixels), [count, 1, SIZE, SIZE]);
    let images = Tensor::from_data(images, context.runtime().device());
    let canvas = &context.canvases().training;
    if let Err(error) = canvas.paint(&images, Grid::row(count)).await {
        context.refuse(Refusal::new(Subject::Train, "paint", error));
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    fn row(step: u32) -> SampleRow {
        SampleRow {
            step,
            pixels: vec![(step % 251) as u8; 10 * PIXELS],
        }
    }

    #[test]
    fn early_rows_are_drawn_in_few_steps() {
        assert_eq!(
            [0, 99, 100].map(|step| sampling_steps(step, 50)),
            [10, 10, 50]
        );
        assert_eq!(sampling_steps(0, 5), 5);
    }

    #[test]
    fn rows_are_due_early_and_then_at_even_distances() {
        let due = |every, up_to| {
            (0..=up_to)
                .filter(|&step| is_due(step, every))
                .collect::<Vec<_>>()
        };
        assert_eq!(due(100, 400), [0, 10, 20, 50, 100, 200, 300, 400]);
        assert_eq!(due(1000, 2100), [0, 10, 20, 50, 100, 200, 500, 1000, 2000]);
        assert_eq!(due(7, 30), [0, 7, 14, 21, 28]);
        assert!(due(0, 30).is_empty());
    }

    #[test]
    fn a_film_is_bounded_and_keeps_its_ends() {
        let mut film = Film::default();
        for step in (0..=40_000).filter(|&step| is_due(step, 100)) {
            film.push(row(step as u32));
            assert!(film.rows().len() <= MOST);
        }
        let steps = film.steps();
        assert_eq!(steps.len(), MOST);
        assert_eq!((steps[0], steps[MOST - 1]), (0, 40_000));
        // What was drawn early is still there.
        assert!(steps.contains(&10) && steps.contains(&50), "{steps:?}");
        // A run that goes back, after a loss that was not finite, draws its rows anew.
        film.push(row(100));
        assert_eq!(film.steps().last(), Some(&100));
    }

    #[test]
    fn a_film_comes_back_from_a_file() {
        let mut film = Film::default();
        for step in [0, 10, 20] {
            film.push(row(step));
        }
        let back = Film::of_record(&film.steps(), 20, film.pixels());
        assert_eq!(back, film);
        // As it was before there were films, with nothing in it, and with steps that do not fit.
        assert_eq!(Film::of_record(&[], 7, row(7).pixels).steps(), [7]);
        assert!(Film::of_record(&[1], 7, Vec::new()).rows().is_empty());
        for steps in [&[5, 5][..], &[1, 2, 3]] {
            assert_eq!(Film::of_record(steps, 7, row(7).pixels).steps(), [7]);
        }
    }
}
