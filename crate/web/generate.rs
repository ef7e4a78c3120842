//! Generate: digits out of noise, a frame a step.

use burn::tensor::Device;
use wasm_bindgen_futures::spawn_local;

use super::app::{App, Halt};
use super::draw::{self, Drawing, Refused};
use super::event_loop::{now, yield_now};
use super::pace::Pace;
use super::protocol::{Activity, EditOptions, Event, GenerateOptions, Sampled, SamplingProgress};
use crate::sampler::{Grid, Model, fingerprint, to_bytes};

/// A generation under way.
pub struct Generation {
    options: GenerateOptions,
    drawing: Drawing,
    pace: Pace,
}

impl App {
    /// Begin a generation, in place of one that may be held.
    pub fn generate(&self, options: GenerateOptions) {
        self.begin("generate", |model, device| {
            Ok((draw::generate(model, &options, device)?, options))
        });
    }

    /// The same from a picture.
    pub fn edit(&self, options: EditOptions) {
        self.begin("edit", |model, device| {
            Ok((draw::edit(model, &options, device)?, options.draw))
        });
    }

    fn begin(
        &self,
        what: &str,
        draw: impl FnOnce(Model, &Device) -> Result<(Drawing, GenerateOptions), Refused>,
    ) {
        let Some(in_use) = self.in_use() else {
            return self.refuse(
                what,
                "no_weights",
                "There are no weights yet: train first, or load a weights file.".into(),
            );
        };
        match draw(in_use.model(), &self.stage().opened.device) {
            Ok((drawing, options)) => {
                self.generation.replace(Some(Generation {
                    options,
                    drawing,
                    pace: Pace::default(),
                }));
                self.run_generation();
            }
            Err(Refused { code, message }) => self.refuse(what, code, message),
        }
    }

    /// Start the loop on the generation that is held.
    pub fn run_generation(&self) {
        self.running.set(Activity::Generation);
        self.halt.set(Halt::No);
        self.announce();
        let app = self.clone();
        spawn_local(async move {
            if let Some(generation) = &mut *app.generation.borrow_mut() {
                generation.pace.start(now());
            }
            while app.halt.get() == Halt::No && app.step_generation().await {
                yield_now().await;
            }
            match app.halt.get() {
                Halt::Pause => {
                    if let Some(generation) = &mut *app.generation.borrow_mut() {
                        generation.pace.stop(now());
                    }
                    app.running.set(Activity::Nothing);
                    app.announce();
                }
                halt => app.end_generation(halt == Halt::No).await,
            }
        });
    }

    /// One reverse step, painted. False when there was none left.
    async fn step_generation(&self) -> bool {
        let stage = self.stage();
        let (progress, images) = {
            let mut generation = self.generation.borrow_mut();
            let Some(generation) = &mut *generation else {
                return false;
            };
            let Some(t) = generation.drawing.step() else {
                return false;
            };
            let (step, steps) = (generation.drawing.done(), generation.drawing.steps());
            generation.pace.record(now(), step as f64);
            let progress = SamplingProgress {
                step: step as u32,
                steps: steps as u32,
                t: t as u32,
                elapsed_s: generation.pace.elapsed(now()),
                left_s: generation
                    .pace
                    .left((steps - step) as f64)
                    .unwrap_or_default(),
            };
            (progress, generation.drawing.images().clone())
        };
        let grid = Grid::square(images.dims()[0]);
        if let Err(error) = stage.generation.paint(&images, grid).await {
            self.refuse("generate", "paint", error);
        }
        // One frame's work in the queue at a time: the picture then keeps up with the step shown.
        if stage.opened.share.is_some() {
            let _ = images
                .slice([0..1, 0..1, 0..1, 0..1])
                .into_data_async()
                .await;
        }
        self.emit(&Event::Sampling(progress));
        true
    }

    /// Hand out what was drawn and let go of the generation.
    pub async fn end_generation(&self, complete: bool) {
        let Some(mut generation) = self.generation.take() else {
            return;
        };
        generation.pace.stop(now());
        let images = generation.drawing.images().clone();
        generation.options.count = images.dims()[0] as u32;
        match images.into_data_async().await {
            Ok(data) => {
                let pixels = to_bytes(&data.try_into_vec::<f32>().unwrap_or_default());
                self.emit(&Event::Sampled(Sampled {
                    options: generation.options,
                    steps: generation.drawing.done() as u32,
                    complete,
                    elapsed_s: generation.pace.elapsed(now()),
                    fingerprint: fingerprint(&pixels),
                    pixels,
                }));
            }
            Err(error) => self.refuse("generate", "read_back", format!("{error:?}")),
        }
        self.running.set(Activity::Nothing);
        self.announce();
    }
}
