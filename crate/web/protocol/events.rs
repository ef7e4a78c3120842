//! Events: from the worker to the page.

use serde::{Deserialize, Serialize};

use super::{
    Examples, Explained, Measured, MeasuringProgress, Preview, Refusal, RunInfo, SampleRow,
    Sampled, SamplingProgress, Subject, TrainingProgress, TrajectoryFrames,
};
use crate::data::{Conversion, DatasetInfo};
use crate::diffusion::GuidanceInterval;
use crate::diffusion::schedule::Curves;
use crate::nn::unet::Preset;
use crate::samplers::{Frame, FrameKind, SamplerInfo};
use crate::training::{MetricPoint, RecipeField, RunPlan, ShortRun, TrainConfig};

/// The worker's state; the page shows it as `body[data-state]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The device is not open yet.
    Loading,
    /// Nothing runs and nothing is held.
    Ready,
    /// A generation, an edit or a measurement runs.
    Generating,
    /// A training session runs.
    Training,
    /// A generation or a training session is held and can be resumed.
    Paused,
    /// The worker has crashed. Only the page itself ever sets this state.
    Error,
}

/// The task that a [`State`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// No task.
    #[default]
    Nothing,
    /// A generation or an edit.
    Generation,
    /// A training session.
    Training,
    /// A measurement, whose state is [`State::Generating`].
    Measurement,
}

/// From the worker to the page.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The worker's state changed.
    State {
        /// The state.
        state: State,
        /// The task that runs, or else the one that is held.
        activity: Activity,
        /// Commands that would be taken now.
        can: Can,
    },
    /// The samplers there are, in the order to offer them. Sent once, before anything can be drawn.
    Samplers {
        /// The registry.
        samplers: Vec<SamplerInfo>,
    },
    /// The recipe's fields, in the order to offer them, and the recipe to offer for each preset. Sent once, before anything
    /// can be trained.
    Recipe {
        /// The declaration of [`TrainConfig`].
        fields: Vec<RecipeField>,
        /// What the form opens with, for each preset.
        short_runs: Vec<ShortRun>,
        /// The recipes to choose from, in the order to offer them.
        plans: Vec<RunPlan>,
    },
    /// The device was chosen.
    Device(DeviceInfo),
    /// The weights in use changed.
    Model(ModelInfo),
    /// The noise schedule of the weights in use, when it may have changed.
    Schedule(Curves),
    /// Training data is in place.
    Data(DatasetInfo),
    /// What a training session would take.
    Estimate(Estimate),
    /// Pictures were given that have to be converted before they are training data
    /// ([`Command::Pictures`](super::Command::Pictures)).
    Pictures(PicturesInfo),
    /// The first digit of the weights in use, drawn without a command as soon as they were loaded.
    Preview(Preview),
    /// A reverse step was done and its frame painted.
    Sampling(SamplingProgress),
    /// A generation has ended.
    Sampled(Sampled),
    /// The answer to [`Command::Draft`](super::Command::Draft), once it is painted: as of a generation.
    Drafted(Sampled),
    /// A measurement begins.
    Measurement {
        /// What [`MeasuringProgress::what`] will name, in this order.
        parts: Vec<String>,
    },
    /// The frames that a generation has kept so far which is held from now on, to be asked for as those of
    /// [`Sampled::frames`] until it goes on.
    HeldFrames {
        /// The noisiest first: those of passes, and last the images as they stand.
        frames: Vec<Frame>,
    },
    /// The answer to [`Command::Trajectory`](super::Command::Trajectory).
    Trajectory(TrajectoryFrames),
    /// The answer to [`Command::PaintFrame`](super::Command::PaintFrame): the canvas shows it.
    FramePainted {
        /// As asked.
        what: FrameKind,
        /// As asked.
        frame: u32,
    },
    /// The answer to [`Command::Recognise`](super::Command::Recognise).
    Recognised {
        /// That of the pixels that were looked at, as in [`Sampled::fingerprint`].
        fingerprint: String,
        /// The probability of each of the ten digits, ten numbers for each image, which add up to 1.
        probabilities: Vec<f32>,
    },
    /// A measurement has come this far.
    Measuring(MeasuringProgress),
    /// Figures of a measurement; sent again whenever there are more of them.
    Measured(Box<Measured>),
    /// Training has come this far. Sent a few times a second at most.
    Training(TrainingProgress),
    /// A row of samples from the EMA weights was painted.
    Samples {
        /// The row.
        row: SampleRow,
        /// The steps of all rows that the session keeps now, the oldest first: the page forgets the others.
        kept: Vec<u32>,
    },
    /// The answer to [`Command::Examples`](super::Command::Examples).
    Examples(Examples),
    /// The answer to [`Command::TimeTraining`](super::Command::TimeTraining).
    Speed {
        /// The network's size.
        preset: Preset,
        /// Images a step.
        batch_size: u32,
        /// Training images a second.
        images_per_s: f64,
    },
    /// The answer to [`Command::Explain`](super::Command::Explain).
    Explained(Explained),
    /// The answer to [`Command::Save`](super::Command::Save).
    Weights {
        /// The file's content.
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        bytes: Vec<u8>,
        /// A name for the file.
        name: String,
    },
    /// Something the user gave could not be used; what was loaded before still is.
    Refused(Refusal),
    /// The training session as a file, from which it can go on: every half minute while it trains, when it is held, before it
    /// is discarded, and when it is asked for.
    Checkpoint {
        /// [`TrainOptions::run`](super::TrainOptions::run).
        run: String,
        /// The file, a safetensors file that `ddpm train --resume` reads, too.
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        bytes: Vec<u8>,
        /// What is in it.
        info: RunInfo,
    },
    /// A training session was opened from a file, and is held.
    RunOpened {
        /// What its checkpoints are called.
        run: String,
        /// What was in the file.
        info: RunInfo,
        /// Its rows of samples, the oldest first.
        film: Vec<SampleRow>,
        /// Gradient norms, learning rates, speeds and losses by t so far.
        metrics: Vec<MetricPoint>,
        /// Steps and losses on images that it does not learn from.
        validation: Vec<(u32, f32)>,
    },
    /// Something in a file that was taken was ignored or read otherwise than it stands there.
    Note {
        /// What the file is.
        what: Subject,
        /// Sentences for people.
        message: String,
    },
    /// The weights offered are for another preset than the one in use; the page may ask again with
    /// `switch_preset`.
    OtherPreset {
        /// The file's name.
        name: String,
        /// Preset of the file. `None` where the shape is none of the presets'.
        offered: Option<Preset>,
        /// Preset of the weights in use, `None` as above.
        current: Option<Preset>,
    },
    /// Rust panicked. The worker is of no use any more: the page shows `report` and offers a restart.
    Crash {
        /// The panic's message and stack, to be copied into a bug report.
        report: String,
    },
}

/// The commands that would be taken now; the page switches off the buttons of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Can {
    /// `Command::Generate`.
    pub generate: bool,
    /// `Command::Edit`.
    pub edit: bool,
    /// `Command::Measure`.
    pub measure: bool,
    /// `Command::Train`.
    pub train: bool,
    /// `Command::Pause`.
    pub pause: bool,
    /// `Command::Resume`.
    pub resume: bool,
    /// `Command::Cancel`.
    pub cancel: bool,
    /// `Command::Reset`.
    pub reset: bool,
    /// `Command::Step`.
    pub step: bool,
    /// `Command::Save`.
    pub save: bool,
    /// Loading a file with weights or training images.
    pub load: bool,
}

/// The device that holds the tensors. The worker's script chooses it, and gives the reason.
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

/// The guide of the weights in use.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct GuideInfo {
    /// Trainable numbers in its network.
    pub parameters: u32,
    /// The guidance with which digits are drawn without a class when nobody asks for another.
    pub cfg_scale: f64,
    /// The steps in which it acts.
    pub interval: GuidanceInterval,
}

/// The weights in use.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct ModelInfo {
    /// `None` where the shape is none of the presets'.
    pub preset: Option<Preset>,
    /// The number of classes that the network knows; 0 if it is unconditional.
    pub classes: u32,
    /// What they are called, one name for each; empty where they are digits or the file does not say it.
    pub class_names: Vec<String>,
    /// Trainable numbers in the network.
    pub parameters: u32,
    /// The guide, a weaker network away from which digits are drawn without a class; `None` if the weights have none.
    pub guide: Option<GuideInfo>,
    /// T of the schedule that the weights were trained with.
    pub timesteps: u32,
    /// Where they came from: a file's name, or "trained on this page".
    pub source: String,
    /// Whether the file does not say what the network's outputs mean, so that the recipe is a guess, which
    /// [`Command::Assume`](super::Command::Assume) changes.
    pub assumed: bool,
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

/// What a training session would take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Estimate {
    /// Memory while it trains, in bytes, the training images included if they are here: an estimate.
    pub bytes: f64,
    /// The largest batch of this network that the device can take.
    pub most_images: u32,
}

/// Pictures that were given, and what a network would see of them.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct PicturesInfo {
    /// What they are called.
    pub name: String,
    /// The number of pictures of each class.
    pub classes: Vec<u32>,
    /// What the classes are called, one name for each; empty where they are numbers.
    pub class_names: Vec<String>,
    /// The conversion that is shown.
    pub conversion: Conversion,
    /// Some of the images that they become, 28×28 bytes each, 0 black to 255 white.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub pixels: Vec<u8>,
}
