//! The steps a sampler takes.

use crate::diffusion::schedule::Schedule;

/// The t at which the network is asked, step by step, and ᾱ of x before each step and after the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    timesteps: Vec<usize>,
    alpha_bars: Vec<f64>,
}

impl Path {
    /// From noise to image: `timesteps` falling, each asked at its own ᾱ, the last step to ᾱ = 1.
    pub fn down(schedule: &Schedule, timesteps: Vec<usize>) -> Self {
        let mut alpha_bars = levels(schedule, &timesteps);
        alpha_bars.push(1.0);
        Self {
            timesteps,
            alpha_bars,
        }
    }

    /// From image to noise: `timesteps` rising, the first step from ᾱ = 1, each asked at the t that it
    /// goes to.
    pub fn up(schedule: &Schedule, timesteps: Vec<usize>) -> Self {
        let mut alpha_bars = vec![1.0];
        alpha_bars.extend(levels(schedule, &timesteps));
        Self {
            timesteps,
            alpha_bars,
        }
    }

    /// Steps in all.
    pub fn len(&self) -> usize {
        self.timesteps.len()
    }

    pub fn is_empty(&self) -> bool {
        self.timesteps.is_empty()
    }

    /// The t at which the network is asked, by step.
    pub fn timesteps(&self) -> &[usize] {
        &self.timesteps
    }

    /// ᾱ of x before step `index`, 0 … `len()`; at `len()` that of the result.
    pub fn alpha_bar(&self, index: usize) -> f64 {
        self.alpha_bars[index]
    }

    /// Whether x is an image without noise after step `index`.
    pub fn ends_clean(&self, index: usize) -> bool {
        self.alpha_bars[index + 1] == 1.0
    }
}

fn levels(schedule: &Schedule, timesteps: &[usize]) -> Vec<f64> {
    timesteps
        .iter()
        .map(|&t| schedule.alpha_bars()[t])
        .collect()
}
