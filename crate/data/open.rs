//! Reading a data set from a folder or a file, for the native command line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::dataset::Dataset;
use super::error::DataError;
use super::given::{CLASSES_FILE, GivenData, SortedFiles, sort};
use super::given_file::GivenFile;

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
    /// [`GivenData::open`], pictures converted as they seem to need it.
    ///
    /// # Errors
    /// Those of [`GivenData::open`].
    pub fn open(dir: &Path, split: Split, notes: &mut Vec<String>) -> Result<Dataset, DataError> {
        GivenData::open(dir, split, notes).map(GivenData::into_dataset)
    }
}

impl GivenData {
    /// Reads a part of MNIST, or of another data set in the same format, from the folder `dir`: an image file and a label file.
    /// Their names must say which part they belong to (`train`, or `t10k` or `test`) and what they hold (`images`, `labels`);
    /// whether they are packed by gzip is told by their content. If a file is there both with `.gz` and without, the one with
    /// `.gz` is read. A file called `classes.txt` beside them names the classes ([`sort`](super::sort)).
    ///
    /// A folder without such files may have PNG and JPEG files in folders called after their classes. If those lie in folders
    /// called `train` and `test`, each is a part; otherwise all are the training images. `dir` may also be one file that is all
    /// of this, a zip file for example. Sentences about what was ignored are added to `notes`.
    ///
    /// # Errors
    /// `file_missing`, `file_unreadable`, `file_ambiguous` if there are files of several data sets, and those of
    /// [`sort`](super::sort).
    pub fn open(dir: &Path, split: Split, notes: &mut Vec<String>) -> Result<GivenData, DataError> {
        let prefix = split.prefix();
        let folder = dir.file_name().unwrap_or(dir.as_os_str());
        let folder = folder.to_string_lossy();
        let names = names(dir)?;
        let example = dir.join(format!("{prefix}-images-idx3-ubyte"));
        let files = match find(dir, &names, split, ["image", "images-idx3-ubyte"]) {
            Ok(images) => {
                let labels = find(dir, &names, split, ["label", "labels-idx1-ubyte"])?;
                let names = names.get(CLASSES_FILE).map(|name| read(dir, name));
                let pair = [read(dir, &images), read(dir, &labels)];
                pair.into_iter().chain(names).collect::<Result<_, _>>()?
            }
            Err(missing @ DataError::FileMissing { .. }) => {
                let pictures = picture_files(dir, &folder, split)?;
                if pictures.is_empty() {
                    return Err(missing);
                }
                pictures
            }
            Err(error) => return Err(error),
        };
        let SortedFiles {
            data, notes: more, ..
        } = sort(files)?;
        notes.extend(more);
        let mut data = data.ok_or(DataError::FileMissing {
            path: example.display().to_string(),
        })?;
        let name = match &mut data {
            GivenData::Ready(data) => &mut data.name,
            GivenData::Pictures(pictures) => pictures.name_mut(),
        };
        *name = format!("{folder} ({prefix})");
        Ok(data)
    }
}

/// All pictures of a part of the data set below the folder `dir`, which is called `folder`; or `dir` itself if it is a file.
/// Their names are paths that begin with `folder`.
fn picture_files(dir: &Path, folder: &str, split: Split) -> Result<Vec<GivenFile>, DataError> {
    if dir.is_file() {
        return Ok(match split {
            Split::Train => vec![read_as(dir, folder.to_owned())?],
            Split::Test => Vec::new(),
        });
    }
    let mut found = Vec::new();
    let mut folders = vec![(dir.to_owned(), folder.to_owned())];
    while let Some((dir, path)) = folders.pop() {
        let unreadable = |error: std::io::Error| unreadable(&dir, &error);
        let Ok(entries) = fs::read_dir(&dir) else {
            continue;
        };
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let below = format!("{path}/{name}");
            let lower = name.to_lowercase();
            if entry.path().is_dir() {
                folders.push((entry.path(), below));
            } else if [".png", ".jpg", ".jpeg"]
                .iter()
                .any(|ending| lower.ends_with(ending))
            {
                found.push((entry.path(), below));
            }
        }
    }
    // The order of a folder's entries is the file system's, and that of a data set must not be.
    found.sort();
    let part = |split: Split, path: &str| {
        let mut folders = path.split('/').skip(1);
        folders.any(|folder| split.has(&folder.to_lowercase()))
    };
    let divided = found.iter().any(|(_, path)| part(Split::Test, path));
    let wanted = found.into_iter().filter(|(_, path)| match split {
        Split::Train => !(divided && part(Split::Test, path)),
        Split::Test => part(Split::Test, path),
    });
    wanted.map(|(file, path)| read_as(&file, path)).collect()
}

fn unreadable(path: &Path, error: &std::io::Error) -> DataError {
    DataError::FileUnreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}

/// The file, called `name`.
fn read_as(path: &Path, name: String) -> Result<GivenFile, DataError> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    Ok(GivenFile { name, bytes })
}

/// The names of the folder's files by their names in lower case without `.gz`: of two that differ in that alone, the packed
/// one.
fn names(dir: &Path) -> Result<BTreeMap<String, String>, DataError> {
    let unreadable = |error| unreadable(dir, &error);
    let mut names = BTreeMap::new();
    let entries = match fs::read_dir(dir) {
        // A folder that is not there lacks all files, which the caller says of the first that it needs; a file has none in it.
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(names);
        }
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

/// The name of the file in `dir` whose name has `word` and belongs to the part; `example` ends the name that MNIST's file has.
fn find(
    dir: &Path,
    names: &BTreeMap<String, String>,
    split: Split,
    [word, example]: [&str; 2],
) -> Result<String, DataError> {
    let found: Vec<&String> = names
        .iter()
        .filter(|(lower, _)| split.has(lower) && lower.contains(word))
        .map(|(_, name)| name)
        .collect();
    match found[..] {
        [] => {
            let path = dir.join(format!("{}-{example}", split.prefix()));
            Err(DataError::FileMissing {
                path: path.display().to_string(),
            })
        }
        [name] => Ok(name.clone()),
        _ => Err(DataError::FileAmbiguous {
            folder: dir.display().to_string(),
            what: format!("{} {word}s", split.prefix()),
            names: found.into_iter().cloned().collect(),
        }),
    }
}

/// The file with this name in `dir`, called by its path.
fn read(dir: &Path, name: &str) -> Result<GivenFile, DataError> {
    let path = dir.join(name);
    read_as(&path, path.display().to_string())
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
    fn a_file_beside_them_names_the_classes() {
        let dir = small();
        let names = ["zero", "one", "two", "three", "four"];
        fs::write(dir.path().join("Classes.txt"), names.join("\n")).unwrap();
        assert_eq!(open(dir.path(), Split::Train).unwrap().class_names, names);
        fs::write(dir.path().join("Classes.txt"), "zero").unwrap();
        let mut notes = Vec::new();
        let data = Dataset::open(dir.path(), Split::Train, &mut notes).unwrap();
        assert!(data.class_names.is_empty());
        assert!(notes[0].contains("1 lines for 5 classes"), "{notes:?}");
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
    fn emnist_is_known_by_its_files_in_a_folder_of_any_name() {
        let dir = tempfile::tempdir().unwrap();
        let mut corner = [0; PIXELS];
        corner[1] = 200;
        let write = |name: &str, bytes| fs::write(dir.path().join(name), bytes).unwrap();
        let [images, labels] =
            ["images-idx3", "labels-idx1"].map(|kind| format!("emnist-letters-train-{kind}-ubyte"));
        write(&images, idx::write_images(&corner));
        write(&labels, idx::write_labels(&[26]));
        let data = open(dir.path(), Split::Train).unwrap();
        assert_eq!(data.class_names[26], "Z");
        assert_eq!((data.image(0)[1], data.image(0)[28]), (0, 200));
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
