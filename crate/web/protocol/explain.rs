//! What the scenes of Understand ask and are told: the mathematics of the noise schedule and of the network on one image.
//!
//! Every question is small and is answered from its own fields and the weights in use alone, so that a scene may ask while
//! something else runs, and asks anew whenever a slider moves. Images in questions are 784 bytes, row by row, 0 black to 255
//! white; in answers they are 784 numbers, −1 black to 1 white, which noise takes beyond that range. The noise is a function of
//! `seed`. t counts from 0 to T − 1.

use serde::{Deserialize, Serialize};

use crate::diffusion::Prediction;
use crate::diffusion::schedule::{ScheduleKind, VarianceType};

/// What [`Command::Explain`](super::Command::Explain) asks.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct ExplainOptions {
    /// Comes back in the answer.
    pub id: u32,
    /// The question.
    pub question: Question,
}

/// An image, noise and a step of the schedule.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct NoisyImage {
    /// x_0.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub image: Vec<u8>,
    /// Names ε.
    pub seed: u32,
    /// The step.
    pub t: u32,
}

/// A question of a scene.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Some of the training images, if they have been loaded; answered by [`Answer::Images`].
    Images,
    /// How an image becomes noise; answered by [`Answer::Forgetting`].
    Forgetting {
        /// The image.
        noisy: NoisyImage,
        /// The pixel whose way is told, 0 to 783.
        pixel: u32,
    },
    /// The curves of every schedule over the weights' T; answered by [`Answer::Curves`].
    Curves {
        /// Whether each is stretched to a terminal SNR of 0.
        rescale: bool,
    },
    /// The same image with the same noise under every schedule; answered by [`Answer::Schedules`].
    Schedules {
        /// The image.
        noisy: NoisyImage,
        /// As in [`Question::Curves`].
        rescale: bool,
    },
    /// What the network says of a noisy image; answered by [`Answer::Predicted`].
    Predict {
        /// The image.
        noisy: NoisyImage,
        /// The class that the network is told, if any.
        class: Option<u8>,
    },
    /// One step of the reverse process; answered by [`Answer::Step`].
    Step {
        /// The image; its x_t is where the step begins, unless `x_t` is given.
        noisy: NoisyImage,
        /// Where the step begins: x_{t−1} of the step before. Empty for x_t of `noisy`.
        x_t: Vec<f32>,
        /// How many steps of the schedule are taken at once, 1 or more; the step ends at x_0 where fewer are left.
        stride: u32,
        /// The class that the network is told, if any.
        class: Option<u8>,
        /// σ².
        variance_type: VarianceType,
        /// Whether x̂₀ is clamped to −1 … 1.
        clip: bool,
    },
    /// The same for one pixel with numbers from anywhere; answered by [`Answer::PixelStep`].
    PixelStep(PixelStepOptions),
    /// What the network's errors for an image cost at some t; answered by [`Answer::Terms`].
    Terms {
        /// x_0.
        #[serde(with = "serde_bytes")]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
        image: Vec<u8>,
        /// Names ε, which is the same at every t.
        seed: u32,
        /// The t, 1 to 64 of them.
        times: Vec<u32>,
        /// The class that the network is told, if any.
        class: Option<u8>,
        /// σ² of the bound.
        variance_type: VarianceType,
        /// The pixel whose part in each term is told, 0 to 783.
        pixel: u32,
    },
    /// The score along a row of the plane through three images; answered by [`Answer::ScoreRow`].
    ScoreRow {
        /// The plane.
        plane: PlaneOptions,
        /// Which row, 0 to `size` − 1.
        row: u32,
        /// Points in a row, and rows, 2 to 32.
        size: u32,
    },
    /// The score at one point of the plane; answered by [`Answer::ScorePoint`].
    ScorePoint {
        /// The plane.
        plane: PlaneOptions,
        /// The point, in the plane's coordinates.
        point: [f64; 2],
    },
    /// A way that begins at a point of the plane, as the plane sees it; answered by [`Answer::ScoreWalk`].
    ScoreWalk {
        /// The plane.
        plane: PlaneOptions,
        /// The point, in the plane's coordinates.
        point: [f64; 2],
        /// Which way.
        walk: PlaneWalk,
        /// Forward passes, 1 to 100.
        steps: u32,
    },
    /// What happens inside the network; answered by [`Answer::Inside`].
    Inside {
        /// The image.
        noisy: NoisyImage,
        /// The class that the network is told, if any.
        class: Option<u8>,
        /// Skip connections that are switched off, by the names of the parts that they come from (`down.0`, `down.1`).
        without: Vec<String>,
        /// The pixel whose attention is told, 0 to 783.
        pixel: u32,
    },
}

/// A plane through three images in the space of all images, at one noise level.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct PlaneOptions {
    /// The three images, one after another.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub images: Vec<u8>,
    /// Names the noise outside of the plane, and that of walks.
    pub seed: u32,
    /// The noise level.
    pub t: u32,
    /// The class that the network is told, if any.
    pub class: Option<u8>,
}

/// A way through the space of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PlaneWalk {
    /// DDIM's, without noise, from this noise level down to an image.
    Ddim,
    /// Langevin dynamics at this noise level.
    Langevin,
}

/// The numbers of one pixel at one step.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct PixelStepOptions {
    /// The pixel of x_t.
    pub x_t: f64,
    /// The noise that the network sees in it.
    pub eps_hat: f64,
    /// The Gaussian number that is added.
    pub z: f64,
    /// ᾱ_t, above 0 and below 1.
    pub alpha_bar: f64,
    /// β_t, above 0 and below 1.
    pub beta: f64,
    /// σ²; not a learned one.
    pub variance_type: VarianceType,
    /// Whether x̂₀ is clamped to −1 … 1.
    pub clip: bool,
}

/// The answer to [`Command::Explain`](super::Command::Explain).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Explained {
    /// That of the question.
    pub id: u32,
    /// The answer.
    pub answer: Answer,
}

/// An answer, one for each kind of [`Question`].
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// There is no answer, for this reason: a sentence.
    Refused(String),
    /// Answers [`Question::Images`].
    Images(ExampleImages),
    /// Answers [`Question::Forgetting`].
    Forgetting(Forgetting),
    /// Answers [`Question::Curves`].
    Curves(Vec<ScheduleCurve>),
    /// Answers [`Question::Schedules`].
    Schedules(Schedules),
    /// Answers [`Question::Predict`].
    Predicted(Predicted),
    /// Answers [`Question::Step`].
    Step(Step),
    /// Answers [`Question::PixelStep`].
    PixelStep(StepNumbers),
    /// Answers [`Question::Terms`].
    Terms(Terms),
    /// Answers [`Question::ScoreRow`].
    ScoreRow(ScoreRow),
    /// Answers [`Question::ScorePoint`].
    ScorePoint(ScorePoint),
    /// Answers [`Question::ScoreWalk`].
    ScoreWalk(ScoreWalk),
    /// Answers [`Question::Inside`].
    Inside(Inside),
}

/// Some of the training images, of different classes as far as there are.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct ExampleImages {
    /// Their pixels, 28×28 bytes each; empty if no training images are loaded.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub pixels: Vec<u8>,
    /// The class of each.
    pub labels: Vec<u8>,
}

/// The schedule at one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Level {
    /// The step.
    pub t: u32,
    /// β_t.
    pub beta: f64,
    /// ᾱ_t.
    pub alpha_bar: f64,
    /// √ᾱ_t.
    pub signal: f64,
    /// √(1−ᾱ_t).
    pub noise: f64,
    /// ᾱ_t/(1−ᾱ_t).
    pub snr: f64,
}

/// An image on its way into noise, by the chain and by the closed form.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Forgetting {
    /// The schedule at t.
    pub level: Level,
    /// ε of the closed form.
    pub eps: Vec<f32>,
    /// x_t by the closed form.
    pub x_t: Vec<f32>,
    /// x_t at the end of the chain, which has noise of its own in each step.
    pub chain: Vec<f32>,
    /// The pixel at every step of the chain: x_0, and then after step 0, 1, … t.
    pub path: Vec<f32>,
    /// √ᾱ·x_0 of the pixel for each entry of `path`: the mean that the closed form gives.
    pub means: Vec<f64>,
    /// One standard deviation, √(1−ᾱ), below it.
    pub lower: Vec<f64>,
    /// And above it.
    pub upper: Vec<f64>,
    /// The last step's z of the pixel.
    pub z: f32,
    /// How the pixels of both are spread.
    pub histogram: Histogram,
}

/// How pixels are spread, beside the standard Gaussian.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Histogram {
    /// The middle of each bin; the first and the last also count what lies beyond them.
    pub middles: Vec<f64>,
    /// The number of pixels of the closed form's x_t in each.
    pub jump: Vec<u32>,
    /// The number of pixels of the chain's x_t in each.
    pub chain: Vec<u32>,
    /// How many there would be in each by N(0, 1).
    pub gaussian: Vec<f64>,
    /// Mean and standard deviation of the closed form's pixels.
    pub moments: [f64; 2],
    /// Mean and standard deviation of the chain's pixels.
    pub chain_moments: [f64; 2],
}

/// A schedule over the weights' T, at evenly spread t.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct ScheduleCurve {
    /// Which.
    pub kind: ScheduleKind,
    /// The schedule at these t.
    pub levels: Vec<Level>,
}

/// An image under every schedule.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Schedules {
    /// The noise, the same in all.
    pub eps: Vec<f32>,
    /// The image under each.
    pub samples: Vec<ScheduleSample>,
}

/// An image under one schedule.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct ScheduleSample {
    /// Which.
    pub kind: ScheduleKind,
    /// The schedule at t.
    pub level: Level,
    /// x_t.
    pub x_t: Vec<f32>,
}

/// Mean squared errors over the pixels of an image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct SquaredErrors {
    /// Of ε̂, which is L_simple at this t.
    pub eps: f64,
    /// Of x̂₀.
    pub x0: f64,
    /// Of v̂.
    pub v: f64,
}

/// What the network says of a noisy image, in all three ways.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Predicted {
    /// The schedule at t.
    pub level: Level,
    /// What the network was trained to say; the others are computed from it.
    pub prediction: Prediction,
    /// The noisy image.
    pub x_t: Vec<f32>,
    /// The noise in it.
    pub eps: Vec<f32>,
    /// The noise that the network sees in it.
    pub eps_hat: Vec<f32>,
    /// x̂₀.
    pub x0_hat: Vec<f32>,
    /// v = √ᾱ·ε − √(1−ᾱ)·x_0.
    pub v: Vec<f32>,
    /// v̂.
    pub v_hat: Vec<f32>,
    /// How far off it is.
    pub errors: SquaredErrors,
}

/// The numbers of a reverse step that all pixels share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct StepCoefficients {
    /// ᾱ_t.
    pub alpha_bar: f64,
    /// ᾱ where the step ends; 1 at x_0.
    pub alpha_bar_prev: f64,
    /// β of the step, 1 − ᾱ_t/ᾱ_prev.
    pub beta: f64,
    /// Factor of x̂₀ in the mean.
    pub x0: f64,
    /// Factor of x_t in the mean.
    pub x_t: f64,
    /// β̃.
    pub beta_tilde: f64,
    /// σ, which is 0 in the step to x_0. `None` if the network says it for each pixel.
    pub sigma: Option<f64>,
}

/// One step of the reverse process.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Step {
    /// Where it begins.
    pub level: Level,
    /// The t where it ends; `None` at x_0.
    pub prev: Option<u32>,
    /// Its numbers.
    pub coefficients: StepCoefficients,
    /// Where it begins.
    pub x_t: Vec<f32>,
    /// The noise that the network sees.
    pub eps_hat: Vec<f32>,
    /// x̂₀ as the network says it.
    pub x0_hat: Vec<f32>,
    /// x̂₀ as it is used.
    pub x0_used: Vec<f32>,
    /// The posterior's mean.
    pub mean: Vec<f32>,
    /// σ·z.
    pub noise: Vec<f32>,
    /// z.
    pub z: Vec<f32>,
    /// Where it ends.
    pub x_prev: Vec<f32>,
}

/// One pixel's way through a reverse step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct StepNumbers {
    /// The step's numbers.
    pub coefficients: StepCoefficients,
    /// x̂₀ = (x_t − √(1−ᾱ_t)·ε̂)/√ᾱ_t.
    pub x0_hat: f64,
    /// x̂₀ as it is used.
    pub x0_used: f64,
    /// The posterior's mean, from `x0_used` and x_t.
    pub mean: f64,
    /// The same mean from ε̂ without x̂₀, which knows no clipping (Ho et al. 2020, eq. 11).
    pub mean_by_eps: f64,
    /// Where the step ends, mean + σ·z.
    pub x_prev: f64,
}

/// What the network's errors for an image cost at some t.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Terms {
    /// L_T in bits/dim, which no network changes.
    pub l_t: f64,
    /// One for each t that was asked for.
    pub terms: Vec<Term>,
}

/// A term of the variational bound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Term {
    /// The schedule at t; t = 0 is L_0, t ≥ 1 the KL divergence of the step from t.
    pub level: Level,
    /// The term in bits/dim: the bound is the sum of all terms and L_T.
    pub bits: f64,
    /// The errors of what the network said.
    pub errors: SquaredErrors,
    /// The factor of the squared error of ε̂ in the term, in nats a pixel: what L_simple replaces by 1. `None` for the decoder's
    /// term and for a learned variance, where the term is no multiple of the error.
    pub weight: Option<f64>,
    /// The pixel's part in the term.
    pub pixel: PixelTerm,
}

/// One pixel's part in a term of the bound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct PixelTerm {
    /// x_0.
    pub x0: f64,
    /// x̂₀, clamped to −1 … 1.
    pub x0_hat: f64,
    /// Factor of x_0 in the posterior's mean; 1 for the decoder.
    pub x0_factor: f64,
    /// β̃ of the posterior; 0 for the decoder.
    pub beta_tilde: f64,
    /// σ² of p.
    pub variance: f64,
    /// Its nats.
    pub nats: f64,
}

/// The part of a plane that is drawn, and where the three images lie in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct PlaneView {
    /// The schedule at t.
    pub level: Level,
    /// √ᾱ_t times each image, in the plane's coordinates.
    pub images: [[f64; 2]; 3],
    /// The least coordinates that are drawn.
    pub from: [f64; 2],
    /// The largest.
    pub to: [f64; 2],
}

/// The score at the points of a row.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct ScoreRow {
    /// The plane.
    pub view: PlaneView,
    /// The row.
    pub row: u32,
    /// The points.
    pub points: Vec<[f64; 2]>,
    /// The score at each, as far as it lies in the plane.
    pub scores: Vec<[f64; 2]>,
}

/// The score at a point.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct ScorePoint {
    /// The plane.
    pub view: PlaneView,
    /// The noisy image at that point.
    pub x_t: Vec<f32>,
    /// The noise that the network sees in it.
    pub eps_hat: Vec<f32>,
    /// −ε̂/√(1−ᾱ_t).
    pub score: Vec<f32>,
    /// x̂₀.
    pub x0_hat: Vec<f32>,
    /// The score as far as it lies in the plane.
    pub in_plane: [f64; 2],
    /// The length of the whole score.
    pub length: f64,
}

/// A way as the plane sees it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct ScoreWalk {
    /// The plane.
    pub view: PlaneView,
    /// Where it was after each pass, first the point where it began. Less noisy images are stretched as those of the plane
    /// are: by √ᾱ_t/√ᾱ of their own level.
    pub path: Vec<[f64; 2]>,
    /// Where it ended: an image, or x_t.
    pub end: Vec<f32>,
}

/// What happened inside the network.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Inside {
    /// The schedule at t.
    pub level: Level,
    /// The noisy image.
    pub x_t: Vec<f32>,
    /// The outputs of the network's parts, in the order in which they are computed.
    pub parts: Vec<PartOutput>,
    /// The attention of the chosen pixel's token.
    pub attention: Vec<AttentionRow>,
    /// SiLU(embedding of t + embedding of the class), which goes to every residual block, for this t and class.
    pub embedding: Vec<f32>,
    /// The embedding of t alone.
    pub time: Vec<f32>,
    /// The embedding of the class alone, or of no class.
    pub class: Vec<f32>,
    /// x̂₀ with all skip connections that were not switched off.
    pub x0_hat: Vec<f32>,
    /// x̂₀ with all of them.
    pub x0_hat_whole: Vec<f32>,
    /// The errors, with those that were not switched off.
    pub errors: SquaredErrors,
    /// The errors with all of them.
    pub errors_whole: SquaredErrors,
}

/// The output of a part of the network.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct PartOutput {
    /// Its name, as its parameters have it.
    pub name: String,
    /// How many channels it has.
    pub channels: u32,
    /// Its height and width in pixels.
    pub size: u32,
    /// The first of its channels, `size`×`size` bytes each; 128 is 0, and 0 and 255 are −`span` and `span`.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "Uint8Array"))]
    pub pixels: Vec<u8>,
    /// See `pixels`.
    pub span: f64,
    /// The root of the mean square of all channels.
    pub rms: f64,
    /// The chosen pixel's value in the first channel.
    pub pixel: f64,
}

/// How much a token attends to each.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct AttentionRow {
    /// The attention's name.
    pub name: String,
    /// Tokens along an edge of the image.
    pub size: u32,
    /// The token's number.
    pub token: u32,
    /// The weights of each head, `size`×`size` each; they sum to 1.
    pub heads: Vec<Vec<f32>>,
}
