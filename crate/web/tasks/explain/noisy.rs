//! What the questions have in common: an image on the device, its noise, x_t, and what the network says of it.

use burn::tensor::{Int, Tensor, TensorData};

use crate::diffusion::schedule::Schedule;
use crate::diffusion::{ModelPrediction, q_sample_at, split_variance};
use crate::images::from_bytes;
use crate::model::Model;
use crate::nn::unet::{NO_CLASS, PIXELS, SIZE};
use crate::ops::{Context, Gaussians, gaussian, read};
use crate::rng::Purpose;
use crate::web::protocol::{Level, NoisyImage};

/// The random stream of ε. The chain's step s has number `CHAIN` + s, the reverse step from t `REVERSE` + t.
const EPS: u64 = 0;
/// See [`EPS`].
pub(super) const CHAIN: u64 = 1 << 32;
/// See [`EPS`].
pub(super) const REVERSE: u64 = 2 << 32;

/// An image with noise of one level.
pub(super) struct Noisy {
    /// The step.
    pub t: usize,
    /// The schedule there.
    pub level: Level,
    /// The image, [1, 1, 28, 28].
    pub x0: Tensor<4>,
    /// The noise, [1, 1, 28, 28].
    pub eps: Tensor<4>,
    /// √ᾱ_t·x_0 + √(1−ᾱ_t)·ε, [1, 1, 28, 28].
    pub x_t: Tensor<4>,
}

impl Noisy {
    /// The image that a question names, under this schedule.
    ///
    /// # Errors
    /// If it is no image, or t is not below T.
    pub fn of(ctx: &Context, schedule: &Schedule, asked: &NoisyImage) -> Result<Self, String> {
        let x0 = image(ctx, &asked.image)?;
        let eps = standard_gaussian(ctx, asked.seed, EPS, 1);
        let level = level(schedule, asked.t)?;
        Ok(Self {
            t: asked.t as usize,
            level,
            x_t: q_sample_at(x0.clone(), eps.clone(), level.alpha_bar),
            x0,
            eps,
        })
    }
}

/// The image of 784 bytes, [1, 1, 28, 28].
///
/// # Errors
/// If there are not as many bytes.
pub(super) fn image(ctx: &Context, bytes: &[u8]) -> Result<Tensor<4>, String> {
    if bytes.len() != PIXELS {
        return Err(format!(
            "An image has {PIXELS} pixels, and this one {}.",
            bytes.len()
        ));
    }
    Ok(tensor(ctx, from_bytes(bytes)))
}

/// 784 numbers as an image, [1, 1, 28, 28].
pub(super) fn tensor(ctx: &Context, values: Vec<f32>) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values, [1, 1, SIZE, SIZE]), ctx.device())
}

/// ε of a question's `seed`, [1, 1, 28, 28].
pub(super) fn eps_of(ctx: &Context, seed: u32) -> Tensor<4> {
    standard_gaussian(ctx, seed, EPS, 1)
}

/// Standard Gaussian noise of the streams `first` and on, [count, 1, 28, 28].
pub(super) fn standard_gaussian(ctx: &Context, seed: u32, first: u64, count: usize) -> Tensor<4> {
    let noise = Gaussians {
        seed: seed.into(),
        purpose: Purpose::Explanation,
        first,
        used: 0,
    };
    gaussian(ctx, noise, [count, 1, SIZE, SIZE])
}

/// The schedule at step `t`.
///
/// # Errors
/// If there is no such step.
pub(super) fn level(schedule: &Schedule, t: u32) -> Result<Level, String> {
    let at = t as usize;
    let timesteps = schedule.timesteps();
    if at >= timesteps {
        return Err(format!(
            "There is no step {t}: this schedule has T = {timesteps}, so t is at most {}.",
            timesteps - 1
        ));
    }
    let alpha_bar = schedule.alpha_bars()[at];
    Ok(Level {
        t,
        beta: schedule.betas()[at],
        alpha_bar,
        signal: alpha_bar.sqrt(),
        noise: (1.0 - alpha_bar).sqrt(),
        snr: schedule.snr(at),
    })
}

/// The pixel's place in an image.
///
/// # Errors
/// If there is no such pixel.
pub(super) fn pixel_index(pixel: u32) -> Result<usize, String> {
    let at = pixel as usize;
    if at < PIXELS {
        Ok(at)
    } else {
        Err(format!("There is no pixel {pixel}: the last is 783."))
    }
}

/// What the network says of images at a t each.
///
/// # Shapes
/// * `x_t`: [B, 1, 28, 28], B the number of `times`
///
/// # Errors
/// If the network knows no such class.
pub(super) fn predict(
    model: &Model,
    x_t: Tensor<4>,
    times: &[usize],
    class: Option<u8>,
) -> Result<ModelPrediction, String> {
    let config = model.config();
    let label = class.unwrap_or(NO_CLASS);
    let class = config
        .class_index(label)
        .ok_or_else(|| format!("These weights know no class {label}."))?;
    let device = model.context().device();
    let ints = |values: Vec<i32>| {
        let shape = [values.len()];
        Tensor::<1, Int>::from_data(TensorData::new(values, shape), device)
    };
    let rows = model
        .times
        .rows(ints(times.iter().map(|&t| t as i32).collect()));
    let output = model.forward(x_t.clone(), rows, ints(vec![class; times.len()]));
    let (output, variance) = split_variance(output);
    Ok(ModelPrediction {
        x_t,
        output,
        variance,
        prediction: model.prediction,
    })
}

/// Read images back at once.
///
/// # Shapes
/// * `images`: [1, 1, 28, 28] each
///
/// # Errors
/// If the device does not give them back.
pub(super) async fn read_images<const N: usize>(
    images: [Tensor<4>; N],
) -> Result<[Vec<f32>; N], String> {
    let all = read(Tensor::cat(images.to_vec(), 0)).await?;
    let mut each = all.chunks_exact(PIXELS);
    Ok(std::array::from_fn(|_| {
        each.next().unwrap_or_default().to_vec()
    }))
}
