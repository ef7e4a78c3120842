//! The gradient of a convolution's weights: products of source and gradient, summed over pixels.

use macerator::{Scalar, Simd, Vector};

use super::loops::{Band, VECTORS, products};
use super::{Frame, Ready, by_pixel, ready, tile_width};
use crate::parallel::pieces;
use crate::plan::Plan;

/// Partial sums of the gradient of the weights. A fixed number, so that the sum is the same on
/// every run, whatever the threads do.
const PARTS: usize = if cfg!(target_arch = "wasm32") { 1 } else { 4 };

/// The gradient of the weights, [out, in, k, k] (`entries` = k·k), for the forward `plan`, from
/// the input [B, H, W, in] and the gradient of the output [B, H', W', out].
pub fn weight_gradient(
    plan: &Plan,
    images: &[f32],
    gradients: &[f32],
    [output, input]: [usize; 2],
    entries: usize,
) -> Vec<f32> {
    let strides = by_pixel(plan, input);
    let passes = ready(plan, strides);
    let from = plan.source[0] * plan.source[1] * input;
    let pixels = plan.target[0] * plan.target[1];
    let batch = images.len() / from;
    let padded = output.next_multiple_of(tile_width());
    let taps = plan.taps().count();
    // [part][tap][source channel][padded target channel]
    let size = taps * input * padded;
    let parts = PARTS.min(batch);
    let share = batch.div_ceil(parts);
    let mut sums = vec![0.0; parts * size];
    let scratch = || (Frame::new(plan, strides), vec![0.0; pixels * padded]);
    pieces(
        &mut sums,
        size,
        scratch,
        |(frame, padded_gradient), part, sums| {
            for image in part * share..batch.min((part + 1) * share) {
                frame.fill(plan, input, &images[image * from..][..from]);
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
                    &frame.values,
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

/// Add source·gradientᵀ over the pixels of one image, for every tap.
#[macerator::with_simd]
fn add_products<S: Simd>(
    plan: &Plan,
    passes: &[Ready],
    channels: [usize; 2],
    source: &[f32],
    gradient: &[f32],
    sums: &mut [f32],
) {
    let [from, to] = channels;
    let [_, source_width] = plan.padded();
    let [_, target_width] = plan.target;
    let width = VECTORS * f32::lanes::<S>();
    let many_registers = f32::lanes::<S>() == 16;
    for pass in passes {
        // About a hundred pixels at a time stay in the first cache.
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
                            let start = ((pass.first + index) * from + channel) * to + block;
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

/// A band of rows: some source channels times the target channels of a block, summed over pixels.
struct Products<'a> {
    /// From the first pixel's first channel on, and so below.
    source: &'a [f32],
    /// Floats between neighbouring rows and pixels of the band.
    source_row: usize,
    source_pixel: usize,
    gradient: &'a [f32],
    gradient_row: usize,
    gradient_pixel: usize,
    /// Rows and pixels a row.
    size: [usize; 2],
}

impl Products<'_> {
    /// `sums`: from the first source channel's row on; rows are `stride` apart.
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
            // SAFETY: every address is inside its slice, as just asserted.
            return unsafe { relaxed(&band) };
        }
        // SAFETY: as above.
        unsafe { products::<Vector<S, f32>, CHANNELS>(&band) }
    }
}
