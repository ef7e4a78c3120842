//! The named β schedules.

use serde::{Deserialize, Serialize};

/// First and last β of the linear schedule of Ho et al. 2020, section 4; diffusers' `beta_start` and
/// `beta_end`.
const BETA_START: f64 = 1e-4;
const BETA_END: f64 = 0.02;
/// The cosine schedule's s, a small offset that keeps the first β from vanishing.
const COSINE_S: f64 = 0.008;
/// The cosine schedule's largest β, so that the last step stays finite.
const MAX_BETA: f64 = 0.999;

/// How β_t runs from t = 0 to T − 1.
///
/// All follow diffusers' DDPMScheduler in the order of operations too, in f64 where diffusers has
/// f32. None but cosine moves its ends with T: a short schedule therefore ends with signal left
/// (linear: ᾱ_T ≈ 0.9 at T = 10), as the papers' and diffusers' do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(clap::ValueEnum),
    value(rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    /// β linear from 1e-4 to 0.02, both included (Ho et al. 2020, section 4).
    #[default]
    Linear,
    /// √β linear from √1e-4 to √0.02 (Rombach et al. 2022; diffusers' `scaled_linear`). The ends are
    /// those of `Linear`: Stable Diffusion's own, 0.00085 and 0.012, belong to its latents.
    ScaledLinear,
    /// ᾱ(t) = f(t)/f(0), f(t) = cos²((t/T + s)/(1 + s)·π/2), s = 0.008; β = 1 − ᾱ(t+1)/ᾱ(t), at most
    /// 0.999 (Nichol & Dhariwal 2021, eq. 17; diffusers' `squaredcos_cap_v2`).
    Cosine,
    /// β = 1e-4 + (0.02 − 1e-4)·sigmoid(u), u linear from −6 to 6: diffusers' `beta_schedule="sigmoid"`,
    /// which is GeoDiff's (Xu et al. 2022). Not the sigmoid schedule of Jabri et al. 2022, which
    /// shapes ᾱ instead.
    Sigmoid,
}

impl ScheduleKind {
    /// Every kind, in the order to offer them.
    pub const ALL: [Self; 4] = [
        Self::Linear,
        Self::ScaledLinear,
        Self::Cosine,
        Self::Sigmoid,
    ];

    /// The name in files, on the command line and in the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::ScaledLinear => "scaled_linear",
            Self::Cosine => "cosine",
            Self::Sigmoid => "sigmoid",
        }
    }

    /// β_0 … β_{T−1}, each in (0, 1).
    pub(super) fn betas(self, timesteps: usize) -> Vec<f64> {
        let steps = 0..timesteps;
        match self {
            Self::Linear => linspace(BETA_START, BETA_END, timesteps).collect(),
            Self::ScaledLinear => linspace(BETA_START.sqrt(), BETA_END.sqrt(), timesteps)
                .map(|root| root * root)
                .collect(),
            Self::Cosine => {
                let f = |t: usize| {
                    let share = t as f64 / timesteps as f64;
                    let angle = (share + COSINE_S) / (1.0 + COSINE_S) * std::f64::consts::PI / 2.0;
                    angle.cos().powi(2)
                };
                steps
                    .map(|t| (1.0 - f(t + 1) / f(t)).min(MAX_BETA))
                    .collect()
            }
            Self::Sigmoid => linspace(-6.0, 6.0, timesteps)
                .map(|u| (BETA_END - BETA_START) / (1.0 + (-u).exp()) + BETA_START)
                .collect(),
        }
    }
}

impl std::fmt::Display for ScheduleKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for ScheduleKind {
    type Err = String;

    /// # Errors
    /// Lists the names there are.
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

/// numpy's linspace: both ends included.
fn linspace(start: f64, end: f64, count: usize) -> impl Iterator<Item = f64> {
    let last = (count - 1) as f64;
    (0..count).map(move |i| start + (end - start) * i as f64 / last)
}

/// Shift and stretch √ᾱ so that nothing of the signal is left at T and the first step stays as it is
/// (Lin et al. 2023, "Common diffusion noise schedules and sample steps are flawed", algorithm 1;
/// diffusers' `rescale_zero_terminal_snr`). The last β becomes 1.
pub(super) fn rescale_zero_terminal_snr(betas: &[f64]) -> Vec<f64> {
    let roots: Vec<f64> = super::cumulative(betas).map(f64::sqrt).collect();
    let (first, last) = (roots[0], roots[roots.len() - 1]);
    let alpha_bars: Vec<f64> = roots
        .iter()
        .map(|root| ((root - last) * (first / (first - last))).powi(2))
        .collect();
    let mut before = 1.0;
    alpha_bars
        .into_iter()
        .map(|alpha_bar| 1.0 - alpha_bar / std::mem::replace(&mut before, alpha_bar))
        .collect()
}
