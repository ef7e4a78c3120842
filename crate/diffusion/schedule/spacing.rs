//! Which of the T steps a sampler with fewer steps visits.

use serde::{Deserialize, Serialize};

/// diffusers' `timestep_spacing` (Lin et al. 2023, table 2), with `steps_offset` 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// Evenly spread over 0 … T−1, both ends included (Nichol & Dhariwal 2021, section 4).
    #[default]
    Linspace,
    /// Multiples of ⌊T/steps⌋ from 0 on: the noisiest steps are left out, so that the sampler starts
    /// below T−1 (at ⌊T/2⌋ − 1 at worst) from what is taken for pure noise. Here to compare with.
    Leading,
    /// Every T/steps-th step counted from T−1 down: the last one is above 0.
    Trailing,
}

impl Spacing {
    /// `steps` of the `total` steps, falling. All of them when `steps` ≥ `total`; at least one.
    pub fn timesteps(self, total: usize, steps: usize) -> Vec<usize> {
        let steps = steps.clamp(1, total);
        match self {
            // The one step must be from pure noise; numpy's linspace would give t = 0.
            Self::Linspace if steps == 1 => vec![total - 1],
            Self::Linspace => {
                // numpy's order of operations and its rounding of halves to even.
                let stride = (total - 1) as f64 / (steps - 1) as f64;
                (0..steps)
                    .rev()
                    .map(|i| (i as f64 * stride).round_ties_even() as usize)
                    .collect()
            }
            Self::Leading => (0..steps).rev().map(|i| i * (total / steps)).collect(),
            Self::Trailing => {
                let stride = total as f64 / steps as f64;
                (0..steps)
                    .map(|i| (total as f64 - i as f64 * stride).round_ties_even() as usize - 1)
                    .collect()
            }
        }
    }

    /// The same for a sampler that goes from the last of them straight to x_0, and so gains nothing
    /// from visiting t = 0: for `Linspace` and `Leading` one more step is laid out and the last left
    /// away (diffusers' DPMSolverMultistepScheduler).
    pub fn timesteps_above_zero(self, total: usize, steps: usize) -> Vec<usize> {
        let steps = steps.max(1);
        if self == Self::Trailing || steps >= total {
            return self.timesteps(total, steps);
        }
        let mut timesteps = self.timesteps(total, steps + 1);
        timesteps.pop();
        timesteps
    }
}
