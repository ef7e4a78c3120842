//! Reading a data set from a folder, for the native command line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::dataset::Dataset;
use super::error::DataError;
use super::given::{GivenFile, SortedFiles, sort};

/// One of the two parts of MNIST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// The 60,000 training images.
    Train,
    /// The 10,000 test images.
    Test,
}

impl Split {
    /// The beginning of the names of MNIST's two files of this part.
    fn prefix(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Test => "t10k",
        }
    }

    /// Whether a file's name, in lower case, says that it belongs to this part.
    fn has(self, name: &str) -> bool {
        match self {
            Split::Train => name.contains("train"),
            Split::Test => name.contains("t10k") || name.contains("test"),
        }
    }
}

impl Dataset {
    /// Reads the image file and the label file of a part of MNIST, or of another data set in the same format, from the
    /// folder `dir`. Their names must say which part they belong to (`train`, or `t10k` or `test`) and what they hold
    /// (`images`, `labels`); whether they are packed by gzip is told by their content. If a file is there both with `.gz` and
    /// without, the one with `.gz` is read. Sentences about what was ignored are added to `notes`.
    ///
    /// # Errors
    /// `file_missing`, `file_unreadable`, `file_ambiguous` if there are files of several data sets, those of
    /// [`sort`](super::sort) and of [`Dataset::parse`].
    pub fn open(dir: &Path, split: Split, notes: &mut Vec<String>) -> Result<Dataset, DataError> {
        let prefix = split.prefix();
        let names = names(dir)?;
        let images = read(dir, &names, split, ["image", "images-idx3-ubyte"])?;
        let labels = read(dir, &names, split, ["label", "labels-idx1-ubyte"])?;
        let (images_name, labels_name) = (images.name.clone(), labels.name.clone());
        let SortedFiles {
            pair, notes: more, ..
        } = sort(vec![images, labels])?;
        notes.extend(more);
        let (images, labels) = pair.ok_or(DataError::PairMissing {
            name: format!("{images_name} or {labels_name}"),
            have: "something else",
            lack: "images and labels",
        })?;
        let folder = dir.file_name().unwrap_or(dir.as_os_str());
        let name = format!("{} ({prefix})", folder.to_string_lossy());
        Dataset::parse(&images.bytes, &labels.bytes, name)
    }
}

/// The names of the folder's files by their names in lower case without `.gz`: of two that differ in that alone, the packed
/// one.
fn names(dir: &Path) -> Result<BTreeMap<String, String>, DataError> {
    let unreadable = |error: std::io::Error| DataError::FileUnreadable {
        path: dir.display().to_string(),
        reason: error.to_string(),
    };
    let mut names = BTreeMap::new();
    let entries = match fs::read_dir(dir) {
        // A folder that is not there lacks all files, which the caller says of the first that it needs.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(names),
        entries => entries.map_err(unreadable)?,
    };
    for entry in entries {
        let Ok(name) = entry.map_err(unreadable)?.file_name().into_string() else {
            continue;
        };
        let lower = name.to_lowercase();
        match lower.strip_suffix(".gz") {
            Some(plain) => {
                names.insert(plain.to_owned(), name);
            }
            None => {
                names.entry(lower).or_insert(name);
            }
        }
    }
    Ok(names)
}

/// The file of `dir` whose name has `word` and belongs to the part; `example` ends the name that MNIST's file has.
fn read(
    dir: &Path,
    names: &BTreeMap<String, String>,
    split: Split,
    [word, example]: [&str; 2],
) -> Result<GivenFile, DataError> {
    let found: Vec<&String> = names
        .iter()
        .filter(|(lower, _)| split.has(lower) && lower.contains(word))
        .map(|(_, name)| name)
        .collect();
    let path = |name: &str| dir.join(name).display().to_string();
    match found[..] {
        [] => Err(DataError::FileMissing {
            path: path(&format!("{}-{example}", split.prefix())),
        }),
        [name] => {
            let bytes = fs::read(dir.join(name)).map_err(|error| DataError::FileUnreadable {
                path: path(name),
                reason: error.to_string(),
            })?;
            let name = path(name);
            Ok(GivenFile { name, bytes })
        }
        _ => Err(DataError::FileAmbiguous {
            folder: dir.display().to_string(),
            what: format!("{} {word}s", split.prefix()),
            names: found.into_iter().cloned().collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::data::idx;
    use crate::nn::unet::PIXELS;

    fn open(dir: &Path, split: Split) -> Result<Dataset, DataError> {
        Dataset::open(dir, split, &mut Vec::new())
    }

    fn mnist() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data/mnist")
    }

    #[test]
    fn mnist_is_what_it_should_be() {
        let train = open(&mnist(), Split::Train).unwrap();
        assert_eq!(train.labels[..5], [5, 0, 4, 1, 9]);
        assert_eq!(train.name, "mnist (train)");
        let info = train.info();
        assert_eq!(info.images, 60_000);
        assert_eq!(info.classes.iter().sum::<u32>(), 60_000);
        assert!((info.mean - 0.1307).abs() < 5e-5, "{}", info.mean);
        assert!((info.std - 0.3081).abs() < 5e-5, "{}", info.std);

        let test = open(&mnist(), Split::Test).unwrap();
        assert_eq!((test.len(), test.images.len()), (10_000, 10_000 * PIXELS));
    }

    /// A folder with one image and its label, not compressed.
    fn small() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let image = idx::write_images(&[9; PIXELS]);
        fs::write(dir.path().join("train-images-idx3-ubyte"), image).unwrap();
        let label = idx::write_labels(&[4]);
        fs::write(dir.path().join("train-labels-idx1-ubyte"), label).unwrap();
        dir
    }

    #[test]
    fn unpacked_files_are_read_too() {
        let dir = small();
        let data = open(dir.path(), Split::Train).unwrap();
        assert_eq!(
            (data.image(0), &data.labels[..]),
            (&[9; PIXELS][..], &[4][..])
        );
    }

    #[test]
    fn a_missing_file_says_where_to_get_it() {
        let dir = small();
        let error = open(dir.path(), Split::Test).unwrap_err();
        assert_eq!(error.code(), "file_missing");
        assert!(error.to_string().contains("www/data/mnist"), "{error}");
    }

    #[test]
    fn a_folder_in_place_of_a_file_is_an_error_not_an_absence() {
        let dir = small();
        fs::create_dir(dir.path().join("train-images-idx3-ubyte.gz")).unwrap();
        let error = open(dir.path(), Split::Train).unwrap_err();
        assert_eq!(error.code(), "file_unreadable");
    }

    #[test]
    fn damaged_gzip_is_told_from_truncated_gzip() {
        let dir = small();
        let packed = fs::read(mnist().join("t10k-labels-idx1-ubyte.gz")).unwrap();
        let code = |bytes: &[u8]| {
            fs::write(dir.path().join("train-images-idx3-ubyte.gz"), bytes).unwrap();
            open(dir.path(), Split::Train).unwrap_err().code()
        };
        for cut in [5, 20, packed.len() / 2, packed.len() - 1] {
            assert_eq!(code(&packed[..cut]), "gzip_truncated", "{cut}");
        }
        assert_eq!(code(b""), "idx_magic");
        assert_eq!(code(b"not gzip at all, but long enough"), "idx_magic");
        let mut flipped = packed.clone();
        let crc = packed.len() - 8;
        flipped[crc] ^= 1;
        assert_eq!(code(&flipped), "gzip_damaged");
        // Labels in place of the images.
        assert_eq!(code(&packed), "pair_missing");
    }

    /// The content tells whether a file is packed, and other data sets have other names.
    #[test]
    fn names_need_not_be_those_of_mnist() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
        put(
            "emnist-letters-train-images.idx3-ubyte.gz",
            &idx::write_images(&[9; PIXELS]),
        );
        put(
            "emnist-letters-Train-Labels",
            &gzip(&idx::write_labels(&[4])),
        );
        put("readme.txt", b"training notes");
        let data = open(dir.path(), Split::Train).unwrap();
        assert_eq!(data.labels, [4]);
        put("test-images", &idx::write_images(&[9; 2 * PIXELS]));
        put("test-labels", &idx::write_labels(&[4, 5]));
        assert_eq!(open(dir.path(), Split::Test).unwrap().len(), 2);
        put("qmnist-train-labels-idx2-int", b"");
        let error = open(dir.path(), Split::Train).unwrap_err();
        assert_eq!(error.code(), "file_ambiguous");
        assert!(
            error.to_string().contains("qmnist-train-labels-idx2-int"),
            "{error}"
        );
    }

    #[test]
    fn what_is_ignored_is_said() {
        let dir = small();
        let stray = [gzip(&idx::write_labels(&[4])), b"?".to_vec()].concat();
        fs::write(dir.path().join("train-labels-idx1-ubyte"), stray).unwrap();
        let mut notes = Vec::new();
        Dataset::open(dir.path(), Split::Train, &mut notes).unwrap();
        assert!(notes[0].contains("1 bytes after the end"), "{notes:?}");
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let level = flate2::Compression::default();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }
}
