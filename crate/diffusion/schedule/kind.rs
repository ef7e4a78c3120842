//! The β schedules that have a name.

use serde::{Deserialize, Serialize};

use crate::diffusion::names::names;

/// The ends of the schedules that have a choice of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ends {
    /// The first β of every schedule but `cosine` and `log_snr`; diffusers' `beta_start`, 1e-4 by default (Ho et al. 2020,
    /// section 4). Above 0 and at most `beta_end`.
    pub beta_start: f64,
    /// The last β of these schedules; diffusers' `beta_end`, 0.02 by default. Below 1.
    pub beta_end: f64,
    /// ln SNR at the first step of `log_snr`, the larger of its ends, 13.3 by default (−γ_min in Kingma et al. 2021,
    /// appendix I).
    pub log_snr_max: f64,
    /// ln SNR at the last step of `log_snr`, −5 by default (−γ_max there).
    pub log_snr_min: f64,
}

impl Default for Ends {
    fn default() -> Self {
        Self {
            beta_start: 1e-4,
            beta_end: 0.02,
            log_snr_max: 13.3,
            log_snr_min: -5.0,
        }
    }
}

/// s of the cosine schedule, a small offset that keeps the first β from vanishing (Nichol & Dhariwal 2021, section 3.2).
const COSINE_S: f64 = 0.008;
/// The largest β of the cosine schedule (Nichol & Dhariwal 2021, section 3.2): without it the last β would be 1 and the
/// last step singular.
const MAX_BETA: f64 = 0.999;

/// How β_t runs from t = 0 to T − 1.
///
/// The formulas are those of diffusers' DDPMScheduler, down to the order of operations, in f64 where diffusers uses
/// f32. Only `cosine` and `log_snr` adapt to T. The others have the same first and last β whatever T is, so that a short
/// one ends with much of the image left (linear: ᾱ_T ≈ 0.9 at T = 10), as in the papers and in diffusers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(clap::ValueEnum),
    value(rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    /// β runs linearly from `beta_start` to `beta_end`, both included (Ho et al. 2020, section 4).
    #[default]
    Linear,
    /// √β runs linearly from √`beta_start` to √`beta_end` (Rombach et al. 2022; diffusers' `scaled_linear`). The default
    /// ends are those of `Linear`; Stable Diffusion's, 0.00085 and 0.012, were chosen for its latents.
    ScaledLinear,
    /// ᾱ(t) = f(t)/f(0) with f(t) = cos²((t/T + s)/(1 + s)·π/2) and s = 0.008; β = 1 − ᾱ(t+1)/ᾱ(t), at most 0.999 (Nichol & Dhariwal 2021, eq. 17; diffusers' `squaredcos_cap_v2`).
    Cosine,
    /// β = `beta_start` + (`beta_end` − `beta_start`)·sigmoid(u), where u runs linearly from −6 to 6: diffusers' `beta_schedule="sigmoid"`,
    /// which comes from GeoDiff (Xu et al. 2022). The sigmoid schedule of Jabri et al. 2022 is another one, which shapes
    /// ᾱ.
    Sigmoid,
    /// ln SNR falls linearly from `log_snr_max` to `log_snr_min`, both included (Kingma et al. 2021, "Variational diffusion
    /// models", appendix D: the fixed schedule linear in the log signal-to-noise ratio). With ε as the target every step
    /// then has the same weight in the variational bound.
    LogSnr,
}

names! { ScheduleKind {
    Linear = "linear",
    ScaledLinear = "scaled_linear",
    Cosine = "cosine",
    Sigmoid = "sigmoid",
    LogSnr = "log_snr",
}}

impl ScheduleKind {
    /// β_0 … β_{T−1} for T = `timesteps`, each in (0, 1).
    pub(super) fn betas(self, timesteps: usize, ends: &Ends) -> Vec<f64> {
        let (beta_start, beta_end) = (ends.beta_start, ends.beta_end);
        let steps = 0..timesteps;
        match self {
            Self::Linear => linspace(beta_start, beta_end, timesteps).collect(),
            Self::ScaledLinear => linspace(beta_start.sqrt(), beta_end.sqrt(), timesteps)
                .map(|root| root * root)
                .collect(),
            Self::Cosine => {
                let f = |t: usize| {
                    let fraction = t as f64 / timesteps as f64;
                    let angle =
                        (fraction + COSINE_S) / (1.0 + COSINE_S) * std::f64::consts::PI / 2.0;
                    angle.cos().powi(2)
                };
                steps
                    .map(|t| (1.0 - f(t + 1) / f(t)).min(MAX_BETA))
                    .collect()
            }
            Self::Sigmoid => linspace(-6.0, 6.0, timesteps)
                .map(|u| (beta_end - beta_start) / (1.0 + (-u).exp()) + beta_start)
                .collect(),
            Self::LogSnr => {
                // ᾱ = sigmoid(ln SNR); 1 − ᾱ_t/ᾱ_prev with ᾱ_t/ᾱ_prev = (1 + e^−λ_prev)/(1 + e^−λ_t), in a form that
                // keeps the digits of small differences.
                let mut before = 0.0;
                linspace(ends.log_snr_max, ends.log_snr_min, timesteps)
                    .map(|log_snr| {
                        let noise = (-log_snr).exp();
                        (noise - std::mem::replace(&mut before, noise)) / (1.0 + noise)
                    })
                    .collect()
            }
        }
    }
}

impl std::str::FromStr for ScheduleKind {
    type Err = String;

    /// The kind with the name `text` ([`ScheduleKind::name`]).
    ///
    /// # Errors
    /// A message that lists the names, if `text` is none of them.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("There is no schedule \"{text}\"; there are {names}.")
            })
    }
}

/// `count` evenly spaced numbers from `start` to `end`, both included, computed as numpy's linspace does.
fn linspace(start: f64, end: f64, count: usize) -> impl Iterator<Item = f64> {
    let last = (count - 1) as f64;
    (0..count).map(move |i| start + (end - start) * i as f64 / last)
}
