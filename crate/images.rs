//! Images as bytes and as values in −1 … 1, a grid of images in one picture, and a fingerprint of pixels.

use crate::nn::unet::{PIXELS, SIZE};

/// How at least one image is laid out in one picture: in places, `columns` of them in a row, with [`Grid::GAP`] between them. The
/// images have the places in turn, but for those that are left empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// The number of images.
    pub count: usize,
    /// The number of places in a row; the last row may have fewer.
    pub columns: usize,
    /// The places that are left empty: bit p is that of place p. After the first 64 places there are none.
    pub empty: u64,
}

impl Grid {
    /// The number of pixels between neighbouring images.
    pub const GAP: usize = 2;
    /// The most places of a text in one row: with more, its images would be too small on a phone.
    pub const LINE: usize = 16;

    /// The grid that is closest to a square: ⌈√count⌉ columns.
    pub fn square(count: usize) -> Self {
        let columns = (count as f64).sqrt().ceil() as usize;
        let empty = 0;
        Self {
            count,
            columns,
            empty,
        }
    }

    /// The grid with all images in one row.
    pub fn row(count: usize) -> Self {
        Self {
            count,
            columns: count,
            empty: 0,
        }
    }

    /// The grid of a text: one row of places, with an image where `full` says so; more than [`Grid::LINE`] places become rows of
    /// as near as can be the same length. There are at most 64.
    pub fn line(full: impl Iterator<Item = bool>) -> Self {
        let (mut count, mut places, mut empty) = (0, 0, 0);
        for full in full {
            if full {
                count += 1;
            } else {
                empty |= 1 << places;
            }
            places += 1;
        }
        let rows = usize::div_ceil(places, Self::LINE).max(1);
        Self {
            count,
            columns: places.div_ceil(rows),
            empty,
        }
    }

    /// The place of each image, in the images' order: place p is in row p / `columns`.
    pub fn places(self) -> impl Iterator<Item = usize> {
        let full = move |place: &usize| *place >= 64 || self.empty >> place & 1 == 0;
        (0..).filter(full).take(self.count)
    }

    /// The width and the height of the picture in pixels.
    pub fn size(self) -> (usize, usize) {
        let edge = |tiles: usize| tiles * (SIZE + Self::GAP) - Self::GAP;
        let places = self.places().last().map_or(0, |last| last + 1);
        (edge(self.columns), edge(places.div_ceil(self.columns)))
    }

    /// The pixels of the picture, row by row. `bytes` are the images' grey values (see [`to_bytes`]), which `colour` turns
    /// into pixels; `background` fills the gaps and the places without an image.
    ///
    /// # Shapes
    /// * `bytes`: [count, 28, 28]
    /// * result: [height, width], see [`Grid::size`]
    ///
    pub fn picture<P: Copy>(self, bytes: &[u8], background: P, colour: impl Fn(u8) -> P) -> Vec<P> {
        let (width, height) = self.size();
        let mut picture = vec![background; width * height];
        for (place, image) in self.places().zip(bytes.chunks(PIXELS)) {
            let left = place % self.columns * (SIZE + Self::GAP);
            let top = place / self.columns * (SIZE + Self::GAP);
            for (y, row) in image.chunks(SIZE).enumerate() {
                let at = (top + y) * width + left;
                for (pixel, &grey) in picture[at..].iter_mut().zip(row) {
                    *pixel = colour(grey);
                }
            }
        }
        picture
    }
}

/// Converts values from −1 … 1 to grey levels from 0 to 255; values outside are clipped.
pub fn to_bytes(images: &[f32]) -> Vec<u8> {
    images
        .iter()
        .map(|&v| ((v + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8)
        .collect()
}

/// Converts grey levels from 0 … 255 to values from −1 to 1.
pub fn from_bytes(pixels: &[u8]) -> Vec<f32> {
    pixels
        .iter()
        .map(|&grey| f32::from(grey) / 127.5 - 1.0)
        .collect()
}

/// A hash of pixels (FNV-1a, 64 bits) as 16 hexadecimal digits, short enough to be compared by eye. Equal images have
/// equal fingerprints.
pub fn fingerprint(pixels: &[u8]) -> String {
    let hash = pixels
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (count, columns, size) in [
            (1, 1, (28, 28)),
            (2, 2, (58, 28)),
            (5, 3, (88, 58)),
            (64, 8, (238, 238)),
        ] {
            let grid = Grid::square(count);
            assert_eq!((grid.columns, grid.size()), (columns, size), "{count}");
        }
        assert_eq!(Grid::row(10).size(), (298, 28));
    }

    #[test]
    fn a_text_is_one_row_unless_it_is_long() {
        let full = |text: &str| Grid::line(text.chars().map(|c| c != ' '));
        let date = full("29 11");
        assert_eq!((date.count, date.columns, date.size()), (4, 5, (148, 28)));
        assert_eq!(date.places().collect::<Vec<_>>(), [0, 1, 3, 4]);
        let long = full(&"7".repeat(18));
        assert_eq!((long.columns, long.size()), (9, (268, 58)));
    }

    /// Each image is of one grey value, which says to which image a pixel of the picture belongs.
    #[test]
    fn every_pixel_is_its_image_or_background() {
        for (grid, images) in [
            (Grid::square(3), [Some(0), Some(1), Some(2), None]),
            (
                Grid {
                    columns: 2,
                    ..Grid::line([true, false, true, true].into_iter())
                },
                [Some(0), None, Some(1), Some(2)],
            ),
        ] {
            every_pixel_is_right(grid, images);
        }
    }

    /// `images` are those of the four places of `grid`, in two rows.
    fn every_pixel_is_right(grid: Grid, images: [Option<usize>; 4]) {
        let bytes: Vec<u8> = (0..3 * PIXELS).map(|at| (at / PIXELS) as u8).collect();
        let picture = grid.picture(&bytes, None, Some);
        let (width, height) = grid.size();
        assert_eq!(picture.len(), width * height);
        for (at, &found) in picture.iter().enumerate() {
            let tile = |position: usize| match position {
                0..28 => Some(0),
                30..58 => Some(1),
                _ => None,
            };
            let expected = match (tile(at % width), tile(at / width)) {
                (Some(x), Some(y)) => images[x + 2 * y],
                _ => None,
            };
            assert_eq!(found.map(usize::from), expected, "pixel {at} of {grid:?}");
        }
    }
}
