//! Reading a data set from a folder, for the native command line.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::dataset::Dataset;
use super::error::DataError;

/// One of the two parts of MNIST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// The 60,000 training images.
    Train,
    /// The 10,000 test images.
    Test,
}

impl Split {
    /// The beginning of the names of the part's two files.
    fn prefix(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Test => "t10k",
        }
    }
}

impl Dataset {
    /// Reads `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, or the `t10k-` pair, from the folder `dir`. If a file
    /// is there both with `.gz` and without, the one with `.gz` is read.
    ///
    /// # Errors
    /// `file_missing`, `file_unreadable`, `gzip_truncated`, `gzip_damaged`, and those of
    /// [`Dataset::parse`].
    pub fn open(dir: &Path, split: Split) -> Result<Dataset, DataError> {
        let prefix = split.prefix();
        let images = read(dir, &format!("{prefix}-images-idx3-ubyte"))?;
        let labels = read(dir, &format!("{prefix}-labels-idx1-ubyte"))?;
        let folder = dir.file_name().unwrap_or(dir.as_os_str());
        let name = format!("{} ({prefix})", folder.to_string_lossy());
        Dataset::parse(&images, &labels, name)
    }
}

/// The contents of the file `name` or `name`.gz, inflated.
fn read(dir: &Path, name: &str) -> Result<Vec<u8>, DataError> {
    let packed = dir.join(format!("{name}.gz"));
    if let Some(bytes) = read_if_there(&packed)? {
        return inflate(&bytes, &packed);
    }
    let plain = dir.join(name);
    read_if_there(&plain)?.ok_or_else(|| DataError::FileMissing {
        path: plain.display().to_string(),
    })
}

/// The contents of a file, or `None` if there is none at `path`.
fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, DataError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(DataError::FileUnreadable {
            path: path.display().to_string(),
            reason: e.to_string(),
        }),
    }
}

fn inflate(bytes: &[u8], path: &Path) -> Result<Vec<u8>, DataError> {
    let path = path.display().to_string();
    let mut inflated = Vec::new();
    match MultiGzDecoder::new(bytes).read_to_end(&mut inflated) {
        Ok(_) => Ok(inflated),
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => Err(DataError::GzipTruncated { path }),
        Err(e) => Err(DataError::GzipDamaged {
            path,
            reason: e.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::data::idx;
    use crate::nn::unet::PIXELS;

    fn mnist() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data/mnist")
    }

    #[test]
    fn mnist_is_what_it_should_be() {
        let train = Dataset::open(&mnist(), Split::Train).unwrap();
        assert_eq!(train.labels[..5], [5, 0, 4, 1, 9]);
        assert_eq!(train.name, "mnist (train)");
        let info = train.info();
        assert_eq!(info.images, 60_000);
        assert_eq!(info.classes.iter().sum::<u32>(), 60_000);
        assert!((info.mean - 0.1307).abs() < 5e-5, "{}", info.mean);
        assert!((info.std - 0.3081).abs() < 5e-5, "{}", info.std);

        let test = Dataset::open(&mnist(), Split::Test).unwrap();
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
        let data = Dataset::open(dir.path(), Split::Train).unwrap();
        assert_eq!(
            (data.image(0), &data.labels[..]),
            (&[9; PIXELS][..], &[4][..])
        );
    }

    #[test]
    fn a_missing_file_says_where_to_get_it() {
        let dir = small();
        let error = Dataset::open(dir.path(), Split::Test).unwrap_err();
        assert_eq!(error.code(), "file_missing");
        assert!(error.to_string().contains("www/data/mnist"), "{error}");
    }

    #[test]
    fn a_folder_in_place_of_a_file_is_an_error_not_an_absence() {
        let dir = small();
        fs::create_dir(dir.path().join("train-images-idx3-ubyte.gz")).unwrap();
        let error = Dataset::open(dir.path(), Split::Train).unwrap_err();
        assert_eq!(error.code(), "file_unreadable");
    }

    #[test]
    fn damaged_gzip_is_told_from_truncated_gzip() {
        let dir = small();
        let packed = fs::read(mnist().join("t10k-labels-idx1-ubyte.gz")).unwrap();
        let code = |bytes: &[u8]| {
            fs::write(dir.path().join("train-images-idx3-ubyte.gz"), bytes).unwrap();
            Dataset::open(dir.path(), Split::Train).unwrap_err().code()
        };
        for cut in [0, 5, 20, packed.len() / 2, packed.len() - 1] {
            assert_eq!(code(&packed[..cut]), "gzip_truncated", "{cut}");
        }
        assert_eq!(code(b"not gzip at all, but long enough"), "gzip_damaged");
        let mut flipped = packed.clone();
        let crc = packed.len() - 8;
        flipped[crc] ^= 1;
        assert_eq!(code(&flipped), "gzip_damaged");
        assert_eq!(code(&packed), "idx_magic");
    }
}
