//! Drawing that starts from images: image to image, inpainting, interpolation. All of it is
//! [`Sampling`] with another start or another plan, and any sampler will do where none is named: the start is never a second
//! pass of a two-pass step ([`Sampler::is_second_pass`]), and noise is put back on between steps only.

mod inpaint;
mod interpolate;

use burn::tensor::Tensor;

pub use inpaint::{Resampling, inpaint};
pub use interpolate::{interpolate, invert, slerp};

use crate::diffusion::{Denoiser, q_sample_at};
use crate::ops::Context;
use crate::samplers::{PlanStep, SampleNoise, Sampler, Sampling};

/// Image to image (SDEdit, Meng et al. 2022): noise is put on `image`, as much as the sampler's first
/// step at or below `t` starts from, and the steps from there on are taken, whole ones where a step is of
/// two passes. A small `t` keeps more of the image. Where `t` is below all steps the image comes back as it is.
///
/// `image`: [B, 1, 28, 28] in −1 … 1.
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
