//! The classification accuracy score (CAS; Ravuri & Vinyals 2019, arXiv 1905.10887): the accuracy on real images of a
//! classifier that was trained on samples alone.
//!
//! The score is low if samples do not show their class, and also if they are all alike: a classifier that has seen one
//! kind of 7 misses the others.

use super::Progress;
use super::accuracy::accuracy;
use super::bootstrap::Estimate;
use super::classifier::Classifier;
use super::classifier_training::{ClassifierRecipe, ClassifierTrainer};
use crate::data::Dataset;
use crate::ops::{Context, read};

/// Training steps between two reads of the loss. A read waits for the device, so no more than this many steps are ever
/// queued on a GPU.
const STEPS_PER_READ: u64 = 8;
/// The fraction of the progress that training counts for; classifying the real images is the rest.
const TRAINING: f64 = 0.95;

/// Trains a classifier on `samples` and returns its accuracy on the images of `real`, 0 to 1. The interval is for
/// other real images; that another classifier would have come out otherwise is no part of it.
///
/// # Errors
/// Those of [`ClassifierRecipe::validate`], a device that fails to return numbers, and the error that `progress`
/// returned.
pub async fn score(
    recipe: &ClassifierRecipe,
    samples: &Dataset,
    real: &Dataset,
    ctx: &Context,
    mut progress: impl Progress,
) -> Result<Estimate, String> {
    let mut trainer = ClassifierTrainer::new(recipe, samples, ctx)?;
    let end = recipe.steps(samples.len());
    while trainer.step_count() < end {
        let loss = trainer.step();
        if trainer.step_count().is_multiple_of(STEPS_PER_READ) {
            read(loss).await?;
            progress(TRAINING * trainer.step_count() as f64 / end as f64).await?;
        }
    }
    let classifier = Classifier::load(&read(trainer.average()).await?, ctx);
    let output = classifier
        .classify(&real.images, ctx, async |done| {
            progress(TRAINING + (1.0 - TRAINING) * done).await
        })
        .await?;
    Ok(accuracy(&output.classes(), &real.labels))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::evaluation::tests::cpu;
    use crate::nn::unet::{CLASSES, PIXELS};
    use crate::rng::{Purpose, Stream};

    const IMAGES: usize = 32;

    /// Images of noise, which a classifier can only memorise; `label` maps an image's number to its label.
    fn noise(label: impl Fn(usize) -> usize) -> Dataset {
        let mut stream = Stream::new(8, Purpose::Init, 0);
        Dataset::of_digits(
            (0..IMAGES * PIXELS)
                .map(|_| stream.below(256) as u8)
                .collect(),
            (0..IMAGES).map(|k| label(k % CLASSES) as u8).collect(),
            "noise",
        )
    }

    /// A classifier trained on wrong labels scores low, one trained on the right labels high.
    #[test]
    fn the_score_depends_on_what_the_samples_teach() {
        let recipe = ClassifierRecipe {
            learning_rate: 5e-3,
            shift: 0,
            ema_decay: 0.8,
            ..ClassifierRecipe::for_samples(IMAGES, 60.0)
        };
        let real = noise(|k| k);
        let score = |samples: &Dataset| {
            let mut reported = Vec::new();
            let progress = async |done| {
                reported.push(done);
                Ok(())
            };
            let score =
                pollster::block_on(score(&recipe, samples, &real, &cpu(), progress)).unwrap();
            assert!(
                reported.is_sorted() && reported.last() == Some(&1.0),
                "{reported:?}"
            );
            score.value
        };
        let right = score(&real);
        assert!(right > 0.8, "{right}");
        assert!(score(&noise(|k| CLASSES - 1 - k)) < 0.1);
    }
}
