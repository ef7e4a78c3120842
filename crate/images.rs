//! Images as bytes and as values in −1 … 1, a grid of images in one picture, and a fingerprint of pixels.

use crate::nn::unet::{PIXELS, SIZE};

/// How at least one image is laid out in one picture: rows of `columns` images, with [`Grid::GAP`] between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// The number of images.
    pub count: usize,
    /// The number of images in a row; the last row may have fewer.
    pub columns: usize,
}

impl Grid {
    /// The number of pixels between neighbouring images.
    pub const GAP: usize = 2;

    /// The grid that is closest to a square: ⌈√count⌉ columns.
    pub fn square(count: usize) -> Self {
        let columns = (count as f64).sqrt().ceil() as usize;
        Self { count, columns }
    }

    /// The grid with all images in one row.
    pub fn row(count: usize) -> Self {
        Self {
            count,
            columns: count,
        }
    }

    /// The width and the height of the picture in pixels.
    pub fn size(self) -> (usize, usize) {
        let edge = |tiles: usize| tiles * (SIZE + Self::GAP) - Self::GAP;
        (edge(self.columns), edge(self.count.div_ceil(self.columns)))
    }

    /// The pixels of the picture, row by row. `bytes` are the images' grey values (see [`to_bytes`]), which `colour` turns
    /// into pixels; `background` fills the gaps and the places without an image.
    ///
    /// # Shapes
    /// * `bytes`: [count, 28, 28]
    /// * result: [height, width], see [`Grid::size`]
    ///
    /// # Panics
    /// If `bytes` holds more images than the grid has places.
    pub fn picture<P: Copy>(self, bytes: &[u8], background: P, colour: impl Fn(u8) -> P) -> Vec<P> {
        let (width, height) = self.size();
        let mut picture = vec![background; width * height];
        for (index, image) in bytes.chunks(PIXELS).enumerate() {
            let left = index % self.columns * (SIZE + Self::GAP);
            let top = index / self.columns * (SIZE + Self::GAP);
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

    /// Each image is of one grey value, which says to which image a pixel of the picture belongs.
    #[test]
    fn every_pixel_is_its_image_or_background() {
        let grid = Grid::square(3);
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
                (Some(x), Some(y)) => Some(x + 2 * y).filter(|&image| image < 3),
                _ => None,
            };
            assert_eq!(found, expected, "pixel {at}");
        }
    }
}
