//! From noise to digits: a [`Sampler`] says in numbers what is done with each forward pass of the network, and [`Sampling`]
//! runs it, a pass at a time, so that whoever drives it can paint, pause or stop in between.
//!
//! # Passes and steps
//! A *pass* is one forward pass of the network and one application of a [`ReverseStep`]'s coefficients to what it said. With
//! guidance a pass asks with and without the class in one batch and still counts once. Wherever a number of "steps" is set or
//! shown ([`SamplerConfig::steps`], `--steps`, the page), it counts passes, so samplers that are given the same number cost
//! the same; names in code that have "step" in them (`ReverseStep`, [`Sampler::step`], [`Sampling::step`]) are of one pass,
//! too. A method that needs two passes from one noise level to the next goes through half as many levels: [`Heun`] takes
//! 2L − 1 passes for L levels, because the last one, to x_0, needs no correction.
//!
//! # To add a sampler
//! 1. A file beside the others: a struct of numbers with [`Sampler`], and with `Registered` (`registry.rs`) what it is called,
//!    how many passes to propose, which settings it heeds and how it is built from a [`SamplerConfig`].
//! 2. Its `mod` and `pub use` below, and its line in `registry.rs`: the command line, the page and every test of all samplers
//!    then have it. Only a new setting is written elsewhere, too (`CONTRIBUTING.md` has the list).
//! 3. What it must agree with: its branch in `tests/golden/samplers.py`, from diffusers or from its paper's formulas, and
//!    `python tests/golden/make.py scheduler_steps trajectories`. Until then `cargo test --test samplers` fails and says so.
//!    `cargo test protocol` writes the name into `www/protocol.d.ts`.

#[cfg(feature = "gpu")]
mod captured;
mod class;
mod ddim;
mod ddpm;
mod dpm_solver;
mod guidance;
mod heun;
mod langevin;
mod registry;
mod sampling;
mod timesteps;
mod trajectory;

use burn::tensor::Tensor;

pub use class::{Class, MAX_TEXT};
pub use ddim::{Ddim, DdimInversion};
pub use ddpm::Ddpm;
pub use dpm_solver::DpmSolverPp2m;
pub use guidance::GuidedModel;
pub use heun::Heun;
pub use langevin::Langevin;
use registry::Registered;
pub use registry::{DefaultEta, SamplerConfig, SamplerInfo, SamplerKind, Setting};
#[cfg(feature = "gpu")]
use sampling::DeviceSampler;
pub(crate) use sampling::{KnownRegion, PlanStep};
pub use sampling::{SampleNoise, Sampling};
pub use timesteps::Timesteps;
pub use trajectory::{EPS_RANGE, Frame, FrameKind, MAX_FRAMES, Trajectory};

pub use crate::diffusion::schedule::VarianceType;

use crate::diffusion::{Clip, ModelPrediction, Prediction, ReverseStep};
use crate::rng::{Purpose, Stream, sample_id};

/// A way from x_T to x_0 in a number of forward passes.
///
/// A sampler holds numbers only. Each pass is one [`ReverseStep`]: the next x is a sum of x_t, x̂₀, the network's output, x̂₀ of
/// the pass before (`prev_x0`) and noise, with factors that are known before the first pass. [`Sampler::step`] takes such a
/// pass with tensors; on a GPU one kernel takes all of them from a table of the factors.
///
/// # What is remembered
/// x̂₀ of a pass, clipped as [`Sampler::clip`] says, is handed to the next pass as `prev_x0`, and nothing else is. It is missing
/// at the first pass, after a pass that makes no x̂₀, and after noise was put back on ([`crate::editing::inpaint`]), and a sampler must have a pass to take
/// without it: of lower order, as [`DpmSolverPp2m`]'s.
///
/// # Two passes a level
/// A predictor-corrector fits: its first pass moves x to the next noise level, and the second, asked at that level, leaves x
/// there and corrects it. What the first pass started from need not be kept where it follows from the moved x and
/// `prev_x0`, as it does after any pass that is linear in both; [`Heun`] has the algebra. Such a sampler lists the level's t
/// twice in its [`Timesteps`] and says in [`Sampler::is_second_pass`] which of the two goes with the pass before.
pub trait Sampler {
    /// The t at which the network is asked, pass by pass, and the noise levels of x between the passes.
    ///
    /// Of a sampler that draws from noise they never rise ([`Timesteps::down`]): the tests of all samplers hold each one of the
    /// registry to that.
    fn timesteps(&self) -> &Timesteps;

    /// What is done to x̂₀ before it is used or handed on.
    fn clip(&self) -> Clip;

    /// Whether pass `index` is the second of its level, which corrects what the pass before it did. Drawing that starts from an image ([`crate::editing`])
    /// neither starts at such a pass nor comes between it and the one before.
    fn is_second_pass(&self, _index: usize) -> bool {
        false
    }

    /// The factors of pass `index`, below `timesteps().len()`, for a network that says `prediction`.
    ///
    /// `has_prev_x0`: whether x̂₀ of the pass before is there; where it is not, the factor `prev_x0` must be 0.
    fn coefficients(&self, index: usize, prediction: Prediction, has_prev_x0: bool) -> ReverseStep;

    /// Pass `index` taken, for what the network said of x there.
    ///
    /// `prev_x0`: [`StepOutput::x0_hat`] of the pass before; `z`: makes standard Gaussian noise of x's shape, for those
    /// passes that want some.
    ///
    /// # Shapes
    /// All tensors [B, 1, 28, 28].
    fn step(
        &self,
        index: usize,
        prediction: ModelPrediction,
        prev_x0: Option<Tensor<4>>,
        z: &dyn Fn() -> Tensor<4>,
    ) -> StepOutput {
        let coefficients = self.coefficients(index, prediction.prediction, prev_x0.is_some());
        let (x, x0_hat) = coefficients.apply(prediction, self.clip(), prev_x0, z);
        StepOutput { x, x0_hat }
    }
}

/// What a pass leads to.
#[derive(Debug, Clone)]
pub struct StepOutput {
    /// The next x, [B, 1, 28, 28].
    pub x: Tensor<4>,
    /// x̂₀ of this pass, clipped, [B, 1, 28, 28]: `prev_x0` of the next. `None` where the pass had no use for x̂₀.
    pub x0_hat: Option<Tensor<4>>,
}

/// Labels for `count` images, uniform over 0 to `classes` − 1 and the same for the same seed: what a draw without a chosen
/// class is conditioned on.
pub fn random_labels(classes: usize, seed: u64, first: u32, count: usize) -> Vec<u8> {
    (first..)
        .take(count)
        .map(|image| {
            // The last step number cannot be a reverse step: T is at most 4000.
            Stream::new(seed, Purpose::Sampling, sample_id(image, u32::MAX)).below(classes as u32)
                as u8
        })
        .collect()
}
