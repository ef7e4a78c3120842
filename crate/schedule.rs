//! How much noise each step adds: β_t, ᾱ_t, and what follows from them for the reverse step.
//!
//! Plain f64 arithmetic, no tensors. Steps are counted as in code, t = 0 … T−1, where the paper has
//! t = 1 … T; ᾱ before the first step is 1.

/// Fewest steps a schedule may have.
pub const MIN_TIMESTEPS: usize = 10;
/// Most steps a schedule may have.
pub const MAX_TIMESTEPS: usize = 4000;

/// First and last β of the linear schedule of Ho et al. 2020, section 4.
const BETA_START: f64 = 1e-4;
const BETA_END: f64 = 0.02;

/// A noise schedule over T steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    betas: Vec<f64>,
    alpha_bars: Vec<f64>,
}

impl Schedule {
    /// β_t linear from 1e-4 to 0.02 over `timesteps` steps, both ends included (Ho et al. 2020,
    /// section 4; the same numbers as diffusers' `beta_schedule="linear"`).
    ///
    /// The ends do not move with T: a short schedule therefore ends with signal left (ᾱ_T ≈ 0.9 at
    /// T = 10), as the paper's and diffusers' do.
    ///
    /// # Panics
    /// If `timesteps` lies outside [`MIN_TIMESTEPS`]..=[`MAX_TIMESTEPS`]; user input is checked by
    /// [`crate::trainer::TrainConfig::validate`].
    pub fn linear(timesteps: usize) -> Self {
        assert!((MIN_TIMESTEPS..=MAX_TIMESTEPS).contains(&timesteps));
        let last = (timesteps - 1) as f64;
        Self::from_betas(
            (0..timesteps)
                .map(|t| BETA_START + (BETA_END - BETA_START) * t as f64 / last)
                .collect(),
        )
    }

    fn from_betas(betas: Vec<f64>) -> Self {
        let alpha_bars = betas
            .iter()
            .scan(1.0, |product, beta| {
                *product *= 1.0 - beta;
                Some(*product)
            })
            .collect();
        Self { betas, alpha_bars }
    }

    /// T.
    pub fn timesteps(&self) -> usize {
        self.betas.len()
    }

    /// β_t, each in (0, 1).
    pub fn betas(&self) -> &[f64] {
        &self.betas
    }

    /// ᾱ_t = ∏_{s ≤ t} (1 − β_s), falling from just below 1 towards 0.
    pub fn alpha_bars(&self) -> &[f64] {
        &self.alpha_bars
    }

    /// ᾱ_t; 1 for `None`, the state before any noise.
    pub fn alpha_bar(&self, t: Option<usize>) -> f64 {
        t.map_or(1.0, |t| self.alpha_bars[t])
    }

    /// The posterior q(x_prev | x_t, x_0) between two steps of the schedule, which need not be
    /// neighbours; `prev` is `None` where the next image is x_0 itself.
    pub fn posterior(&self, t: usize, prev: Option<usize>) -> Posterior {
        Posterior::between(self.alpha_bar(Some(t)), self.alpha_bar(prev))
    }

    /// `steps` of the T steps, from the noisiest to the cleanest, evenly spread over 0 … T−1 with
    /// both ends included (diffusers' `timestep_spacing="linspace"`; Nichol & Dhariwal 2021,
    /// section 4). All T of them when `steps` ≥ T.
    pub fn subset(&self, steps: usize) -> Vec<usize> {
        let total = self.timesteps();
        let steps = steps.clamp(1, total);
        if steps == 1 {
            return vec![total - 1];
        }
        (0..steps)
            .rev()
            .map(|i| (i as f64 * (total - 1) as f64 / (steps - 1) as f64).round() as usize)
            .collect()
    }
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
    /// From ᾱ at the step's two ends, `alpha_bar_t` < `alpha_bar_prev` ≤ 1.
    pub fn between(alpha_bar_t: f64, alpha_bar_prev: f64) -> Self {
        let alpha = alpha_bar_t / alpha_bar_prev;
        let beta = 1.0 - alpha;
        let rest = 1.0 - alpha_bar_t;
        Self {
            beta,
            x0: alpha_bar_prev.sqrt() * beta / rest,
            x_t: alpha.sqrt() * (1.0 - alpha_bar_prev) / rest,
            beta_tilde: beta * (1.0 - alpha_bar_prev) / rest,
        }
    }
}
