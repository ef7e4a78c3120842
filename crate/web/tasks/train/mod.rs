//! Train: the loop around [`Trainer`] and its progress. How a session begins is in `session.rs`, its rows of samples are in
//! `samples.rs`, its losses on other images in `validation.rs`, what its network is asked in `examples.rs`, and what may be
//! changed while it runs in `adjust.rs`.

mod adjust;
mod examples;
mod samples;
mod session;
mod validation;

use std::cell::OnceCell;

use super::{Outcome, Paused, TaskContext};
use crate::checkpoint::{Metadata, RunAbout, RunRecord, TrainState, encode_state};
use crate::data::DatasetId;
use crate::nn::unet::{Preset, UNet};
use crate::training::{
    LossCurve, MetricCurve, MetricPoint, StepMetrics, TenthMeans, TrainError, Trainer,
    learning_rate,
};
use crate::web::protocol::{
    Event, Refusal, RunInfo, SampleRow, Subject, TrainOptions, TrainingProgress,
};
use crate::web::rate_meter::{REPORT_EVERY_S, RateMeter};
use crate::web::weights::ModelWeights;

use samples::Film;
pub use samples::show_samples;
pub use session::network_of;
use validation::Validation;

/// Weight of the newest loss in the smoothed one that is stored with the weights.
const SMOOTHING: f64 = 0.02;

/// Seconds between two checkpoints of a run.
const CHECKPOINT_EVERY_S: f64 = 30.0;

/// A step whose loss is known.
struct FinishedStep {
    step: u32,
    loss: f32,
    grad_norm: f32,
    learning_rate: f64,
}

/// A training session: requested, under way or held.
pub struct TrainSession {
    trainer: Trainer,
    options: TrainOptions,
    rate: RateMeter,
    /// The smoothed loss.
    loss: Option<f64>,
    /// Steps not yet reported.
    unreported: Vec<FinishedStep>,
    /// When progress was last reported.
    reported: f64,
    /// The step after which the run stops by itself.
    end: Option<u64>,
    /// All losses, thinned.
    curve: LossCurve,
    /// The running mean of the loss in each tenth of 0 … T−1.
    tenths: TenthMeans,
    /// What else is known of the steps, thinned.
    metrics: MetricCurve,
    /// Other images than it learns from.
    validation: Option<Validation>,
    /// The number of images that are held out of the training for it.
    held_out: u32,
    /// The step after which it is held, once.
    stop_at: Option<u64>,
    /// Whether it is held after its next step.
    single: bool,
    /// The rows of samples.
    film: Film,
    data: OnceCell<DatasetId>,
    /// The weights that it began with, if they were not fresh ([`RunAbout::begun_with`]).
    begun_with: Option<String>,
    /// The step of the last checkpoint, and when it was made.
    saved: (u64, f64),
}

/// How a session is trained, for [`Metadata::of_run`].
const HOW: &str = "in a browser";

impl TrainSession {
    /// What distinguishes the images that it learns from. Found at the first checkpoint, because it reads every pixel.
    fn data_id(&self) -> &DatasetId {
        self.data.get_or_init(|| self.trainer.data().id())
    }

    /// What the page shows of the session.
    pub fn info(&self) -> RunInfo {
        RunInfo {
            preset: Preset::of(self.trainer.unet()),
            step: self.steps() as u32,
            epoch: self.trainer.epoch(),
            loss: self.loss,
            end: self.end.map(|end| end as u32),
            data: Some(self.data_id().clone()),
            losses: self.curve.points().to_vec(),
            needs_test: self.options.validate && self.held_out == 0,
            stop_at: self.stop_at.map(|step| step as u32),
        }
    }

    /// Whether the page has a checkpoint of its last step.
    pub fn is_saved(&self) -> bool {
        self.saved.0 == self.steps()
    }

    /// What its checkpoints are called.
    pub fn run(&self) -> &str {
        &self.options.run
    }

    /// What is known of its steps besides their losses.
    pub fn metrics(&self) -> &[MetricPoint] {
        self.metrics.points()
    }

    /// Steps and losses on images that it does not learn from.
    pub fn validation(&self) -> &[(u32, f32)] {
        self.validation.as_ref().map_or(&[], Validation::curve)
    }

    /// The rows of samples, the oldest first. May be empty.
    pub fn film(&self) -> &[SampleRow] {
        self.film.rows()
    }

    /// Send the session to the page as a file, if it has taken steps since it was sent last.
    pub async fn save(&mut self, context: &TaskContext) {
        self.saved.1 = context.now();
        if self.steps() == self.saved.0 {
            return;
        }
        match self.file().await {
            Ok(bytes) => {
                self.saved.0 = self.steps();
                let (run, info) = (self.options.run.clone(), self.info());
                context.emit(&Event::Checkpoint { run, bytes, info });
            }
            Err(message) => context.refuse(Refusal::new(Subject::Train, "not_saved", message)),
        }
    }

    /// The session as a file. The steps in flight are waited for.
    ///
    /// # Errors
    /// A message, if the device does not return the state, or if it is not finite.
    async fn file(&mut self) -> Result<Vec<u8>, String> {
        let finished = self.trainer.finish().await.map_err(|e| e.to_string())?;
        self.record(&finished);
        let film = self.film.steps();
        let record = RunRecord {
            about: RunAbout {
                data: Some(self.data_id().clone()),
                sample_every: self.options.sample_every,
                sample_steps: self.options.sample_steps,
                max_steps: self.options.max_steps,
                end: self.end,
                samples_step: film.last().copied().unwrap_or_default(),
                film,
                metrics: self.metrics().to_vec(),
                validation: self.validation().to_vec(),
                validates: self.options.validate,
                held_out: self.held_out,
                stop_at: self.stop_at,
                begun_with: self.begun_with.clone(),
            },
            losses: self.curve.points().to_vec(),
            samples: self.film.pixels(),
        };
        let (trainer, loss) = (&self.trainer, self.loss);
        let state = TrainState::of_trainer(trainer, loss, HOW, record).await?;
        let layout = UNet::layout(self.trainer.unet());
        encode_state(&layout, &state).map_err(|error| error.to_string())
    }

    /// The average of the run so far, as weights.
    pub fn weights(&self) -> ModelWeights {
        ModelWeights {
            meta: Metadata::of_run(&self.trainer, self.loss, HOW, self.begun_with.as_deref()),
            params: self.trainer.average(),
            guide: None,
            source: "trained on this page".into(),
        }
    }

    /// The same in a buffer of their own, which later steps do not change.
    pub fn weights_now(&self) -> ModelWeights {
        let weights = self.weights();
        ModelWeights {
            // On a GPU the average is updated where it lies, so a copy has to be computed.
            params: weights.params.mul_scalar(1.0),
            ..weights
        }
    }

    /// Optimiser steps taken.
    pub fn steps(&self) -> u64 {
        self.trainer.done()
    }

    fn ended(&self) -> bool {
        self.end.is_some_and(|end| self.steps() >= end)
    }

    /// Whether it is to be held after its last step. It is told once.
    fn stops_here(&mut self) -> bool {
        let single = std::mem::take(&mut self.single);
        let reached = self.stop_at.is_some_and(|step| self.steps() >= step);
        if reached {
            self.stop_at = None;
        }
        self.ended() || single || reached
    }

    fn record(&mut self, finished: &[StepMetrics]) {
        for metrics in finished {
            let loss = f64::from(metrics.loss);
            self.loss = Some(self.loss.map_or(loss, |old| old + SMOOTHING * (loss - old)));
            let step = metrics.step as u32;
            self.curve.push(step, metrics.loss);
            let config = self.trainer.config();
            for &image in &metrics.images {
                self.tenths.push(image, config.timesteps);
            }
            let point = MetricPoint {
                step,
                grad_norm: metrics.grad_norm,
                learning_rate: learning_rate(config, metrics.step - 1),
                images_per_s: (self.rate.rate() * f64::from(config.batch_size)) as f32,
                tenths: self.tenths.means(),
            };
            self.metrics.push(point);
            self.unreported.push(FinishedStep {
                step,
                loss: metrics.loss,
                grad_norm: metrics.grad_norm,
                learning_rate: point.learning_rate,
            });
        }
    }

    fn progress(&mut self, now: f64) -> TrainingProgress {
        let finished = std::mem::take(&mut self.unreported);
        let validation = self.validation.as_mut();
        let validation = validation.map_or_else(Vec::new, Validation::unreported);
        let config = self.trainer.config();
        let step = self.trainer.done();
        let epoch = self.trainer.epoch();
        let images_left = (1.0 - epoch.fract()) * self.trainer.images() as f64;
        let steps_left = |end: u64| end.saturating_sub(step) as f64;
        let epoch_left_s = self.rate.left(images_left / f64::from(config.batch_size));
        TrainingProgress {
            step: step as u32,
            epoch,
            losses: finished.iter().map(|it| (it.step, it.loss)).collect(),
            grad_norms: finished.iter().map(|it| it.grad_norm).collect(),
            learning_rates: finished.iter().map(|it| it.learning_rate).collect(),
            tenths: self.tenths.means(),
            validation,
            peak_learning_rate: config.learning_rate,
            batch_size: config.batch_size,
            stop_at: self.stop_at.map(|step| step as u32),
            images_per_s: self.rate.rate() * f64::from(config.batch_size),
            elapsed_s: self.rate.elapsed(now),
            left_s: self.end.and_then(|end| self.rate.left(steps_left(end))),
            epoch_left_s: epoch_left_s.unwrap_or_default(),
            learning_rate: learning_rate(config, step),
        }
    }

    /// Take one optimiser step, report now and then, and draw the samples that are due.
    async fn step(&mut self, context: &TaskContext) -> Result<(), TrainError> {
        let finished = self.trainer.step().await?;
        self.record(&finished);
        let step = self.steps();
        self.rate.record(context.now(), step as f64);
        if context.now() - self.reported > REPORT_EVERY_S {
            self.reported = context.now();
            context.emit(&Event::Training(self.progress(self.reported)));
        }
        self.validate_if_due(context).await;
        self.draw_due_samples(context).await;
        Ok(())
    }
}

/// Train until the end of the run, a stop, or a loss that is not finite. The session is always held afterwards, with its
/// last good weights: it can go on, and one that has reached its end takes as many steps again, over which the learning rate
/// falls to 0 anew.
pub async fn train(context: &TaskContext, mut session: Box<TrainSession>) -> Outcome {
    if context.stop_requested().is_some() {
        session.save(context).await;
        return Outcome::Paused(Paused::Training(session));
    }
    if session.ended() {
        let end = session.steps() + u64::from(session.options.max_steps);
        session.end = Some(end);
        session.trainer.extend(end as u32);
    }
    let (unet, config) = (*session.trainer.unet(), session.trainer.config().clone());
    let shaders = context.shaders();
    shaders
        .compile_training(unet, config, context.runtime())
        .await;
    session.rate.start(context.now());
    // Before the first step, and what a pause has interrupted.
    session.validate_if_due(context).await;
    session.draw_due_samples(context).await;
    let mut outcome = Ok(());
    while context.stop_requested().is_none() && outcome.is_ok() {
        outcome = session.step(context).await;
        if session.stops_here() {
            break;
        }
        if outcome.is_ok() {
            outcome = session.heed_requests(context).await;
        }
        let due = context.now() - session.saved.1 > CHECKPOINT_EVERY_S;
        if outcome.is_ok() && (context.take_save_request() || due) {
            session.rate.stop(context.now());
            session.save(context).await;
            session.rate.start(context.now());
        }
        context.turn().await;
    }
    if outcome.is_ok() {
        // Even before a reset: reads under way must not be dropped (see Trainer).
        let finished = session.trainer.finish().await;
        outcome = finished.map(|finished| session.record(&finished));
    }
    session.rate.stop(context.now());
    context.emit(&Event::Training(session.progress(context.now())));
    if outcome.is_ok() {
        session.save(context).await;
    }
    if let Err(error) = outcome {
        let code = match &error {
            TrainError::NotFinite { .. } => "loss_not_finite",
            // A page is never one of several ranks.
            TrainError::Device(_) | TrainError::Ranks(_) => "device",
        };
        context.refuse(Refusal::new(Subject::Train, code, error.to_string()));
    }
    Outcome::Paused(Paused::Training(session))
}
