//! Ancestral sampling (Ho et al. 2020, algorithm 2), over all steps or a subset of them (Nichol &
//! Dhariwal 2021, section 4).

use super::{Registered, Sampler, SamplerConfig, Setting, Timesteps};
use crate::diffusion::schedule::{Posterior, Schedule, Variance, VarianceType};
use crate::diffusion::{Clip, Prediction, ReverseStep};

/// The DDPM sampler.
///
/// As diffusers' DDPMScheduler but for the last step: that has no noise (algorithm 2, line 3) also
/// where it does not start at t = 0, as with `trailing` spacing. diffusers leaves noise out at t = 0
/// only, and so adds some to the finished image.
#[derive(Debug, Clone)]
pub struct Ddpm {
    timesteps: Timesteps,
    /// For each pass the posterior and the variance of the noise.
    steps: Vec<(Posterior, Variance)>,
    clip: Clip,
}

impl Ddpm {
    /// `steps` of the schedule's T (see [`Schedule::subset`]), with the usual σ² and x̂₀ held in
    /// −1 … 1.
    pub fn with_steps(schedule: &Schedule, steps: usize) -> Self {
        let timesteps = schedule.subset(steps);
        Self::new(schedule, timesteps, VarianceType::default(), true)
    }

    /// `timesteps`: the t to visit, falling. `clip`: a [`Clip`], or `true` for x̂₀ held in −1 … 1.
    pub fn new(
        schedule: &Schedule,
        timesteps: Vec<usize>,
        variance_type: VarianceType,
        clip: impl Into<Clip>,
    ) -> Self {
        let steps = timesteps
            .iter()
            .enumerate()
            .map(|(index, &t)| {
                let prev = timesteps.get(index + 1).copied();
                let posterior = schedule.posterior(t, prev);
                let variance = match prev {
                    None => Variance::Fixed(0.0),
                    Some(_) => posterior.variance(variance_type),
                };
                (posterior, variance)
            })
            .collect();
        Self {
            timesteps: Timesteps::down(schedule, timesteps),
            steps,
            clip: clip.into(),
        }
    }
}

impl Registered for Ddpm {
    const TITLE: &'static str = "DDPM";
    const STEPS: u32 = 50;
    const SETTINGS: &'static [Setting] = &[Setting::Spacing, Setting::Variance, Setting::Clip];

    fn adds_noise(_config: &SamplerConfig) -> bool {
        true
    }

    fn from_config(schedule: &Schedule, config: &SamplerConfig) -> Self {
        let timesteps = config.timesteps(schedule);
        Self::new(schedule, timesteps, config.variance_type, config.clip())
    }
}

impl Sampler for Ddpm {
    fn timesteps(&self) -> &Timesteps {
        &self.timesteps
    }

    fn clip(&self) -> Clip {
        self.clip
    }

    fn coefficients(
        &self,
        index: usize,
        prediction: Prediction,
        _has_prev_x0: bool,
    ) -> ReverseStep {
        let alpha_bar = self.timesteps.alpha_bar(index);
        let (posterior, variance) = self.steps[index];
        let mean = match (self.clip, prediction) {
            // Algorithm 2 as it stands; ε̂ needs no way round through x̂₀.
            (Clip::None, Prediction::Epsilon) => {
                ReverseStep::posterior_by_eps(prediction, alpha_bar, posterior.beta)
            }
            _ => ReverseStep::posterior(prediction, alpha_bar, &posterior),
        };
        mean.with_variance(variance)
    }
}
