//! How an image is divided into the 4×4 tiles of Winograd's algorithm, and the buffers for one image.

use crate::conv::tile::tile_width;
use crate::plan::Plan;

/// The number of entries of a transformed tile, 4 × 4.
pub const ENTRIES: usize = 16;
/// Floats of room at the end of a buffer, for a vector that is read or written across the end of a row. A vector has at
/// most 16 floats.
pub const SLACK: usize = 16;
/// The number of tiles that go through the three stages at a time, so that their transforms stay in the second-level
/// cache.
const TILES_PER_BAND: usize = 64;

/// The division of an image into tiles, and the strides of the buffers that follow from it.
///
/// A tile of the target is 2×2 pixels. Tiles are worked on in bands of a few rows of tiles.
#[derive(Clone, Copy)]
pub struct Tiling {
    /// The number of tiles down and across.
    pub tiles: [usize; 2],
    /// The number of rows of tiles in a band.
    pub band: usize,
    /// The number of source channels.
    pub source: usize,
    /// The number of target channels.
    pub target: usize,
    /// The number of target channels filled up to whole blocks.
    pub padded: usize,
}

impl Tiling {
    /// The division of the plan's target for these numbers of channels.
    pub fn new(plan: &Plan, source: usize, target: usize) -> Self {
        let tiles = plan.target.map(|n| n.div_ceil(2));
        Self {
            tiles,
            band: (TILES_PER_BAND / tiles[1]).clamp(1, tiles[0]),
            source,
            target,
            padded: target.next_multiple_of(tile_width()),
        }
    }

    /// The number of columns of one parity in a row of the padded image.
    pub fn half(self) -> usize {
        self.tiles[1] + 1
    }

    /// Floats from row to row of the padded image, which is laid out as `[row][channel][parity][column / 2]`.
    pub fn row(self) -> usize {
        self.source * 2 * self.half()
    }

    /// Floats of the padded image.
    pub fn padded_image(self) -> usize {
        (2 * self.tiles[0] + 2) * self.row() + SLACK
    }

    /// Floats from channel to channel of the transformed source, which is laid out as `[entry][channel][tile]`.
    pub fn channel(self) -> usize {
        self.band * self.tiles[1] + SLACK
    }

    /// Floats from entry to entry of the products, which are laid out as `[entry][tile][target channel]`.
    pub fn entry(self) -> usize {
        self.band * self.tiles[1] * self.padded
    }
}

/// The buffers for one image, used for one image after the other.
pub struct Scratch {
    /// The image within a border of zeros, `[row][channel][parity][column / 2]`. The border is never written.
    pub padded_image: Vec<f32>,
    /// The transformed tiles of a band, `[entry][channel][tile]`.
    pub transformed: Vec<f32>,
    /// The matrix products of a band, `[entry][tile][target channel]`.
    pub products: Vec<f32>,
}

impl Scratch {
    /// Buffers of zeros.
    pub fn new(tiling: Tiling) -> Self {
        Self {
            padded_image: vec![0.0; tiling.padded_image()],
            transformed: vec![0.0; ENTRIES * tiling.source * tiling.channel()],
            products: vec![0.0; ENTRIES * tiling.entry()],
        }
    }

    /// Copies an image, [H, W, C] with W = `width`, inside the border. Even and odd columns are kept apart: the transform
    /// needs every other column of neighbouring tiles, and reads them as whole vectors.
    pub fn fill(&mut self, tiling: Tiling, width: usize, image: &[f32]) {
        let (channels, half) = (tiling.source, tiling.half());
        for (y, row) in image.chunks_exact(width * channels).enumerate() {
            let padded_row = &mut self.padded_image[(y + 1) * tiling.row()..][..tiling.row()];
            for (x, pixel) in row.chunks_exact(channels).enumerate() {
                let first = (x + 1) % 2 * half + x.div_ceil(2);
                let column = padded_row[first..].iter_mut().step_by(2 * half);
                column.zip(pixel).for_each(|(to, from)| *to = *from);
            }
        }
    }
}
