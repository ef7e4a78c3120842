//! Convolution in register tiles.
//!
//! A tile is a few neighbouring pixels times [`VECTORS`] SIMD vectors of output channels, held in
//! registers while all taps and source channels are added up: each step loads the vectors of weights
//! once and multiplies them by one number of each pixel. There is no im2col; the image is copied once
//! into a frame of zeros, which stays in the cache.

use macerator::{Scalar, Simd, Vector, vload_unaligned, vstore_unaligned};

use crate::parallel::pieces;
use crate::plan::{Axis, Plan};

/// SIMD vectors of target channels in a tile.
const VECTORS: usize = 2;
/// The widest tile in floats: two AVX-512 vectors.
const WIDEST: usize = VECTORS * 16;
/// Partial sums of the gradient of the weights. A fixed number, so that the sum is the same on
/// every run, whatever the threads do.
const PARTS: usize = if cfg!(target_arch = "wasm32") { 1 } else { 4 };

/// Target channels in a tile on this processor.
#[macerator::with_simd]
fn tile_width<S: Simd>() -> usize {
    VECTORS * f32::lanes::<S>()
}

/// The weights of a convolution as tiles read them: [block][tap][source channel][tile width], the
/// target channels filled up with zeros to whole tiles.
pub struct Panels {
    values: Vec<f32>,
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
            width,
            source,
            target,
        }
    }

    fn blocks(&self) -> usize {
        self.target.div_ceil(self.width)
    }
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
    let strides = by_channel(plan, panels.source);
    let passes = ready(plan, strides);
    let from = plan.source[0] * plan.source[1] * panels.source;
    let to = plan.target[0] * plan.target[1] * panels.target;
    assert_eq!(images.len(), batch * from, "a whole batch of images");
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
                let first = if bias.len() == panels.target {
                    0
                } else {
                    image * panels.target
                };
                padded_bias[..panels.target].copy_from_slice(&bias[first..][..panels.target]);
            }
            apply_one(plan, &passes, panels, frame, padded_bias, target);
        },
    );
    out
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
struct Tile<'a> {
    taps: &'a [usize],
    /// From the first pixel on.
    source: &'a [f32],
    source_channels: usize,
    /// Floats from channel to channel of the source, and from pixel to pixel of the tile in the
    /// target.
    source_channel: usize,
    target_pixel: usize,
    /// [tap][source channel][tile width]
    panel: &'a [f32],
    bias: &'a [f32],
    /// How many of the tile's channels exist.
    target_channels: usize,
}

impl Tile<'_> {
    /// `target`: from the first pixel's first channel on. `STRIDE`: floats from pixel to pixel of the
    /// tile in the source.
    #[inline(always)]
    fn run<S: Simd, const PIXELS: usize, const STRIDE: usize>(&self, target: &mut [f32]) {
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
        let lanes = f32::lanes::<S>();
        let width = VECTORS * lanes;
        let [rows, cols] = self.size;
        if rows == 0 || cols == 0 {
            return;
        }
        let reach = |row, pixel, last| (rows - 1) * row + (cols - 1) * pixel + last;
        assert!(self.source.len() >= reach(self.source_row, self.source_pixel, CHANNELS));
        assert!(self.gradient.len() >= reach(self.gradient_row, self.gradient_pixel, width));
        assert!(sums.len() >= (CHANNELS - 1) * stride + width);
        // SAFETY: every address is inside its slice, as just asserted.
        unsafe {
            let place = |channel: usize, v: usize| channel * stride + v * lanes;
            let mut tile: [[Vector<S, f32>; VECTORS]; CHANNELS] = std::array::from_fn(|c| {
                std::array::from_fn(|v| vload_unaligned(sums.as_ptr().add(place(c, v))))
            });
            for row in 0..rows {
                let mut source = self.source.as_ptr().add(row * self.source_row);
                let mut gradient = self.gradient.as_ptr().add(row * self.gradient_row);
                for _ in 0..cols {
                    let g: [Vector<S, f32>; VECTORS] =
                        std::array::from_fn(|v| vload_unaligned(gradient.add(v * lanes)));
                    for (channel, tile) in tile.iter_mut().enumerate() {
                        let x = (*source.add(channel)).splat::<S>();
                        for (sum, &g) in tile.iter_mut().zip(&g) {
                            *sum = x.mul_add(g, *sum);
                        }
                    }
                    // Past the end after the last pixel, where nothing is read.
                    source = source.wrapping_add(self.source_pixel);
                    gradient = gradient.wrapping_add(self.gradient_pixel);
                }
            }
            for (c, tile) in tile.into_iter().enumerate() {
                for (v, sum) in tile.into_iter().enumerate() {
                    vstore_unaligned(sums.as_mut_ptr().add(place(c, v)), sum);
                }
            }
        }
    }
}
