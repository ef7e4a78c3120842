//! The variational bound on −ln p(x_0), term by term (Ho et al. 2020, eq. 5):
//! L_T + Σ_{t>1} L_{t−1} + L_0.

use burn::tensor::Tensor;

use super::decoder::ln_level_probability;
use super::{Clip, Denoiser, ModelPrediction, q_sample_at};
use crate::diffusion::schedule::{Schedule, VarianceType};

/// How the reverse process is read as a probability.
#[derive(Debug, Clone)]
pub struct VariationalBound {
    pub schedule: Schedule,
    pub variance_type: VarianceType,
    /// What is done to x̂₀; the papers' figures are with [`Clip::Static`].
    pub clip: Clip,
}

/// The terms for each image of a batch, in nats, [B] each, summed over pixels.
#[derive(Debug, Clone)]
pub struct Bound {
    /// L_T: what x_T still tells of x_0.
    pub l_t: Tensor<1>,
    /// L_{t−1} of the step from t to t − 1, for t = 1 … T−1 counted as in code: entry t − 1. From one
    /// draw of x_t each.
    pub l: Vec<Tensor<1>>,
    /// L_0, of the step from t = 0 to the grey levels. From one draw of x at t = 0.
    pub l_0: Tensor<1>,
}

impl Bound {
    /// The bound on −ln p(x_0), [B], in nats.
    pub fn total(&self) -> Tensor<1> {
        let ends = self.l_t.clone() + self.l_0.clone();
        self.l.iter().fold(ends, |sum, term| sum + term.clone())
    }
}

/// Nats an image as bits a pixel: over `dims`·ln 2, `dims` = 784 for MNIST.
pub fn bits_per_dim(nats: f64, dims: usize) -> f64 {
    nats / (dims as f64 * std::f64::consts::LN_2)
}

impl VariationalBound {
    /// Every term, with one forward pass for each t.
    ///
    /// `x0`: [B, 1, 28, 28], grey levels k/127.5 − 1. `eps` makes the standard Gaussian noise, of the
    /// same shape, of the x_t drawn for t.
    pub fn evaluate(
        &self,
        model: &dyn Denoiser,
        x0: &Tensor<4>,
        eps: &dyn Fn(usize) -> Tensor<4>,
    ) -> Bound {
        let term = |t: usize| {
            let x_t = q_sample_at(x0.clone(), eps(t), self.schedule.alpha_bars()[t]);
            self.term(t, x0.clone(), &model.guess(x_t, t))
        };
        Bound {
            l_t: self.prior(x0.clone()),
            l: (1..self.schedule.timesteps()).map(term).collect(),
            l_0: term(0),
        }
    }

    /// L_T = KL(q(x_T|x_0) ‖ N(0, 1)), [B]; `x0` as in [`VariationalBound::evaluate`].
    pub fn prior(&self, x0: Tensor<4>) -> Tensor<1> {
        let last = self.schedule.timesteps() - 1;
        let alpha_bar = self.schedule.alpha_bars()[last];
        // ½(σ² + μ² − 1 − ln σ²) with σ² = 1 − ᾱ, μ = √ᾱ·x_0.
        let spread = -alpha_bar - (-alpha_bar).ln_1p();
        over_image((x0.clone() * x0 * alpha_bar + spread) * 0.5)
    }

    /// One term for what was said of an x_t drawn from q(x_t|x_0), [B]: for `t` ≥ 1 the
    /// L_{t−1} = KL(q(x_{t−1}|x_t, x_0) ‖ p(x_{t−1}|x_t)), for `t` = 0 L_0 = −ln p(x_0|x_1).
    ///
    /// σ² of L_0 is, for `fixed_large`, the β_1 of the paper's formula (t = 1 there). For
    /// `fixed_small` that formula would have it at 0; the paper's code takes β̃ of the step before,
    /// and so does this. (The code does the same for `fixed_large`, which gives a lower figure but is
    /// not what makes the bound tight for Gaussian data.)
    pub fn term(&self, t: usize, x0: Tensor<4>, guess: &ModelPrediction) -> Tensor<1> {
        let x0_hat = self.clip.apply(guess.x0(self.schedule.alpha_bars()[t]));
        let posterior = self.schedule.posterior(t, t.checked_sub(1));
        if t == 0 {
            let variance = match self.variance_type {
                VarianceType::FixedSmall => self.schedule.posterior(1, Some(0)).beta_tilde,
                VarianceType::FixedLarge => posterior.beta,
            };
            // The posterior's mean is x̂₀ itself: its other factor, 1 − ᾱ_prev, is 0.
            return -over_image(ln_level_probability(x0, x0_hat, variance.sqrt()));
        }
        let variance = posterior.variance(self.variance_type);
        let ratio = posterior.beta_tilde / variance;
        let spread = 0.5 * (ratio - 1.0 - ratio.ln());
        // The means differ by what x_0 and x̂₀ differ by: no cancellation.
        let off = x0_hat - x0;
        let weight = 0.5 * posterior.x0.powi(2) / variance;
        over_image(off.clone() * off * weight + spread)
    }
}

/// The sum over an image, [B, 1, 28, 28] to [B].
fn over_image(values: Tensor<4>) -> Tensor<1> {
    values.sum_dims_squeeze(&[1, 2, 3])
}
