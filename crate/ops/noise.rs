//! Gaussian noise that the device makes itself, so that none is uploaded: [`gaussian`], and [`q_sample`] for training.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, TensorMetadata};
use burn::tensor::{Shape, Tensor, TensorData};

use super::{Context, Kernels};
use crate::rng::{Purpose, Stream};

/// Names the Gaussian numbers of a batch: row k (an image) takes those of the Philox stream (`seed`, `purpose`, `first` + k)
/// that follow after the stream's first `used` words ([`crate::rng`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gaussians {
    /// The run's or the draw's seed.
    pub seed: u64,
    /// What the numbers are used for; streams of different purposes are independent.
    pub purpose: Purpose,
    /// The id of row 0; row k has `first` + k.
    pub first: u64,
    /// The number of words of each stream that are used already. It must be even, because Gaussians are made in pairs.
    pub used: u32,
}

impl Gaussians {
    /// The numbers, computed on the CPU.
    ///
    /// # Shapes
    /// result: `rows` rows of `width` numbers
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

    /// The six words that name the stream in the shaders (`row_gaussians` in `shaders/noise/philox.wgsl`).
    pub fn words(&self) -> [u32; 6] {
        debug_assert!(self.used.is_multiple_of(2));
        let halves = |word: u64| [word as u32, (word >> 32) as u32];
        let ([seed, seed_high], [first, first_high]) = (halves(self.seed), halves(self.first));
        let purpose = self.purpose as u32;
        [seed, seed_high, purpose, first, first_high, self.used]
    }
}

/// [`gaussian`], computed on the CPU and uploaded to the device of `anchor`.
pub fn gaussian_reference<B: Backend>(
    anchor: FloatTensor<B>,
    noise: Gaussians,
    shape: [usize; 4],
) -> FloatTensor<B> {
    let [rows, width] = [shape[0], shape[1..].iter().product()];
    let values = noise.values(rows, width);
    B::float_from_data(TensorData::new(values, shape), &anchor.device())
}

/// [`q_sample`] in burn's own operations; `factors`: √ᾱ and √(1−ᾱ) of each image, [B, 2].
pub fn q_sample_reference<B: Kernels>(
    x0: FloatTensor<B>,
    factors: FloatTensor<B>,
    noise: Gaussians,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let shape @ [rows, ..] = x0.shape().dims::<4>();
    let eps = gaussian_reference::<B>(x0.clone(), noise, shape);
    let factor = |column: usize| {
        let factor = B::float_slice(factors.clone(), &[(..).into(), (column..column + 1).into()]);
        B::float_reshape(factor, Shape::from([rows, 1, 1, 1]))
    };
    let x_t = B::float_add(
        B::float_mul(x0, factor(0)),
        B::float_mul(eps.clone(), factor(1)),
    );
    (x_t, eps)
}

/// Standard Gaussian noise. Every device gives the same numbers, but for the last bits of a logarithm, a sine and a cosine.
///
/// # Shapes
/// result: `shape`; the first dimension counts the rows of `noise`
pub fn gaussian(ctx: &Context, noise: Gaussians, shape: [usize; 4]) -> Tensor<4> {
    let anchor = Tensor::<1>::empty([1], ctx.device());
    Tensor::from_dispatch(Dispatch::gaussian(
        ctx,
        anchor.into_dispatch(),
        noise,
        shape,
    ))
}

/// x_t = √ᾱ·x_0 + √(1−ᾱ)·ε (Ho et al. 2020, eq. 4) and the noise ε, which the device makes.
///
/// # Shapes
/// * `x0` and both results: [B, 1, H, W]
/// * `alpha_bars`: ᾱ_t of each image, B numbers
pub fn q_sample(
    ctx: &Context,
    x0: Tensor<4>,
    alpha_bars: &[f64],
    noise: Gaussians,
) -> (Tensor<4>, Tensor<4>) {
    let factors: Vec<f32> = alpha_bars
        .iter()
        .flat_map(|alpha_bar| [alpha_bar.sqrt() as f32, (1.0 - alpha_bar).sqrt() as f32])
        .collect();
    let shape = [alpha_bars.len(), 2];
    let factors = Tensor::<2>::from_data(TensorData::new(factors, shape), &x0.device());
    let (x_t, eps) = Dispatch::q_sample(ctx, x0.into_dispatch(), factors.into_dispatch(), noise);
    (Tensor::from_dispatch(x_t), Tensor::from_dispatch(eps))
}
