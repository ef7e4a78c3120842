//! Inpainting (RePaint, Lugmayr et al. 2022, arXiv 2201.09865).

use burn::tensor::Tensor;

use crate::diffusion::Denoiser;
use crate::ops::Context;
use crate::samplers::{KnownRegion, PlanStep, SampleNoise, Sampler, Sampling};

/// How often the way down is gone again, so that the drawn part comes to fit the given one
/// (algorithm 1 and section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// Steps that noise is put back on for, 1 or more; the paper's j, 10 there with 250 steps.
    pub jump_length: usize,
    /// How often each stretch is gone through, 1 (no resampling) or more; the paper's r, 10 there.
    pub repeats: usize,
}

impl Default for Resampling {
    /// A jump of 5 and 5 repeats: with 50 steps and digits, a fifth of the paper's passes.
    fn default() -> Self {
        Self {
            jump_length: 5,
            repeats: 5,
        }
    }
}

/// Draw what is missing of `image`.
///
/// After every step the given part is put in, with fresh noise of x's level (eq. 8a to 8c; algorithm 1,
/// line 5 has a variance for a standard deviation, and the equation is followed). `image`: [B, 1, 28,
/// 28] in −1 … 1, of any value where it is not given; `mask`: the same shape, 1 where it is given and
/// 0 where it is to be drawn. The finished image has the given part as it is.
///
/// Where a step is of two passes ([`Sampler::is_second_pass`]), `resampling` counts steps and the given part is put in after
/// each pass. The second still finds the pixels that are drawn where the first has left them, so the pair stays exact there.
///
/// [`Sampling::steps`] counts the passes taken again, and the putting back of noise, too.
///
/// # Panics
/// If a number of `resampling` is 0.
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
    let firsts: Vec<usize> = (0..sampler.timesteps().len())
        .filter(|&pass| !sampler.is_second_pass(pass))
        .collect();
    let plan = in_passes(
        &plan(firsts.len(), resampling),
        &firsts,
        sampler.timesteps().len(),
    );
    let known = Some(KnownRegion { image, mask });
    Sampling::planned(ctx, model, sampler, start, noise, plan, known)
}

/// The order of steps of the paper's own code (`get_schedule_jump`): at every `jump_length`-th level
/// counted from the cleanest that still has noise, back by `jump_length`, `repeats` − 1 times. Noise is
/// put back on in one go, which has the same distribution as one step after another.
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
        // Steps left after the next one: 0 at the cleanest level with noise.
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

/// `plan`, which is in steps, in passes: step k is of the passes from `firsts[k]` on, of `passes` in all.
fn in_passes(plan: &[PlanStep], firsts: &[usize], passes: usize) -> Vec<PlanStep> {
    let first = |step: usize| firsts.get(step).copied().unwrap_or(passes);
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

    /// The levels that x goes through, −1 without noise, as RePaint's `get_schedule_jump(t_T=steps,
    /// n_sample=1, jump_length=…, jump_n_sample=repeats)` lists them.
    #[test]
    fn plans_are_repaints() {
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

    /// Steps 0 and 1 are of two passes, step 2 of one: a jump goes back by whole steps.
    #[test]
    fn jumps_leave_pairs_of_passes_whole() {
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
