//! The classifier's weights file. The network has one shape only, so the description says only how it was trained.

use serde::{Deserialize, Serialize};

use super::classifier::Classifier;
use super::classifier_training::ClassifierRecipe;
use crate::checkpoint::{CheckpointError, Dtype, decode_described, encode_described};

/// The key of the description in the file's metadata.
const KEY: &str = "ddpm.classifier";

/// The newest format of the classifier's file that this program reads; see [`ClassifierMetadata::format`].
pub const CLASSIFIER_FORMAT: u32 = 1;

/// The description of a classifier's weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierMetadata {
    /// The recipe that it was trained with.
    pub recipe: ClassifierRecipe,
    /// The number of images it was trained on.
    pub images: u32,
    /// The number of optimiser steps taken.
    pub step: u64,
    /// The fraction of the test images that the classifier recognises with the rounded weights of the file, 0 to 1.
    pub accuracy: f64,
    /// The oldest format whose programs read the file correctly; so far always [`CLASSIFIER_FORMAT`].
    pub format: u32,
}

/// Encodes `values`, the classifier's parameters in layout order, as a file.
///
/// # Errors
/// `not_finite`, `f16_overflow`, `wrong_length`, as [`encode`](crate::checkpoint::encode).
pub fn encode_classifier(
    values: &[f32],
    meta: &ClassifierMetadata,
    dtype: Dtype,
) -> Result<Vec<u8>, CheckpointError> {
    encode_described(KEY, meta, &Classifier::layout(), values, dtype)
}

/// Reads what [`encode_classifier`] wrote: the description, and the parameters in layout order.
///
/// # Errors
/// `no_classifier` (the file holds something else), and those of [`decode`](crate::checkpoint::decode).
pub fn decode_classifier(bytes: &[u8]) -> Result<(ClassifierMetadata, Vec<f32>), CheckpointError> {
    decode_described(
        bytes,
        KEY,
        CLASSIFIER_FORMAT,
        CheckpointError::NoClassifier,
        &Classifier::layout(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Checkpoint, Metadata, decode, encode};
    use crate::nn::unet::{UNet, UNetConfig};

    fn meta() -> ClassifierMetadata {
        ClassifierMetadata {
            recipe: ClassifierRecipe::default(),
            images: 60_000,
            step: 14_070,
            accuracy: 0.9953,
            format: CLASSIFIER_FORMAT,
        }
    }

    #[test]
    fn weights_and_description_come_back() {
        let values = Classifier::layout().initial(2);
        let bytes = encode_classifier(&values, &meta(), Dtype::F32).unwrap();
        assert_eq!(decode_classifier(&bytes).unwrap(), (meta(), values.clone()));
        let half = encode_classifier(&values, &meta(), Dtype::F16).unwrap();
        assert!(half.len() < 1_000_000, "{} bytes", half.len());
        let (_, rounded) = decode_classifier(&half).unwrap();
        let close = |(a, b): (&f32, &f32)| (a - b).abs() <= a.abs() / 1024.0 + 1e-7;
        assert!(values.iter().zip(&rounded).all(close));
    }

    /// The fixture has a layout of three tensors, to keep it small (tests/fixtures/formats/README.md).
    #[test]
    fn descriptions_of_the_first_format_are_read() {
        use crate::nn::var_builder::{Init, Layout, ParamSpec};
        let file = include_bytes!("../../tests/fixtures/formats/classifier-1-first.safetensors");
        let mut specs: Vec<ParamSpec> = Vec::new();
        for (name, shape) in [
            ("conv.weight", vec![2, 1, 3, 3]),
            ("conv.bias", vec![2]),
            ("a.norm.weight", vec![3]),
        ] {
            let offset = specs.last().map_or(0, |spec| spec.offset + spec.len());
            specs.push(ParamSpec {
                name: name.into(),
                shape,
                init: Init::Zeros,
                offset,
            });
        }
        let (read, values): (ClassifierMetadata, _) = decode_described(
            file,
            KEY,
            CLASSIFIER_FORMAT,
            CheckpointError::NoClassifier,
            &Layout { specs },
        )
        .unwrap();
        let expected = ClassifierMetadata {
            step: 14_063,
            accuracy: 0.9971,
            format: 1,
            ..meta()
        };
        assert_eq!(read, expected);
        assert_eq!(values.len(), 23);
    }

    #[test]
    fn the_two_kinds_of_file_are_distinguished() {
        let values = Classifier::layout().initial(2);
        let classifier = encode_classifier(&values, &meta(), Dtype::F16).unwrap();
        let error = decode(&classifier, UNet::layout).unwrap_err();
        assert_eq!(error.code(), "no_metadata");
        let unet = UNetConfig::new([4, 4, 4], 2);
        let layout = UNet::layout(&unet);
        let weights = Metadata::new(unet, crate::training::TrainConfig::default());
        let weights = Checkpoint::new(weights, layout.initial(1));
        let weights = encode(&weights, UNet::layout, Dtype::F32).unwrap();
        let error = decode_classifier(&weights).unwrap_err();
        assert_eq!(error.code(), "no_classifier");
        assert!(error.to_string().contains("train-classifier"), "{error}");
    }

    #[test]
    fn a_newer_format_is_refused() {
        let values = Classifier::layout().initial(2);
        let newer = ClassifierMetadata {
            format: CLASSIFIER_FORMAT + 1,
            ..meta()
        };
        let bytes = encode_classifier(&values, &newer, Dtype::F16).unwrap();
        let error = decode_classifier(&bytes).unwrap_err();
        assert_eq!(error.code(), "bad_metadata");
    }
}
