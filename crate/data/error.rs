//! The errors of reading training data.

use thiserror::Error;

use super::idx_kind::Kind;

/// The reason why a data set could not be read. Messages say what was found and what to do about it; [`code`] is a short
/// stable name for scripts.
///
/// [`code`]: DataError::code
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DataError {
    /// The first four bytes are not those of the kind of file that was needed.
    #[error("{}", magic_message(*.wanted, *.found))]
    IdxMagic {
        /// The kind of file that was needed.
        wanted: Kind,
        /// The first word of the file.
        found: u32,
    },

    /// The images declared are not grey images of 28×28 pixels, and only those can be used here.
    #[error(
        "The images are declared to have {rows}×{columns} pixels; grey images of 28×28 pixels are needed here."
    )]
    IdxSize {
        /// The declared height.
        rows: u32,
        /// The declared width.
        columns: u32,
    },

    /// The images declared have a size that no picture has.
    #[error(
        "The images are declared to have {rows}×{columns} pixels of {channels} values; 8 to 65,535 pixels a side are read, with \
         one value or three. The file is damaged, or holds something else."
    )]
    IdxShape {
        /// The declared height.
        rows: u32,
        /// The declared width.
        columns: u32,
        /// The declared number of values of a pixel.
        channels: u32,
    },

    /// The file has fewer bytes than its header declares, or not even a header.
    #[error(
        "The {kind} file is cut short: {expected} bytes expected, {found} found. \
         Download or copy it again."
    )]
    IdxTruncated {
        /// The kind of file.
        kind: Kind,
        /// The number of bytes that the header declares, itself included.
        expected: u64,
        /// The number of bytes that are there.
        found: u64,
    },

    /// The file has more bytes than its header declares.
    #[error(
        "The {kind} file goes on after its end: {expected} bytes expected, {found} found. \
         Its declared count is wrong, or something was appended; use the original file."
    )]
    IdxTrailing {
        /// The kind of file.
        kind: Kind,
        /// The number of bytes that the header declares, itself included.
        expected: u64,
        /// The number of bytes that are there.
        found: u64,
    },

    /// A label is above 61.
    #[error(
        "Label number {index} (counted from 0) is {value}; labels are classes from 0 to 61. \
         The label file is damaged, or belongs to a data set with more classes."
    )]
    IdxLabel {
        /// The number of the label, counted from 0.
        index: usize,
        /// The label.
        value: i64,
    },

    /// Both files are sound, but one has more images or labels than the other: they do not belong together.
    #[error(
        "There are {images} images but {labels} labels; give the two files of the same set \
         (train with train, t10k with t10k)."
    )]
    IdxCount {
        /// The number of images in the image file.
        images: usize,
        /// The number of labels in the label file.
        labels: usize,
    },

    /// The image file declares no images.
    #[error("The image file holds no images; use the original file.")]
    IdxEmpty,

    /// A label file has rows without a number.
    #[error("The label file declares rows of no numbers; use the original file.")]
    IdxNoColumns,

    /// Images were given without labels, or labels without images.
    #[error(
        "{name} holds {have}; the {lack} that belong to it are missing. Give both files together."
    )]
    PairMissing {
        /// The name of the file that is there.
        name: String,
        /// What it holds.
        have: &'static str,
        /// What is missing.
        lack: &'static str,
    },

    /// A file is named like one of a data set, and holds something else.
    #[error(
        "{name} is named like an MNIST file but does not begin like one (images begin with \
         00 00 08 03, labels with 00 00 08 01). Download or copy it again."
    )]
    IdxNameOnly {
        /// The file's name.
        name: String,
    },

    /// A zip file cannot be read.
    #[error("{name} is no sound zip file ({reason}). Download or copy it again, or unpack it.")]
    ZipDamaged {
        /// The file's name.
        name: String,
        /// The reader's message.
        reason: String,
    },

    /// A zip file unpacks to more than this program reads.
    #[error(
        "{name} unpacks to more than {} MiB. Unpack it, and give the files of one data set.",
        .limit >> 20
    )]
    ZipTooLarge {
        /// The file's name.
        name: String,
        /// The most bytes that are accepted.
        limit: u64,
    },

    /// A PNG or JPEG file cannot be read.
    #[error("The picture {name} cannot be read: {reason}. Use PNG or JPEG files.")]
    PictureDamaged {
        /// The file's name.
        name: String,
        /// The decoder's message.
        reason: String,
    },

    /// There are more pictures than fit in memory as images.
    #[error("There are {count} pictures, and at most {most} are taken. Give fewer of them.")]
    TooManyPictures {
        /// Their number.
        count: usize,
        /// The most that are accepted.
        most: usize,
    },

    /// Pictures lie in more folders than a network can have classes.
    #[error(
        "The pictures belong to {count} classes ({}, …) by the folders that they lie in or by the beginnings of their \
         names; a network has at most 62. Give fewer folders.",
        .first.join(", ")
    )]
    TooManyClasses {
        /// The number of folders.
        count: usize,
        /// The first of their names.
        first: Vec<String>,
    },

    /// A file of the data set is not in the folder.
    #[error(
        "{path} is missing, with and without .gz, and there are no pictures in its place. The four MNIST files are in \
         www/data/mnist of this project's repository: name a folder that has them, or run the program from there."
    )]
    FileMissing {
        /// The file without `.gz`.
        path: String,
    },

    /// The folder has files of several data sets.
    #[error(
        "{folder} has more than one file of {what}: {}. Put those of one data set into a folder of \
         their own.",
        .names.join(", ")
    )]
    FileAmbiguous {
        /// The folder.
        folder: String,
        /// Which images or labels.
        what: String,
        /// The names of the files.
        names: Vec<String>,
    },

    /// The operating system refused to read the file.
    #[error("{path} cannot be read: {reason}.")]
    FileUnreadable {
        /// The file.
        path: String,
        /// The operating system's message.
        reason: String,
    },

    /// The compressed stream stops before its end.
    #[error("{path} is cut short: its gzip stream has no end. Download or copy it again.")]
    GzipTruncated {
        /// The file.
        path: String,
    },

    /// The compressed stream unpacks to more than any data set of these images has.
    #[error(
        "{path} unpacks to more than {} MiB, and no data set for this program is that large. It is \
         damaged, or another file.",
        .limit >> 20
    )]
    GzipTooLarge {
        /// The file.
        path: String,
        /// The most bytes that are accepted.
        limit: u64,
    },

    /// The file is not gzip, or its checksum is wrong.
    #[error("{path} is no sound gzip file ({reason}). Download or copy it again.")]
    GzipDamaged {
        /// The file.
        path: String,
        /// The decompressor's message.
        reason: String,
    },
}

impl DataError {
    /// A short name that stays the same when messages are reworded.
    pub fn code(&self) -> &'static str {
        match self {
            DataError::IdxMagic { .. } | DataError::IdxNameOnly { .. } => "idx_magic",
            DataError::IdxSize { .. } | DataError::IdxShape { .. } => "idx_size",
            DataError::IdxTruncated { .. } => "idx_truncated",
            DataError::IdxTrailing { .. } => "idx_trailing",
            DataError::IdxLabel { .. } => "idx_label",
            DataError::IdxCount { .. } | DataError::IdxEmpty | DataError::IdxNoColumns => {
                "idx_count"
            }
            DataError::PairMissing { .. } => "pair_missing",
            DataError::ZipDamaged { .. } => "zip_damaged",
            DataError::ZipTooLarge { .. } => "zip_too_large",
            DataError::PictureDamaged { .. } => "picture_damaged",
            DataError::TooManyPictures { .. } => "too_many_pictures",
            DataError::TooManyClasses { .. } => "too_many_classes",
            DataError::FileMissing { .. } => "file_missing",
            DataError::FileAmbiguous { .. } => "file_ambiguous",
            DataError::FileUnreadable { .. } => "file_unreadable",
            DataError::GzipTruncated { .. } => "gzip_truncated",
            DataError::GzipTooLarge { .. } => "gzip_too_large",
            DataError::GzipDamaged { .. } => "gzip_damaged",
        }
    }
}

/// The message of [`DataError::IdxMagic`]. It recognises the commonest mistakes, the other file of the pair and a file
/// that is still compressed, so that the reader knows which file to choose.
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
