//! What the scenes are told.

use serde::Serialize;

use super::{Inside, ScorePoint, ScoreRow, ScoreWalk};
use crate::diffusion::Prediction;
use crate::diffusion::schedule::ScheduleKind;

/// The answer to [`Command::Explain`](crate::web::protocol::Command::Explain).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Explained {
    /// That of the question.
    pub id: u32,
    /// The answer.
    pub answer: Answer,
}

/// An answer, one for each kind of [`Question`](super::Question).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// There is no answer, for this reason: a sentence.
    Refused(String),
    /// Answers [`Question::Images`](super::Question::Images).
    Images(ExampleImages),
    /// Answers [`Question::Weights`](super::Question::Weights).
    Weights {
        /// Optimiser steps behind them.
        step: u32,
    },
    /// Answers [`Question::Forgetting`](super::Question::Forgetting).
    Forgetting(Forgetting),
    /// Answers [`Question::Curves`](super::Question::Curves).
    Curves(Vec<ScheduleCurve>),
    /// Answers [`Question::Schedules`](super::Question::Schedules).
    Schedules(Schedules),
    /// Answers [`Question::Predict`](super::Question::Predict).
    Predicted(Predicted),
    /// Answers [`Question::Step`](super::Question::Step).
    Step(Step),
    /// Answers [`Question::PixelStep`](super::Question::PixelStep).
    PixelStep(StepNumbers),
    /// Answers [`Question::Terms`](super::Question::Terms).
    Terms(Terms),
    /// Answers [`Question::ScoreRow`](super::Question::ScoreRow).
    ScoreRow(ScoreRow),
    /// Answers [`Question::ScorePoint`](super::Question::ScorePoint).
    ScorePoint(ScorePoint),
    /// Answers [`Question::ScoreWalk`](super::Question::ScoreWalk).
    ScoreWalk(ScoreWalk),
    /// Answers [`Question::Inside`](super::Question::Inside).
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
    /// σ² of each pixel where the network says it; else empty.
    pub variance: Vec<f32>,
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
