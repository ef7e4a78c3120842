//! The comparison of the samplers: Fréchet distance, accuracy and time for each sampler and number of steps.

use std::time::Instant;

use ddpm::evaluation::accuracy::accuracy;
use ddpm::evaluation::bootstrap::Estimate;
use ddpm::evaluation::evaluator::SetEvaluation;
use ddpm::samplers::{Class, SamplerKind};
use serde::Serialize;

use super::super::draw::Generator;
use super::super::evaluate::{CachedEvaluator, WeightsFile};
use super::Args;

/// The result of one sampler with one number of steps.
#[derive(Debug, Clone, Serialize)]
pub struct SamplerResult {
    /// The sampler.
    pub sampler: SamplerKind,
    /// The number of steps, in forward passes of the network.
    pub steps: u32,
    /// The number of digits drawn.
    pub count: usize,
    /// The Fréchet distance from the test images.
    pub frechet: Estimate,
    /// The fraction of digits that the classifier assigns to their label.
    pub accuracy: Estimate,
    /// The time for one digit when [`TIMED`] are drawn at once, in seconds, if it was measured.
    pub seconds_a_digit: Option<f64>,
}

/// Digits drawn to measure the time. They are drawn separately from the evaluated ones so that all timings follow one
/// another: drawing the evaluated ones takes hours, in which the machine's load changes.
pub const TIMED: usize = 16;

/// The fast samplers, and the numbers of steps with which each should be nearly as good as DDPM with all steps.
const FEW: [(SamplerKind, u32); 3] = [
    (SamplerKind::DpmSolverPp2m, 10),
    (SamplerKind::Ddim, 25),
    (SamplerKind::DpmSolverPp2m, 25),
];

/// A comparison: the options, and what draws and evaluates the digits.
pub struct SamplerComparison<'a> {
    /// The options of `ddpm quality`.
    pub args: &'a Args,
    /// The evaluator of the digits, with its cache.
    pub evaluator: &'a CachedEvaluator,
    /// The weights to draw with.
    pub weights: &'a WeightsFile,
}

impl SamplerComparison<'_> {
    /// The results of all samplers and numbers of steps, by sampler, then steps. Those with few steps are measured first:
    /// if the command is stopped, most of the table is in the cache.
    ///
    /// # Errors
    /// If an option is out of range, the cache cannot be written, or the device fails.
    pub fn measure(&self) -> anyhow::Result<Vec<SamplerResult>> {
        let args = self.args;
        let mut combinations: Vec<(u32, SamplerKind)> = args
            .table_steps
            .iter()
            .filter(|&&steps| steps <= self.timesteps())
            .flat_map(|&steps| args.table_samplers.iter().map(move |&kind| (steps, kind)))
            .collect();
        combinations.sort_by_key(|&(steps, _)| steps);
        let mut results = Vec::with_capacity(combinations.len());
        for (steps, kind) in combinations {
            results.push(self.result(kind, steps, args.table_count)?);
        }
        for result in &mut results {
            let generator = self.generator(result.sampler, result.steps)?;
            let seconds = time(&generator, self.evaluator, &self.weights.fingerprint)?;
            result.seconds_a_digit = Some(seconds / TIMED as f64);
            println!(
                "{} {} steps: {seconds:.1} s for {TIMED} digits",
                name(result.sampler),
                result.steps
            );
        }
        results.sort_by_key(|result| {
            args.table_samplers
                .iter()
                .position(|&k| k == result.sampler)
        });
        Ok(results)
    }

    /// The results of fast samplers with [few steps](FEW), then that of DDPM with all steps, their reference; nothing if no digits
    /// were asked for.
    ///
    /// # Errors
    /// Those of [`Self::measure`].
    pub fn few_and_all(&self) -> anyhow::Result<Vec<SamplerResult>> {
        if self.args.reference_count == 0 {
            return Ok(Vec::new());
        }
        let timesteps = self.timesteps();
        let few = FEW.map(|(kind, steps)| (kind, steps.min(timesteps)));
        few.into_iter()
            .chain([(SamplerKind::Ddpm, timesteps)])
            .map(|(kind, steps)| self.result(kind, steps, self.args.reference_count))
            .collect()
    }

    fn timesteps(&self) -> u32 {
        self.weights.checkpoint.meta.train.timesteps
    }

    fn generator(&self, kind: SamplerKind, steps: u32) -> anyhow::Result<Generator> {
        let measure = &self.args.measure;
        let draw = measure.draw.with_sampler(kind, steps);
        let settings = draw.settings(&self.weights.checkpoint, &Class::All);
        measure.generator(self.evaluator, &self.weights.checkpoint, settings)
    }

    fn result(&self, kind: SamplerKind, steps: u32, count: usize) -> anyhow::Result<SamplerResult> {
        let generator = self.generator(kind, steps)?;
        let cache = &self.evaluator.cache;
        let drawn = cache.draw(&generator, &self.weights.fingerprint, Class::All, count)?;
        let SetEvaluation {
            frechet, classes, ..
        } = self.evaluator.evaluate(&drawn.pixels)?;
        println!(
            "{} {steps} steps: Fréchet distance {:.4} of {count}",
            name(kind),
            frechet.value
        );
        Ok(SamplerResult {
            sampler: kind,
            steps,
            count,
            frechet,
            accuracy: accuracy(&classes, &drawn.labels),
            seconds_a_digit: None,
        })
    }
}

/// The number of threads of this machine.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The seconds that drawing [`TIMED`] digits takes.
fn time(generator: &Generator, evaluator: &CachedEvaluator, weights: &str) -> anyhow::Result<f64> {
    let settings = generator.settings();
    // Unlike other results, a time depends on the program and the machine, so the key names both.
    let key = serde_json::json!({
        "weights": weights, "manner": settings, "count": TIMED, "threads": threads(),
        "commit": option_env!("DDPM_COMMIT"),
    });
    evaluator.cache.get("timing", key, || {
        let labels = Class::All.labels(generator.unet(), settings.seed, 0, TIMED);
        let start = Instant::now();
        generator.draw(0, &labels, |_| ())?;
        Ok(start.elapsed().as_secs_f64())
    })
}

/// The sampler's name on the command line.
pub fn name(kind: SamplerKind) -> String {
    let value = clap::ValueEnum::to_possible_value(&kind).expect("no sampler is hidden");
    value.get_name().to_owned()
}
