//! The variational bound on −ln p(x_0), term by term (Ho et al. 2020, eq. 5).
//!
//! The reverse process is a chain of Gaussians p(x_{t−1} | x_t) that starts at p(x_T) = N(0, 1) and ends in the decoder
//! p(x_0 | x_1). The bound says how many nats it takes to transmit an image through that chain:
//!
//! −ln p(x_0) ≤ L_T + Σ_{t>1} L_{t−1} + L_0
//!
//! - L_T = KL(q(x_T | x_0) ‖ p(x_T)) depends on the schedule alone; it is near 0 if ᾱ_T is.
//! - L_{t−1} = KL(q(x_{t−1} | x_t, x_0) ‖ p(x_{t−1} | x_t)) compares two Gaussians: it grows with the error of x̂₀.
//! - L_0 = −ln p(x_0 | x_1) is the price of the exact grey levels once x_1 is known.
//!
//! L_0 has a floor that no network can go below, because the decoder's σ is fixed by the schedule. The 256 grey levels
//! are 1/127.5 apart, so the decoder gives a level the Gaussian's mass between 1/255 below and 1/255 above, and to the
//! darkest level all that lies below, too. With σ² = β_1 = 1e-4 (`fixed_large`, linear schedule) σ is 0.01, and even
//! with x̂₀ exactly right a black pixel costs −log₂ Φ(0.39) = 0.62 bits, a grey one −log₂(2Φ(0.39) − 1) = 1.71 bits. With
//! `fixed_small` at T = 1000, σ is 0.0074 and the prices are 0.51 and 1.31 bits. Most pixels of MNIST are black, and L_0 is
//! about half of the bits/dim in `docs/quality.md`.

use burn::tensor::Tensor;

use super::clip::Clip;
use super::decoder::ln_level_probability;
use super::denoiser::{Denoiser, ModelPrediction};
use super::forward::q_sample_at;
use super::schedule::{Schedule, Variance, VarianceType};

/// The choices that turn a network's output into the Gaussians p(x_{t−1} | x_t), and with them the evaluation of the
/// bound.
#[derive(Debug, Clone)]
pub struct VariationalBound {
    /// The noise schedule, all T steps of it.
    pub schedule: Schedule,
    /// The variance σ² of p(x_{t−1} | x_t).
    pub variance_type: VarianceType,
    /// How x̂₀ is limited before it becomes the mean; the papers report figures with [`Clip::Static`].
    pub clip: Clip,
}

/// The terms of the bound for each image of a batch, in nats summed over the image's pixels.
#[derive(Debug, Clone)]
pub struct Bound {
    /// L_T, the nats that x_T still carries about x_0, `[B]`.
    pub l_t: Tensor<1>,
    /// L_{t−1} of the step from t to t − 1, `[B]` each, where t = 1 … T−1 is counted from 0 as in code; entry t − 1 of the
    /// vector. Each is estimated from one draw of x_t.
    pub l: Vec<Tensor<1>>,
    /// L_0 of the step from t = 0 (counted from 0) to the grey levels, `[B]`, from one draw of x_t.
    pub l_0: Tensor<1>,
}

impl Bound {
    /// The sum of all terms: the bound on −ln p(x_0), in nats.
    ///
    /// # Shapes
    /// * result: `[B]`
    pub fn total(&self) -> Tensor<1> {
        let ends = self.l_t.clone() + self.l_0.clone();
        self.l.iter().fold(ends, |sum, term| sum + term.clone())
    }
}

/// Converts `nats` of an image to bits a dimension: nats/(`dims`·ln 2), with `dims` = 784 for MNIST.
pub fn bits_per_dim(nats: f64, dims: usize) -> f64 {
    nats / (dims as f64 * std::f64::consts::LN_2)
}

impl VariationalBound {
    /// Evaluates every term, with one forward pass of `model` for each of the T steps.
    ///
    /// `eps` makes, for step t, the standard Gaussian noise with which x_t is drawn.
    ///
    /// # Shapes
    /// * `x0`: [B, 1, 28, 28], grey levels k/127.5 − 1 for k = 0 … 255
    /// * `eps` returns [B, 1, 28, 28]
    pub fn evaluate(
        &self,
        model: &dyn Denoiser,
        x0: &Tensor<4>,
        eps: &dyn Fn(usize) -> Tensor<4>,
    ) -> Bound {
        let term = |t: usize| {
            let x_t = q_sample_at(x0.clone(), eps(t), self.schedule.alpha_bars()[t]);
            self.term(t, x0.clone(), &model.predict(x_t, t))
        };
        Bound {
            l_t: self.prior(x0.clone()),
            l: (1..self.schedule.timesteps()).map(term).collect(),
            l_0: term(0),
        }
    }

    /// L_T = KL(q(x_T | x_0) ‖ N(0, 1)), in nats.
    ///
    /// # Shapes
    /// * `x0`: [B, 1, 28, 28], as in [`VariationalBound::evaluate`]
    /// * result: `[B]`
    pub fn prior(&self, x0: Tensor<4>) -> Tensor<1> {
        let last = self.schedule.timesteps() - 1;
        let alpha_bar = self.schedule.alpha_bars()[last];
        // KL = ½(σ² + μ² − 1 − ln σ²) with σ² = 1 − ᾱ and μ = √ᾱ·x_0.
        let constant = -alpha_bar - (-alpha_bar).ln_1p();
        sum_over_image((x0.clone() * x0 * alpha_bar + constant) * 0.5)
    }

    /// One term, estimated from `prediction`, the model's prediction for an x_t drawn from q(x_t | x_0), in nats: for
    /// `t` ≥ 1 it is L_{t−1} = KL(q(x_{t−1} | x_t, x_0) ‖ p(x_{t−1} | x_t)), for `t` = 0 it is L_0 = −ln p(x_0 | x_1).
    ///
    /// The decoder of L_0 is a Gaussian around x̂₀ with the variance [`Schedule::decoder_variance`].
    ///
    /// # Shapes
    /// * `x0`: [B, 1, 28, 28], as in [`VariationalBound::evaluate`]; `prediction` holds the same shape
    /// * result: `[B]`
    ///
    /// # Panics
    /// If the variance is a learned one and the prediction has none.
    pub fn term(&self, t: usize, x0: Tensor<4>, prediction: &ModelPrediction) -> Tensor<1> {
        let x0_hat = self
            .clip
            .apply(prediction.x0(self.schedule.alpha_bars()[t]));
        let posterior = self.schedule.posterior(t, t.checked_sub(1));
        let learned = || {
            let v = prediction.variance.clone();
            v.expect("a network that says its variance")
        };
        if t == 0 {
            // The posterior's mean is x̂₀ itself here: the factor of x_t contains 1 − ᾱ_prev, which is 0.
            let sigma = match self.schedule.decoder_variance(self.variance_type) {
                Variance::Fixed(variance) => x0.full_like(variance.sqrt()),
                Variance::Learned(ln_variance) => (ln_variance.apply(learned()) * 0.5).exp(),
            };
            return -sum_over_image(ln_level_probability(x0, x0_hat, sigma));
        }
        // Both means have the same part of x_t, so their difference is computed from x̂₀ − x_0 alone: subtracting the
        // means themselves would lose digits.
        let difference = x0_hat - x0;
        let squared = difference.clone() * difference;
        sum_over_image(match posterior.variance(self.variance_type) {
            Variance::Fixed(variance) => {
                let ratio = posterior.beta_tilde / variance;
                let constant = 0.5 * (ratio - 1.0 - ratio.ln());
                squared * (0.5 * posterior.x0.powi(2) / variance) + constant
            }
            Variance::Learned(ln_variance) => {
                // ½(r − 1 − ln r) + ½·(difference of the means)²/σ² with r = β̃/σ².
                let ln_ratio = -ln_variance.apply(learned()) + posterior.beta_tilde.ln();
                let over_variance = posterior.x0.powi(2) / posterior.beta_tilde;
                let ratio = ln_ratio.clone().exp();
                (ratio * (squared * over_variance + 1.0) - ln_ratio - 1.0) * 0.5
            }
        })
    }
}

/// The sum over the pixels of each image, [B, 1, 28, 28] to `[B]`.
fn sum_over_image(values: Tensor<4>) -> Tensor<1> {
    values.sum_dims_squeeze(&[1, 2, 3])
}
