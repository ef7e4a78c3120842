//! What can be wrong with a weights file.

use thiserror::Error;

/// Why a file could not be read, or not be written. Messages say what was found and what to do;
/// [`code`] is the short stable name for scripts.
///
/// [`code`]: CheckpointError::code
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CheckpointError {
    /// The bytes are of some other format, or the header contradicts itself.
    #[error(
        "This is not a safetensors file: {reason}. Choose a .safetensors file saved by this program."
    )]
    NotSafetensors { reason: String },

    /// The file stops before the end that it declares.
    #[error(
        "The file is cut short: it declares {expected} bytes, and {found} are there. \
         Download or copy it again."
    )]
    Truncated { expected: u64, found: u64 },

    /// The first eight bytes declare a header that no file of ours can have.
    #[error(
        "The file declares a header of {declared} bytes; {limit} is the most that is accepted. \
         It is damaged, or not a file for this program."
    )]
    HeaderTooLarge { declared: u64, limit: u64 },

    /// There are bytes after the last tensor.
    #[error(
        "The file goes on after its end: it declares {expected} bytes, and {found} are there. \
         Something was appended to it; use the original file."
    )]
    Trailing { expected: u64, found: u64 },

    /// The file has no description of a network of ours.
    #[error(
        "The file does not say which network its weights are for (no \"ddpm\" entry in its \
         metadata). Was it written by another program?"
    )]
    NoMetadata,

    /// The file has no description of a classifier.
    #[error(
        "The file holds no classifier of this program (no \"ddpm.classifier\" entry in its \
         metadata). Make one with ddpm train-classifier."
    )]
    NoClassifier,

    /// The description is there and cannot be understood.
    #[error("The file's description of its network cannot be read: {reason}.")]
    BadMetadata { reason: String },

    /// The description is understood and out of range.
    #[error("The file describes a network or recipe that this program cannot run: {reason}")]
    WrongConfig { reason: String },

    /// A parameter of the network is not in the file.
    #[error("The file lacks the tensor `{name}`, which the network it describes needs.")]
    MissingTensor { name: String },

    /// The file has a tensor for which the network has no place.
    #[error("The file has a tensor `{name}` that the network it describes does not have.")]
    UnknownTensor { name: String },

    /// A tensor has another shape than the network's.
    #[error(
        "The tensor `{name}` has the shape {found:?}; the network it is for needs {expected:?}."
    )]
    WrongShape {
        name: String,
        expected: Vec<usize>,
        found: Vec<usize>,
    },

    /// A tensor holds another kind of number.
    #[error("The tensor `{name}` holds {found} numbers; {accepted} can be read.")]
    WrongDtype {
        name: String,
        found: String,
        accepted: &'static str,
    },

    /// NaN or an infinity among the values.
    #[error(
        "The tensor `{name}` holds {value} at element {index} (counted from 0): the training \
         behind it went wrong. An earlier file may be sound."
    )]
    NotFinite {
        name: String,
        index: usize,
        value: f32,
    },

    /// A weight is too large for f16.
    #[error(
        "The weight {value} in `{name}` is beyond the 65504 that f16 can hold; save as f32 instead."
    )]
    F16Overflow { name: String, value: f32 },

    /// A training state where weights were asked for.
    #[error(
        "This file is the saved state of a training run, not a file of weights. Resume the run \
         with it (ddpm train --resume), or choose the weights saved beside it."
    )]
    IsTrainingState,

    /// Weights where a training state was asked for.
    #[error(
        "This file holds weights, but not the optimiser's state that a training run is resumed \
         from. Generate with it, or choose the file that the run saved for resuming."
    )]
    NoTrainingState,

    /// The state's flat vectors are cut into parameters in another way than this program's.
    #[error(
        "This training state was saved by another version of the program, whose network has other \
         parameters. Resume it with that version."
    )]
    WrongLayout,

    /// A vector to be written has not the network's length: a mistake in the program.
    #[error("`{name}` has {found} values; the network has {expected}.")]
    WrongLength {
        name: String,
        expected: usize,
        found: usize,
    },
}

impl CheckpointError {
    pub(super) fn bad_metadata(reason: impl ToString) -> Self {
        Self::BadMetadata {
            reason: reason.to_string(),
        }
    }

    /// A short name that stays the same when messages are reworded.
    pub fn code(&self) -> &'static str {
        match self {
            CheckpointError::NotSafetensors { .. } => "not_safetensors",
            CheckpointError::Truncated { .. } => "truncated",
            CheckpointError::HeaderTooLarge { .. } => "header_too_large",
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
