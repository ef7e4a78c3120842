//! DPM-Solver++ 2M (Lu et al. 2022, arXiv 2211.01095): with the last two x̂₀ and exact in the linear part, the
//! probability-flow ODE (algorithm 2) or, with η above 0, the stochastic equation with the same marginals (SDE-DPM-Solver++ 2M).

use super::{DefaultEta, Registered, Sampler, SamplerConfig, Setting, Timesteps};
use crate::diffusion::schedule::Schedule;
use crate::diffusion::{Clip, Prediction, ReverseStep};

/// The multistep solver of second order. With η = 0 there is no noise but x_T.
///
/// As diffusers' DPMSolverMultistepScheduler with `algorithm_type="dpmsolver++"` (η = 0) or `"sde-dpmsolver++"` (η = 1),
/// `solver_order=2`, `solver_type="midpoint"`, `final_sigmas_type="zero"` and no other σ spacing; `lower_order_final`
/// then changes nothing, since a step to σ = 0 is of first order in any case. diffusers puts 2⁻²⁴ for
/// an ᾱ_T of 0; here the formulas' own limit is taken. diffusers clips by its `thresholding` only.
#[derive(Debug, Clone)]
pub struct DpmSolverPp2m {
    timesteps: Timesteps,
    steps: Vec<Coefficients>,
    clip: Clip,
}

/// With a = √ᾱ, s = √(1−ᾱ), λ = ln(a/s) and h = λ_prev − λ_t, the step is
/// x_prev = `x`·x_t + `data`·D + `z`·z, D = x̂₀ + `slope`·(x̂₀ − x̂₀ of the pass before). Karras et al. 2022 (arXiv 2206.00364,
/// eq. 6) add and remove η times as much noise as the stochastic equation of η = 1 does; the marginals are the same.
#[derive(Debug, Clone, Copy)]
struct Coefficients {
    /// s_prev/s_t·e^−ηh
    x: f64,
    /// a_prev·(1 − e^−(1+η)h)
    data: f64,
    /// 1/(2r), r = h_before/h; 0 where the step is of first order
    slope: f64,
    /// s_prev·√(1 − e^−2ηh)
    z: f64,
}

impl DpmSolverPp2m {
    /// `timesteps`: the t to visit, falling. `eta`: 0 (no noise but x_T) to 1.
    pub fn new(
        schedule: &Schedule,
        timesteps: Vec<usize>,
        eta: f64,
        clip: impl Into<Clip>,
    ) -> Self {
        let timesteps = Timesteps::down(schedule, timesteps);
        let rates = |index: usize| {
            let alpha_bar = timesteps.alpha_bar(index);
            (alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt())
        };
        let lambda = |index: usize| {
            let (a, s) = rates(index);
            (a / s).ln()
        };
        let steps = (0..timesteps.len())
            .map(|index| {
                let ((a, s), (a_prev, s_prev)) = (rates(index), rates(index + 1));
                let slope = if index == 0 || timesteps.ends_clean(index) {
                    0.0
                } else {
                    let h = lambda(index + 1) - lambda(index);
                    0.5 * h / (lambda(index) - lambda(index - 1))
                };
                // e^−h, which is 0 at both ends: from no image at all (ᾱ_T = 0), and to no noise.
                let decay = (a * s_prev) / (s * a_prev);
                Coefficients {
                    x: s_prev / s * decay.powf(eta),
                    data: a_prev * (1.0 - decay.powf(1.0 + eta)),
                    slope,
                    z: s_prev * (1.0 - decay.powf(2.0 * eta)).sqrt(),
                }
            })
            .collect();
        Self {
            timesteps,
            steps,
            clip: clip.into(),
        }
    }
}

impl Registered for DpmSolverPp2m {
    const TITLE: &'static str = "DPM-Solver++ 2M";
    const STEPS: u32 = 20;
    const ETA: DefaultEta = DefaultEta {
        with_class: 1.0,
        without_class: 1.0,
    };
    const SETTINGS: &'static [Setting] = &[Setting::Eta, Setting::Spacing, Setting::Clip];

    /// The last step goes to σ = 0 from wherever it stands, so t = 0 is not visited
    /// ([`crate::diffusion::schedule::Spacing::timesteps_above_zero`]).
    fn from_config(schedule: &Schedule, config: &SamplerConfig) -> Self {
        let (total, steps) = (schedule.timesteps(), config.steps as usize);
        let timesteps = config.spacing.timesteps_above_zero(total, steps);
        Self::new(schedule, timesteps, config.eta, config.clip())
    }
}

impl Sampler for DpmSolverPp2m {
    fn timesteps(&self) -> &Timesteps {
        &self.timesteps
    }

    fn clip(&self) -> Clip {
        self.clip
    }

    fn coefficients(&self, index: usize, prediction: Prediction, has_prev_x0: bool) -> ReverseStep {
        let step = self.steps[index];
        let slope = if has_prev_x0 { step.slope } else { 0.0 };
        ReverseStep {
            x_t: step.x,
            x0_hat: step.data * (1.0 + slope),
            prev_x0: -step.data * slope,
            z: step.z,
            ..ReverseStep::to_x0(prediction, self.timesteps.alpha_bar(index))
        }
    }
}
