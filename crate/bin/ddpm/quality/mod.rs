//! `ddpm quality`: measures all that `ddpm evaluate` measures, compares all samplers, and writes docs/quality.md with its
//! plots, its grid of digits and its JSON.

mod comparison;
mod page;
mod plot;
mod requirements;

use std::path::PathBuf;

use anyhow::Context;
use ddpm::evaluation::bootstrap::Estimate;
use ddpm::evaluation::figures::BitsPerDimFigures;
use ddpm::images::Grid;
use ddpm::nn::unet::CLASSES;
use ddpm::runtime::Runtime;
use ddpm::samplers::{Class, SamplerKind};
use serde::Serialize;

use super::evaluate::{CachedEvaluator, EvaluationReport, MeasureArgs, WEIGHTS, WeightsFile};
use super::files;

use comparison::SamplerComparison;
pub use comparison::SamplerResult;

/// The options of `ddpm quality`.
#[derive(clap::Args)]
pub struct Args {
    /// Weights to measure and draw with
    #[arg(long, default_value_os_t = files::of_repository(WEIGHTS))]
    weights: PathBuf,
    /// Other weights, with which the digits without a class are drawn
    /// [default: www/weights/unconditional.safetensors, if it is there and no --weights are given]
    #[arg(long)]
    unconditional_weights: Option<PathBuf>,
    /// Other weights, whose bits/dim is measured too: the bar takes the better model
    /// [default: www/weights/bound.safetensors, if it is there]
    #[arg(long)]
    bound_weights: Option<PathBuf>,
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
    /// Class-conditional digits of few steps and of all, to compare with each other; 0 for none
    #[arg(long, default_value_t = 2_048)]
    reference_count: usize,
    /// Folder for quality.md, quality.json and quality/
    #[arg(long, default_value = "docs")]
    docs: PathBuf,
}

/// The weights file that `--unconditional-weights` stands for if neither it nor `--weights` is given.
const UNCONDITIONAL_WEIGHTS: &str = "www/weights/unconditional.safetensors";

/// The weights file that `--bound-weights` stands for if it is not given.
const BOUND_WEIGHTS: &str = "www/weights/bound.safetensors";

impl Args {
    /// The weights with which the digits without a class are drawn, if they are others than `--weights`.
    ///
    /// # Errors
    /// If the file cannot be read or is not a weights file.
    fn read_unconditional_weights(
        &self,
        weights: &WeightsFile,
    ) -> anyhow::Result<Option<WeightsFile>> {
        let shipped =
            (self.weights == files::of_repository(WEIGHTS)).then_some(UNCONDITIONAL_WEIGHTS);
        read_other(self.unconditional_weights.clone(), shipped, weights)
    }

    /// The weights whose bits/dim is measured beside that of `--weights`; `None` if there are none, or they are the same.
    ///
    /// # Errors
    /// If the file cannot be read or is not a weights file.
    fn read_bound_weights(&self, weights: &WeightsFile) -> anyhow::Result<Option<WeightsFile>> {
        read_other(self.bound_weights.clone(), Some(BOUND_WEIGHTS), weights)
    }
}

/// The weights in the file `given` or, without one, in the file `shipped` of the repository, if it is there; `None` if there are none,
/// or they are the same as `weights`.
///
/// # Errors
/// If the file cannot be read or is not a weights file.
fn read_other(
    given: Option<PathBuf>,
    shipped: Option<&str>,
    weights: &WeightsFile,
) -> anyhow::Result<Option<WeightsFile>> {
    let shipped = || {
        shipped
            .map(files::of_repository)
            .filter(|path| path.exists())
    };
    let Some(path) = given.or_else(shipped) else {
        return Ok(None);
    };
    let read = WeightsFile::read(&path)?;
    Ok(Some(read).filter(|read| read.fingerprint != weights.fingerprint))
}

/// The contents of quality.json.
#[derive(Serialize)]
struct Quality {
    /// The evaluation of the weights.
    report: EvaluationReport,
    /// The other weights with which the digits without a class were drawn; `None` if they were drawn with the same.
    unconditional_weights: Option<WeightsFile>,
    /// The other model that was measured for its bits/dim; `None` if there is none, or bits/dim was left out.
    bound: Option<BoundModel>,
    /// The Fréchet distance of training images of the same classes, as many as each entry of `table` has digits.
    #[serde(rename = "table_floor")]
    table_real_frechet: Estimate,
    /// The comparison of the samplers.
    table: Vec<SamplerResult>,
    /// The results of fast samplers with few steps and, last, of DDPM with all steps.
    reference: Vec<SamplerResult>,
    /// The Fréchet distance of training images of the same classes, as many as each entry of `reference` has digits.
    /// `None` if there are none.
    #[serde(rename = "reference_floor")]
    reference_real_frechet: Option<Estimate>,
    /// The number of threads of the machine on which the table's times were measured.
    threads: usize,
}

/// A model that is measured for its bits/dim alone.
#[derive(Serialize)]
struct BoundModel {
    /// Its weights.
    weights: WeightsFile,
    /// Its bits/dim.
    bits: BitsPerDimFigures,
}

/// The number of digits in the grid.
const GRID: usize = 100;

/// Runs the command.
///
/// # Errors
/// If an option is out of range, a file cannot be read or written, or the device fails.
pub fn run(args: &Args) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.table_count > 1,
        "--table-count is {}; a set needs at least two images to have a spread",
        args.table_count
    );
    anyhow::ensure!(
        args.reference_count != 1,
        "--reference-count is 1; a set needs at least two images to have a spread (0 leaves it out)"
    );
    anyhow::ensure!(
        !args.table_steps.contains(&0),
        "--table-steps has a 0; a sampler takes at least 1 step"
    );
    let device = args.measure.device.local("quality")?;
    let weights = WeightsFile::read(&args.weights)?;
    let unconditional_weights = args.read_unconditional_weights(&weights)?;
    let bound_weights = args.read_bound_weights(&weights)?;
    args.measure.validate()?;
    for weights in std::iter::once(&weights).chain(&unconditional_weights) {
        args.measure.draw.validate(&weights.checkpoint)?;
    }
    let pictures = args.docs.join("quality");
    std::fs::create_dir_all(&pictures)
        .with_context(|| format!("cannot make the folder {}", pictures.display()))?;
    for file in [args.docs.join("quality.md"), pictures.join("samples.png")] {
        files::check_writable(&file)?;
    }
    let settings = args.measure.draw.settings(&weights.checkpoint, &Class::All);
    let other = page::second_opinion(&weights.fingerprint, &settings, &pictures)?;
    let runtime = Runtime::open(device).map_err(anyhow::Error::msg)?;
    let evaluator = CachedEvaluator::new(args.measure.files()?, runtime)?;

    let generator = args
        .measure
        .generator(&evaluator, &weights.checkpoint, settings)?;
    let grid = evaluator
        .cache
        .draw(&generator, &weights.fingerprint, Class::All, GRID)?;
    let picture = pictures.join("samples.png");
    files::write_png(&picture, &grid.pixels, Grid::square(GRID))?;

    let mut report = EvaluationReport::new(evaluator.accuracy());
    let classless = unconditional_weights.as_ref().unwrap_or(&weights);
    args.measure
        .measure_drawn(&evaluator, &weights, classless, &mut report)?;
    args.measure
        .measure_network(&evaluator, &weights, &mut report)?;
    let bound = match bound_weights {
        None => None,
        Some(weights) => args
            .measure
            .bits_per_dim(&evaluator, &weights)?
            .map(|bits| BoundModel { weights, bits }),
    };
    let real_frechet = |count: usize| {
        let labels: Vec<u8> = (0..count).map(|image| (image % CLASSES) as u8).collect();
        let reference = evaluator.reference(Some(&labels), count)?;
        anyhow::Ok(reference.frechet)
    };
    let comparison = SamplerComparison {
        args,
        evaluator: &evaluator,
        weights: &weights,
    };
    let quality = Quality {
        report,
        unconditional_weights,
        bound,
        table_real_frechet: real_frechet(args.table_count)?,
        reference: comparison.few_and_all()?,
        reference_real_frechet: match args.reference_count {
            0 => None,
            count => Some(real_frechet(count)?),
        },
        table: comparison.measure()?,
        threads: comparison::threads(),
    };
    let command: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    page::write(&quality, other.as_ref(), &args.docs, &command)?;
    println!("written to {}", args.docs.join("quality.md").display());
    Ok(())
}
