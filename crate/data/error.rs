//! What can be wrong with training data.

use thiserror::Error;

use super::idx::Kind;

/// Why a data set could not be read. Messages say what was found and what to do; [`code`] is the
/// short stable name for scripts.
///
/// [`code`]: DataError::code
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DataError {
    /// The first four bytes are not those of the wanted kind of file.
    #[error("{}", magic_message(*.wanted, *.found))]
    IdxMagic { wanted: Kind, found: u32 },

    /// The images declared are not 28×28.
    #[error(
        "The images are {rows}×{columns} pixels; this network needs 28×28. \
         Use MNIST, or another set in the same format and size (Fashion-MNIST, for one)."
    )]
    IdxSize { rows: u32, columns: u32 },

    /// Fewer bytes than the header declares, or not even a header.
    #[error(
        "The {kind} file is cut short: {expected} bytes expected, {found} found. \
         Download or copy it again."
    )]
    IdxTruncated {
        kind: Kind,
        expected: u64,
        found: u64,
    },

    /// More bytes than the header declares.
    #[error(
        "The {kind} file goes on after its end: {expected} bytes expected, {found} found. \
         Its declared count is wrong, or something was appended; use the original file."
    )]
    IdxTrailing {
        kind: Kind,
        expected: u64,
        found: u64,
    },

    /// A label is no digit.
    #[error(
        "Label number {index} (counted from 0) is {value}; labels are digits from 0 to 9. \
         The label file is damaged, or belongs to a data set with more classes."
    )]
    IdxLabel { index: usize, value: u8 },

    /// Both files are sound, but they do not belong together.
    #[error(
        "There are {images} images but {labels} labels; give the two files of the same set \
         (train with train, t10k with t10k)."
    )]
    IdxCount { images: usize, labels: usize },

    /// A data set without images.
    #[error("The image file holds no images; use the original file.")]
    IdxEmpty,

    /// A file of the set is not in the folder.
    #[error(
        "{path} is missing, with and without .gz. The four MNIST files are in www/data/mnist of \
         this project's repository: run from the repository's root, or name that folder."
    )]
    FileMissing { path: String },

    /// The operating system would not give the file.
    #[error("{path} cannot be read: {reason}.")]
    FileUnreadable { path: String, reason: String },

    /// The compressed stream stops before its end.
    #[error("{path} is cut short: its gzip stream has no end. Download or copy it again.")]
    GzipTruncated { path: String },

    /// The compressed stream is no gzip, or its checksum is wrong.
    #[error("{path} is no sound gzip file ({reason}). Download or copy it again.")]
    GzipDamaged { path: String, reason: String },
}

impl DataError {
    /// A short name that stays the same when messages are reworded.
    pub fn code(&self) -> &'static str {
        match self {
            DataError::IdxMagic { .. } => "idx_magic",
            DataError::IdxSize { .. } => "idx_size",
            DataError::IdxTruncated { .. } => "idx_truncated",
            DataError::IdxTrailing { .. } => "idx_trailing",
            DataError::IdxLabel { .. } => "idx_label",
            DataError::IdxCount { .. } | DataError::IdxEmpty => "idx_count",
            DataError::FileMissing { .. } => "file_missing",
            DataError::FileUnreadable { .. } => "file_unreadable",
            DataError::GzipTruncated { .. } => "gzip_truncated",
            DataError::GzipDamaged { .. } => "gzip_damaged",
        }
    }
}

/// The commonest mix-ups by name, so that the reader knows which file to pick instead.
fn magic_message(wanted: Kind, found: u32) -> String {
    let [a, b, ..] = found.to_be_bytes();
    let guess = if Kind::of(found).is_some_and(|kind| kind != wanted) {
        format!("this is {} file", wanted.other().with_article())
    } else if [a, b] == [0x1f, 0x8b] {
        "it is still compressed with gzip: unpack it first".to_owned()
    } else {
        "it is no idx file, or holds another kind of data".to_owned()
    };
    format!(
        "Not {} file: {guess} (it begins with 0x{found:08x} instead of 0x{:08x}). \
         Choose {}.",
        wanted.with_article(),
        wanted.magic(),
        wanted.example(),
    )
}
