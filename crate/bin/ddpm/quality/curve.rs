//! Samplers × steps: how near the digits come, and how long they take.

use std::time::Instant;

use ddpm::evaluation::accuracy::accuracy;
use ddpm::evaluation::reference::Verdict;
use ddpm::samplers::{Class, SamplerKind};
use serde::Serialize;

use super::super::draw::Generator;
use super::super::evaluate::{Bench, Weights};
use super::Args;

/// One sampler with one number of steps.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    pub sampler: SamplerKind,
    pub steps: u32,
    /// Digits drawn.
    pub count: usize,
    /// Fréchet distance from the test images.
    pub frechet: f64,
    /// Share of digits that the classifier takes for what was asked for.
    pub accuracy: f64,
    /// Time that a digit takes when [`TIMED`] are drawn at once, where that was measured.
    pub seconds_a_digit: Option<f64>,
}

/// Digits that are drawn for the time. Apart from those that are judged, so that all cells are timed one after the other:
/// the judged ones take hours, in which a machine does other things.
pub const TIMED: usize = 16;

/// How few steps are to be nearly as good as all.
const FEW: u32 = 25;

/// What is drawn, with what, and how many.
pub struct Table<'a> {
    pub args: &'a Args,
    pub bench: &'a Bench,
    pub weights: &'a Weights,
}

impl Table<'_> {
    /// Every cell, by sampler, then steps. Those with few steps are measured first: if the command is
    /// stopped, most of the table is in the cache.
    pub fn measure(&self) -> anyhow::Result<Vec<Cell>> {
        let args = self.args;
        let mut wanted: Vec<(u32, SamplerKind)> = args
            .table_steps
            .iter()
            .filter(|&&steps| steps <= self.timesteps())
            .flat_map(|&steps| args.table_samplers.iter().map(move |&kind| (steps, kind)))
            .collect();
        wanted.sort_by_key(|&(steps, _)| steps);
        let mut cells = Vec::with_capacity(wanted.len());
        for (steps, kind) in wanted {
            cells.push(self.cell(kind, steps, args.table_count)?);
        }
        for cell in &mut cells {
            let generator = self.generator(cell.sampler, cell.steps)?;
            let seconds = time(&generator, self.bench, &self.weights.fingerprint)?;
            cell.seconds_a_digit = Some(seconds / TIMED as f64);
            println!(
                "{} {} steps: {seconds:.1} s for {TIMED} digits",
                name(cell.sampler),
                cell.steps
            );
        }
        cells.sort_by_key(|cell| args.table_samplers.iter().position(|&k| k == cell.sampler));
        Ok(cells)
    }

    /// [`FEW`] steps of the two samplers that do well with few, and all steps of DDPM, which they are measured by.
    pub fn few_and_all(&self) -> anyhow::Result<Vec<Cell>> {
        let timesteps = self.timesteps();
        [
            (SamplerKind::Ddim, FEW.min(timesteps)),
            (SamplerKind::DpmSolverPp2m, FEW.min(timesteps)),
            (SamplerKind::Ddpm, timesteps),
        ]
        .into_iter()
        .map(|(kind, steps)| self.cell(kind, steps, self.args.reference_count))
        .collect()
    }

    fn timesteps(&self) -> u32 {
        self.weights.checkpoint.meta.train.timesteps
    }

    fn generator(&self, kind: SamplerKind, steps: u32) -> anyhow::Result<Generator> {
        let measure = &self.args.measure;
        let mut manner = measure.draw.manner();
        manner.sampler.steps = steps;
        manner.sampler.kind = kind;
        measure.generator(self.bench, &self.weights.checkpoint, manner)
    }

    fn cell(&self, kind: SamplerKind, steps: u32, count: usize) -> anyhow::Result<Cell> {
        let generator = self.generator(kind, steps)?;
        let cache = &self.bench.cache;
        let drawn = cache.draw(&generator, &self.weights.fingerprint, Class::All, count)?;
        let Verdict { frechet, classes } = self.bench.verdict(&drawn.pixels)?;
        println!(
            "{} {steps} steps: Fréchet distance {frechet:.4} of {count}",
            name(kind)
        );
        Ok(Cell {
            sampler: kind,
            steps,
            count,
            frechet,
            accuracy: accuracy(&classes, &drawn.labels),
            seconds_a_digit: None,
        })
    }
}

/// Of this machine.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Seconds to draw [`TIMED`] digits.
fn time(generator: &Generator, bench: &Bench, weights: &str) -> anyhow::Result<f64> {
    let manner = generator.manner();
    // Times are of a program and a machine, unlike all else that is kept.
    let key = serde_json::json!({
        "weights": weights, "manner": manner, "count": TIMED, "threads": threads(),
        "commit": option_env!("DDPM_COMMIT"),
    });
    bench.cache.get("timing", key, || {
        let labels = Class::All.labels(manner.seed, 0, TIMED);
        let start = Instant::now();
        generator.draw(0, &labels, |_| ())?;
        Ok(start.elapsed().as_secs_f64())
    })
}

/// As on the command line.
pub fn name(kind: SamplerKind) -> String {
    let value = clap::ValueEnum::to_possible_value(&kind).expect("no sampler is hidden");
    value.get_name().to_owned()
}
