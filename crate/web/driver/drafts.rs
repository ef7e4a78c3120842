//! Drafts: one at a time, the newest next.

use super::{Draft, Driver, Run};
use crate::web::protocol::{Event, GenerateOptions, Refusal, Subject};
use crate::web::tasks::draft::draft;
use crate::web::tasks::{Signals, Stop};

impl Driver {
    /// Draw a draft, or have it drawn after the one that is being drawn, in place of any other that waits.
    ///
    /// # Errors
    /// If there are no weights.
    pub(super) fn draft(&self, options: GenerateOptions) -> Result<Option<Run>, Refusal> {
        self.weights_for(Subject::Generate)?;
        let mut held = self.held.borrow_mut();
        if let Some(draft) = &mut held.draft {
            draft.next = Some(options);
            return Ok(None);
        }
        let stop = Signals::default();
        held.draft = Some(Draft {
            stop: stop.clone(),
            next: None,
        });
        let driver = self.clone();
        Ok(Some(Box::pin(async move {
            driver.draw_drafts(options, stop).await;
        })))
    }

    /// Put an end to the draft that is being drawn.
    pub(super) fn stop_draft(&self) {
        if let Some(draft) = self.held.borrow_mut().draft.take() {
            draft.stop.request(Stop::Cancel);
        }
    }

    /// Draw this draft and those that come in meanwhile, until none is left or they are stopped.
    async fn draw_drafts(&self, first: GenerateOptions, stop: Signals) {
        let context = self.context.with_stop(stop.clone());
        let mut next = Some(first);
        while let Some(options) = next {
            let Some(weights) = self.weights_in_use() else {
                break;
            };
            match draft(&context, &weights, options).await {
                // Whoever stopped these drafts may have begun others.
                _ if stop.requested().is_some() => return,
                Ok(Some(drawn)) => context.emit(&Event::Drafted(drawn)),
                Ok(None) => {}
                Err(refusal) => context.refuse(refusal),
            }
            let draft = &mut self.held.borrow_mut().draft;
            next = draft.as_mut().and_then(|draft| draft.next.take());
        }
        self.held.borrow_mut().draft = None;
    }
}
