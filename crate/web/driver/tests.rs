//! The page's tasks without a page: a driver on the CPU, with a list of events, a clock of its own, and canvases that count.

use std::cell::Cell;
use std::pin::pin;
use std::task::{Context as Polling, Poll, Waker};

use burn::tensor::Tensor;

use super::*;
use crate::checkpoint::{self, Dtype, Metadata};
use crate::evaluation::classifier::Classifier;
use crate::evaluation::classifier_file::{
    CLASSIFIER_FORMAT, ClassifierMetadata, encode_classifier,
};
use crate::evaluation::classifier_training::ClassifierRecipe;
use crate::images::Grid;
use crate::nn::unet::{CLASSES, PIXELS, SIZE, UNet};
use crate::runtime::Runtime;
use crate::samplers::{Class, SamplerConfig};
use crate::training::TrainConfig;
use crate::web::device::OpenDevice;
use crate::web::host::{Canvas, EventSink, Host};
use crate::web::protocol::{DeviceInfo, Edit, EditOptions, GenerateOptions, MeasureOptions};
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

/// The grid of every frame.
#[derive(Default)]
struct Frames(RefCell<Vec<Grid>>);

impl Canvas for Frames {
    fn paint<'a>(
        &'a self,
        images: &'a Tensor<4>,
        grid: Grid,
    ) -> LocalFuture<'a, Result<(), String>> {
        assert_eq!(images.dims(), [grid.count, 1, SIZE, SIZE]);
        self.0.borrow_mut().push(grid);
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
        Self {
            driver: Driver::new(TaskContext::new(device, canvases, events.clone(), host)),
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
    checkpoint::encode(&layout, &values, &Metadata::new(unet, train), Dtype::F32).unwrap()
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
        images.extend((0..PIXELS).map(|at| if (at % SIZE).is_multiple_of(2 + digit) { 255 } else { 0 }));
        labels.push((digit % CLASSES) as u8);
    }
    (images, labels)
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
    }
}

fn train_options() -> TrainOptions {
    TrainOptions {
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
    }
}

fn fingerprint(events: &[Event]) -> (String, bool) {
    let sampled = events.iter().find_map(|event| match event {
        Event::Sampled(sampled) => Some((sampled.fingerprint.clone(), sampled.complete)),
        _ => None,
    });
    sampled.unwrap_or_else(|| panic!("nothing was drawn: {events:?}"))
}

#[test]
fn weights_are_announced_and_a_first_digit_is_drawn() {
    let page = Page::open();
    assert_eq!(
        page.names(),
        ["samplers", "recipe", "device", "ready nothing"]
    );
    let refusal = page.refused(Command::Generate(draw()));
    assert_eq!(
        (refusal.what, refusal.code),
        (Subject::Generate, "no_weights")
    );

    let file = weights_file(Preset::Tiny);
    let first = page.driver.load_weights(&file, "a file", false).unwrap();
    assert_eq!(page.names(), ["model", "schedule", "ready nothing"]);
    // Loaded again before it was drawn: the preview of the first file gives way to that of the second.
    let second = page.driver.load_weights(&file, "a file", false).unwrap();
    page.events();
    finish(first);
    assert_eq!(page.names(), [""; 0]);
    finish(second);
    match &page.events()[..] {
        [Event::Preview(preview)] => {
            assert_eq!(preview.digit, 3);
            assert_eq!(preview.pixels.len(), preview.times.len() * PIXELS);
            assert_eq!(preview.times.last(), Some(&0));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing() {
    let page = Page::with_weights();
    assert!(
        page.driver
            .load_weights(b"no weights", "odd", false)
            .is_none()
    );
    match &page.events()[..] {
        [Event::Refused(refusal)] => {
            assert_eq!(
                (refusal.what, refusal.code),
                (Subject::Weights, "not_safetensors")
            );
            assert!(refusal.message.starts_with("odd: "), "{}", refusal.message);
        }
        other => panic!("{other:?}"),
    }
    let small = weights_file(Preset::Small);
    assert!(page.driver.load_weights(&small, "larger", false).is_none());
    assert_eq!(page.names(), ["other_preset"]);
    assert!(page.driver.load_weights(&small, "larger", true).is_some());
    assert_eq!(page.names(), ["model", "schedule", "ready nothing"]);
}

#[test]
fn a_generation_shows_each_step_and_ends_with_the_digits() {
    let page = Page::with_weights();
    finish(page.begin(Command::Generate(draw())));
    let events = page.events();
    let names: Vec<String> = events.iter().map(name).collect();
    let shown = ["sampling"; 4];
    let expected = [
        &["generating generation"],
        &shown[..],
        &["sampled", "ready nothing"],
    ]
    .concat();
    assert_eq!(names, expected);
    assert_eq!(*page.generation.0.borrow(), [Grid::square(2); 4]);
    assert!(fingerprint(&events).1);
}

#[test]
fn a_pause_changes_nothing_about_the_digits() {
    let page = Page::with_weights();
    finish(page.begin(Command::Generate(draw())));
    let (whole, _) = fingerprint(&page.events());

    let mut run = page.begin(Command::Generate(draw()));
    assert!(!poll(&mut run));
    page.tell(Command::Pause);
    assert!(poll(&mut run), "it ends after its step");
    let events = page.events();
    match events.last() {
        Some(Event::State { state, can, .. }) => {
            assert_eq!(*state, State::Paused);
            assert!(can.resume && can.cancel && can.generate && !can.pause && !can.reset);
        }
        other => panic!("{other:?}"),
    }
    finish(page.begin(Command::Resume));
    assert_eq!(fingerprint(&page.events()), (whole.clone(), true));

    // Cancelled while it is held, and while it runs.
    let mut run = page.begin(Command::Generate(draw()));
    page.tell(Command::Pause);
    assert!(poll(&mut run));
    page.events();
    finish(page.begin(Command::Cancel));
    let names = page.names();
    assert_eq!(names, ["generating generation", "sampled", "ready nothing"]);
    let mut run = page.begin(Command::Generate(draw()));
    assert!(!poll(&mut run));
    page.tell(Command::Cancel);
    finish(run);
    assert!(!fingerprint(&page.events()).1);
    finish(page.begin(Command::Generate(draw())));
    assert_eq!(fingerprint(&page.events()), (whole, true));
}

#[test]
fn a_picture_is_edited_and_an_empty_one_refused() {
    let page = Page::with_weights();
    let edit = |ink: u8| EditOptions {
        draw: draw(),
        edit: Edit::Picture {
            image: vec![ink; PIXELS],
            t: 10,
        },
    };
    let refusal = page.refused(Command::Edit(edit(0)));
    assert_eq!(
        (refusal.what, refusal.code),
        (Subject::Edit, "empty_picture")
    );
    finish(page.begin(Command::Edit(edit(200))));
    assert!(fingerprint(&page.events()).1);
}

#[test]
fn a_training_session_is_paused_resumed_and_reset() {
    let page = Page::with_weights();
    assert_eq!(
        page.refused(Command::Train(train_options())).code,
        "no_data"
    );
    let (images, labels) = digits(12);
    page.driver.load_data(&images, &labels, "digits");
    assert_eq!(page.names(), ["data"]);
    let too_large = TrainConfig {
        batch_size: 13,
        ..train_options().config
    };
    let options = TrainOptions {
        config: too_large,
        ..train_options()
    };
    assert_eq!(page.refused(Command::Train(options)).code, "bad_value");

    let mut run = page.begin(Command::Train(train_options()));
    let names = page.names();
    assert_eq!(names, ["model", "schedule", "training training"]);
    assert!(!poll(&mut run));
    page.tell(Command::Pause);
    assert!(poll(&mut run), "it ends after its step");
    let paused = page.events();
    let names: Vec<String> = paused.iter().map(name).collect();
    let end = ["model", "schedule", "paused training"];
    assert!(names.ends_with(&end.map(String::from)), "{names:?}");

    // While it is held its weights draw, and no others are taken.
    finish(page.begin(Command::Generate(draw())));
    assert_eq!(page.names().last().unwrap(), "paused training");
    let file = weights_file(Preset::Tiny);
    assert!(page.driver.load_weights(&file, "late", false).is_none());
    assert_eq!(page.names(), ["refused"]);
    assert_eq!(
        page.refused(Command::Train(train_options())).code,
        "session_open"
    );

    finish(page.begin(Command::Resume));
    let resumed = page.events();
    let losses: Vec<u32> = paused
        .iter()
        .chain(&resumed)
        .flat_map(|event| match event {
            Event::Training(progress) => progress.losses.clone(),
            _ => Vec::new(),
        })
        .map(|(step, _)| step)
        .collect();
    assert_eq!(
        losses,
        [1, 2, 3],
        "a loss for every step, and it stops by itself"
    );

    page.tell(Command::Reset);
    match &page.events()[..] {
        [
            Event::Model(model),
            Event::Schedule(_),
            Event::State { state, .. },
        ] => {
            assert_eq!(model.source, "a file");
            assert_eq!(*state, State::Ready);
        }
        other => panic!("{other:?}"),
    }

    // Reset while it runs.
    let mut run = page.begin(Command::Train(train_options()));
    assert!(!poll(&mut run));
    page.tell(Command::Reset);
    finish(run);
    assert_eq!(page.names().last().unwrap(), "ready nothing");
}

#[test]
fn a_training_session_paints_samples_and_its_weights_are_saved() {
    let page = Page::open();
    let (images, labels) = digits(12);
    page.driver.load_data(&images, &labels, "digits");
    let options = TrainOptions {
        sample_every: 2,
        ..train_options()
    };
    finish(page.begin(Command::Train(options)));
    let names = page.names();
    assert_eq!(
        names.iter().filter(|name| *name == "samples").count(),
        2,
        "{names:?}"
    );
    assert_eq!(
        *page.training.0.borrow(),
        [Grid::row(CLASSES); 2],
        "at steps 2 and 3"
    );
    finish(page.begin(Command::Save { dtype: Dtype::F16 }));
    match &page.events()[..] {
        [Event::Weights { name, bytes }] => {
            assert_eq!(name, "ddpm-tiny-3-f16.safetensors");
            let meta = checkpoint::decode(bytes, UNet::layout).unwrap().meta;
            assert_eq!(meta.step, 3);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_handful_of_digits_is_measured() {
    let page = Page::with_weights();
    let options = MeasureOptions {
        draw: draw(),
        neighbours: true,
        cas: false,
        network: false,
    };
    let refusal = page.refused(Command::Measure(options.clone()));
    assert_eq!(
        (refusal.what, refusal.code),
        (Subject::Measure, "nothing_to_measure")
    );
    let (images, labels) = digits(12);
    page.driver.load_data(&images, &labels, "digits");
    let classifier = encode_classifier(
        &Classifier::layout().initial(1),
        &ClassifierMetadata {
            recipe: ClassifierRecipe::default(),
            images: 12,
            step: 1,
            accuracy: 0.9,
            format: CLASSIFIER_FORMAT,
        },
        Dtype::F32,
    );
    let classifier = classifier.unwrap();
    assert!(!page.driver.load_evaluator(b"none", &images, &labels));
    assert!(page.driver.load_evaluator(&classifier, &images, &labels));
    page.events();

    finish(page.begin(Command::Measure(options.clone())));
    let events = page.events();
    assert_eq!(name(&events[0]), "generating measurement");
    let complete: Vec<bool> = events
        .iter()
        .filter_map(|event| match event {
            Event::Measured(measured) => Some(measured.complete),
            _ => None,
        })
        .collect();
    assert_eq!(complete, [false, false, true], "{events:?}");
    assert_eq!(name(events.last().unwrap()), "ready nothing");

    // It cannot be paused, and a cancelled one is not complained of.
    let mut run = page.begin(Command::Measure(options));
    page.tell(Command::Pause);
    assert!(!poll(&mut run));
    page.tell(Command::Cancel);
    finish(run);
    let names = page.names();
    assert!(!names.contains(&"refused".to_owned()), "{names:?}");
    assert_eq!(names.last().unwrap(), "ready nothing");
}
