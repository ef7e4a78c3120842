//! The gradient of a convolution's weights: the products of input and output gradient, summed over pixels.

use macerator::{Scalar, Simd, Vector};

use super::layout::{PaddedImage, PassOffsets, by_pixel, pass_offsets};
use super::loops::{Band, VECTORS, sum_products};
use super::tile::tile_width;
use crate::parallel::for_each_chunk;
use crate::plan::Plan;

/// The number of partial sums into which a batch is divided, each a task for a thread. It is fixed, so that values are
/// added in the same order on every run and every machine, however many threads there are.
const PARTS: usize = if cfg!(target_arch = "wasm32") { 1 } else { 4 };

/// The gradient of a convolution's weights, from its input and the gradient of its output. `plan` is the forward plan.
///
/// # Shapes
/// * `images`: [B, H, W, in], with [H, W] the plan's `source`
/// * `gradients`: [B, H', W', out], with [H', W'] the plan's `target`
/// * `[output, input]`: the numbers of channels, out and in
/// * `entries`: k·k, the number of entries of the kernel
/// * result: [out, in, k, k]
///
/// # Panics
/// If `images` is empty, or `gradients` is shorter than its shape says.
pub fn weight_gradient(
    plan: &Plan,
    images: &[f32],
    gradients: &[f32],
    [output, input]: [usize; 2],
    entries: usize,
) -> Vec<f32> {
    let strides = by_pixel(plan, input);
    let passes = pass_offsets(plan, strides);
    let from = plan.source[0] * plan.source[1] * input;
    let pixels = plan.target[0] * plan.target[1];
    let batch = images.len() / from;
    let padded = output.next_multiple_of(tile_width());
    let taps = plan.taps().count();
    // [part][tap][source channel][padded target channel]
    let size = taps * input * padded;
    let parts = PARTS.min(batch);
    let part_size = batch.div_ceil(parts);
    let mut sums = vec![0.0; parts * size];
    let scratch = || (PaddedImage::new(plan, strides), vec![0.0; pixels * padded]);
    for_each_chunk(
        &mut sums,
        size,
        scratch,
        |(source, padded_gradient), part, sums| {
            for image in part * part_size..batch.min((part + 1) * part_size) {
                source.fill(plan, input, &images[image * from..][..from]);
                let gradient = &gradients[image * pixels * output..][..pixels * output];
                let gradient = if padded == output {
                    gradient
                } else {
                    let pixels = padded_gradient.chunks_exact_mut(padded);
                    for (to, from) in pixels.zip(gradient.chunks_exact(output)) {
                        to[..output].copy_from_slice(from);
                    }
                    &*padded_gradient
                };
                add_products(
                    plan,
                    &passes,
                    [input, padded],
                    &source.values,
                    gradient,
                    sums,
                );
            }
        },
    );
    let (total, others) = sums.split_at_mut(size);
    for part in others.chunks_exact(size) {
        total
            .iter_mut()
            .zip(part)
            .for_each(|(sum, &part)| *sum += part);
    }
    let mut dw = vec![0.0; output * input * entries];
    for (tap, total) in plan.taps().zip(total.chunks_exact(input * padded)) {
        for (i, row) in total.chunks_exact(padded).enumerate() {
            for (o, &sum) in row[..output].iter().enumerate() {
                let kernel = &mut dw[(o * input + i) * entries..][..entries];
                tap.entries.iter().for_each(|&entry| kernel[entry] += sum);
            }
        }
    }
    dw
}

/// Adds source·gradientᵀ, summed over the pixels of one image, to the sums of every tap,
/// `[tap][source channel][target channel]`. The target channels are filled up to whole tiles.
#[macerator::with_simd]
fn add_products<S: Simd>(
    plan: &Plan,
    passes: &[PassOffsets],
    channels: [usize; 2],
    source: &[f32],
    gradient: &[f32],
    sums: &mut [f32],
) {
    let [from, to] = channels;
    let [_, source_width] = plan.padded();
    let [_, target_width] = plan.target;
    let width = VECTORS * f32::lanes::<S>();
    // Sixteen lanes mean AVX-512, which has 32 registers where others have 16.
    let many_registers = f32::lanes::<S>() == 16;
    for pass in passes {
        // About a hundred pixels of source and gradient stay in the first-level cache while all taps go over them.
        let band = (112 / pass.cols.size.max(1)).max(1);
        for first in (0..pass.rows.size).step_by(band) {
            let rows = band.min(pass.rows.size - first);
            let source_row = first * pass.rows.stride * source_width * from;
            let target_row = (pass.rows.start + first * pass.rows.step) * target_width;
            for block in (0..to).step_by(width) {
                for (index, &tap) in pass.taps.iter().enumerate() {
                    let mut channel = 0;
                    macro_rules! products {
                        ($channels:literal) => {{
                            let products = Products {
                                source: &source[source_row + tap + channel..],
                                source_row: pass.rows.stride * source_width * from,
                                source_pixel: pass.cols.stride * from,
                                gradient: &gradient[(target_row + pass.cols.start) * to + block..],
                                gradient_row: pass.rows.step * target_width * to,
                                gradient_pixel: pass.cols.step * to,
                                size: [rows, pass.cols.size],
                            };
                            let start = ((pass.first_tap + index) * from + channel) * to + block;
                            products.add::<S, $channels>(&mut sums[start..], to);
                            channel += $channels;
                        }};
                    }
                    while channel < from {
                        match from - channel {
                            8.. if many_registers => products!(8),
                            4.. => products!(4),
                            _ => products!(1),
                        }
                    }
                }
            }
        }
    }
}

/// The safe interface to [`sum_products`], which sums over a band of rows: see [`Band`], which holds the same as pointers.
struct Products<'a> {
    /// The source from the first pixel's first channel on.
    source: &'a [f32],
    /// Floats between the source positions of neighbouring rows of the band.
    source_row: usize,
    /// Floats between the source positions of neighbouring pixels of a row.
    source_pixel: usize,
    /// The output gradient from the first pixel's first channel of the block on.
    gradient: &'a [f32],
    /// Floats between neighbouring rows of the band in the gradient.
    gradient_row: usize,
    /// Floats between neighbouring pixels of a row in the gradient.
    gradient_pixel: usize,
    /// The number of rows, and of pixels in a row.
    size: [usize; 2],
}

impl Products<'_> {
    /// Adds the products of `CHANNELS` source channels with the block's target channels to `sums`, which starts at the
    /// first source channel's row; rows are `stride` floats apart.
    ///
    /// # Panics
    /// If a slice is too short for what the loop touches.
    #[inline(always)]
    fn add<S: Simd, const CHANNELS: usize>(&self, sums: &mut [f32], stride: usize) {
        let width = VECTORS * f32::lanes::<S>();
        let [rows, cols] = self.size;
        if rows == 0 || cols == 0 {
            return;
        }
        let reach = |row, pixel, last| (rows - 1) * row + (cols - 1) * pixel + last;
        assert!(self.source.len() >= reach(self.source_row, self.source_pixel, CHANNELS));
        assert!(self.gradient.len() >= reach(self.gradient_row, self.gradient_pixel, width));
        assert!(sums.len() >= (CHANNELS - 1) * stride + width);
        let band = Band {
            source: self.source.as_ptr(),
            source_row: self.source_row,
            source_pixel: self.source_pixel,
            gradient: self.gradient.as_ptr(),
            gradient_row: self.gradient_row,
            gradient_pixel: self.gradient_pixel,
            rows,
            cols,
            sums: sums.as_mut_ptr(),
            sums_row: stride,
        };
        #[cfg(target_arch = "wasm32")]
        if let Some(relaxed) = crate::relaxed_simd::products(CHANNELS) {
            // SAFETY: the assertions above cover the last float that the loop reads from each slice and the last that it
            // writes; `relaxed` is `sum_products` compiled for other vectors.
            return unsafe { relaxed(&band) };
        }
        // SAFETY: the assertions above cover the last float that the loop reads from each slice and the last that it writes.
        unsafe { sum_products::<Vector<S, f32>, CHANNELS>(&band) }
    }
}
