//! Train: the loop around [`Trainer`], its progress, and the row of samples.

use std::cell::OnceCell;
use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};

use super::{Outcome, Paused, TaskContext};
use crate::checkpoint::{Metadata, RunAbout, RunRecord, TrainState, encode_state};
use crate::data::{Dataset, DatasetId};
use crate::images::{Grid, from_bytes, to_bytes};
use crate::nn::unet::{CLASSES, PIXELS, Preset, SIZE, UNet, UNetConfig};
use crate::ops::read;
use crate::runtime::Runtime;
use crate::samplers::{Class, Ddpm, Sampling};
use crate::training::{
    LossCurve, LrDecay, OptimizerState, StepMetrics, TrainConfig, TrainError, Trainer,
    learning_rate,
};
use crate::web::device::training_bytes;
use crate::web::protocol::{Event, Refusal, RunInfo, Subject, TrainOptions, TrainingProgress};
use crate::web::rate_meter::{REPORT_EVERY_S, RateMeter};
use crate::web::weights::ModelWeights;

/// The samples drawn while training are all of this seed, so that only the weights change.
const SAMPLE_SEED: u64 = 1;
/// Weight of the newest loss in the smoothed one that is stored with the weights.
const SMOOTHING: f64 = 0.02;

/// Seconds between two checkpoints of a run.
const CHECKPOINT_EVERY_S: f64 = 30.0;

/// A training session: requested, under way or held.
pub struct TrainSession {
    trainer: Trainer,
    options: TrainOptions,
    rate: RateMeter,
    /// The smoothed loss.
    loss: Option<f64>,
    /// Losses not yet reported.
    unreported: Vec<(u32, f32)>,
    /// When progress was last reported.
    reported: f64,
    /// The step after which the run stops by itself.
    end: Option<u64>,
    /// All losses, thinned.
    curve: LossCurve,
    /// The pixels of the last row of samples, and their step.
    samples: (u32, Vec<u8>),
    data: OnceCell<DatasetId>,
    /// The step of the last checkpoint, and when it was made.
    saved: (u64, f64),
}

/// The network that these options train on `data`, the preset's where those are not known yet: that of the weights in use where
/// the run begins from them.
pub fn network_of(
    options: &TrainOptions,
    loaded: Option<&ModelWeights>,
    data: Option<&Dataset>,
) -> UNetConfig {
    match loaded {
        Some(start) if options.from_current => start.meta.unet,
        _ => {
            let preset = options.preset.config();
            UNetConfig {
                out_channels: options.config.out_channels(),
                classes: data.map_or(preset.classes, Dataset::network_classes),
                ..preset
            }
        }
    }
}

/// Refuses a batch that does not fit on the device.
fn check_memory(context: &TaskContext, unet: &UNetConfig, batch: u32) -> Result<(), Refusal> {
    let most = context.most_images(unet);
    if batch <= most {
        return Ok(());
    }
    let gigabytes = training_bytes(unet, u64::from(batch)) as f64 / 1e9;
    let message = format!(
        "Batches of {batch} images of this model take about {gigabytes:.1} GB, and this device holds at most {most} images \
         at a time."
    );
    let refusal = Refusal::new(Subject::Train, "batch_too_large", message);
    Err(Refusal {
        batch: Some(most),
        ..refusal
    })
}

impl TrainSession {
    /// A session that has not taken a step. `loaded`: the weights in use, which it may begin from.
    ///
    /// # Errors
    /// Names the first option that is out of range, with the range.
    pub fn new(
        context: &TaskContext,
        options: TrainOptions,
        data: Arc<Dataset>,
        loaded: Option<&ModelWeights>,
    ) -> Result<Self, Refusal> {
        let bad = |message: String| Refusal::new(Subject::Train, "bad_value", message);
        if options.sample_every > 0 && options.sample_steps == 0 {
            let message = "The sampling steps are 0; take at least 1, or draw no samples at all \
                           (Sample every: 0).";
            return Err(bad(message.into()));
        }
        let runtime = context.runtime();
        let mut config = TrainConfig {
            decay_steps: options.max_steps,
            lr_decay: LrDecay::Cosine,
            ..options.config.clone()
        };
        let unet = network_of(&options, loaded, Some(&data));
        // What is out of range is named first: no memory makes it right.
        config.validate(data.len()).map_err(bad)?;
        check_memory(context, &unet, config.batch_size)?;
        let trainer = if options.from_current {
            let Some(start) = loaded else {
                let message = "There are no weights to begin from: load some, or begin fresh.";
                return Err(Refusal::new(Subject::Train, "no_weights", message));
            };
            config = config.continuing(&start.meta.train);
            let state = OptimizerState::new(start.params.clone());
            Trainer::from_state(config, unet, data, runtime, state)
        } else {
            Trainer::new(config, unet, data, runtime)
        };
        Ok(Self {
            trainer: trainer.map_err(bad)?,
            end: (options.max_steps > 0).then_some(u64::from(options.max_steps)),
            data: OnceCell::new(),
            options,
            rate: RateMeter::default(),
            loss: None,
            unreported: Vec::new(),
            reported: 0.0,
            curve: LossCurve::default(),
            samples: (0, Vec::new()),
            saved: (0, context.now()),
        })
    }

    /// The session whose checkpoint is `state`, held after its last step. `run` is what its next checkpoints are called;
    /// `kept` says whether the page keeps this one already.
    ///
    /// # Errors
    /// Names what does not fit: the data, which must be those that it learned from, or the device.
    pub fn of_checkpoint(
        context: &TaskContext,
        mut state: TrainState,
        run: String,
        kept: bool,
        data: Arc<Dataset>,
    ) -> Result<Self, Refusal> {
        let refusal = |code, message: String| Refusal::new(Subject::Train, code, message);
        let bad = |message: String| refusal("bad_value", message);
        let RunRecord {
            about,
            losses,
            samples,
        } = state.record.take().unwrap_or_default();
        let id = data.id();
        if let Some(learned) = &about.data
            && !learned.is_same(&id)
        {
            let message = format!(
                "The run learned from {} images of {}, and {} is loaded: load those images, then continue the run.",
                learned.images, learned.name, id.name
            );
            return Err(refusal("other_data", message));
        }
        let trainer = state.trainer(data, context.runtime()).map_err(bad)?;
        let Metadata {
            unet,
            train,
            step,
            loss,
            ..
        } = state.meta;
        let options = TrainOptions {
            preset: Preset::of(&unet).unwrap_or(Preset::Small),
            from_current: false,
            sample_every: about.sample_every,
            sample_steps: about.sample_steps.max(1).min(train.timesteps),
            max_steps: about.max_steps,
            run,
            config: train,
        };
        Ok(Self {
            trainer,
            end: about.end,
            options,
            rate: RateMeter::default(),
            loss,
            unreported: Vec::new(),
            reported: 0.0,
            curve: LossCurve::from_points(losses),
            samples: (about.samples_step, samples),
            data: id.into(),
            saved: (if kept { step } else { u64::MAX }, context.now()),
        })
    }

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

    /// The last row of samples: its step, and the pixels of its images. May be empty.
    pub fn samples(&self) -> (u32, Vec<u8>) {
        self.samples.clone()
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
        let (samples_step, samples) = self.samples.clone();
        let record = RunRecord {
            about: RunAbout {
                data: Some(self.data_id().clone()),
                sample_every: self.options.sample_every,
                sample_steps: self.options.sample_steps,
                max_steps: self.options.max_steps,
                end: self.end,
                samples_step,
            },
            losses: self.curve.points().to_vec(),
            samples,
        };
        let (trainer, loss) = (&self.trainer, self.loss);
        let state = TrainState::of_trainer(trainer, loss, "in a browser", record).await?;
        let layout = UNet::layout(self.trainer.unet());
        encode_state(&layout, &state).map_err(|error| error.to_string())
    }

    /// The average of the run so far, as weights.
    pub fn weights(&self) -> ModelWeights {
        ModelWeights {
            meta: Metadata::of_run(&self.trainer, self.loss, "in a browser"),
            params: self.trainer.average(),
            source: "trained on this page".into(),
        }
    }

    /// Optimiser steps taken.
    pub fn steps(&self) -> u64 {
        self.trainer.done()
    }

    fn ended(&self) -> bool {
        self.end.is_some_and(|end| self.steps() >= end)
    }

    fn record(&mut self, finished: &[StepMetrics]) {
        for metrics in finished {
            let loss = f64::from(metrics.loss);
            self.loss = Some(self.loss.map_or(loss, |old| old + SMOOTHING * (loss - old)));
            self.unreported.push((metrics.step as u32, metrics.loss));
            self.curve.push(metrics.step as u32, metrics.loss);
        }
    }

    fn progress(&mut self, now: f64) -> TrainingProgress {
        let config = self.trainer.config();
        let step = self.trainer.done();
        let epoch = self.trainer.epoch();
        let images_left = (1.0 - epoch.fract()) * self.trainer.images() as f64;
        let steps_left = |end: u64| end.saturating_sub(step) as f64;
        let epoch_left_s = self.rate.left(images_left / f64::from(config.batch_size));
        TrainingProgress {
            step: step as u32,
            epoch,
            losses: std::mem::take(&mut self.unreported),
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
        let every = u64::from(self.options.sample_every);
        if every > 0 && (step.is_multiple_of(every) || self.ended()) {
            self.rate.stop(context.now());
            if let Err(refusal) = self.paint_samples(context).await {
                context.refuse(refusal);
            }
            self.rate.start(context.now());
        }
        Ok(())
    }

    /// Draw one digit of each class from the EMA weights, always out of the same noise. Gives up when the session is to
    /// stop.
    async fn paint_samples(&mut self, context: &TaskContext) -> Result<(), Refusal> {
        let trainer = &self.trainer;
        // As many as the row has places for.
        let labels = Class::All.labels(trainer.unet(), SAMPLE_SEED, 0, CLASSES);
        let begin = |runtime: &Runtime| {
            let config = trainer.config();
            let model = config.model(runtime, trainer.unet(), trainer.average());
            let steps = self.options.sample_steps as usize;
            let sampler = Box::new(Ddpm::with_steps(&model.schedule, steps));
            Sampling::new(model, sampler, SAMPLE_SEED, &labels, 0)
        };
        let first_step = |runtime: &Runtime| {
            begin(runtime).step();
        };
        let (shaders, runtime) = (context.shaders(), context.runtime());
        shaders
            .compile_drawing(*trainer.unet(), runtime, first_step)
            .await;
        let mut sampling = begin(runtime);
        let mut in_flight = context.in_flight();
        let refusal = |code| move |error: String| Refusal::new(Subject::Train, code, error);
        while sampling.step().is_some() {
            in_flight.launched().await.map_err(refusal("device"))?;
            if context.stop_requested().is_some() {
                return Ok(());
            }
        }
        let canvas = &context.canvases().training;
        let painted = canvas.paint(sampling.images(), Grid::row(CLASSES)).await;
        painted.map_err(refusal("paint"))?;
        let pixels = read(sampling.images().clone()).await;
        let pixels = to_bytes(&pixels.map_err(refusal("read_back"))?);
        let step = trainer.done() as u32;
        self.samples = (step, pixels);
        context.emit(&Event::Samples { step });
        context.emit(&Event::Model(self.weights().info()));
        Ok(())
    }
}

/// Show a row of samples that was drawn at step `step`, in an earlier session.
pub async fn show_samples(context: &TaskContext, step: u32, pixels: &[u8]) {
    let count = pixels.len() / PIXELS;
    if count == 0 {
        return;
    }
    let images = TensorData::new(from_bytes(pixels), [count, 1, SIZE, SIZE]);
    let images = Tensor::from_data(images, context.runtime().device());
    let canvas = &context.canvases().training;
    match canvas.paint(&images, Grid::row(count)).await {
        Ok(()) => context.emit(&Event::Samples { step }),
        Err(error) => context.refuse(Refusal::new(Subject::Train, "paint", error)),
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
    let mut outcome = Ok(());
    while context.stop_requested().is_none() && outcome.is_ok() {
        outcome = session.step(context).await;
        if session.ended() {
            break;
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
            TrainError::Device(_) => "device",
        };
        context.refuse(Refusal::new(Subject::Train, code, error.to_string()));
    }
    Outcome::Paused(Paused::Training(session))
}
