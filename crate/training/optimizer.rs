//! The optimiser: AdamW, gradient clipping and the moving average of the weights (EMA) over one flat buffer.
//!
//! An update is arithmetic on four vectors of equal length. There is no state for each layer, and nothing is read back from
//! the device.

use burn::tensor::Tensor;

use super::{LrDecay, TermHistory, TrainConfig};
use crate::ops::{AdamCoefficients, Context, adam};

/// Adam's β₁, β₂ and ε; PyTorch's defaults and those of Kingma & Ba 2015.
const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPS: f64 = 1e-8;

/// Everything that a training step changes, `[P]` each. A clone copies handles, not numbers.
#[derive(Debug, Clone)]
pub struct OptimizerState {
    /// The parameters being trained.
    pub params: Tensor<1>,
    /// The first moment, a moving average of the gradient.
    pub m: Tensor<1>,
    /// The second moment, a moving average of the gradient's square.
    pub v: Tensor<1>,
    /// The exponential moving average of the parameters, with which samples are drawn.
    pub ema: Tensor<1>,
    /// The number of updates done.
    pub step: u64,
    /// The last terms of the bound at each t, for a run that draws t by their size.
    pub history: Option<TermHistory>,
}

impl OptimizerState {
    /// The state before the first update, for the parameters `params`, `[P]`.
    pub fn new(params: Tensor<1>) -> Self {
        Self {
            m: params.zeros_like(),
            v: params.zeros_like(),
            // A copy in a buffer of its own, because WebGPU does not let the update's kernel bind one buffer twice.
            ema: params.clone() + 0.0,
            params,
            step: 0,
            history: None,
        }
    }

    /// One update (Loshchilov & Hutter 2019, algorithm 2; with `weight_decay` = 0 it is Adam, Kingma & Ba 2015, algorithm
    /// 1). As in PyTorch, weights decay by the learning rate times `weight_decay`; the paper has the schedule's multiplier
    /// in its place, without the learning rate α. Results agree with `torch.optim.AdamW` and
    /// `torch.nn.utils.clip_grad_norm_`. Returns the L2 norm of the gradient before clipping.
    ///
    /// # Shapes
    /// `gradient`: `[P]` → `[1]`
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

    /// [`OptimizerState::update`] for a gradient whose norm, `[1]`, is known already.
    pub(super) fn apply(
        &mut self,
        ctx: &Context,
        gradient: Tensor<1>,
        norm: Tensor<1>,
        config: &TrainConfig,
    ) {
        let state = [&self.params, &self.m, &self.v, &self.ema].map(Tensor::clone);
        let coefficients = adam_coefficients(config, self.step);
        [self.params, self.m, self.v, self.ema] = adam(ctx, state, gradient, norm, coefficients);
        self.step += 1;
    }
}

/// The L2 norm of a gradient, `[P]` → `[1]`.
pub fn norm(gradient: &Tensor<1>) -> Tensor<1> {
    (gradient.clone() * gradient.clone()).sum().sqrt()
}

/// Adam's coefficients in the update that follows after `step` updates.
pub fn adam_coefficients(config: &TrainConfig, step: u64) -> AdamCoefficients {
    let lr = learning_rate(config, step);
    let number = step + 1;
    let correction = |beta: f64| 1.0 - beta.powf(number as f64);
    AdamCoefficients {
        beta1: BETA1,
        beta2: BETA2,
        max_norm: config.grad_clip,
        bias_correction2_sqrt: correction(BETA2).sqrt(),
        eps: EPS,
        decay_factor: 1.0 - lr * config.weight_decay,
        step_size: lr / correction(BETA1),
        ema_decay: ema_decay(config, number),
    }
}

/// The learning rate of the update that follows after `step` updates. It rises linearly to `learning_rate` over
/// `warmup_steps` and then stays constant if `decay_steps` is 0. Otherwise it falls as [`LrDecay`] says: to 0 at
/// `decay_steps` along half a cosine (Loshchilov & Hutter 2017, eq. 5, without restarts), or from there on with 1/√step.
pub fn learning_rate(config: &TrainConfig, step: u64) -> f64 {
    let (warmup, end) = (
        f64::from(config.warmup_steps),
        f64::from(config.decay_steps),
    );
    let step = step as f64;
    let factor = if step + 1.0 < warmup {
        (step + 1.0) / warmup
    } else if end == 0.0 {
        1.0
    } else if config.lr_decay == LrDecay::InverseSqrt {
        (end / (step + 1.0)).sqrt().min(1.0)
    } else if end <= warmup {
        1.0
    } else {
        let progress = ((step - warmup) / (end - warmup)).clamp(0.0, 1.0);
        0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
    };
    config.learning_rate * factor
}

/// The decay of the EMA at update number `step`, counted from 1: (1 + step)/(10 + step), at most `ema_decay`. The average is
/// short at first, so that it forgets the initial weights soon (the rule of TensorFlow's `ExponentialMovingAverage`).
///
/// With `ema_std` above 0 it is (1 − 1/step)^(γ+1), which makes the average's width a constant share of the run so far
/// (Karras et al. 2024, "Analyzing and improving the training dynamics of diffusion models", section 3.1).
fn ema_decay(config: &TrainConfig, step: u64) -> f64 {
    let step = step as f64;
    if config.ema_std > 0.0 {
        return (1.0 - 1.0 / step).powf(power_of_width(config.ema_std) + 1.0);
    }
    config.ema_decay.min((1.0 + step) / (10.0 + step))
}

/// γ of the power-law average whose width relative to the run is `std`, above 0 and at most 0.25: the solution of
/// std² = (γ + 1)/((γ + 2)²·(γ + 3)), which falls as γ grows (Karras et al. 2024, section 3.1).
fn power_of_width(std: f64) -> f64 {
    let variance = |gamma: f64| (gamma + 1.0) / ((gamma + 2.0).powi(2) * (gamma + 3.0));
    let (mut low, mut high) = (0.0, 1.0 / std);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if variance(middle) > std * std {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
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
        let rates = rates(&cosine, &[0, 3, 4, 54, 104, 200]);
        for (rate, expected) in rates.iter().zip([0.5, 2.0, 2.0, 1.0, 0.0, 0.0]) {
            assert!((rate - expected).abs() < 1e-12, "{rate}, not {expected}");
        }
        let without_warmup = TrainConfig {
            warmup_steps: 0,
            ..cosine
        };
        assert_eq!(learning_rate(&without_warmup, 0), 2.0);
        let without_end = TrainConfig {
            decay_steps: 100,
            lr_decay: LrDecay::InverseSqrt,
            ..constant
        };
        let rates = [0, 4, 99, 399].map(|step| learning_rate(&without_end, step));
        assert_eq!(rates, [0.5, 2.0, 2.0, 1.0]);
    }

    /// The widths and powers of Karras et al. 2024, section 3.1: σ_rel 0.05 and 0.10 have γ 16.97 and 6.94.
    #[test]
    fn the_power_of_a_width_is_that_of_the_paper() {
        for (std, power) in [(0.05, 16.97), (0.10, 6.94)] {
            let found = power_of_width(std);
            assert!((found - power).abs() < 0.005, "{std}: {found}");
        }
        let config = TrainConfig {
            ema_std: 0.1,
            ..TrainConfig::default()
        };
        // The first average is the first weights, and the average of all steps has the width that was asked for.
        assert_eq!(ema_decay(&config, 1), 0.0);
        let steps = 2000;
        let mut weights: Vec<(f64, f64)> = vec![];
        for step in 1..=steps {
            let decay = ema_decay(&config, step);
            weights.iter_mut().for_each(|(_, weight)| *weight *= decay);
            weights.push((step as f64 / steps as f64, 1.0 - decay));
        }
        let mean: f64 = weights.iter().map(|(at, weight)| at * weight).sum();
        let spread = |&(at, weight): &(f64, f64)| (at - mean).powi(2) * weight;
        let std = weights.iter().map(spread).sum::<f64>().sqrt();
        assert!((std - 0.1).abs() < 1e-3, "{std}");
    }
}
