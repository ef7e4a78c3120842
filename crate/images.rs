//! Images as bytes and as numbers, a grid of images in one picture, and a hash of their pixels.

use crate::nn::unet::{PIXELS, SIZE};

/// A batch of at least one image, laid out in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    pub count: usize,
    pub columns: usize,
}

impl Grid {
    /// Pixels between two images.
    pub const GAP: usize = 2;

    /// As square as it gets.
    pub fn square(count: usize) -> Self {
        let columns = (count as f64).sqrt().ceil() as usize;
        Self { count, columns }
    }

    /// All in one row.
    pub fn row(count: usize) -> Self {
        Self {
            count,
            columns: count,
        }
    }

    /// Width and height of the picture in pixels.
    pub fn size(self) -> (usize, usize) {
        let edge = |tiles: usize| tiles * (SIZE + Self::GAP) - Self::GAP;
        (edge(self.columns), edge(self.count.div_ceil(self.columns)))
    }

    /// The picture, row by row: the grey `bytes` of the images (see [`to_bytes`]) as
    /// `colour` has them, on `paper`.
    pub fn picture<P: Copy>(self, bytes: &[u8], paper: P, colour: impl Fn(u8) -> P) -> Vec<P> {
        let (width, height) = self.size();
        let mut picture = vec![paper; width * height];
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

/// −1 … 1 to 0 … 255, values outside clipped.
pub fn to_bytes(images: &[f32]) -> Vec<u8> {
    images
        .iter()
        .map(|&v| ((v + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8)
        .collect()
}

/// 0 … 255 to −1 … 1.
pub fn from_bytes(pixels: &[u8]) -> Vec<f32> {
    pixels
        .iter()
        .map(|&grey| f32::from(grey) / 127.5 - 1.0)
        .collect()
}

/// A hash of pixels (FNV-1a, 64 bits) that people can compare by eye: equal digits, equal
/// fingerprint.
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

    /// Each image is one grey, so a pixel's colour tells whose it is.
    #[test]
    fn every_pixel_is_its_image_or_paper() {
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
