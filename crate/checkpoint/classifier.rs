//! The classifier's weights. Its shape is fixed, so the description only says how it was trained.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::container::Container;
use super::{CheckpointError, Dtype, Version, encode_tensors, read_tensors};
use crate::evaluation::classifier::Classifier;
use crate::evaluation::classifier_training::ClassifierRecipe;

/// Where the description lies in the file's metadata.
const KEY: &str = "ddpm.classifier";

/// What a classifier's file says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierMetadata {
    pub recipe: ClassifierRecipe,
    /// Images it was trained on.
    pub images: u32,
    /// Optimiser steps behind the weights.
    pub step: u64,
    /// Share of the test images it gets right with the weights as they are in the file, 0 to 1.
    pub accuracy: f64,
    /// See [`super::FORMAT`].
    pub format: u32,
}

/// A file of `values`, the classifier's parameters in layout order.
///
/// # Errors
/// `not_finite`, `f16_overflow`, `wrong_length`, as [`super::encode`].
pub fn encode_classifier(
    values: &[f32],
    meta: &ClassifierMetadata,
    dtype: Dtype,
) -> Result<Vec<u8>, CheckpointError> {
    let text = serde_json::to_string(meta).expect("plain data becomes JSON");
    let entries = BTreeMap::from([(KEY, text), ("format", "pt".to_owned())]);
    encode_tensors(&Classifier::layout(), values, &entries, dtype)
}

/// Reads what [`encode_classifier`] wrote: the description, and the parameters in layout order.
///
/// # Errors
/// `no_classifier` (the file holds something else), and those of [`super::decode`].
pub fn decode_classifier(bytes: &[u8]) -> Result<(ClassifierMetadata, Vec<f32>), CheckpointError> {
    let file = Container::open(bytes)?;
    let text = file.metadata(KEY).ok_or(CheckpointError::NoClassifier)?;
    Version::check(text)?;
    let meta = serde_json::from_str(text).map_err(CheckpointError::bad_metadata)?;
    Ok((meta, read_tensors(&file, &Classifier::layout())?))
}
