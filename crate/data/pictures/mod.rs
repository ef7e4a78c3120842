//! Pictures that are not yet images of this network: idx files of another size, and PNG and JPEG files. They are converted
//! to 28×28 grey pixels, as a [`Conversion`] says, after somebody has seen a preview.

mod classes;
mod convert;
mod decode;

use serde::{Deserialize, Serialize};

use super::dataset::{Dataset, class_counts, spread};
use super::error::DataError;
use super::given_file::GivenFile;
use super::gzip::LIMIT;
use super::{class_names, idx};
use crate::nn::unet::{PIXELS, SIZE};

pub use decode::is_picture;

/// The sides of the largest picture that is kept as it is, in pixels. Larger ones are scaled down when they are read, so that a
/// folder of photographs fits in memory; four times the network's size loses nothing that 28 pixels could show.
const LARGEST: usize = 4 * SIZE;

/// The most pictures of a data set, whose images then have as many bytes as a gzip file may unpack to.
const MOST: usize = LIMIT as usize / PIXELS;

fn check_count(count: usize) -> Result<(), DataError> {
    if count <= MOST {
        return Ok(());
    }
    Err(DataError::TooManyPictures { count, most: MOST })
}

/// A grey picture.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Picture {
    /// Pixels in a row, at least 1.
    width: usize,
    /// Rows, at least 1.
    height: usize,
    /// The pixels, row by row, 0 (black) to 255 (white).
    grey: Vec<u8>,
}

impl Picture {
    /// The sum of the pixels on its border, and their number.
    fn border(&self) -> (u64, u64) {
        let rows = self.grey.chunks_exact(self.width).enumerate();
        rows.fold((0, 0), |(sum, count), (y, row)| {
            let outer: &[u8] = if y == 0 || y + 1 == self.height {
                row
            } else {
                &[row[0], row[self.width - 1]]
            };
            let more: u64 = outer.iter().map(|&grey| u64::from(grey)).sum();
            (sum + more, count + outer.len() as u64)
        })
    }

    /// Rows become columns.
    fn transposed(&self) -> Picture {
        let pixel =
            |index: usize| self.grey[index % self.height * self.width + index / self.height];
        Picture {
            width: self.height,
            height: self.width,
            grey: (0..self.grey.len()).map(pixel).collect(),
        }
    }

    /// Black becomes white.
    fn inverted(mut self) -> Picture {
        for grey in &mut self.grey {
            *grey = 255 - *grey;
        }
        self
    }
}

/// How a picture comes to fill 28×28 pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// The whole picture, scaled until its longer side has 28 pixels, with black on both sides of the shorter.
    #[default]
    Whole,
    /// What is drawn on it, as in MNIST: scaled until its longer side has 20 pixels, its centre of mass in the middle.
    Centred,
}

/// How pictures become images of 28×28 grey pixels, bright on black.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Conversion {
    /// Black and white are exchanged, for dark drawings on a bright ground.
    pub invert: bool,
    /// Rows and columns are exchanged, as the files of EMNIST need it.
    pub transpose: bool,
    /// How a picture fills the image.
    pub fit: Fit,
}

/// Pictures with their labels. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    pictures: Vec<Picture>,
    /// The class of each, from 0 to 61.
    labels: Vec<u8>,
    class_names: Vec<String>,
    name: String,
    /// Whether they lie on their side, as the files say that they were read from.
    transposed: bool,
}

impl Pictures {
    /// The images of an image file in the idx format and the labels of a label file, both already inflated. The images may
    /// have 8 to 65,535 pixels a side, and three values a pixel, which are taken as red, green and blue.
    ///
    /// # Errors
    /// Those of [`idx::parse_pictures`] and [`idx::parse_labels`], `idx_count` if the two files do not hold the same number,
    /// `too_many_pictures`.
    pub fn of_idx(images: &[u8], labels: &[u8], name: &str) -> Result<Pictures, DataError> {
        let file = idx::parse_pictures(images)?;
        let labels = idx::parse_labels(labels)?;
        let one = file.width * file.height * file.channels;
        let count = file.values.len() / one;
        idx::check_pair(count, labels.len())?;
        check_count(count)?;
        let picture = |values: &[u8]| {
            let grey = match file.channels {
                1 => values.to_vec(),
                _ => values.chunks_exact(3).map(decode::luma).collect(),
            };
            convert::bounded(Picture {
                width: file.width,
                height: file.height,
                grey,
            })
        };
        Ok(Pictures {
            pictures: file.values.chunks_exact(one).map(picture).collect(),
            class_names: class_names::known(name, &labels),
            labels,
            name: name.into(),
            transposed: class_names::is_transposed(name),
        })
    }

    /// PNG and JPEG files. The folder that a file lies in is its class, or else the beginning of its name
    /// ([`classes::of_paths`]). Files that cannot be read are left out, which is said in `notes`.
    ///
    /// # Errors
    /// `picture_damaged` if no file can be read, `too_many_pictures`, `too_many_classes`.
    pub fn of_files(
        files: &[GivenFile],
        name: &str,
        notes: &mut Vec<String>,
    ) -> Result<Pictures, DataError> {
        check_count(files.len())?;
        let mut pictures = Vec::with_capacity(files.len());
        let mut paths = Vec::with_capacity(files.len());
        let mut damaged = Vec::new();
        for file in files {
            match decode::decode(&file.bytes) {
                Ok(picture) => {
                    pictures.push(convert::bounded(picture));
                    paths.push(&file.name[..]);
                }
                Err(reason) => damaged.push((&file.name, reason)),
            }
        }
        if let Some((first, reason)) = damaged.first() {
            if pictures.is_empty() {
                return Err(DataError::PictureDamaged {
                    name: first.to_string(),
                    reason: reason.clone(),
                });
            }
            notes.push(format!(
                "{} of {} pictures could not be read and were left out, {first} the first ({reason}).",
                damaged.len(),
                files.len()
            ));
        }
        let (labels, class_names) = classes::of_paths(&paths)?;
        Ok(Pictures {
            pictures,
            labels,
            class_names,
            name: name.into(),
            transposed: false,
        })
    }

    /// The number of pictures.
    pub fn len(&self) -> usize {
        self.pictures.len()
    }

    /// Whether there is no picture, which cannot be.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }

    /// What the pictures are called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same, to be changed.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn name_mut(&mut self) -> &mut String {
        &mut self.name
    }

    /// The number of pictures of each class.
    pub fn classes(&self) -> Vec<u32> {
        class_counts(&self.labels, self.class_names.len())
    }

    /// What the classes are called, one name for each; empty where they are numbers.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// Call the classes so, one name for each.
    pub(super) fn set_class_names(&mut self, names: Vec<String>) {
        self.class_names = names;
    }

    /// The conversion that these pictures seem to need: inverted where their borders are bright, transposed where their
    /// file is one of EMNIST's.
    pub fn suggested(&self) -> Conversion {
        let borders = self.pictures.iter().map(Picture::border);
        let (sum, count) = borders.fold((0, 0), |(sum, count), (s, c)| (sum + s, count + c));
        Conversion {
            invert: sum > 127 * count,
            transpose: self.transposed,
            fit: Fit::default(),
        }
    }

    /// What a network would see of `count` of the pictures, [n, 28, 28], n at most `count`. They lie as far apart as can be,
    /// so that several classes are among them.
    pub fn preview(&self, conversion: Conversion, count: usize) -> Vec<u8> {
        self.converted(spread(self.len(), count), conversion)
    }

    /// The data set that a network learns from.
    pub fn convert(&self, conversion: Conversion) -> Dataset {
        Dataset {
            images: self.converted(0..self.len(), conversion),
            labels: self.labels.clone(),
            name: self.name.clone(),
            class_names: self.class_names.clone(),
        }
    }

    fn converted(&self, picks: impl Iterator<Item = usize>, conversion: Conversion) -> Vec<u8> {
        let mut pixels = Vec::with_capacity(picks.size_hint().0 * PIXELS);
        for pick in picks {
            let picture = &self.pictures[pick];
            let picture = match conversion.transpose {
                true => picture.transposed(),
                false => picture.clone(),
            };
            let picture = match conversion.invert {
                true => picture.inverted(),
                false => picture,
            };
            pixels.extend(convert::fitted(&picture, conversion.fit));
        }
        pixels
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
