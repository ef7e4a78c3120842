//! The reverse step's Gaussians.

use serde::{Deserialize, Serialize};

/// σ² of a reverse step (Ho et al. 2020, section 3.2; diffusers' names).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(clap::ValueEnum),
    value(rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum VarianceType {
    /// β̃_t, right for data that is a single point; the better choice for few steps.
    #[default]
    FixedSmall,
    /// β_t, right for Gaussian data.
    FixedLarge,
}

/// Coefficients of the Gaussian q(x_prev | x_t, x_0) (Ho et al. 2020, eq. 6 and 7):
/// mean `x0`·x_0 + `x_t`·x_t, variance `beta_tilde`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    /// β of the step: 1 − ᾱ_t/ᾱ_prev.
    pub beta: f64,
    /// √ᾱ_prev·β/(1−ᾱ_t).
    pub x0: f64,
    /// √α·(1−ᾱ_prev)/(1−ᾱ_t).
    pub x_t: f64,
    /// β̃ = β·(1−ᾱ_prev)/(1−ᾱ_t); 0 at the last step.
    pub beta_tilde: f64,
}

impl Posterior {
    /// From ᾱ at the step's two ends, 0 ≤ `alpha_bar_t` < `alpha_bar_prev` ≤ 1.
    pub fn between(alpha_bar_t: f64, alpha_bar_prev: f64) -> Self {
        Self::new(
            1.0 - alpha_bar_t / alpha_bar_prev,
            alpha_bar_t,
            alpha_bar_prev,
        )
    }

    /// The same where β of the step is known without the rounding of that quotient.
    pub(super) fn new(beta: f64, alpha_bar_t: f64, alpha_bar_prev: f64) -> Self {
        let rest = 1.0 - alpha_bar_t;
        Self {
            beta,
            x0: alpha_bar_prev.sqrt() * beta / rest,
            x_t: (1.0 - beta).sqrt() * (1.0 - alpha_bar_prev) / rest,
            beta_tilde: beta * (1.0 - alpha_bar_prev) / rest,
        }
    }

    /// σ².
    pub fn variance(&self, variance_type: VarianceType) -> f64 {
        match variance_type {
            VarianceType::FixedSmall => self.beta_tilde,
            VarianceType::FixedLarge => self.beta,
        }
    }
}
