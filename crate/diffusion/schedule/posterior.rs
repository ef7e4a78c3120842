//! The Gaussians of the reverse step: mean and variance of q(x_prev | x_t, x_0), and the variance that p takes.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::diffusion::names::names;

/// Which variance σ² the reverse step p(x_{t−1} | x_t) has: one of two fixed ones (Ho et al. 2020, section 3.2), or one
/// that the network says for each pixel by the second channel v of its output (Nichol & Dhariwal 2021, section 3.1). The
/// names are diffusers'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(clap::ValueEnum),
    value(rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum VarianceType {
    /// σ² = β̃_t, which is optimal for data that is a single point, and the better choice for few steps.
    #[default]
    FixedSmall,
    /// σ² = β_t, which is optimal for Gaussian data.
    FixedLarge,
    /// ln σ² = v. (diffusers' scheduler takes a network's second channel for σ² itself; it agrees if it is given exp(v).)
    Learned,
    /// ln σ² = w·ln β_t + (1 − w)·ln β̃_t with w = (v + 1)/2 (Nichol & Dhariwal 2021, eq. 15), so that −1 means the smaller
    /// of the fixed variances and 1 the larger. v is not limited.
    LearnedRange,
}

names! { VarianceType {
    FixedSmall = "fixed_small",
    FixedLarge = "fixed_large",
    Learned = "learned",
    LearnedRange = "learned_range",
}}

impl VarianceType {
    /// True if the network says the variance, by a second channel of its output.
    pub fn is_learned(self) -> bool {
        matches!(self, Self::Learned | Self::LearnedRange)
    }

    /// The variance for which `small` and `large` are the fixed choices.
    pub(super) fn choose(self, small: f64, large: f64) -> Variance {
        match self {
            Self::FixedSmall => Variance::Fixed(small),
            Self::FixedLarge => Variance::Fixed(large),
            Self::Learned => Variance::Learned(LogVariance {
                output: 1.0,
                constant: 0.0,
            }),
            Self::LearnedRange => {
                let [small, large] = [small, large].map(f64::ln);
                Variance::Learned(LogVariance {
                    output: 0.5 * (large - small),
                    constant: 0.5 * (large + small),
                })
            }
        }
    }
}

/// The variance σ² of a step p(x_prev | x_t).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Variance {
    /// The same σ² for all pixels.
    Fixed(f64),
    /// One for each pixel, which follows from the second channel of the network's output.
    Learned(LogVariance),
}

/// ln σ² = `output`·v + `constant`, where v is the second channel of the network's output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogVariance {
    /// Factor of v.
    pub output: f64,
    /// The value of ln σ² where v is 0.
    pub constant: f64,
}

impl LogVariance {
    /// ln σ² of each pixel.
    ///
    /// # Shapes
    /// `v` and the result: [B, 1, 28, 28]
    pub fn apply(self, v: Tensor<4>) -> Tensor<4> {
        v * self.output + self.constant
    }
}

/// The Gaussian q(x_prev | x_t, x_0) with mean `x0`·x_0 + `x_t`·x_t and variance `beta_tilde` (Ho et al. 2020, eq. 6
/// and 7).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    /// β of the step, 1 − ᾱ_t/ᾱ_prev.
    pub beta: f64,
    /// Factor of x_0 in the mean, √ᾱ_prev·β/(1−ᾱ_t).
    pub x0: f64,
    /// Factor of x_t in the mean, √α·(1−ᾱ_prev)/(1−ᾱ_t) with α = 1 − β.
    pub x_t: f64,
    /// The variance β̃ = β·(1−ᾱ_prev)/(1−ᾱ_t); 0 for the step to x_0.
    pub beta_tilde: f64,
}

impl Posterior {
    /// The posterior of the step between two values of ᾱ, 0 ≤ `alpha_bar_t` < `alpha_bar_prev` ≤ 1.
    pub fn between(alpha_bar_t: f64, alpha_bar_prev: f64) -> Self {
        Self::new(
            1.0 - alpha_bar_t / alpha_bar_prev,
            alpha_bar_t,
            alpha_bar_prev,
        )
    }

    /// The same with the step's β given: between neighbouring steps the schedule knows it exactly, whereas the quotient
    /// in [`Posterior::between`] rounds.
    pub(super) fn new(beta: f64, alpha_bar_t: f64, alpha_bar_prev: f64) -> Self {
        let noise_variance = 1.0 - alpha_bar_t;
        Self {
            beta,
            x0: alpha_bar_prev.sqrt() * beta / noise_variance,
            x_t: (1.0 - beta).sqrt() * (1.0 - alpha_bar_prev) / noise_variance,
            beta_tilde: beta * (1.0 - alpha_bar_prev) / noise_variance,
        }
    }

    /// The variance σ² of p(x_prev | x_t) for a `variance_type`. On the step to x_0, where β̃ is 0, `LearnedRange` is not
    /// finite: samplers add no noise there, and the bound has [`Schedule::decoder_variance`](super::Schedule::decoder_variance).
    pub fn variance(&self, variance_type: VarianceType) -> Variance {
        variance_type.choose(self.beta_tilde, self.beta)
    }
}
