//! The idx format of the MNIST files, read and written. Files are inflated before they get here.
//!
//! A file is a header of big-endian 32-bit words, followed by one byte for each value:
//!
//! | file | words | bytes |
//! | --- | --- | --- |
//! | images | `0x00000803`, count, 28, 28 | count × 784, row by row, 0 (background) to 255 (ink) |
//! | labels | `0x00000801`, count | count, 0 to 61 |
//!
//! Images of other sizes, and in colour, are read by [`parse_pictures`], to be converted.
//!
//! Labels are also read from files with larger numbers and more columns, of which the first is taken: QMNIST's begin with
//! `0x00000c02`, count, 8, and then have eight 32-bit numbers for each image.
//!
//! The original description is at <https://yann.lecun.com/exdb/mnist/>.

pub use super::idx_kind::Kind;

use super::error::DataError;
use super::idx_kind::Magic;
use crate::nn::unet::{MAX_CLASSES, PIXELS, SIZE};

/// The pixels of all images of an image file, [N, 28, 28], one byte each, borrowed from `bytes`.
///
/// # Errors
/// `idx_magic`, `idx_size`, `idx_count` (no images), `idx_truncated`, `idx_trailing`.
pub fn parse_images(bytes: &[u8]) -> Result<&[u8], DataError> {
    header(bytes, Kind::Images)?;
    if !has_networks_size(bytes) {
        let (rows, columns) = (word(bytes, 2), word(bytes, 3));
        return Err(DataError::IdxSize { rows, columns });
    }
    parse_pictures(bytes).map(|pictures| pictures.values)
}

/// The smallest side of a picture that is read. Without it a damaged header could make a picture of every byte.
const SMALLEST: u32 = 8;

/// The images of an image file, of whatever size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdxPictures<'a> {
    /// Pixels in a row, at least 8.
    pub width: usize,
    /// Rows, at least 8.
    pub height: usize,
    /// Values of a pixel: 1, or 3 for red, green and blue.
    pub channels: usize,
    /// The values of all images, [N, height, width, channels], N at least 1.
    pub values: &'a [u8],
}

/// The images of an image file in the idx format with images of 8 to 65,535 pixels a side, grey (`0x00000803`) or in
/// colour (`0x00000804`, with a fourth dimension of 3).
///
/// # Errors
/// `idx_magic`, `idx_size` if a side is out of that range or there is another number of colours, `idx_count` (no images),
/// `idx_truncated`, `idx_trailing`.
pub fn parse_pictures(bytes: &[u8]) -> Result<IdxPictures<'_>, DataError> {
    let magic = header(bytes, Kind::Images)?;
    let (count, rows, columns) = (word(bytes, 1), word(bytes, 2), word(bytes, 3));
    let channels = match magic.dimensions {
        4 => word(bytes, 4),
        _ => 1,
    };
    let sides = SMALLEST..=u32::from(u16::MAX);
    if !sides.contains(&rows) || !sides.contains(&columns) || !matches!(channels, 1 | 3) {
        return Err(DataError::IdxShape {
            rows,
            columns,
            channels,
        });
    }
    if count == 0 {
        return Err(DataError::IdxEmpty);
    }
    // Two sides below 2¹⁶, below 2³² images and three colours are below 2⁶⁶ together, so the product is bounded.
    let one = u64::from(rows) * u64::from(columns) * u64::from(channels);
    let values = body(
        bytes,
        Kind::Images,
        magic,
        u64::from(count).saturating_mul(one),
    )?;
    // There are that many bytes, so the sides fit in usize.
    Ok(IdxPictures {
        width: columns as usize,
        height: rows as usize,
        channels: channels as usize,
        values,
    })
}

/// Whether an image file, whose header is not yet known to be sound, declares grey images of 28×28 pixels.
pub(super) fn has_networks_size(bytes: &[u8]) -> bool {
    bytes.len() >= 16
        && Magic::of(word(bytes, 0)).is_some_and(|magic| magic.dimensions == 3)
        && (word(bytes, 2), word(bytes, 3)) == (SIZE as u32, SIZE as u32)
}

/// The labels of a label file, `[N]`, each from 0 to 61: of each row the first number.
///
/// # Errors
/// `idx_magic`, `idx_truncated`, `idx_trailing`, `idx_label`.
pub fn parse_labels(bytes: &[u8]) -> Result<Vec<u8>, DataError> {
    let magic = header(bytes, Kind::Labels)?;
    let columns = match magic.dimensions {
        1 => 1,
        _ => word(bytes, 2),
    };
    // Below 2³² rows and columns of at most four bytes: below 2⁶⁶ together, so the product is bounded.
    let row = u64::from(columns) * magic.size as u64;
    let declared = u64::from(word(bytes, 1)).saturating_mul(row);
    let values = body(bytes, Kind::Labels, magic, declared)?;
    if columns == 0 {
        return Err(DataError::IdxNoColumns);
    }
    if values.is_empty() {
        return Ok(Vec::new());
    }
    // There are that many bytes, so the row's length is below usize's limit.
    let rows = values.chunks_exact(row as usize);
    let first = rows.map(|row| {
        let bytes = &row[..magic.size];
        // Numbers of several bytes are signed, a byte is not.
        let sign = if magic.size > 1 && bytes[0] & 0x80 != 0 {
            -1
        } else {
            0
        };
        bytes
            .iter()
            .fold(sign, |value: i64, &byte| value << 8 | i64::from(byte))
    });
    let label = |(index, value): (usize, i64)| match u8::try_from(value) {
        Ok(label) if usize::from(label) < MAX_CLASSES => Ok(label),
        _ => Err(DataError::IdxLabel { index, value }),
    };
    first.enumerate().map(label).collect()
}

/// Checks that an image file and a label file belong together.
///
/// # Errors
/// `idx_count` if they do not hold the same number.
pub(super) fn check_pair(images: usize, labels: usize) -> Result<(), DataError> {
    if images == labels {
        return Ok(());
    }
    Err(DataError::IdxCount { images, labels })
}

/// The number of images or labels that an idx file declares; `None` if the file ends before it says so.
pub(super) fn declared_count(bytes: &[u8]) -> Option<u32> {
    (bytes.len() >= 8).then(|| word(bytes, 1))
}

/// The image file with these pixels, [N, 28, 28]. Tests and tools write files with it.
///
/// # Panics
/// If the number of pixels is not a multiple of 784, or N does not fit in 32 bits.
pub fn write_images(pixels: &[u8]) -> Vec<u8> {
    assert!(pixels.len().is_multiple_of(PIXELS), "whole images only");
    let count = u32::try_from(pixels.len() / PIXELS).expect("fewer than 2³² images");
    write(Kind::Images, &[count, SIZE as u32, SIZE as u32], pixels)
}

/// The label file with these labels. Labels above 9 are written as they are; [`parse_labels`] refuses them.
///
/// # Panics
/// If the number of labels does not fit in 32 bits.
pub fn write_labels(labels: &[u8]) -> Vec<u8> {
    let count = u32::try_from(labels.len()).expect("fewer than 2³² labels");
    write(Kind::Labels, &[count], labels)
}

fn write(kind: Kind, dimensions: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + 4 * dimensions.len() + values.len());
    bytes.extend(kind.magic().to_be_bytes());
    bytes.extend(dimensions.iter().flat_map(|d| d.to_be_bytes()));
    bytes.extend(values);
    bytes
}

/// Word number `index` of the header, which the caller has checked to be there.
fn word(bytes: &[u8], index: usize) -> u32 {
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| bytes[4 * index + i]);
    u32::from_be_bytes([a, b, c, d])
}

/// Checks that the first word is that of a `wanted` file and that the header is complete; returns what the word says.
fn header(bytes: &[u8], wanted: Kind) -> Result<Magic, DataError> {
    let found = if bytes.len() >= 4 {
        word(bytes, 0)
    } else {
        wanted.magic()
    };
    let magic = Magic::of(found).filter(|_| Kind::of(found) == Some(wanted));
    // The first word is checked before the length, so that a short file of the other kind is reported as such.
    let magic = magic.ok_or(DataError::IdxMagic { wanted, found })?;
    if bytes.len() < magic.header() {
        return Err(DataError::IdxTruncated {
            kind: wanted,
            expected: magic.header() as u64,
            found: bytes.len() as u64,
        });
    }
    Ok(magic)
}

/// The bytes after the header, if there are exactly as many as `declared`.
fn body(bytes: &[u8], kind: Kind, magic: Magic, declared: u64) -> Result<&[u8], DataError> {
    let expected = (magic.header() as u64).saturating_add(declared);
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
    Ok(&bytes[magic.header()..])
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "idx_tests.rs"]
mod tests;
