//! A draw under way: a sampler's steps, one at a time.

use burn::tensor::Tensor;

use super::{GuidedModel, Sampler, Timesteps};
use crate::diffusion::{Denoiser, q_sample_at};
use crate::model::Model;
use crate::nn::unet::SIZE;
use crate::ops::{Context, Gaussians, gaussian};
use crate::rng::{Purpose, sample_id};

/// The noise of a draw: image k of the batch has that of image number `first` + k of the seed, so that
/// a large draw can be made in batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleNoise {
    /// The seed of the draw.
    pub seed: u64,
    /// The number of the batch's first image.
    pub first: u32,
}

/// Added to a step's number for the noise on the known region, so that it is other noise than the step's own. There are
/// fewer steps than this.
const KNOWN_REGION: u32 = 1 << 31;

impl SampleNoise {
    /// x_T for `count` images, [count, 1, 28, 28].
    pub fn start(self, ctx: &Context, count: usize) -> Tensor<4> {
        self.draw(ctx, 0, count)
    }

    /// Standard Gaussian noise, [count, 1, 28, 28]; `step` 0 is x_T, from 1 on that of the steps.
    fn draw(self, ctx: &Context, step: u32, count: usize) -> Tensor<4> {
        gaussian(ctx, self.of_step(step), [count, 1, SIZE, SIZE])
    }

    /// The streams of step `step`, from which a GPU makes the same noise.
    pub(super) fn of_step(self, step: u32) -> Gaussians {
        Gaussians {
            seed: self.seed,
            purpose: Purpose::Sampling,
            first: sample_id(self.first, step),
            used: 0,
        }
    }
}

/// One entry of a draw's plan (RePaint's schedule of steps down and jumps back up).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanStep {
    /// The sampler's step with this index.
    Reverse(usize),
    /// Noise put back on: from before step `from` to before the earlier step `to`.
    Renoise { from: usize, to: usize },
}

/// The part of the images that is given and not drawn (RePaint's known region).
#[derive(Debug, Clone)]
pub(crate) struct KnownRegion {
    /// [B, 1, 28, 28]
    pub image: Tensor<4>,
    /// The same shape: 1 where the image is given, 0 where it is to be drawn.
    pub mask: Tensor<4>,
}

/// A device that takes a draw's steps by itself.
pub(super) trait DeviceSampler {
    /// Whether steps are replayed; if not, why not.
    fn captured(&self) -> Result<(), String>;
    /// The images as they stand, and as they will: the buffer is that of all steps.
    fn images(&self) -> Tensor<4>;
    /// Take the next step; there must be one.
    fn step(&mut self);
}

/// The device's own steps, where it can take them.
#[cfg_attr(not(feature = "gpu"), expect(unused_variables))]
fn device_sampler(
    ctx: &Context,
    model: &dyn Denoiser,
    sampler: &dyn Sampler,
    x: &Tensor<4>,
    noise: SampleNoise,
    plan: &[PlanStep],
) -> Option<Box<dyn DeviceSampler>> {
    #[cfg(feature = "gpu")]
    return Some(Box::new(super::captured::CapturedSampler::new(
        ctx, model, sampler, x, noise, plan,
    )?));
    #[cfg(not(feature = "gpu"))]
    None
}

/// A draw under way. Nothing is read back from the device, and the draw may be left and taken up again after any step. A
/// GPU takes the steps by itself where it can.
pub struct Sampling {
    ctx: Context,
    model: Box<dyn Denoiser>,
    sampler: Box<dyn Sampler>,
    noise: SampleNoise,
    plan: Vec<PlanStep>,
    known: Option<KnownRegion>,
    /// The images as they stand, [B, 1, 28, 28].
    x: Tensor<4>,
    prev_x0: Option<Tensor<4>>,
    /// Takes the steps in place of `model` and `sampler`.
    on_device: Option<Box<dyn DeviceSampler>>,
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
    ) -> Self {
        let ctx = model.context().clone();
        let noise = SampleNoise { seed, first };
        let start = noise.start(&ctx, labels.len());
        let model = GuidedModel::new(model, labels, 1.0).expect("labels are 0 to 10");
        Self::run(&ctx, Box::new(model), sampler, start, noise)
    }

    /// All steps of the sampler from `start`, [B, 1, 28, 28]: of x_T ([`Noise::start`]) for most.
    pub fn run(
        ctx: &Context,
        model: Box<dyn Denoiser>,
        sampler: Box<dyn Sampler>,
        start: Tensor<4>,
        noise: SampleNoise,
    ) -> Self {
        let plan = (0..sampler.timesteps().len())
            .map(PlanStep::Reverse)
            .collect();
        Self::planned(ctx, model, sampler, start, noise, plan, None)
    }

    /// The steps of a plan from `x`, [B, 1, 28, 28], with a region of the images given.
    pub(crate) fn planned(
        ctx: &Context,
        model: Box<dyn Denoiser>,
        sampler: Box<dyn Sampler>,
        x: Tensor<4>,
        noise: SampleNoise,
        plan: Vec<PlanStep>,
        known: Option<KnownRegion>,
    ) -> Self {
        let on_device = match known {
            None => device_sampler(ctx, &*model, &*sampler, &x, noise, &plan),
            Some(_) => None,
        };
        Self {
            ctx: ctx.clone(),
            x: on_device.as_ref().map_or(x, |device| device.images()),
            model,
            sampler,
            noise,
            plan,
            known,
            prev_x0: None,
            on_device,
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

    /// Whether a GPU has captured a step and replays it from now on.
    ///
    /// # Errors
    /// Says why it does not.
    pub fn captured(&self) -> Result<(), String> {
        match &self.on_device {
            Some(device) => device.captured(),
            None => Err("The steps of this draw are not for the device to take.".into()),
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
                match &mut self.on_device {
                    Some(device) => device.step(),
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
                self.draw(KNOWN_REGION | number)
            }),
            None => step.x,
        };
        self.prev_x0 = step.x0_hat;
    }

    fn draw(&self, step: u32) -> Tensor<4> {
        self.noise.draw(&self.ctx, step, self.x.dims()[0])
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
