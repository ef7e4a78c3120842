//! `ddpm evaluate`: measures how good weights or samples are.

mod cached_evaluator;
mod measure;
mod record;
mod report;
mod weights;

use std::path::PathBuf;

use anyhow::{Context, ensure};
use ddpm::nn::unet::PIXELS;

use super::files;

pub use cached_evaluator::CachedEvaluator;
pub use measure::MeasureArgs;
pub use report::{EvaluationReport, markdown};
pub use weights::WeightsFile;

/// The options of `ddpm evaluate`.
#[derive(clap::Args)]
pub struct Args {
    /// Weights to measure, and to draw with unless there are --samples
    /// [default: www/weights/small.safetensors, unless there are --samples]
    #[arg(long)]
    weights: Option<PathBuf>,
    /// Measure these images (.npy, u8, N×28×28) in place of drawing some
    #[arg(long)]
    samples: Option<PathBuf>,
    /// What each image of --samples should be (.npy, u8, N); without it they count as unconditional
    #[arg(long, requires = "samples")]
    labels: Option<PathBuf>,
    #[command(flatten)]
    measure: MeasureArgs,
    /// Write the figures into the metadata of the weights file
    #[arg(long, conflicts_with = "samples")]
    record: bool,
    /// The figures as JSON
    #[arg(long, default_value = "evaluation.json")]
    out: PathBuf,
}

/// The weights file that is used if none is named.
pub const WEIGHTS: &str = "www/weights/small.safetensors";

/// Runs the command.
///
/// # Errors
/// If an option is out of range, a file cannot be read or written, or the device fails.
pub fn run(args: &Args) -> anyhow::Result<()> {
    // All files are read and checked before the measuring, which takes hours.
    let weights = match (&args.weights, &args.samples) {
        (Some(path), _) => Some(WeightsFile::read(path)?),
        (None, None) => Some(WeightsFile::read(&files::of_repository(WEIGHTS))?),
        (None, Some(_)) => None,
    };
    let samples = args.samples().transpose()?;
    args.measure.validate()?;
    files::check_writable(&args.out)?;
    if let (Some(weights), None) = (&weights, &samples) {
        args.measure.draw.validate(&weights.checkpoint)?;
        if args.record {
            files::check_writable(&weights.path)?;
        }
    }
    let evaluator = args.measure.evaluator()?;

    let mut report = EvaluationReport::new(evaluator.accuracy());
    match (&samples, &weights) {
        (Some((pixels, labels)), _) => {
            args.measure
                .measure_samples(&evaluator, pixels, labels.as_deref(), &mut report)?;
        }
        (None, Some(weights)) => args
            .measure
            .measure_drawn(&evaluator, weights, &mut report)?,
        (None, None) => unreachable!("without samples there are weights"),
    }
    if let Some(weights) = &weights {
        args.measure
            .measure_network(&evaluator, weights, &mut report)?;
    }
    print!("{}", report::columns(&report.figures.rows()));
    files::write(&args.out, &serde_json::to_vec_pretty(&report)?)?;
    println!("written to {}", args.out.display());
    if let Some(weights) = weights.filter(|_| args.record) {
        let removed = weights
            .record(&report.figures, &args.measure.draw.settings())
            .with_context(|| {
                format!(
                    "the figures are in {}, but not in {}",
                    args.out.display(),
                    weights.path.display()
                )
            })?;
        println!("and into {}", weights.path.display());
        for name in removed {
            println!(
                "{name} is no longer there: it described digits drawn with other settings, or with settings that the file did not name"
            );
        }
    }
    Ok(())
}

/// Images, and their labels if there is a file of them.
type Samples = (Vec<u8>, Option<Vec<u8>>);

impl Args {
    /// Reads the files of `--samples` and `--labels`; `None` without `--samples`.
    fn samples(&self) -> Option<anyhow::Result<Samples>> {
        let path = self.samples.as_ref()?;
        let read = || -> anyhow::Result<Samples> {
            let pixels = files::read_images(path)?;
            let count = pixels.len() / PIXELS;
            ensure!(
                count > 1,
                "{} holds one image; a set needs at least two to have a spread",
                path.display()
            );
            let labels = self.labels.as_ref();
            let labels = labels.map(|path| files::read_labels(path, count));
            Ok((pixels, labels.transpose()?))
        };
        Some(read())
    }
}
