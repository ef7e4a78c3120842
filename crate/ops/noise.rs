//! Gaussian noise made where it is needed: on the device.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, TensorMetadata};
use burn::tensor::{Shape, Tensor, TensorData};

use super::{Context, Kernels};
use crate::rng::{Purpose, Stream};

/// The noise of a batch: row k, an image, has the Gaussians of the stream (`seed`, `purpose`, `first` + k) after its
/// first `used` words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gaussians {
    pub seed: u64,
    pub purpose: Purpose,
    pub first: u64,
    /// Even: Gaussians are made in pairs.
    pub used: u32,
}

impl Gaussians {
    /// The same on the CPU, [rows, width].
    pub fn values(&self, rows: usize, width: usize) -> Vec<f32> {
        let mut values = vec![0.0; rows * width];
        for (id, row) in (self.first..).zip(values.chunks_mut(width)) {
            let mut stream = Stream::new(self.seed, self.purpose, id);
            for _ in 0..self.used {
                stream.word();
            }
            stream.fill_gaussian(row);
        }
        values
    }

    /// As `shaders/noise/philox.wgsl` has them.
    pub fn words(&self) -> [u32; 6] {
        debug_assert!(self.used.is_multiple_of(2));
        let halves = |word: u64| [word as u32, (word >> 32) as u32];
        let ([seed, seed_high], [first, first_high]) = (halves(self.seed), halves(self.first));
        let purpose = self.purpose as u32;
        [seed, seed_high, purpose, first, first_high, self.used]
    }
}

/// See [`gaussian`], made on the CPU.
pub fn gaussian_reference<B: Backend>(
    anchor: FloatTensor<B>,
    noise: Gaussians,
    shape: [usize; 4],
) -> FloatTensor<B> {
    let [rows, width] = [shape[0], shape[1..].iter().product()];
    let values = noise.values(rows, width);
    B::float_from_data(TensorData::new(values, shape), &anchor.device())
}

/// See [`q_sample`], in burn's own operations.
pub fn q_sample_reference<B: Kernels>(
    x0: FloatTensor<B>,
    rates: FloatTensor<B>,
    noise: Gaussians,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let shape @ [rows, ..] = x0.shape().dims::<4>();
    let eps = gaussian_reference::<B>(x0.clone(), noise, shape);
    let rate = |column: usize| {
        let rate = B::float_slice(rates.clone(), &[(..).into(), (column..column + 1).into()]);
        B::float_reshape(rate, Shape::from([rows, 1, 1, 1]))
    };
    let x_t = B::float_add(
        B::float_mul(x0, rate(0)),
        B::float_mul(eps.clone(), rate(1)),
    );
    (x_t, eps)
}

/// Standard Gaussian noise. The same numbers on every device, to the last bits of a logarithm, a sine and a cosine.
pub fn gaussian(ctx: &Context, noise: Gaussians, shape: [usize; 4]) -> Tensor<4> {
    let anchor = Tensor::<1>::empty([1], ctx.device());
    Tensor::from_dispatch(Dispatch::gaussian(
        ctx,
        anchor.into_dispatch(),
        noise,
        shape,
    ))
}

/// x_t = √ᾱ·x_0 + √(1−ᾱ)·ε (Ho et al. 2020, eq. 4) and ε, made on the device.
///
/// * `x0`: [B, 1, H, W]
/// * `alpha_bars`: B of them
pub fn q_sample(
    ctx: &Context,
    x0: Tensor<4>,
    alpha_bars: &[f64],
    noise: Gaussians,
) -> (Tensor<4>, Tensor<4>) {
    let rates: Vec<f32> = alpha_bars
        .iter()
        .flat_map(|alpha_bar| [alpha_bar.sqrt() as f32, (1.0 - alpha_bar).sqrt() as f32])
        .collect();
    let shape = [alpha_bars.len(), 2];
    let rates = Tensor::<2>::from_data(TensorData::new(rates, shape), &x0.device());
    let (x_t, eps) = Dispatch::q_sample(ctx, x0.into_dispatch(), rates.into_dispatch(), noise);
    (Tensor::from_dispatch(x_t), Tensor::from_dispatch(eps))
}
