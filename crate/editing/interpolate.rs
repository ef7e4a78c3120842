//! Interpolation between two digits by way of their x_T (DDIM, Song et al. 2021, arXiv 2010.02502, section 5.3).

use burn::tensor::Tensor;

use crate::diffusion::schedule::Schedule;
use crate::diffusion::{Clip, Denoiser};
use crate::ops::Context;
use crate::samplers::{Ddim, DdimInversion, SampleNoise, Sampling};

/// Spherical interpolation (Shoemake 1985): sin((1−s)Ω)/sin Ω·a + sin(sΩ)/sin Ω·b for each s of `fractions`, where Ω is the
/// angle between `a` and `b`. s = 0 gives `a`, s = 1 gives `b`.
///
/// Between two samples of Gaussian noise the points keep the norm of such noise; on the straight line they would be
/// shorter, and the network has never seen such x_T.
///
/// # Shapes
/// * `a`, `b`: `[B, 1, 28, 28]`, none of the images zero
/// * result: `[SB, 1, 28, 28]` for S fractions, the B images of the first fraction first
pub fn slerp(a: &Tensor<4>, b: &Tensor<4>, fractions: &[f64]) -> Tensor<4> {
    let dot = |a: &Tensor<4>, b: &Tensor<4>| (a.clone() * b.clone()).sum_dims(&[1, 2, 3]);
    let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    // Kept off ±1, where sin Ω is 0 and both factors would be 0/0. At 1e-6 the arc and the straight line differ by less
    // than f32 can represent.
    let angle = cosine.clamp(-1.0 + 1e-6, 1.0 - 1e-6).acos();
    let factor = |fraction: f64| (angle.clone() * fraction).sin() / angle.clone().sin();
    let points = fractions
        .iter()
        .map(|&s| a.clone() * factor(1.0 - s) + b.clone() * factor(s))
        .collect();
    Tensor::cat(points, 0)
}

/// DDIM inversion: computes the x_T from which DDIM draws `images`. It is in [`Sampling::images`] after the last step.
///
/// `model` is conditioned on the classes of the images. `timesteps` fall and are the same as for the draw; with fewer than
/// about 50 the draw will not reproduce the images.
///
/// # Shapes
/// * `images`: `[B, 1, 28, 28]` in −1 … 1
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

/// Draws with DDIM and η = 0 from `count` ≥ 2 points between two x_T, ends included. If [`invert`] computed the two, the
/// result interpolates between its images.
///
/// `model` has `count` labels. `timesteps` fall, and are those of the inversion if there was one.
///
/// # Shapes
/// * `from`, `to`: `[1, 1, 28, 28]`
/// * [`Sampling::images`] of the result: `[count, 1, 28, 28]`
pub fn interpolate(
    ctx: &Context,
    model: Box<dyn Denoiser>,
    schedule: &Schedule,
    timesteps: Vec<usize>,
    (from, to): (&Tensor<4>, &Tensor<4>),
    count: usize,
) -> Sampling {
    let last = (count - 1) as f64;
    let fractions: Vec<f64> = (0..count).map(|k| k as f64 / last).collect();
    // No clipping, because the inversion had none.
    let sampler = Box::new(Ddim::new(schedule, timesteps, 0.0, Clip::None));
    Sampling::run(ctx, model, sampler, slerp(from, to, &fractions), UNUSED)
}

/// The noise of a draw that uses none: DDIM with η = 0.
const UNUSED: SampleNoise = SampleNoise { seed: 0, first: 0 };
