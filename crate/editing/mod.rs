//! Drawing that starts from given images: image to image, inpainting, interpolation.
//!
//! Each is a [`Sampling`] that starts from other images than x_T or takes the passes in another order. Functions that have a
//! `sampler` parameter work with every sampler. With a sampler of two passes a level ([`Sampler::is_second_pass`]), a draw
//! never starts at a second pass, and noise is added back only between levels.

mod inpaint;
mod interpolate;

use burn::tensor::Tensor;

pub use inpaint::{Resampling, inpaint};
pub use interpolate::{interpolate, invert, slerp};

use crate::diffusion::{Denoiser, q_sample_at};
use crate::ops::Context;
use crate::samplers::{PlanStep, SampleNoise, Sampler, Sampling};

/// Image to image (SDEdit, Meng et al. 2022, arXiv 2108.01073): adds noise to `image` and denoises it again.
///
/// The noise has the level from which the sampler's first step at or below `t` starts, and the draw takes the steps from
/// there on. The smaller `t`, the more of the image is kept. If `t` is below all steps, the image is returned unchanged.
///
/// # Shapes
/// * `image`: `[B, 1, 28, 28]` in −1 … 1
pub fn image_to_image(
    ctx: &Context,
    model: Box<dyn Denoiser>,
    sampler: Box<dyn Sampler>,
    image: Tensor<4>,
    t: usize,
    noise: SampleNoise,
) -> Sampling {
    let timesteps = sampler.timesteps();
    let all = timesteps.len();
    let start = (0..all)
        .find(|&pass| timesteps.t(pass) <= t && !sampler.is_second_pass(pass))
        .unwrap_or(all);
    let plan: Vec<PlanStep> = (start..all).map(PlanStep::Reverse).collect();
    let eps = noise.start(ctx, image.dims()[0]);
    let x = q_sample_at(image, eps, timesteps.alpha_bar(start));
    Sampling::planned(ctx, model, sampler, x, noise, plan, None)
}
