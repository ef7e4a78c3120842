//! The noise schedule: how much noise each step adds (β_t), how much of the image is left (ᾱ_t), and what follows from
//! them for the reverse step.
//!
//! Everything but the learned variance is f64 arithmetic without tensors. Steps are counted as in code, t = 0 … T−1, where the paper counts
//! t = 1 … T. Before the first step ᾱ is 1.

mod kind;
mod posterior;
mod spacing;

use serde::Serialize;

pub use kind::{Ends, ScheduleKind};
pub use posterior::{LogVariance, Posterior, Variance, VarianceType};
pub use spacing::Spacing;

/// The smallest number of steps T that a schedule may have.
pub const MIN_TIMESTEPS: usize = 10;
/// The largest number of steps T that a schedule may have.
pub const MAX_TIMESTEPS: usize = 4000;

/// A noise schedule over T steps: β_t and ᾱ_t for each of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    betas: Vec<f64>,
    alpha_bars: Vec<f64>,
}

impl Schedule {
    /// The schedule `kind` over `timesteps` steps, with the default ends. `rescale` is that of [`Schedule::with_ends`].
    ///
    /// # Panics
    /// As [`Schedule::with_ends`].
    pub fn new(kind: ScheduleKind, timesteps: usize, rescale: bool) -> Self {
        Self::with_ends(kind, timesteps, rescale, &Ends::default())
    }

    /// The schedule `kind` over `timesteps` steps from end to end.
    ///
    /// With `rescale`, it is stretched so that ᾱ_{T−1} = 0 (Lin et al. 2023, algorithm 1). At ᾱ = 0, x_t holds nothing
    /// of the image and ε̂ gives no x̂₀ (the formula divides by 0), so the network must predict v or x_0.
    ///
    /// # Panics
    /// If `timesteps` lies outside [`MIN_TIMESTEPS`]..=[`MAX_TIMESTEPS`]. `TrainConfig::validate` checks user input
    /// before it gets here.
    pub fn with_ends(kind: ScheduleKind, timesteps: usize, rescale: bool, ends: &Ends) -> Self {
        assert!((MIN_TIMESTEPS..=MAX_TIMESTEPS).contains(&timesteps));
        let mut betas = kind.betas(timesteps, ends);
        if rescale {
            betas = rescale_zero_terminal_snr(&betas);
        }
        Self {
            alpha_bars: alpha_bars(&betas).collect(),
            betas,
        }
    }

    /// [`ScheduleKind::Linear`] over `timesteps` steps, not rescaled.
    ///
    /// # Panics
    /// As [`Schedule::new`].
    pub fn linear(timesteps: usize) -> Self {
        Self::new(ScheduleKind::Linear, timesteps, false)
    }

    /// T, the number of steps.
    pub fn timesteps(&self) -> usize {
        self.betas.len()
    }

    /// β_t for t = 0 … T−1, each in (0, 1), except that the last β of a rescaled schedule is 1.
    pub fn betas(&self) -> &[f64] {
        &self.betas
    }

    /// ᾱ_t = ∏_{s ≤ t} (1 − β_s) for t = 0 … T−1 (Ho et al. 2020, above eq. 4), falling from just below 1 towards 0.
    pub fn alpha_bars(&self) -> &[f64] {
        &self.alpha_bars
    }

    /// ᾱ_t; for `None`, which stands for the image before any noise, 1.
    ///
    /// # Panics
    /// If `t` is not below T.
    pub fn alpha_bar(&self, t: Option<usize>) -> f64 {
        t.map_or(1.0, |t| self.alpha_bars[t])
    }

    /// The signal-to-noise ratio ᾱ_t/(1 − ᾱ_t).
    ///
    /// # Panics
    /// If `t` is not below T.
    pub fn snr(&self, t: usize) -> f64 {
        self.alpha_bars[t] / (1.0 - self.alpha_bars[t])
    }

    /// The posterior q(x_prev | x_t, x_0) between two steps of the schedule, which need not be neighbours. `prev` is
    /// `None` if x_prev is x_0 itself.
    ///
    /// # Panics
    /// If `t` or `prev` is not below T.
    pub fn posterior(&self, t: usize, prev: Option<usize>) -> Posterior {
        let (alpha_bar_t, alpha_bar_prev) = (self.alpha_bar(Some(t)), self.alpha_bar(prev));
        if prev == t.checked_sub(1) {
            Posterior::new(self.betas[t], alpha_bar_t, alpha_bar_prev)
        } else {
            Posterior::between(alpha_bar_t, alpha_bar_prev)
        }
    }

    /// The variance of the decoder p(x_0 | x_1), a Gaussian whose grey levels
    /// [`ln_level_probability`](crate::diffusion::ln_level_probability) weighs. The formula for `fixed_small` would give 0
    /// there; the papers' code takes the β̃ of the following step in its place, and so does this, for the lower end of
    /// `learned_range`, too. For `fixed_large` it is β of the first step, as Ho et al. 2020 say. (Their code takes β̃ of the
    /// second step there, too, which gives a lower figure, but not the choice that makes the bound tight for Gaussian data.)
    pub fn decoder_variance(&self, variance_type: VarianceType) -> Variance {
        let beta_tilde = self.posterior(1, Some(0)).beta_tilde;
        variance_type.choose(beta_tilde, self.betas[0])
    }

    /// `steps` of the T steps for a sampler to visit, from the noisiest to the cleanest, evenly spread with both ends
    /// included ([`Spacing::Linspace`]). All T steps if `steps` ≥ T.
    pub fn subset(&self, steps: usize) -> Vec<usize> {
        Spacing::Linspace.timesteps(self.timesteps(), steps)
    }

    /// The curves that the page plots.
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

/// A schedule's curves over t = 0 … T−1, T values each.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Curves {
    /// ᾱ_t, falling from about 1 to 0.
    pub alpha_bar: Vec<f64>,
    /// √ᾱ_t, the factor of x_0 in x_t.
    pub signal: Vec<f64>,
    /// √(1−ᾱ_t), the factor of ε in x_t.
    pub noise: Vec<f64>,
    /// The signal-to-noise ratio ᾱ_t/(1−ᾱ_t), from about 1e4 down to 0: meant for a logarithmic axis, which has no
    /// place for the 0.
    pub snr: Vec<f64>,
}

/// ᾱ_t = ∏_{s ≤ t} (1 − β_s) for each t.
fn alpha_bars(betas: &[f64]) -> impl Iterator<Item = f64> {
    betas.iter().scan(1.0, |product, beta| {
        *product *= 1.0 - beta;
        Some(*product)
    })
}

/// Shifts and stretches √ᾱ_t so that it ends at 0 and its first value stays (Lin et al. 2023, "Common diffusion noise
/// schedules and sample steps are flawed", algorithm 1; diffusers' `rescale_zero_terminal_snr`). Returns the new betas,
/// of which the last is 1.
fn rescale_zero_terminal_snr(betas: &[f64]) -> Vec<f64> {
    let roots: Vec<f64> = alpha_bars(betas).map(f64::sqrt).collect();
    let (first, last) = (roots[0], roots[roots.len() - 1]);
    let rescaled: Vec<f64> = roots
        .iter()
        .map(|root| ((root - last) * (first / (first - last))).powi(2))
        .collect();
    let mut previous = 1.0;
    rescaled
        .into_iter()
        .map(|alpha_bar| 1.0 - alpha_bar / std::mem::replace(&mut previous, alpha_bar))
        .collect()
}
