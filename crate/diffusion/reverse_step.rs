//! One reverse step as numbers.

use burn::tensor::Tensor;

use super::{Clip, LinearCoefficients, ModelPrediction, Prediction};
use crate::diffusion::schedule::Posterior;

/// x_prev = `x_t`·x_t + `x0_hat`·x̂₀ + `output`·(what the network said) + `prev_x0`·(x̂₀ of the pass before) + `z`·z,
/// with x̂₀ = clip(`x0`).
///
/// Every sampler's step is of this kind. Written as numbers, known before the first step, it can be taken by tensors
/// ([`ReverseStep::apply`]) or by one kernel that reads the numbers on the device ([`crate::ops::GpuSamplerState`]).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ReverseStep {
    /// x̂₀ by what the network said and x_t; `None` where the step has no use for it.
    pub x0: Option<LinearCoefficients>,
    pub x_t: f64,
    pub x0_hat: f64,
    pub output: f64,
    /// 0 at a first step.
    pub prev_x0: f64,
    /// Standard deviation of the noise.
    pub z: f64,
}

impl ReverseStep {
    /// Nothing but x̂₀, of a network of kind `prediction` at ᾱ_t = `alpha_bar`.
    pub fn to_x0(prediction: Prediction, alpha_bar: f64) -> Self {
        Self {
            x0: Some(prediction.mix(Prediction::X0, alpha_bar)),
            x0_hat: 1.0,
            ..Self::default()
        }
    }

    /// The mean of q(x_prev | x_t, x_0 = x̂₀) (Ho et al. 2020, eq. 7), as [`ReverseStep::to_x0`].
    pub fn posterior(prediction: Prediction, alpha_bar: f64, posterior: &Posterior) -> Self {
        Self {
            x0_hat: posterior.x0,
            x_t: posterior.x_t,
            ..Self::to_x0(prediction, alpha_bar)
        }
    }

    /// The same mean directly from ε̂: (x_t − β/√(1−ᾱ_t)·ε̂)/√α (Ho et al. 2020, eq. 11), equal where x̂₀ is not
    /// clipped. `beta` is the step's, 1 − α.
    pub fn posterior_by_eps(prediction: Prediction, alpha_bar: f64, beta: f64) -> Self {
        let scale = 1.0 / (1.0 - beta).sqrt();
        let share = -scale * beta / (1.0 - alpha_bar).sqrt();
        let scaled = Self {
            x_t: scale,
            ..Self::default()
        };
        scaled.plus_eps(share, prediction, alpha_bar, Clip::None)
    }

    /// The same step with `share`·ε̂ added: of a network of kind `prediction` at ᾱ_t = `alpha_bar`, and where x̂₀ is clipped
    /// what x_t and the clipped x̂₀ leave. `alpha_bar`: below 1.
    pub fn plus_eps(self, share: f64, prediction: Prediction, alpha_bar: f64, clip: Clip) -> Self {
        match clip {
            Clip::None => {
                let eps = prediction.mix(Prediction::Epsilon, alpha_bar);
                Self {
                    x_t: self.x_t + share * eps.x_t,
                    output: self.output + share * eps.output,
                    ..self
                }
            }
            _ => {
                let eps = Prediction::X0.mix(Prediction::Epsilon, alpha_bar);
                Self {
                    x0: Some(prediction.mix(Prediction::X0, alpha_bar)),
                    x_t: self.x_t + share * eps.x_t,
                    x0_hat: self.x0_hat + share * eps.output,
                    ..self
                }
            }
        }
    }

    /// The next x and, where there is one, x̂₀, [B, 1, 28, 28] each.
    ///
    /// `prev_x0`: x̂₀ of the pass before, where `self.prev_x0` is not 0; `z`: standard Gaussian noise of x's shape, asked
    /// for where `self.z` is not 0.
    ///
    /// # Panics
    /// If a factor is not 0 and what it is for is not there.
    pub fn apply(
        self,
        guess: ModelPrediction,
        clip: Clip,
        prev_x0: Option<Tensor<4>>,
        z: impl FnOnce() -> Tensor<4>,
    ) -> (Tensor<4>, Option<Tensor<4>>) {
        let ModelPrediction { x_t, output, .. } = guess;
        let x0_hat = self
            .x0
            .map(|mix| clip.apply(mix.apply(output.clone(), x_t.clone())));
        let x = [
            (self.x_t, Some(x_t)),
            (self.x0_hat, x0_hat.clone()),
            (self.output, Some(output)),
            (self.prev_x0, prev_x0),
            (self.z, (self.z != 0.0).then(z)),
        ]
        .into_iter()
        .filter(|(factor, _)| *factor != 0.0)
        .map(|(factor, tensor)| tensor.expect("what has a factor is there") * factor)
        .reduce(|sum, term| sum + term)
        .expect("a step leads somewhere");
        (x, x0_hat)
    }
}
