//! Generate: digits out of noise, or out of a picture. The sampler goes as fast as the device lets it; the browser's frames
//! decide which of its steps are seen.

use std::rc::Rc;

use super::{KeptDraw, Outcome, Paused, Stop, TaskContext};
use crate::images::to_bytes;
use crate::samplers::{Class, Trajectory};
use crate::web::drawing::{self, Drawing};
use crate::web::in_flight::InFlight;
use crate::web::protocol::{
    EditOptions, Event, GenerateOptions, Refusal, Sampled, SamplingProgress, Subject,
};
use crate::web::rate_meter::RateMeter;
use crate::web::weights::ModelWeights;

/// A generation: requested, under way or held.
pub struct Generation {
    /// What the network is asked for, which an edit may leave open where the options do not.
    class: Class,
    options: GenerateOptions,
    drawing: Drawing,
    rate: RateMeter,
    in_flight: InFlight,
    /// The progress of the last step, if its frame has not been shown.
    unseen: Option<SamplingProgress>,
    /// While it is held: the frames so far.
    kept: Option<Rc<KeptDraw>>,
}

impl Generation {
    /// Digits out of noise.
    ///
    /// # Errors
    /// Names the first option that is out of range, with the range.
    pub fn new(
        context: &TaskContext,
        weights: &ModelWeights,
        options: GenerateOptions,
    ) -> Result<Self, Refusal> {
        let options = drawing::resolved(Subject::Generate, options, &weights.meta, true)?;
        let drawing = drawing::generate(weights.model(context.runtime()), &options)?;
        let class = options.class.clone();
        Ok(Self::of(context, drawing, class, options))
    }

    /// Digits out of a picture.
    ///
    /// # Errors
    /// As [`new`](Self::new), and if a picture is empty or nothing would change.
    pub fn edit(
        context: &TaskContext,
        weights: &ModelWeights,
        mut options: EditOptions,
    ) -> Result<Self, Refusal> {
        options.draw = drawing::resolved(Subject::Edit, options.draw, &weights.meta, false)?;
        let drawing = drawing::edit(weights.model(context.runtime()), &options)?;
        let class = drawing::class_of_edit(&options);
        Ok(Self::of(context, drawing, class, options.draw))
    }

    fn of(context: &TaskContext, drawing: Drawing, class: Class, options: GenerateOptions) -> Self {
        Self {
            class,
            options,
            drawing,
            rate: RateMeter::default(),
            in_flight: context.in_flight(),
            unseen: None,
            kept: None,
        }
    }

    /// Whether the draw ends before its next step. A Pause takes effect after the first step at the earliest, because a draw without
    /// one has no frames that the page could show while it is held.
    fn stops(&self, context: &TaskContext) -> bool {
        match context.stop_requested() {
            None => false,
            Some(Stop::Pause) => self.drawing.done() > 0,
            Some(Stop::Cancel | Stop::Reset) => true,
        }
    }

    /// Take one reverse step, and show it if a frame is due. False when there was none left.
    async fn step(&mut self, context: &TaskContext) -> Result<bool, String> {
        let Some(t) = self.drawing.step() else {
            return Ok(false);
        };
        let turned = self.in_flight.launched().await?;
        self.record(t, context.now());
        // The browser takes requests for frames, and messages, in the event loop's turn only.
        if turned && !self.options.still && context.frame_due() {
            self.show(context).await;
        }
        Ok(true)
    }

    /// Take note of a step that was at `t`.
    fn record(&mut self, t: usize, now: f64) {
        let (step, steps) = (self.drawing.done(), self.drawing.steps());
        self.rate.record(now, step as f64);
        self.unseen = Some(SamplingProgress {
            step: step as u32,
            steps: steps as u32,
            t: t as u32,
            elapsed_s: self.rate.elapsed(now),
            left_s: self.rate.left((steps - step) as f64).unwrap_or_default(),
        });
    }

    /// Paint the images as they stand, and say how far they are, unless that is what was painted last.
    async fn show(&mut self, context: &TaskContext) {
        let Some(progress) = self.unseen.take() else {
            return;
        };
        self.paint(context).await;
        context.emit(&Event::Sampling(progress));
    }

    /// Paint the images as they stand.
    async fn paint(&self, context: &TaskContext) {
        let images = self.drawing.images();
        let grid = self.class.grid(images.dims()[0]);
        if let Err(error) = context.canvases().generation.paint(images, grid).await {
            context.refuse(Refusal::new(Subject::Generate, "paint", error));
        }
    }

    /// The frames that it has kept so far, while it is held.
    pub fn kept(&self) -> Option<Rc<KeptDraw>> {
        self.kept.clone()
    }

    /// Have the frames so far at hand while it is held, and tell the page of them.
    async fn hold(&mut self, context: &TaskContext) {
        let images = self.drawing.images().clone();
        let grid = self.class.grid(images.dims()[0]);
        match images.into_data_async().await {
            Ok(data) => {
                let pixels = to_bytes(&data.try_into_vec::<f32>().unwrap_or_default());
                let trajectory = self.drawing.trajectory(pixels);
                self.kept = trajectory.map(|trajectory| Rc::new(KeptDraw { trajectory, grid }));
            }
            Err(error) => {
                let message = format!("{error:?}");
                context.refuse(Refusal::new(Subject::Frames, "read_back", message));
            }
        }
        if let Some(kept) = &self.kept {
            let frames = kept.trajectory.frames().to_vec();
            context.emit(&Event::HeldFrames { frames });
        }
    }

    /// Send the pixels to the page. Gives the frames that were kept.
    async fn finish(self, context: &TaskContext, complete: bool) -> Option<KeptDraw> {
        let images = self.drawing.images().clone();
        match images.into_data_async().await {
            Ok(data) => {
                let pixels = to_bytes(&data.try_into_vec::<f32>().unwrap_or_default());
                let elapsed_s = self.rate.elapsed(context.now());
                let (steps, labels) = (self.drawing.done() as u32, self.drawing.labels());
                let grid = self.class.grid(labels.len());
                let trajectory = self.drawing.into_trajectory(pixels.clone());
                let frames = trajectory.as_ref().map(Trajectory::frames);
                let sampled = Sampled::new(self.options, labels, grid, pixels);
                context.emit(&Event::Sampled(Sampled {
                    steps,
                    complete,
                    elapsed_s,
                    frames: frames.unwrap_or_default().to_vec(),
                    ..sampled
                }));
                trajectory.map(|trajectory| KeptDraw { trajectory, grid })
            }
            Err(error) => {
                let message = format!("{error:?}");
                context.refuse(Refusal::new(Subject::Generate, "read_back", message));
                None
            }
        }
    }
}

/// Draw until the last step or a stop. A pause holds the generation, unless it was complete; a cancelled one shows the
/// frame that it has reached.
pub async fn generate(context: &TaskContext, mut generation: Box<Generation>) -> Outcome {
    context.shaders().settled().await;
    generation.kept = None;
    if generation.drawing.done() == 0 {
        generation.drawing.keep_trajectory();
        if !generation.options.still {
            // On a slow machine a step takes seconds. Until the first is done the noise that it begins with is seen.
            generation.paint(context).await;
            context.turn().await;
        }
    }
    generation.rate.start(context.now());
    let mut more = Ok(true);
    while more == Ok(true) && !generation.stops(context) {
        more = generation.step(context).await;
    }
    generation.rate.stop(context.now());
    generation.show(context).await;
    let complete = more == Ok(false);
    let failed = more.is_err();
    if let Err(error) = more {
        context.refuse(Refusal::new(Subject::Generate, "device", error));
    }
    if context.stop_requested() == Some(Stop::Pause) && !complete && !failed {
        generation.hold(context).await;
        return Outcome::Paused(Paused::Generation(generation));
    }
    let drawn = generation.finish(context, complete).await;
    Outcome::Drawn(drawn.map(Rc::new))
}
