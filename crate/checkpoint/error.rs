//! The errors of reading and writing weights files.

use thiserror::Error;

/// The reason why a file could not be read or written. Messages say what was found and what to do about it; [`code`] is a
/// short stable name for scripts.
///
/// [`code`]: CheckpointError::code
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CheckpointError {
    /// The bytes have some other format, or the header contradicts itself.
    #[error(
        "This is not a safetensors file: {reason}. Choose a .safetensors file saved by this program."
    )]
    NotSafetensors {
        /// What is wrong with the bytes.
        reason: String,
    },

    /// Two tensors have the same name, or two entries of the description the same key.
    #[error(
        "The name `{name}` stands twice in the file's header, and only one of the two can be meant. \
         Save the file again with the program that wrote it."
    )]
    DuplicateName {
        /// The name of the tensor or key.
        name: String,
    },

    /// An entry of the metadata that is needed is a number or another thing that is no text.
    #[error(
        "The entry \"{key}\" of the file's metadata is not text; in a safetensors file all metadata \
         are text. Write it as a JSON string."
    )]
    MetadataNotText {
        /// The entry's key.
        key: String,
    },

    /// The file stops before the end that it declares.
    #[error(
        "The file is cut short: it declares {expected} bytes, and {found} are there. \
         Download or copy it again."
    )]
    Truncated {
        /// The number of bytes that the file declares.
        expected: u64,
        /// The number of bytes that are there.
        found: u64,
    },

    /// The first eight bytes declare a longer header than any file of this program has.
    #[error(
        "The file declares a header of {declared} bytes; {limit} is the most that is accepted. \
         It is damaged, or not a file for this program."
    )]
    HeaderTooLarge {
        /// The declared length of the header in bytes.
        declared: u64,
        /// The longest header that is accepted.
        limit: u64,
    },

    /// The header, or a description in it, has more keys than any file of this program.
    #[error(
        "The file's header has more than {limit} names, which is more than any network of this program needs. \
         It was written by another program."
    )]
    TooManyNames {
        /// The most keys that are accepted.
        limit: usize,
    },

    /// There are bytes after the last tensor.
    #[error(
        "The file goes on after its end: it declares {expected} bytes, and {found} are there. \
         Something was appended to it; use the original file."
    )]
    Trailing {
        /// The number of bytes that the file declares.
        expected: u64,
        /// The number of bytes that are there.
        found: u64,
    },

    /// The file has no description of a network of this program.
    #[error(
        "The file does not say which network its weights are for (no \"ddpm\" entry in its \
         metadata), and its tensors are not those of this program's. Was it written by another program?"
    )]
    NoMetadata,

    /// The file has no description of a classifier.
    #[error(
        "The file holds no classifier of this program (no \"ddpm.classifier\" entry in its \
         metadata). Make one with ddpm train-classifier."
    )]
    NoClassifier,

    /// The file has a description that cannot be parsed.
    #[error("The file's description of its network cannot be read: {reason}.")]
    BadMetadata {
        /// What is wrong with the description.
        reason: String,
    },

    /// The description can be parsed, but a number in it is out of range.
    #[error("The file describes a network or recipe that this program cannot run: {reason}")]
    WrongConfig {
        /// Which number is wrong, in a sentence.
        reason: String,
    },

    /// The file has no tensor for a parameter of the network.
    #[error("The file lacks the tensor `{name}`, which the network it describes needs.")]
    MissingTensor {
        /// The tensor's name.
        name: String,
    },

    /// The file has a tensor that is no parameter of the network.
    #[error("The file has a tensor `{name}` that the network it describes does not have.")]
    UnknownTensor {
        /// The tensor's name.
        name: String,
    },

    /// A tensor has another shape than the network's parameter.
    #[error(
        "The tensor `{name}` has the shape {found:?}; the network it is for needs {expected:?}."
    )]
    WrongShape {
        /// The tensor's name.
        name: String,
        /// The parameter's shape.
        expected: Vec<usize>,
        /// The tensor's shape in the file.
        found: Vec<usize>,
    },

    /// A tensor has a number format that is not accepted.
    #[error("The tensor `{name}` holds {found} numbers; {accepted} can be read.")]
    WrongDtype {
        /// The tensor's name.
        name: String,
        /// The tensor's number format in the file.
        found: String,
        /// The formats that are accepted.
        accepted: &'static str,
    },

    /// A value is NaN or infinite.
    #[error(
        "The tensor `{name}` holds {value} at element {index} (counted from 0): the training \
         behind it went wrong. An earlier file may be sound."
    )]
    NotFinite {
        /// The tensor's name.
        name: String,
        /// The element's index, counted from 0.
        index: usize,
        /// The element's value.
        value: f32,
    },

    /// A weight is too large for f16.
    #[error(
        "The weight {value} in `{name}` is beyond the 65504 that f16 can hold; save as f32 instead."
    )]
    F16Overflow {
        /// The tensor's name.
        name: String,
        /// The weight.
        value: f32,
    },

    /// The file holds the state of a training run, and weights were expected.
    #[error(
        "This file is the saved state of a training run, not a file of weights. Resume the run \
         with it (ddpm train --resume), or choose the weights saved beside it."
    )]
    IsTrainingState,

    /// The file holds weights, and the state of a training run was expected.
    #[error(
        "This file holds weights, but not the optimiser's state that a training run is resumed \
         from. Generate with it, or choose the file that the run saved for resuming."
    )]
    NoTrainingState,

    /// The parameters that make up the state's flat vectors are not those of this program's network.
    #[error(
        "This training state was saved by another version of the program, whose network has other \
         parameters. Resume it with that version."
    )]
    WrongLayout,

    /// A vector that should be written does not have one value for each parameter, which is a mistake in the program.
    #[error("`{name}` has {found} values; the network has {expected}.")]
    WrongLength {
        /// The vector's name.
        name: String,
        /// The number of the network's parameters.
        expected: usize,
        /// The number of the vector's values.
        found: usize,
    },
}

impl CheckpointError {
    /// [`CheckpointError::BadMetadata`] for this reason.
    pub(super) fn bad_metadata(reason: impl ToString) -> Self {
        Self::BadMetadata {
            reason: reason.to_string(),
        }
    }

    /// A short name that stays the same when messages are reworded.
    pub fn code(&self) -> &'static str {
        match self {
            CheckpointError::NotSafetensors { .. } => "not_safetensors",
            CheckpointError::DuplicateName { .. } => "duplicate_name",
            CheckpointError::MetadataNotText { .. } => "metadata_not_text",
            CheckpointError::Truncated { .. } => "truncated",
            CheckpointError::HeaderTooLarge { .. } => "header_too_large",
            CheckpointError::TooManyNames { .. } => "too_many_names",
            CheckpointError::Trailing { .. } => "trailing",
            CheckpointError::NoMetadata => "no_metadata",
            CheckpointError::NoClassifier => "no_classifier",
            CheckpointError::BadMetadata { .. } => "bad_metadata",
            CheckpointError::WrongConfig { .. } => "wrong_config",
            CheckpointError::MissingTensor { .. } => "missing_tensor",
            CheckpointError::UnknownTensor { .. } => "unknown_tensor",
            CheckpointError::WrongShape { .. } => "wrong_shape",
            CheckpointError::WrongDtype { .. } => "wrong_dtype",
            CheckpointError::NotFinite { .. } => "not_finite",
            CheckpointError::F16Overflow { .. } => "f16_overflow",
            CheckpointError::IsTrainingState => "is_training_state",
            CheckpointError::NoTrainingState => "no_training_state",
            CheckpointError::WrongLayout => "wrong_layout",
            CheckpointError::WrongLength { .. } => "wrong_length",
        }
    }
}
