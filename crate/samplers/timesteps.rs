//! Where a sampler asks the network.

use crate::diffusion::schedule::Schedule;

/// The t at which the network is asked, by forward pass, and ᾱ of x before each pass and after the last.
///
/// Neighbouring passes may share a t: two at a noise level ([`super::Heun`]), or several ([`super::Langevin`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Timesteps {
    timesteps: Vec<usize>,
    alpha_bars: Vec<f64>,
}

impl Timesteps {
    /// From noise to image: `timesteps` that never rise (equal neighbours are allowed), each asked at its own ᾱ, the last pass
    /// to ᾱ = 1.
    pub fn down(schedule: &Schedule, timesteps: Vec<usize>) -> Self {
        let mut alpha_bars = levels(schedule, &timesteps);
        alpha_bars.push(1.0);
        Self {
            timesteps,
            alpha_bars,
        }
    }

    /// From image to noise: `timesteps` rising, the first pass from ᾱ = 1, each asked at the t that it
    /// goes to.
    pub fn up(schedule: &Schedule, timesteps: Vec<usize>) -> Self {
        let mut alpha_bars = vec![1.0];
        alpha_bars.extend(levels(schedule, &timesteps));
        Self {
            timesteps,
            alpha_bars,
        }
    }

    /// Forward passes in all.
    pub fn len(&self) -> usize {
        self.timesteps.len()
    }

    /// Whether the network is not asked at all.
    pub fn is_empty(&self) -> bool {
        self.timesteps.is_empty()
    }

    /// The t at which the network is asked in pass `index`, 0 … `len()` − 1.
    pub fn t(&self, index: usize) -> usize {
        self.timesteps[index]
    }

    /// The t of every pass.
    pub fn as_slice(&self) -> &[usize] {
        &self.timesteps
    }

    /// ᾱ of x before pass `index`, 0 … `len()`; at `len()` that of the result.
    pub fn alpha_bar(&self, index: usize) -> f64 {
        self.alpha_bars[index]
    }

    /// Whether x is an image without noise after pass `index`.
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
