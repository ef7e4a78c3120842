//! The measures on any backend, held against what the CPU backend says.

use ddpm::data::Dataset;
use ddpm::evaluation::classifier::Classifier;
use ddpm::evaluation::classifier_training::{ClassifierRecipe, ClassifierTrainer};
use ddpm::evaluation::likelihood::{Probe, bound, eps_error};
use ddpm::evaluation::neighbours::nearest;
use ddpm::nn::unet::PIXELS;
use ddpm::runtime::Runtime;
use ddpm::samplers::VarianceType;

use super::runs::{easy_images, untrained};
use super::{assert_close, read};

/// Features and probabilities of four images, and the loss and weights of a step of training.
pub async fn the_classifier_agrees(runtime: &Runtime) {
    let data = easy_images(4);
    let params = Classifier::layout().initial(6);
    let judge = async |runtime: &Runtime| {
        let ctx = runtime.context();
        let classifier = Classifier::load(&params, ctx);
        let judgement = classifier
            .judge(&data.images, ctx, async |_| Ok(()))
            .await
            .unwrap();
        [judgement.features, judgement.probabilities].concat()
    };
    assert_close(
        "judgement",
        &judge(runtime).await,
        &judge(&Runtime::cpu()).await,
        1e-4,
    );
    let (found, expected) = (
        learn(&data, runtime).await,
        learn(&data, &Runtime::cpu()).await,
    );
    assert_close("training", &found, &expected, 1e-3);
}

async fn learn(data: &Dataset, runtime: &Runtime) -> Vec<f32> {
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
    let itself = nearest(&data.images, &data.images, ctx, async |_| Ok(())).await;
    // The bars and rings repeat after ten.
    assert!(itself.unwrap().iter().all(|found| found.distance == 0.0));

    let measure = async |runtime: &Runtime| {
        let model = untrained(runtime);
        let probe = Probe {
            images: &data.images[..4 * PIXELS],
            labels: &data.labels[..4],
            seed: 2,
        };
        let kinds = [VarianceType::FixedSmall, VarianceType::FixedLarge];
        let errors = eps_error(&model, probe, async |_| Ok(())).await.unwrap();
        let bounds = bound(&model, &kinds, probe, 2, async |_| Ok(()))
            .await
            .unwrap();
        let parts = bounds
            .iter()
            .flat_map(|b| [b.total.mean, b.l_t.mean, b.l.mean, b.l_0.mean]);
        let means = errors.iter().map(|error| error.mean).chain(parts);
        means.map(|mean| mean as f32).collect::<Vec<f32>>()
    };
    assert_close(
        "measures",
        &measure(runtime).await,
        &measure(&Runtime::cpu()).await,
        1e-3,
    );
}
