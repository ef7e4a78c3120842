//! The evaluator: compares sets of images with the real ones by means of a classifier.

use crate::ops::Context;

use super::classifier::{Classifier, FEATURES};
use super::frechet::Gaussian;
use super::{Progress, count};

/// A classifier together with its features of the real images, which are computed once and serve for every set.
pub struct Evaluator {
    classifier: Classifier,
    /// The Gaussian fitted to the features of the real images.
    real: Gaussian,
    ctx: Context,
}

/// The evaluation of a set of images.
#[derive(Debug, Clone, PartialEq)]
pub struct SetEvaluation {
    /// The Fréchet distance between the set and the real images.
    pub frechet: f64,
    /// The most probable digit of each image.
    pub classes: Vec<u8>,
    /// The fraction of the images that the classifier is sure of ([`ClassifierOutput::recognised`](super::classifier::ClassifierOutput::recognised)).
    pub recognised: f64,
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
        real: &[u8],
        ctx: &Context,
        progress: impl Progress,
    ) -> Result<Self, String> {
        let output = classifier.classify(real, ctx, progress).await?;
        Ok(Self {
            real: Gaussian::fit(&output.features, FEATURES),
            classifier,
            ctx: ctx.clone(),
        })
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
        progress: impl Progress,
    ) -> Result<SetEvaluation, String> {
        assert!(count(images) > 1, "a set of two images or more");
        let output = self
            .classifier
            .classify(images, &self.ctx, progress)
            .await?;
        let found = Gaussian::fit(&output.features, FEATURES);
        Ok(SetEvaluation {
            frechet: found.distance(&self.real),
            classes: output.classes(),
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
        let classifier = Classifier::load(&Classifier::layout().initial(1), &cpu());
        let progress = async |_| Ok(());
        let evaluate = async |images: &[u8]| {
            let evaluator = Evaluator::new(classifier.clone(), &real, &cpu(), progress).await?;
            evaluator.evaluate(images, progress).await
        };
        let same = pollster::block_on(evaluate(&real)).unwrap();
        assert!(same.frechet < 1e-6, "{}", same.frechet);
        assert_eq!(same.classes.len(), 40);
        let other = pollster::block_on(evaluate(&darker)).unwrap();
        assert!(other.frechet > 1e-3, "{}", other.frechet);
    }
}
