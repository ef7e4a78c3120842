//! Measure: draws digits, has them judged by `crate/evaluation`, and tells each figure as it is found.

use std::rc::Rc;
use std::sync::Arc;

use burn::tensor::Device;
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;

use crate::web::controller::{App, Halt, InUse};
use crate::web::drawing::{self, Refused};
use crate::web::event_loop::{now, yield_now};
use crate::web::in_flight::InFlight;
use crate::web::rate_meter::RateMeter;
use crate::web::protocol::{
    Activity, Event, GenerateOptions, MeasureOptions, Measured, MeasuringProgress, ModelInfo,
};
use crate::checkpoint::{ClassifierMetadata, decode_classifier};
use crate::data::Dataset;
use crate::runtime::read;
use crate::evaluation::Progress;
use crate::evaluation::cas;
use crate::evaluation::classifier::Classifier;
use crate::evaluation::likelihood::{Probe, bound, eps_error};
use crate::evaluation::neighbours::{Spread, nearest};
use crate::evaluation::reference::Reference;
use crate::evaluation::report::{Beside, Bits, EpsError, Figures, Set};
use crate::evaluation::classifier_training::ClassifierRecipe;
use crate::images::{to_bytes};
use crate::samplers::{Class};
use crate::diffusion::schedule::VarianceType;
use crate::nn::unet::PIXELS;

/// Digits in one forward pass: as many as Generate draws at most.
const BATCH: u32 = drawing::MAX_COUNT;
/// Test images that the network is asked about, and values of t for each: enough for three figures, in a
/// minute on a CPU.
const PROBE: usize = 64;
const STRATA: usize = 10;
/// Seed of the t and ε that it is asked with.
const PROBE_SEED: u64 = 0;
/// Seconds between two progress events.
const REPORT_EVERY_S: f64 = 0.2;

/// What digits are measured with.
pub struct Judge {
    meta: ClassifierMetadata,
    values: Vec<f32>,
    test: Arc<Dataset>,
    /// Made when it is first needed: judging the test images takes a while.
    reference: Option<Rc<Reference>>,
}

impl Judge {
    fn parse(classifier: &[u8], images: &[u8], labels: &[u8]) -> Result<Self, Refused> {
        let (meta, values) = decode_classifier(classifier)
            .map_err(|error| Refused::new(error.code(), format!("The classifier: {error}")))?;
        let test = Dataset::parse(images, labels, "test images")
            .map_err(|error| Refused::new(error.code(), format!("The test images: {error}")))?;
        // One image has no spread.
        if test.len() < 2 {
            return Err(Refused::new(
                "too_few_images",
                "There are not enough test images.",
            ));
        }
        Ok(Self {
            meta,
            values,
            test: Arc::new(test),
            reference: None,
        })
    }
}

/// A measurement under way.
struct Measurement {
    app: App,
    options: MeasureOptions,
    in_use: InUse,
    device: Device,
    train: Arc<Dataset>,
    test: Arc<Dataset>,
    figures: Figures,
}

/// What is handed out, in the shape of `ddpm evaluate`'s JSON.
#[derive(Serialize)]
struct Report<'a> {
    weights: ModelInfo,
    manner: &'a GenerateOptions,
    #[serde(flatten)]
    figures: &'a Figures,
}

impl App {
    /// Use this classifier and these test images. Whether they can be used; if not, says why.
    pub fn take_judge(&self, classifier: &[u8], images: &[u8], labels: &[u8]) -> bool {
        match Judge::parse(classifier, images, labels) {
            Ok(judge) => {
                self.judge.replace(Some(judge));
                true
            }
            Err(Refused { code, message }) => {
                self.refuse("measure", code, message);
                false
            }
        }
    }

    /// Begin a measurement.
    pub fn measure(&self, options: MeasureOptions) {
        match self.measurement(options) {
            Ok(measurement) => self.run_measurement(measurement),
            Err(Refused { code, message }) => self.refuse("measure", code, message),
        }
    }

    fn measurement(&self, options: MeasureOptions) -> Result<Measurement, Refused> {
        let (train, judge) = (self.data.borrow(), self.judge.borrow());
        let (Some(in_use), Some(train), Some(judge)) = (self.in_use(), &*train, &*judge) else {
            return Err(Refused::new(
                "nothing_to_measure",
                "Weights, MNIST and the classifier are needed to measure, and one of them is not here.",
            ));
        };
        let device = self.stage().opened.device.clone();
        drawing::check_measured(in_use.model(), &options.draw, &device)?;
        Ok(Measurement {
            app: self.clone(),
            device,
            train: train.clone(),
            test: judge.test.clone(),
            figures: Figures::new(judge.meta.accuracy),
            in_use,
            options,
        })
    }

    fn run_measurement(&self, mut measurement: Measurement) {
        self.running.set(Activity::Measurement);
        self.halt.set(Halt::No);
        self.announce();
        let app = self.clone();
        spawn_local(async move {
            let outcome = measurement.run().await;
            app.running.set(Activity::Nothing);
            if app.halt.get() == Halt::No {
                match outcome {
                    Ok(()) => measurement.tell(true),
                    Err(message) => app.refuse("measure", "device", message),
                }
            }
            app.announce();
        });
    }

    /// The judge who knows the test images; made once.
    async fn reference(&self, device: &Device, watch: impl Progress) -> Result<Rc<Reference>, String> {
        let made = {
            let judge = self.judge.borrow();
            let judge = judge.as_ref().ok_or("The classifier is gone.")?;
            match &judge.reference {
                Some(reference) => return Ok(reference.clone()),
                None => (Classifier::load(&judge.values, device), judge.test.clone()),
            }
        };
        let (classifier, test) = made;
        let reference = Rc::new(Reference::new(classifier, &test.images, device, watch).await?);
        if let Some(judge) = &mut *self.judge.borrow_mut() {
            judge.reference = Some(reference.clone());
        }
        Ok(reference)
    }
}

impl Measurement {
    async fn run(&mut self) -> Result<(), String> {
        let labels = self.labels();
        let device = self.device.clone();
        let watch = self.watch("Looking at the test images");
        let reference = self.app.reference(&device, watch).await?;

        let started = now();
        let pixels = self.draw().await?;
        let seconds = now() - started;
        let verdict = reference
            .judge(&pixels, self.watch("Judging the digits"))
            .await?;
        let real = self.train.like(labels.as_deref(), verdict.classes.len())?;
        let floor = reference
            .judge(&real, self.watch("Judging real digits"))
            .await?;
        let mut set = Set::new(&verdict, floor.frechet, labels.as_deref());
        set.seconds = Some(seconds);
        self.take(set.clone());

        if self.options.neighbours {
            set.neighbours = Some(self.neighbours(&pixels).await?);
            self.take(set.clone());
        }
        // From a single digit nothing is to be learnt of others.
        let several = matches!(self.options.draw.class, Class::All | Class::Any);
        if let Some(labels) = labels.filter(|_| self.options.cas && several) {
            set.cas = Some(self.cas(pixels, real, labels).await?);
            self.take(set);
        }
        if self.options.network {
            self.network().await?;
        }
        Ok(())
    }

    /// What the digits are to be; `None` for unconditional ones.
    fn labels(&self) -> Option<Vec<u8>> {
        let GenerateOptions {
            class, seed, count, ..
        } = self.options.draw;
        (class != Class::None).then(|| class.labels(u64::from(seed), 0, count as usize))
    }

    /// Bytes of all digits, drawn a batch at a time.
    async fn draw(&self) -> Result<Vec<u8>, String> {
        let all = self.options.draw.count;
        let mut watch = self.watch("Drawing digits");
        let mut flight = InFlight::new(&self.app.stage().opened);
        let mut pixels = Vec::with_capacity(all as usize * PIXELS);
        for first in (0..all).step_by(BATCH as usize) {
            let options = GenerateOptions {
                count: BATCH.min(all - first),
                ..self.options.draw.clone()
            };
            let mut sampling = drawing::from(self.in_use.model(), &options, first, &self.device)
                .map_err(|refused| refused.message)?;
            while sampling.step().is_some() {
                flight.launched(&self.device).await?;
                let part = sampling.done() as f64 / sampling.steps() as f64;
                watch((f64::from(first) + part * f64::from(options.count)) / f64::from(all))
                    .await?;
            }
            pixels.extend(to_bytes(&read(sampling.images().clone()).await?));
        }
        Ok(pixels)
    }

    async fn neighbours(&self, pixels: &[u8]) -> Result<Beside<Spread>, String> {
        let as_many = &self.test.images[..pixels.len().min(self.test.images.len())];
        let spread = async |images: &[u8], what| {
            let watch = self.watch(what);
            let found = nearest(images, &self.train.images, &self.device, watch).await?;
            Ok::<_, String>(Spread::of(&found))
        };
        Ok(Beside {
            samples: spread(pixels, "Comparing with the training images").await?,
            real: spread(as_many, "Comparing test images with them").await?,
        })
    }

    async fn cas(
        &self,
        pixels: Vec<u8>,
        real: Vec<u8>,
        labels: Vec<u8>,
    ) -> Result<Beside<f64>, String> {
        let epochs = ClassifierRecipe::default().epochs;
        let recipe = ClassifierRecipe::for_samples(labels.len(), epochs);
        let score = async |images, name: &str| {
            let samples = Dataset {
                images,
                labels: labels.clone(),
                name: name.into(),
            };
            let watch = self.watch(&format!("A classifier learns from {name}"));
            cas::score(&recipe, &samples, &self.test, &self.device, watch).await
        };
        Ok(Beside {
            samples: score(pixels, "the digits").await?,
            real: score(real, "real digits").await?,
        })
    }

    /// How well the network knows the noise on test images.
    async fn network(&mut self) -> Result<(), String> {
        let model = self.in_use.model();
        let images = PROBE.min(self.test.len());
        let test = self.test.clone();
        let probe = Probe {
            images: &test.images[..images * PIXELS],
            labels: &test.labels[..images],
            seed: PROBE_SEED,
        };
        let watch = self.watch("Asking the network about the noise");
        let tenths = eps_error(&model, probe, &self.device, watch).await?;
        self.figures.eps_error = Some(EpsError { images, tenths });
        self.tell(false);
        let kinds = [VarianceType::FixedSmall, VarianceType::FixedLarge];
        let watch = self.watch("Adding up the bound");
        let bounds = bound(&model, &kinds, probe, STRATA, &self.device, watch).await?;
        self.figures.bits = Some(Bits {
            images,
            strata: STRATA,
            bounds,
        });
        Ok(())
    }

    fn take(&mut self, set: Set) {
        match self.options.draw.class {
            Class::None => self.figures.unconditional = Some(set),
            _ => self.figures.conditional = Some(set),
        }
        self.tell(false);
    }

    /// Send the figures there are.
    fn tell(&self, complete: bool) {
        let report = Report {
            weights: self.in_use.info(),
            manner: &self.options.draw,
            figures: &self.figures,
        };
        self.app.emit(&Event::Measured(Measured {
            rows: self.figures.rows(),
            json: serde_json::to_string_pretty(&report).unwrap_or_default(),
            complete,
        }));
    }

    /// Tells the page how far `what` is, gives the event loop its turn, and ends the measure when the
    /// measurement is cancelled.
    fn watch(&self, what: &str) -> impl Progress + use<> {
        let (app, what) = (self.app.clone(), what.to_owned());
        let mut pace = RateMeter::default();
        pace.start(now());
        let mut reported = 0.0;
        async move |share: f64| {
            pace.record(now(), share);
            if now() - reported > REPORT_EVERY_S || share >= 1.0 {
                reported = now();
                app.emit(&Event::Measuring(MeasuringProgress {
                    what: what.clone(),
                    share,
                    left_s: pace.left(1.0 - share),
                }));
            }
            yield_now().await;
            if app.halt.get() == Halt::No {
                Ok(())
            } else {
                Err("cancelled".into())
            }
        }
    }
}
