//! [`Sampling`], a draw of a batch of images that takes a sampler's passes one at a time. A pass is what
//! [`samplers`](super) says.

use burn::tensor::Tensor;

use super::trajectory::{Estimates, Recorder};
use super::{Frame, GuidedModel, Sampler, Timesteps, Trajectory};
#[cfg(feature = "gpu")]
use crate::diffusion::Prediction;
use crate::diffusion::{Denoiser, q_sample_at};
use crate::model::Model;
use crate::nn::unet::SIZE;
use crate::ops::{Context, Gaussians, gaussian};
#[cfg(feature = "gpu")]
use crate::ops::{FramePass, GpuFrames};
use crate::rng::{Purpose, sample_id};

/// The noise of a draw: image k of the batch gets the noise of image number `first` + k of the seed, so that a large draw
/// gives the same images however it is divided into batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleNoise {
    /// The seed of the draw.
    pub seed: u64,
    /// The number of the batch's first image.
    pub first: u32,
}

/// The bit that is set in the number of a plan's entry for the noise on the known region, so that this noise differs from
/// the entry's own. The numbers themselves are smaller.
const KNOWN_REGION: u32 = 1 << 31;

impl SampleNoise {
    /// x_T for `count` images, [count, 1, 28, 28].
    pub fn start(self, ctx: &Context, count: usize) -> Tensor<4> {
        self.draw(ctx, 0, count)
    }

    /// Standard Gaussian noise, [count, 1, 28, 28], of x_T for number 0 and of the plan's entry with this number from 1 on.
    fn draw(self, ctx: &Context, number: u32, count: usize) -> Tensor<4> {
        gaussian(ctx, self.of_entry(number), [count, 1, SIZE, SIZE])
    }

    /// The random streams of the plan's entry `number`, counted from 1, from which a GPU makes the same noise itself.
    pub(super) fn of_entry(self, number: u32) -> Gaussians {
        Gaussians {
            seed: self.seed,
            purpose: Purpose::Sampling,
            first: sample_id(self.first, number),
            used: 0,
        }
    }
}

/// One entry of a draw's plan: a pass, or a jump back up, of which RePaint's schedule has some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanStep {
    /// The sampler's pass with this index.
    Reverse(usize),
    /// Noise is added again, as the forward process adds it: from the noise level before pass `from` to that before the
    /// earlier pass `to`. The network is not asked.
    Renoise { from: usize, to: usize },
}

/// The part of the images that is given rather than drawn, the known region of RePaint (Lugmayr et al. 2022).
#[derive(Debug, Clone)]
pub(crate) struct KnownRegion {
    /// The given images, [B, 1, 28, 28].
    pub image: Tensor<4>,
    /// [B, 1, 28, 28]: 1 where the image is given, 0 where it is to be drawn.
    pub mask: Tensor<4>,
}

/// A device that takes a draw's passes without the host's help (`CapturedSampler`).
pub(super) trait DeviceSampler {
    /// `Ok` if passes are replayed, else the reason why not.
    fn captured(&self) -> Result<(), String>;
    /// The images after the last pass, [B, 1, 28, 28]. The tensor shares the state's buffer, so later passes change it.
    fn images(&self) -> Tensor<4>;
    /// Keeps frames of the passes, before the first of them.
    #[cfg(feature = "gpu")]
    fn keep_frames(&mut self, frames: GpuFrames, passes: &[FramePass]);
    /// Takes the next pass; there must be one.
    fn step(&mut self);
}

/// The device's own passes; `None` if it cannot take them (`CapturedSampler::new`).
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

/// A draw of a batch of images, pass by pass. No pass reads anything back from the device, so the caller may pause between
/// any two. A GPU captures a pass and replays it where it can ([`Sampling::captured`]).
pub struct Sampling {
    ctx: Context,
    model: Box<dyn Denoiser>,
    sampler: Box<dyn Sampler>,
    noise: SampleNoise,
    plan: Vec<PlanStep>,
    known: Option<KnownRegion>,
    /// The images after the last pass, [B, 1, 28, 28].
    x: Tensor<4>,
    prev_x0: Option<Tensor<4>>,
    /// If there is one, it takes the passes in place of `model` and `sampler`.
    on_device: Option<Box<dyn DeviceSampler>>,
    /// Keeps the frames, if they are to be kept.
    recorder: Option<Recorder>,
    /// The number of entries of the plan that are done.
    done: usize,
}

impl Sampling {
    /// A draw of `labels.len()` images from x_T, without guidance. The images have the numbers from `first` on of the seed
    /// ([`SampleNoise`]).
    ///
    /// # Panics
    /// If a label is no class of the network and not [`crate::nn::unet::NO_CLASS`].
    pub fn new(
        model: Model,
        sampler: Box<dyn Sampler>,
        seed: u64,
        labels: &[u8],
        first: u32,
    ) -> Self {
        let noise = SampleNoise { seed, first };
        Self::guided(model, labels, 1.0, sampler, noise).expect("labels are classes of the network")
    }

    /// A draw of `labels.len()` images from x_T with classifier-free guidance of this scale.
    ///
    /// # Errors
    /// As [`GuidedModel::new`].
    pub fn guided(
        model: Model,
        labels: &[u8],
        cfg_scale: f64,
        sampler: Box<dyn Sampler>,
        noise: SampleNoise,
    ) -> Result<Self, String> {
        let ctx = model.context().clone();
        let start = noise.start(&ctx, labels.len());
        let model = GuidedModel::new(model, labels, cfg_scale)?;
        Ok(Self::run(&ctx, Box::new(model), sampler, start, noise))
    }

    /// A draw that takes all passes of the sampler from `start`, [B, 1, 28, 28], which is x_T ([`SampleNoise::start`]) unless
    /// the draw begins with an image.
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

    /// A draw that does what `plan` says from `x`, [B, 1, 28, 28], with a region of the images given if `known` is set.
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
            recorder: None,
            done: 0,
        }
    }

    /// Keeps frames of this draw, which goes from noise to image: [`Sampling::into_trajectory`] has them afterwards.
    ///
    /// # Panics
    /// If a step was taken already.
    pub fn keep_trajectory(&mut self) {
        assert_eq!(self.done, 0, "frames are kept from the first step on");
        let is_pass: Vec<bool> = self
            .plan
            .iter()
            .map(|next| matches!(next, PlanStep::Reverse(_)))
            .collect();
        let recorder = Recorder::new(&self.ctx, &self.x, &is_pass);
        #[cfg(feature = "gpu")]
        if let Some(device) = &mut self.on_device {
            let prediction = self.model.prediction();
            let timesteps = self.sampler.timesteps();
            let passes: Vec<FramePass> = self
                .plan
                .iter()
                .enumerate()
                .filter_map(|(step, next)| match *next {
                    PlanStep::Reverse(index) => {
                        let alpha_bar = timesteps.alpha_bar(index);
                        Some(FramePass {
                            place: recorder.place(step),
                            x0: prediction.coefficients_to(Prediction::X0, alpha_bar),
                            eps: prediction.coefficients_to(Prediction::Epsilon, alpha_bar),
                        })
                    }
                    PlanStep::Renoise { .. } => None,
                })
                .collect();
            let frames = recorder.on_gpu().expect("the draw is on the GPU");
            device.keep_frames(frames.clone(), &passes);
        }
        self.recorder = Some(recorder);
    }

    /// The frames that were kept ([`Sampling::keep_trajectory`]), if they were. `pixels`: [`Sampling::images`] as bytes,
    /// [images, 28, 28].
    pub fn into_trajectory(self, pixels: Vec<u8>) -> Option<Trajectory> {
        let end = self.level(self.done);
        Some(self.recorder?.finish(end, pixels))
    }

    /// The frames that were kept so far of a draw that goes on, if there are any; `pixels` as in [`Sampling::into_trajectory`].
    pub fn trajectory(&self, pixels: Vec<u8>) -> Option<Trajectory> {
        let end = self.level(self.done);
        self.recorder.as_ref()?.so_far(end, pixels)
    }

    /// Where x stands before a step of the plan or, for the number of steps, at the end.
    fn level(&self, step: usize) -> Frame {
        let timesteps = self.sampler.timesteps();
        let index = match self.plan.get(step) {
            Some(PlanStep::Reverse(index)) => *index,
            Some(PlanStep::Renoise { from, .. }) => *from,
            None => timesteps.len(),
        };
        let alpha_bar = timesteps.alpha_bar(index);
        let t = (index < timesteps.len()).then(|| timesteps.t(index));
        Frame::new(step, t, alpha_bar)
    }

    /// The number of steps in all: the passes and, in a plan that has some, the jumps back up.
    pub fn steps(&self) -> usize {
        self.plan.len()
    }

    /// The number of steps done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Whether a GPU has captured a pass and replays it from now on.
    ///
    /// # Errors
    /// The reason why it does not.
    pub fn captured(&self) -> Result<(), String> {
        match &self.on_device {
            Some(device) => device.captured(),
            None => Err("The device cannot take the steps of this draw by itself.".into()),
        }
    }

    /// The images after the last pass, [B, 1, 28, 28]; after all of them their values are about −1 to 1. On a GPU the next pass
    /// may overwrite the tensor's buffer, which clones of the tensor share.
    pub fn images(&self) -> &Tensor<4> {
        &self.x
    }

    /// Takes one pass, or one jump back up where the plan has one. Returns the t at which the network was asked or, for a jump,
    /// the t that it led to; `None` if all were done already.
    pub fn step(&mut self) -> Option<usize> {
        let &next = self.plan.get(self.done)?;
        let number = self.done as u32 + 1;
        let timesteps = self.sampler.timesteps();
        let at = match next {
            PlanStep::Reverse(index) => {
                let frame = self.level(self.done);
                match &mut self.on_device {
                    Some(device) => device.step(),
                    None => self.reverse(index, number),
                }
                if let Some(recorder) = &mut self.recorder {
                    recorder.note(self.done, frame);
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
        let prediction = self.model.predict(self.x.clone(), t);
        let place = self.recorder.as_ref().and_then(|it| it.place(self.done));
        let estimates = place.map(|_| {
            let alpha_bar = self.sampler.timesteps().alpha_bar(index);
            Estimates {
                x_t: self.x.clone(),
                x0_hat: self.sampler.clip().apply(prediction.x0(alpha_bar)),
                eps_hat: prediction.eps(alpha_bar),
            }
        });
        let z = || self.draw(number);
        let step = self
            .sampler
            .step(index, prediction, self.prev_x0.clone(), &z);
        if let Some(((recorder, place), estimates)) =
            self.recorder.as_mut().zip(place).zip(estimates)
        {
            recorder.keep(place, estimates);
        }
        self.x = match &self.known {
            Some(known) => known.put_into(step.x, self.sampler.timesteps(), index, || {
                self.draw(KNOWN_REGION | number)
            }),
            None => step.x,
        };
        self.prev_x0 = step.x0_hat;
    }

    fn draw(&self, number: u32) -> Tensor<4> {
        self.noise.draw(&self.ctx, number, self.x.dims()[0])
    }
}

impl KnownRegion {
    /// x after pass `index`, with the given part in it, as noisy as x is.
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
