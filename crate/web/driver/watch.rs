//! What the page looks at after a draw: its kept frames, and what the classifier says of its digits. None of it is the task
//! that runs, so all of it goes on while a training session does.

use std::rc::Rc;

use super::{Driver, Run};
use crate::evaluation::classifier::Classifier;
use crate::evaluation::classifier_file::decode_classifier;
use crate::nn::unet::PIXELS;
use crate::samplers::FrameKind;
use crate::web::drawing::MAX_COUNT;
use crate::web::protocol::{Event, Refusal, Subject, TrajectoryFrames};
use crate::web::tasks::KeptDraw;
use crate::web::tasks::recognise::recognise;

impl Driver {
    /// Send kept frames of one digit or of all.
    ///
    /// # Errors
    /// If no frames are kept, or there is no such digit.
    pub(super) fn send_trajectory(
        &self,
        what: FrameKind,
        digit: Option<u32>,
    ) -> Result<Run, Refusal> {
        let drawn = self.drawn()?;
        let all = drawn.trajectory.images();
        let images = match digit {
            Some(digit) => digit as usize..digit as usize + 1,
            None => 0..all,
        };
        if images.end > all {
            let message = format!("Digit {} was asked for, of {all}.", images.end);
            return Err(Refusal::new(Subject::Frames, "no_digit", message));
        }
        let context = self.context.clone();
        Ok(Box::pin(async move {
            let digits = images.len() as u32;
            let trajectory = &drawn.trajectory;
            match trajectory.bytes(what, images).await {
                Ok(pixels) => context.emit(&Event::Trajectory(TrajectoryFrames {
                    what,
                    digit,
                    digits,
                    frames: trajectory.frames()[..trajectory.count(what)].to_vec(),
                    pixels,
                })),
                Err(error) => context.refuse(Refusal::new(Subject::Frames, "read_back", error)),
            }
        }))
    }

    /// Paint a kept frame on the canvas of the digits.
    ///
    /// # Errors
    /// If no frames are kept, or there is no such frame.
    pub(super) fn paint_frame(&self, what: FrameKind, frame: u32) -> Result<Run, Refusal> {
        let drawn = self.drawn()?;
        let trajectory = &drawn.trajectory;
        let ctx = self.context.runtime().context();
        let Some(images) = trajectory.frame(ctx, what, frame as usize) else {
            let count = trajectory.count(what);
            let message = format!("Frame {frame} was asked for; there are {count}, from 0 on.");
            return Err(Refusal::new(Subject::Frames, "no_frame", message));
        };
        let context = self.context.clone();
        Ok(Box::pin(async move {
            let canvas = &context.canvases().generation;
            match canvas.paint(&images, drawn.grid).await {
                Ok(()) => context.emit(&Event::FramePainted { what, frame }),
                Err(error) => context.refuse(Refusal::new(Subject::Frames, "paint", error)),
            }
        }))
    }

    fn drawn(&self) -> Result<Rc<KeptDraw>, Refusal> {
        self.held.borrow().drawn.clone().ok_or_else(|| {
            let message = "No frames are kept: they are those of the digits drawn last, since the page was opened.";
            Refusal::new(Subject::Frames, "no_trajectory", message)
        })
    }

    /// Let the classifier in this file look at digits. Whether it can be used.
    pub fn load_classifier(&self, bytes: &[u8]) -> bool {
        match decode_classifier(bytes) {
            Ok((_, values)) => {
                let classifier = Classifier::load(&values, self.context.runtime().context());
                self.held.borrow_mut().classifier = Some(Rc::new(classifier));
                true
            }
            Err(error) => {
                let message = format!("The classifier: {error}");
                let refusal = Refusal::new(Subject::Recognise, error.code(), message);
                self.context.refuse(refusal);
                false
            }
        }
    }

    /// Have the classifier look at these digits.
    ///
    /// # Errors
    /// If it is not here, or if these are not 1 to 64 whole digits.
    pub(super) fn recognise(&self, pixels: Vec<u8>) -> Result<Run, Refusal> {
        let most = MAX_COUNT as usize * PIXELS;
        if pixels.is_empty() || pixels.len() > most || !pixels.len().is_multiple_of(PIXELS) {
            let message = format!(
                "{} bytes are not 1 to {MAX_COUNT} digits of {PIXELS} bytes.",
                pixels.len()
            );
            return Err(Refusal::new(Subject::Recognise, "bad_pixels", message));
        }
        let Some(classifier) = self.held.borrow().classifier.clone() else {
            let message = "The classifier is not here yet.";
            return Err(Refusal::new(Subject::Recognise, "no_classifier", message));
        };
        let context = self.context.clone();
        Ok(Box::pin(async move {
            recognise(&context, &classifier, &pixels).await;
        }))
    }
}
