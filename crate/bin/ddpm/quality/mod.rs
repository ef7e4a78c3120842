//! `ddpm quality`: everything that `ddpm evaluate` measures and a comparison of all samplers, as
//! docs/quality.md with its plots, its grid of digits and its JSON.

mod bars;
mod curve;
mod page;
mod plot;

use std::path::PathBuf;

use anyhow::Context;
use ddpm::samplers::{Class, SamplerKind};
use serde::Serialize;

use super::evaluate::{MeasureArgs, Report, WEIGHTS, Weights};
use super::files;

pub use curve::Cell;
use curve::Table;

#[derive(clap::Args)]
pub struct Args {
    /// Weights to measure and draw with
    #[arg(long, default_value = WEIGHTS)]
    weights: PathBuf,
    #[command(flatten)]
    measure: MeasureArgs,
    /// Class-conditional digits for each sampler and number of steps
    #[arg(long, default_value_t = 1_000)]
    table_count: usize,
    /// Samplers to compare, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = SamplerKind::ALL)]
    table_samplers: Vec<SamplerKind>,
    /// Numbers of steps to compare, separated by commas; those above the T of the weights are left out
    #[arg(long, value_delimiter = ',', default_values_t = [10, 20, 25, 50, 100, 250, 1000])]
    table_steps: Vec<u32>,
    /// Class-conditional digits of few steps and of all, to compare with each other
    #[arg(long, default_value_t = 2_048)]
    reference_count: usize,
    /// Folder for quality.md, quality.json and quality/
    #[arg(long, default_value = "docs")]
    docs: PathBuf,
}

/// What quality.json holds.
#[derive(Serialize)]
struct Quality {
    report: Report,
    /// Fréchet distance of as many training images as each cell has digits, of the same classes.
    table_floor: f64,
    table: Vec<Cell>,
    /// Few steps and all of them, and what `table_floor` is for as many digits.
    reference: Vec<Cell>,
    reference_floor: f64,
    /// Threads of the machine that the table's times are of.
    threads: usize,
}

/// Digits in the grid.
const GRID: usize = 100;

pub fn run(args: &Args) -> anyhow::Result<()> {
    for (option, count) in [
        ("--table-count", args.table_count),
        ("--reference-count", args.reference_count),
    ] {
        anyhow::ensure!(
            count > 1,
            "{option} is {count}; a set needs at least two images to have a spread"
        );
    }
    anyhow::ensure!(
        !args.table_steps.contains(&0),
        "--table-steps has a 0; a sampler takes at least 1 step"
    );
    let weights = Weights::read(&args.weights)?;
    args.measure.validate()?;
    args.measure.draw.validate(&weights.checkpoint)?;
    let pictures = args.docs.join("quality");
    std::fs::create_dir_all(&pictures)
        .with_context(|| format!("cannot make the folder {}", pictures.display()))?;
    for file in [args.docs.join("quality.md"), pictures.join("samples.png")] {
        files::check_writable(&file)?;
    }
    let manner = args.measure.draw.manner();
    let other = page::second_opinion(&weights.fingerprint, &manner, &pictures)?;
    let bench = args.measure.bench()?;

    let generator = args
        .measure
        .generator(&bench, &weights.checkpoint, manner)?;
    let grid = bench
        .cache
        .draw(&generator, &weights.fingerprint, Class::All, GRID)?;
    files::write_png(&pictures.join("samples.png"), &grid.pixels)?;

    let mut report = Report::new(&bench);
    args.measure.drawn(&bench, &weights, &mut report)?;
    args.measure.network(&bench, &weights, &mut report)?;
    let floor = |count| bench.frechet_floor(Some(&Class::All.labels(0, 0, count)), count);
    let table = Table {
        args,
        bench: &bench,
        weights: &weights,
    };
    let quality = Quality {
        report,
        table_floor: floor(args.table_count)?,
        reference: table.few_and_all()?,
        reference_floor: floor(args.reference_count)?,
        table: table.measure()?,
        threads: curve::threads(),
    };
    let command: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    page::write(&quality, other.as_ref(), &args.docs, &command)?;
    println!("written to {}", args.docs.join("quality.md").display());
    Ok(())
}
