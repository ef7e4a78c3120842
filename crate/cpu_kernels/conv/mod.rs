//! Convolution in register tiles.
//!
//! A tile is a few neighbouring pixels times [`VECTORS`] SIMD vectors of output channels, held in
//! registers while all taps and source channels are added up: each step loads the vectors of weights
//! once and multiplies them by one number of each pixel. There is no im2col; the image is copied once
//! into a frame of zeros, which stays in the cache.

mod apply;
mod gradient;
pub(crate) mod loops;
mod tile;
mod winograd;

use macerator::{Scalar, Simd, Vector, vload_unaligned, vstore_unaligned};

use crate::plan::{Axis, Plan};

pub use apply::{Panels, apply};
pub use gradient::weight_gradient;

use loops::{Lanes, VECTORS};

impl<S: Simd> Lanes for Vector<S, f32> {
    #[inline(always)]
    fn count() -> usize {
        f32::lanes::<S>()
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        value.splat::<S>()
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's.
        unsafe { vload_unaligned(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's.
        unsafe { vstore_unaligned(to, self) }
    }

    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        Vector::mul_add(self, b, c)
    }
}

/// Target channels in a tile on this processor.
#[macerator::with_simd]
fn tile_width<S: Simd>() -> usize {
    VECTORS * f32::lanes::<S>()
}

/// A pass with its taps as distances in floats in a frame.
struct Ready {
    rows: Axis,
    cols: Axis,
    taps: Vec<usize>,
    /// Number of the first tap among those of all passes.
    first: usize,
}

fn ready(plan: &Plan, [row, pixel, _]: Strides) -> Vec<Ready> {
    let mut first = 0;
    plan.passes
        .iter()
        .map(|pass| {
            let distance = |[y, x]: [usize; 2]| y * row + x * pixel;
            let taps: Vec<_> = pass.taps.iter().map(|tap| distance(tap.offset)).collect();
            first += taps.len();
            Ready {
                rows: pass.rows,
                cols: pass.cols,
                first: first - taps.len(),
                taps,
            }
        })
        .collect()
}

/// How the numbers of a [`Frame`] lie: floats from row to row, pixel to pixel and channel to channel.
type Strides = [usize; 3];

/// [H, C, W]: neighbouring pixels of a channel are neighbours in memory.
fn by_channel(plan: &Plan, channels: usize) -> Strides {
    let [_, width] = plan.padded();
    [width * channels, 1, width]
}

/// [H, W, C], as the image itself.
fn by_pixel(plan: &Plan, channels: usize) -> Strides {
    let [_, width] = plan.padded();
    [width * channels, channels, 1]
}

/// A copy of an image in a frame of zeros that is never written, so that one frame serves many
/// images.
struct Frame {
    values: Vec<f32>,
    strides: Strides,
}

impl Frame {
    fn new(plan: &Plan, strides: Strides) -> Self {
        let [height, _] = plan.padded();
        Self {
            values: vec![0.0; height * strides[0]],
            strides,
        }
    }

    /// Put an image, [H, W, C], inside.
    fn fill(&mut self, plan: &Plan, channels: usize, image: &[f32]) {
        let [row_stride, pixel_stride, channel_stride] = self.strides;
        for (y, row) in image.chunks_exact(plan.source[1] * channels).enumerate() {
            let start = (y + plan.padding) * row_stride + plan.padding * pixel_stride;
            let frame = &mut self.values[start..];
            if channel_stride == 1 {
                frame[..row.len()].copy_from_slice(row);
                continue;
            }
            for (x, pixel) in row.chunks_exact(channels).enumerate() {
                let column = frame[x * pixel_stride..].iter_mut().step_by(channel_stride);
                column.zip(pixel).for_each(|(to, from)| *to = *from);
            }
        }
    }
}
