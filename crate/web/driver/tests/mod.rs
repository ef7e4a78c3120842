//! The page's tasks without a page: a driver on the CPU, with a list of events, a clock of its own, and canvases that count.

mod drawing;
mod explain;
mod explain_network;
mod explain_weights;
mod runs;
mod session;
mod training;
mod watch;

use std::cell::Cell;
use std::pin::pin;
use std::task::{Context as Polling, Poll, Waker};

use burn::tensor::Tensor;

use super::*;
use crate::checkpoint::{self, Checkpoint, Dtype, Metadata};
use crate::evaluation::classifier::Classifier;
use crate::evaluation::classifier_file::{
    CLASSIFIER_FORMAT, ClassifierMetadata, encode_classifier,
};
use crate::evaluation::classifier_training::ClassifierRecipe;
use crate::images::{Grid, to_bytes};
use crate::nn::unet::{CLASSES, PIXELS, SIZE, UNet};
use crate::runtime::Runtime;
use crate::samplers::{Class, SamplerConfig};
use crate::training::TrainConfig;
use crate::web::device::OpenDevice;
use crate::web::host::{Canvas, EventSink, Host};
use crate::web::protocol::{
    DeviceInfo, Edit, EditOptions, GenerateOptions, MeasureOptions, Refusal, Subject,
};
use crate::web::tasks::Canvases;

/// Every event, in order.
#[derive(Default)]
struct Recorder(RefCell<Vec<Event>>);

impl EventSink for Recorder {
    fn emit(&self, event: &Event) {
        self.0.borrow_mut().push(event.clone());
    }
}

/// An event loop whose clock goes on by 0.15 s with each look at it; a turn takes one poll.
#[derive(Default)]
struct TestLoop {
    clock: Cell<f64>,
}

impl Host for TestLoop {
    fn now(&self) -> f64 {
        self.clock.set(self.clock.get() + 0.15);
        self.clock.get()
    }

    fn turn(&self) -> LocalFuture<'_, ()> {
        let mut waited = false;
        Box::pin(std::future::poll_fn(move |_| {
            if std::mem::replace(&mut waited, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }))
    }

    fn frame_due(&self) -> bool {
        true
    }

    fn random(&self) -> f64 {
        0.35
    }
}

/// The grid of every frame, and the bytes of the last one.
#[derive(Default)]
struct Frames(RefCell<Vec<Grid>>, RefCell<Vec<u8>>);

impl Canvas for Frames {
    fn paint<'a>(
        &'a self,
        images: &'a Tensor<4>,
        grid: Grid,
    ) -> LocalFuture<'a, Result<(), String>> {
        assert_eq!(images.dims(), [grid.count, 1, SIZE, SIZE]);
        self.0.borrow_mut().push(grid);
        let values = images.to_data().try_into_vec::<f32>();
        *self.1.borrow_mut() = to_bytes(&values.unwrap());
        Box::pin(std::future::ready(Ok(())))
    }
}

struct Page {
    driver: Driver,
    events: Rc<Recorder>,
    generation: Rc<Frames>,
    training: Rc<Frames>,
}

impl Page {
    fn open() -> Self {
        let device = OpenDevice {
            runtime: Runtime::cpu(),
            info: DeviceInfo {
                kind: "cpu".into(),
                name: "CPU".into(),
                reason: "A test.".into(),
                facts: Vec::new(),
            },
            gpu: None,
        };
        let (generation, training) = (Rc::<Frames>::default(), Rc::<Frames>::default());
        let canvases = Canvases {
            generation: generation.clone(),
            training: training.clone(),
        };
        let events = Rc::<Recorder>::default();
        let host = Rc::new(TestLoop::default());
        let driver = Driver::new(TaskContext::new(device, canvases, events.clone(), host));
        assert!(driver.finish_loading(None, "").is_none());
        Self {
            driver,
            events,
            generation,
            training,
        }
    }

    /// With untrained tiny weights, and without the events until then.
    fn with_weights() -> Self {
        let page = Self::open();
        let preview = page
            .driver
            .load_weights(&weights_file(Preset::Tiny), "a file", false);
        finish(preview.expect("sound weights"));
        page.events();
        page
    }

    /// Without the events of the opening.
    fn open_quietly() -> Self {
        let page = Self::open();
        page.events();
        page
    }

    /// The events since the last look, which stay for the next.
    fn peek(&self) -> Vec<Event> {
        self.events.0.borrow().clone()
    }

    /// The events since the last look.
    fn events(&self) -> Vec<Event> {
        self.events.0.take()
    }

    /// Names of the events since the last look; of a state, the state and what it is about.
    fn names(&self) -> Vec<String> {
        self.events().iter().map(name).collect()
    }

    /// Begin what a command asks for.
    fn begin(&self, command: Command) -> Run {
        self.driver
            .command(command)
            .unwrap_or_else(|| panic!("not begun: {:?}", self.events()))
    }

    /// Give a command that begins nothing.
    fn tell(&self, command: Command) {
        assert!(self.driver.command(command).is_none());
    }

    /// The refusal of a command, which is all that comes of it.
    fn refused(&self, command: Command) -> Refusal {
        self.tell(command);
        match &self.events()[..] {
            [Event::Refused(refusal)] => refusal.clone(),
            other => panic!("{other:?}"),
        }
    }
}

fn name(event: &Event) -> String {
    let value = serde_json::to_value(event).expect("events are plain data");
    let field = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    match event {
        Event::State { .. } => format!("{} {}", field("state"), field("activity")),
        _ => field("type"),
    }
}

/// Whether a run has ended. Polled until its next turn.
fn poll(run: &mut Run) -> bool {
    pin!(run)
        .poll(&mut Polling::from_waker(Waker::noop()))
        .is_ready()
}

fn finish(mut run: Run) {
    while !poll(&mut run) {}
}

/// Weights that predict something other than 0 everywhere, for a T of 20.
fn weights_file(preset: Preset) -> Vec<u8> {
    let unet = preset.config();
    let layout = UNet::layout(&unet);
    let mut values = layout.initial(0);
    for (at, value) in values.iter_mut().enumerate() {
        *value += 0.03 * (at as f32).sin();
    }
    let train = TrainConfig {
        timesteps: 20,
        ..TrainConfig::default()
    };
    let weights = Checkpoint::new(Metadata::new(unet, train), values);
    checkpoint::encode(&weights, UNet::layout, Dtype::F32).unwrap()
}

/// So many digits as idx files: stripes that differ from digit to digit.
fn digits(count: usize) -> (Vec<u8>, Vec<u8>) {
    let word = |value: usize| (value as u32).to_be_bytes();
    let header = |magic, dims: &[usize]| -> Vec<u8> {
        [magic].iter().chain(dims).flat_map(|&v| word(v)).collect()
    };
    let mut images = header(0x803, &[count, SIZE, SIZE]);
    let mut labels = header(0x801, &[count]);
    for digit in 0..count {
        images.extend((0..PIXELS).map(|at| {
            if (at % SIZE).is_multiple_of(2 + digit) {
                255
            } else {
                0
            }
        }));
        labels.push((digit % CLASSES) as u8);
    }
    (images, labels)
}

/// The file of an untrained classifier.
fn classifier_file() -> Vec<u8> {
    let meta = ClassifierMetadata {
        recipe: ClassifierRecipe::default(),
        images: 12,
        step: 1,
        accuracy: 0.9,
        format: CLASSIFIER_FORMAT,
    };
    encode_classifier(&Classifier::layout().initial(1), &meta, Dtype::F32).unwrap()
}

fn draw() -> GenerateOptions {
    GenerateOptions {
        count: 2,
        seed: 7,
        class: Class::All,
        cfg_scale: 1.0,
        sampler: SamplerConfig {
            steps: 4,
            ..SamplerConfig::default()
        },
        text: None,
        walk: None,
        still: false,
    }
}

fn train_options() -> TrainOptions {
    TrainOptions {
        run: "a run".into(),
        config: TrainConfig {
            batch_size: 2,
            timesteps: 20,
            ..TrainConfig::default()
        },
        preset: Preset::Tiny,
        from_current: false,
        sample_every: 0,
        sample_steps: 2,
        max_steps: 3,
        validate: false,
    }
}

fn fingerprint(events: &[Event]) -> (String, bool) {
    let sampled = events.iter().find_map(|event| match event {
        Event::Sampled(sampled) => Some((sampled.fingerprint.clone(), sampled.complete)),
        _ => None,
    });
    sampled.unwrap_or_else(|| panic!("nothing was drawn: {events:?}"))
}
