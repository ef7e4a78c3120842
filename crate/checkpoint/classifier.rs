//! The weights file of the evaluator's classifier. Its network has only one shape, so the description only says how it
//! was trained.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::container::Container;
use super::{CheckpointError, Dtype, Version, encode_tensors, read_tensors};
use crate::evaluation::classifier::Classifier;
use crate::evaluation::classifier_training::ClassifierRecipe;

/// The key of the description in the file's metadata.
const KEY: &str = "ddpm.classifier";

/// The description of a classifier's weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierMetadata {
    /// The recipe that it was trained with.
    pub recipe: ClassifierRecipe,
    /// The number of images that it was trained on.
    pub images: u32,
    /// The number of optimiser steps taken.
    pub step: u64,
    /// The fraction of the test images that it classifies correctly, with the weights as they are in the file, 0 to 1.
    pub accuracy: f64,
    /// The version of the file's format, see [`super::FORMAT`].
    pub format: u32,
}

/// Makes a weights file of `values`, the classifier's parameters in the order of its layout.
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

/// Reads a file that [`encode_classifier`] made: the description, and the parameters in the order of the layout.
///
/// # Errors
/// `no_classifier` if the file has no description of a classifier, and those of [`super::decode`].
pub fn decode_classifier(bytes: &[u8]) -> Result<(ClassifierMetadata, Vec<f32>), CheckpointError> {
    let file = Container::open(bytes)?;
    let text = file.metadata(KEY).ok_or(CheckpointError::NoClassifier)?;
    Version::check(text)?;
    let meta = serde_json::from_str(text).map_err(CheckpointError::bad_metadata)?;
    Ok((meta, read_tensors(&file, &Classifier::layout())?))
}
