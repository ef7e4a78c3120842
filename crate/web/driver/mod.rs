//! The driver: which task runs, what is held, and what the page is told of it.
//!
//! At most one of generation, measurement and training runs at a time. A task gives the event loop a turn between its
//! steps; a command that comes in meanwhile only raises the task's stop flag, and the task ends itself after its step. A
//! task that was paused comes back in its outcome, is held here, and Resume runs the same task function on it again.
//!
//! The driver starts no task by itself: it hands the caller a [`Run`]. In a browser the controller spawns it, a native test
//! polls it.

mod commands;
mod drafts;
mod files;
mod watch;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::host::LocalFuture;
use super::protocol::{Activity, Can, Command, Event, GenerateOptions, State, TrainOptions};
use super::tasks::evaluator::EvaluatorFiles;
use super::tasks::generate::Generation;
use super::tasks::train::{TrainSession, network_of};
use super::tasks::{KeptDraw, Outcome, Paused, Signals, Stop, TaskContext};
use super::weights::ModelWeights;
use crate::data::{Dataset, Pictures};
use crate::evaluation::classifier::Classifier;
use crate::model::Model;
use crate::nn::unet::Preset;
use crate::samplers::SamplerKind;
use crate::training::{RunPlan, ShortRun, TrainConfig};
use crate::worker_pool::PoolHandle;

/// Something that a command or a file has begun, to be polled to its end.
pub type Run = LocalFuture<'static, ()>;

/// All that the worker holds.
#[derive(Default)]
struct Held {
    loaded: Option<ModelWeights>,
    data: Option<Arc<Dataset>>,
    /// Test images that belong to `data`.
    test: Option<Arc<Dataset>>,
    /// Pictures that were given and wait for a conversion to be chosen.
    pictures: Option<Pictures>,
    evaluator: Option<Rc<EvaluatorFiles>>,
    /// Looks at digits when the page asks.
    classifier: Option<Rc<Classifier>>,
    /// The frames of the generation that ended last, until another begins, or those so far of the one that is held.
    drawn: Option<Rc<KeptDraw>>,
    /// A generation that is paused.
    generation: Option<Box<Generation>>,
    /// A training session that is paused.
    session: Option<Box<TrainSession>>,
    running: Option<Running>,
    /// While a training session runs: its average when it began to, or when a scene asked for the newest.
    training: Option<ModelWeights>,
    /// The weights in use, ready to predict, for questions: made by the first one after the weights have changed.
    explained: Option<Model>,
    /// Stops the last preview.
    preview: Signals,
    /// The draft that is being drawn, if there is one.
    draft: Option<Draft>,
    /// How many threads the page was told of; `None` before the first helpers were added.
    threads: Option<usize>,
    /// Whether the weights that the page comes with have arrived or are known not to come ([`Driver::finish_loading`]).
    loading_finished: bool,
}

/// A draft under way, which is no task: nothing is announced of it, and any task puts an end to it.
struct Draft {
    stop: Signals,
    /// What is drawn next. A newer one takes its place.
    next: Option<GenerateOptions>,
}

/// The task that runs.
struct Running {
    activity: Activity,
    stop: Signals,
}

/// Takes commands and files, runs one task at a time, and announces what is going on.
#[derive(Clone)]
pub struct Driver {
    context: TaskContext,
    held: Rc<RefCell<Held>>,
}

impl Driver {
    /// Nothing loaded, nothing running. Tells the page of the samplers, the recipe's fields, the device and the state, which
    /// is that of a page that still loads: until [`Driver::finish_loading`] no command is taken.
    pub fn new(context: TaskContext) -> Self {
        let samplers = SamplerKind::ALL.map(SamplerKind::info).to_vec();
        context.emit(&Event::Samplers { samplers });
        let fields = TrainConfig::fields();
        let short_runs = Preset::ALL.map(ShortRun::of).to_vec();
        context.emit(&Event::Recipe {
            fields,
            short_runs,
            plans: RunPlan::all(),
        });
        context.emit(&Event::Device(context.device_info().clone()));
        let held = Rc::default();
        let driver = Self { context, held };
        driver.announce();
        driver
    }

    /// Take a command. Answers come as events.
    pub fn command(&self, command: Command) -> Option<Run> {
        if !self.held.borrow().loading_finished {
            self.announce();
            return None;
        }
        self.begin(command).unwrap_or_else(|refusal| {
            self.context.refuse(refusal);
            None
        })
    }

    /// While a Train command waits for its images: compile the shaders that it will launch. Begins no session.
    pub fn prepare(&self, options: TrainOptions) -> Option<Run> {
        let held = self.held.borrow();
        if held.running.is_some() || held.session.is_some() {
            return None;
        }
        let unet = network_of(&options, held.loaded.as_ref(), held.data.as_deref());
        let context = self.context.clone();
        Some(Box::pin(async move {
            let shaders = context.shaders();
            shaders
                .compile_training(unet, options.config, context.runtime())
                .await;
        }))
    }

    /// The threads that help.
    pub fn pool(&self) -> &PoolHandle {
        self.context.runtime().pool()
    }

    /// Tell the page how many threads compute, if that has changed. From the first call on, each change of state looks
    /// again: helpers that fail are let go.
    pub fn announce_threads(&self) {
        let threads = self.pool().threads();
        let told = self.held.borrow_mut().threads.replace(threads);
        if told != Some(threads) {
            let info = self.context.device_info_with_threads(threads);
            self.context.emit(&Event::Device(info));
        }
    }

    /// Run a task. It is the one that runs from now on; when it ends, what it has left is held.
    fn run(
        &self,
        activity: Activity,
        stop: Option<Stop>,
        task: impl AsyncFnOnce(&TaskContext) -> Outcome + 'static,
    ) -> Run {
        let flag = Signals::default();
        if let Some(stop) = stop {
            flag.request(stop);
        }
        let context = self.context.with_stop(flag.clone());
        let running = Running {
            activity,
            stop: flag,
        };
        self.held.borrow_mut().running = Some(running);
        self.stop_draft();
        self.announce();
        let driver = self.clone();
        Box::pin(async move {
            let outcome = task(&context).await;
            {
                let mut held = driver.held.borrow_mut();
                held.running = None;
                held.training = None;
            }
            match outcome {
                Outcome::Done => {}
                Outcome::Drawn(drawn) => {
                    driver.held.borrow_mut().drawn = drawn;
                }
                Outcome::Paused(Paused::Generation(generation)) => {
                    let mut held = driver.held.borrow_mut();
                    held.drawn = generation.kept();
                    held.generation = Some(generation);
                }
                Outcome::Paused(Paused::Training(session)) => {
                    if context.stop_requested() != Some(Stop::Reset) {
                        driver.held.borrow_mut().session = Some(session);
                    }
                    driver.announce_weights();
                }
            }
            driver.announce();
        })
    }

    /// The weights that Generate, Download and the scenes use: the average of the session that is held, one of that which runs, or
    /// else those loaded.
    fn weights_in_use(&self) -> Option<ModelWeights> {
        let held = self.held.borrow();
        match &held.session {
            Some(session) => Some(session.weights()),
            None => held.training.clone().or_else(|| held.loaded.clone()),
        }
    }

    /// Have the scenes use the average of the training session that runs as it is after its present step. Where none runs they use the
    /// weights in use anyway.
    async fn take_newest_weights(&self) {
        let signals = {
            let held = self.held.borrow();
            let training = held
                .running
                .as_ref()
                .filter(|it| it.activity == Activity::Training);
            training.map(|running| running.stop.clone())
        };
        let Some(signals) = signals else {
            return;
        };
        signals.request_weights();
        while self.runs(&signals) {
            if let Some(weights) = signals.take_weights() {
                let mut held = self.held.borrow_mut();
                held.training = Some(weights);
                held.explained = None;
                return;
            }
            // The session has answered, and another question that waited for the same step took the average.
            if !signals.wants_weights() {
                return;
            }
            self.context.turn().await;
        }
    }

    /// Whether the task with these signals is the one that runs.
    fn runs(&self, signals: &Signals) -> bool {
        let held = self.held.borrow();
        let running = held.running.as_ref();
        running.is_some_and(|running| running.stop.are(signals))
    }

    /// The network with the weights in use, ready to predict.
    fn model_in_use(&self) -> Option<Model> {
        let kept = self.held.borrow().explained.clone();
        kept.or_else(|| {
            let model = self.weights_in_use()?.model(self.context.runtime());
            self.held.borrow_mut().explained = Some(model.clone());
            Some(model)
        })
    }

    /// The task that runs.
    fn activity(&self) -> Activity {
        let held = self.held.borrow();
        held.running
            .as_ref()
            .map_or(Activity::Nothing, |running| running.activity)
    }

    /// Tell the page which weights are in use.
    fn announce_weights(&self) {
        if let Some(weights) = self.weights_in_use() {
            self.describe(&weights);
        }
    }

    fn describe(&self, weights: &ModelWeights) {
        self.held.borrow_mut().explained = None;
        self.context.emit(&Event::Model(weights.info()));
        self.context
            .emit(&Event::Schedule(weights.schedule().curves()));
    }

    /// Tell the page what is going on and which commands would be taken.
    fn announce(&self) {
        let running = self.activity();
        let idle = running == Activity::Nothing;
        let (generation, session, model, threads) = {
            let held = self.held.borrow();
            let model = held.session.is_some() || held.loaded.is_some();
            if !held.loading_finished {
                drop(held);
                self.context.emit(&Event::State {
                    state: State::Loading,
                    activity: Activity::Nothing,
                    can: Can::default(),
                });
                return;
            }
            let (generation, session) = (held.generation.is_some(), held.session.is_some());
            (generation, session, model, held.threads)
        };
        let paused = idle && (session || generation);
        let state = match running {
            Activity::Generation | Activity::Measurement => State::Generating,
            Activity::Training => State::Training,
            Activity::Nothing if paused => State::Paused,
            Activity::Nothing => State::Ready,
        };
        let activity = match running {
            Activity::Nothing if generation => Activity::Generation,
            Activity::Nothing if session => Activity::Training,
            running => running,
        };
        let measuring = running == Activity::Measurement;
        if threads.is_some() {
            self.announce_threads();
        }
        self.context.emit(&Event::State {
            state,
            activity,
            can: Can {
                generate: idle && model,
                edit: idle && model,
                measure: idle && model,
                train: idle && !session,
                pause: !idle && !measuring,
                resume: paused,
                cancel: generation || running == Activity::Generation || measuring,
                reset: session || running == Activity::Training,
                step: idle && session,
                save: idle && model,
                load: idle && !session,
            },
        });
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
