//! The forward process, step by step and in one jump.

use burn::tensor::Tensor;

use super::noisy::{CHAIN, Noisy, pixel_index, read_images, standard_gaussian};
use crate::diffusion::q_sample_at;
use crate::model::Model;
use crate::nn::unet::PIXELS;
use crate::ops::read;
use crate::web::protocol::{Forgetting, Histogram, NoisyImage};

/// Bins of the histogram, over `SPAN` to both sides of 0. A pixel of x_t lies beyond 4 once in 16,000 times.
const BINS: usize = 32;
/// See [`BINS`].
const SPAN: f64 = 4.0;

/// The image at t by the closed form, and by the chain q(x_s | x_{s−1}) from x_0 to x_t, whose steps have noise of their own.
///
/// # Errors
/// If the question names no image, step or pixel, or if the device does not give numbers back.
pub(super) async fn forgetting(
    model: &Model,
    asked: &NoisyImage,
    pixel: u32,
) -> Result<Forgetting, String> {
    let ctx = model.context();
    let pixel = pixel_index(pixel)?;
    let noisy = Noisy::of(ctx, &model.schedule, asked)?;
    let pixel_of = |x: &Tensor<4>| x.clone().reshape([PIXELS]).narrow(0, pixel, 1);
    let z = standard_gaussian(ctx, asked.seed, CHAIN, noisy.t + 1);
    let mut x = noisy.x0.clone();
    let mut path = vec![pixel_of(&x)];
    for (step, beta) in model.schedule.betas()[..=noisy.t].iter().enumerate() {
        x = q_sample_at(x, z.clone().narrow(0, step, 1), 1.0 - beta);
        path.push(pixel_of(&x));
    }
    path.push(pixel_of(&z.narrow(0, noisy.t, 1)));
    let [eps, x_t, chain] = read_images([noisy.eps, noisy.x_t, x]).await?;
    let mut path = read(Tensor::cat(path, 0)).await?;
    let z = path.pop().unwrap_or_default();
    let start = f64::from(path[0]);
    let steps = std::iter::once(None).chain((0..=noisy.t).map(Some));
    let band = |sigmas: f64| {
        let at = |t| {
            let alpha_bar = model.schedule.alpha_bar(t);
            alpha_bar.sqrt() * start + sigmas * (1.0 - alpha_bar).sqrt()
        };
        steps.clone().map(at).collect()
    };
    Ok(Forgetting {
        level: noisy.level,
        means: band(0.0),
        lower: band(-1.0),
        upper: band(1.0),
        histogram: histogram(&x_t, &chain),
        eps,
        x_t,
        chain,
        path,
        z,
    })
}

/// How the pixels of both images are spread.
fn histogram(jump: &[f32], chain: &[f32]) -> Histogram {
    let width = 2.0 * SPAN / BINS as f64;
    let middles: Vec<f64> = (0..BINS)
        .map(|bin| (bin as f64 + 0.5) * width - SPAN)
        .collect();
    let density = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    Histogram {
        gaussian: middles
            .iter()
            .map(|&middle| PIXELS as f64 * width * density(middle))
            .collect(),
        jump: counts(jump, width),
        chain: counts(chain, width),
        moments: moments(jump),
        chain_moments: moments(chain),
        middles,
    }
}

/// The number of values in each bin; those beyond the last are counted there.
fn counts(values: &[f32], width: f64) -> Vec<u32> {
    let mut counts = vec![0; BINS];
    for &value in values {
        // A negative number becomes 0.
        let bin = ((f64::from(value) + SPAN) / width) as usize;
        counts[bin.min(BINS - 1)] += 1;
    }
    counts
}

/// Mean and standard deviation.
fn moments(values: &[f32]) -> [f64; 2] {
    let count = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let squares = values
        .iter()
        .map(|&value| (f64::from(value) - mean).powi(2));
    [mean, (squares.sum::<f64>() / count).sqrt()]
}
