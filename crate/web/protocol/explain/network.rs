//! Answers about the score and about the inside of the network.

use serde::Serialize;

use super::{Level, SquaredErrors};

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
    /// The errors, with those that were not switched off; `None` for a pass of a draw, where nobody knows the noise.
    pub errors: Option<SquaredErrors>,
    /// The errors with all of them.
    pub errors_whole: Option<SquaredErrors>,
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
