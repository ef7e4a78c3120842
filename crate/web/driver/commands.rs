//! What each command does: it begins a task, resumes one that is held, or stops the one that runs.

use super::{Driver, Run};
use crate::web::device::training_bytes;
use crate::web::protocol::{
    Activity, AdjustOptions, Command, Estimate, Event, ExplainOptions, GenerateOptions,
    MeasureOptions, Question, Refusal, Subject, TrainOptions,
};
use crate::web::tasks::Stop;
use crate::web::tasks::explain::{About, explain};
use crate::web::tasks::generate::{Generation, generate};
use crate::web::tasks::measure::{Measurement, measure};
use crate::web::tasks::speed::time_training;
use crate::web::tasks::train::{TrainSession, train};
use crate::web::weights::{self, ModelWeights};

impl Driver {
    /// Take a command: begin what it asks for, or have the task that runs stop.
    ///
    /// # Errors
    /// Why the command is not taken.
    pub(super) fn begin(&self, command: Command) -> Result<Option<Run>, Refusal> {
        let running = self.activity();
        let idle = running == Activity::Nothing;
        let (generation, session, unsaved) = {
            let held = self.held.borrow();
            let unsaved = held.session.as_ref().is_some_and(|it| !it.is_saved());
            (held.generation.is_some(), held.session.is_some(), unsaved)
        };
        let run = match command {
            Command::Generate(options) if idle => Some(self.begin_generation(options)?),
            Command::Draft(options) if idle => self.draft(options)?,
            // What runs has the canvas.
            Command::Draft(_) => None,
            Command::Edit(options) if idle => {
                let weights = self.weights_for(Subject::Edit)?;
                let generation = Generation::edit(&self.context, &weights, options)?;
                Some(self.replace_generation(generation))
            }
            Command::Measure(options) if idle => Some(self.begin_measurement(options)?),
            Command::Train(options) if idle => Some(self.begin_training(options)?),
            Command::Pause if !idle && running != Activity::Measurement => self.stop(Stop::Pause),
            Command::Resume if idle && generation => self.resume_generation(None),
            Command::Resume if idle && session => self.resume_training(None),
            Command::Cancel if matches!(running, Activity::Generation | Activity::Measurement) => {
                self.stop(Stop::Cancel)
            }
            // Its pixels have to be waited for: the task runs once more, and is told to stop before its first step.
            Command::Cancel if idle && generation => self.resume_generation(Some(Stop::Cancel)),
            Command::Reset if running == Activity::Training => self.stop(Stop::Reset),
            Command::Reset if idle && session => {
                self.held.borrow_mut().session = None;
                self.announce_weights();
                self.announce();
                None
            }
            Command::Checkpoint if running == Activity::Training => {
                self.signal_save();
                None
            }
            // It has to be waited for: the task runs once more, and is told to stop before its first step.
            Command::Checkpoint if idle && unsaved => self.resume_training(Some(Stop::Pause)),
            Command::Checkpoint => None,
            Command::Step if idle && session => self.step_training(),
            Command::Adjust(options) => self.adjust(options)?,
            Command::Examples { set } => self.show_examples(set),
            Command::TimeTraining(options) if idle => Some(self.time_training(options)),
            Command::Estimate {
                preset,
                from_current,
                batch_size,
            } => {
                let held = self.held.borrow();
                let loaded = held.loaded.as_ref().filter(|_| from_current);
                let unet = loaded.map_or(preset.config(), |loaded| loaded.meta.unet);
                let images = held
                    .data
                    .as_ref()
                    .map_or(0, |data| data.images.len() as u64);
                let bytes = training_bytes(&unet, u64::from(batch_size)) + images;
                self.context.emit(&Event::Estimate(Estimate {
                    bytes: bytes as f64,
                    most_images: self.context.most_images(&unet),
                }));
                None
            }
            Command::Assume(options) => self.assume(options)?,
            Command::Pictures { conversion, action } => {
                self.convert_pictures(conversion, action)?;
                None
            }
            Command::Trajectory { what, digit } => Some(self.send_trajectory(what, digit)?),
            // It would be painted over a draw that has begun meanwhile.
            Command::PaintFrame { .. } if running == Activity::Generation => None,
            Command::PaintFrame { what, frame } => Some(self.paint_frame(what, frame)?),
            Command::Recognise { pixels } => Some(self.recognise(pixels)?),
            Command::Explain(options) => Some(self.explain(options)),
            Command::Save { dtype } if idle => self.weights_in_use().map(|weights| -> Run {
                let context = self.context.clone();
                Box::pin(async move {
                    match weights::encode(weights, dtype).await {
                        Ok(file) => context.emit(&file),
                        Err(refusal) => context.refuse(refusal),
                    }
                })
            }),
            // A control that was pressed just as it stopped making sense: the state event that disables it is on its
            // way, or is sent again here.
            _ => {
                self.announce();
                None
            }
        };
        Ok(run)
    }

    /// Answer a question. It takes no turn of its own and changes nothing, so it runs beside whatever else does.
    fn explain(&self, options: ExplainOptions) -> Run {
        let driver = self.clone();
        Box::pin(async move {
            if let Question::Weights { newest: true } = options.question {
                driver.take_newest_weights().await;
            }
            let about = About {
                weights: driver.weights_in_use(),
                model: driver.model_in_use(),
                data: driver.held.borrow().data.clone(),
                drawn: driver.held.borrow().drawn.clone(),
            };
            let explained = explain(&driver.context, about, options).await;
            driver.context.emit(&Event::Explained(explained));
        })
    }

    fn begin_generation(&self, options: GenerateOptions) -> Result<Run, Refusal> {
        let weights = self.weights_for(Subject::Generate)?;
        let generation = Generation::new(&self.context, &weights, options)?;
        Ok(self.replace_generation(generation))
    }

    fn begin_measurement(&self, options: MeasureOptions) -> Result<Run, Refusal> {
        let (data, evaluator) = {
            let held = self.held.borrow();
            (held.data.clone(), held.evaluator.clone())
        };
        let (Some(weights), Some(data), Some(evaluator)) = (self.weights_in_use(), data, evaluator)
        else {
            let message = "Weights, MNIST and the classifier are needed to measure, and one of them is not here.";
            let refusal = Refusal::new(Subject::Measure, "nothing_to_measure", message);
            return Err(refusal);
        };
        let measurement = Measurement::new(&self.context, options, weights, data, evaluator)?;
        Ok(self.run(Activity::Measurement, None, async move |context| {
            measure(context, measurement).await
        }))
    }

    /// Take one step of the session that is held.
    fn step_training(&self) -> Option<Run> {
        let mut session = self.held.borrow_mut().session.take()?;
        session.stop_after_step();
        Some(self.run_training(session, None))
    }

    /// Change how the session that runs or is held goes on.
    ///
    /// # Errors
    /// Names what cannot be so; the session then goes on as before.
    fn adjust(&self, options: AdjustOptions) -> Result<Option<Run>, Refusal> {
        let mut held = self.held.borrow_mut();
        if let Some(session) = &mut held.session {
            session.adjust(&self.context, options)?;
        } else if let Some(running) = &held.running
            && running.activity == Activity::Training
        {
            running.stop.adjust(options);
        }
        Ok(None)
    }

    /// Show what the network of the session that runs or is held is asked.
    fn show_examples(&self, set: u32) -> Option<Run> {
        let held = self.held.borrow();
        match (&held.session, &held.running) {
            // While digits are drawn from it, the device has enough to do.
            (Some(session), None) => {
                let questions = session.questions(self.context.runtime(), set);
                let context = self.context.clone();
                Some(Box::pin(async move { questions.ask(&context).await }))
            }
            (None, Some(running)) if running.activity == Activity::Training => {
                running.stop.request_examples(set);
                None
            }
            _ => None,
        }
    }

    /// Find out how fast the device trains with these options.
    fn time_training(&self, options: TrainOptions) -> Run {
        let loaded = self.held.borrow().loaded.clone();
        self.run(Activity::Measurement, None, async move |context| {
            time_training(context, &options, loaded.as_ref()).await
        })
    }

    fn begin_training(&self, options: TrainOptions) -> Result<Run, Refusal> {
        let session = {
            let held = self.held.borrow();
            if held.session.is_some() {
                let message = "A training session is open already: press Resume to go on with it, or Reset to \
                               discard it.";
                return Err(Refusal::new(Subject::Train, "session_open", message));
            }
            let Some(data) = held.data.clone() else {
                let message = "The training images are not here yet.";
                return Err(Refusal::new(Subject::Train, "no_data", message));
            };
            let test = held.test.clone();
            TrainSession::new(&self.context, options, data, test, held.loaded.as_ref())?
        };
        // A generation that is held belongs to other weights.
        self.held.borrow_mut().generation = None;
        self.describe(&session.weights());
        Ok(self.run_training(Box::new(session), None))
    }

    /// Begin this generation, in place of one that may be held.
    fn replace_generation(&self, generation: Generation) -> Run {
        {
            let mut held = self.held.borrow_mut();
            held.generation = None;
            // Before the new one keeps frames of its own.
            held.drawn = None;
        }
        self.run_generation(Box::new(generation), None)
    }

    fn resume_generation(&self, stop: Option<Stop>) -> Option<Run> {
        let held = {
            let mut held = self.held.borrow_mut();
            // It keeps those frames itself.
            held.drawn = None;
            held.generation.take()
        };
        held.map(|generation| self.run_generation(generation, stop))
    }

    fn run_generation(&self, generation: Box<Generation>, stop: Option<Stop>) -> Run {
        self.run(Activity::Generation, stop, async move |context| {
            generate(context, generation).await
        })
    }

    fn resume_training(&self, stop: Option<Stop>) -> Option<Run> {
        let held = self.held.borrow_mut().session.take();
        held.map(|session| self.run_training(session, stop))
    }

    fn run_training(&self, session: Box<TrainSession>, stop: Option<Stop>) -> Run {
        self.held.borrow_mut().training = Some(session.weights_now());
        self.run(Activity::Training, stop, async move |context| {
            train(context, session).await
        })
    }

    /// Have the task that runs end after its step.
    fn stop(&self, stop: Stop) -> Option<Run> {
        if let Some(running) = &self.held.borrow().running {
            running.stop.request(stop);
        }
        None
    }

    /// Have the training session save itself after its step.
    fn signal_save(&self) {
        if let Some(running) = &self.held.borrow().running {
            running.stop.request_save();
        }
    }

    pub(super) fn weights_for(&self, subject: Subject) -> Result<ModelWeights, Refusal> {
        self.weights_in_use().ok_or_else(|| {
            let message = "There are no weights yet: train first, or load a weights file.";
            Refusal::new(subject, "no_weights", message)
        })
    }
}
