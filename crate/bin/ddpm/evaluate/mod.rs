//! `ddpm evaluate`: measures how good weights or samples are.

mod cached_evaluator;
mod measure;
mod record;
mod report;
mod weights;

use std::path::PathBuf;

use anyhow::{Context, ensure};
use ddpm::distributed::{Ranks, SumFormat};
use ddpm::nn::unet::PIXELS;
use ddpm::samplers::Class;

use super::files;
use super::ranks::{self, RankArgs};
use super::session::Session;

pub use cached_evaluator::{CachedEvaluator, EvaluationFiles};
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
    #[command(flatten)]
    ranks: RankArgs,
}

/// The weights file that is used if none is named.
pub const WEIGHTS: &str = "www/weights/small.safetensors";

/// Runs the command.
///
/// # Errors
/// If an option is out of range, a file cannot be read or written, or the device fails.
pub fn run(args: &Args) -> anyhow::Result<()> {
    // Ranks share the drawing out. What they have drawn is in the cache then, and rank 0 measures it alone, when the others
    // have ended.
    let session = args.measure.session();
    let inputs = ranks::run("evaluate", &args.ranks, SumFormat::default(), |ranks| {
        session.guard(|| args.prepare(ranks, &session))
    })?;
    let Some(Inputs {
        weights,
        samples,
        files: evaluation_files,
    }) = inputs
    else {
        return Ok(());
    };
    session.guard(|| {
        let runtime = session.open(&Ranks::alone())?;
        let evaluator = CachedEvaluator::new(evaluation_files, runtime)?;
        args.measure_with(&evaluator, weights, samples)
    })
}

/// Images, and their labels if there is a file of them.
type Samples = (Vec<u8>, Option<Vec<u8>>);

/// The files that `ddpm evaluate` reads before it measures anything, so that a bad one is named at once: the weights or images that it
/// measures, and the files that it measures them with.
struct Inputs {
    weights: Option<WeightsFile>,
    samples: Option<Samples>,
    files: EvaluationFiles,
}

impl Args {
    /// Measures, and writes the figures.
    ///
    /// # Errors
    /// If a file cannot be written, or the device fails.
    fn measure_with(
        &self,
        evaluator: &CachedEvaluator,
        weights: Option<WeightsFile>,
        samples: Option<Samples>,
    ) -> anyhow::Result<()> {
        let mut report = EvaluationReport::new(evaluator.accuracy());
        match (&samples, &weights) {
            (Some((pixels, labels)), _) => {
                self.measure
                    .measure_samples(evaluator, pixels, labels.as_deref(), &mut report)?;
            }
            (None, Some(weights)) => {
                self.measure
                    .measure_drawn(evaluator, weights, weights, &mut report)?
            }
            (None, None) => unreachable!("without samples there are weights"),
        }
        if let Some(weights) = &weights {
            self.measure
                .measure_network(evaluator, weights, &mut report)?;
        }
        print!("{}", report::columns(&report.figures.rows()));
        files::write(&self.out, &serde_json::to_vec_pretty(&report)?)?;
        println!("written to {}", self.out.display());
        if let Some(weights) = weights.filter(|_| self.record) {
            let settings = self.measure.draw.settings(&weights.checkpoint, &Class::All);
            let removed = weights
                .record(&report.figures, &settings)
                .with_context(|| {
                    format!(
                        "the figures are in {}, but not in {}",
                        self.out.display(),
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

    /// Rank 0 reads and checks all files, and gets them; nothing for the others. Then the ranks draw what is to be drawn, so that
    /// rank 0 has it in its cache; one process alone draws later. The checks come first, because drawing and measuring take
    /// hours.
    ///
    /// # Errors
    /// If an option is out of range, a file cannot be read or written, a rank keeps silent, or the device fails.
    fn prepare(&self, ranks: &Ranks, session: &Session) -> anyhow::Result<Option<Inputs>> {
        ranks::all_have(ranks, "the options", self.measure.validate())?;
        let inputs = match ranks.is_first() {
            true => Some(self.inputs()?),
            false => None,
        };
        if ranks.size() == 1 || self.samples.is_some() {
            return Ok(inputs);
        }
        let path = self.weights_path();
        let weights = ranks::read_for_all(ranks, &path)?;
        let decoded = match inputs.as_ref().and_then(|inputs| inputs.weights.clone()) {
            Some(read) => Ok(read),
            None => WeightsFile::decode(&path, &weights),
        };
        let weights = ranks::all_have(ranks, "the weights", decoded)?;
        let checked = self.measure.draw.validate(&weights.checkpoint);
        ranks::all_have(ranks, "the options for these weights", checked)?;
        self.measure.draw_by_ranks(ranks, &weights, session)?;
        Ok(inputs)
    }

    /// Reads and checks all files.
    ///
    /// # Errors
    /// If one cannot be read or written, or an option does not go with the weights.
    fn inputs(&self) -> anyhow::Result<Inputs> {
        let weights = match (&self.weights, &self.samples) {
            (None, Some(_)) => None,
            _ => Some(WeightsFile::read(&self.weights_path())?),
        };
        let samples = self.samples().transpose()?;
        files::check_writable(&self.out)?;
        if let (Some(weights), None) = (&weights, &samples) {
            self.measure.draw.validate(&weights.checkpoint)?;
            if self.record {
                files::check_writable(&weights.path)?;
            }
        }
        Ok(Inputs {
            weights,
            samples,
            files: self.measure.files()?,
        })
    }

    /// The weights file to measure.
    fn weights_path(&self) -> PathBuf {
        let default = || files::of_repository(WEIGHTS);
        self.weights.clone().unwrap_or_else(default)
    }

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
