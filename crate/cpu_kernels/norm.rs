//! Group normalisation with SiLU, forward and backward.
//!
//! Written as loops over long slices, which the compiler turns into SIMD. A pixel's channels would be
//! too short a run, so everything there is once per channel (means, scales, sums) is laid out repeated,
//! to match a stretch of several pixels.

#![allow(
    clippy::extra_unused_type_parameters,
    reason = "`with_simd` wants the parameter: it stands for the features that a loop is compiled with"
)]

use crate::parallel::pieces;

/// Floats in a stretch, roughly.
const STRETCH: usize = 256;

/// One normalisation, over images of `pixels` pixels.
pub struct Norm<'a> {
    pub pixels: usize,
    /// Scale and shift, [C] each.
    pub weight: &'a [f32],
    pub bias: &'a [f32],
    pub groups: usize,
    /// Added to the variance.
    pub eps: f32,
    pub silu: bool,
}

/// Of one image: mean and 1/σ of its group for each channel.
struct Statistics {
    mean: Vec<f32>,
    inverse: Vec<f32>,
}

impl Norm<'_> {
    fn channels(&self) -> usize {
        self.weight.len()
    }

    /// Floats in an image.
    fn size(&self) -> usize {
        self.pixels * self.channels()
    }

    /// Sums of each group's channels, given to each of its channels, over the pixels of a group.
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
        let mut inverse = vec![0.0; self.channels()];
        add_squares(image, &mean, &mut inverse);
        self.group_means(&mut inverse);
        for v in &mut inverse {
            *v = 1.0 / (*v + self.eps).sqrt();
        }
        Statistics { mean, inverse }
    }

    /// The whole as z = scale·x + shift for each channel.
    fn scale_and_shift(&self, of: &Statistics) -> [Vec<f32>; 2] {
        let scale: Vec<f32> = self
            .weight
            .iter()
            .zip(&of.inverse)
            .map(|(w, i)| w * i)
            .collect();
        let shift = self
            .bias
            .iter()
            .zip(&of.mean)
            .zip(&scale)
            .map(|((b, m), s)| b - m * s);
        let shift = shift.collect();
        [scale, shift]
    }

    /// [B, H, W, C] → the same.
    pub fn forward(&self, images: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; images.len()];
        let size = self.size();
        pieces(
            &mut out,
            size,
            || (),
            |(), image, out| {
                let image = &images[image * size..][..size];
                let [scale, shift] = self.scale_and_shift(&self.statistics(image));
                activate(image, &scale, &shift, self.silu, out);
            },
        );
        out
    }

    /// Gradients with respect to images, weight and bias.
    pub fn backward(&self, images: &[f32], gradients: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let channels = self.channels();
        let size = self.size();
        // An image's dx, then its share of dweight and dbias: one piece of work, one piece of memory.
        let mut out = vec![0.0; images.len() / size * (size + 2 * channels)];
        pieces(
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
        for piece in out.chunks_exact(size + 2 * channels) {
            dx.extend_from_slice(&piece[..size]);
            sums.iter_mut()
                .zip(&piece[size..])
                .for_each(|(sum, v)| *sum += v);
        }
        let dbias = sums.split_off(channels);
        (dx, sums, dbias)
    }

    fn backward_one(
        &self,
        image: &[f32],
        gradient: &[f32],
        dx: &mut [f32],
        dweight: &mut [f32],
        dbias: &mut [f32],
    ) {
        let of = self.statistics(image);
        let [scale, shift] = self.scale_and_shift(&of);
        // dx holds dz, the gradient before the activation, for now.
        deactivate(image, gradient, &scale, &shift, self.silu, dx);
        add_pixels(dx, dbias);
        add_centred_products(dx, image, &of.mean, dweight);
        dweight
            .iter_mut()
            .zip(&of.inverse)
            .for_each(|(d, i)| *d *= i);

        // With n = (x − mean)/σ the normal image and d = weight·dz its gradient:
        // dx = (d − mean(d) − n·mean(d·n))/σ, here as dx = scale·dz − slope·x − offset.
        let per_channel = |sums: &[f32]| {
            let mut sums: Vec<f32> = sums.iter().zip(self.weight).map(|(s, w)| s * w).collect();
            self.group_means(&mut sums);
            sums
        };
        let (mean, along) = (per_channel(dbias), per_channel(dweight));
        let slope: Vec<f32> = along
            .iter()
            .zip(&of.inverse)
            .map(|(a, i)| a * i * i)
            .collect();
        let offset: Vec<f32> = (0..self.channels())
            .map(|c| mean[c] * of.inverse[c] - of.mean[c] * slope[c])
            .collect();
        finish(dx, image, &scale, &slope, &offset);
    }
}

/// σ(x), to a few units in the last place of 1: tanh as a ratio of polynomials (the one that Eigen
/// and XNNPACK use), because `exp` would not become SIMD.
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

/// A value per channel, repeated over a stretch of whole pixels.
#[inline(always)]
fn repeated(per_channel: &[f32]) -> Vec<f32> {
    per_channel.repeat((STRETCH / per_channel.len()).max(1))
}

/// Fold a stretch of sums onto the channels.
#[inline(always)]
fn fold(stretch: &[f32], sums: &mut [f32]) {
    for pixel in stretch.chunks_exact(sums.len()) {
        sums.iter_mut().zip(pixel).for_each(|(sum, v)| *sum += v);
    }
}

/// sums += Σ over pixels of x; `sums`: [C].
#[macerator::with_simd]
pub fn add_pixels<S: macerator::Simd>(x: &[f32], sums: &mut [f32]) {
    let mut stretch = repeated(sums);
    stretch.fill(0.0);
    for x in x.chunks(stretch.len()) {
        stretch.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
    }
    fold(&stretch, sums);
}

/// sums += Σ over pixels of (x − mean)².
#[macerator::with_simd]
fn add_squares<S: macerator::Simd>(x: &[f32], mean: &[f32], sums: &mut [f32]) {
    let mean = repeated(mean);
    let mut stretch = vec![0.0; mean.len()];
    for x in x.chunks(mean.len()) {
        for ((sum, x), mean) in stretch.iter_mut().zip(x).zip(&mean) {
            let centred = x - mean;
            *sum += centred * centred;
        }
    }
    fold(&stretch, sums);
}

/// sums += Σ over pixels of d·(x − mean).
#[macerator::with_simd]
fn add_centred_products<S: macerator::Simd>(d: &[f32], x: &[f32], mean: &[f32], sums: &mut [f32]) {
    let mean = repeated(mean);
    let mut stretch = vec![0.0; mean.len()];
    for (d, x) in d.chunks(mean.len()).zip(x.chunks(mean.len())) {
        for (((sum, d), x), mean) in stretch.iter_mut().zip(d).zip(x).zip(&mean) {
            *sum += d * (x - mean);
        }
    }
    fold(&stretch, sums);
}

/// y = f(scale·x + shift), f the identity or SiLU.
#[macerator::with_simd]
fn activate<S: macerator::Simd>(
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

/// dz = dy·f'(z) with z = scale·x + shift.
#[macerator::with_simd]
fn deactivate<S: macerator::Simd>(
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

/// dx = scale·dx − slope·x − offset.
#[macerator::with_simd]
fn finish<S: macerator::Simd>(
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
