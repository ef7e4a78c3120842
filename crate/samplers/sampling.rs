//! A sampler at work.

use burn::tensor::{Device, Tensor};

use super::captured::CapturedSampler;
use super::{GuidedModel, Model, Timesteps, Sampler};
use crate::ops::{Gaussians, gaussian};
use crate::rng::{Purpose, sample_id};
use crate::diffusion::{Denoiser, q_sample_at};
use crate::nn::unet::SIZE;

/// The noise of a draw: image k of the batch has that of image number `first` + k of the seed, so that
/// a large draw can be made in batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    pub seed: u64,
    pub first: u32,
}

/// Sets the noise on the known part of an image apart from that of the steps, of which there are
/// fewer than this.
const KNOWN_PART: u32 = 1 << 31;

impl Noise {
    /// x_T for `count` images.
    pub fn start(self, count: usize, device: &Device) -> Tensor<4> {
        self.draw(0, count, device)
    }

    /// Standard Gaussian noise, [count, 1, 28, 28]; `step` 0 is x_T, from 1 on that of the steps.
    fn draw(self, step: u32, count: usize, device: &Device) -> Tensor<4> {
        gaussian(self.of_step(step), [count, 1, SIZE, SIZE], device)
    }

    pub(super) fn of_step(self, step: u32) -> Gaussians {
        Gaussians {
            seed: self.seed,
            purpose: Purpose::Sampling,
            first: sample_id(self.first, step),
            used: 0,
        }
    }
}

/// What is done to x at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanStep {
    /// The sampler's step of this number.
    Reverse(usize),
    /// Noise put back on: from before step `from` to before the earlier step `to`.
    Renoise { from: usize, to: usize },
}

/// A part of the image that is given.
#[derive(Debug, Clone)]
pub(crate) struct KnownRegion {
    /// [B, 1, 28, 28]
    pub image: Tensor<4>,
    /// The same shape: 1 where the image is given, 0 where it is to be drawn.
    pub mask: Tensor<4>,
}

/// A generation under way. Nothing is read back from the device, and it may be left and taken up
/// again after any step. A GPU takes the steps by itself where it can.
pub struct Sampling {
    model: Box<dyn Denoiser>,
    sampler: Box<dyn Sampler>,
    noise: Noise,
    plan: Vec<PlanStep>,
    known: Option<KnownRegion>,
    /// The images as they stand, [B, 1, 28, 28].
    x: Tensor<4>,
    prev_x0: Option<Tensor<4>>,
    /// In place of `model` and `sampler`.
    replay: Option<CapturedSampler>,
    done: usize,
}

impl Sampling {
    /// Noise for `labels.len()` images, ready for the first step, without guidance; the images are
    /// number `first` and on of the seed (see [`Noise`]).
    ///
    /// # Panics
    /// If a label is above [`crate::nn::unet::NO_CLASS`].
    pub fn new(
        model: Model,
        sampler: Box<dyn Sampler>,
        seed: u64,
        labels: &[u8],
        first: u32,
        device: &Device,
    ) -> Self {
        let noise = Noise { seed, first };
        let start = noise.start(labels.len(), device);
        let model = GuidedModel::new(model, labels, 1.0).expect("labels are 0 to 10");
        Self::run(Box::new(model), sampler, start, noise)
    }

    /// All steps of the sampler from `start`, [B, 1, 28, 28]: of x_T ([`Noise::start`]) for most.
    pub fn run(
        model: Box<dyn Denoiser>,
        sampler: Box<dyn Sampler>,
        start: Tensor<4>,
        noise: Noise,
    ) -> Self {
        let plan = (0..sampler.timesteps().len()).map(PlanStep::Reverse).collect();
        Self::planned(model, sampler, start, noise, plan, None)
    }

    pub(crate) fn planned(
        model: Box<dyn Denoiser>,
        sampler: Box<dyn Sampler>,
        x: Tensor<4>,
        noise: Noise,
        plan: Vec<PlanStep>,
        known: Option<KnownRegion>,
    ) -> Self {
        let replay = match known {
            None => CapturedSampler::new(&*model, &*sampler, &x, noise, &plan),
            Some(_) => None,
        };
        Self {
            x: replay.as_ref().map_or(x, CapturedSampler::images),
            model,
            sampler,
            noise,
            plan,
            known,
            prev_x0: None,
            replay,
            done: 0,
        }
    }

    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.plan.len()
    }

    /// Steps done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Whether the device has recorded a step and takes the others by itself.
    ///
    /// # Errors
    /// Why it has not.
    pub fn recorded(&self) -> Result<(), String> {
        match &self.replay {
            Some(replay) => replay.recorded(),
            None => Err("This walk is not for the device to take.".into()),
        }
    }

    /// The images as they stand, [B, 1, 28, 28], about −1 … 1 once finished. On a GPU the next step may overwrite them:
    /// clones of the tensor see that, copies do not.
    pub fn images(&self) -> &Tensor<4> {
        &self.x
    }

    /// Take one step. Gives back the t that was left (or, where noise was put back on, reached), or
    /// `None` when there was nothing left to do.
    pub fn step(&mut self) -> Option<usize> {
        let &next = self.plan.get(self.done)?;
        let number = self.done as u32 + 1;
        let timesteps = self.sampler.timesteps();
        let at = match next {
            PlanStep::Reverse(index) => {
                match &mut self.replay {
                    Some(replay) => replay.step(),
                    None => self.reverse(index, number),
                }
                index
            }
            PlanStep::Renoise { from, to } => {
                let z = self.draw(number);
                let x = self.x.clone();
                self.x = q_sample_at(x, z, timesteps.alpha_bar(to) / timesteps.alpha_bar(from));
                self.prev_x0 = None;
                to
            }
        };
        self.done += 1;
        Some(self.sampler.timesteps().t(at))
    }

    fn reverse(&mut self, index: usize, number: u32) {
        let t = self.sampler.timesteps().t(index);
        let guess = self.model.guess(self.x.clone(), t);
        let z = || self.draw(number);
        let step = self.sampler.step(index, guess, self.prev_x0.clone(), &z);
        self.x = match &self.known {
            Some(known) => known.put_into(step.x, self.sampler.timesteps(), index, || {
                self.draw(KNOWN_PART | number)
            }),
            None => step.x,
        };
        self.prev_x0 = step.x0_hat;
    }

    fn draw(&self, step: u32) -> Tensor<4> {
        self.noise.draw(step, self.x.dims()[0], &self.x.device())
    }
}

impl KnownRegion {
    /// x after step `index`, with the given part in it, as noisy as x is.
    fn put_into(
        &self,
        x: Tensor<4>,
        timesteps: &Timesteps,
        index: usize,
        eps: impl Fn() -> Tensor<4>,
    ) -> Tensor<4> {
        let image = self.image.clone();
        let given = if timesteps.ends_clean(index) {
            image
        } else {
            q_sample_at(image, eps(), timesteps.alpha_bar(index + 1))
        };
        given * self.mask.clone() + x * (-self.mask.clone() + 1.0)
    }
}
