//! Inpainting (RePaint, Lugmayr et al. 2022, arXiv 2201.09865).

use burn::tensor::Tensor;

use crate::diffusion::Denoiser;
use crate::ops::Context;
use crate::samplers::{KnownRegion, PlanStep, SampleNoise, Sampler, Sampling};

/// How often steps are repeated from a higher noise level, which makes the drawn part fit the given one (the paper's
/// algorithm 1 and section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// The number of steps that adding noise goes back, 1 or more: the paper's j, which is 10 there with 250 steps.
    pub jump_length: usize,
    /// How often each run of `jump_length` steps is taken, 1 (no resampling) or more: the paper's r, 10 there.
    pub repeats: usize,
}

impl Default for Resampling {
    /// A jump of 5 steps and 5 repeats. With 50 steps this takes a fifth of the paper's forward passes.
    fn default() -> Self {
        Self {
            jump_length: 5,
            repeats: 5,
        }
    }
}

/// Draws the missing part of `image`.
///
/// After each pass the pixels of the given part are replaced by those of `image` with fresh noise of x's level (eq. 8a to
/// 8c; algorithm 1, line 5 has a variance in place of a standard deviation, so the equation is followed). The finished image
/// contains the given part unchanged.
///
/// With a sampler of two passes a level ([`Sampler::is_second_pass`]), `resampling` counts levels, and the given part is
/// replaced after each pass. The second pass finds the drawn pixels as the first has left them, so it is exact for
/// these.
///
/// [`Sampling::steps`] includes the repeated passes and the additions of noise.
///
/// # Shapes
/// * `image`: `[B, 1, 28, 28]` in −1 … 1; the values of the missing part do not matter
/// * `mask`: `[B, 1, 28, 28]`, 1 where the image is given and 0 where it is to be drawn
///
/// # Panics
/// If one of the numbers of `resampling` is 0.
pub fn inpaint(
    ctx: &Context,
    model: Box<dyn Denoiser>,
    sampler: Box<dyn Sampler>,
    image: Tensor<4>,
    mask: Tensor<4>,
    resampling: Resampling,
    noise: SampleNoise,
) -> Sampling {
    let start = noise.start(ctx, image.dims()[0]);
    let first_passes: Vec<usize> = (0..sampler.timesteps().len())
        .filter(|&pass| !sampler.is_second_pass(pass))
        .collect();
    let plan = in_passes(
        &plan(first_passes.len(), resampling),
        &first_passes,
        sampler.timesteps().len(),
    );
    let known = Some(KnownRegion { image, mask });
    Sampling::planned(ctx, model, sampler, start, noise, plan, known)
}

/// The order of the steps, as the paper's code has it (`get_schedule_jump`): at every `jump_length`-th level, counted from
/// the cleanest that still has noise, the plan goes back by `jump_length` steps, `repeats` − 1 times. The noise of all these
/// steps is added at once, which has the same distribution as adding it step by step.
fn plan(steps: usize, resampling: Resampling) -> Vec<PlanStep> {
    let Resampling {
        jump_length,
        repeats,
    } = resampling;
    assert!(jump_length > 0 && repeats > 0);
    let mut jumps = vec![repeats - 1; steps];
    let mut plan = Vec::new();
    let mut index = 0;
    while index < steps {
        plan.push(PlanStep::Reverse(index));
        index += 1;
        // The number of steps after the next one: 0 at the cleanest level that still has noise.
        let Some(left) = (steps - index).checked_sub(1) else {
            break;
        };
        if left % jump_length == 0 && left + jump_length < steps && jumps[left] > 0 {
            jumps[left] -= 1;
            let to = index - jump_length;
            plan.push(PlanStep::Renoise { from: index, to });
            index = to;
        }
    }
    plan
}

/// Converts a plan of steps to one of passes. Step k begins with the pass `first_passes[k]`; there are `passes` in all.
fn in_passes(plan: &[PlanStep], first_passes: &[usize], passes: usize) -> Vec<PlanStep> {
    let first = |step: usize| first_passes.get(step).copied().unwrap_or(passes);
    plan.iter()
        .flat_map(|&next| match next {
            PlanStep::Reverse(step) => (first(step)..first(step + 1))
                .map(PlanStep::Reverse)
                .collect(),
            PlanStep::Renoise { from, to } => vec![PlanStep::Renoise {
                from: first(from),
                to: first(to),
            }],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The levels that x passes through, where −1 is the finished image, as RePaint's `get_schedule_jump(t_T=steps,
    /// n_sample=1, jump_length=…, jump_n_sample=repeats)` lists them.
    #[test]
    fn plans_agree_with_repaints_code() {
        let levels = |steps: usize, jump_length, repeats| {
            let level = |index: usize| steps as i64 - 1 - index as i64;
            let mut levels = vec![level(0)];
            let resampling = Resampling {
                jump_length,
                repeats,
            };
            for next in plan(steps, resampling) {
                match next {
                    PlanStep::Reverse(index) => levels.push(level(index + 1)),
                    PlanStep::Renoise { from, to } => levels.extend((to..from).rev().map(level)),
                }
            }
            levels
        };
        assert_eq!(levels(4, 1, 1), [3, 2, 1, 0, -1]);
        assert_eq!(levels(3, 1, 3), [2, 1, 2, 1, 2, 1, 0, 1, 0, 1, 0, -1]);
        assert_eq!(
            levels(6, 2, 2),
            [5, 4, 3, 2, 3, 4, 3, 2, 1, 0, 1, 2, 1, 0, -1]
        );
    }

    /// Levels 0 and 1 have two passes, level 2 has one. A jump goes back by whole levels.
    #[test]
    fn jumps_go_back_by_whole_steps() {
        let resampling = Resampling {
            jump_length: 1,
            repeats: 2,
        };
        let found = in_passes(&plan(3, resampling), &[0, 2, 4], 5);
        let reverse = PlanStep::Reverse;
        let renoise = |from, to| PlanStep::Renoise { from, to };
        let first = [
            reverse(0),
            reverse(1),
            renoise(2, 0),
            reverse(0),
            reverse(1),
        ];
        let second = [
            reverse(2),
            reverse(3),
            renoise(4, 2),
            reverse(2),
            reverse(3),
        ];
        assert_eq!(found, [&first[..], &second, &[reverse(4)]].concat());
    }
}
