//! Adam with decoupled weight decay, gradient clipping and the EMA, over one flat buffer.
//!
//! Everything is arithmetic on four vectors of equal length: no state per layer, and nothing is
//! read back from the device.

use burn::tensor::Tensor;

use super::TrainConfig;
use crate::ops::{AdamCoefficients, Context, adam};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPS: f64 = 1e-8;

/// What a step changes. Cloning copies handles, not numbers.
#[derive(Debug, Clone)]
pub struct OptimizerState {
    /// The parameters being trained.
    pub params: Tensor<1>,
    /// First and second moments of the gradient.
    pub m: Tensor<1>,
    pub v: Tensor<1>,
    /// Exponential moving average of the parameters: what samples are drawn from.
    pub ema: Tensor<1>,
    /// Updates done.
    pub step: u64,
}

impl OptimizerState {
    /// The state before the first update.
    pub fn new(params: Tensor<1>) -> Self {
        Self {
            m: params.zeros_like(),
            v: params.zeros_like(),
            // Numbers of its own: a shader may not have one buffer twice.
            ema: params.clone() + 0.0,
            params,
            step: 0,
        }
    }

    /// One update (Loshchilov & Hutter 2019, algorithm 2; with `weight_decay` = 0 it is Kingma & Ba
    /// 2015's Adam). As in PyTorch, weights decay by the learning rate times `weight_decay`; in the paper only the
    /// schedule's multiplier stands there, without α. Numbers agree with `torch.optim.AdamW` and
    /// `torch.nn.utils.clip_grad_norm_`. Gives back the L2 norm of the unclipped gradient, [1].
    pub fn update(
        &mut self,
        ctx: &Context,
        gradient: Tensor<1>,
        config: &TrainConfig,
    ) -> Tensor<1> {
        let norm = norm(&gradient);
        self.apply(ctx, gradient, norm.clone(), config);
        norm
    }

    /// The same where the norm is known already.
    pub(super) fn apply(
        &mut self,
        ctx: &Context,
        gradient: Tensor<1>,
        norm: Tensor<1>,
        config: &TrainConfig,
    ) {
        let state = [&self.params, &self.m, &self.v, &self.ema].map(Tensor::clone);
        let coefficients = coefficients(config, self.step);
        [self.params, self.m, self.v, self.ema] = adam(ctx, state, gradient, norm, coefficients);
        self.step += 1;
    }
}

/// The L2 norm of a gradient, [1].
pub fn norm(gradient: &Tensor<1>) -> Tensor<1> {
    (gradient.clone() * gradient.clone()).sum().sqrt()
}

/// What the update after `step` updates multiplies with.
pub fn coefficients(config: &TrainConfig, step: u64) -> AdamCoefficients {
    let lr = learning_rate(config, step);
    let number = step + 1;
    let correction = |beta: f64| 1.0 - beta.powf(number as f64);
    AdamCoefficients {
        beta1: BETA1,
        beta2: BETA2,
        clip: config.grad_clip,
        root_correction2: correction(BETA2).sqrt(),
        eps: EPS,
        keep: 1.0 - lr * config.weight_decay,
        rate: lr / correction(BETA1),
        ema_decay: ema_decay(config, number),
    }
}

/// The learning rate of the update after `step` updates: a linear rise to the peak, then constant or
/// half a cosine down to 0 (Loshchilov & Hutter 2017, without restarts).
pub fn learning_rate(config: &TrainConfig, step: u64) -> f64 {
    let (warmup, end) = (
        f64::from(config.warmup_steps),
        f64::from(config.decay_steps),
    );
    let step = step as f64;
    let share = if step + 1.0 < warmup {
        (step + 1.0) / warmup
    } else if end <= warmup {
        1.0
    } else {
        let passed = ((step - warmup) / (end - warmup)).clamp(0.0, 1.0);
        0.5 * (1.0 + (std::f64::consts::PI * passed).cos())
    };
    config.learning_rate * share
}

/// The EMA's decay at update number `step` (from 1): short at first, so that a young average is
/// not made of first values.
fn ema_decay(config: &TrainConfig, step: u64) -> f64 {
    let step = step as f64;
    config.ema_decay.min((1.0 + step) / (10.0 + step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_rate_rises_then_stays_or_falls() {
        let constant = TrainConfig {
            learning_rate: 2.0,
            warmup_steps: 4,
            ..TrainConfig::default()
        };
        let rates = |config: &TrainConfig, steps: &[u64]| -> Vec<f64> {
            steps.iter().map(|&s| learning_rate(config, s)).collect()
        };
        assert_eq!(
            rates(&constant, &[0, 1, 3, 4, 1_000_000]),
            [0.5, 1.0, 2.0, 2.0, 2.0]
        );
        let cosine = TrainConfig {
            decay_steps: 104,
            ..constant
        };
        let found = rates(&cosine, &[0, 3, 4, 54, 104, 200]);
        for (found, expected) in found.iter().zip([0.5, 2.0, 2.0, 1.0, 0.0, 0.0]) {
            assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
        }
        let without_warmup = TrainConfig {
            warmup_steps: 0,
            ..cosine
        };
        assert_eq!(learning_rate(&without_warmup, 0), 2.0);
    }
}
