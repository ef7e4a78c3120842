//! `ddpm evaluate`: how good are these weights, or these samples?

mod bench;
mod measure;
mod record;
mod report;

use std::path::PathBuf;

use anyhow::{Context, ensure};
use ddpm::nn::unet::PIXELS;

use super::files;

pub use bench::Bench;
pub use measure::MeasureArgs;
pub use report::{Report, Weights, markdown};

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
    /// Write the figures into the weights file, for whoever loads it
    #[arg(long, conflicts_with = "samples")]
    record: bool,
    /// The figures as JSON
    #[arg(long, default_value = "evaluation.json")]
    out: PathBuf,
}

/// Where weights are by default.
pub const WEIGHTS: &str = "www/weights/small.safetensors";

pub fn run(args: &Args) -> anyhow::Result<()> {
    // Everything that can be wrong with the files is found before anything that takes long.
    let weights = match (&args.weights, &args.samples) {
        (Some(path), _) => Some(Weights::read(path)?),
        (None, None) => Some(Weights::read(WEIGHTS.as_ref())?),
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
    let bench = args.measure.bench()?;

    let mut report = Report::new(&bench);
    match (&samples, &weights) {
        (Some((pixels, labels)), _) => {
            args.measure
                .samples(&bench, pixels, labels.as_deref(), &mut report)?;
        }
        (None, Some(weights)) => args.measure.drawn(&bench, weights, &mut report)?,
        (None, None) => unreachable!("without samples there are weights"),
    }
    if let Some(weights) = &weights {
        args.measure.network(&bench, weights, &mut report)?;
    }
    print!("{}", report::columns(&report.figures.rows()));
    files::write(&args.out, &serde_json::to_vec_pretty(&report)?)?;
    println!("written to {}", args.out.display());
    if let Some(weights) = weights.filter(|_| args.record) {
        let lost = weights
            .record(&report.figures, &args.measure.draw.manner())
            .with_context(|| {
                format!(
                    "the figures are in {}, but not in {}",
                    args.out.display(),
                    weights.path.display()
                )
            })?;
        println!("and into {}", weights.path.display());
        for name in lost {
            println!(
                "{name} is no longer there: it was of digits drawn in another manner, or in one that the file did not name"
            );
        }
    }
    Ok(())
}

type Samples = (Vec<u8>, Option<Vec<u8>>);

impl Args {
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
