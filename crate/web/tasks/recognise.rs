//! Recognise: what the classifier says of digits on the page.

use super::TaskContext;
use crate::evaluation::classifier::Classifier;
use crate::images::fingerprint;
use crate::nn::unet::PIXELS;
use crate::web::protocol::{Event, Refusal, Subject};

/// Digits in one forward pass: on a CPU a few tens of milliseconds, after which the event loop gets a turn.
const BATCH: usize = 16;

/// Send the page the probabilities of these digits, 28×28 bytes each.
pub async fn recognise(context: &TaskContext, classifier: &Classifier, pixels: &[u8]) {
    let mut probabilities = Vec::new();
    for batch in pixels.chunks(BATCH * PIXELS) {
        let progress = async |_| Ok(());
        let ctx = context.runtime().context();
        match classifier.classify(batch, ctx, progress).await {
            Ok(output) => probabilities.extend(output.probabilities),
            Err(error) => {
                return context.refuse(Refusal::new(Subject::Recognise, "device", error));
            }
        }
        context.turn().await;
    }
    context.emit(&Event::Recognised {
        fingerprint: fingerprint(pixels),
        probabilities,
    });
}
