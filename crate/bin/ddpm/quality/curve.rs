//! Samplers × steps: how near the digits come, and how long they take.

use ddpm::eval::agreement::accuracy;
use ddpm::eval::reference::Verdict;
use ddpm::sampler::{Class, SamplerKind};
use serde::Serialize;

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
    /// Time to draw them all.
    pub seconds: f64,
}

/// Every cell, by sampler, then steps. Those with few steps are measured first: if the command is
/// stopped, most of the table is in the cache.
pub fn measure(args: &Args, bench: &Bench, weights: &Weights) -> anyhow::Result<Vec<Cell>> {
    let timesteps = weights.checkpoint.meta.train.timesteps;
    let mut wanted: Vec<(u32, SamplerKind)> = args
        .table_steps
        .iter()
        .filter(|&&steps| steps <= timesteps)
        .flat_map(|&steps| args.table_samplers.iter().map(move |&kind| (steps, kind)))
        .collect();
    wanted.sort_by_key(|&(steps, _)| steps);
    let mut cells = Vec::with_capacity(wanted.len());
    for (steps, kind) in wanted {
        let mut manner = args.measure.draw.manner();
        manner.sampler.steps = steps;
        manner.sampler.kind = kind;
        let generator = args.measure.generator(bench, &weights.checkpoint, manner)?;
        let drawn = bench.cache.draw(
            &generator,
            &weights.fingerprint,
            Class::All,
            args.table_count,
        )?;
        let Verdict { frechet, classes } = bench.verdict(&drawn.pixels)?;
        let cell = Cell {
            sampler: kind,
            steps,
            count: args.table_count,
            frechet,
            accuracy: accuracy(&classes, &drawn.labels),
            seconds: drawn.seconds,
        };
        println!(
            "{} {steps} steps: Fréchet distance {frechet:.4}, {:.1} s",
            name(kind),
            cell.seconds
        );
        cells.push(cell);
    }
    cells.sort_by_key(|cell| args.table_samplers.iter().position(|&k| k == cell.sampler));
    Ok(cells)
}

/// As on the command line.
pub fn name(kind: SamplerKind) -> String {
    let value = clap::ValueEnum::to_possible_value(&kind).expect("no sampler is hidden");
    value.get_name().to_owned()
}
