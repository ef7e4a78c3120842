//! Commands: from the page to the worker.

use serde::{Deserialize, Serialize};

use super::ExplainOptions;
use crate::checkpoint::Dtype;
use crate::data::Conversion;
use crate::diffusion::Prediction;
use crate::diffusion::schedule::ScheduleKind;
use crate::nn::unet::Preset;
use crate::samplers::{Class, FrameKind, SamplerConfig};
use crate::training::TrainConfig;

/// From the page to the worker.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Draw `count` digits (1 to 64) from the weights in use.
    Generate(GenerateOptions),
    /// Draw digits at once, while a control is being moved: with a few steps of a sampler that does well with few
    /// ([`SamplerConfig::draft`]), and without a word of the worker's state. The newest takes the place of one that waits; any
    /// task puts an end to it. Answered by [`Event::Drafted`](super::Event::Drafted).
    Draft(GenerateOptions),
    /// Draw digits that begin from a picture instead of noise.
    Edit(EditOptions),
    /// Draw digits and measure how good they are. The training images and the evaluator must have been loaded before.
    Measure(MeasureOptions),
    /// Begin a training session. The training images must have been loaded before.
    Train(TrainOptions),
    /// Say what memory a training session would take; answered by [`Event::Estimate`](super::Event::Estimate).
    Estimate {
        /// As in [`TrainOptions`].
        preset: Preset,
        /// As in [`TrainOptions`].
        from_current: bool,
        /// The recipe's.
        batch_size: u32,
    },
    /// Hold the generation or the training session that runs before its next step.
    Pause,
    /// Go on with the generation that is held, or else with the training session that is held.
    Resume,
    /// Give up the generation (or edit, or measurement) under way. The frame reached stays on the
    /// canvas, the figures found on the page.
    Cancel,
    /// Discard the training session and return to the weights that were in use before it.
    Reset,
    /// Say what the outputs of the weights in use mean, whose file does not say it
    /// ([`ModelInfo::assumed`](super::ModelInfo::assumed)).
    Assume(AssumeOptions),
    /// Say how the pictures given last become training images.
    Pictures {
        /// How.
        conversion: Conversion,
        /// What to do with them then.
        action: PicturesAction,
    },
    /// Have the training session saved now; answered by [`Event::Checkpoint`](super::Event::Checkpoint) if there is one that
    /// has taken a step.
    Checkpoint,
    /// Ask for kept frames of the draw that ended last; answered by [`Event::Trajectory`](super::Event::Trajectory).
    Trajectory {
        /// Which part of the frames.
        what: FrameKind,
        /// The digit, counted from 0; `None` for all of them.
        #[serde(default)]
        digit: Option<u32>,
    },
    /// Paint a kept frame of the draw that ended last in place of its digits; answered by
    /// [`Event::FramePainted`](super::Event::FramePainted). While a draw runs it is ignored.
    PaintFrame {
        /// Which part of the frame.
        what: FrameKind,
        /// Its number in [`Sampled::frames`](super::Sampled::frames).
        frame: u32,
    },
    /// Have the classifier look at digits; answered by [`Event::Recognised`](super::Event::Recognised). The classifier must have
    /// been loaded before.
    Recognise {
        /// The digits, 28×28 bytes each, 0 black to 255 white, at most 64.
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        pixels: Vec<u8>,
    },
    /// Take one step of the training session that is held.
    Step,
    /// Change how the training session that runs or is held goes on, from its next step on.
    Adjust(AdjustOptions),
    /// Show what the network of the training session is asked; answered by [`Event::Examples`](super::Event::Examples).
    Examples {
        /// Which images: another number shows others.
        set: u32,
    },
    /// Find out how fast this device would train; answered by [`Event::Speed`](super::Event::Speed).
    TimeTraining(TrainOptions),
    /// Ask about an image, the noise schedule and the weights in use, whatever runs meanwhile; answered by
    /// [`Event::Explained`](super::Event::Explained).
    Explain(ExplainOptions),
    /// Ask for the weights in use as a safetensors file; answered by [`Event::Weights`](super::Event::Weights).
    Save {
        /// Number format of the file.
        dtype: Dtype,
    },
}

/// What is done with pictures that were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PicturesAction {
    /// Show what a network would see; answered by [`Event::Pictures`](super::Event::Pictures).
    Preview,
    /// Use them for training; answered by [`Event::Data`](super::Event::Data).
    Use,
    /// Forget them.
    Discard,
}

/// What the outputs of weights mean whose file does not say it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct AssumeOptions {
    /// T of the schedule that they were trained over.
    pub timesteps: u32,
    /// How β runs over it, with the default ends.
    pub schedule: ScheduleKind,
    /// What the network predicts.
    pub prediction: Prediction,
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
    /// Characters that name the classes, one for each digit, in place of `class`, and for [`Command::Generate`] and
    /// [`Command::Draft`] in place of `count` ([`Class::spelt`]).
    #[serde(default)]
    pub text: Option<String>,
    /// Begin between the noise of this seed and that of another.
    #[serde(default)]
    pub walk: Option<Walk>,
    /// Show the finished digits only, and not the way there.
    #[serde(default)]
    pub still: bool,
}

/// A place on the way from the x_T of one seed to that of another, by spherical interpolation
/// ([`slerp`](crate::editing::slerp)). The classes are those of the first seed. No noise is added on the way
/// ([`SamplerConfig::without_noise`]), so that the ends are the draws of the two seeds by the same sampler.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Walk {
    /// The seed at the end of the way.
    pub to_seed: u32,
    /// How far along it, 0 to 1.
    pub position: f64,
}

/// What [`Command::Edit`] draws.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct EditOptions {
    /// How, and how many versions; any class means none. A blend takes no notice of it.
    pub draw: GenerateOptions,
    /// What is made of which picture.
    pub edit: Edit,
}

/// An edit, with its pictures: 28×28 bytes each, row by row, 0 black to 255 white.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// A digit like it: noise of level `t`, 0 to T−1, is put on it and taken away again.
    Picture {
        /// The picture.
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        image: Vec<u8>,
        /// Noise level that the picture is taken to, 0 to T−1.
        t: u32,
    },
    /// The same with the part drawn anew where `mask`, of as many bytes, is not 0.
    Part {
        /// The picture.
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        image: Vec<u8>,
        /// 0 where the picture is kept.
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        mask: Vec<u8>,
    },
    /// Eight pictures from the one to the other, both included.
    Blend {
        /// The first picture.
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        from: Vec<u8>,
        /// The last picture.
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        to: Vec<u8>,
    },
}

/// What [`Command::Measure`] draws and measures.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct MeasureOptions {
    /// How, and how many digits, 2 to 10,000.
    pub draw: GenerateOptions,
    /// Measure how far the digits are from the nearest training images.
    pub neighbours: bool,
    /// Measure what a classifier learns from the digits alone (the classification accuracy score).
    pub cas: bool,
    /// Measure ε-MSE and bits/dim of the network on test images.
    pub network: bool,
}

/// What [`Command::Adjust`] changes. What is `None` stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(default)]
pub struct AdjustOptions {
    /// The learning rate at its peak; warm-up and fall stay where they are.
    pub learning_rate: Option<f64>,
    /// Images a step. The data go on where they were.
    pub batch_size: Option<u32>,
    /// The session is held after this step, once; 0 takes that back.
    pub stop_at: Option<u32>,
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
    /// Stop by itself after so many steps; 0 goes on until paused. The learning rate falls to 0 there along half a cosine,
    /// whatever `config` says of its decay; without an end it stays at its peak.
    pub max_steps: u32,
    /// Compute the loss now and then on images that the network does not learn from: on the test images where they were loaded and
    /// belong to the training images, else on a tenth of the images, which is held out.
    #[serde(default)]
    pub validate: bool,
    /// What the session's checkpoints are called, which the page keeps.
    #[serde(default)]
    pub run: String,
}
