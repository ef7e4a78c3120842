//! The Gaussians of the reverse step: mean and variance of q(x_prev | x_t, x_0), and the variance that p takes.

use serde::{Deserialize, Serialize};

/// Which fixed variance σ² the reverse step p(x_{t−1} | x_t) has (Ho et al. 2020, section 3.2; the names are
/// diffusers').
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

    /// The variance σ² of p(x_prev | x_t) for a `variance_type`.
    pub fn variance(&self, variance_type: VarianceType) -> f64 {
        match variance_type {
            VarianceType::FixedSmall => self.beta_tilde,
            VarianceType::FixedLarge => self.beta,
        }
    }
}
