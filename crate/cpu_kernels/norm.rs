//! Group normalisation (Wu & He 2018, arXiv 1803.08494) with an optional SiLU after it, forward and backward.
//!
//! The loops go over long slices, so that the compiler turns them into SIMD. The channels of one pixel would be too short
//! for that. Values that exist once per channel (means, scales, sums) are therefore repeated to the length of a block of
//! several whole pixels, and the loops go over an image block by block.

#![allow(
    clippy::extra_unused_type_parameters,
    reason = "`with_simd` needs the parameter: it stands for the processor features that a loop is compiled for"
)]

use crate::parallel::for_each_chunk;

/// The approximate number of floats in a block of whole pixels.
const BLOCK: usize = 256;

/// A group normalisation: y = f(weight·(x − mean)/σ + bias), with mean and σ² = variance + `eps` over the pixels and
/// channels of a group of one image, and f the identity or SiLU.
pub struct Norm<'a> {
    /// The number of pixels in an image, H·W.
    pub pixels: usize,
    /// The scale of each channel, `[C]`.
    pub weight: &'a [f32],
    /// The shift of each channel, `[C]`.
    pub bias: &'a [f32],
    /// The number of groups of neighbouring channels, which divides C.
    pub groups: usize,
    /// The number that is added to the variance.
    pub eps: f32,
    /// Whether SiLU is applied to the result.
    pub silu: bool,
}

/// The statistics of one image, for each channel those of its group.
struct Statistics {
    /// The mean, `[C]`.
    mean: Vec<f32>,
    /// 1/σ, `[C]`.
    inverse_std: Vec<f32>,
}

impl Norm<'_> {
    /// C, the number of channels.
    fn channels(&self) -> usize {
        self.weight.len()
    }

    /// The number of floats in an image.
    fn size(&self) -> usize {
        self.pixels * self.channels()
    }

    /// Turns sums over the pixels of each channel into the mean over each group, which all of the group's channels get.
    fn group_means(&self, per_channel: &mut [f32]) {
        let width = self.channels() / self.groups;
        let count = (width * self.pixels) as f32;
        for group in per_channel.chunks_exact_mut(width) {
            let mean = group.iter().sum::<f32>() / count;
            group.fill(mean);
        }
    }

    fn statistics(&self, image: &[f32]) -> Statistics {
        let mut mean = vec![0.0; self.channels()];
        add_pixels(image, &mut mean);
        self.group_means(&mut mean);
        let mut inverse_std = vec![0.0; self.channels()];
        add_squares(image, &mean, &mut inverse_std);
        self.group_means(&mut inverse_std);
        for v in &mut inverse_std {
            *v = 1.0 / (*v + self.eps).sqrt();
        }
        Statistics { mean, inverse_std }
    }

    /// The normalisation of an image, without the activation, as z = scale·x + shift for each channel.
    fn scale_and_shift(&self, statistics: &Statistics) -> [Vec<f32>; 2] {
        let scale: Vec<f32> = self
            .weight
            .iter()
            .zip(&statistics.inverse_std)
            .map(|(w, i)| w * i)
            .collect();
        let shift = self
            .bias
            .iter()
            .zip(&statistics.mean)
            .zip(&scale)
            .map(|((b, m), s)| b - m * s);
        let shift = shift.collect();
        [scale, shift]
    }

    /// Normalises a batch of images.
    ///
    /// # Shapes
    /// * `images` and the result: [B, H, W, C]
    ///
    /// # Panics
    /// If the lengths of `images`, `weight` and `bias` do not fit together.
    pub fn forward(&self, images: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; images.len()];
        let size = self.size();
        for_each_chunk(
            &mut out,
            size,
            || (),
            |(), image, out| {
                let image = &images[image * size..][..size];
                let [scale, shift] = self.scale_and_shift(&self.statistics(image));
                scale_shift_activate(image, &scale, &shift, self.silu, out);
            },
        );
        out
    }

    /// The gradients with respect to images, weight and bias, in this order. `gradients` is that of the output.
    ///
    /// # Shapes
    /// * `images`, `gradients` and the first result: [B, H, W, C]
    /// * the second and the third result: `[C]`
    ///
    /// # Panics
    /// If the lengths of `images`, `gradients`, `weight` and `bias` do not fit together.
    pub fn backward(&self, images: &[f32], gradients: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let channels = self.channels();
        let size = self.size();
        // The results of one image are a chunk: its dx, then the terms that it contributes to dweight and dbias.
        let mut out = vec![0.0; images.len() / size * (size + 2 * channels)];
        for_each_chunk(
            &mut out,
            size + 2 * channels,
            || (),
            |(), index, out| {
                let image = &images[index * size..][..size];
                let gradient = &gradients[index * size..][..size];
                let (dx, rest) = out.split_at_mut(size);
                let (dweight, dbias) = rest.split_at_mut(channels);
                self.backward_one(image, gradient, dx, dweight, dbias);
            },
        );
        let mut dx = Vec::with_capacity(images.len());
        let mut sums = vec![0.0; 2 * channels];
        for chunk in out.chunks_exact(size + 2 * channels) {
            dx.extend_from_slice(&chunk[..size]);
            sums.iter_mut()
                .zip(&chunk[size..])
                .for_each(|(sum, v)| *sum += v);
        }
        let dbias = sums.split_off(channels);
        (dx, sums, dbias)
    }

    /// The gradients of one image, and what it contributes to those of weight and bias, which are 0 before.
    fn backward_one(
        &self,
        image: &[f32],
        gradient: &[f32],
        dx: &mut [f32],
        dweight: &mut [f32],
        dbias: &mut [f32],
    ) {
        let statistics = self.statistics(image);
        let [scale, shift] = self.scale_and_shift(&statistics);
        // Until the last line dx holds dz, the gradient with respect to the activation's input.
        activation_gradient(image, gradient, &scale, &shift, self.silu, dx);
        add_pixels(dx, dbias);
        add_centred_products(dx, image, &statistics.mean, dweight);
        dweight
            .iter_mut()
            .zip(&statistics.inverse_std)
            .for_each(|(d, i)| *d *= i);

        // With n = (x − mean)/σ, the normalised image, and d = weight·dz, the gradient with respect to n,
        // dx = (d − mean(d) − n·mean(d·n))/σ. Sorted by dz and x this is dx = scale·dz − slope·x − offset.
        let per_channel = |sums: &[f32]| {
            let mut sums: Vec<f32> = sums.iter().zip(self.weight).map(|(s, w)| s * w).collect();
            self.group_means(&mut sums);
            sums
        };
        let (mean_d, mean_d_n) = (per_channel(dbias), per_channel(dweight));
        let slope: Vec<f32> = mean_d_n
            .iter()
            .zip(&statistics.inverse_std)
            .map(|(a, i)| a * i * i)
            .collect();
        let offset: Vec<f32> = (0..self.channels())
            .map(|c| mean_d[c] * statistics.inverse_std[c] - statistics.mean[c] * slope[c])
            .collect();
        input_gradient(dx, image, &scale, &slope, &offset);
    }
}

/// The logistic sigmoid of x, with an error of a few units in the last place of 1. It is computed from tanh as a ratio of
/// polynomials (the one that Eigen and XNNPACK use), because the compiler does not turn a loop with `exp` into SIMD.
#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    let x = (0.5 * x).clamp(-9.0, 9.0);
    let s = x * x;
    let p = -2.760_768_5e-16;
    let p = p * s + 2.000_188e-13;
    let p = p * s - 8.604_672e-11;
    let p = p * s + 5.122_297_1e-8;
    let p = p * s + 1.485_722_4e-5;
    let p = p * s + 6.372_619_3e-4;
    let p = p * s + 4.893_524_6e-3;
    let q = 1.198_258_4e-6;
    let q = q * s + 1.185_347_1e-4;
    let q = q * s + 2.268_434_6e-3;
    let q = q * s + 4.893_525e-3;
    0.5 + 0.5 * (x * p / q)
}

/// One value for each channel, repeated over a block of whole pixels.
#[inline(always)]
fn repeated(per_channel: &[f32]) -> Vec<f32> {
    per_channel.repeat((BLOCK / per_channel.len()).max(1))
}

/// Adds the sums of a block, which has one for each pixel and channel, to those of the channels.
#[inline(always)]
fn add_block(block: &[f32], sums: &mut [f32]) {
    for pixel in block.chunks_exact(sums.len()) {
        sums.iter_mut().zip(pixel).for_each(|(sum, v)| *sum += v);
    }
}

/// Adds to each channel's sum the channel's values of all pixels of `x`.
///
/// # Shapes
/// * `x`: [pixels, C]
/// * `sums`: `[C]`
#[macerator::with_simd]
pub fn add_pixels<S: macerator::Simd>(x: &[f32], sums: &mut [f32]) {
    let mut block = repeated(sums);
    block.fill(0.0);
    for x in x.chunks(block.len()) {
        block.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
    }
    add_block(&block, sums);
}

/// sums += Σ over pixels of (x − mean)²; `x`: [pixels, C], `mean` and `sums`: `[C]`.
#[macerator::with_simd]
fn add_squares<S: macerator::Simd>(x: &[f32], mean: &[f32], sums: &mut [f32]) {
    let mean = repeated(mean);
    let mut block = vec![0.0; mean.len()];
    for x in x.chunks(mean.len()) {
        for ((sum, x), mean) in block.iter_mut().zip(x).zip(&mean) {
            let centred = x - mean;
            *sum += centred * centred;
        }
    }
    add_block(&block, sums);
}

/// sums += Σ over pixels of d·(x − mean); `d` and `x`: [pixels, C], `mean` and `sums`: `[C]`.
#[macerator::with_simd]
fn add_centred_products<S: macerator::Simd>(d: &[f32], x: &[f32], mean: &[f32], sums: &mut [f32]) {
    let mean = repeated(mean);
    let mut block = vec![0.0; mean.len()];
    for (d, x) in d.chunks(mean.len()).zip(x.chunks(mean.len())) {
        for (((sum, d), x), mean) in block.iter_mut().zip(d).zip(x).zip(&mean) {
            *sum += d * (x - mean);
        }
    }
    add_block(&block, sums);
}

/// y = f(scale·x + shift), where f is the identity or SiLU; `x` and `y`: [pixels, C], `scale` and `shift`: `[C]`.
#[macerator::with_simd]
fn scale_shift_activate<S: macerator::Simd>(
    x: &[f32],
    scale: &[f32],
    shift: &[f32],
    silu: bool,
    y: &mut [f32],
) {
    let (scale, shift) = (repeated(scale), repeated(shift));
    for (y, x) in y.chunks_mut(scale.len()).zip(x.chunks(scale.len())) {
        let each = y.iter_mut().zip(x).zip(scale.iter().zip(&shift));
        if silu {
            for ((y, x), (scale, shift)) in each {
                let z = x * scale + shift;
                *y = z * sigmoid(z);
            }
        } else {
            for ((y, x), (scale, shift)) in each {
                *y = x * scale + shift;
            }
        }
    }
}

/// dz = dy·f'(z) with z = scale·x + shift, where f is the identity or SiLU; shapes as in [`scale_shift_activate`].
#[macerator::with_simd]
fn activation_gradient<S: macerator::Simd>(
    x: &[f32],
    dy: &[f32],
    scale: &[f32],
    shift: &[f32],
    silu: bool,
    dz: &mut [f32],
) {
    if !silu {
        dz.copy_from_slice(dy);
        return;
    }
    let (scale, shift) = (repeated(scale), repeated(shift));
    let length = scale.len();
    for ((dz, dy), x) in dz
        .chunks_mut(length)
        .zip(dy.chunks(length))
        .zip(x.chunks(length))
    {
        for (((dz, dy), x), (scale, shift)) in
            dz.iter_mut().zip(dy).zip(x).zip(scale.iter().zip(&shift))
        {
            let z = x * scale + shift;
            let s = sigmoid(z);
            *dz = dy * (s + z * s * (1.0 - s));
        }
    }
}

/// dx = scale·dx − slope·x − offset, where dx holds dz before; shapes as in [`scale_shift_activate`].
#[macerator::with_simd]
fn input_gradient<S: macerator::Simd>(
    dx: &mut [f32],
    x: &[f32],
    scale: &[f32],
    slope: &[f32],
    offset: &[f32],
) {
    let (scale, slope, offset) = (repeated(scale), repeated(slope), repeated(offset));
    let length = scale.len();
    for (dx, x) in dx.chunks_mut(length).zip(x.chunks(length)) {
        for (((dx, x), scale), (slope, offset)) in dx
            .iter_mut()
            .zip(x)
            .zip(&scale)
            .zip(slope.iter().zip(&offset))
        {
            *dx = scale * *dx - slope * x - offset;
        }
    }
}
