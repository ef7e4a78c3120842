//! 3×3 convolution with stride 1 by Winograd's F(2×2, 3×3) (Lavin & Gray 2016, "Fast algorithms for convolutional neural
//! networks", arXiv 1509.09308, section 4.1).
//!
//! The algorithm computes 2×2 pixels Y of the target from the 4×4 pixels d of the source that they depend on, with 16
//! multiplications in place of 36:
//!
//! Y = Aᵀ ((G g Gᵀ) ⊙ (Bᵀ d B)) A,
//!
//! where g is the 3×3 kernel and ⊙ multiplies element by element. Summed over source channels, each of the 16 entries is
//! a matrix product of its own, tiles × source channels × target channels. The sums and differences of the transforms
//! cost about a tenth of what the saved products would.
//!
//! `tiling` divides an image into tiles, `stages` has the three stages of a band of them.

mod stages;
mod tiling;

use macerator::{Scalar, Simd};

use self::stages::{multiply, transform_output, transform_source};
use self::tiling::{ENTRIES, Scratch, Tiling};
use crate::conv::layout::bias_of;
use crate::conv::tile::tile_width;
use crate::parallel::for_each_chunk;
use crate::plan::{Plan, Tap};

/// The fewest source channels for which the algorithm is used. With fewer, the transforms cost more than they save, and
/// they add roundings: with a dozen source channels, ten steps of DDIM were off by 1.4e-4 in the end, where the direct
/// way is off by at most 1e-4.
const MIN_SOURCE_CHANNELS: usize = 32;
/// The narrowest target for which the algorithm is used. In a narrower one, half of each vector that transforms a row of
/// four tiles is empty. With 64 channels, AVX-512 and both cores, the algorithm took 0.78 times as long as the direct way
/// at 14 pixels, and 1.33 times as long at 7.
const MIN_WIDTH: usize = 12;

/// Whether the algorithm can carry out `plan` with these numbers of channels and is faster than the direct way.
pub fn is_applicable(plan: &Plan, source: usize, target: usize) -> bool {
    let stride_1 = plan.passes.len() == 1 && plan.passes[0].cols.stride == 1;
    let kernel_3x3 = plan.taps().count() == 9;
    let wide = plan.target[1] >= MIN_WIDTH;
    stride_1
        && kernel_3x3
        && wide
        && source >= MIN_SOURCE_CHANNELS
        && target.is_multiple_of(lanes())
}

#[macerator::with_simd]
fn lanes<S: Simd>() -> usize {
    f32::lanes::<S>()
}

/// The transformed weights G g Gᵀ of every pair of channels, in the order in which tiles read them:
/// `[entry][block][source channel][tile width]`, the target channels filled up with zeros to whole blocks.
///
/// `weight(s, t, entry)` is an entry of the kernel between source channel s and target channel t.
pub fn pack(
    plan: &Plan,
    source: usize,
    target: usize,
    weight: impl Fn(usize, usize, usize) -> f32,
) -> Vec<f32> {
    let width = tile_width();
    let size = target.div_ceil(width) * source * width;
    let mut values = vec![0.0; ENTRIES * size];
    // The kernel's entry at each offset: in order for the convolution, turned by half a turn for the input's gradient.
    let mut kernel = [0; 9];
    for Tap { offset, entries } in plan.taps() {
        kernel[3 * offset[0] + offset[1]] = entries[0];
    }
    // G times a column of three.
    let kernel_transform_1d = |[a, b, c]: [f32; 3]| [a, (a + b + c) / 2.0, (a - b + c) / 2.0, c];
    for t in 0..target {
        for s in 0..source {
            let g = kernel.map(|entry| weight(s, t, entry));
            let rows =
                [0, 1, 2].map(|y| kernel_transform_1d([g[3 * y], g[3 * y + 1], g[3 * y + 2]]));
            let first = (t / width * source + s) * width + t % width;
            for x in 0..4 {
                let column = kernel_transform_1d(rows.map(|row| row[x]));
                for (y, value) in column.into_iter().enumerate() {
                    values[(4 * y + x) * size + first] = value;
                }
            }
        }
    }
    values
}

/// [`apply`](crate::conv::apply()) with weights from [`pack`].
pub fn apply(
    plan: &Plan,
    panels: &[f32],
    [source, target]: [usize; 2],
    images: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    let tiling = Tiling::new(plan, source, target);
    let [height, width] = plan.target;
    let from = height * width * source;
    let to = height * width * target;
    let mut out = vec![0.0; images.len() / from * to];
    let no_bias = vec![0.0; target];
    for_each_chunk(
        &mut out,
        to,
        || Scratch::new(tiling),
        |scratch, image, target| {
            scratch.fill(tiling, width, &images[image * from..][..from]);
            let bias = bias.map_or(&no_bias[..], |bias| bias_of(bias, tiling.target, image));
            apply_one(tiling, plan.target, panels, scratch, bias, target);
        },
    );
    out
}

/// Computes one image, whose padded copy is in `scratch`, band by band.
#[macerator::with_simd]
fn apply_one<S: Simd>(
    tiling: Tiling,
    size: [usize; 2],
    panels: &[f32],
    scratch: &mut Scratch,
    bias: &[f32],
    target: &mut [f32],
) {
    let [rows, cols] = tiling.tiles;
    for first in (0..rows).step_by(tiling.band) {
        let band = tiling.band.min(rows - first);
        transform_source::<S>(
            tiling,
            first,
            band,
            &scratch.padded_image,
            &mut scratch.transformed,
        );
        multiply::<S>(
            tiling,
            band * cols,
            panels,
            &scratch.transformed,
            &mut scratch.products,
        );
        transform_output::<S>(tiling, size, first, band, &scratch.products, bias, target);
    }
}
