//! From noise to digits: a [`Sampler`] says what one reverse step does, [`Sampling`] runs it with a
//! network, a step at a time, so that whoever drives it can paint, pause or stop in between.
//!
//! To add a sampler: a file beside the others with [`Sampler`] and what `registry.rs` wants to know of it, its `mod` and
//! `use` here, and its line in the registry. The command line, the page and the tests of all samplers then have it.

mod class;
mod ddim;
mod ddpm;
mod dpm_solver;
mod grid;
mod langevin;
mod model;
mod path;
mod registry;
#[cfg_attr(not(feature = "gpu"), path = "without_gpu.rs")]
mod replay;
mod run;

use burn::tensor::Tensor;

pub use class::Class;
pub use ddim::{Ddim, DdimInversion};
pub use ddpm::Ddpm;
pub use dpm_solver::DpmSolverPp2m;
pub use grid::Grid;
pub use langevin::Langevin;
pub use model::{Conditioned, DEFAULT_CFG_SCALE, MAX_CFG_SCALE, Model};
pub use path::Path;
use registry::Registered;
pub use registry::{SamplerConfig, SamplerInfo, SamplerKind, Setting};
pub(crate) use run::{Known, Move};
pub use run::{Noise, Sampling};

pub use crate::schedule::VarianceType;

use crate::noise::{Purpose, Stream, sample_id};
use crate::process::{Clip, Guess, Prediction, ReverseStep};
use crate::unet::CLASSES;

/// A way to walk from x_T to x_0 in a number of steps. It holds numbers only: what has to be
/// remembered from one step to the next goes through [`Step::memory`].
pub trait Sampler {
    /// The t at which the network is asked, and the noise levels between the steps.
    fn path(&self) -> &Path;

    /// What is done to x̂₀.
    fn clip(&self) -> Clip;

    /// Step number `index` of the path, for a network of kind `prediction`. `remembered`: whether x̂₀ of the step
    /// before is there; it is not at the start, nor after x has been changed from outside.
    fn reverse(&self, index: usize, prediction: Prediction, remembered: bool) -> ReverseStep;

    /// The same step taken, for what the network said of x there.
    ///
    /// `memory` is what the step before gave back; `z` makes standard Gaussian noise of x's shape, for those steps
    /// that want some.
    fn step(
        &self,
        index: usize,
        guess: Guess,
        memory: Option<Tensor<4>>,
        z: &dyn Fn() -> Tensor<4>,
    ) -> Step {
        let step = self.reverse(index, guess.prediction, memory.is_some());
        let (x, memory) = step.apply(guess, self.clip(), memory, z);
        Step { x, memory }
    }
}

/// The outcome of a step.
#[derive(Debug, Clone)]
pub struct Step {
    /// The next x, [B, 1, 28, 28].
    pub x: Tensor<4>,
    /// x̂₀ of this step, for the next one.
    pub memory: Option<Tensor<4>>,
}

/// Labels for `count` images, uniform over the ten classes and the same for the same seed: what a
/// draw without a chosen digit is conditioned on.
pub fn random_labels(seed: u64, first: u32, count: usize) -> Vec<u8> {
    (first..)
        .take(count)
        .map(|image| {
            // The last step number cannot be a reverse step: T is at most 4000.
            Stream::new(seed, Purpose::Sampling, sample_id(image, u32::MAX)).below(CLASSES as u32)
                as u8
        })
        .collect()
}

/// −1 … 1 to 0 … 255, values outside clipped.
pub fn to_bytes(images: &[f32]) -> Vec<u8> {
    images
        .iter()
        .map(|&v| ((v + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8)
        .collect()
}

/// 0 … 255 to −1 … 1.
pub fn from_bytes(pixels: &[u8]) -> Vec<f32> {
    pixels
        .iter()
        .map(|&grey| f32::from(grey) / 127.5 - 1.0)
        .collect()
}

/// A hash of pixels (FNV-1a, 64 bits) that people can compare by eye: equal digits, equal
/// fingerprint.
pub fn fingerprint(pixels: &[u8]) -> String {
    let hash = pixels
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}
