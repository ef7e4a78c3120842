//! The classification accuracy score (Ravuri & Vinyals 2019, arXiv 1905.10887): how well a classifier
//! does on real images that has only seen samples. It is low where samples are wrong, and also where
//! they are all alike.

use super::Progress;
use super::accuracy::accuracy;
use super::classifier::Classifier;
use super::classifier_training::{ClassifierRecipe, ClassifierTrainer};
use crate::data::Dataset;
use crate::ops::{Context, read};

/// Steps between two looks at the clock: a device that works on its own is waited for then, so that its
/// queue stays short.
const STRETCH: u64 = 8;
/// Share of the time that training takes; the rest is judging.
const TRAINING: f64 = 0.95;

/// Accuracy on the images of `real`, 0 to 1, of a classifier trained on `samples` alone.
///
/// # Errors
/// Those of [`ClassifierRecipe::validate`]; if the device does not give the numbers back; what `watch`
/// says.
pub async fn score(
    recipe: &ClassifierRecipe,
    samples: &Dataset,
    real: &Dataset,
    ctx: &Context,
    mut watch: impl Progress,
) -> Result<f64, String> {
    let mut trainer = ClassifierTrainer::new(recipe, samples, ctx)?;
    let end = recipe.steps(samples.len());
    while trainer.step_count() < end {
        let loss = trainer.step();
        if trainer.step_count().is_multiple_of(STRETCH) {
            read(loss).await?;
            watch(TRAINING * trainer.step_count() as f64 / end as f64).await?;
        }
    }
    let classifier = Classifier::load(&read(trainer.average()).await?, ctx);
    let judgement = classifier
        .judge(&real.images, ctx, async |share| {
            watch(TRAINING + (1.0 - TRAINING) * share).await
        })
        .await?;
    Ok(accuracy(&judgement.classes(), &real.labels))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::evaluation::tests::cpu;
    use crate::nn::unet::{CLASSES, PIXELS};
    use crate::rng::{Purpose, Stream};

    const IMAGES: usize = 32;

    /// Noise, which is told apart by heart; `label` says which digit each image is taken for.
    fn noise(label: impl Fn(usize) -> usize) -> Dataset {
        let mut stream = Stream::new(8, Purpose::Init, 0);
        Dataset {
            images: (0..IMAGES * PIXELS)
                .map(|_| stream.below(256) as u8)
                .collect(),
            labels: (0..IMAGES).map(|k| label(k % CLASSES) as u8).collect(),
            name: "noise".into(),
        }
    }

    /// What was learnt from wrong labels is wrong of the real ones.
    #[test]
    fn the_score_is_that_of_what_was_learnt() {
        let recipe = ClassifierRecipe {
            learning_rate: 5e-3,
            shift: 0,
            ema_decay: 0.8,
            ..ClassifierRecipe::for_samples(IMAGES, 60.0)
        };
        let real = noise(|k| k);
        let score = |samples: &Dataset| {
            let mut told = Vec::new();
            let watch = async |share| {
                told.push(share);
                Ok(())
            };
            let score = pollster::block_on(score(&recipe, samples, &real, &cpu(), watch)).unwrap();
            assert!(told.is_sorted() && told.last() == Some(&1.0), "{told:?}");
            score
        };
        let right = score(&real);
        assert!(right > 0.8, "{right}");
        assert!(score(&noise(|k| CLASSES - 1 - k)) < 0.1);
    }
}
