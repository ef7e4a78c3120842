//! What may be changed of a training session while it runs or is held.

use super::TrainSession;
use super::session::check_memory;
use crate::training::TrainError;
use crate::web::protocol::{AdjustOptions, Event, Refusal, Subject};
use crate::web::tasks::TaskContext;

impl TrainSession {
    /// Have it held after its next step.
    pub fn stop_after_step(&mut self) {
        self.single = true;
    }

    /// Go on otherwise, and tell the page how. No steps may be in flight.
    ///
    /// # Errors
    /// Names what cannot be so; the session then goes on as before.
    pub fn adjust(&mut self, context: &TaskContext, options: AdjustOptions) -> Result<(), Refusal> {
        let bad = |message: String| Refusal::new(Subject::Train, "bad_value", message);
        let config = self.trainer.config();
        let learning_rate = options.learning_rate.unwrap_or(config.learning_rate);
        let batch_size = options.batch_size.unwrap_or(config.batch_size);
        let changed = (learning_rate, batch_size) != (config.learning_rate, config.batch_size);
        if changed {
            check_memory(context, self.trainer.unet(), batch_size)?;
        }
        let stop_at = match options.stop_at {
            None => self.stop_at,
            Some(0) => None,
            Some(step) if u64::from(step) > self.steps() => Some(step.into()),
            Some(step) => {
                return Err(bad(format!(
                    "The run stands at step {} already and cannot stop at step {step}.",
                    self.steps()
                )));
            }
        };
        if changed {
            self.trainer
                .change(learning_rate, batch_size)
                .map_err(bad)?;
            // The speed of steps of another size says nothing.
            let elapsed = self.rate.elapsed(context.now());
            self.rate.begin_again(elapsed);
            // The recipe is part of a checkpoint.
            self.saved.0 = u64::MAX;
        }
        if stop_at != self.stop_at {
            self.stop_at = stop_at;
            // So is the step to stop at.
            self.saved.0 = u64::MAX;
        }
        context.emit(&Event::Training(self.progress(context.now())));
        Ok(())
    }

    /// Do what the page has asked for since the last step.
    ///
    /// # Errors
    /// Those of a step in flight that has failed.
    pub(super) async fn heed_requests(&mut self, context: &TaskContext) -> Result<(), TrainError> {
        let adjustments = context.take_adjustments();
        if !adjustments.is_empty() {
            let finished = self.trainer.finish().await?;
            self.record(&finished);
        }
        for options in adjustments {
            if let Err(refusal) = self.adjust(context, options) {
                context.refuse(refusal);
            }
        }
        context.give_weights(|| self.weights_now());
        if let Some(set) = context.take_examples_request() {
            self.rate.stop(context.now());
            self.questions(context.runtime(), set).ask(context).await;
            self.rate.start(context.now());
        }
        Ok(())
    }
}
