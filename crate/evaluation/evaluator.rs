//! The evaluator: compares sets of images with the real ones by means of a classifier.

use frechet::{FrechetTarget, Gaussian};

use crate::ops::Context;

use super::accuracy::accuracy;
use super::bootstrap::{Estimate, resample};
use super::classifier::{Classifier, FEATURES};
use super::{Progress, count};
use crate::data::Dataset;

/// The number of resamples for the interval of a Fréchet distance. Each takes two milliseconds for 400 images and thirty for
/// 10,000.
const FRECHET_RESAMPLES: u64 = 200;
/// The fraction of the progress that classifying the images counts for; the resamples are the rest.
const CLASSIFYING: f64 = 0.8;

/// A classifier together with its features of the real images, which are computed once and serve for every set.
pub struct Evaluator {
    classifier: Classifier,
    /// The Gaussian fitted to the features of the real images.
    real: FrechetTarget,
    /// The fraction of the real images that the classifier assigns to their label.
    accuracy: Estimate,
    ctx: Context,
}

/// The evaluation of a set of images.
#[derive(Debug, Clone, PartialEq)]
pub struct SetEvaluation {
    /// The Fréchet distance between the set and the real images.
    pub frechet: Estimate,
    /// The most probable digit of each image.
    pub classes: Vec<u8>,
    /// The probability that the classifier gives to that digit, 0.1 to 1, for each image.
    pub confidences: Vec<f32>,
    /// The fraction of the images that the classifier is sure of ([`ClassifierOutput::recognised`](super::classifier::ClassifierOutput::recognised)).
    pub recognised: Estimate,
}

impl Evaluator {
    /// Classifies the `real` images, at least two, and keeps the Gaussian of their features.
    ///
    /// # Errors
    /// Those of [`Classifier::classify`].
    ///
    /// # Panics
    /// If there are fewer than two images.
    pub async fn new(
        classifier: Classifier,
        real: &Dataset,
        ctx: &Context,
        progress: impl Progress,
    ) -> Result<Self, String> {
        let output = classifier.classify(&real.images, ctx, progress).await?;
        Ok(Self {
            real: Gaussian::fit(&output.features, FEATURES).into(),
            accuracy: accuracy(&output.classes(), &real.labels),
            classifier,
            ctx: ctx.clone(),
        })
    }

    /// The fraction of the real images that the classifier assigns to their label.
    pub fn accuracy(&self) -> Estimate {
        self.accuracy
    }

    /// Evaluates a set of at least two images.
    ///
    /// # Errors
    /// Those of [`Classifier::classify`].
    ///
    /// # Panics
    /// If there are fewer than two images, because one image has no covariance.
    pub async fn evaluate(
        &self,
        images: &[u8],
        mut progress: impl Progress,
    ) -> Result<SetEvaluation, String> {
        let images_count = count(images);
        assert!(images_count > 1, "a set of two images or more");
        let classifying = async |done| progress(CLASSIFYING * done).await;
        let output = self
            .classifier
            .classify(images, &self.ctx, classifying)
            .await?;
        let distance = |found: Gaussian| self.real.distance(&found);
        let mut resamples = Vec::new();
        for number in 0..FRECHET_RESAMPLES {
            let counts = resample(images_count, number);
            let found = Gaussian::fit_resample(&output.features, FEATURES, &counts);
            resamples.push(distance(found));
            let done = (number + 1) as f64 / FRECHET_RESAMPLES as f64;
            progress(CLASSIFYING + (1.0 - CLASSIFYING) * done).await?;
        }
        let frechet = distance(Gaussian::fit(&output.features, FEATURES));
        Ok(SetEvaluation {
            // No distance is below 0.
            frechet: Estimate::from_resamples(frechet, resamples).within(0.0, f64::INFINITY),
            classes: output.classes(),
            confidences: output.confidences(),
            recognised: output.recognised(),
        })
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::evaluation::tests::cpu;
    use crate::nn::unet::PIXELS;
    use crate::rng::{Purpose, Stream};

    #[test]
    fn the_real_images_have_distance_0() {
        let mut stream = Stream::new(5, Purpose::Init, 0);
        let mut noise = |images: usize, below| -> Vec<u8> {
            (0..images * PIXELS)
                .map(|_| stream.below(below) as u8)
                .collect()
        };
        let (real, darker) = (noise(40, 256), noise(40, 128));
        let real = Dataset::of_digits(real, (0..40).map(|image| image % 10).collect(), "noise");
        let classifier = Classifier::load(&Classifier::layout().initial(1), &cpu());
        let progress = async |_| Ok(());
        let evaluate = async |images: &[u8]| {
            let evaluator = Evaluator::new(classifier.clone(), &real, &cpu(), progress).await?;
            assert!(evaluator.accuracy().value < 0.5, "it has learned nothing");
            evaluator.evaluate(images, progress).await
        };
        let same = pollster::block_on(evaluate(&real.images)).unwrap();
        assert!(same.frechet.value < 1e-6, "{same:?}");
        assert_eq!(same.classes.len(), 40);
        let other = pollster::block_on(evaluate(&darker)).unwrap();
        assert!(other.frechet.value > 1e-3, "{other:?}");
        let [low, high] = other.frechet.interval.unwrap();
        assert!(low < other.frechet.value && other.frechet.value < high);
    }
}
