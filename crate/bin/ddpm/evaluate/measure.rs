//! The options of `ddpm evaluate` and `ddpm quality` that say what is measured, and on how many images.

use std::path::PathBuf;

use anyhow::{anyhow, ensure};
use ddpm::checkpoint::Checkpoint;
use ddpm::distributed::{Ranks, agree};
use ddpm::evaluation::classifier_training::ClassifierRecipe;
use ddpm::evaluation::figures::{BitsPerDimFigures, SetFigures};
use ddpm::runtime::Runtime;
use ddpm::samplers::Class;

use super::super::cache;
use super::super::device::DeviceArgs;
use super::super::draw::{DrawArgs, DrawSettings, Generator};
use super::super::session::Session;
use super::super::{files, ranks};
use super::cached_evaluator::{CachedEvaluator, EvaluationFiles};
use super::report::EvaluationReport;
use super::weights::WeightsFile;

/// The options that say which measures `ddpm evaluate` and `ddpm quality` take, and on how many digits.
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
    /// The classifier that evaluates the digits
    #[arg(long, default_value_os_t = files::of_repository("www/weights/classifier.safetensors"))]
    classifier: PathBuf,
    /// Folder with the four MNIST files
    #[arg(long, default_value_os_t = files::of_repository("www/data/mnist"))]
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
    /// Folder for results that took long, so that an interrupted command can continue
    #[arg(long, default_value = "target/evaluation")]
    cache: PathBuf,
    #[command(flatten)]
    pub device: DeviceArgs,
}

/// Measures that take long and can be left out.
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
    fn includes(&self, measure: Measure) -> bool {
        !self.skip.contains(&measure)
    }

    /// Checks the numbers.
    ///
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
        // Only the epochs are checked here, so the number of images is set to more than any batch.
        recipe
            .validate(usize::MAX)
            .map_err(|error| anyhow!("--cas-epochs: {error}"))
    }

    /// Reads the classifier and the data, and opens the cache.
    ///
    /// # Errors
    /// If a file cannot be read, or the cache not be written to.
    pub fn files(&self) -> anyhow::Result<EvaluationFiles> {
        EvaluationFiles::open(&self.classifier, &self.data, self.cache.clone())
    }

    /// The session of a command that measures.
    pub fn session(&self) -> Session<'_> {
        Session::new(
            &self.device,
            &format!(
                "What is finished lies in {}: the same command goes on from there, on any --device.",
                self.cache.display()
            ),
        )
    }

    /// A generator of digits of a class, with the settings that the options say or that fit the class.
    ///
    /// # Errors
    /// Names the first setting that is out of range for the weights.
    fn generator_of(
        &self,
        class: &Class,
        checkpoint: &Checkpoint,
        runtime: &Runtime,
    ) -> anyhow::Result<Generator> {
        let settings = self.draw.settings(checkpoint, class);
        Generator::new(checkpoint, settings, self.draw.batch(), runtime)
    }

    /// A generator for these weights and settings.
    ///
    /// # Errors
    /// Names the first setting that is out of range for the weights.
    pub fn generator(
        &self,
        evaluator: &CachedEvaluator,
        checkpoint: &Checkpoint,
        settings: DrawSettings,
    ) -> anyhow::Result<Generator> {
        Generator::new(checkpoint, settings, self.draw.batch(), &evaluator.runtime)
    }

    /// Draws, as one of several ranks, the digits that rank 0 does not have in its cache, which then has them all.
    ///
    /// # Errors
    /// If a setting is out of range, the cache cannot be written, a rank keeps silent, or the device fails.
    pub fn draw_by_ranks(
        &self,
        ranks: &Ranks,
        weights: &WeightsFile,
        session: &Session,
    ) -> anyhow::Result<()> {
        let sets = session.open(ranks).and_then(|runtime| {
            let wanted = [(Class::All, self.count), (Class::None, self.unconditional)];
            let set = |(class, count)| {
                let generator = self.generator_of(&class, &weights.checkpoint, &runtime)?;
                anyhow::Ok((generator, class, count))
            };
            wanted
                .into_iter()
                .filter(|&(_, count)| count > 0)
                .map(set)
                .collect::<anyhow::Result<Vec<_>>>()
        });
        let sets = ranks::all_have(ranks, "the device", sets)?;
        let settings: Vec<_> = sets
            .iter()
            .map(|(generator, ..)| generator.settings())
            .collect();
        let facts = [
            ("--device", self.device.device.to_string()),
            ("the settings", serde_json::to_string(&settings)?),
            ("--batch", self.draw.batch().to_string()),
        ];
        agree(ranks, facts)?;
        cache::draw_by_ranks(ranks, &self.cache, &weights.fingerprint, &sets)
    }

    /// Draws digits, those without a class with the weights `unconditional`, and adds their figures to `report`.
    ///
    /// # Errors
    /// If a setting is out of range, the cache cannot be written, or the device fails.
    pub fn measure_drawn(
        &self,
        evaluator: &CachedEvaluator,
        weights: &WeightsFile,
        unconditional: &WeightsFile,
        report: &mut EvaluationReport,
    ) -> anyhow::Result<()> {
        let draw = |weights: &WeightsFile, class, count| {
            let generator = self.generator_of(&class, &weights.checkpoint, &evaluator.runtime)?;
            let settings = serde_json::to_value(generator.settings())?;
            let cache = &evaluator.cache;
            let drawn = cache.draw(&generator, &weights.fingerprint, class, count)?;
            anyhow::Ok((drawn, Some(settings)))
        };
        if self.count > 0 {
            let (drawn, settings) = draw(weights, Class::All, self.count)?;
            report.draw_settings = settings;
            let mut set = self.conditional(evaluator, &drawn.pixels, &drawn.labels)?;
            set.seconds = Some(drawn.seconds);
            report.figures.conditional = Some(set);
        }
        if self.unconditional > 0 {
            let (drawn, settings) = draw(unconditional, Class::None, self.unconditional)?;
            report.unconditional_draw_settings = settings;
            let mut set = evaluator.set_figures(&drawn.pixels, None)?;
            set.seconds = Some(drawn.seconds);
            report.figures.unconditional = Some(set);
        }
        Ok(())
    }

    /// Adds the figures of samples from a file to `report`; `labels` are `None` for unconditional ones.
    ///
    /// # Errors
    /// If the device fails.
    pub fn measure_samples(
        &self,
        evaluator: &CachedEvaluator,
        pixels: &[u8],
        labels: Option<&[u8]>,
        report: &mut EvaluationReport,
    ) -> anyhow::Result<()> {
        match labels {
            Some(labels) => {
                report.figures.conditional = Some(self.conditional(evaluator, pixels, labels)?)
            }
            None => {
                let mut set = evaluator.set_figures(pixels, None)?;
                self.add_neighbours(evaluator, pixels, &mut set)?;
                report.figures.unconditional = Some(set);
            }
        }
        Ok(())
    }

    /// Adds the figures of the network itself to `report`: its error in the noise, and bits/dim.
    ///
    /// # Errors
    /// If the device fails.
    pub fn measure_network(
        &self,
        evaluator: &CachedEvaluator,
        weights: &WeightsFile,
        report: &mut EvaluationReport,
    ) -> anyhow::Result<()> {
        report.weights = Some(weights.clone());
        if self.includes(Measure::Eps) {
            let images = self.probed(evaluator);
            report.figures.eps_error = Some(evaluator.eps_error(weights, images)?);
        }
        report.figures.bits = self.bits_per_dim(evaluator, weights)?;
        Ok(())
    }

    /// Bits/dim of a network, unless it is left out.
    ///
    /// # Errors
    /// If the device fails.
    pub fn bits_per_dim(
        &self,
        evaluator: &CachedEvaluator,
        weights: &WeightsFile,
    ) -> anyhow::Result<Option<BitsPerDimFigures>> {
        self.includes(Measure::Bits)
            .then(|| evaluator.bits_per_dim(weights, self.probed(evaluator), self.strata))
            .transpose()
    }

    /// The number of test images for the measures of the network.
    fn probed(&self, evaluator: &CachedEvaluator) -> usize {
        self.probe.min(evaluator.test.len())
    }

    fn conditional(
        &self,
        evaluator: &CachedEvaluator,
        pixels: &[u8],
        labels: &[u8],
    ) -> anyhow::Result<SetFigures> {
        let mut set = evaluator.set_figures(pixels, Some(labels))?;
        self.add_neighbours(evaluator, pixels, &mut set)?;
        if self.includes(Measure::Cas) {
            set.cas = Some(evaluator.cas(pixels, labels, self.cas_epochs)?);
        }
        Ok(set)
    }

    fn add_neighbours(
        &self,
        evaluator: &CachedEvaluator,
        pixels: &[u8],
        set: &mut SetFigures,
    ) -> anyhow::Result<()> {
        if self.includes(Measure::Neighbours) {
            set.neighbours = Some(evaluator.neighbours(pixels)?);
        }
        Ok(())
    }
}
