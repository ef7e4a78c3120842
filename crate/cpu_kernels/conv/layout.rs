//! How images, taps and biases lie in memory for the loops over tiles.

use crate::plan::{Axis, Plan};

/// How the values of a [`PaddedImage`] lie in memory: the number of floats from row to row, from pixel to pixel and from
/// channel to channel.
pub type Strides = [usize; 3];

/// The strides of [H, C, W], where neighbouring pixels of a channel are neighbours in memory.
pub fn by_channel(plan: &Plan, channels: usize) -> Strides {
    let [_, width] = plan.padded();
    [width * channels, 1, width]
}

/// The strides of [H, W, C], the layout of the images outside this crate.
pub fn by_pixel(plan: &Plan, channels: usize) -> Strides {
    let [_, width] = plan.padded();
    [width * channels, channels, 1]
}

/// A [`Pass`](crate::plan::Pass) whose taps are distances in a [`PaddedImage`].
pub struct PassOffsets {
    /// The target's rows in this pass.
    pub rows: Axis,
    /// The target's columns in this pass.
    pub cols: Axis,
    /// For each tap, the distance in floats from a pixel's source position to the pixel that the tap reads.
    pub taps: Vec<usize>,
    /// The index of the first tap among the taps of all passes, by which its weights are found.
    pub first_tap: usize,
}

/// The passes of a plan for a source with these strides.
pub fn pass_offsets(plan: &Plan, [row, pixel, _]: Strides) -> Vec<PassOffsets> {
    let mut first_tap = 0;
    plan.passes
        .iter()
        .map(|pass| {
            let distance = |[y, x]: [usize; 2]| y * row + x * pixel;
            let taps: Vec<_> = pass.taps.iter().map(|tap| distance(tap.offset)).collect();
            first_tap += taps.len();
            PassOffsets {
                rows: pass.rows,
                cols: pass.cols,
                first_tap: first_tap - taps.len(),
                taps,
            }
        })
        .collect()
}

/// A copy of an image within a border of zeros. The border is never written, so one buffer serves many images.
pub struct PaddedImage {
    /// The values, border included, laid out by `strides`.
    pub values: Vec<f32>,
    /// How the values lie.
    pub strides: Strides,
}

impl PaddedImage {
    /// A buffer of zeros for sources of `plan`.
    pub fn new(plan: &Plan, strides: Strides) -> Self {
        let [height, _] = plan.padded();
        Self {
            values: vec![0.0; height * strides[0]],
            strides,
        }
    }

    /// Copies an image, [H, W, C], inside the border.
    pub fn fill(&mut self, plan: &Plan, channels: usize, image: &[f32]) {
        let [row_stride, pixel_stride, channel_stride] = self.strides;
        for (y, row) in image.chunks_exact(plan.source[1] * channels).enumerate() {
            let start = (y + plan.padding) * row_stride + plan.padding * pixel_stride;
            let inside = &mut self.values[start..];
            if channel_stride == 1 {
                inside[..row.len()].copy_from_slice(row);
                continue;
            }
            for (x, pixel) in row.chunks_exact(channels).enumerate() {
                let column = inside[x * pixel_stride..]
                    .iter_mut()
                    .step_by(channel_stride);
                column.zip(pixel).for_each(|(to, from)| *to = *from);
            }
        }
    }
}

/// The biases of image number `image`, `[target]`, from a bias that is shared, `[target]`, or an image's own, [B, target].
pub fn bias_of(bias: &[f32], target: usize, image: usize) -> &[f32] {
    let first = if bias.len() == target {
        0
    } else {
        image * target
    };
    &bias[first..][..target]
}
