//! The β schedules that have a name.

use serde::{Deserialize, Serialize};

/// The first β of every schedule but cosine (Ho et al. 2020, section 4); diffusers' `beta_start`.
const BETA_START: f64 = 1e-4;
/// The last β of every schedule but cosine (Ho et al. 2020, section 4); diffusers' `beta_end`.
const BETA_END: f64 = 0.02;
/// s of the cosine schedule, a small offset that keeps the first β from vanishing (Nichol & Dhariwal 2021, section 3.2).
const COSINE_S: f64 = 0.008;
/// The largest β of the cosine schedule (Nichol & Dhariwal 2021, section 3.2): without it the last β would be 1 and the
/// last step singular.
const MAX_BETA: f64 = 0.999;

/// How β_t runs from t = 0 to T − 1.
///
/// The formulas are those of diffusers' DDPMScheduler, down to the order of operations, in f64 where diffusers uses
/// f32. Only the cosine schedule adapts to T. The others have the same first and last β whatever T is, so that a short
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
    /// β runs linearly from 1e-4 to 0.02, both included (Ho et al. 2020, section 4).
    #[default]
    Linear,
    /// √β runs linearly from √1e-4 to √0.02 (Rombach et al. 2022; diffusers' `scaled_linear`). The ends are those of
    /// `Linear`; Stable Diffusion's, 0.00085 and 0.012, were chosen for its latents.
    ScaledLinear,
    /// ᾱ(t) = f(t)/f(0) with f(t) = cos²((t/T + s)/(1 + s)·π/2) and s = 0.008; β = 1 − ᾱ(t+1)/ᾱ(t), at most 0.999 (Nichol & Dhariwal 2021, eq. 17; diffusers' `squaredcos_cap_v2`).
    Cosine,
    /// β = 1e-4 + (0.02 − 1e-4)·sigmoid(u), where u runs linearly from −6 to 6: diffusers' `beta_schedule="sigmoid"`,
    /// which comes from GeoDiff (Xu et al. 2022). The sigmoid schedule of Jabri et al. 2022 is another one, which shapes
    /// ᾱ.
    Sigmoid,
}

impl ScheduleKind {
    /// Every kind, in the order in which the command line and the page list them.
    pub const ALL: [Self; 4] = [
        Self::Linear,
        Self::ScaledLinear,
        Self::Cosine,
        Self::Sigmoid,
    ];

    /// The name in weights files, on the command line and in the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::ScaledLinear => "scaled_linear",
            Self::Cosine => "cosine",
            Self::Sigmoid => "sigmoid",
        }
    }

    /// β_0 … β_{T−1} for T = `timesteps`, each in (0, 1).
    pub(super) fn betas(self, timesteps: usize) -> Vec<f64> {
        let steps = 0..timesteps;
        match self {
            Self::Linear => linspace(BETA_START, BETA_END, timesteps).collect(),
            Self::ScaledLinear => linspace(BETA_START.sqrt(), BETA_END.sqrt(), timesteps)
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
