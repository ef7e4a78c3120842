//! The three stages of Winograd's algorithm for a band of tiles: the transform of the source, the 16 matrix products,
//! and the transform of the products to pixels of the target.

use macerator::{Scalar, Simd, Vector, vload_unaligned, vstore_unaligned};

use super::tiling::{ENTRIES, SLACK, Tiling};
use crate::conv::loops::VECTORS;
use crate::conv::tile::{NO_BIAS, Tiles};

/// The array of `value` for index 0 … 3, written out by the compiler. A closure in its place would not be compiled for the
/// processor that the function around it is compiled for.
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

/// Bᵀ times a column of four vectors.
#[inline(always)]
fn source_transform_1d<S: Simd>([a, b, c, d]: [Vector<S, f32>; 4]) -> [Vector<S, f32>; 4] {
    [a - c, b + c, c - b, b - d]
}

/// Aᵀ times a column of four vectors.
#[inline(always)]
fn output_transform_1d<S: Simd>([a, b, c, d]: [Vector<S, f32>; 4]) -> [Vector<S, f32>; 2] {
    [a + b + c, b - c - d]
}

/// First stage: Bᵀ d B of the tiles in `band` rows of tiles from row `first` on, a vector of neighbouring tiles at a time.
///
/// `to` receives `[entry][channel][tile]`.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "a column of an array of rows")]
pub fn transform_source<S: Simd>(
    tiling: Tiling,
    first: usize,
    band: usize,
    padded_image: &[f32],
    to: &mut [f32],
) {
    let lanes = f32::lanes::<S>();
    let (half, row, channel) = (tiling.half(), tiling.row(), tiling.channel());
    let [rows, cols] = tiling.tiles;
    let across = cols.next_multiple_of(lanes);
    assert!(lanes <= SLACK && first + band <= rows && band <= tiling.band);
    assert!(padded_image.len() >= tiling.padded_image());
    assert!(to.len() >= ENTRIES * tiling.source * channel);
    for r in 0..band {
        for c in 0..tiling.source {
            for x in (0..across).step_by(lanes) {
                // SAFETY: the last row that is read is 2·(rows − 1) + 3, and the padded image has 2·rows + 2 rows; the
                // last tile that is written is band·cols − 1 of its channel, which has room for tiling.band·cols tiles.
                // A vector that goes beyond its row or channel ends in the next one or, after the last, in the SLACK
                // floats at the end of the buffer.
                unsafe {
                    let start = 2 * (first + r) * row + c * 2 * half + x;
                    let lines: [[Vector<S, f32>; 4]; 4] = four!(|y| {
                        let line = padded_image.as_ptr().add(start + y * row);
                        source_transform_1d::<S>([
                            vload_unaligned(line),
                            vload_unaligned(line.add(half)),
                            vload_unaligned(line.add(1)),
                            vload_unaligned(line.add(half + 1)),
                        ])
                    });
                    let place = to.as_mut_ptr().add(c * channel + r * cols + x);
                    for column in 0..4 {
                        let entries = source_transform_1d::<S>(four!(|y| lines[y][column]));
                        for (y, entry) in entries.into_iter().enumerate() {
                            let plane = (4 * y + column) * tiling.source * channel;
                            vstore_unaligned(place.add(plane), entry);
                        }
                    }
                }
            }
        }
    }
}

/// Second stage: for each of the 16 entries the matrix product of `tiles` transformed tiles and the transformed weights,
/// tiles × source channels × target channels, as `[entry][tile][target channel]`.
#[inline(always)]
pub fn multiply<S: Simd>(
    tiling: Tiling,
    tiles: usize,
    panels: &[f32],
    transformed: &[f32],
    products: &mut [f32],
) {
    let width = VECTORS * f32::lanes::<S>();
    let panel = tiling.source * width;
    for entry in 0..ENTRIES {
        let source = &transformed[entry * tiling.source * tiling.channel()..];
        for block in 0..tiling.padded / width {
            let panel = &panels[(entry * (tiling.padded / width) + block) * panel..][..panel];
            // A Winograd tile takes the place of a pixel here: one tap, at distance 0.
            let product = Tiles {
                taps: &[0],
                source,
                source_channels: tiling.source,
                source_channel: tiling.channel(),
                target_pixel: tiling.padded,
                panel,
                bias: &NO_BIAS,
                target_channels: width,
            };
            let start = entry * tiling.entry() + block * width;
            product.row::<S, 1>(tiles, &mut products[start..]);
        }
    }
}

/// Third stage: Aᵀ m A of the tiles in `band` rows of tiles from row `first` on, plus the bias, written to the pixels that
/// lie inside the target of size [`height`, `width`].
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "a column of an array of rows")]
pub fn transform_output<S: Simd>(
    tiling: Tiling,
    [height, width]: [usize; 2],
    first: usize,
    band: usize,
    products: &[f32],
    bias: &[f32],
    target: &mut [f32],
) {
    let lanes = f32::lanes::<S>();
    let cols = tiling.tiles[1];
    assert!(products.len() >= ENTRIES * tiling.entry() && band <= tiling.band);
    assert!(bias.len() >= tiling.target && tiling.target.is_multiple_of(lanes));
    assert!(target.len() >= height * width * tiling.target);
    for tile in 0..band * cols {
        let [y, x] = [2 * (first + tile / cols), 2 * (tile % cols)];
        for channel in (0..tiling.target).step_by(lanes) {
            // SAFETY: the target channels are a multiple of the lanes, so a vector ends within its pixel. The assertions
            // above cover all tiles of a band in each of the 16 entries of `products`, all of `bias`, and all pixels of
            // the target; pixels outside it are skipped.
            unsafe {
                let place = products.as_ptr().add(tile * tiling.padded + channel);
                let columns: [[Vector<S, f32>; 2]; 4] = four!(|column| {
                    output_transform_1d::<S>(four!(|row| {
                        vload_unaligned(place.add((4 * row + column) * tiling.entry()))
                    }))
                });
                let bias: Vector<S, f32> = vload_unaligned(bias.as_ptr().add(channel));
                for row in 0..2 {
                    let pair = output_transform_1d::<S>(four!(|column| columns[column][row]));
                    for (column, value) in pair.into_iter().enumerate() {
                        let [y, x] = [y + row, x + column];
                        if y < height && x < width {
                            let pixel = (y * width + x) * tiling.target + channel;
                            vstore_unaligned(target.as_mut_ptr().add(pixel), value + bias);
                        }
                    }
                }
            }
        }
    }
}
