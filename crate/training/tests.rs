//! Runs of a few steps: what a step says of itself, and what may be changed on the way.

use std::sync::Arc;

use pollster::block_on;

use super::next_batch::stratified;
use super::*;
use crate::nn::unet::{PIXELS, Preset};
use crate::ops::read;

/// So many images of stripes.
pub fn stripes(count: usize) -> Arc<Dataset> {
    let pixel = |at: usize| {
        if (at / PIXELS + at).is_multiple_of(7) {
            255
        } else {
            0
        }
    };
    let labels = (0..count).map(|index| (index % 10) as u8).collect();
    let pixels = (0..count * PIXELS).map(pixel).collect();
    Arc::new(Dataset::of_digits(pixels, labels, "stripes"))
}

pub fn recipe() -> TrainConfig {
    TrainConfig {
        batch_size: 4,
        timesteps: 100,
        warmup_steps: 3,
        ..TrainConfig::default()
    }
}

fn begin(config: TrainConfig) -> Trainer {
    Trainer::new(config, Preset::Tiny.config(), stripes(30), &Runtime::cpu()).unwrap()
}

fn steps(trainer: &mut Trainer, count: usize) -> Vec<StepMetrics> {
    (0..count)
        .flat_map(|_| block_on(trainer.step()).unwrap())
        .collect()
}

#[test]
fn stratified_t_are_evenly_spread() {
    let stratified = |uniform: &[f32], timesteps| -> Vec<usize> {
        let t = |(image, &u)| stratified(image, uniform.len(), u, timesteps);
        uniform.iter().enumerate().map(t).collect()
    };
    assert_eq!(
        stratified(&[0.0, 0.5, 0.999, 0.0], 1000),
        [0, 375, 749, 750]
    );
    // More images than timesteps: some share their t.
    assert_eq!(stratified(&[0.0; 6], 3), [0, 0, 1, 1, 2, 2]);
    // The last of f32 below 1 stays below T.
    assert_eq!(stratified(&[1.0 - f32::EPSILON / 2.0], 4000), [3999]);
}

/// The gradient's norm that a step names is that of the gradient of its batch, and the losses of its images, each at its t, have
/// its loss as their mean.
#[test]
fn a_step_says_what_it_was() {
    for loss in [LossKind::Simple, LossKind::Vlb] {
        let mut trainer = begin(TrainConfig {
            loss,
            t_sampling: TimestepSampling::Stratified,
            ..recipe()
        });
        steps(&mut trainer, 3);
        let params = trainer.params();
        let (batch, t) = trainer.batch();
        let (ctx, lengths) = (trainer.runtime.context(), trainer.lengths.clone());
        let (losses, gradient) = loss_and_gradient(ctx, &trainer.unet, &lengths, &params, batch);
        let gradient = block_on(read(gradient)).unwrap();
        let squares = gradient.iter().map(|&g| f64::from(g).powi(2));
        let norm = squares.sum::<f64>().sqrt();
        let losses = block_on(read(losses)).unwrap();

        let metrics = &steps(&mut trainer, 1)[0];
        assert_eq!(metrics.step, 4);
        assert!(
            (f64::from(metrics.grad_norm) / norm - 1.0).abs() < 1e-5,
            "{} and {norm}",
            metrics.grad_norm
        );
        let of_images: Vec<f32> = metrics.images.iter().map(|image| image.loss).collect();
        assert_eq!(of_images, losses[1..]);
        let mean = of_images.iter().sum::<f32>() / 4.0;
        assert!(
            (mean / metrics.loss - 1.0).abs() < 1e-5,
            "{mean} and {}",
            metrics.loss
        );
        let its: Vec<usize> = metrics
            .images
            .iter()
            .map(|image| image.t as usize)
            .collect();
        assert_eq!(its, t);
        let quarters: Vec<usize> = its.iter().map(|t| t / 25).collect();
        assert_eq!(quarters, [0, 1, 2, 3], "stratified");
    }
}

/// A run whose learning rate and batch size change on the way goes on with the data where they were, and a run that is resumed
/// from its recipe and state takes the same steps.
#[test]
fn a_changed_run_is_resumed_to_the_bit() {
    for batch_size in [6, 3] {
        let mut whole = begin(recipe());
        steps(&mut whole, 4);
        whole.change(5e-3, batch_size).unwrap();
        assert_eq!(whole.done(), 4);
        assert!((whole.epoch() - 16.0 / 30.0).abs() < 1e-9);
        let mut seen = steps(&mut whole, 2);
        assert_eq!(seen[0].images.len(), batch_size as usize);
        let state = whole.state();
        let config = whole.config().clone();
        assert_eq!(
            (config.learning_rate, config.batch_size),
            (5e-3, batch_size)
        );
        let (unet, data) = (*whole.unet(), stripes(30));
        let mut resumed = Trainer::from_state(config, unet, data, &Runtime::cpu(), state).unwrap();
        assert_eq!(steps(&mut resumed, 4), steps(&mut whole, 4));

        // The first step after the change has the images that another run of that size would have there.
        let mut other = begin(TrainConfig {
            batch_size,
            first_example: 16.0 - 4.0 * f64::from(batch_size),
            ..recipe()
        });
        other.done = 4;
        let same = steps(&mut other, 1).remove(0);
        let t = |metrics: &StepMetrics| metrics.images.iter().map(|it| it.t).collect::<Vec<_>>();
        assert_eq!(t(&same), t(&seen.remove(0)));
    }
    let mut run = begin(recipe());
    assert!(run.change(0.0, 4).unwrap_err().contains("learning rate"));
    assert!(run.change(1e-3, 31).unwrap_err().contains("30 images"));
    assert_eq!(run.config(), &recipe());
}
