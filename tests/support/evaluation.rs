//! The measures of `ddpm::evaluation` on any backend, compared with those on the CPU.

use ddpm::data::Dataset;
use ddpm::evaluation::bits_per_dim::estimate_bits_per_dim;
use ddpm::evaluation::classifier::Classifier;
use ddpm::evaluation::classifier_training::{ClassifierRecipe, ClassifierTrainer};
use ddpm::evaluation::eps_error::estimate_eps_error;
use ddpm::evaluation::neighbours::nearest;
use ddpm::evaluation::noisy_samples::LabelledImages;
use ddpm::nn::unet::PIXELS;
use ddpm::runtime::Runtime;
use ddpm::samplers::VarianceType;

use super::runs::{easy_images, untrained};
use super::{assert_close, read};

/// The features and probabilities of four images, and the loss and the weights after one training step.
pub async fn the_classifier_agrees(runtime: &Runtime) {
    let data = easy_images(4);
    let params = Classifier::layout().initial(6);
    let classify = async |runtime: &Runtime| {
        let ctx = runtime.context();
        let classifier = Classifier::load(&params, ctx);
        let output = classifier
            .classify(&data.images, ctx, async |_| Ok(()))
            .await
            .unwrap();
        [output.features, output.probabilities].concat()
    };
    assert_close(
        "output",
        &classify(runtime).await,
        &classify(&Runtime::cpu()).await,
        1e-4,
    );
    let (found, expected) = (
        train_one_step(&data, runtime).await,
        train_one_step(&data, &Runtime::cpu()).await,
    );
    assert_close("training", &found, &expected, 1e-3);
}

/// The loss and the averaged weights after one training step on four images.
async fn train_one_step(data: &Dataset, runtime: &Runtime) -> Vec<f32> {
    let recipe = ClassifierRecipe {
        batch_size: 4,
        ..ClassifierRecipe::default()
    };
    let mut trainer = ClassifierTrainer::new(&recipe, data, runtime.context()).unwrap();
    let loss = read(trainer.step()).await;
    [loss, read(trainer.average()).await].concat()
}

/// Nearest neighbours, ε-MSE and bits/dim.
pub async fn the_measures_agree(runtime: &Runtime) {
    let ctx = runtime.context();
    let data = easy_images(20);
    let neighbours = nearest(&data.images, &data.images, ctx, async |_| Ok(())).await;
    // The images repeat after ten, so an image may find its copy, but always at distance 0.
    assert!(
        neighbours
            .unwrap()
            .iter()
            .all(|found| found.distance == 0.0)
    );

    let measure = async |runtime: &Runtime| {
        let model = untrained(runtime);
        let labelled = LabelledImages {
            images: &data.images[..4 * PIXELS],
            labels: &data.labels[..4],
            seed: 2,
        };
        let kinds = [VarianceType::FixedSmall, VarianceType::FixedLarge];
        let errors = estimate_eps_error(&model, labelled, async |_| Ok(()))
            .await
            .unwrap();
        let bounds = estimate_bits_per_dim(&model, &kinds, labelled, 2, async |_| Ok(()))
            .await
            .unwrap();
        let parts = bounds
            .iter()
            .flat_map(|b| [b.total.value, b.l_t.value, b.l.value, b.l_0.value]);
        let values = errors.iter().map(|error| error.value).chain(parts);
        values.map(|value| value as f32).collect::<Vec<f32>>()
    };
    assert_close(
        "measures",
        &measure(runtime).await,
        &measure(&Runtime::cpu()).await,
        1e-3,
    );
}
