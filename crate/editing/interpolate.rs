//! From one digit to another (Song et al. 2021, section 5.3).

use burn::tensor::Tensor;

use crate::diffusion::schedule::Schedule;
use crate::diffusion::{Clip, Denoiser};
use crate::ops::Context;
use crate::samplers::{Ddim, DdimInversion, SampleNoise, Sampling};

/// Points on the great circle from `a` to `b`: sin((1−s)Ω)/sin Ω·a + sin(sΩ)/sin Ω·b, Ω the angle
/// between them (Shoemake 1985). Gaussian noise stays as long as noise is, which it would not on the
/// straight line.
///
/// `a`, `b`: [1, 1, 28, 28], not zero; `shares`: the s, 0 gives `a` and 1 `b`. [shares, 1, 28, 28].
pub fn slerp(a: &Tensor<4>, b: &Tensor<4>, shares: &[f64]) -> Tensor<4> {
    let dot = |a: &Tensor<4>, b: &Tensor<4>| (a.clone() * b.clone()).sum_dims(&[1, 2, 3]);
    let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    // Short of ±1: there sin Ω is 0 and the two shares would be 0/0. At 1e-6 the arc and the line
    // differ by less than f32 shows.
    let angle = cosine.clamp(-1.0 + 1e-6, 1.0 - 1e-6).acos();
    let along = |share: f64| (angle.clone() * share).sin() / angle.clone().sin();
    let points = shares
        .iter()
        .map(|&share| a.clone() * along(1.0 - share) + b.clone() * along(share))
        .collect();
    Tensor::cat(points, 0)
}

/// The x_T that DDIM leads to `images` from, to be read off [`Sampling::images`] at the end.
///
/// `images`: [B, 1, 28, 28] in −1 … 1, of the classes that `model` has. `timesteps` as for the way
/// down, falling; with fewer than about 50 the way down will not find them again.
pub fn invert(
    ctx: &Context,
    model: Box<dyn Denoiser>,
    schedule: &Schedule,
    timesteps: Vec<usize>,
    images: Tensor<4>,
) -> Sampling {
    let sampler = Box::new(DdimInversion::new(schedule, timesteps));
    Sampling::run(ctx, model, sampler, images, UNUSED)
}

/// DDIM without noise from `count` points between two x_T, ends included: between two images if they
/// are what [`invert`] gave for them.
///
/// `from`, `to`: [1, 1, 28, 28]; `model` has `count` labels; `timesteps`, falling, are those of the
/// inversion if there was one; the result is of [count, 1, 28, 28], `count` at least 2.
pub fn interpolate(
    ctx: &Context,
    model: Box<dyn Denoiser>,
    schedule: &Schedule,
    timesteps: Vec<usize>,
    (from, to): (&Tensor<4>, &Tensor<4>),
    count: usize,
) -> Sampling {
    let last = (count - 1) as f64;
    let shares: Vec<f64> = (0..count).map(|k| k as f64 / last).collect();
    // Not clipped: the way up was not.
    let sampler = Box::new(Ddim::new(schedule, timesteps, 0.0, Clip::None));
    Sampling::run(ctx, model, sampler, slerp(from, to, &shares), UNUSED)
}

/// DDIM with η = 0 draws none.
const UNUSED: SampleNoise = SampleNoise { seed: 0, first: 0 };
