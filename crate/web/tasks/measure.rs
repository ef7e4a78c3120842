//! Measure: draws digits, has `crate/evaluation` evaluate them, and reports each figure as it is found.

use std::rc::Rc;
use std::sync::Arc;

use serde::Serialize;

use super::evaluator::EvaluatorFiles;
use super::{Outcome, TaskContext};
use crate::data::Dataset;
use crate::evaluation::Progress;
use crate::evaluation::bits_per_dim::{estimate_bits_per_dim, variance_types};
use crate::evaluation::bootstrap::Estimate;
use crate::evaluation::cas;
use crate::evaluation::classifier::SURE;
use crate::evaluation::classifier_training::ClassifierRecipe;
use crate::evaluation::eps_error::estimate_eps_error;
use crate::evaluation::evaluator::SetEvaluation;
use crate::evaluation::figures::{
    BitsPerDimFigures, EpsErrorFigures, Figures, SetFigures, WithReference,
};
use crate::evaluation::neighbours::{DistanceSummary, nearest};
use crate::evaluation::noisy_samples::LabelledImages;
use crate::images::to_bytes;
use crate::nn::unet::PIXELS;
use crate::ops::read;
use crate::samplers::Class;
use crate::web::drawing;
use crate::web::protocol::{
    Event, GenerateOptions, MeasureOptions, Measured, MeasuringProgress, ModelInfo, Refusal,
    Subject, UnsureDigit,
};
use crate::web::rate_meter::{REPORT_EVERY_S, RateMeter};
use crate::web::weights::ModelWeights;

/// Digits in one forward pass: as many as Generate draws at most.
const BATCH: u32 = drawing::MAX_COUNT;
/// The test images on which the network's noise prediction is measured. With [`STRATA`] values of t for each they give three
/// figures, in a minute on a CPU.
const EPS_ERROR_IMAGES: usize = 64;
/// The values of t for each of those images.
const STRATA: usize = 10;
/// The seed of the t and ε with which those images are made noisy.
const EPS_ERROR_SEED: u64 = 0;

/// The most digits that are shown because the classifier does not recognise them.
const UNSURE_SHOWN: usize = 24;

/// The parts of a measurement, as the page names them.
mod part {
    pub const TEST: &str = "Looking at the test images";
    pub const DRAW: &str = "Drawing digits";
    pub const JUDGE: &str = "Judging the digits";
    pub const JUDGE_REAL: &str = "Judging real digits";
    pub const NEIGHBOURS: &str = "Comparing with the training images";
    pub const NEIGHBOURS_REAL: &str = "Comparing test images with them";
    pub const LEARN: &str = "A classifier learns from the digits";
    pub const LEARN_REAL: &str = "A classifier learns from real digits";
    pub const NOISE: &str = "Asking the network about the noise";
    pub const BOUND: &str = "Adding up the bound";
}

/// A measurement: requested or under way. It cannot be held.
pub struct Measurement {
    options: MeasureOptions,
    weights: ModelWeights,
    train: Arc<Dataset>,
    evaluator: Rc<EvaluatorFiles>,
    figures: Figures,
    /// What the classifier does not recognise, with the images.
    unsure: (Vec<UnsureDigit>, Vec<u8>),
}

/// The figures as a file, in the shape of `ddpm evaluate`'s JSON.
#[derive(Serialize)]
struct Report<'a> {
    weights: ModelInfo,
    manner: &'a GenerateOptions,
    #[serde(flatten)]
    figures: &'a Figures,
}

impl Measurement {
    /// A measurement that has not begun. `train`: the images that neighbours are looked for among.
    ///
    /// # Errors
    /// Names the first option that is out of range, with the range.
    pub fn new(
        context: &TaskContext,
        mut options: MeasureOptions,
        weights: ModelWeights,
        train: Arc<Dataset>,
        evaluator: Rc<EvaluatorFiles>,
    ) -> Result<Self, Refusal> {
        options.draw = drawing::resolved(Subject::Measure, options.draw, &weights.meta, false)?;
        drawing::check_measured(weights.model(context.runtime()), &options.draw)?;
        Ok(Self {
            figures: Figures::new(evaluator.accuracy()),
            unsure: (Vec::new(), Vec::new()),
            options,
            weights,
            train,
            evaluator,
        })
    }

    /// From a single digit nothing is to be learnt of others.
    fn can_learn(&self, labels: Option<&[u8]>) -> bool {
        let several = matches!(self.options.draw.class, Class::All | Class::Any);
        self.options.cas && several && labels.is_some()
    }

    /// The parts of this measurement, in order.
    fn parts(&self, labels: Option<&[u8]>) -> Vec<String> {
        let mut parts = vec![part::TEST, part::DRAW, part::JUDGE, part::JUDGE_REAL];
        if self.options.neighbours {
            parts.extend([part::NEIGHBOURS, part::NEIGHBOURS_REAL]);
        }
        if self.can_learn(labels) {
            parts.extend([part::LEARN, part::LEARN_REAL]);
        }
        if self.options.network {
            parts.extend([part::NOISE, part::BOUND]);
        }
        parts.into_iter().map(str::to_owned).collect()
    }

    async fn run(&mut self, context: &TaskContext) -> Result<(), String> {
        let labels = self.labels();
        let parts = self.parts(labels.as_deref());
        context.emit(&Event::Measurement { parts });
        let files = self.evaluator.clone();
        let progress = reported(context, part::TEST);
        let evaluator = files
            .evaluator(context.runtime().context(), progress)
            .await?;
        self.figures.classifier.accuracy = evaluator.accuracy();

        let started = context.now();
        let pixels = self.draw(context).await?;
        let seconds = context.now() - started;
        let progress = reported(context, part::JUDGE);
        let evaluation = evaluator.evaluate(&pixels, progress).await?;
        let real = self
            .train
            .like(labels.as_deref(), evaluation.classes.len())?;
        let progress = reported(context, part::JUDGE_REAL);
        let reference = evaluator.evaluate(&real, progress).await?.into();
        let mut set = SetFigures::new(&evaluation, &reference, labels.as_deref());
        set.seconds = Some(seconds);
        self.unsure = unsure(&evaluation, labels.as_deref(), &pixels);
        self.record(context, set.clone());

        if self.options.neighbours {
            set.neighbours = Some(self.neighbours(context, &pixels).await?);
            self.record(context, set.clone());
        }
        let can_learn = self.can_learn(labels.as_deref());
        if let Some(labels) = labels.filter(|_| can_learn) {
            set.cas = Some(self.cas(context, pixels, real, labels).await?);
            self.record(context, set);
        }
        if self.options.network {
            self.network(context).await?;
        }
        Ok(())
    }

    /// The digits that are asked for; `None` for unconditional ones.
    fn labels(&self) -> Option<Vec<u8>> {
        let GenerateOptions {
            class, seed, count, ..
        } = &self.options.draw;
        let unet = &self.weights.meta.unet;
        (*class != Class::None && unet.classes > 0)
            .then(|| class.labels(unet, u64::from(*seed), 0, *count as usize))
    }

    /// Bytes of all digits, drawn a batch at a time.
    async fn draw(&self, context: &TaskContext) -> Result<Vec<u8>, String> {
        let all = self.options.draw.count;
        let mut progress = reported(context, part::DRAW);
        let mut in_flight = context.in_flight();
        let mut pixels = Vec::with_capacity(all as usize * PIXELS);
        for first in (0..all).step_by(BATCH as usize) {
            let options = GenerateOptions {
                count: BATCH.min(all - first),
                ..self.options.draw.clone()
            };
            let model = self.weights.model(context.runtime());
            let mut sampling = drawing::batch(Subject::Measure, model, &options, first)
                .map_err(|refusal| refusal.message)?;
            while sampling.step().is_some() {
                in_flight.launched().await?;
                let part = sampling.done() as f64 / sampling.steps() as f64;
                progress((f64::from(first) + part * f64::from(options.count)) / f64::from(all))
                    .await?;
            }
            pixels.extend(to_bytes(&read(sampling.images().clone()).await?));
        }
        Ok(pixels)
    }

    async fn neighbours(
        &self,
        context: &TaskContext,
        pixels: &[u8],
    ) -> Result<WithReference<DistanceSummary>, String> {
        let test = &self.evaluator.test().images;
        let as_many = &test[..pixels.len().min(test.len())];
        let ctx = context.runtime().context();
        let summary = async |images: &[u8], what| {
            let progress = reported(context, what);
            let found = nearest(images, &self.train.images, ctx, progress).await?;
            Ok::<_, String>(DistanceSummary::of(&found))
        };
        Ok(WithReference {
            samples: summary(pixels, part::NEIGHBOURS).await?,
            real: summary(as_many, part::NEIGHBOURS_REAL).await?,
        })
    }

    async fn cas(
        &self,
        context: &TaskContext,
        pixels: Vec<u8>,
        real: Vec<u8>,
        labels: Vec<u8>,
    ) -> Result<WithReference<Estimate>, String> {
        let epochs = ClassifierRecipe::default().epochs;
        let recipe = ClassifierRecipe::for_samples(labels.len(), epochs);
        let ctx = context.runtime().context();
        let score = async |images, part| {
            let samples = Dataset::of_digits(images, labels.clone(), "");
            let progress = reported(context, part);
            let test = self.evaluator.test();
            cas::score(&recipe, &samples, test, ctx, progress).await
        };
        Ok(WithReference {
            samples: score(pixels, part::LEARN).await?,
            real: score(real, part::LEARN_REAL).await?,
        })
    }

    /// How well the network predicts the noise on test images.
    async fn network(&mut self, context: &TaskContext) -> Result<(), String> {
        let model = self.weights.model(context.runtime());
        let evaluator = self.evaluator.clone();
        let test = evaluator.test();
        let images = EPS_ERROR_IMAGES.min(test.len());
        let labelled = LabelledImages {
            images: &test.images[..images * PIXELS],
            labels: &test.labels[..images],
            seed: EPS_ERROR_SEED,
        };
        let progress = reported(context, part::NOISE);
        let tenths = estimate_eps_error(&model, labelled, progress).await?;
        self.figures.eps_error = Some(EpsErrorFigures { images, tenths });
        self.report(context, false);
        let kinds = variance_types(&model);
        let progress = reported(context, part::BOUND);
        let bounds = estimate_bits_per_dim(&model, &kinds, labelled, STRATA, progress).await?;
        self.figures.bits = Some(BitsPerDimFigures {
            images,
            strata: STRATA,
            bounds,
        });
        Ok(())
    }

    fn record(&mut self, context: &TaskContext, set: SetFigures) {
        match self.options.draw.class {
            Class::None => self.figures.unconditional = Some(set),
            _ => self.figures.conditional = Some(set),
        }
        self.report(context, false);
    }

    /// Send the figures that are known.
    fn report(&self, context: &TaskContext, complete: bool) {
        let report = Report {
            weights: self.weights.info(),
            manner: &self.options.draw,
            figures: &self.figures,
        };
        context.emit(&Event::Measured(Box::new(Measured {
            figures: self.figures.clone(),
            unsure: self.unsure.0.clone(),
            unsure_pixels: self.unsure.1.clone(),
            json: serde_json::to_string_pretty(&report).unwrap_or_default(),
            complete,
        })));
    }
}

/// The digits that the classifier does not recognise, the least certain first, and their images.
fn unsure(
    evaluation: &SetEvaluation,
    labels: Option<&[u8]>,
    pixels: &[u8],
) -> (Vec<UnsureDigit>, Vec<u8>) {
    let confidences = evaluation.confidences.iter().zip(0..);
    let mut found: Vec<UnsureDigit> = confidences
        .filter(|&(&confidence, _)| confidence <= SURE)
        .map(|(&confidence, number)| UnsureDigit {
            number,
            asked: labels.map(|labels| labels[number as usize]),
            seen: evaluation.classes[number as usize],
            confidence,
        })
        .collect();
    found.sort_by(|a, b| a.confidence.total_cmp(&b.confidence));
    found.truncate(UNSURE_SHOWN);
    let images = found.iter();
    let pixels = images
        .flat_map(|digit| &pixels[digit.number as usize * PIXELS..][..PIXELS])
        .copied()
        .collect();
    (found, pixels)
}

/// Reports the progress of `what` to the page, gives the event loop its turn, and ends the work when the measurement is
/// cancelled.
fn reported<'a>(context: &'a TaskContext, what: &str) -> impl Progress + use<'a> {
    let what = what.to_owned();
    let mut rate = RateMeter::default();
    rate.start(context.now());
    let mut last = 0.0;
    async move |share: f64| {
        let now = context.now();
        rate.record(now, share);
        if now - last > REPORT_EVERY_S || share >= 1.0 {
            last = now;
            context.emit(&Event::Measuring(MeasuringProgress {
                what: what.clone(),
                share,
                left_s: rate.left(1.0 - share),
            }));
        }
        context.turn().await;
        match context.stop_requested() {
            None => Ok(()),
            Some(_) => Err("cancelled".into()),
        }
    }
}

/// Measure until the last figure or a stop. The figures found before a stop have been reported by then.
pub async fn measure(context: &TaskContext, mut measurement: Measurement) -> Outcome {
    let result = measurement.run(context).await;
    if context.stop_requested().is_none() {
        match result {
            Ok(()) => measurement.report(context, true),
            Err(error) => context.refuse(Refusal::new(Subject::Measure, "device", error)),
        }
    }
    Outcome::Done
}
