//! Ancestral sampling (Ho et al. 2020, algorithm 2), over all steps or a subset of them (Nichol &
//! Dhariwal 2021, section 4).

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::Sampler;
use crate::process::{posterior_mean, predict_x0};
use crate::schedule::{Posterior, Schedule};

/// σ² of a reverse step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum VarianceType {
    /// β̃_t, right for data that is a single point; the better choice for few steps.
    #[default]
    FixedSmall,
    /// β_t, right for Gaussian data.
    FixedLarge,
}

/// The DDPM sampler.
#[derive(Debug, Clone)]
pub struct Ddpm {
    timesteps: Vec<usize>,
    steps: Vec<Step>,
    clip_x0: bool,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    alpha_bar: f64,
    posterior: Posterior,
    sigma: f64,
}

impl Ddpm {
    /// `steps` of the schedule's T (see [`Schedule::subset`]), with the usual σ² and x̂₀ held in
    /// −1 … 1.
    pub fn with_steps(schedule: &Schedule, steps: usize) -> Self {
        let timesteps = schedule.subset(steps);
        Self::new(schedule, timesteps, VarianceType::default(), true)
    }

    /// `timesteps`: the t to visit, falling (see [`Schedule::subset`]). With `clip_x0`, x̂₀ is held
    /// in −1 … 1.
    pub fn new(
        schedule: &Schedule,
        timesteps: Vec<usize>,
        variance: VarianceType,
        clip_x0: bool,
    ) -> Self {
        let steps = timesteps
            .iter()
            .enumerate()
            .map(|(index, &t)| {
                let prev = timesteps.get(index + 1).copied();
                let posterior = schedule.posterior(t, prev);
                let variance = match (prev, variance) {
                    // Algorithm 2, line 3: no noise at the last step.
                    (None, _) => 0.0,
                    (Some(_), VarianceType::FixedSmall) => posterior.beta_tilde,
                    (Some(_), VarianceType::FixedLarge) => posterior.beta,
                };
                Step {
                    alpha_bar: schedule.alpha_bar(Some(t)),
                    posterior,
                    sigma: variance.sqrt(),
                }
            })
            .collect();
        Self {
            timesteps,
            steps,
            clip_x0,
        }
    }
}

impl Sampler for Ddpm {
    fn timesteps(&self) -> &[usize] {
        &self.timesteps
    }

    fn step(
        &self,
        index: usize,
        x_t: Tensor<4>,
        eps_hat: Tensor<4>,
        z: &dyn Fn() -> Tensor<4>,
    ) -> Tensor<4> {
        let step = &self.steps[index];
        let mut x0_hat = predict_x0(x_t.clone(), eps_hat, step.alpha_bar);
        if self.clip_x0 {
            x0_hat = x0_hat.clamp(-1.0, 1.0);
        }
        let mean = posterior_mean(x0_hat, x_t, &step.posterior);
        if step.sigma == 0.0 {
            mean
        } else {
            mean + z() * step.sigma
        }
    }
}
