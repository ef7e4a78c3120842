//! Whole training runs and draws with the tiny network.

use std::sync::Arc;

use ddpm::data::Dataset;
use ddpm::diffusion::Prediction;
use ddpm::images::to_bytes;
use ddpm::model::Model;
use ddpm::nn::unet::{PIXELS, Preset, SIZE, UNet, UNetConfig};
use ddpm::nn::var_builder::flat_tensor;
use ddpm::runtime::Runtime;
use ddpm::samplers::{Ddpm, Sampling, VarianceType};
use ddpm::training::{
    LossKind, OptimizerState, TermHistory, TimestepSampling, TrainConfig, TrainError, Trainer,
};

use super::{assert_close, read};

/// Images of bars and rings, which are easy to learn. They are computed, so a browser test needs no download.
pub fn easy_images(count: usize) -> Arc<Dataset> {
    let mut images = vec![0; count * PIXELS];
    for (index, image) in images.chunks_mut(PIXELS).enumerate() {
        let class = index % 10;
        for (at, pixel) in image.iter_mut().enumerate() {
            let (y, x) = (at / SIZE, at % SIZE);
            let inked = if class < 5 {
                x.abs_diff(4 + 5 * class) < 2
            } else {
                let radius = ((x as f32 - 13.5).powi(2) + (y as f32 - 13.5).powi(2)).sqrt();
                (radius - 2.0 * (class - 3) as f32).abs() < 1.5
            };
            *pixel = if inked { 255 } else { 0 };
        }
    }
    Arc::new(Dataset::of_digits(
        images,
        (0..count).map(|index| (index % 10) as u8).collect(),
        "bars and rings",
    ))
}

/// A recipe for short runs.
fn recipe() -> TrainConfig {
    TrainConfig {
        batch_size: 4,
        learning_rate: 2e-3,
        warmup_steps: 5,
        timesteps: 100,
        ..TrainConfig::default()
    }
}

/// A recipe whose t are drawn by the size of the bound's terms.
fn by_importance() -> TrainConfig {
    TrainConfig {
        loss: LossKind::Vlb,
        t_sampling: TimestepSampling::Importance,
        timesteps: 10,
        ..recipe()
    }
}

/// A recipe for a learned variance, whose bound counts for about as much as L_simple.
fn with_a_learned_variance() -> TrainConfig {
    TrainConfig {
        variance_type: VarianceType::LearnedRange,
        loss: LossKind::Hybrid,
        vlb_weight: 0.1,
        ..recipe()
    }
}

/// A run that begins with initial weights. If its t are drawn by the size of the terms, it knows ten for each t, so that they
/// are not uniform.
fn begin(config: TrainConfig, runtime: &Runtime) -> Trainer {
    let unet = UNetConfig {
        out_channels: config.out_channels(),
        ..Preset::Tiny.config()
    };
    let initial = UNet::layout(&unet).initial(u64::from(config.seed));
    let mut state = OptimizerState::new(flat_tensor(&initial, runtime.device()));
    if config.t_sampling == TimestepSampling::Importance {
        let of_t = |t: u32| [10.0].into_iter().chain([1.0 + t as f32; 10]);
        let numbers: Vec<f32> = (0..config.timesteps).flat_map(of_t).collect();
        let history = TermHistory::from_numbers(config.timesteps as usize, &numbers);
        state.history = Some(history.unwrap());
    }
    Trainer::from_state(config, unet, easy_images(40), runtime, state).unwrap()
}

/// Takes `steps` steps and returns their losses.
async fn losses(trainer: &mut Trainer, steps: usize) -> Vec<f32> {
    let mut finished = Vec::new();
    for _ in 0..steps {
        finished.extend(trainer.step().await.expect("finite"));
    }
    finished.extend(trainer.finish().await.expect("finite"));
    finished.iter().map(|metrics| metrics.loss).collect()
}

/// The loss falls, each step is reported once, and the averaged weights change.
pub async fn training_learns(steps: usize, runtime: &Runtime) {
    let unet = Preset::Tiny.config();
    let mut trainer = Trainer::new(recipe(), unet, easy_images(40), runtime).unwrap();
    let before = read(trainer.average()).await;
    let losses = losses(&mut trainer, steps).await;
    assert_eq!(losses.len(), steps);
    // The initial network is the zero function, whose loss is E ε² = 1.
    assert!((losses[0] - 1.0).abs() < 0.15, "first loss {}", losses[0]);
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
    let third = steps / 3;
    let (early, late) = (mean(&losses[..third]), mean(&losses[steps - third..]));
    assert!(late < 0.9 * early, "loss went from {early} to {late}");
    let after = read(trainer.average()).await;
    assert!(before.iter().zip(&after).any(|(a, b)| a != b));
}

/// The losses of a recipe of the first version, which had only ε-prediction and the linear schedule. Later options must not
/// change such a run. The tolerance allows for sums in another order; another draw of t or ε would change the first digits.
pub async fn the_first_recipe_keeps_its_losses(runtime: &Runtime) {
    let unet = Preset::Tiny.config();
    let mut trainer = Trainer::new(recipe(), unet, easy_images(40), runtime).unwrap();
    let found = losses(&mut trainer, 6).await;
    let expected = [
        1.0101795, 1.0085241, 0.96523327, 0.94266284, 0.98208696, 0.92883635,
    ];
    assert_close("losses", &found, &expected, 1e-4);
}

/// On a GPU, captured training steps have the same losses as steps on the CPU, for each kind of batch.
pub async fn captured_training_agrees(runtime: &Runtime) {
    the_first_recipe_keeps_its_losses(runtime).await;
    let weighted = TrainConfig {
        prediction: Prediction::V,
        min_snr_gamma: 5.0,
        weight_decay: 0.1,
        batch_size: 1,
        ..recipe()
    };
    // The second step is captured; the third is replayed, and so many more.
    for (config, replayed) in [
        (recipe(), 3),
        (weighted, 3),
        (by_importance(), 3),
        (with_a_learned_variance(), 1),
    ] {
        let mut trainer = begin(config.clone(), runtime);
        let mut found = losses(&mut trainer, 3).await;
        assert_eq!(trainer.captured(), Ok(()));
        // A state that was handed out is not changed by later steps.
        let state = trainer.state();
        let before = read(state.params.clone()).await;
        found.extend(losses(&mut trainer, replayed).await);
        assert_eq!(read(state.params).await, before);
        assert_ne!(read(trainer.state().params).await, before);

        let mut on_cpu = begin(config, &Runtime::cpu());
        let expected = losses(&mut on_cpu, 3 + replayed).await;
        assert_near("losses", &found, &expected, 1e-4);
        let [found, expected] = [trainer.average(), on_cpu.average()];
        assert_close("average", &read(found).await, &read(expected).await, 1e-4);
    }
}

/// [`assert_close`] for numbers divided by the largest of those that are expected, if that is above 1: the bound is large.
fn assert_near(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    let largest = expected.iter().fold(1.0f32, |most, value| most.max(*value));
    let scaled = |values: &[f32]| values.iter().map(|v| v / largest).collect::<Vec<_>>();
    assert_close(what, &scaled(found), &scaled(expected), tolerance);
}

/// A run that is resumed from its state has bit for bit the losses of an uninterrupted run: on the CPU.
pub async fn resume_is_exact(runtime: &Runtime) {
    resume(runtime, |what, found, expected| {
        assert_eq!(found, expected, "{what}")
    })
    .await;
}

/// The same on a GPU, where sums may differ in their last bit: autodiff adds up the gradients of a tensor in the order of a
/// hash table.
pub async fn resume_agrees(runtime: &Runtime) {
    resume(runtime, |what, found, expected| {
        assert_near(what, found, expected, 1e-5)
    })
    .await;
}

/// Compares a run that is resumed from its state with an uninterrupted one: the losses, and the terms by which t is drawn.
async fn resume(runtime: &Runtime, compare: impl Fn(&str, &[f32], &[f32])) {
    let device = runtime.device();
    for config in [recipe(), by_importance()] {
        let mut whole = begin(config.clone(), runtime);
        let expected = losses(&mut whole, 6).await;

        let mut first = begin(config.clone(), runtime);
        let mut seen = losses(&mut first, 3).await;
        let state = first.state();
        let history = state.history.map(|history| {
            TermHistory::from_numbers(config.timesteps as usize, &history.numbers()).unwrap()
        });
        let state = OptimizerState {
            params: flat_tensor(&read(state.params.clone()).await, device),
            m: flat_tensor(&read(state.m.clone()).await, device),
            v: flat_tensor(&read(state.v.clone()).await, device),
            ema: flat_tensor(&read(state.ema.clone()).await, device),
            step: state.step,
            history,
        };
        let (unet, data) = (Preset::Tiny.config(), easy_images(40));
        let mut second = Trainer::from_state(config, unet, data, runtime, state).unwrap();
        seen.extend(losses(&mut second, 3).await);
        compare("losses", &seen, &expected);
        let terms = |trainer: &Trainer| {
            let history = trainer.state().history;
            history.map_or_else(Vec::new, |history| history.numbers())
        };
        compare("terms", &terms(&second), &terms(&whole));
    }
}

/// A loss that is not finite ends the run, and the trainer keeps the last good state.
pub async fn divergence_keeps_the_last_good_state(runtime: &Runtime) {
    let unet = Preset::Tiny.config();
    let mut config = recipe();
    config.grad_clip = 0.0;
    let data = easy_images(10);
    let mut trainer = Trainer::new(config.clone(), unet, data.clone(), runtime).unwrap();
    losses(&mut trainer, 2).await;
    let mut state = trainer.state();
    let good = read(state.ema.clone()).await;
    // Parameters this large overflow in the first convolutions.
    state.params = state.params * 1e30;
    let mut broken = Trainer::from_state(config, unet, data, runtime, state).unwrap();
    let mut error = None;
    for _ in 0..4 {
        if let Err(found) = broken.step().await {
            error = Some(found);
            break;
        }
    }
    match error {
        Some(TrainError::NotFinite { step, good, .. }) => assert_eq!((step, good), (3, 2)),
        other => panic!("expected a loss that is not finite, got {other:?}"),
    }
    assert_eq!(broken.done(), 2);
    assert_eq!(read(broken.average()).await, good);
}

/// The tiny network with T = 100 and initial weights, changed so that no layer is zero.
pub fn untrained(runtime: &Runtime) -> Model {
    let device = runtime.device();
    let unet = Preset::Tiny.config();
    let mut params = UNet::layout(&unet).initial(3);
    for (index, value) in params.iter_mut().enumerate() {
        *value += 0.02 * (index as f32).sin();
    }
    recipe().model(runtime, &unet, flat_tensor(&params, device))
}

/// Draws one image for each label in eight steps and returns the pixels.
pub async fn sample(seed: u64, labels: &[u8], first: u32, runtime: &Runtime) -> Vec<u8> {
    let model = untrained(runtime);
    let sampler = Ddpm::with_steps(&model.schedule, 8);
    let mut sampling = Sampling::new(model, Box::new(sampler), seed, labels, first);
    let mut visited = Vec::new();
    while let Some(t) = sampling.step() {
        visited.push(t);
    }
    assert_eq!(visited, [99, 85, 71, 57, 42, 28, 14, 0]);
    to_bytes(&read(sampling.images().clone()).await)
}

/// The same seed gives the same digits, another seed gives others, and an image's noise does not depend on its batch.
pub async fn sampling_is_repeatable(runtime: &Runtime) {
    let labels = [3, 1, 4, 1];
    let all = sample(7, &labels, 0, runtime).await;
    assert_eq!(all, sample(7, &labels, 0, runtime).await);
    assert_ne!(all, sample(8, &labels, 0, runtime).await);
    let last_two = sample(7, &labels[2..], 2, runtime).await;
    let largest = all[2 * PIXELS..]
        .iter()
        .zip(&last_two)
        .map(|(a, b)| a.abs_diff(*b))
        .max();
    // Another batch size may sum in another order, which changes a pixel by one grey level at most.
    assert!(largest <= Some(1), "{largest:?}");
}
