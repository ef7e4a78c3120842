//! What digits are measured with: a classifier, and the test images that they are to look like.

use std::cell::OnceCell;

use crate::data::Dataset;
use crate::evaluation::Progress;
use crate::evaluation::bootstrap::Estimate;
use crate::evaluation::classifier::Classifier;
use crate::evaluation::classifier_file::{ClassifierMetadata, decode_classifier};
use crate::evaluation::evaluator::Evaluator;
use crate::ops::Context;
use crate::web::protocol::{Refusal, Subject};

/// A classifier and the test images, as their files have them.
pub struct EvaluatorFiles {
    meta: ClassifierMetadata,
    values: Vec<f32>,
    test: Dataset,
    /// Made by the first measurement: classifying the test images takes a while.
    evaluator: OnceCell<Evaluator>,
}

impl EvaluatorFiles {
    /// From a classifier's weights file and raw idx files, already inflated.
    ///
    /// # Errors
    /// Why a file cannot be used; or that there are fewer than two images, which have no spread.
    pub fn parse(classifier: &[u8], images: &[u8], labels: &[u8]) -> Result<Self, Refusal> {
        let refusal = |code, message| Refusal::new(Subject::Measure, code, message);
        let (meta, values) = decode_classifier(classifier)
            .map_err(|error| refusal(error.code(), format!("The classifier: {error}")))?;
        let test = Dataset::parse(images, labels, "test images")
            .map_err(|error| refusal(error.code(), format!("The test images: {error}")))?;
        if test.len() < 2 {
            let message = "There are not enough test images.";
            return Err(refusal("too_few_images", message.into()));
        }
        Ok(Self {
            meta,
            values,
            test,
            evaluator: OnceCell::new(),
        })
    }

    /// The share of the test images that the classifier gets right, as its file says: known before it has classified any.
    pub fn accuracy(&self) -> Estimate {
        Estimate::exact(self.meta.accuracy)
    }

    /// The test images.
    pub fn test(&self) -> &Dataset {
        &self.test
    }

    /// The classifier with its view of the test images. `progress` is told how far it is the first time.
    ///
    /// # Errors
    /// As [`Evaluator::new`].
    pub async fn evaluator(
        &self,
        context: &Context,
        progress: impl Progress,
    ) -> Result<&Evaluator, String> {
        if let Some(evaluator) = self.evaluator.get() {
            return Ok(evaluator);
        }
        let classifier = Classifier::load(&self.values, context);
        let made = Evaluator::new(classifier, &self.test, context, progress).await?;
        Ok(self.evaluator.get_or_init(|| made))
    }
}
