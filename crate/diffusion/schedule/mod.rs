//! How much noise each step adds: β_t, ᾱ_t, and what follows from them for the reverse step.
//!
//! Plain f64 arithmetic, no tensors. Steps are counted as in code, t = 0 … T−1, where the paper has
//! t = 1 … T; ᾱ before the first step is 1.

mod kind;
mod posterior;
mod spacing;

use serde::Serialize;

pub use kind::ScheduleKind;
pub use posterior::{Posterior, VarianceType};
pub use spacing::Spacing;

/// Fewest steps a schedule may have.
pub const MIN_TIMESTEPS: usize = 10;
/// Most steps a schedule may have.
pub const MAX_TIMESTEPS: usize = 4000;

/// A noise schedule over T steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    betas: Vec<f64>,
    alpha_bars: Vec<f64>,
}

impl Schedule {
    /// The schedule `kind` over `timesteps` steps; with `rescale`, stretched so that ᾱ_{T−1} = 0
    /// (Lin et al. 2023, algorithm 1). At ᾱ = 0 the noise says nothing of the image, x̂₀ from ε̂ is
    /// not a number: a rescaled schedule goes with a network that predicts v or x₀.
    ///
    /// # Panics
    /// If `timesteps` lies outside [`MIN_TIMESTEPS`]..=[`MAX_TIMESTEPS`]; user input is checked by
    /// [`crate::training::TrainConfig::validate`].
    pub fn new(kind: ScheduleKind, timesteps: usize, rescale: bool) -> Self {
        assert!((MIN_TIMESTEPS..=MAX_TIMESTEPS).contains(&timesteps));
        let mut betas = kind.betas(timesteps);
        if rescale {
            betas = kind::rescale_zero_terminal_snr(&betas);
        }
        Self {
            alpha_bars: cumulative(&betas).collect(),
            betas,
        }
    }

    /// [`ScheduleKind::Linear`] as it is.
    ///
    /// # Panics
    /// As [`Schedule::new`].
    pub fn linear(timesteps: usize) -> Self {
        Self::new(ScheduleKind::Linear, timesteps, false)
    }

    /// T.
    pub fn timesteps(&self) -> usize {
        self.betas.len()
    }

    /// β_t, each in (0, 1); the last of a rescaled schedule is 1.
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

    /// ᾱ_t/(1 − ᾱ_t), the signal-to-noise ratio.
    pub fn snr(&self, t: usize) -> f64 {
        self.alpha_bars[t] / (1.0 - self.alpha_bars[t])
    }

    /// The posterior q(x_prev | x_t, x_0) between two steps of the schedule, which need not be
    /// neighbours; `prev` is `None` where the next image is x_0 itself.
    pub fn posterior(&self, t: usize, prev: Option<usize>) -> Posterior {
        let (here, before) = (self.alpha_bar(Some(t)), self.alpha_bar(prev));
        if prev == t.checked_sub(1) {
            Posterior::new(self.betas[t], here, before)
        } else {
            Posterior::between(here, before)
        }
    }

    /// `steps` of the T steps, from the noisiest to the cleanest, evenly spread with both ends
    /// included ([`Spacing::Linspace`]). All T of them when `steps` ≥ T.
    pub fn subset(&self, steps: usize) -> Vec<usize> {
        Spacing::Linspace.timesteps(self.timesteps(), steps)
    }

    /// What there is to draw of a schedule.
    pub fn curves(&self) -> Curves {
        let each = |f: &dyn Fn(f64) -> f64| self.alpha_bars.iter().map(|&a| f(a)).collect();
        Curves {
            alpha_bar: self.alpha_bars.clone(),
            signal: each(&f64::sqrt),
            noise: each(&|alpha_bar| (1.0 - alpha_bar).sqrt()),
            snr: (0..self.timesteps()).map(|t| self.snr(t)).collect(),
        }
    }
}

/// A schedule's curves over t = 0 … T−1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Curves {
    /// ᾱ, 1 to 0.
    pub alpha_bar: Vec<f64>,
    /// √ᾱ, what x_0 is multiplied by.
    pub signal: Vec<f64>,
    /// √(1−ᾱ), what ε is multiplied by.
    pub noise: Vec<f64>,
    /// ᾱ/(1−ᾱ), from about 1e4 down to 0: to be drawn on a logarithmic axis, where 0 has no place.
    pub snr: Vec<f64>,
}

/// ∏ (1 − β), step by step.
fn cumulative(betas: &[f64]) -> impl Iterator<Item = f64> {
    betas.iter().scan(1.0, |product, beta| {
        *product *= 1.0 - beta;
        Some(*product)
    })
}
