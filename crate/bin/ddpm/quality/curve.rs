//! Samplers × steps: how near the digits come, and how long they take.

use std::time::Instant;

use ddpm::eval::agreement::accuracy;
use ddpm::eval::reference::Verdict;
use ddpm::sampler::{Class, SamplerKind};
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
    /// Time that a digit takes when [`TIMED`] are drawn at once.
    pub seconds_a_digit: f64,
}

/// Digits that are drawn for the time. Apart from those that are judged, so that all cells are timed one after the other:
/// the judged ones take hours, in which a machine does other things.
pub const TIMED: usize = 16;

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
    let generator = |steps, kind| {
        let mut manner = args.measure.draw.manner();
        manner.sampler.steps = steps;
        manner.sampler.kind = kind;
        args.measure.generator(bench, &weights.checkpoint, manner)
    };
    let mut cells = Vec::with_capacity(wanted.len());
    for (steps, kind) in wanted {
        let generator = generator(steps, kind)?;
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
            seconds_a_digit: 0.0,
        };
        println!(
            "{} {steps} steps: Fréchet distance {frechet:.4}",
            name(kind)
        );
        cells.push(cell);
    }
    for cell in &mut cells {
        let generator = generator(cell.steps, cell.sampler)?;
        let seconds = time(&generator, bench, &weights.fingerprint)?;
        cell.seconds_a_digit = seconds / TIMED as f64;
        println!(
            "{} {} steps: {seconds:.1} s for {TIMED} digits",
            name(cell.sampler),
            cell.steps
        );
    }
    cells.sort_by_key(|cell| args.table_samplers.iter().position(|&k| k == cell.sampler));
    Ok(cells)
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
