//! 3×3 convolution with stride 1 by Winograd's F(2×2, 3×3) (Lavin & Gray 2016, arXiv 1509.09308):
//! 2×2 pixels Y of the target from 4×4 of the source, d, with 16 multiplications in the place of 36,
//!
//! Y = Aᵀ ((G g Gᵀ) ⊙ (Bᵀ d B)) A.
//!
//! Each of the 16 entries is a matrix product of its own, tiles × source channels × target channels. The
//! sums and differences around it cost about a tenth of what the products save.

use macerator::{Scalar, Simd, Vector, vload_unaligned, vstore_unaligned};

use super::apply::bias_of;
use super::loops::VECTORS;
use super::tile::Tiles;
use super::tile_width;
use crate::parallel::pieces;
use crate::plan::{Plan, Tap};

/// Entries of a transformed tile.
const ENTRIES: usize = 16;
/// Tiles whose transforms are in the second cache at a time.
const BAND: usize = 64;
/// Fewer source channels are not worth the transforms, nor the few more roundings: with a dozen, ten steps of
/// DDIM were 1.4e-4 off in the end, which is at most 1e-4 the direct way.
const LEAST: usize = 32;
/// And narrower images are not: half of the vectors that transform a row of four tiles is empty. With 64
/// channels, AVX-512 and both cores, F(2×2, 3×3) took 0.78 times as long as the direct way at 14 pixels,
/// and 1.33 times as long at 7.
const NARROWEST: usize = 12;
/// Room for a vector that is written or read across the end of a row.
const SLACK: usize = 16;

/// Whether a convolution can be done so, and is worth it.
pub fn suits(plan: &Plan, source: usize, target: usize) -> bool {
    let dense = plan.passes.len() == 1 && plan.passes[0].cols.stride == 1;
    let three = plan.taps().count() == 9;
    let wide = plan.target[1] >= NARROWEST;
    dense && three && wide && source >= LEAST && target.is_multiple_of(lanes())
}

#[macerator::with_simd]
fn lanes<S: Simd>() -> usize {
    f32::lanes::<S>()
}

/// G g Gᵀ of every pair of channels as tiles read it, [entry][block][source channel][tile width], the
/// target channels filled up with zeros to whole blocks. `weight(s, t, entry)`: the kernel's entries.
pub fn pack(
    plan: &Plan,
    source: usize,
    target: usize,
    weight: impl Fn(usize, usize, usize) -> f32,
) -> Vec<f32> {
    let width = tile_width();
    let size = target.div_ceil(width) * source * width;
    let mut values = vec![0.0; ENTRIES * size];
    // Which of the kernel's entries meets which pixel: the gradient's is turned by half a turn.
    let mut kernel = [0; 9];
    for Tap { offset, entries } in plan.taps() {
        kernel[3 * offset[0] + offset[1]] = entries[0];
    }
    let spread = |[a, b, c]: [f32; 3]| [a, (a + b + c) / 2.0, (a - b + c) / 2.0, c];
    for t in 0..target {
        for s in 0..source {
            let g = kernel.map(|entry| weight(s, t, entry));
            let rows = [0, 1, 2].map(|y| spread([g[3 * y], g[3 * y + 1], g[3 * y + 2]]));
            let first = (t / width * source + s) * width + t % width;
            for x in 0..4 {
                for (y, value) in spread(rows.map(|row| row[x])).into_iter().enumerate() {
                    values[(4 * y + x) * size + first] = value;
                }
            }
        }
    }
    values
}

/// How an image is cut up.
#[derive(Clone, Copy)]
struct Cut {
    /// Tiles down and across.
    tiles: [usize; 2],
    /// Rows of tiles in a band.
    band: usize,
    source: usize,
    target: usize,
    /// `target`, filled up to whole blocks.
    padded: usize,
}

impl Cut {
    fn new(plan: &Plan, source: usize, target: usize) -> Self {
        let tiles = plan.target.map(|n| n.div_ceil(2));
        Self {
            tiles,
            band: (BAND / tiles[1]).clamp(1, tiles[0]),
            source,
            target,
            padded: target.next_multiple_of(tile_width()),
        }
    }

    /// Columns of one parity in a row of the frame.
    fn half(self) -> usize {
        self.tiles[1] + 1
    }

    /// Floats from row to row of the frame, [row][channel][parity][column / 2].
    fn row(self) -> usize {
        self.source * 2 * self.half()
    }

    fn frame(self) -> usize {
        (2 * self.tiles[0] + 2) * self.row() + SLACK
    }

    /// Floats from channel to channel of the transformed source, [entry][channel][tile].
    fn channel(self) -> usize {
        self.band * self.tiles[1] + SLACK
    }

    /// Floats from entry to entry of the products, [entry][tile][target channel].
    fn entry(self) -> usize {
        self.band * self.tiles[1] * self.padded
    }
}

/// What one image needs, used for one after the other. The frame's edge is never written.
struct Scratch {
    frame: Vec<f32>,
    transformed: Vec<f32>,
    products: Vec<f32>,
}

impl Scratch {
    fn new(cut: Cut) -> Self {
        Self {
            frame: vec![0.0; cut.frame()],
            transformed: vec![0.0; ENTRIES * cut.source * cut.channel()],
            products: vec![0.0; ENTRIES * cut.entry()],
        }
    }

    /// Put an image, [H, W, C], into the frame, columns apart by parity: the transform then reads whole
    /// vectors.
    fn fill(&mut self, cut: Cut, width: usize, image: &[f32]) {
        let (channels, half) = (cut.source, cut.half());
        for (y, row) in image.chunks_exact(width * channels).enumerate() {
            let frame = &mut self.frame[(y + 1) * cut.row()..][..cut.row()];
            for (x, pixel) in row.chunks_exact(channels).enumerate() {
                let first = (x + 1) % 2 * half + x.div_ceil(2);
                let column = frame[first..].iter_mut().step_by(2 * half);
                column.zip(pixel).for_each(|(to, from)| *to = *from);
            }
        }
    }
}

/// See [`super::apply`]. `panels`: from [`pack`].
pub fn apply(
    plan: &Plan,
    panels: &[f32],
    [source, target]: [usize; 2],
    images: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    let cut = Cut::new(plan, source, target);
    let [height, width] = plan.target;
    let from = height * width * source;
    let to = height * width * target;
    let mut out = vec![0.0; images.len() / from * to];
    let none = vec![0.0; target];
    pieces(
        &mut out,
        to,
        || Scratch::new(cut),
        |scratch, image, target| {
            scratch.fill(cut, width, &images[image * from..][..from]);
            let bias = bias.map_or(&none[..], |bias| bias_of(bias, cut.target, image));
            apply_one(cut, plan.target, panels, scratch, bias, target);
        },
    );
    out
}

/// One image.
#[macerator::with_simd]
fn apply_one<S: Simd>(
    cut: Cut,
    size: [usize; 2],
    panels: &[f32],
    scratch: &mut Scratch,
    bias: &[f32],
    target: &mut [f32],
) {
    let [rows, cols] = cut.tiles;
    for first in (0..rows).step_by(cut.band) {
        let band = cut.band.min(rows - first);
        transform::<S>(cut, first, band, &scratch.frame, &mut scratch.transformed);
        multiply::<S>(
            cut,
            band * cols,
            panels,
            &scratch.transformed,
            &mut scratch.products,
        );
        finish::<S>(cut, size, first, band, &scratch.products, bias, target);
    }
}

/// An array of what `value` is for 0 … 3, written out: a closure would not be compiled for the processor
/// that the function around it is for.
macro_rules! four {
    (|$index:ident| $value:expr) => {
        [
            {
                let $index = 0;
                $value
            },
            {
                let $index = 1;
                $value
            },
            {
                let $index = 2;
                $value
            },
            {
                let $index = 3;
                $value
            },
        ]
    };
}

/// Bᵀ, of four numbers or vectors.
#[inline(always)]
fn differences<S: Simd>([a, b, c, d]: [Vector<S, f32>; 4]) -> [Vector<S, f32>; 4] {
    [a - c, b + c, c - b, b - d]
}

/// Bᵀ d B of the tiles in `band` rows from row `first` on.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "a column of an array of rows")]
fn transform<S: Simd>(cut: Cut, first: usize, band: usize, frame: &[f32], to: &mut [f32]) {
    let lanes = f32::lanes::<S>();
    let (half, row, channel) = (cut.half(), cut.row(), cut.channel());
    let [rows, cols] = cut.tiles;
    let across = cols.next_multiple_of(lanes);
    assert!(lanes <= SLACK && first + band <= rows && band <= cut.band);
    assert!(frame.len() >= cut.frame() && to.len() >= ENTRIES * cut.source * channel);
    for r in 0..band {
        for c in 0..cut.source {
            for x in (0..across).step_by(lanes) {
                // SAFETY: the last row read is 2·(rows − 1) + 3 of 2·rows + 2, the last tile written is
                // band·cols − 1 of its channel; what a vector takes beyond its row is in the next one, or
                // in the slack.
                unsafe {
                    let start = 2 * (first + r) * row + c * 2 * half + x;
                    let lines: [[Vector<S, f32>; 4]; 4] = four!(|y| {
                        let line = frame.as_ptr().add(start + y * row);
                        differences::<S>([
                            vload_unaligned(line),
                            vload_unaligned(line.add(half)),
                            vload_unaligned(line.add(1)),
                            vload_unaligned(line.add(half + 1)),
                        ])
                    });
                    let place = to.as_mut_ptr().add(c * channel + r * cols + x);
                    for column in 0..4 {
                        let entries = differences::<S>(four!(|y| lines[y][column]));
                        for (y, entry) in entries.into_iter().enumerate() {
                            let plane = (4 * y + column) * cut.source * channel;
                            vstore_unaligned(place.add(plane), entry);
                        }
                    }
                }
            }
        }
    }
}

/// The 16 matrix products of `tiles` tiles.
#[inline(always)]
fn multiply<S: Simd>(
    cut: Cut,
    tiles: usize,
    panels: &[f32],
    transformed: &[f32],
    products: &mut [f32],
) {
    let width = VECTORS * f32::lanes::<S>();
    let many_registers = f32::lanes::<S>() == 16;
    let panel = cut.source * width;
    let none = [0.0; VECTORS * SLACK];
    for entry in 0..ENTRIES {
        let source = &transformed[entry * cut.source * cut.channel()..];
        for block in 0..cut.padded / width {
            let panel = &panels[(entry * (cut.padded / width) + block) * panel..][..panel];
            let mut first = 0;
            macro_rules! tiles {
                ($pixels:literal, $count:expr) => {{
                    let count = $count;
                    let tiles = Tiles {
                        taps: &[0],
                        source: &source[first..],
                        source_channels: cut.source,
                        source_channel: cut.channel(),
                        target_pixel: cut.padded,
                        panel,
                        bias: &none,
                        target_channels: width,
                        count,
                    };
                    let start = entry * cut.entry() + first * cut.padded + block * width;
                    tiles.run::<S, $pixels, 1>(&mut products[start..]);
                    first += count * $pixels;
                }};
            }
            // 56, 49 and 16 tiles are 4 × 14, 3 × 14 + 7 and 2 × 8.
            while first < tiles {
                match tiles - first {
                    14 | 21.. if many_registers => tiles!(14, 1),
                    8..=13 | 16 if many_registers => tiles!(8, 1),
                    7.. if many_registers => tiles!(7, 1),
                    left @ 4.. => tiles!(4, left / 4),
                    2.. => tiles!(2, 1),
                    _ => tiles!(1, 1),
                }
            }
        }
    }
}

/// Aᵀ, of four vectors.
#[inline(always)]
fn sums<S: Simd>([a, b, c, d]: [Vector<S, f32>; 4]) -> [Vector<S, f32>; 2] {
    [a + b + c, b - c - d]
}

/// Aᵀ m A of the tiles in `band` rows from row `first` on, and the bias, to the pixels that exist.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "a column of an array of rows")]
fn finish<S: Simd>(
    cut: Cut,
    [height, width]: [usize; 2],
    first: usize,
    band: usize,
    products: &[f32],
    bias: &[f32],
    target: &mut [f32],
) {
    let lanes = f32::lanes::<S>();
    let cols = cut.tiles[1];
    assert!(products.len() >= ENTRIES * cut.entry() && band <= cut.band);
    assert!(bias.len() >= cut.target && cut.target.is_multiple_of(lanes));
    assert!(target.len() >= height * width * cut.target);
    for tile in 0..band * cols {
        let [y, x] = [2 * (first + tile / cols), 2 * (tile % cols)];
        for channel in (0..cut.target).step_by(lanes) {
            // SAFETY: inside the slices, as just asserted; pixels outside the image are left out.
            unsafe {
                let place = products.as_ptr().add(tile * cut.padded + channel);
                let columns: [[Vector<S, f32>; 2]; 4] = four!(|column| {
                    sums::<S>(four!(|row| {
                        vload_unaligned(place.add((4 * row + column) * cut.entry()))
                    }))
                });
                let bias: Vector<S, f32> = vload_unaligned(bias.as_ptr().add(channel));
                for row in 0..2 {
                    let pair = sums::<S>(four!(|column| columns[column][row]));
                    for (column, value) in pair.into_iter().enumerate() {
                        let [y, x] = [y + row, x + column];
                        if y < height && x < width {
                            let pixel = (y * width + x) * cut.target + channel;
                            vstore_unaligned(target.as_mut_ptr().add(pixel), value + bias);
                        }
                    }
                }
            }
        }
    }
}
