//! What the scenes ask.

use serde::Deserialize;

use crate::diffusion::schedule::VarianceType;

/// What [`Command::Explain`](crate::web::protocol::Command::Explain) asks.
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
    /// Some of the training images, if they have been loaded; answered by [`Answer::Images`](super::Answer::Images).
    Images,
    /// Which weights the questions are about; answered by [`Answer::Weights`](super::Answer::Weights).
    Weights {
        /// While a training session runs: whether they are to be its average after the present step, from now on. Otherwise they
        /// stay those of the step where it began, or where this was asked last.
        newest: bool,
    },
    /// How an image becomes noise; answered by [`Answer::Forgetting`](super::Answer::Forgetting).
    Forgetting {
        /// The image.
        noisy: NoisyImage,
        /// The pixel whose way is told, 0 to 783.
        pixel: u32,
    },
    /// The curves of every schedule over the weights' T; answered by [`Answer::Curves`](super::Answer::Curves).
    Curves {
        /// Whether each is stretched to a terminal SNR of 0.
        rescale: bool,
    },
    /// The same image with the same noise under every schedule; answered by [`Answer::Schedules`](super::Answer::Schedules).
    Schedules {
        /// The image.
        noisy: NoisyImage,
        /// As in [`Question::Curves`].
        rescale: bool,
    },
    /// What the network says of a noisy image; answered by [`Answer::Predicted`](super::Answer::Predicted).
    Predict {
        /// The image.
        noisy: NoisyImage,
        /// The class that the network is told, if any.
        class: Option<u8>,
    },
    /// One step of the reverse process; answered by [`Answer::Step`](super::Answer::Step).
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
    /// The same for one pixel with numbers from anywhere; answered by [`Answer::PixelStep`](super::Answer::PixelStep).
    PixelStep(PixelStepOptions),
    /// What the network's errors for an image cost at some t; answered by [`Answer::Terms`](super::Answer::Terms).
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
    /// The score along a row of the plane through three images; answered by [`Answer::ScoreRow`](super::Answer::ScoreRow).
    ScoreRow {
        /// The plane.
        plane: PlaneOptions,
        /// Which row, 0 to `size` − 1.
        row: u32,
        /// Points in a row, and rows, 2 to 32.
        size: u32,
    },
    /// The score at one point of the plane; answered by [`Answer::ScorePoint`](super::Answer::ScorePoint).
    ScorePoint {
        /// The plane.
        plane: PlaneOptions,
        /// The point, in the plane's coordinates.
        point: [f64; 2],
    },
    /// A way that begins at a point of the plane, as the plane sees it; answered by [`Answer::ScoreWalk`](super::Answer::ScoreWalk).
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
    /// What happens inside the network; answered by [`Answer::Inside`](super::Answer::Inside).
    Inside {
        /// The image.
        noisy: NoisyImage,
        /// A pass of the last draw, whose t and x_t take the place of those of `noisy`.
        drawn: Option<DrawnPass>,
        /// The class that the network is told, if any.
        class: Option<u8>,
        /// Skip connections that are switched off, by the names of the parts that they come from (`down.0`, `down.1`).
        without: Vec<String>,
        /// The pixel whose attention is told, 0 to 783.
        pixel: u32,
    },
}

/// What the network was given in a pass of the last draw, whose frames are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct DrawnPass {
    /// Which of the images, counted from 0.
    pub digit: u32,
    /// The number of the frame, counted from 0.
    pub frame: u32,
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
