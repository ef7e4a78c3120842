//! From the page's options to a [`Drawing`]. Options are checked first, so that a refusal loses nothing.

mod pictures;

use burn::tensor::Tensor;

use pictures::{known, picture};

use super::protocol::{Edit, EditOptions, GenerateOptions, Refusal, Subject, Walk};
use crate::checkpoint::Metadata;
use crate::diffusion::Denoiser;
use crate::editing::{Resampling, image_to_image, inpaint, interpolate, invert, slerp};
use crate::model::Model;
use crate::nn::unet::NO_CLASS;
use crate::ops::Context;
use crate::samplers::{Class, GuidedModel, SampleNoise, Sampler, Sampling, Trajectory};

/// Most digits on the canvas.
pub const MAX_COUNT: u32 = 64;
/// Most digits in a measurement.
const MAX_MEASURED: u32 = 10_000;
/// Digits from one end of a blend to the other, ends included.
const BLEND_COUNT: usize = 8;
/// Steps up to the noise of the two ends, and as many back: with fewer the way back does not end at them
/// ([`interpolate`]).
const BLEND_STEPS: usize = 50;

/// A draw: one [`Sampling`], or two of which the second is made from the images that the first ends with.
pub struct Drawing {
    now: Sampling,
    then: Option<Then>,
    /// Steps of the first that lie behind.
    before: usize,
    /// The classes of the digits that it ends with; empty if there are none.
    labels: Vec<u8>,
    /// Whether frames of the last of them are kept.
    keeps_trajectory: bool,
}

struct Then {
    steps: usize,
    begin: Box<dyn FnOnce(&Tensor<4>) -> Sampling>,
}

impl From<Sampling> for Drawing {
    fn from(now: Sampling) -> Self {
        Self {
            now,
            then: None,
            before: 0,
            labels: Vec::new(),
            keeps_trajectory: false,
        }
    }
}

impl Drawing {
    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.before + self.now.steps() + self.then.as_ref().map_or(0, |then| then.steps)
    }

    /// Steps done.
    pub fn done(&self) -> usize {
        self.before + self.now.done()
    }

    /// The images as they stand, [B, 1, 28, 28].
    pub fn images(&self) -> &Tensor<4> {
        self.now.images()
    }

    /// The class of each of the images as they stand; [`NO_CLASS`] for one that is drawn without.
    pub fn labels(&self) -> Vec<u8> {
        let mut labels = self.labels.clone();
        labels.resize(self.images().dims()[0], NO_CLASS);
        labels
    }

    /// Keep frames of the digits on their way out of the noise. Of a blend those are the digits of the way down.
    ///
    /// # Panics
    /// If a step was taken already.
    pub fn keep_trajectory(&mut self) {
        self.keeps_trajectory = true;
        if self.then.is_none() {
            self.now.keep_trajectory();
        }
    }

    /// The frames that were kept, if there are any. `pixels`: the images as they stand, as bytes.
    pub fn into_trajectory(self, pixels: Vec<u8>) -> Option<Trajectory> {
        self.now.into_trajectory(pixels)
    }

    /// The frames that were kept so far; as [`Drawing::into_trajectory`].
    pub fn trajectory(&self, pixels: Vec<u8>) -> Option<Trajectory> {
        self.now.trajectory(pixels)
    }

    /// Take one step. Gives its t, or `None` when there was none left.
    pub fn step(&mut self) -> Option<usize> {
        if self.now.done() == self.now.steps()
            && let Some(then) = self.then.take()
        {
            self.before = self.now.steps();
            self.now = (then.begin)(self.now.images());
            if self.keeps_trajectory {
                self.now.keep_trajectory();
            }
        }
        self.now.step()
    }
}

/// The options with the classes of their text, if they have one, for weights with these classes and names, and with a sampler that
/// fits a walk, if they have one. The number of digits is that of the text's where `counted`.
///
/// # Errors
/// If the text names no classes of the weights.
pub fn resolved(
    subject: Subject,
    mut options: GenerateOptions,
    weights: &Metadata,
    counted: bool,
) -> Result<GenerateOptions, Refusal> {
    if options.walk.is_some() {
        options.sampler = options.sampler.without_noise();
    }
    if let Some(text) = &options.text {
        options.class = Class::spelt(text, &weights.unet, &weights.class_names)
            .map_err(|message| Refusal::new(subject, "bad_text", message))?;
        if counted {
            options.count = options.class.spelt_count() as u32;
        }
    }
    Ok(options)
}

/// Digits out of noise.
///
/// # Errors
/// Names the first thing that is out of range, with the range.
pub fn generate(model: Model, options: &GenerateOptions) -> Result<Drawing, Refusal> {
    let labels = labels(&model, options, 0);
    let sampling = batch(Subject::Generate, model, options, 0)?;
    Ok(of_classes(sampling, labels))
}

/// The drawing of digits with these labels.
fn of_classes(now: Sampling, labels: Vec<u8>) -> Drawing {
    Drawing {
        labels,
        ..now.into()
    }
}

/// The labels of the digits number `first` and on.
fn labels(model: &Model, options: &GenerateOptions, first: u32) -> Vec<u8> {
    let count = options.count.min(MAX_COUNT) as usize;
    let seed = u64::from(options.seed);
    options.class.labels(model.config(), seed, first, count)
}

/// A batch of a larger draw: the digits number `first` and on of the seed.
///
/// # Errors
/// As [`generate`], about `subject`.
pub fn batch(
    subject: Subject,
    model: Model,
    options: &GenerateOptions,
    first: u32,
) -> Result<Sampling, Refusal> {
    let ctx = model.context().clone();
    let (denoiser, sampler) = parts(subject, model, options, first)?;
    let noise = SampleNoise {
        first,
        ..noise(options)
    };
    let start = start(&ctx, noise, options)?;
    Ok(Sampling::run(&ctx, denoiser, sampler, start, noise))
}

/// x_T of the digits, [count, 1, 28, 28].
fn start(
    ctx: &Context,
    noise: SampleNoise,
    options: &GenerateOptions,
) -> Result<Tensor<4>, Refusal> {
    let count = options.count as usize;
    let from = noise.start(ctx, count);
    let Some(Walk { to_seed, position }) = options.walk else {
        return Ok(from);
    };
    if !(0.0..=1.0).contains(&position) {
        let message =
            format!("The place between the seeds is {position}; it must be between 0 and 1.");
        return Err(Refusal::new(Subject::Generate, "bad_value", message));
    }
    let seed = u64::from(to_seed);
    let to = SampleNoise { seed, ..noise }.start(ctx, count);
    Ok(slerp(&from, &to, &[position]))
}

/// Check the options of digits to be measured, which are drawn a batch at a time.
///
/// # Errors
/// As [`generate`], but for 2 to `MAX_MEASURED` digits.
pub fn check_measured(model: Model, options: &GenerateOptions) -> Result<(), Refusal> {
    if !(2..=MAX_MEASURED).contains(&options.count) {
        let message = format!(
            "{} digits cannot be measured: choose 2 to {MAX_MEASURED}.",
            options.count
        );
        return Err(Refusal::new(Subject::Measure, "bad_count", message));
    }
    let one = GenerateOptions {
        count: 1,
        ..options.clone()
    };
    batch(Subject::Measure, model, &one, 0).map(drop)
}

/// The class that the network is asked for in an edit: none in a blend, nor under [`Class::Any`].
pub fn class_of_edit(options: &EditOptions) -> Class {
    match (&options.edit, &options.draw.class) {
        (Edit::Blend { .. }, _) | (_, Class::Any) => Class::None,
        (_, class) => class.clone(),
    }
}

/// Digits out of a picture. [`Class::Any`] counts as [`Class::None`] here, so that the picture decides which digit it
/// becomes: with a random class, a scribbled 3 that is to become a 6 becomes neither.
///
/// # Errors
/// As [`generate`], and if a picture is empty or nothing would change.
pub fn edit(model: Model, options: &EditOptions) -> Result<Drawing, Refusal> {
    let ctx = model.context().clone();
    let device = ctx.device();
    let draw = GenerateOptions {
        class: class_of_edit(options),
        ..options.draw.clone()
    };
    let count = draw.count as usize;
    let labels = labels(&model, &draw, 0);
    match &options.edit {
        Edit::Picture { image, t } => {
            let (denoiser, sampler) = parts(Subject::Edit, model.clone(), &draw, 0)?;
            let timesteps = model.schedule.timesteps();
            if *t as usize >= timesteps {
                let message = format!(
                    "The noise level is {t}; these weights have T = {timesteps}, so it must be below."
                );
                return Err(Refusal::new(Subject::Edit, "bad_strength", message));
            }
            let x0 = picture(image, count, device)?;
            let sampling = image_to_image(&ctx, denoiser, sampler, x0, *t as usize, noise(&draw));
            if sampling.steps() == 0 {
                return Err(Refusal::new(
                    Subject::Edit,
                    "bad_strength",
                    "The strength is too low for so few steps: nothing would change. Raise it, or \
                     take more steps.",
                ));
            }
            Ok(of_classes(sampling, labels))
        }
        Edit::Part { image, mask } => {
            let (denoiser, sampler) = parts(Subject::Edit, model, &draw, 0)?;
            let x0 = picture(image, count, device)?;
            let known = known(mask, count, device)?;
            let noise = noise(&draw);
            let sampling = inpaint(
                &ctx,
                denoiser,
                sampler,
                x0,
                known,
                Resampling::default(),
                noise,
            );
            Ok(of_classes(sampling, labels))
        }
        Edit::Blend { from, to } => blend(model, from, to),
    }
}

/// The settings that are fractions, with the names that people know them by.
fn fractions(options: &GenerateOptions) -> [(&'static str, f64); 4] {
    let sampler = &options.sampler;
    [
        ("guidance", options.cfg_scale),
        ("noise η", sampler.eta),
        ("threshold", sampler.threshold_percentile),
        ("step size", sampler.langevin_step_size),
    ]
}

type Parts = (Box<dyn Denoiser>, Box<dyn Sampler>);

/// The network and the sampler for the digits number `first` and on.
fn parts(
    subject: Subject,
    model: Model,
    options: &GenerateOptions,
    first: u32,
) -> Result<Parts, Refusal> {
    let bad = |message: String| Refusal::new(subject, "bad_value", message);
    if !(1..=MAX_COUNT).contains(&options.count) {
        let message = format!(
            "{} digits cannot be drawn at once: choose 1 to {MAX_COUNT}.",
            options.count
        );
        return Err(Refusal::new(subject, "bad_count", message));
    }
    // An empty field of the page arrives as NaN.
    if let Some((name, _)) = fractions(options).into_iter().find(|(_, v)| v.is_nan()) {
        return Err(bad(format!("The {name} is missing or not a number.")));
    }
    options
        .sampler
        .validate(model.schedule.timesteps(), model.variance_type)
        .map_err(bad)?;
    let sampler = options.sampler.build(&model.schedule);
    let labels = labels(&model, options, first);
    let denoiser = GuidedModel::new(model, &labels, options.cfg_scale).map_err(bad)?;
    Ok((Box::new(denoiser), sampler))
}

fn noise(options: &GenerateOptions) -> SampleNoise {
    SampleNoise {
        seed: u64::from(options.seed),
        first: 0,
    }
}

/// DDIM inversion from both ends up to their noise, then DDIM down from points between the two. Without a class: the ends
/// may be of different classes, and a class half-way would draw neither.
fn blend(model: Model, from: &[u8], to: &[u8]) -> Result<Drawing, Refusal> {
    let ctx = model.context().clone();
    let device = ctx.device();
    let ends = Tensor::cat(vec![picture(from, 1, device)?, picture(to, 1, device)?], 0);
    let classless = |model: Model, count: usize| -> Box<dyn Denoiser> {
        let labels = vec![NO_CLASS; count];
        Box::new(GuidedModel::new(model, &labels, 1.0).expect("no class is a class"))
    };
    let timesteps = model.schedule.subset(BLEND_STEPS);
    let (schedule, steps) = (model.schedule.clone(), timesteps.len());
    let now = invert(
        &ctx,
        classless(model.clone(), 2),
        &schedule,
        timesteps.clone(),
        ends,
    );
    let begin = move |noise: &Tensor<4>| {
        let mut ends = noise.clone().split(1, 0);
        let (to, from) = (ends.remove(1), ends.remove(0));
        let denoiser = classless(model, BLEND_COUNT);
        interpolate(
            &ctx,
            denoiser,
            &schedule,
            timesteps,
            (&from, &to),
            BLEND_COUNT,
        )
    };
    Ok(Drawing {
        now,
        then: Some(Then {
            steps,
            begin: Box::new(begin),
        }),
        before: 0,
        labels: Vec::new(),
        keeps_trajectory: false,
    })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
