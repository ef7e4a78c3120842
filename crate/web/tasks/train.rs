//! Train: the loop around [`Trainer`], its progress, and the row of samples.

use std::sync::Arc;

use super::{Outcome, Paused, TaskContext};
use crate::checkpoint::Metadata;
use crate::data::Dataset;
use crate::images::Grid;
use crate::nn::unet::{CLASSES, UNetConfig};
use crate::runtime::Runtime;
use crate::samplers::{Class, Ddpm, Sampling};
use crate::training::{
    LrDecay, OptimizerState, StepMetrics, TrainConfig, TrainError, Trainer, learning_rate,
};
use crate::web::protocol::{Event, Refusal, Subject, TrainOptions, TrainingProgress};
use crate::web::rate_meter::{REPORT_EVERY_S, RateMeter};
use crate::web::weights::ModelWeights;

/// The samples drawn while training are all of this seed, so that only the weights change.
const SAMPLE_SEED: u64 = 1;
/// Weight of the newest loss in the smoothed one that is stored with the weights.
const SMOOTHING: f64 = 0.02;

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
}

/// The network that these options train: that of the weights in use where the run begins from them.
pub fn network_of(options: &TrainOptions, loaded: Option<&ModelWeights>) -> UNetConfig {
    match loaded {
        Some(start) if options.from_current => start.meta.unet,
        _ => UNetConfig {
            out_channels: options.config.out_channels(),
            ..options.preset.config()
        },
    }
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
        let mut unet = network_of(&options, loaded);
        if !options.from_current {
            unet.classes = unet.classes.max(data.classes());
        }
        if let Some(most) = context.most_images(&unet)
            && u64::from(config.batch_size) > most
        {
            return Err(bad(format!(
                "The batch size is {}; this GPU's largest arrays hold {most} images of this model, so take at most that.",
                config.batch_size
            )));
        }
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
            options,
            rate: RateMeter::default(),
            loss: None,
            unreported: Vec::new(),
            reported: 0.0,
        })
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
    async fn paint_samples(&self, context: &TaskContext) -> Result<(), Refusal> {
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
        context.emit(&Event::Samples {
            step: trainer.done() as u32,
        });
        context.emit(&Event::Model(self.weights().info()));
        Ok(())
    }
}

/// Train until the end of the run, a stop, or a loss that is not finite. The session is always held afterwards, with its
/// last good weights: it can go on, and one that has reached its end takes as many steps again, over which the learning rate
/// falls to 0 anew.
pub async fn train(context: &TaskContext, mut session: Box<TrainSession>) -> Outcome {
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
        context.turn().await;
    }
    if outcome.is_ok() {
        // Even before a reset: reads under way must not be dropped (see Trainer).
        let finished = session.trainer.finish().await;
        outcome = finished.map(|finished| session.record(&finished));
    }
    session.rate.stop(context.now());
    context.emit(&Event::Training(session.progress(context.now())));
    if let Err(error) = outcome {
        let code = match &error {
            TrainError::NotFinite { .. } => "loss_not_finite",
            TrainError::Device(_) => "device",
        };
        context.refuse(Refusal::new(Subject::Train, code, error.to_string()));
    }
    Outcome::Paused(Paused::Training(session))
}
