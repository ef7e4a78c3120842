//! Carrying out a [`Plan`]: the convolution, or the gradient of its input.

use macerator::Simd;

use super::layout::{PaddedImage, PassOffsets, bias_of, by_channel, pass_offsets};
use super::tile::{Tiles, tile_width};
use super::winograd;
use crate::parallel::for_each_chunk;
use crate::plan::Plan;

/// The weights of a convolution, packed in the order in which the loops over tiles read them.
pub struct Panels {
    /// `[block][tap][source channel][tile width]`, where a block is a tile's width of target channels, the last one filled
    /// up with zeros; or what [`winograd::pack`] returns.
    values: Vec<f32>,
    /// Whether [`winograd`] packed them and carries out the plan.
    winograd: bool,
    /// The number of target channels in a tile.
    width: usize,
    /// The number of source channels.
    source: usize,
    /// The number of target channels.
    target: usize,
}

impl Panels {
    /// Packs the weights for [`apply`] with a forward `plan`.
    ///
    /// # Shapes
    /// * `weight`: [out, in, k, k], the four numbers that follow it
    ///
    /// # Panics
    /// If `weight` is shorter than its shape says.
    pub fn forward(plan: &Plan, weight: &[f32], [output, input, kh, kw]: [usize; 4]) -> Self {
        let kernel_start = |source, target| (target * input + source) * kh * kw;
        Self::pack(plan, weight, input, output, kernel_start)
    }

    /// Packs the weights for [`apply`] with a backward `plan`, which turns the output's gradient into the input's.
    ///
    /// # Shapes
    /// * `weight`: [out, in, k, k], the four numbers that follow it
    ///
    /// # Panics
    /// If `weight` is shorter than its shape says.
    pub fn backward(plan: &Plan, weight: &[f32], [output, input, kh, kw]: [usize; 4]) -> Self {
        let kernel_start = |source, target| (source * input + target) * kh * kw;
        Self::pack(plan, weight, output, input, kernel_start)
    }

    /// `kernel_start(s, t)` is where the k × k entries between source channel s and target channel t begin in `weight`.
    fn pack(
        plan: &Plan,
        weight: &[f32],
        source: usize,
        target: usize,
        kernel_start: impl Fn(usize, usize) -> usize,
    ) -> Self {
        let width = tile_width();
        if winograd::is_applicable(plan, source, target) {
            let weight = |s, t, entry| weight[kernel_start(s, t) + entry];
            return Self {
                values: winograd::pack(plan, source, target, weight),
                winograd: true,
                width,
                source,
                target,
            };
        }
        let taps = plan.taps().count();
        let mut values = vec![0.0; target.div_ceil(width) * taps * source * width];
        for t in 0..target {
            let block = t / width * taps * source * width + t % width;
            for (index, tap) in plan.taps().enumerate() {
                let panel = &mut values[block + index * source * width..];
                for s in 0..source {
                    let kernel = &weight[kernel_start(s, t)..];
                    panel[s * width] = tap.entries.iter().map(|&entry| kernel[entry]).sum();
                }
            }
        }
        Self {
            values,
            winograd: false,
            width,
            source,
            target,
        }
    }

    /// The number of blocks of target channels.
    fn blocks(&self) -> usize {
        self.target.div_ceil(self.width)
    }
}

/// Carries out a plan on a batch of images: a convolution with a forward plan, the gradient of its input with a backward
/// one. `panels` must have been packed for the same plan.
///
/// # Shapes
/// * `images`: [B, H, W, source], with [H, W] the plan's `source` and B = `batch`
/// * `bias`: `[target]`, shared by the batch, or [B, target]; zero if it is `None`
/// * result: [B, H', W', target], with [H', W'] the plan's `target`
///
/// # Panics
/// If `images` has another length than its shape says, or `bias` is shorter.
pub fn apply(
    plan: &Plan,
    panels: &Panels,
    images: &[f32],
    bias: Option<&[f32]>,
    batch: usize,
) -> Vec<f32> {
    let from = plan.source[0] * plan.source[1] * panels.source;
    let to = plan.target[0] * plan.target[1] * panels.target;
    assert_eq!(images.len(), batch * from, "a whole batch of images");
    if panels.winograd {
        let channels = [panels.source, panels.target];
        return winograd::apply(plan, &panels.values, channels, images, bias);
    }
    let strides = by_channel(plan, panels.source);
    let passes = pass_offsets(plan, strides);
    let mut out = vec![0.0; batch * to];
    let scratch = || {
        (
            PaddedImage::new(plan, strides),
            vec![0.0; panels.blocks() * panels.width],
        )
    };
    for_each_chunk(
        &mut out,
        to,
        scratch,
        |(padded, padded_bias), image, target| {
            padded.fill(plan, panels.source, &images[image * from..][..from]);
            if let Some(bias) = bias {
                padded_bias[..panels.target].copy_from_slice(bias_of(bias, panels.target, image));
            }
            apply_one(plan, &passes, panels, padded, padded_bias, target);
        },
    );
    out
}

/// Carries out the plan on one image. `bias` is filled up to whole blocks.
#[macerator::with_simd]
fn apply_one<S: Simd>(
    plan: &Plan,
    passes: &[PassOffsets],
    panels: &Panels,
    source: &PaddedImage,
    bias: &[f32],
    target: &mut [f32],
) {
    let (from, to) = (panels.source, panels.target);
    let [source_row, _, source_channel] = source.strides;
    let [_, target_width] = plan.target;
    let panel_size = plan.taps().count() * from * panels.width;
    for block in 0..panels.blocks() {
        let channel = block * panels.width;
        for pass in passes {
            let panel = &panels.values[block * panel_size + pass.first_tap * from * panels.width..];
            for row in 0..pass.rows.size {
                let source_start = row * pass.rows.stride * source_row;
                let target_row = (pass.rows.start + row * pass.rows.step) * target_width;
                let tiles = Tiles {
                    taps: &pass.taps,
                    source: &source.values[source_start..],
                    source_channels: from,
                    source_channel,
                    panel,
                    bias: &bias[channel..],
                    target_pixel: pass.cols.step * to,
                    target_channels: panels.width.min(to - channel),
                };
                let target = &mut target[(target_row + pass.cols.start) * to + channel..];
                // The stride is a constant of the loop, which gives it shorter address computations.
                match pass.cols.stride {
                    1 => tiles.row::<S, 1>(pass.cols.size, target),
                    _ => tiles.row::<S, 2>(pass.cols.size, target),
                }
            }
        }
    }
}
