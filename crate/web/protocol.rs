//! What the page and its worker say to each other, declared once.
//!
//! `www/protocol.d.ts` is written from these types by a native test (`cargo test protocol`), so the
//! page's scripts are checked against them by `tsc`. Everything crosses as a plain object with a
//! `type` field, except byte arrays, which cross as `Uint8Array`.

use serde::{Deserialize, Serialize};

use crate::checkpoint::Dtype;
use crate::data::DatasetInfo;
use crate::samplers::{Class, SamplerConfig, SamplerInfo};
use crate::diffusion::schedule::Curves;
use crate::training::{RecipeField, TrainConfig};
use crate::nn::unet::Preset;

/// From the page to the worker.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Draw `count` digits (1 to 64) from the weights in use.
    Generate(GenerateOptions),
    /// Draw digits that begin from a picture instead of noise.
    Edit(EditOptions),
    /// Draw digits and see how good they are (data and judge must have been given to the worker before).
    Measure(MeasureOptions),
    /// Begin a training session (the data must have been given to the worker before).
    Train(TrainOptions),
    /// Hold whatever runs (generation or training) before its next step.
    Pause,
    /// Go on with what was held.
    Resume,
    /// Give up the generation (or edit, or measurement) under way. The frame reached stays on the
    /// canvas, the figures found on the page.
    Cancel,
    /// Discard the training session and return to the weights that were in use before it.
    Reset,
    /// Ask for the weights in use as a safetensors file; answered by [`Event::Weights`].
    Save { dtype: Dtype },
}

/// What [`Command::Generate`] draws.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct GenerateOptions {
    /// Digits to draw, 1 to 64.
    pub count: u32,
    /// Any whole number below 2³²; the same seed and weights give the same digits on one device and
    /// browser.
    pub seed: u32,
    /// Which digits.
    pub class: Class,
    /// How much the class counts, 0 to 8: 0 not at all, 1 as trained, more exaggerates it
    /// ([`GuidedModel`](crate::samplers::GuidedModel)).
    pub cfg_scale: f64,
    /// How they are drawn, and in how many steps.
    pub sampler: SamplerConfig,
}

/// What [`Command::Edit`] draws.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct EditOptions {
    /// How, and how many versions; any class means none. A blend takes no notice of it.
    pub draw: GenerateOptions,
    pub edit: Edit,
}

/// What is made of a picture: 28×28 bytes, row by row, 0 black to 255 white.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// A digit like it: noise of level `t`, 0 to T−1, is put on it and taken away again.
    Picture {
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        image: Vec<u8>,
        t: u32,
    },
    /// The same with the part drawn anew where `mask`, of as many bytes, is not 0.
    Part {
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        image: Vec<u8>,
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        mask: Vec<u8>,
    },
    /// Eight pictures from the one to the other, both included.
    Blend {
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        from: Vec<u8>,
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        to: Vec<u8>,
    },
}

/// What [`Command::Measure`] finds out.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct MeasureOptions {
    /// How, and how many digits, 2 to 10,000.
    pub draw: GenerateOptions,
    /// How far they are from the training images.
    pub neighbours: bool,
    /// What a classifier learns from them.
    pub cas: bool,
    /// ε-MSE and bits/dim.
    pub network: bool,
}

/// What [`Command::Train`] runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct TrainOptions {
    /// The recipe.
    pub config: TrainConfig,
    /// Network size. Ignored when `from_current` is set.
    pub preset: Preset,
    /// Begin from the weights in use instead of fresh ones. Their preset then holds, and the fields of their recipe
    /// that decide what their outputs mean ([`TrainConfig::continuing`]).
    pub from_current: bool,
    /// Draw a row of samples from the EMA weights every so many steps; 0 never.
    pub sample_every: u32,
    /// Reverse steps of those samples.
    pub sample_steps: u32,
    /// Stop by itself after so many steps; 0 goes on until paused.
    pub max_steps: u32,
}

/// What the worker is doing; the page shows it as `body[data-state]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum State {
    Loading,
    Ready,
    Generating,
    Training,
    /// A generation or a training session is held and can be resumed.
    Paused,
    Error,
}

/// What the state is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    #[default]
    Nothing,
    Generation,
    Training,
    /// Its state is [`State::Generating`].
    Measurement,
}

/// From the worker to the page.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The worker's state changed. `activity` is what runs or is held, `can` says which commands would
    /// be taken now.
    State {
        state: State,
        activity: Activity,
        can: Can,
    },
    /// The samplers there are, in the order to offer them. Sent once, before anything can be drawn.
    Samplers { samplers: Vec<SamplerInfo> },
    /// The recipe's fields, in the order to offer them. Sent once, before anything can be trained.
    Recipe { fields: Vec<RecipeField> },
    /// The device was chosen.
    Device(DeviceInfo),
    /// The weights in use changed.
    Model(ModelInfo),
    /// The noise schedule of the weights in use, when it may have changed.
    Schedule(Curves),
    /// Training data is in place.
    Data(DatasetInfo),
    /// A digit that nobody asked for was drawn from the weights in use, once they were there.
    Preview(Preview),
    /// A reverse step was done and its frame painted.
    Sampling(SamplingProgress),
    /// A generation has ended.
    Sampled(Sampled),
    /// A measurement has come this far.
    Measuring(MeasuringProgress),
    /// Figures of a measurement; sent again whenever there are more of them.
    Measured(Measured),
    /// Training has come this far. Sent a few times a second at most.
    Training(TrainingProgress),
    /// The row of samples from the EMA weights was painted.
    Samples { step: u32 },
    /// The answer to [`Command::Save`].
    Weights {
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        bytes: Vec<u8>,
        name: String,
    },
    /// Something the user gave could not be used; what was loaded before still is.
    Refused(Refusal),
    /// The weights offered are for another preset than the one in use; the page may ask again with
    /// `switch_preset`.
    OtherPreset {
        name: String,
        /// `None` where the shape is none of the presets'.
        offered: Option<Preset>,
        current: Option<Preset>,
    },
    /// Rust panicked. The worker is of no use any more: the page shows `report` and offers a restart.
    Crash { report: String },
}

/// Which controls make sense now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Can {
    pub generate: bool,
    pub edit: bool,
    pub measure: bool,
    pub train: bool,
    pub pause: bool,
    pub resume: bool,
    pub cancel: bool,
    pub reset: bool,
    pub save: bool,
    pub load: bool,
}

/// Where the tensors live. The worker's script chooses it, and says why.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct DeviceInfo {
    /// `webgpu` or `cpu`.
    pub kind: String,
    /// The adapter as the browser names it, or the CPU path's name.
    pub name: String,
    /// Why this device was taken, in a sentence.
    pub reason: String,
    /// Facts for the device panel: name and value.
    pub facts: Vec<(String, String)>,
}

/// The weights in use.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct ModelInfo {
    /// `None` where the shape is none of the presets'.
    pub preset: Option<Preset>,
    /// Trainable numbers in the network.
    pub parameters: u32,
    /// T of the schedule that the weights were trained with.
    pub timesteps: u32,
    /// Where they came from: a file's name, or "trained on this page".
    pub source: String,
    /// What the file's own metadata says of its making, in sentences; may be empty.
    pub provenance: String,
    /// Commit of the program that trained them, if known.
    pub commit: Option<String>,
    /// The recipe they were trained with.
    pub recipe: TrainConfig,
    /// Mean training loss over the last part of the run, if known.
    pub loss: Option<f64>,
    /// What an evaluation found: name and value.
    pub figures: Vec<(String, f64)>,
    /// Optimiser steps behind the weights.
    pub steps: u32,
}

/// A digit on its way out of the noise.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Preview {
    /// What it is to be.
    pub digit: u8,
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
    /// Those of the command; after an edit `count` is that of the images.
    pub options: GenerateOptions,
    /// Steps taken in all.
    pub steps: u32,
    /// False when it was cancelled on the way.
    pub complete: bool,
    pub elapsed_s: f64,
    /// A hash of the pixels: equal fingerprints, equal digits.
    pub fingerprint: String,
    /// The images, one byte a pixel, `count`×28×28, 0 black to 255 white.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub pixels: Vec<u8>,
}

/// How far a measurement is.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct MeasuringProgress {
    /// What is being done, in a few words.
    pub what: String,
    /// Share of it that is done, 0 to 1.
    pub share: f64,
    /// Estimate of the seconds to its end.
    pub left_s: Option<f64>,
}

/// What has been measured so far.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Measured {
    /// What, for samples, for real images; the first row is the head.
    pub rows: Vec<[String; 3]>,
    /// All of it, as `ddpm evaluate` writes it.
    pub json: String,
    /// Whether nothing is still to come.
    pub complete: bool,
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
    /// Over the last seconds.
    pub images_per_s: f64,
    /// Seconds spent stepping; pauses do not count.
    pub elapsed_s: f64,
    /// Estimate of the seconds to the end of the run, if it has an end.
    pub left_s: Option<f64>,
    /// Estimate of the seconds to the end of this epoch.
    pub epoch_left_s: f64,
    pub learning_rate: f64,
}

/// Why something was not taken.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Refusal {
    /// What the user was trying: `weights`, `data`, `train`, `generate`, `edit`, `measure`.
    pub what: String,
    /// A short stable name for scripts, e.g. `not_safetensors`, `idx_magic`.
    pub code: String,
    /// What was wrong and what to do about it.
    pub message: String,
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
