//! The choice of the steps that a sampler visits if it takes fewer than T.

use serde::{Deserialize, Serialize};

/// How the visited steps are spread over 0 … T−1; diffusers' `timestep_spacing` (Lin et al. 2023, table 2) with
/// `steps_offset` 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// Steps evenly spread over 0 … T−1, both ends included (Nichol & Dhariwal 2021, section 4).
    #[default]
    Linspace,
    /// Multiples of ⌊T/steps⌋ from 0 on. This leaves out the noisiest steps: the sampler starts below T−1 (in the worst
    /// case at ⌊T/2⌋ − 1) although its first image is pure noise. Offered for comparison with the other two.
    Leading,
    /// Every T/steps-th step counted down from T−1. The last one is above 0 as long as T/steps is more than 1.5.
    Trailing,
}

impl Spacing {
    /// The visited steps: `steps` of 0 … `total` − 1 in falling order, all of them if `steps` ≥ `total`, and one if `steps`
    /// is 0.
    ///
    /// # Panics
    /// If `total` is 0.
    pub fn timesteps(self, total: usize, steps: usize) -> Vec<usize> {
        let steps = steps.clamp(1, total);
        match self {
            // A single step has to start from pure noise, at t = T−1; numpy's linspace would give t = 0.
            Self::Linspace if steps == 1 => vec![total - 1],
            Self::Linspace => {
                // In numpy's order of operations and with its rounding, halves to even, for the same steps as diffusers.
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

    /// [`Spacing::timesteps`] without t = 0, for a sampler that goes from its last step straight to x_0 and so gains
    /// nothing from visiting t = 0. `Linspace` and `Leading` spread one step more and drop the last one, as diffusers'
    /// DPMSolverMultistepScheduler does. `Trailing` is left as it is, and so are all T steps.
    ///
    /// # Panics
    /// If `total` is 0.
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
