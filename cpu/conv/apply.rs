//! The convolution itself, and the gradient of its input.

use macerator::{Scalar, Simd, Vector, vload_unaligned, vstore_unaligned};

use super::{Frame, Ready, VECTORS, by_channel, ready, tile_width, winograd};
use crate::parallel::pieces;
use crate::plan::Plan;

/// The widest tile in floats: two AVX-512 vectors.
const WIDEST: usize = VECTORS * 16;

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
                macro_rules! tile {
                    ($pixels:literal, $stride:literal) => {{
                        let tile = Tile {
                            taps: &pass.taps,
                            source: &source.values[source_start + col * $stride..],
                            source_channels: from,
                            source_channel,
                            panel,
                            bias: &bias[channel..],
                            target_pixel: pass.cols.step * to,
                            target_channels: panels.width.min(to - channel),
                        };
                        let first = pass.cols.start + col * pass.cols.step;
                        let target = &mut target[(target_row + first) * to + channel..];
                        tile.run::<S, $pixels, $stride>(target);
                        col += $pixels;
                    }};
                    // The stride is known to the compiler, for the sake of short addresses.
                    ($pixels:literal) => {
                        match pass.cols.stride {
                            1 => tile!($pixels, 1),
                            _ => tile!($pixels, 2),
                        }
                    };
                }
                // Tiles as wide as the registers hold; 28, 14 and 7 pixels come out even.
                while col < pass.cols.size {
                    match pass.cols.size - col {
                        14.. if many_registers => tile!(14),
                        7.. if many_registers => tile!(7),
                        4.. => tile!(4),
                        2.. => tile!(2),
                        _ => tile!(1),
                    }
                }
            }
        }
    }
}

/// Neighbouring pixels of a row, times the target channels of a block.
pub struct Tile<'a> {
    pub taps: &'a [usize],
    /// From the first pixel on.
    pub source: &'a [f32],
    pub source_channels: usize,
    /// Floats from channel to channel of the source, and from pixel to pixel of the tile in the
    /// target.
    pub source_channel: usize,
    pub target_pixel: usize,
    /// [tap][source channel][tile width]
    pub panel: &'a [f32],
    pub bias: &'a [f32],
    /// How many of the tile's channels exist.
    pub target_channels: usize,
}

impl Tile<'_> {
    /// `target`: from the first pixel's first channel on. `STRIDE`: floats from pixel to pixel of the
    /// tile in the source.
    #[inline(always)]
    pub fn run<S: Simd, const PIXELS: usize, const STRIDE: usize>(&self, target: &mut [f32]) {
        let lanes = f32::lanes::<S>();
        let width = VECTORS * lanes;
        let channels = self.source_channels;
        let last = (PIXELS - 1) * STRIDE + (channels - 1) * self.source_channel;
        let reach = self.taps.iter().max().map_or(0, |tap| tap + last + 1);
        assert!(self.source.len() >= reach && self.bias.len() >= width);
        assert!(self.panel.len() >= self.taps.len() * channels * width);
        assert!(target.len() >= (PIXELS - 1) * self.target_pixel + self.target_channels);
        // SAFETY: every address is inside its slice, as just asserted.
        unsafe {
            let first: [Vector<S, f32>; VECTORS] =
                std::array::from_fn(|v| vload_unaligned(self.bias.as_ptr().add(v * lanes)));
            let mut sums = [first; PIXELS];
            let mut weights = self.panel.as_ptr();
            for &tap in self.taps {
                let mut source = self.source.as_ptr().add(tap);
                for _ in 0..channels {
                    let w: [Vector<S, f32>; VECTORS] =
                        std::array::from_fn(|v| vload_unaligned(weights.add(v * lanes)));
                    weights = weights.add(width);
                    for (pixel, sums) in sums.iter_mut().enumerate() {
                        let x = (*source.add(pixel * STRIDE)).splat::<S>();
                        for (sum, &w) in sums.iter_mut().zip(&w) {
                            *sum = x.mul_add(w, *sum);
                        }
                    }
                    // Past the end after the last channel, where nothing is read.
                    source = source.wrapping_add(self.source_channel);
                }
            }
            if self.target_channels == width {
                for (pixel, sums) in sums.into_iter().enumerate() {
                    let target = target.as_mut_ptr().add(pixel * self.target_pixel);
                    for (v, sum) in sums.into_iter().enumerate() {
                        vstore_unaligned(target.add(v * lanes), sum);
                    }
                }
            } else {
                let mut whole = [0.0; WIDEST];
                for (pixel, sums) in sums.into_iter().enumerate() {
                    for (v, sum) in sums.into_iter().enumerate() {
                        vstore_unaligned(whole.as_mut_ptr().add(v * lanes), sum);
                    }
                    target[pixel * self.target_pixel..][..self.target_channels]
                        .copy_from_slice(&whole[..self.target_channels]);
                }
            }
        }
    }
}
