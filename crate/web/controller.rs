//! The worker's program: its state, the commands it takes, the events it sends.
//!
//! At most one loop that was asked for runs at a time ([`generate`](super::tasks::generate), [`measure`](super::tasks::measure) or
//! [`train`](super::tasks::train)). It
//! gives the event loop a chance between steps; commands that come in meanwhile only raise
//! [`App::halt`], and the loop ends itself after its step. What it worked on stays in the state, so
//! that Resume is simply the loop started again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use burn::tensor::Tensor;
use js_sys::Function;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::OffscreenCanvas;

use super::device::{self, Opened};
use super::tasks::generate::Generation;
use super::tasks::measure::Judge;
use super::canvas::Painter;
use super::protocol::{Activity, Can, Command, Event, ModelInfo, Refusal, State};
use super::panic;
#[cfg(feature = "gpu")]
use super::tasks::compile::Work;
use super::tasks::train::Session;
use crate::checkpoint::Metadata;
use crate::data::Dataset;
use crate::samplers::{Model, SamplerKind};
use crate::diffusion::schedule::Schedule;
#[cfg(feature = "gpu")]
use crate::nn::unet::UNetConfig;
use crate::nn::unet::{Preset, UNet};

/// Why a running loop should end after its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Halt {
    #[default]
    No,
    Pause,
    Cancel,
    Reset,
}

/// Weights on the device, and what is known of them.
#[derive(Clone)]
pub struct InUse {
    pub meta: Metadata,
    /// Flat parameters.
    pub params: Tensor<1>,
    /// A file's name, or where else they came from.
    pub source: String,
}

impl InUse {
    /// Ready to be asked.
    pub fn model(&self) -> Model {
        self.meta.train.model(&self.meta.unet, self.params.clone())
    }

    /// What they were trained over.
    fn schedule(&self) -> Schedule {
        self.meta.train.build_schedule()
    }

    /// For the page.
    pub fn info(&self) -> ModelInfo {
        ModelInfo {
            preset: Preset::of(&self.meta.unet),
            parameters: UNet::layout(&self.meta.unet).len() as u32,
            timesteps: self.meta.train.timesteps,
            source: self.source.clone(),
            provenance: self.meta.origin.clone(),
            commit: self.meta.commit.clone(),
            recipe: self.meta.train.clone(),
            loss: self.meta.loss,
            figures: self.meta.figures.clone().into_iter().collect(),
            steps: self.meta.step as u32,
        }
    }
}

/// What [`App::start`] opens.
pub struct Stage {
    pub opened: Opened,
    /// Where Generate paints.
    pub generation: Painter,
    /// Where training paints its samples.
    pub training: Painter,
}

/// Everything the worker holds.
#[derive(Default)]
pub struct Inner {
    pub stage: RefCell<Option<Rc<Stage>>>,
    pub loaded: RefCell<Option<InUse>>,
    pub data: RefCell<Option<Arc<Dataset>>>,
    /// A generation that is held; a running one is with its loop.
    pub generation: RefCell<Option<Generation>>,
    /// A training session that is held; a running one is with its loop.
    pub session: RefCell<Option<Session>>,
    /// Which loop runs.
    pub running: Cell<Activity>,
    /// What digits are measured with.
    pub judge: RefCell<Option<Judge>>,
    pub halt: Cell<Halt>,
    /// The GPU's shaders that have been asked for.
    #[cfg(feature = "gpu")]
    pub compiled: RefCell<Vec<(UNetConfig, Work)>>,
    /// How many [previews](App::preview) were begun.
    pub previews: Cell<u32>,
    /// How many threads the page was told of; 0 before the first were hired.
    #[cfg(feature = "cpu")]
    pub threads: Cell<usize>,
    emit: RefCell<Option<Function>>,
}

/// The program behind the page. All of it lives in one worker.
#[wasm_bindgen]
#[derive(Clone)]
pub struct App(Rc<Inner>);

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

#[wasm_bindgen]
impl App {
    /// `emit` is called with every event (see `www/protocol.d.ts`).
    #[wasm_bindgen(constructor)]
    pub fn new(emit: Function) -> App {
        panic::install(emit.clone());
        let app = App(Rc::default());
        app.emit.replace(Some(emit));
        app
    }

    /// Open the device that was chosen (a `DeviceInfo`, see `www/protocol.d.ts`) and take hold of the canvases. `shared`:
    /// whether they are to be painted by the GPU itself. Fails, with the end of a sentence that says why and before it has
    /// touched the canvases, if the device cannot be opened.
    pub async fn start(
        &self,
        chosen: JsValue,
        shared: bool,
        generation: OffscreenCanvas,
        training: OffscreenCanvas,
    ) -> Result<(), String> {
        let chosen = serde_wasm_bindgen::from_value(chosen).expect_throw("the script says what");
        let opened = device::open(chosen, shared).await?;
        let painter = |canvas| Painter::new(canvas, &opened);
        match (painter(generation), painter(training)) {
            (Ok(generation), Ok(training)) => {
                let samplers = SamplerKind::ALL.map(SamplerKind::info).to_vec();
                self.emit(&Event::Samplers { samplers });
                self.emit(&Event::Device(opened.info.clone()));
                self.stage.replace(Some(Rc::new(Stage {
                    opened,
                    generation,
                    training,
                })));
                self.announce();
            }
            (Err(error), _) | (_, Err(error)) => panic::crash(&error),
        }
        Ok(())
    }

    /// Take a command (a plain object, see `www/protocol.d.ts`). Answers come as events.
    pub fn command(&self, command: JsValue) {
        match parse(command) {
            Ok(command) => self.obey(command),
            Err(message) => self.refuse("command", "bad_value", message),
        }
    }

    /// While a Train command waits for its images: make ready what it will take. Nothing is begun.
    #[cfg(feature = "gpu")]
    pub async fn prepare(&self, command: JsValue) {
        let idle = self.running.get() == Activity::Nothing && self.session.borrow().is_none();
        if let (true, Ok(Command::Train(options))) = (idle, parse(command)) {
            self.rehearse(options).await;
        }
    }

    /// Use the weights in a safetensors file. Those of another preset than the one in use are only
    /// taken with `switch_preset`.
    pub fn load_weights(&self, bytes: &[u8], name: &str, switch_preset: bool) {
        self.take_weights(bytes, name, switch_preset);
    }

    /// What digits are measured with: a classifier, and the images (raw idx bytes, already inflated) that
    /// they are to look like.
    /// Whether they could be used.
    pub fn load_judge(&self, classifier: &[u8], images: &[u8], labels: &[u8]) -> bool {
        self.take_judge(classifier, images, labels)
    }

    /// Use these images for training: raw idx bytes, already inflated.
    pub fn load_data(&self, images: &[u8], labels: &[u8], name: &str) {
        if self.busy_with_session("data") {
            return;
        }
        match Dataset::parse(images, labels, name) {
            Ok(data) => {
                self.emit(&Event::Data(data.info()));
                self.data.replace(Some(Arc::new(data)));
            }
            Err(error) => self.refuse("data", error.code(), error.to_string()),
        }
    }
}

impl App {
    /// Send an event to the page.
    pub fn emit(&self, event: &Event) {
        let value = serde_wasm_bindgen::to_value(event).expect_throw("events are plain data");
        if let Some(emit) = &*self.emit.borrow() {
            emit.call1(&JsValue::NULL, &value)
                .expect_throw("the worker's script takes every event");
        }
    }

    /// Say why something is not taken.
    pub fn refuse(&self, what: &str, code: &str, message: String) {
        self.emit(&Event::Refused(Refusal {
            what: what.into(),
            code: code.into(),
            message,
        }));
    }

    /// Tell the page what is going on and which controls make sense.
    pub fn announce(&self) {
        let running = self.running.get();
        let idle = running == Activity::Nothing && self.stage.borrow().is_some();
        let session = self.session.borrow().is_some();
        let generation = self.generation.borrow().is_some();
        let model = session || self.loaded.borrow().is_some();
        let held = idle && (session || generation);
        let state = match running {
            Activity::Generation | Activity::Measurement => State::Generating,
            Activity::Training => State::Training,
            Activity::Nothing if !idle => State::Loading,
            Activity::Nothing if held => State::Paused,
            Activity::Nothing => State::Ready,
        };
        let activity = match running {
            Activity::Nothing if generation => Activity::Generation,
            Activity::Nothing if session => Activity::Training,
            running => running,
        };
        let measuring = running == Activity::Measurement;
        #[cfg(feature = "cpu")]
        if self.threads.get() > 0 {
            // Helpers that failed are let go.
            self.tell_threads();
        }
        self.emit(&Event::State {
            state,
            activity,
            can: Can {
                generate: idle && model,
                edit: idle && model,
                measure: idle && model,
                train: idle && !session,
                pause: running != Activity::Nothing && !measuring,
                resume: held,
                cancel: generation || running == Activity::Generation || measuring,
                reset: session || running == Activity::Training,
                save: idle && model,
                load: idle && !session,
            },
        });
    }

    /// Tell the page which weights are in use.
    pub fn announce_model(&self) {
        if let Some(in_use) = self.in_use() {
            self.describe(&in_use);
        }
    }

    /// Tell the page that these are the weights in use.
    pub fn describe(&self, in_use: &InUse) {
        self.emit(&Event::Model(in_use.info()));
        self.emit(&Event::Schedule(in_use.schedule().curves()));
    }

    /// The weights that Generate and Download would use: the session's average, or those loaded.
    pub fn in_use(&self) -> Option<InUse> {
        match &*self.session.borrow() {
            Some(session) => Some(session.in_use()),
            None => self.loaded.borrow().clone(),
        }
    }

    /// The open device and canvases; nothing is commanded before they are there.
    pub fn stage(&self) -> Rc<Stage> {
        self.stage
            .borrow()
            .clone()
            .expect_throw("start() comes before commands")
    }

    /// Whether a session stands in the way of replacing weights or data; says so if it does.
    pub fn busy_with_session(&self, what: &str) -> bool {
        let busy = self.running.get() != Activity::Nothing || self.session.borrow().is_some();
        if busy {
            self.refuse(
                what,
                "session_open",
                "A training session or a generation is under way. Finish it, or press Reset to \
                 discard it (download its weights first if you want to keep them), then load the \
                 file again."
                    .into(),
            );
        }
        busy
    }

    fn obey(&self, command: Command) {
        let running = self.running.get();
        let idle = running == Activity::Nothing;
        match command {
            Command::Generate(options) if idle => self.generate(options),
            Command::Edit(options) if idle => self.edit(options),
            Command::Measure(options) if idle => self.measure(options),
            Command::Train(options) if idle => self.train(options),
            Command::Pause if !idle && running != Activity::Measurement => {
                self.halt.set(Halt::Pause);
            }
            Command::Resume if idle && self.generation.borrow().is_some() => {
                let held = self.generation.take();
                self.run_generation(held.expect("asked just now"));
            }
            Command::Resume if idle && self.session.borrow().is_some() => self.run_training(),
            Command::Cancel if matches!(running, Activity::Generation | Activity::Measurement) => {
                self.halt.set(Halt::Cancel);
            }
            Command::Cancel if idle && self.generation.borrow().is_some() => {
                let app = self.clone();
                let held = self.generation.take().expect("asked just now");
                // Its pixels are waited for, and nothing else may begin meanwhile.
                self.running.set(Activity::Generation);
                self.announce();
                spawn_local(async move { app.end_generation(held, false).await });
            }
            Command::Reset if running == Activity::Training => self.halt.set(Halt::Reset),
            Command::Reset if idle && self.session.borrow().is_some() => self.reset(),
            Command::Save { dtype } if idle => {
                let app = self.clone();
                spawn_local(async move { app.save(dtype).await });
            }
            // A control that was pressed just as it stopped making sense: the state event that
            // disables it is on its way, or is sent again here.
            _ => self.announce(),
        }
    }

    /// Discard the training session.
    pub fn reset(&self) {
        self.session.replace(None);
        self.announce_model();
        self.announce();
    }
}

/// A command from a plain object. Those with numbers that people type are read by way of their
/// own types, because a tagged enum would forget which field it was that could not be read.
fn parse(command: JsValue) -> Result<Command, String> {
    fn fields<T: serde::de::DeserializeOwned>(command: JsValue) -> Result<T, String> {
        serde_path_to_error::deserialize(serde_wasm_bindgen::Deserializer::from(command)).map_err(
            |error| {
                let path = error.path().to_string();
                let field = match path.rsplit('.').next().unwrap_or_default() {
                    "count" => "number of digits".into(),
                    "timesteps" => "number of timesteps (T)".into(),
                    "max_steps" => "step to stop after".into(),
                    "max_shift" => "largest shift".into(),
                    "langevin_inner" => "number of steps a level".into(),
                    other => other.replace('_', " "),
                };
                let max = u32::MAX;
                // Fractions are read as they are and judged later, so this one was to be whole.
                format!("The {field} must be a whole number, not below 0 and at most {max}.")
            },
        )
    }
    let kind = js_sys::Reflect::get(&command, &"type".into())
        .ok()
        .and_then(|kind| kind.as_string());
    match kind.as_deref() {
        Some("generate") => fields(command).map(Command::Generate),
        Some("edit") => fields(command).map(Command::Edit),
        Some("measure") => fields(command).map(Command::Measure),
        Some("train") => fields(command).map(Command::Train),
        _ => fields(command),
    }
}
