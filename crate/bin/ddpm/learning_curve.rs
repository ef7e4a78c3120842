//! `ddpm learning-curve`: how soon a recipe gives recognisable digits, measured in images seen and in seconds. It is the
//! search's measure for the recipes of short runs (`docs/training.md`).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::ensure;
use ddpm::checkpoint::{Checkpoint, Metadata};
use ddpm::data::Split;
use ddpm::evaluation::accuracy::accuracy;
use ddpm::nn::unet::{Preset, UNetConfig};
use ddpm::runtime::{DeviceKind, Runtime};
use ddpm::samplers::Class;
use ddpm::training::{ShortRun, TrainConfig, Trainer};
use serde::Serialize;

use super::draw::{DrawSettings, Generator};
use super::evaluate::{CachedEvaluator, EvaluationFiles};
use super::{files, numbers};

/// The share of digits that are what was asked for at which a run counts as done.
const WANTED: f64 = 0.9;
/// Images in one forward pass of drawing.
const BATCH: usize = 64;

#[derive(clap::Args)]
pub struct Args {
    /// Size of the network
    #[arg(long, value_enum, default_value_t = Preset::Small)]
    preset: Preset,
    /// Take the preset's recipe for short runs, which the page offers; flags of the recipe are then ignored
    #[arg(long)]
    short_run: bool,
    #[command(flatten)]
    recipe: TrainConfig,
    /// Images that each run sees
    #[arg(long, default_value_t = 19_200)]
    images: u64,
    /// Measure whenever so many images were seen
    #[arg(long, default_value_t = 2_400)]
    every: u64,
    /// Seeds of the runs, separated by commas; --seed is ignored
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 3])]
    seeds: Vec<u32>,
    /// Class-conditional digits to draw at each measurement
    #[arg(long, default_value_t = 400)]
    count: usize,
    /// Folder with the four MNIST files
    #[arg(long, default_value_os_t = files::of_repository("www/data/mnist"))]
    data: PathBuf,
    /// The classifier that evaluates the digits
    #[arg(long, default_value_os_t = files::of_repository("www/weights/classifier.safetensors"))]
    classifier: PathBuf,
    /// Folder for results that took long
    #[arg(long, default_value = "target/evaluation")]
    cache: PathBuf,
    /// Where tensors live
    #[arg(long, value_enum, default_value_t)]
    device: DeviceKind,
    /// File for the figures, as JSON
    #[arg(long)]
    out: Option<PathBuf>,
}

/// A measurement of one run.
#[derive(Debug, Clone, Serialize)]
struct Point {
    /// The run's seed.
    seed: u32,
    /// The number of images that it has seen.
    images: u64,
    /// The time that its steps took, in seconds.
    seconds: f64,
    /// The fraction of the digits that the classifier assigns to their label.
    accuracy: f64,
    /// Their Fréchet distance from the test images.
    frechet: f64,
}

/// The contents of the file.
#[derive(Serialize)]
struct Curve {
    network: UNetConfig,
    recipe: TrainConfig,
    count: usize,
    points: Vec<Point>,
}

impl Args {
    fn recipe(&self) -> TrainConfig {
        if self.short_run {
            ShortRun::of(self.preset).config
        } else {
            self.recipe.clone()
        }
    }

    /// # Errors
    /// Names the argument and what it must be.
    fn validate(&self, batch: u64) -> anyhow::Result<()> {
        for (name, value) in [("--images", self.images), ("--every", self.every)] {
            ensure!(
                value > 0 && value.is_multiple_of(batch),
                "{name} is {value}; it must be a multiple of the batch size, {batch}"
            );
        }
        ensure!(
            self.count > 1,
            "--count is {}; a set needs at least two images",
            self.count
        );
        ensure!(!self.seeds.is_empty(), "--seeds names no seed");
        if let Some(out) = &self.out {
            files::check_writable(out)?;
        }
        Ok(())
    }
}

/// Runs the command.
///
/// # Errors
/// If an option is out of range, a file cannot be read or written, or the device fails.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let recipe = args.recipe();
    args.validate(u64::from(recipe.batch_size))?;
    let data = Arc::new(files::read_data(&args.data, Split::Train)?);
    let runtime = Runtime::open(args.device).map_err(anyhow::Error::msg)?;
    let evaluation = EvaluationFiles::open(&args.classifier, &args.data, args.cache.clone())?;
    let evaluator = CachedEvaluator::new(evaluation, runtime)?;
    let network = UNetConfig {
        out_channels: recipe.out_channels(),
        ..args.preset.config()
    };
    let mut points = Vec::new();
    for &seed in &args.seeds {
        let recipe = TrainConfig {
            seed,
            ..recipe.clone()
        };
        let trainer = Trainer::new(recipe, network, data.clone(), &evaluator.runtime);
        one_run(
            args,
            trainer.map_err(anyhow::Error::msg)?,
            &evaluator,
            &mut points,
        )?;
    }
    println!("{}", table(&points, &args.seeds));
    println!("{}", reached(&points, &args.seeds));
    if let Some(out) = &args.out {
        let curve = Curve {
            network,
            recipe,
            count: args.count,
            points,
        };
        files::write(out, &serde_json::to_vec_pretty(&curve)?)?;
        println!("written to {}", out.display());
    }
    Ok(())
}

/// Takes the steps of one run and adds its measurements to `points`.
fn one_run(
    args: &Args,
    mut trainer: Trainer,
    evaluator: &CachedEvaluator,
    points: &mut Vec<Point>,
) -> anyhow::Result<()> {
    let batch = u64::from(trainer.config().batch_size);
    let seed = trainer.config().seed;
    let mut seconds = 0.0;
    while trainer.done() * batch < args.images {
        let start = Instant::now();
        pollster::block_on(trainer.step())?;
        let images = trainer.done() * batch;
        let due = images.is_multiple_of(args.every) || images >= args.images;
        if due {
            pollster::block_on(trainer.finish())?;
        }
        seconds += start.elapsed().as_secs_f64();
        if !due {
            continue;
        }
        let checkpoint = Checkpoint::new(
            Metadata::of_run(&trainer, None, "by ddpm learning-curve", None),
            numbers(trainer.average())?,
        );
        let settings = DrawSettings {
            cfg_scale: trainer.config().cfg_scale,
            interval: trainer.config().cfg_interval(),
            ..DrawSettings::default()
        };
        let generator = Generator::new(&checkpoint, settings, BATCH, &evaluator.runtime)?;
        let labels = Class::All.labels(generator.unet(), generator.settings().seed, 0, args.count);
        let drawn = evaluator.evaluate(&generator.draw(0, &labels, |_| ())?)?;
        let point = Point {
            seed,
            images,
            seconds,
            accuracy: accuracy(&drawn.classes, &labels).value,
            frechet: drawn.frechet.value,
        };
        println!(
            "seed {seed}, {images} images, {seconds:.1} s: {:.2} % right, Fréchet distance {:.3}",
            100.0 * point.accuracy,
            point.frechet
        );
        points.push(point);
    }
    Ok(())
}

/// The median of `values`, at least one; of an even number the lower one of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}

/// The numbers of images at which the runs were measured, each with the measurements there.
fn by_images(points: &[Point]) -> BTreeMap<u64, Vec<&Point>> {
    let mut rows = BTreeMap::new();
    for point in points {
        rows.entry(point.images)
            .or_insert_with(Vec::new)
            .push(point);
    }
    rows
}

/// The accuracies by images seen, for each seed, and their medians.
fn table(points: &[Point], seeds: &[u32]) -> String {
    let seeds: Vec<String> = seeds.iter().map(|seed| format!("seed {seed}")).collect();
    let mut lines = vec![
        format!(
            "| images | {} | median, % | Fréchet distance, median | seconds, median |",
            seeds.join(" | ")
        ),
        format!("| ---: |{}", " ---: |".repeat(seeds.len() + 3)),
    ];
    for (images, points) in by_images(points) {
        let percent = |point: &&Point| format!("{:.2}", 100.0 * point.accuracy);
        let each: Vec<String> = points.iter().map(percent).collect();
        let of =
            |figure: fn(&Point) -> f64| median(points.iter().map(|&point| figure(point)).collect());
        lines.push(format!(
            "| {images} | {} | {:.2} | {:.3} | {:.1} |",
            each.join(" | "),
            100.0 * of(|point| point.accuracy),
            of(|point| point.frechet),
            of(|point| point.seconds)
        ));
    }
    lines.join("\n")
}

/// How many images, and seconds, the runs took until [`WANTED`] of the digits were right: the median of the seeds.
fn reached(points: &[Point], seeds: &[u32]) -> String {
    let first = |seed: &u32| {
        points
            .iter()
            .find(|point| point.seed == *seed && point.accuracy >= WANTED)
    };
    let wanted = 100.0 * WANTED;
    // A run that did not come so far counts as one that takes for ever.
    let of = |figure: fn(&Point) -> f64| {
        median(
            seeds
                .iter()
                .map(|seed| first(seed).map_or(f64::INFINITY, figure))
                .collect(),
        )
    };
    let images = of(|point| point.images as f64);
    if images.is_finite() {
        let seconds = of(|point| point.seconds);
        format!("{wanted} % right after {images} images and {seconds:.1} s (medians)")
    } else {
        format!("{wanted} % right was not reached (median)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(seed: u32, images: u64, accuracy: f64) -> Point {
        Point {
            seed,
            images,
            seconds: images as f64 / 100.0,
            accuracy,
            frechet: 1.0 - accuracy,
        }
    }

    #[test]
    fn medians_are_over_the_seeds() {
        let points = [
            point(1, 800, 0.8),
            point(1, 1600, 0.95),
            point(2, 800, 0.9),
            point(2, 1600, 0.97),
            point(3, 800, 0.5),
            point(3, 1600, 0.7),
        ];
        let table = table(&points, &[1, 2, 3]);
        let last = "| 1600 | 95.00 | 97.00 | 70.00 | 95.00 | 0.050 | 16.0 |";
        assert_eq!(table.lines().last(), Some(last), "{table}");
        let found = reached(&points, &[1, 2, 3]);
        assert_eq!(found, "90 % right after 1600 images and 16.0 s (medians)");
        assert!(reached(&points[4..], &[3]).contains("not reached"));
    }
}
