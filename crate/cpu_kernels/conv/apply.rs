//! The convolution itself, and the gradient of its input.

use macerator::{Scalar, Simd};

use super::tile::Tiles;
use super::{Frame, Ready, by_channel, ready, tile_width, winograd};
use crate::parallel::pieces;
use crate::plan::Plan;

/// The weights of a convolution as tiles read them.
pub struct Panels {
    /// [block][tap][source channel][tile width], the target channels filled up with zeros to whole tiles;
    /// or as [`winograd::pack`] has them.
    values: Vec<f32>,
    winograd: bool,
    width: usize,
    source: usize,
    target: usize,
}

impl Panels {
    /// For the output. `weight`: [out, in, k, k].
    pub fn forward(plan: &Plan, weight: &[f32], [output, input, kh, kw]: [usize; 4]) -> Self {
        let at = |source, target| (target * input + source) * kh * kw;
        Self::pack(plan, weight, input, output, at)
    }

    /// For the gradient of the input. `weight`: [out, in, k, k].
    pub fn backward(plan: &Plan, weight: &[f32], [output, input, kh, kw]: [usize; 4]) -> Self {
        let at = |source, target| (source * input + target) * kh * kw;
        Self::pack(plan, weight, output, input, at)
    }

    fn pack(
        plan: &Plan,
        weight: &[f32],
        source: usize,
        target: usize,
        at: impl Fn(usize, usize) -> usize,
    ) -> Self {
        let width = tile_width();
        if winograd::suits(plan, source, target) {
            let weight = |s, t, entry| weight[at(s, t) + entry];
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
                    let kernel = &weight[at(s, t)..];
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

    fn blocks(&self) -> usize {
        self.target.div_ceil(self.width)
    }
}

/// Carry out a plan on a batch of images, [B, H, W, source] → [B, H', W', target].
///
/// `bias`: [target] or [B, target].
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
    let passes = ready(plan, strides);
    let mut out = vec![0.0; batch * to];
    let scratch = || {
        (
            Frame::new(plan, strides),
            vec![0.0; panels.blocks() * panels.width],
        )
    };
    pieces(
        &mut out,
        to,
        scratch,
        |(frame, padded_bias), image, target| {
            frame.fill(plan, panels.source, &images[image * from..][..from]);
            if let Some(bias) = bias {
                padded_bias[..panels.target].copy_from_slice(bias_of(bias, panels.target, image));
            }
            apply_one(plan, &passes, panels, frame, padded_bias, target);
        },
    );
    out
}

/// The row of `bias`, [target] or [B, target], that is for an image.
pub fn bias_of(bias: &[f32], target: usize, image: usize) -> &[f32] {
    let first = if bias.len() == target {
        0
    } else {
        image * target
    };
    &bias[first..][..target]
}

/// One image.
#[macerator::with_simd]
fn apply_one<S: Simd>(
    plan: &Plan,
    passes: &[Ready],
    panels: &Panels,
    source: &Frame,
    bias: &[f32],
    target: &mut [f32],
) {
    let (from, to) = (panels.source, panels.target);
    let [source_row, _, source_channel] = source.strides;
    let [_, target_width] = plan.target;
    let panel_size = plan.taps().count() * from * panels.width;
    let many_registers = f32::lanes::<S>() == 16;
    for block in 0..panels.blocks() {
        let channel = block * panels.width;
        for pass in passes {
            let panel = &panels.values[block * panel_size + pass.first * from * panels.width..];
            for row in 0..pass.rows.size {
                let source_start = row * pass.rows.stride * source_row;
                let target_row = (pass.rows.start + row * pass.rows.step) * target_width;
                let mut col = 0;
                macro_rules! tiles {
                    ($pixels:literal, $stride:literal, $count:expr) => {{
                        let count = $count;
                        let tiles = Tiles {
                            taps: &pass.taps,
                            source: &source.values[source_start + col * $stride..],
                            source_channels: from,
                            source_channel,
                            panel,
                            bias: &bias[channel..],
                            target_pixel: pass.cols.step * to,
                            target_channels: panels.width.min(to - channel),
                            count,
                        };
                        let first = pass.cols.start + col * pass.cols.step;
                        let target = &mut target[(target_row + first) * to + channel..];
                        tiles.run::<S, $pixels, $stride>(target);
                        col += count * $pixels;
                    }};
                    // The stride is known to the compiler, for the sake of short addresses.
                    ($pixels:literal, $count:expr) => {
                        match pass.cols.stride {
                            1 => tiles!($pixels, 1, $count),
                            _ => tiles!($pixels, 2, $count),
                        }
                    };
                }
                // Tiles as wide as the registers hold; 28, 14 and 7 pixels come out even.
                while col < pass.cols.size {
                    match pass.cols.size - col {
                        14.. if many_registers => tiles!(14, 1),
                        7.. if many_registers => tiles!(7, 1),
                        left @ 4.. => tiles!(4, left / 4),
                        2.. => tiles!(2, 1),
                        _ => tiles!(1, 1),
                    }
                }
            }
        }
    }
}
