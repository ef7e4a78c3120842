//! Train: the loop around [`Trainer`], its progress, and the row of samples.

use wasm_bindgen_futures::spawn_local;

use crate::web::controller::{App, Halt, InUse};
use crate::web::event_loop::{now, yield_now};
use crate::web::in_flight::InFlight;
use crate::web::rate_meter::RateMeter;
use crate::web::protocol::{Activity, Event, TrainOptions, TrainingProgress};
use crate::checkpoint::Metadata;
use crate::images::{Grid};
use crate::samplers::{Ddpm, Sampling};
use crate::training::{OptimizerState, StepMetrics, TrainError, Trainer, learning_rate};
use crate::nn::unet::{CLASSES, UNetConfig};

/// The samples drawn while training are all of this seed, so that only the weights change.
const SAMPLE_SEED: u64 = 1;
/// Seconds between two progress events.
const REPORT_EVERY_S: f64 = 0.2;
/// Weight of the newest loss in the smoothed one that is stored with the weights.
const SMOOTHING: f64 = 0.02;

/// A training run and all that belongs to it.
pub struct Session {
    trainer: Trainer,
    options: TrainOptions,
    pace: RateMeter,
    loss: Option<f64>,
    /// Losses not yet reported.
    fresh: Vec<(u32, f32)>,
    reported: f64,
    /// Where the run stops by itself.
    end: Option<u64>,
}

impl Session {
    /// The average of the run so far, as weights.
    pub fn in_use(&self) -> InUse {
        InUse {
            meta: Metadata::of_run(&self.trainer, self.loss, "in a browser"),
            params: self.trainer.average(),
            source: "trained on this page".into(),
        }
    }

    fn take(&mut self, finished: &[StepMetrics]) {
        for metrics in finished {
            let loss = f64::from(metrics.loss);
            self.loss = Some(self.loss.map_or(loss, |old| old + SMOOTHING * (loss - old)));
            self.fresh.push((metrics.step as u32, metrics.loss));
        }
    }

    fn progress(&mut self) -> TrainingProgress {
        let config = self.trainer.config();
        let step = self.trainer.done();
        let epoch = self.trainer.epoch();
        let images_left = (1.0 - epoch.fract()) * self.trainer.images() as f64;
        TrainingProgress {
            step: step as u32,
            epoch,
            losses: std::mem::take(&mut self.fresh),
            images_per_s: self.pace.rate() * f64::from(config.batch_size),
            elapsed_s: self.pace.elapsed(now()),
            left_s: self
                .end
                .and_then(|end| self.pace.left(end.saturating_sub(step) as f64)),
            epoch_left_s: self
                .pace
                .left(images_left / f64::from(config.batch_size))
                .unwrap_or_default(),
            learning_rate: learning_rate(config, step),
        }
    }
}

impl App {
    /// Begin a training session.
    pub fn train(&self, options: TrainOptions) {
        if self.session.borrow().is_some() {
            return self.refuse(
                "train",
                "session_open",
                "A training session is open already: press Resume to go on with it, or Reset to \
                 discard it."
                    .into(),
            );
        }
        let Some(data) = self.data.borrow().clone() else {
            return self.refuse(
                "train",
                "no_data",
                "The training images are not here yet.".into(),
            );
        };
        if options.sample_every > 0 && options.sample_steps == 0 {
            let message = "The sampling steps are 0; take at least 1, or draw no samples at all \
                           (Sample every: 0).";
            return self.refuse("train", "bad_value", message.into());
        }
        let stage = self.stage();
        let device = stage.opened.device.clone();
        let mut config = options.config.clone();
        let unet = self.network_of(&options);
        if let Some(most) = stage.opened.most_images(&unet)
            && u64::from(config.batch_size) > most
        {
            let message = format!(
                "The batch size is {}; this GPU's largest arrays hold {most} images of this model, so take at most that.",
                config.batch_size
            );
            return self.refuse("train", "bad_value", message);
        }
        let trainer = if options.from_current {
            let Some(start) = self.loaded.borrow().clone() else {
                let message = "There are no weights to begin from: load some, or begin fresh.";
                return self.refuse("train", "no_weights", message.into());
            };
            config = config.continuing(&start.meta.train);
            let state = OptimizerState::new(start.params);
            Trainer::resume(config, unet, data, &device, state)
        } else {
            Trainer::new(config, unet, data, &device)
        };
        let trainer = match trainer {
            Ok(trainer) => trainer,
            Err(message) => return self.refuse("train", "bad_value", message),
        };
        let end = (options.max_steps > 0).then_some(u64::from(options.max_steps));
        // A generation that is held belongs to other weights.
        self.generation.take();
        self.session.replace(Some(Session {
            trainer,
            options,
            pace: RateMeter::default(),
            loss: None,
            fresh: Vec::new(),
            reported: 0.0,
            end,
        }));
        self.announce_model();
        self.run_training();
    }

    /// The network that is to be trained.
    fn network_of(&self, options: &TrainOptions) -> UNetConfig {
        let loaded = self.loaded.borrow();
        match &*loaded {
            Some(start) if options.from_current => start.meta.unet,
            _ => options.preset.config(),
        }
    }

    /// Have a GPU compile the shaders of such a training.
    #[cfg(feature = "gpu")]
    pub async fn rehearse(&self, options: TrainOptions) {
        let unet = self.network_of(&options);
        self.compile_training(unet, options.config).await;
    }

    /// Start the loop on the session that is held.
    pub fn run_training(&self) {
        let Some(mut session) = self.session.take() else {
            return;
        };
        // Resumed after its end: as many steps again.
        let step = session.trainer.done();
        if session.end.is_some_and(|end| step >= end) {
            session.end = Some(step + u64::from(session.options.max_steps));
        }
        self.running.set(Activity::Training);
        self.halt.set(Halt::No);
        self.announce();
        let app = self.clone();
        spawn_local(async move {
            #[cfg(feature = "gpu")]
            app.compile_training(*session.trainer.unet(), session.trainer.config().clone())
                .await;
            session.pace.start(now());
            let mut outcome = Ok(());
            while app.halt.get() == Halt::No && outcome.is_ok() {
                outcome = app.step_training(&mut session).await;
                let step = session.trainer.done();
                if session.end.is_some_and(|end| step >= end) {
                    break;
                }
                yield_now().await;
            }
            if outcome.is_ok() {
                // Even before a reset: reads under way must not be dropped (see Trainer).
                outcome = session
                    .trainer
                    .finish()
                    .await
                    .map(|finished| session.take(&finished));
            }
            session.pace.stop(now());
            app.emit(&Event::Training(session.progress()));
            app.running.set(Activity::Nothing);
            app.session.replace(Some(session));
            if let Err(error) = outcome {
                let code = match &error {
                    TrainError::NotFinite { .. } => "loss_not_finite",
                    TrainError::Device(_) => "device",
                };
                app.refuse("train", code, error.to_string());
            }
            if app.halt.get() == Halt::Reset {
                return app.reset();
            }
            app.announce_model();
            app.announce();
        });
    }

    async fn step_training(&self, session: &mut Session) -> Result<(), TrainError> {
        let finished = session.trainer.step().await?;
        session.take(&finished);
        let step = session.trainer.done();
        session.pace.record(now(), step as f64);
        if now() - session.reported > REPORT_EVERY_S {
            session.reported = now();
            let progress = session.progress();
            self.emit(&Event::Training(progress));
        }
        let every = u64::from(session.options.sample_every);
        let last = session.end.is_some_and(|end| step >= end);
        if every > 0 && (step.is_multiple_of(every) || last) {
            session.pace.stop(now());
            self.paint_samples(session).await;
            session.pace.start(now());
        }
        Ok(())
    }

    /// Draw one digit of each class from the EMA weights, always out of the same noise. Gives up
    /// when the session is to halt.
    async fn paint_samples(&self, session: &Session) {
        let stage = self.stage();
        let trainer = &session.trainer;
        let labels: Vec<u8> = (0..CLASSES as u8).collect();
        let device = &stage.opened.device;
        let begin = || {
            let model = trainer.config().model(trainer.unet(), trainer.average());
            let steps = session.options.sample_steps as usize;
            let sampler = Ddpm::with_steps(&model.schedule, steps);
            Sampling::new(model, Box::new(sampler), SAMPLE_SEED, &labels, 0, device)
        };
        #[cfg(feature = "gpu")]
        self.compile_draw(*trainer.unet(), || {
            begin().step();
        })
        .await;
        let mut sampling = begin();
        let mut flight = InFlight::new(&stage.opened);
        while sampling.step().is_some() {
            if let Err(error) = flight.launched(device).await {
                return self.refuse("train", "device", error);
            }
            if self.halt.get() != Halt::No {
                return;
            }
        }
        let grid = Grid::row(CLASSES);
        match stage.training.paint(sampling.images(), grid).await {
            Ok(()) => {
                self.emit(&Event::Samples {
                    step: trainer.done() as u32,
                });
                self.emit(&Event::Model(session.in_use().info()));
            }
            Err(error) => self.refuse("train", "paint", error),
        }
    }
}
