//! What to measure and how much of it, as `ddpm evaluate` and `ddpm quality` are told.

use std::path::PathBuf;

use anyhow::{anyhow, ensure};
use ddpm::checkpoint::Checkpoint;
use ddpm::evaluation::classifier_training::ClassifierRecipe;
use ddpm::evaluation::report::Set;
use ddpm::runtime::{DeviceKind, Runtime};
use ddpm::samplers::Class;

use super::super::draw::{DrawArgs, Generator, Manner};
use super::bench::Bench;
use super::report::{Report, Weights};

#[derive(clap::Args)]
pub struct MeasureArgs {
    /// Class-conditional digits to draw, classes in turn; 0 for none
    #[arg(long, default_value_t = 10_000)]
    count: usize,
    /// Unconditional digits to draw; 0 for none
    #[arg(long, default_value_t = 10_000)]
    unconditional: usize,
    #[command(flatten)]
    pub draw: DrawArgs,
    /// The classifier that judges
    #[arg(long, default_value = "www/weights/classifier.safetensors")]
    classifier: PathBuf,
    /// Folder with the four MNIST files
    #[arg(long, default_value = "www/data/mnist")]
    data: PathBuf,
    /// Test images for ε-MSE and bits/dim, at most all
    #[arg(long, default_value_t = 10_000)]
    probe: usize,
    /// Values of t that bits/dim looks at for each of them
    #[arg(long, default_value_t = 40)]
    strata: usize,
    /// Passes over the samples in training a classifier on them
    #[arg(long, default_value_t = ClassifierRecipe::default().epochs)]
    cas_epochs: f64,
    /// What to leave out, separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    skip: Vec<Measure>,
    /// Where results that took long are kept, for a command that is interrupted and given again
    #[arg(long, default_value = "target/evaluation")]
    cache: PathBuf,
    /// Where tensors live
    #[arg(long, value_enum, default_value_t)]
    device: DeviceKind,
}

/// Measures that take a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Measure {
    /// Distances to the nearest training image
    Neighbours,
    /// Classification accuracy score
    Cas,
    /// ε-MSE along t
    Eps,
    /// Bits/dim
    Bits,
}

impl MeasureArgs {
    fn wants(&self, measure: Measure) -> bool {
        !self.skip.contains(&measure)
    }

    /// # Errors
    /// Names the first number that is out of range.
    pub fn validate(&self) -> anyhow::Result<()> {
        for (name, count) in [
            ("--count", self.count),
            ("--unconditional", self.unconditional),
        ] {
            ensure!(
                count != 1,
                "{name} is 1; a set needs at least two images to have a spread (0 leaves it out)"
            );
        }
        ensure!(self.strata > 0, "--strata must be at least 1");
        ensure!(self.probe > 0, "--probe must be at least 1");
        let recipe = ClassifierRecipe {
            epochs: self.cas_epochs,
            ..ClassifierRecipe::default()
        };
        // How many samples there will be says nothing of the epochs.
        recipe
            .validate(usize::MAX)
            .map_err(|error| anyhow!("--cas-epochs: {error}"))
    }

    pub fn bench(&self) -> anyhow::Result<Bench> {
        let runtime = Runtime::open(self.device).map_err(anyhow::Error::msg)?;
        Bench::open(&self.classifier, &self.data, self.cache.clone(), runtime)
    }

    /// Something that draws with these weights, in this manner.
    pub fn generator(
        &self,
        bench: &Bench,
        checkpoint: &Checkpoint,
        manner: Manner,
    ) -> anyhow::Result<Generator> {
        Generator::new(checkpoint, manner, self.draw.batch(), &bench.runtime)
    }

    /// Draws digits and measures them.
    pub fn drawn(
        &self,
        bench: &Bench,
        weights: &Weights,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let generator = self.generator(bench, &weights.checkpoint, self.draw.manner())?;
        report.manner = Some(serde_json::to_value(generator.manner())?);
        let draw = |class, count| {
            bench
                .cache
                .draw(&generator, &weights.fingerprint, class, count)
        };
        if self.count > 0 {
            let drawn = draw(Class::All, self.count)?;
            let mut set = self.conditional(bench, &drawn.pixels, &drawn.labels)?;
            set.seconds = Some(drawn.seconds);
            report.figures.conditional = Some(set);
        }
        if self.unconditional > 0 {
            let drawn = draw(Class::None, self.unconditional)?;
            let mut set = bench.set(&drawn.pixels, None)?;
            set.seconds = Some(drawn.seconds);
            report.figures.unconditional = Some(set);
        }
        Ok(())
    }

    /// Measures digits that somebody else has drawn.
    pub fn samples(
        &self,
        bench: &Bench,
        pixels: &[u8],
        labels: Option<&[u8]>,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        match labels {
            Some(labels) => {
                report.figures.conditional = Some(self.conditional(bench, pixels, labels)?)
            }
            None => {
                let mut set = bench.set(pixels, None)?;
                self.add_neighbours(bench, pixels, &mut set)?;
                report.figures.unconditional = Some(set);
            }
        }
        Ok(())
    }

    /// Measures the network itself.
    pub fn network(
        &self,
        bench: &Bench,
        weights: &Weights,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        report.weights = Some(weights.clone());
        let images = self.probe.min(bench.test.len());
        if self.wants(Measure::Eps) {
            report.figures.eps_error = Some(bench.eps_error(weights, images)?);
        }
        if self.wants(Measure::Bits) {
            report.figures.bits = Some(bench.bits(weights, images, self.strata)?);
        }
        Ok(())
    }

    fn conditional(&self, bench: &Bench, pixels: &[u8], labels: &[u8]) -> anyhow::Result<Set> {
        let mut set = bench.set(pixels, Some(labels))?;
        self.add_neighbours(bench, pixels, &mut set)?;
        if self.wants(Measure::Cas) {
            set.cas = Some(bench.cas(pixels, labels, self.cas_epochs)?);
        }
        Ok(set)
    }

    fn add_neighbours(&self, bench: &Bench, pixels: &[u8], set: &mut Set) -> anyhow::Result<()> {
        if self.wants(Measure::Neighbours) {
            set.neighbours = Some(bench.neighbours(pixels)?);
        }
        Ok(())
    }
}
