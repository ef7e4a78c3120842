//! What is measured against: the real images and the classifier, and the measuring itself.

use std::path::{Path, PathBuf};

use anyhow::Context;
use ddpm::data::{Dataset, Split};
use ddpm::evaluation::Progress;
use ddpm::evaluation::cas;
use ddpm::evaluation::classifier::Classifier;
use ddpm::evaluation::classifier_file::{ClassifierMetadata, decode_classifier};
use ddpm::evaluation::classifier_training::ClassifierRecipe;
use ddpm::evaluation::likelihood::{self, Probe};
use ddpm::evaluation::neighbours::{Spread, nearest};
use ddpm::evaluation::reference::{Reference, Verdict};
use ddpm::evaluation::report::{Beside, Bits, EpsError, Set};
use ddpm::images::fingerprint;
use ddpm::nn::unet::PIXELS;
use ddpm::runtime::Runtime;
use ddpm::samplers::VarianceType;
use pollster::block_on;
use serde_json::json;

use super::super::cache::Cache;
use super::super::progress::Bar;
use super::super::{draw, files};
use super::report::Weights;

/// Seed of the t and ε that the network is probed with.
const PROBE_SEED: u64 = 0;

pub struct Bench {
    pub runtime: Runtime,
    pub cache: Cache,
    pub train: Dataset,
    pub test: Dataset,
    pub classifier_meta: ClassifierMetadata,
    reference: Reference,
    /// Of the classifier and the data, for the cache.
    fingerprint: String,
}

impl Bench {
    pub fn open(
        classifier: &Path,
        data: &Path,
        cache: PathBuf,
        runtime: Runtime,
    ) -> anyhow::Result<Self> {
        let file = files::read(classifier)?;
        let (classifier_meta, values) =
            decode_classifier(&file).with_context(|| classifier.display().to_string())?;
        let train = Dataset::open(data, Split::Train)?;
        let test = Dataset::open(data, Split::Test)?;
        let fingerprint = fingerprint(
            &[
                file,
                fingerprint(&train.images).into(),
                fingerprint(&test.images).into(),
            ]
            .concat(),
        );
        let cache = Cache::open(cache)?;
        let classifier = Classifier::load(&values, runtime.context());
        let watch = bar("judging the test images");
        let reference = wait(Reference::new(
            classifier,
            &test.images,
            runtime.context(),
            watch,
        ))?;
        Ok(Self {
            cache,
            runtime,
            train,
            test,
            classifier_meta,
            reference,
            fingerprint,
        })
    }

    /// What the classifier makes of `pixels`.
    pub fn verdict(&self, pixels: &[u8]) -> anyhow::Result<Verdict> {
        wait(self.reference.judge(pixels, bar("judging")))
    }

    /// The Fréchet distance of training images of the same classes, or of the first `count` of any: how
    /// near real digits come.
    pub fn frechet_floor(&self, labels: Option<&[u8]>, count: usize) -> anyhow::Result<f64> {
        let real = self.train_images(labels, count)?;
        let key = json!({ "bench": self.fingerprint, "images": fingerprint(&real) });
        self.cache
            .get("frechet", key, || Ok(self.verdict(&real)?.frechet))
    }

    fn train_images(&self, labels: Option<&[u8]>, count: usize) -> anyhow::Result<Vec<u8>> {
        self.train.like(labels, count).map_err(anyhow::Error::msg)
    }

    /// What is quick to measure of a set of two images or more.
    pub fn set(&self, pixels: &[u8], labels: Option<&[u8]>) -> anyhow::Result<Set> {
        let verdict = self.verdict(pixels)?;
        let floor = self.frechet_floor(labels, verdict.classes.len())?;
        Ok(Set::new(&verdict, floor, labels))
    }

    /// Distances to the nearest training image, of `pixels` and of as many test images.
    pub fn neighbours(&self, pixels: &[u8]) -> anyhow::Result<Beside<Spread>> {
        let spread = |images: &[u8], what: &str| {
            let key = json!({ "bench": self.fingerprint, "images": fingerprint(images) });
            self.cache.get("neighbours", key, || {
                let watch = bar(format!("neighbours of {what}"));
                let found = wait(nearest(
                    images,
                    &self.train.images,
                    self.runtime.context(),
                    watch,
                ))?;
                Ok(Spread::of(&found))
            })
        };
        let real = pixels.len().min(self.test.images.len());
        Ok(Beside {
            samples: spread(pixels, "samples")?,
            real: spread(&self.test.images[..real], "test images")?,
        })
    }

    /// The classification accuracy score, and that of as many training images of the same classes.
    pub fn cas(&self, pixels: &[u8], labels: &[u8], epochs: f64) -> anyhow::Result<Beside<f64>> {
        let recipe = ClassifierRecipe::for_samples(labels.len(), epochs);
        let score = |images: &[u8], what: &str| {
            let key = json!({
                "bench": self.fingerprint, "recipe": recipe,
                "images": fingerprint(images), "labels": fingerprint(labels),
            });
            self.cache.get("cas", key, || {
                let samples = Dataset {
                    images: images.to_vec(),
                    labels: labels.to_vec(),
                    name: what.into(),
                };
                let watch = bar(format!("a classifier learns from {what}"));
                wait(cas::score(
                    &recipe,
                    &samples,
                    &self.test,
                    self.runtime.context(),
                    watch,
                ))
            })
        };
        Ok(Beside {
            samples: score(pixels, "samples")?,
            real: score(
                &self.train_images(Some(labels), labels.len())?,
                "real images",
            )?,
        })
    }

    /// ε-MSE on the first `images` test images, asked for with their labels.
    pub fn eps_error(&self, weights: &Weights, images: usize) -> anyhow::Result<EpsError> {
        let key = json!({
            "bench": self.fingerprint, "weights": weights.fingerprint, "images": images,
        });
        let tenths = self.cache.get("eps", key, || {
            let model = draw::load(&weights.checkpoint, &self.runtime);
            let probe = self.probe(images);
            wait(likelihood::eps_error(&model, probe, bar("ε-MSE")))
        })?;
        Ok(EpsError { images, tenths })
    }

    /// Bits/dim on the first `images` test images, given their labels.
    pub fn bits(&self, weights: &Weights, images: usize, strata: usize) -> anyhow::Result<Bits> {
        let key = json!({
            "bench": self.fingerprint, "weights": weights.fingerprint,
            "images": images, "strata": strata,
        });
        let kinds = [VarianceType::FixedSmall, VarianceType::FixedLarge];
        let bounds = self.cache.get("bits", key, || {
            let model = draw::load(&weights.checkpoint, &self.runtime);
            let probe = self.probe(images);
            wait(likelihood::bound(
                &model,
                &kinds,
                probe,
                strata,
                bar("bits/dim"),
            ))
        })?;
        Ok(Bits {
            images,
            strata,
            bounds,
        })
    }

    fn probe(&self, images: usize) -> Probe<'_> {
        Probe {
            images: &self.test.images[..images * PIXELS],
            labels: &self.test.labels[..images],
            seed: PROBE_SEED,
        }
    }
}

/// A progress bar for a measure.
fn bar(what: impl Into<String>) -> impl Progress {
    let mut progress = Bar::new(100, what);
    async move |share: f64| {
        progress.set((100.0 * share) as u64);
        Ok(())
    }
}

/// What comes of a measure.
fn wait<T>(measure: impl Future<Output = Result<T, String>>) -> anyhow::Result<T> {
    block_on(measure).map_err(anyhow::Error::msg)
}
