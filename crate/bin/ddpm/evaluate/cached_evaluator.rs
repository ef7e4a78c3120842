//! The measures of `ddpm::evaluation` with the data that they need, and with results kept in a [`Cache`].

use std::path::{Path, PathBuf};

use anyhow::Context;
use ddpm::data::{Dataset, Split};
use ddpm::evaluation::Progress;
use ddpm::evaluation::bits_per_dim::{estimate_bits_per_dim, variance_types};
use ddpm::evaluation::bootstrap::Estimate;
use ddpm::evaluation::cas;
use ddpm::evaluation::classifier::Classifier;
use ddpm::evaluation::classifier_file::decode_classifier;
use ddpm::evaluation::classifier_training::ClassifierRecipe;
use ddpm::evaluation::eps_error::estimate_eps_error;
use ddpm::evaluation::evaluator::{Evaluator, SetEvaluation};
use ddpm::evaluation::figures::{
    BitsPerDimFigures, EpsErrorFigures, Reference, SetFigures, WithReference,
};
use ddpm::evaluation::neighbours::{DistanceSummary, nearest};
use ddpm::evaluation::noisy_samples::LabelledImages;
use ddpm::images::fingerprint;
use ddpm::nn::unet::PIXELS;
use ddpm::runtime::Runtime;
use pollster::block_on;
use serde_json::json;

use super::super::cache::Cache;
use super::super::progress::ProgressDisplay;
use super::super::{draw, files};
use super::weights::WeightsFile;

/// The seed of the t and ε with which the network's predictions are measured.
const NOISE_SEED: u64 = 0;

/// An [`Evaluator`] with the data sets, a device and a cache. Its keys contain everything that a result depends on; the
/// entry `bench` is the fingerprint of classifier and data.
pub struct CachedEvaluator {
    /// The device that everything is computed on.
    pub runtime: Runtime,
    /// The results of this and earlier commands.
    pub cache: Cache,
    train: Dataset,
    /// The test images, which samples are compared with.
    pub test: Dataset,
    evaluator: Evaluator,
    /// A hash of the classifier and the data sets.
    fingerprint: String,
}

/// The files that an evaluation reads and keeps, whatever is evaluated.
pub struct EvaluationFiles {
    /// The classifier's parameters.
    classifier: Vec<f32>,
    train: Dataset,
    test: Dataset,
    /// A hash of the classifier and the data sets.
    fingerprint: String,
    cache: Cache,
}

impl EvaluationFiles {
    /// Reads the classifier's weights and the MNIST files in the folder `data`, and opens the cache.
    ///
    /// # Errors
    /// If a file cannot be read, or the cache's folder cannot be made.
    pub fn open(classifier: &Path, data: &Path, cache: PathBuf) -> anyhow::Result<Self> {
        let file = files::read(classifier)?;
        let (_, values) =
            decode_classifier(&file).with_context(|| classifier.display().to_string())?;
        let train = files::read_data(data, Split::Train)?;
        let test = files::read_data(data, Split::Test)?;
        let fingerprint = fingerprint(
            &[
                file,
                fingerprint(&train.images).into(),
                fingerprint(&test.images).into(),
            ]
            .concat(),
        );
        Ok(Self {
            classifier: values,
            train,
            test,
            fingerprint,
            cache: Cache::open(cache)?,
        })
    }
}

impl CachedEvaluator {
    /// Classifies the test images.
    ///
    /// # Errors
    /// If the device fails.
    pub fn new(files: EvaluationFiles, runtime: Runtime) -> anyhow::Result<Self> {
        let EvaluationFiles {
            classifier,
            train,
            test,
            fingerprint,
            cache,
        } = files;
        let classifier = Classifier::load(&classifier, runtime.context());
        let progress = progress_of("classifying the test images");
        let evaluator = wait(Evaluator::new(
            classifier,
            &test,
            runtime.context(),
            progress,
        ))?;
        Ok(Self {
            cache,
            runtime,
            train,
            test,
            evaluator,
            fingerprint,
        })
    }

    /// The fraction of the test images that the classifier assigns to their label.
    pub fn accuracy(&self) -> Estimate {
        self.evaluator.accuracy()
    }

    /// Evaluates a set of at least two images.
    ///
    /// # Errors
    /// If the device fails.
    pub fn evaluate(&self, pixels: &[u8]) -> anyhow::Result<SetEvaluation> {
        wait(
            self.evaluator
                .evaluate(pixels, progress_of("classifying the samples")),
        )
    }

    /// The evaluation of real digits, the reference for samples: that of training images with the same labels, or
    /// of the first `count` training images if there are no labels.
    ///
    /// # Errors
    /// If there are not enough training images, or the device fails.
    pub fn reference(&self, labels: Option<&[u8]>, count: usize) -> anyhow::Result<Reference> {
        let real = self.train_images(labels, count)?;
        let key = json!({ "bench": self.fingerprint, "images": fingerprint(&real) });
        self.cache
            .get("reference", key, || Ok(self.evaluate(&real)?.into()))
    }

    fn train_images(&self, labels: Option<&[u8]>, count: usize) -> anyhow::Result<Vec<u8>> {
        self.train.like(labels, count).map_err(anyhow::Error::msg)
    }

    /// The figures of a set of at least two images that take little time: Fréchet distance, accuracy and histogram.
    ///
    /// # Errors
    /// Those of [`Self::evaluate`] and [`Self::reference`].
    pub fn set_figures(&self, pixels: &[u8], labels: Option<&[u8]>) -> anyhow::Result<SetFigures> {
        let evaluation = self.evaluate(pixels)?;
        let reference = self.reference(labels, evaluation.classes.len())?;
        Ok(SetFigures::new(&evaluation, &reference, labels))
    }

    /// The distances to the nearest training image, of `pixels` and of as many test images.
    ///
    /// # Errors
    /// If the device fails.
    pub fn neighbours(&self, pixels: &[u8]) -> anyhow::Result<WithReference<DistanceSummary>> {
        let summary = |images: &[u8], what: &str| {
            let key = json!({ "bench": self.fingerprint, "images": fingerprint(images) });
            self.cache.get("neighbours", key, || {
                let progress = progress_of(format!("neighbours of {what}"));
                let found = wait(nearest(
                    images,
                    &self.train.images,
                    self.runtime.context(),
                    progress,
                ))?;
                Ok(DistanceSummary::of(&found))
            })
        };
        let real = pixels.len().min(self.test.images.len());
        Ok(WithReference {
            samples: summary(pixels, "samples")?,
            real: summary(&self.test.images[..real], "test images")?,
        })
    }

    /// The classification accuracy score, and that of as many training images of the same classes.
    ///
    /// # Errors
    /// If there are not enough training images, or the device fails.
    pub fn cas(
        &self,
        pixels: &[u8],
        labels: &[u8],
        epochs: f64,
    ) -> anyhow::Result<WithReference<Estimate>> {
        let recipe = ClassifierRecipe::for_samples(labels.len(), epochs);
        let score = |images: &[u8], what: &str| {
            let key = json!({
                "bench": self.fingerprint, "recipe": recipe,
                "images": fingerprint(images), "labels": fingerprint(labels),
            });
            self.cache.get("cas", key, || {
                let samples = Dataset::of_digits(images.to_vec(), labels.to_vec(), what);
                let progress = progress_of(format!("a classifier learns from {what}"));
                wait(cas::score(
                    &recipe,
                    &samples,
                    &self.test,
                    self.runtime.context(),
                    progress,
                ))
            })
        };
        Ok(WithReference {
            samples: score(pixels, "samples")?,
            real: score(
                &self.train_images(Some(labels), labels.len())?,
                "real images",
            )?,
        })
    }

    /// The error in the noise on the first `images` test images, with the network conditioned on their labels.
    ///
    /// # Errors
    /// If the device fails.
    pub fn eps_error(
        &self,
        weights: &WeightsFile,
        images: usize,
    ) -> anyhow::Result<EpsErrorFigures> {
        let key = json!({
            "bench": self.fingerprint, "weights": weights.fingerprint, "images": images,
        });
        let tenths = self.cache.get("eps", key, || {
            let model = draw::load(&weights.checkpoint, &self.runtime);
            let labelled = self.test_images(images);
            wait(estimate_eps_error(&model, labelled, progress_of("ε-MSE")))
        })?;
        Ok(EpsErrorFigures { images, tenths })
    }

    /// Bits/dim of the first `images` test images, with the network conditioned on their labels.
    ///
    /// # Errors
    /// If the device fails.
    pub fn bits_per_dim(
        &self,
        weights: &WeightsFile,
        images: usize,
        strata: usize,
    ) -> anyhow::Result<BitsPerDimFigures> {
        let key = json!({
            "bench": self.fingerprint, "weights": weights.fingerprint,
            "images": images, "strata": strata,
        });
        let bounds = self.cache.get("bits", key, || {
            let model = draw::load(&weights.checkpoint, &self.runtime);
            let labelled = self.test_images(images);
            wait(estimate_bits_per_dim(
                &model,
                &variance_types(&model),
                labelled,
                strata,
                progress_of("bits/dim"),
            ))
        })?;
        Ok(BitsPerDimFigures {
            images,
            strata,
            bounds,
        })
    }

    /// The first `images` test images.
    fn test_images(&self, images: usize) -> LabelledImages<'_> {
        LabelledImages {
            images: &self.test.images[..images * PIXELS],
            labels: &self.test.labels[..images],
            seed: NOISE_SEED,
        }
    }
}

/// Shows the progress of the measure `what`, in percent.
fn progress_of(what: impl Into<String>) -> impl Progress {
    let mut display = ProgressDisplay::new(100, what);
    async move |done: f64| {
        display.set((100.0 * done) as u64);
        Ok(())
    }
}

/// Waits for a measure's result.
fn wait<T>(measure: impl Future<Output = Result<T, String>>) -> anyhow::Result<T> {
    block_on(measure).map_err(anyhow::Error::msg)
}
