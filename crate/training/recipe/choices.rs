//! The recipe's choices between named alternatives that belong to training alone.

use serde::{Deserialize, Serialize};

use crate::diffusion::names;

/// What is minimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// L_simple (Ho et al. 2020, eq. 14), for a fixed variance.
    #[default]
    Simple,
    /// L_hybrid = L_simple + λ·L_vlb, for a learned variance (Nichol & Dhariwal 2021, eq. 16). In L_vlb the gradient of the
    /// mean is stopped, so that it trains the variance alone.
    Hybrid,
    /// L_vlb, the variational bound in bits/dim (Ho et al. 2020, eq. 5, without L_T), estimated at one t for each image.
    Vlb,
}

names! { LossKind {
    Simple = "simple",
    Hybrid = "hybrid",
    Vlb = "vlb",
}}

/// How t is drawn for each image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum TimestepSampling {
    /// Uniformly over 0 … T−1.
    #[default]
    Uniform,
    /// Uniformly, each image of a batch in a part of 0 … T−1 of its own: the levels of noise in a batch are evenly spread, and
    /// the gradient differs less from batch to batch (after Kingma et al. 2021, "Variational diffusion models", section
    /// I.1).
    Stratified,
    /// In proportion to the size of the bound's last terms at each t, and the terms weighted accordingly (Nichol & Dhariwal
    /// 2021, eq. 18): for the loss `vlb`, whose terms differ by orders of magnitude.
    Importance,
}

names! { TimestepSampling {
    Uniform = "uniform",
    Stratified = "stratified",
    Importance = "importance",
}}

/// How the learning rate falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(clap::ValueEnum),
    value(rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum LrDecay {
    /// Along half a cosine from the end of the warm-up to 0 at `decay_steps`, for runs with a planned end.
    #[default]
    Cosine,
    /// It stays up to step `decay_steps` and then falls as √(`decay_steps`/step) (Karras et al. 2024, "EDM2", eq. 67), for
    /// runs that may end at any time.
    InverseSqrt,
}

names! { LrDecay {
    Cosine = "cosine",
    InverseSqrt = "inverse_sqrt",
}}
