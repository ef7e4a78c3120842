//! The idx format of the MNIST files, already inflated.
//!
//! A big-endian header of 32-bit words, then one byte a value:
//!
//! | file | words | bytes |
//! | --- | --- | --- |
//! | images | `0x00000803`, count, 28, 28 | count × 784, row by row, 0 background to 255 ink |
//! | labels | `0x00000801`, count | count, 0 to 9 |
//!
//! <https://yann.lecun.com/exdb/mnist/> has the original description.

use std::fmt;

use super::error::DataError;
use crate::nn::unet::{CLASSES, PIXELS, SIZE};

/// The two kinds of idx file that make up a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Images,
    Labels,
}

impl Kind {
    /// First word of the file: type (08, unsigned byte) and number of dimensions.
    pub const fn magic(self) -> u32 {
        match self {
            Kind::Images => 0x0000_0803,
            Kind::Labels => 0x0000_0801,
        }
    }

    /// The kind of file that begins with this word.
    pub fn of(magic: u32) -> Option<Kind> {
        [Kind::Images, Kind::Labels]
            .into_iter()
            .find(|kind| kind.magic() == magic)
    }

    /// Bytes before the values.
    const fn header(self) -> usize {
        match self {
            Kind::Images => 16,
            Kind::Labels => 8,
        }
    }

    pub(super) fn other(self) -> Kind {
        match self {
            Kind::Images => Kind::Labels,
            Kind::Labels => Kind::Images,
        }
    }

    pub(super) fn with_article(self) -> &'static str {
        match self {
            Kind::Images => "an image",
            Kind::Labels => "a label",
        }
    }

    pub(super) fn example(self) -> &'static str {
        match self {
            Kind::Images => "train-images-idx3-ubyte",
            Kind::Labels => "train-labels-idx1-ubyte",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Images => "image",
            Kind::Labels => "label",
        })
    }
}

/// Pixels of all images, N×28×28, one byte each, borrowed from the file.
///
/// # Errors
/// `idx_magic`, `idx_size`, `idx_count` (no images), `idx_truncated`, `idx_trailing`.
pub fn parse_images(bytes: &[u8]) -> Result<&[u8], DataError> {
    let count = header(bytes, Kind::Images)?;
    let (rows, columns) = (word(bytes, 2), word(bytes, 3));
    if (rows, columns) != (SIZE as u32, SIZE as u32) {
        return Err(DataError::IdxSize { rows, columns });
    }
    if count == 0 {
        return Err(DataError::IdxEmpty);
    }
    // 2³² × 784 is far below 2⁶⁴: the declared count cannot overflow here, on wasm32 neither.
    body(bytes, Kind::Images, u64::from(count) * PIXELS as u64)
}

/// All labels, N values of 0 to 9, borrowed from the file.
///
/// # Errors
/// `idx_magic`, `idx_truncated`, `idx_trailing`, `idx_label`.
pub fn parse_labels(bytes: &[u8]) -> Result<&[u8], DataError> {
    let count = header(bytes, Kind::Labels)?;
    let labels = body(bytes, Kind::Labels, u64::from(count))?;
    match labels.iter().position(|&l| usize::from(l) >= CLASSES) {
        Some(index) => Err(DataError::IdxLabel {
            index,
            value: labels[index],
        }),
        None => Ok(labels),
    }
}

/// An image file of these pixels (N×784 bytes). Used by tests and tools.
///
/// # Panics
/// When the length is no multiple of 784, or N does not fit in 32 bits.
pub fn write_images(pixels: &[u8]) -> Vec<u8> {
    assert!(pixels.len().is_multiple_of(PIXELS), "whole images only");
    let count = u32::try_from(pixels.len() / PIXELS).expect("fewer than 2³² images");
    write(Kind::Images, &[count, SIZE as u32, SIZE as u32], pixels)
}

/// A label file of these labels. Values above 9 are written as they are; the parser refuses them.
///
/// # Panics
/// When their number does not fit in 32 bits.
pub fn write_labels(labels: &[u8]) -> Vec<u8> {
    let count = u32::try_from(labels.len()).expect("fewer than 2³² labels");
    write(Kind::Labels, &[count], labels)
}

fn write(kind: Kind, dimensions: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(kind.header() + values.len());
    bytes.extend(kind.magic().to_be_bytes());
    bytes.extend(dimensions.iter().flat_map(|d| d.to_be_bytes()));
    bytes.extend(values);
    bytes
}

/// Word `index` of the header. The caller has checked that the header is there.
fn word(bytes: &[u8], index: usize) -> u32 {
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| bytes[4 * index + i]);
    u32::from_be_bytes([a, b, c, d])
}

/// Checks the first word and that the header is whole; gives the declared count.
fn header(bytes: &[u8], wanted: Kind) -> Result<u32, DataError> {
    // The first word goes first: a short file of another kind is better called by its name.
    if bytes.len() >= 4 && word(bytes, 0) != wanted.magic() {
        return Err(DataError::IdxMagic {
            wanted,
            found: word(bytes, 0),
        });
    }
    if bytes.len() < wanted.header() {
        return Err(DataError::IdxTruncated {
            kind: wanted,
            expected: wanted.header() as u64,
            found: bytes.len() as u64,
        });
    }
    Ok(word(bytes, 1))
}

/// What follows the header, if it has exactly the declared length.
fn body(bytes: &[u8], kind: Kind, declared: u64) -> Result<&[u8], DataError> {
    let expected = kind.header() as u64 + declared;
    let found = bytes.len() as u64;
    if found < expected {
        return Err(DataError::IdxTruncated {
            kind,
            expected,
            found,
        });
    }
    if found > expected {
        return Err(DataError::IdxTrailing {
            kind,
            expected,
            found,
        });
    }
    Ok(&bytes[kind.header()..])
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "idx_tests.rs"]
mod tests;
