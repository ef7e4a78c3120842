//! What is measured against: the real images and the classifier, and the measuring itself.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use burn::tensor::Device;
use ddpm::checkpoint::ClassifierMetadata;
use ddpm::data::{Dataset, Split};
use ddpm::eval::agreement::{accuracy, accuracy_by_class, histogram};
use ddpm::eval::classifier::{Classifier, FEATURES, Judgement};
use ddpm::eval::denoising::{self, Probe};
use ddpm::eval::frechet::Gaussian;
use ddpm::eval::neighbours::{Spread, nearest};
use ddpm::eval::training::ClassifierRecipe;
use ddpm::sampler::{VarianceType, fingerprint};
use ddpm::unet::{CLASSES, PIXELS};
use pollster::block_on;
use serde_json::json;

use super::super::cache::Cache;
use super::super::progress::Progress;
use super::super::train_classifier::learn;
use super::super::{draw, files};
use super::report::{Accuracy, Beside, Bits, EpsError, Set, Weights};

/// Seed of the t and ε that the network is probed with.
const PROBE_SEED: u64 = 0;

pub struct Bench {
    pub device: Device,
    pub cache: Cache,
    pub train: Dataset,
    pub test: Dataset,
    pub classifier_meta: ClassifierMetadata,
    classifier: Classifier,
    /// Features of the test images.
    target: Gaussian,
    /// Of the classifier and the data, for the cache.
    fingerprint: String,
}

impl Bench {
    pub fn open(
        classifier: &Path,
        data: &Path,
        cache: PathBuf,
        device: Device,
    ) -> anyhow::Result<Self> {
        let (classifier_meta, values) = files::read_classifier(classifier)?;
        let train = Dataset::open(data, Split::Train)?;
        let test = Dataset::open(data, Split::Test)?;
        let fingerprint = fingerprint(
            &[
                files::read(classifier)?,
                fingerprint(&train.images).into(),
                fingerprint(&test.images).into(),
            ]
            .concat(),
        );
        let classifier = Classifier::load(&values, &device);
        let real = judge(&classifier, &test.images, &device)?;
        Ok(Self {
            target: Gaussian::fit(&real.features, FEATURES),
            cache: Cache::open(cache)?,
            device,
            train,
            test,
            classifier_meta,
            classifier,
            fingerprint,
        })
    }

    /// The Fréchet distance of `pixels` from the test images, and what the classifier takes them for.
    pub fn frechet(&self, pixels: &[u8]) -> anyhow::Result<(f64, Vec<u8>)> {
        let judgement = judge(&self.classifier, pixels, &self.device)?;
        let found = Gaussian::fit(&judgement.features, FEATURES);
        Ok((found.distance(&self.target), judgement.classes()))
    }

    /// The same for training images of the same classes, or the first `count` of any: how near real
    /// digits come.
    pub fn frechet_floor(&self, labels: Option<&[u8]>, count: usize) -> anyhow::Result<f64> {
        let real = match labels {
            Some(labels) => self.train_images(labels)?,
            None => self.train.images[..count.min(self.train.len()) * PIXELS].to_vec(),
        };
        let key = json!({ "bench": self.fingerprint, "images": fingerprint(&real) });
        self.cache
            .get("frechet", key, || Ok(self.frechet(&real)?.0))
    }

    /// A training image for each label: of each class the first, the second, and so on, from the front
    /// again when there are no more.
    fn train_images(&self, labels: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut of_class = vec![Vec::new(); CLASSES];
        for (index, &label) in self.train.labels.iter().enumerate() {
            of_class[usize::from(label)].push(index);
        }
        let mut taken = [0; CLASSES];
        let mut pixels = Vec::with_capacity(labels.len() * PIXELS);
        for &label in labels {
            let class = usize::from(label);
            let all = &of_class[class];
            ensure!(
                !all.is_empty(),
                "{} has no image of the digit {class} to compare samples with",
                self.train.name
            );
            pixels.extend_from_slice(self.train.image(all[taken[class] % all.len()]));
            taken[class] += 1;
        }
        Ok(pixels)
    }

    /// What is quick to measure of a set of two images or more.
    pub fn set(&self, pixels: &[u8], labels: Option<&[u8]>) -> anyhow::Result<Set> {
        let (frechet, classes) = self.frechet(pixels)?;
        Ok(Set {
            count: classes.len(),
            seconds: None,
            frechet: Beside {
                samples: frechet,
                real: self.frechet_floor(labels, classes.len())?,
            },
            accuracy: labels.map(|labels| Accuracy {
                all: accuracy(&classes, labels),
                by_class: accuracy_by_class(&classes, labels),
            }),
            histogram: histogram(&classes),
            neighbours: None,
            cas: None,
        })
    }

    /// Distances to the nearest training image, of `pixels` and of as many test images.
    pub fn neighbours(&self, pixels: &[u8]) -> anyhow::Result<Beside<Spread>> {
        let spread = |images: &[u8], what: &str| {
            let key = json!({ "bench": self.fingerprint, "images": fingerprint(images) });
            self.cache.get("neighbours", key, || {
                let found = wait(&format!("neighbours of {what}"), |tell| {
                    nearest(images, &self.train.images, &self.device, tell)
                })?;
                Ok(Spread::of(&found))
            })
        };
        let real = pixels.len().min(self.test.images.len());
        Ok(Beside {
            samples: spread(pixels, "samples")?,
            real: spread(&self.test.images[..real], "test images")?,
        })
    }

    /// The classification accuracy score (Ravuri & Vinyals 2019, arXiv 1905.10887): test accuracy of a
    /// classifier that has only seen `pixels`, and of one that has seen as many training images of the
    /// same classes.
    pub fn cas(&self, pixels: &[u8], labels: &[u8], epochs: f64) -> anyhow::Result<Beside<f64>> {
        let mut recipe = ClassifierRecipe {
            epochs,
            ..ClassifierRecipe::default()
        };
        recipe.batch_size = recipe.batch_size.min(labels.len() as u32);
        let score = |images: &[u8], labels: &[u8], name: &str| {
            let key = json!({
                "bench": self.fingerprint, "recipe": recipe,
                "images": fingerprint(images), "labels": fingerprint(labels),
            });
            self.cache.get("cas", key, || {
                let data = Dataset {
                    images: images.to_vec(),
                    labels: labels.to_vec(),
                    name: name.into(),
                };
                let values = learn(&recipe, &data, &self.device, |_| Ok(format!(" ({name})")))?;
                let fresh = Classifier::load(&values, &self.device);
                let judgement = judge(&fresh, &self.test.images, &self.device)?;
                Ok(accuracy(&judgement.classes(), &self.test.labels))
            })
        };
        Ok(Beside {
            samples: score(pixels, labels, "on samples")?,
            real: score(&self.train_images(labels)?, labels, "on real images")?,
        })
    }

    /// ε-MSE on the first `images` test images, asked for with their labels.
    pub fn eps_error(&self, weights: &Weights, images: usize) -> anyhow::Result<EpsError> {
        let key = json!({
            "bench": self.fingerprint, "weights": weights.fingerprint, "images": images,
        });
        let tenths = self.cache.get("eps", key, || {
            let model = draw::load(&weights.checkpoint, &self.device);
            wait("ε-MSE", |tell| {
                denoising::eps_error(&model, self.probe(images), &self.device, tell)
            })
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
            let model = draw::load(&weights.checkpoint, &self.device);
            let probe = self.probe(images);
            wait("bits/dim", |tell| {
                denoising::bound(&model, &kinds, probe, strata, &self.device, tell)
            })
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

fn judge(classifier: &Classifier, images: &[u8], device: &Device) -> anyhow::Result<Judgement> {
    let mut progress = Progress::new((images.len() / PIXELS) as u64, "judging");
    let judgement = block_on(classifier.judge(images, device, |done| progress.set(done as u64)));
    judgement.map_err(anyhow::Error::msg)
}

/// The outcome of a measure that tells the share it has done.
fn wait<T, F>(what: &str, measure: impl FnOnce(Box<dyn FnMut(f64)>) -> F) -> anyhow::Result<T>
where
    F: Future<Output = Result<T, String>>,
{
    let mut progress = Progress::new(100, what);
    let tell = Box::new(move |share: f64| progress.set((100.0 * share) as u64));
    block_on(measure(tell)).map_err(anyhow::Error::msg)
}
