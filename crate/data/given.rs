//! Files that somebody gives: told apart by what is in them, unpacked, and paired. Names lie; the first bytes do not.

use std::borrow::Cow;

use super::class_names::is_transposed;
use super::dataset::Dataset;
use super::error::DataError;
use super::given_file::GivenFile;
use super::idx::{Kind, declared_count, has_networks_size};
use super::pictures::{Pictures, is_picture};
use super::zip::{is_litter, is_zip, unzipped};
use crate::nn::unet::MAX_CLASSES;

/// The kind of idx file that this is; `None` for another file.
///
/// # Errors
/// `idx_magic` if only its name is that of an idx file.
fn kind_of(file: &GivenFile) -> Result<Option<Kind>, DataError> {
    let magic = file
        .bytes
        .first_chunk()
        .map(|&word| u32::from_be_bytes(word));
    let kind = magic.and_then(Kind::of);
    let name = file.name.to_lowercase();
    if kind.is_none() && (name.contains("idx") || name.contains("ubyte")) {
        return Err(DataError::IdxNameOnly {
            name: file.name.clone(),
        });
    }
    Ok(kind)
}

/// Training images that somebody gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenData {
    /// Images of this network's size.
    Ready(Dataset),
    /// Pictures that have to be converted first.
    Pictures(Pictures),
}

impl GivenData {
    /// The data set of an image file and a label file, both inflated, called `name`: ready if its images have this network's
    /// size and stand upright.
    fn of_pair(images: &[u8], labels: &[u8], name: &str) -> Result<Self, DataError> {
        if has_networks_size(images) && !is_transposed(name) {
            return Dataset::parse(images, labels, name).map(GivenData::Ready);
        }
        Pictures::of_idx(images, labels, name).map(GivenData::Pictures)
    }

    /// Take the names of the classes from the lines of this text. Gives a sentence about it if they do not fit.
    fn name_classes(&mut self, text: &str) -> Option<String> {
        let names: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
        let classes = match self {
            GivenData::Ready(data) => data.classes(),
            GivenData::Pictures(pictures) => pictures.classes().len(),
        };
        if names.len() < classes || names.len() > MAX_CLASSES || names.iter().any(String::is_empty)
        {
            return Some(format!(
                "{CLASSES_FILE} was left out: it has {} lines for {classes} classes, or one of them is empty.",
                names.len()
            ));
        }
        match self {
            GivenData::Ready(data) => data.class_names = names,
            GivenData::Pictures(pictures) => pictures.set_class_names(names),
        }
        None
    }

    /// The data set, pictures converted as they seem to need it.
    pub fn into_dataset(self) -> Dataset {
        match self {
            GivenData::Ready(data) => data,
            GivenData::Pictures(pictures) => pictures.convert(pictures.suggested()),
        }
    }
}

/// Files sorted by what is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedFiles {
    /// The training images among them, if there are any.
    pub data: Option<GivenData>,
    /// Files of other kinds, so probably weights, unpacked.
    pub others: Vec<GivenFile>,
    /// Sentences about what was ignored.
    pub notes: Vec<String>,
}

/// Sorts files that were given together, those in zip files among them. Of several pairs of image and label files (MNIST has
/// one for training and one for tests) that with the most images is taken; if there is none, PNG and JPEG files are a data set.
/// A file called `classes.txt` beside a pair names its classes, one a line, the first that of label 0.
/// Files of other kinds that lie in folders, as notes beside a data set do, are ignored unless they are called `.safetensors`.
///
/// # Errors
/// `gzip_truncated`, `gzip_damaged`, `gzip_too_large`, `zip_damaged`, `zip_too_large`; `idx_magic` if a file has only the name
/// of an idx file; `pair_missing` if there are images without labels or the other way round; `idx_count` if no label file has
/// as many labels as an image file has images; and those of reading the data set.
pub fn sort(files: Vec<GivenFile>) -> Result<SortedFiles, DataError> {
    let mut sorting = Sorting::default();
    for file in files {
        if is_zip(&file.bytes) {
            for file in unzipped(file)? {
                sorting.add(file)?;
            }
        } else {
            sorting.add(file)?;
        }
    }
    sorting.finish()
}

/// Files by their kinds.
#[derive(Default)]
struct Sorting {
    images: Vec<GivenFile>,
    labels: Vec<GivenFile>,
    pictures: Vec<GivenFile>,
    /// The content of a file that names the classes.
    classes: Option<String>,
    others: Vec<GivenFile>,
    ignored: Vec<String>,
    notes: Vec<String>,
}

/// What the file that names the classes is called, in whatever folder.
pub(super) const CLASSES_FILE: &str = "classes.txt";

fn names_classes(path: &str) -> bool {
    let name = path.rsplit('/').next();
    name.is_some_and(|name| name.eq_ignore_ascii_case(CLASSES_FILE))
}

impl Sorting {
    fn add(&mut self, file: GivenFile) -> Result<(), DataError> {
        let in_folder = file.name.contains('/');
        if in_folder && is_litter(&file.name) {
            return Ok(());
        }
        let file = file.inflated(&mut self.notes)?;
        match kind_of(&file)? {
            Some(Kind::Images) => self.images.push(file),
            Some(Kind::Labels) => self.labels.push(file),
            None if is_picture(&file.bytes) => self.pictures.push(file),
            None if names_classes(&file.name) => {
                self.classes = Some(String::from_utf8_lossy(&file.bytes).into_owned());
            }
            None if in_folder && !file.name.ends_with(".safetensors") => {
                self.ignored.push(file.name);
            }
            None => self.others.push(file),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<SortedFiles, DataError> {
        let data = match paired(self.images, self.labels, &mut self.notes)? {
            Some((images, labels)) => {
                self.ignored
                    .extend(self.pictures.into_iter().map(|file| file.name));
                let mut data = GivenData::of_pair(&images.bytes, &labels.bytes, &images.name)?;
                if let Some(text) = &self.classes {
                    self.notes.extend(data.name_classes(text));
                }
                Some(data)
            }
            None if self.pictures.is_empty() => None,
            None => {
                let name = set_name(&self.pictures);
                let pictures = Pictures::of_files(&self.pictures, &name, &mut self.notes)?;
                Some(GivenData::Pictures(pictures))
            }
        };
        if let Some(first) = self.ignored.first() {
            self.notes.push(match self.ignored.len() {
                1 => format!("{first} is no part of a data set and was left out."),
                count => format!("{count} files are no part of the data set and were left out, {first} the first."),
            });
        }
        Ok(SortedFiles {
            data,
            others: self.others,
            notes: self.notes,
        })
    }
}

/// What a data set of these pictures is called: the folder that all lie in, or the only picture.
fn set_name(pictures: &[GivenFile]) -> String {
    let top = |file: &GivenFile| file.name.split_once('/').map(|(top, _)| top.to_owned());
    match pictures {
        [only] => only.name.clone(),
        [first, rest @ ..] => match top(first) {
            Some(folder) if rest.iter().all(|file| top(file).as_ref() == Some(&folder)) => folder,
            _ => format!("{} pictures", pictures.len()),
        },
        [] => String::new(),
    }
}

/// The image file with the most images for which there are labels, with those labels; the others are mentioned.
fn paired(
    mut images: Vec<GivenFile>,
    mut labels: Vec<GivenFile>,
    notes: &mut Vec<String>,
) -> Result<Option<(GivenFile, GivenFile)>, DataError> {
    let alone = |file: &GivenFile, have, lack| DataError::PairMissing {
        name: file.name.clone(),
        have,
        lack,
    };
    let (first_images, first_labels) = match (images.first(), labels.first()) {
        (None, None) => return Ok(None),
        (Some(file), None) => return Err(alone(file, "images", "labels")),
        (None, Some(file)) => return Err(alone(file, "labels", "images")),
        (Some(images), Some(labels)) => (images, labels),
    };
    let count = |file: &GivenFile| declared_count(&file.bytes);
    let place = if images.len() == 1 && labels.len() == 1 {
        // Whatever is wrong with the two, reading them says it.
        (0, 0)
    } else {
        let pairs = images.iter().enumerate().flat_map(|(i, of)| {
            let fitting = labels.iter().position(|it| count(it) == count(of));
            fitting.map(|l| (i, l))
        });
        pairs
            .max_by_key(|&(i, _)| count(&images[i]))
            .ok_or_else(|| DataError::IdxCount {
                images: count(first_images).unwrap_or_default() as usize,
                labels: count(first_labels).unwrap_or_default() as usize,
            })?
    };
    let pair = (images.swap_remove(place.0), labels.swap_remove(place.1));
    let rest: Vec<Cow<'_, str>> = images
        .iter()
        .chain(&labels)
        .map(|file| Cow::from(&file.name))
        .collect();
    if !rest.is_empty() {
        notes.push(format!(
            "One data set is used at a time, here that of {}; not used: {}.",
            pair.0.name,
            rest.join(", ")
        ));
    }
    Ok(Some(pair))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::data::idx::{write_images, write_labels};
    use crate::nn::unet::PIXELS;

    fn file(name: &str, bytes: Vec<u8>) -> GivenFile {
        GivenFile {
            name: name.into(),
            bytes,
        }
    }

    fn images(name: &str, count: usize) -> GivenFile {
        file(name, write_images(&vec![1; count * PIXELS]))
    }

    fn labels(name: &str, count: usize) -> GivenFile {
        file(name, write_labels(&vec![1; count]))
    }

    fn code(files: Vec<GivenFile>) -> (&'static str, String) {
        let error = sort(files).unwrap_err();
        (error.code(), error.to_string())
    }

    #[test]
    fn content_decides_and_not_the_name() {
        let sorted = sort(vec![
            labels("b.gz", 2),
            file("a", b"weights".to_vec()),
            images("c", 2),
        ]);
        let sorted = sorted.unwrap();
        let Some(GivenData::Ready(data)) = sorted.data else {
            panic!("images of 28×28 are ready")
        };
        assert_eq!((&data.name[..], data.len()), ("c", 2));
        assert_eq!((sorted.others.len(), sorted.notes.len()), (1, 0));
        let (code, message) = code(vec![file("t10k-labels.idx1-ubyte", b"?".to_vec())]);
        assert_eq!(code, "idx_magic");
        assert!(message.contains("named like an MNIST file"), "{message}");
    }

    #[test]
    fn a_file_beside_a_pair_names_its_classes() {
        let with = |lines: &str| {
            let files = vec![
                images("a", 2),
                file("classes.txt", lines.as_bytes().to_vec()),
                labels("b", 2),
            ];
            let sorted = sort(files).unwrap();
            assert!(sorted.others.is_empty(), "it is no weights file");
            (sorted.data.unwrap().into_dataset(), sorted.notes)
        };
        // The labels are 1.
        let (data, notes) = with("star\n moon\r\n");
        assert_eq!(
            (&data.class_names[..], notes.len()),
            (&["star".into(), "moon".into()][..], 0)
        );
        assert_eq!((data.classes(), data.network_classes()), (2, 2));
        for wrong in ["star", "star\n\nmoon", ""] {
            let (data, notes) = with(wrong);
            assert!(data.class_names.is_empty());
            assert!(notes[0].contains("for 2 classes"), "{notes:?}");
        }
    }

    #[test]
    fn of_several_sets_the_largest_is_taken() {
        let all = vec![
            images("t10k-images", 2),
            labels("t10k-labels", 2),
            labels("train-labels", 5),
            images("train-images", 5),
        ];
        let SortedFiles { data, notes, .. } = sort(all).unwrap();
        let data = data.unwrap().into_dataset();
        assert_eq!((&data.name[..], data.len()), ("train-images", 5));
        assert!(
            notes[0].ends_with("not used: t10k-images, t10k-labels."),
            "{}",
            notes[0]
        );
        let (code, message) = code(vec![images("a", 2), images("b", 3), labels("c", 4)]);
        assert_eq!(code, "idx_count");
        assert!(message.contains("2 images but 4 labels"), "{message}");
    }

    #[test]
    fn half_a_pair_is_named() {
        let (lacking, message) = code(vec![images("a", 2)]);
        assert_eq!(lacking, "pair_missing");
        assert!(message.contains("a holds images; the labels"), "{message}");
        let (lacking, message) = code(vec![labels("b", 2)]);
        assert_eq!(lacking, "pair_missing");
        assert!(message.contains("b holds labels; the images"), "{message}");
    }
}
