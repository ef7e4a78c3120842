//! What samples are held against: a classifier, and what it sees in the test images.

use crate::ops::Context;

use super::classifier::{Classifier, FEATURES};
use super::frechet::Gaussian;
use super::{Progress, count};

/// A judge who knows the real images.
pub struct Reference {
    classifier: Classifier,
    /// Features of the real images.
    target: Gaussian,
    ctx: Context,
}

/// What the judge makes of a set of images.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Fréchet distance from the real images.
    pub frechet: f64,
    /// The likeliest digit of each image.
    pub classes: Vec<u8>,
}

impl Reference {
    /// `real`: the images that samples are to look like, two at least.
    ///
    /// # Errors
    /// As [`Classifier::judge`].
    ///
    /// # Panics
    /// If there are fewer than two images.
    pub async fn new(
        classifier: Classifier,
        real: &[u8],
        ctx: &Context,
        watch: impl Progress,
    ) -> Result<Self, String> {
        let judgement = classifier.judge(real, ctx, watch).await?;
        Ok(Self {
            target: Gaussian::fit(&judgement.features, FEATURES),
            classifier,
            ctx: ctx.clone(),
        })
    }

    /// # Errors
    /// As [`Classifier::judge`].
    ///
    /// # Panics
    /// If there are fewer than two images: one has no spread.
    pub async fn judge(&self, images: &[u8], watch: impl Progress) -> Result<Verdict, String> {
        assert!(count(images) > 1, "a set of two images or more");
        let judgement = self.classifier.judge(images, &self.ctx, watch).await?;
        let found = Gaussian::fit(&judgement.features, FEATURES);
        Ok(Verdict {
            frechet: found.distance(&self.target),
            classes: judgement.classes(),
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
    fn the_real_images_are_no_distance_away() {
        let mut stream = Stream::new(5, Purpose::Init, 0);
        let mut noise = |images: usize, below| -> Vec<u8> {
            (0..images * PIXELS)
                .map(|_| stream.below(below) as u8)
                .collect()
        };
        let (real, darker) = (noise(40, 256), noise(40, 128));
        let classifier = Classifier::load(&Classifier::layout().initial(1), &cpu());
        let watch = async |_| Ok(());
        let judged = async |images: &[u8]| {
            let reference = Reference::new(classifier.clone(), &real, &cpu(), watch).await?;
            reference.judge(images, watch).await
        };
        let verdict = pollster::block_on(judged(&real)).unwrap();
        assert!(verdict.frechet < 1e-6, "{}", verdict.frechet);
        assert_eq!(verdict.classes.len(), 40);
        let other = pollster::block_on(judged(&darker)).unwrap();
        assert!(other.frechet > 1e-3, "{}", other.frechet);
    }
}
