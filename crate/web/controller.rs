//! The worker's program as JavaScript sees it: reads commands and files, hands them to the [`Driver`], and spawns what they
//! begin.

use std::cell::OnceCell;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{future_to_promise, spawn_local};
use web_sys::OffscreenCanvas;
#[cfg(feature = "cpu")]
use web_sys::Worker;

use super::canvas::Painters;
use super::device;
use super::driver::{Driver, Run};
use super::event_loop::EventLoop;
use super::host::EventSink;
use super::panic;
use super::protocol::{Command, Event, Refusal, Subject};
#[cfg(feature = "cpu")]
use super::shared_memory_pool;
use super::tasks::{Canvases, TaskContext};
use crate::checkpoint::is_training_state;
use crate::data::GivenFile;
use crate::runtime::WebGpuShims;

/// The page, by way of the worker's script.
struct Page {
    emit: Function,
}

impl EventSink for Page {
    fn emit(&self, event: &Event) {
        let value = serde_wasm_bindgen::to_value(event).expect_throw("events are plain data");
        self.emit
            .call1(&JsValue::NULL, &value)
            .expect_throw("the worker's script takes every event");
    }
}

/// The program behind the page. All of it lives in one worker.
#[wasm_bindgen]
pub struct App {
    page: Rc<Page>,
    event_loop: Rc<EventLoop>,
    /// From [`App::start`] on.
    driver: OnceCell<Driver>,
}

#[wasm_bindgen]
impl App {
    /// `emit` is called with every event (see `www/protocol.d.ts`). `debug`: whether panics are written to the console,
    /// too.
    #[wasm_bindgen(constructor)]
    pub fn new(emit: Function, debug: bool) -> App {
        panic::install(emit.clone(), debug);
        App {
            page: Rc::new(Page { emit }),
            event_loop: Rc::new(EventLoop::new()),
            driver: OnceCell::new(),
        }
    }

    /// Open the device that was chosen (a `DeviceInfo`, see `www/protocol.d.ts`) and take hold of the canvases. `shared`:
    /// whether the GPU itself is to paint them. `shims` are needed for WebGPU only.
    ///
    /// # Errors
    /// If the device cannot be opened: the end of a sentence that says why. The canvases have not been touched then.
    pub async fn start(
        &self,
        chosen: JsValue,
        shared: bool,
        generation: OffscreenCanvas,
        training: OffscreenCanvas,
        shims: Option<WebGpuShims>,
    ) -> Result<(), String> {
        let chosen = serde_wasm_bindgen::from_value(chosen).expect_throw("the script's DeviceInfo");
        let (device, frames) = device::open(chosen, shared, shims).await?;
        let painters = Painters::new(frames);
        match (painters.painter(generation), painters.painter(training)) {
            (Ok(generation), Ok(training)) => {
                let canvases = Canvases {
                    generation: Rc::new(generation),
                    training: Rc::new(training),
                };
                let (page, event_loop) = (self.page.clone(), self.event_loop.clone());
                let context = TaskContext::new(device, canvases, page, event_loop);
                let _ = self.driver.set(Driver::new(context));
            }
            (Err(error), _) | (_, Err(error)) => panic::crash(&error),
        }
        Ok(())
    }

    /// The start is over: use the weights that the page comes with, if there are any. The promise is settled when the first
    /// digit has been drawn from them, or at once; it never fails.
    pub fn finish_loading(&self, weights: Option<Vec<u8>>, name: &str) -> Promise {
        settled(self.driver().finish_loading(weights.as_deref(), name))
    }

    /// Take a command (a plain object, see `www/protocol.d.ts`). Answers come as events.
    pub fn command(&self, command: JsValue) {
        match parse(command) {
            Ok(command) => spawn(self.driver().command(command)),
            Err(message) => {
                let refusal = Refusal::new(Subject::Command, "bad_value", message);
                self.page.emit(&Event::Refused(refusal));
            }
        }
    }

    /// While a Train command waits for its images: compile the shaders that it will launch. Begins no session.
    pub fn prepare(&self, command: JsValue) {
        if let Ok(Command::Train(options)) = parse(command) {
            spawn(self.driver().prepare(options));
        }
    }

    /// Use the weights in a safetensors file. Those of another preset than the one in use are only
    /// taken with `switch_preset`. The promise is settled when the first digit has been drawn from them, or at once if they
    /// are not taken; it never fails.
    pub fn load_weights(&self, bytes: &[u8], name: &str, switch_preset: bool) -> Promise {
        settled(self.driver().load_weights(bytes, name, switch_preset))
    }

    /// Use the files that a visitor gives, an array of `{ name, bytes }`: weights, and training images with their labels,
    /// told apart by their content. Weights of another preset than the one in use are only taken with `switch_preset`.
    pub fn load_files(&self, files: Array, switch_preset: bool) {
        let field = |file: &JsValue, name: &str| Reflect::get(file, &name.into());
        let files = files.iter().map(|file| {
            let name = field(&file, "name").ok().and_then(|name| name.as_string());
            let bytes = field(&file, "bytes").unwrap_or_default();
            GivenFile {
                name: name.unwrap_or_default(),
                bytes: Uint8Array::new(&bytes).to_vec(),
            }
        });
        spawn(self.driver().load_files(files.collect(), switch_preset));
    }

    /// Whether a file holds a run, and not weights.
    pub fn is_run(&self, bytes: &[u8]) -> bool {
        is_training_state(bytes)
    }

    /// Open the training session that is in a file of a run, and hold it. `run` is what its next checkpoints are called,
    /// `kept` whether the page keeps this one already. Whether it was taken.
    pub fn open_run(&self, bytes: &[u8], run: &str, kept: bool) -> bool {
        let opened = self.driver().open_run(bytes, run, kept);
        let taken = opened.is_some();
        spawn(opened);
        taken
    }

    /// Use the averaged weights of the run in a file.
    pub fn draw_from_run(&self, bytes: &[u8], name: &str) {
        spawn(self.driver().draw_from_run(bytes, name));
    }

    /// Measure with this classifier and these test images (idx files, which may be packed). Whether they can be used.
    pub fn load_evaluator(&self, classifier: &[u8], images: &[u8], labels: &[u8]) -> bool {
        self.driver().load_evaluator(classifier, images, labels)
    }

    /// Let this classifier look at digits (the command `recognise`). Whether it can be used.
    pub fn load_classifier(&self, bytes: &[u8]) -> bool {
        self.driver().load_classifier(bytes)
    }

    /// Validate on these test images of the data set that was loaded last: idx files, which may be packed.
    pub fn load_test(&self, images: &[u8], labels: &[u8]) {
        self.driver().load_test(images, labels);
    }

    /// Use these images for training: idx files, which may be packed.
    pub fn load_data(&self, images: &[u8], labels: &[u8], name: &str) {
        self.driver().load_data(images, labels, name);
    }
}

#[cfg(feature = "cpu")]
#[wasm_bindgen]
impl App {
    /// Have workers that run a [`PoolWorker`](shared_memory_pool::PoolWorker), and have said that they are ready, take
    /// part in what the CPU computes.
    pub fn add_workers(&self, workers: Vec<Worker>) {
        let driver = self.driver();
        driver
            .pool()
            .set(Some(shared_memory_pool::of_workers(workers)));
        driver.announce_threads();
    }
}

impl App {
    fn driver(&self) -> &Driver {
        self.driver
            .get()
            .expect_throw("start() comes before commands")
    }
}

/// A promise that is settled when the run has ended.
fn settled(run: Option<Run>) -> Promise {
    future_to_promise(async move {
        if let Some(run) = run {
            run.await;
        }
        Ok(JsValue::UNDEFINED)
    })
}

fn spawn(run: Option<Run>) {
    if let Some(run) = run {
        spawn_local(run);
    }
}

/// A command from a plain object. Commands with numbers that people type are read by way of their
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
                    "stop_at" => "step to stop at".into(),
                    "max_shift" => "largest shift".into(),
                    "langevin_inner" => "number of steps a level".into(),
                    other => other.replace('_', " "),
                };
                let max = u32::MAX;
                // Fractions are read as they are and checked later, so this field was to be whole.
                format!("The {field} must be a whole number, not below 0 and at most {max}.")
            },
        )
    }
    let kind = Reflect::get(&command, &"type".into())
        .ok()
        .and_then(|kind| kind.as_string());
    match kind.as_deref() {
        Some("generate") => fields(command).map(Command::Generate),
        Some("draft") => fields(command).map(Command::Draft),
        Some("edit") => fields(command).map(Command::Edit),
        Some("measure") => fields(command).map(Command::Measure),
        Some("train") => fields(command).map(Command::Train),
        Some("adjust") => fields(command).map(Command::Adjust),
        Some("time_training") => fields(command).map(Command::TimeTraining),
        Some("assume") => fields(command).map(Command::Assume),
        Some("explain") => fields(command).map(Command::Explain),
        _ => fields(command),
    }
}
