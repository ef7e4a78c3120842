//! From noise to digits: a [`Sampler`] says what one reverse step does, [`Sampling`] runs it with a
//! network, a step at a time, so that whoever drives it can paint, pause or stop in between.
//!
//! To add a sampler: a file beside the others with [`Sampler`] and what `registry.rs` wants to know of it, its `mod` and
//! `use` here, and its line in the registry. The command line, the page and the tests of all samplers then have it.

mod class;
mod ddim;
mod ddpm;
mod dpm_solver;
mod langevin;
mod guidance;
mod timesteps;
mod registry;
#[cfg(feature = "gpu")]
mod captured;
mod sampling;

use burn::tensor::Tensor;

pub use class::Class;
pub use ddim::{Ddim, DdimInversion};
pub use ddpm::Ddpm;
pub use dpm_solver::DpmSolverPp2m;
pub use langevin::Langevin;
pub use guidance::{GuidedModel, DEFAULT_CFG_SCALE, MAX_CFG_SCALE};
pub use timesteps::Path;
use registry::Registered;
pub use registry::{SamplerConfig, SamplerInfo, SamplerKind, Setting};
pub(crate) use sampling::{KnownRegion, PlanStep};
#[cfg(feature = "gpu")]
use sampling::DeviceSampler;
pub use sampling::{SampleNoise, Sampling};

pub use crate::diffusion::schedule::VarianceType;

use crate::rng::{Purpose, Stream, sample_id};
use crate::diffusion::{Clip, ModelPrediction, Prediction, ReverseStep};
use crate::nn::unet::CLASSES;

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
        guess: ModelPrediction,
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
