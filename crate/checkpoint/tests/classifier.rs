//! The weights file of the classifier.

use super::*;
use crate::evaluation::classifier::Classifier;
use crate::evaluation::classifier_training::ClassifierRecipe;

fn meta() -> ClassifierMetadata {
    ClassifierMetadata {
        recipe: ClassifierRecipe::default(),
        images: 60_000,
        step: 14_070,
        accuracy: 0.9953,
        format: FORMAT,
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
    let near = |(a, b): (&f32, &f32)| (a - b).abs() <= a.abs() / 1024.0 + 1e-7;
    assert!(values.iter().zip(&rounded).all(near));
}

#[test]
fn one_kind_of_file_is_told_from_the_other() {
    let values = Classifier::layout().initial(2);
    let classifier = encode_classifier(&values, &meta(), Dtype::F16).unwrap();
    let error = decode(&classifier, |_| layout()).unwrap_err();
    assert_eq!(error.code(), "no_metadata");
    let weights = encode(&layout(), &[0.5; 23], &Metadata::default(), Dtype::F32).unwrap();
    let error = decode_classifier(&weights).unwrap_err();
    assert_eq!(error.code(), "no_classifier");
    assert!(error.to_string().contains("train-classifier"), "{error}");
}

#[test]
fn a_newer_format_is_not_guessed_at() {
    let values = Classifier::layout().initial(2);
    let newer = ClassifierMetadata {
        format: FORMAT + 1,
        ..meta()
    };
    let bytes = encode_classifier(&values, &newer, Dtype::F16).unwrap();
    let error = decode_classifier(&bytes).unwrap_err();
    assert_eq!(error.code(), "bad_metadata");
}
