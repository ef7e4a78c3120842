//! What tasks tell of themselves in events: a draw, a measurement and a training session.

use serde::Serialize;

use super::GenerateOptions;
use crate::data::DatasetId;
use crate::evaluation::figures::Figures;
use crate::images::{Grid, fingerprint};
use crate::nn::unet::{PIXELS, Preset};
use crate::samplers::{Frame, FrameKind};
use crate::training::TENTHS;

/// A training session, for the list of runs.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct RunInfo {
    /// `None` where the network's shape is none of the presets'.
    pub preset: Option<Preset>,
    /// Optimiser steps taken.
    pub step: u32,
    /// Passes over the training images.
    pub epoch: f64,
    /// The smoothed loss, if there was a step.
    pub loss: Option<f64>,
    /// The step at which it stops by itself, if it does.
    pub end: Option<u32>,
    /// What it learned from; `None` if the file does not say it.
    pub data: Option<DatasetId>,
    /// Steps and losses, at most some thousand.
    pub losses: Vec<(u32, f32)>,
    /// Whether it needs the test images to go on as it was: it validates on them.
    pub needs_test: bool,
    /// The step after which it is held, once; `None` if nobody has set one.
    pub stop_at: Option<u32>,
}

/// What the network of a training session is asked, and what it answers: images with a known amount of noise. The same images, t and
/// noise each time, so that only the weights change.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Examples {
    /// Optimiser steps behind the weights, which are those that are trained and not their average.
    pub step: u32,
    /// The number of the command.
    pub set: u32,
    /// The t of each image.
    pub t: Vec<u32>,
    /// The loss of each image, as the recipe has it.
    pub losses: Vec<f32>,
    /// Five pictures for each image, 28×28 bytes each: x₀, x_t, ε, ε̂ and x̂₀. Grey 128 is 0; black and white are −1 and 1, for ε and
    /// ε̂ −2 and 2.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub pixels: Vec<u8>,
}

/// A digit on its way out of the noise.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Preview {
    /// The class that it was drawn for; `None` if the network knows no classes.
    pub digit: Option<u8>,
    /// The t of each picture, from T−1 down to 0.
    pub times: Vec<u32>,
    /// The pictures, one byte a pixel, 28×28 each, 0 black to 255 white.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub pixels: Vec<u8>,
}

/// How far a generation is.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct SamplingProgress {
    /// Steps done, 1 to `steps`.
    pub step: u32,
    /// Steps in all.
    pub steps: u32,
    /// The t that was just left, T−1 to 0; on the way up to noise the one reached.
    pub t: u32,
    /// Seconds spent stepping; pauses do not count.
    pub elapsed_s: f64,
    /// Estimate of the seconds left.
    pub left_s: f64,
}

/// A finished generation.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Sampled {
    /// Those of the command; after an edit `count` is that of the images. The classes of a text are in `class`, its sampler is that
    /// of a draft.
    pub options: GenerateOptions,
    /// Places in a row of the picture.
    pub columns: u32,
    /// The place of each image in it: place p is in row p / `columns`.
    pub places: Vec<u32>,
    /// Steps taken in all.
    pub steps: u32,
    /// False when it was cancelled on the way.
    pub complete: bool,
    /// Seconds spent stepping; pauses do not count.
    pub elapsed_s: f64,
    /// A hash of the pixels: equal fingerprints, equal digits.
    pub fingerprint: String,
    /// The images, one byte a pixel, `count`×28×28, 0 black to 255 white.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub pixels: Vec<u8>,
    /// The class that each image was drawn for; 255 for one that was drawn without.
    pub labels: Vec<u8>,
    /// The frames that were kept, which [`Command::Trajectory`](super::Command::Trajectory) and
    /// [`Command::PaintFrame`](super::Command::PaintFrame) ask for, the noisiest first: those of passes, and last the images
    /// themselves. Empty if none were kept, as of a blend that was cancelled on the way up to its noise.
    pub frames: Vec<Frame>,
}

/// Kept frames of a draw.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct TrajectoryFrames {
    /// The part of the frames: x_t, the estimate x̂₀ or the estimate ε̂.
    pub what: FrameKind,
    /// The digit, counted from 0; `None` for all of them.
    pub digit: Option<u32>,
    /// Digits in `pixels`: one, or all.
    pub digits: u32,
    /// Where each frame stands. Estimates have one less than [`Sampled::frames`]: nothing was estimated of the images at the
    /// end.
    pub frames: Vec<Frame>,
    /// The frames, digit by digit, `digits`×`frames`×28×28 bytes: x and x̂₀ from 0 for −1 or less to 255 for 1 or more, ε̂ from 0
    /// for −3 or less to 255 for 3 or more ([`EPS_RANGE`](crate::samplers::EPS_RANGE)).
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub pixels: Vec<u8>,
}

impl Sampled {
    /// The digits `pixels`, laid out as `grid`, complete after no step and without frames.
    pub fn new(options: GenerateOptions, labels: Vec<u8>, grid: Grid, pixels: Vec<u8>) -> Self {
        Self {
            labels,
            frames: Vec::new(),
            columns: grid.columns as u32,
            places: grid.places().map(|place| place as u32).collect(),
            steps: 0,
            complete: true,
            elapsed_s: 0.0,
            fingerprint: fingerprint(&pixels),
            options: GenerateOptions {
                count: (pixels.len() / PIXELS) as u32,
                ..options
            },
            pixels,
        }
    }
}

/// How far a measurement is.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct MeasuringProgress {
    /// Its present part, in a few words.
    pub what: String,
    /// Share of it that is done, 0 to 1.
    pub share: f64,
    /// Estimate of the seconds to its end.
    pub left_s: Option<f64>,
}

/// A digit that the classifier does not recognise: no digit has more than 95 % of its probability.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct UnsureDigit {
    /// Its number in the draw, from 0.
    pub number: u32,
    /// The digit that was asked for, if any.
    pub asked: Option<u8>,
    /// The digit that the classifier takes it for.
    pub seen: u8,
    /// The probability that the classifier gives to that digit, 0.1 to 0.95.
    pub confidence: f32,
}

/// The figures of a measurement that are known so far.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Measured {
    /// The figures.
    pub figures: Figures,
    /// Digits that the classifier does not recognise, the least certain first; not all of them where there are many.
    pub unsure: Vec<UnsureDigit>,
    /// Their images, one byte a pixel, N×28×28, 0 black to 255 white.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub unsure_pixels: Vec<u8>,
    /// All of it, as `ddpm evaluate` writes it.
    pub json: String,
    /// Whether nothing is still to come.
    pub complete: bool,
}

/// A row of samples that was drawn while a network trained: one digit of each class, always out of the same noise.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct SampleRow {
    /// Optimiser steps behind the weights that it was drawn from.
    pub step: u32,
    /// Its images, one byte a pixel, 28×28 each, 0 black to 255 white.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub pixels: Vec<u8>,
}

/// How far training is.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct TrainingProgress {
    /// Optimiser steps done.
    pub step: u32,
    /// Passes over the data done, with fraction.
    pub epoch: f64,
    /// Losses that have become known since the last event: (step, loss). They are read late, so
    /// the last one may be a few steps behind `step`.
    pub losses: Vec<(u32, f32)>,
    /// Training images a second, over the last seconds.
    pub images_per_s: f64,
    /// Seconds spent stepping; pauses do not count.
    pub elapsed_s: f64,
    /// Estimate of the seconds to the end of the run, if it has an end.
    pub left_s: Option<f64>,
    /// Estimate of the seconds to the end of this epoch.
    pub epoch_left_s: f64,
    /// Learning rate of the next step.
    pub learning_rate: f64,
    /// The L2 norm of the gradient before clipping in each step of `losses`.
    pub grad_norms: Vec<f32>,
    /// The learning rate of each step of `losses`.
    pub learning_rates: Vec<f64>,
    /// The running mean of the loss in each tenth of 0 … T−1, from the smallest t on; `None` where no image had such a t.
    pub tenths: [Option<f32>; TENTHS],
    /// Losses on images that it does not learn from, which have become known since the last event: (step, loss).
    pub validation: Vec<(u32, f32)>,
    /// The learning rate at its peak, as [`AdjustOptions`](super::AdjustOptions) changes it.
    pub peak_learning_rate: f64,
    /// Images a step.
    pub batch_size: u32,
    /// The step after which the session will be held, once, if [`AdjustOptions`](super::AdjustOptions) asked for it.
    pub stop_at: Option<u32>,
}
