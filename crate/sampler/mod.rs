//! From noise to digits: a [`Sampler`] says what one reverse step does, [`Sampling`] runs it with a
//! network, a step at a time, so that whoever drives it can paint, pause or stop in between.

mod ddpm;
mod grid;

use burn::tensor::{Device, Int, Tensor, TensorData};

pub use ddpm::{Ddpm, VarianceType};
pub use grid::Grid;

use crate::noise::{Purpose, Stream, sample_id};
use crate::params::{Slices, flat_tensor};
use crate::schedule::Schedule;
use crate::unet::{CLASSES, PIXELS, SIZE, TimeTable, UNet, UNetConfig};

/// A way to walk back from x_T to x_0 in a number of steps.
pub trait Sampler {
    /// The t at which the network is asked, step by step, falling.
    fn timesteps(&self) -> &[usize];

    /// x_prev from x_t and ε̂ at step number `index`; `z` makes standard Gaussian noise,
    /// for those steps that want some.
    /// All of shape [B, 1, 28, 28].
    fn step(
        &self,
        index: usize,
        x_t: Tensor<4>,
        eps_hat: Tensor<4>,
        z: &dyn Fn() -> Tensor<4>,
    ) -> Tensor<4>;
}

/// A trained network ready to be asked.
#[derive(Debug, Clone)]
pub struct Model {
    pub unet: UNet,
    pub times: TimeTable,
    pub schedule: Schedule,
}

impl Model {
    /// From flat parameters on a device.
    pub fn new(config: &UNetConfig, timesteps: usize, params: Tensor<1>) -> Self {
        let device = params.device();
        Self {
            unet: UNet::new(config, &mut Slices::new(params)),
            times: TimeTable::new(config, timesteps, &device),
            schedule: Schedule::linear(timesteps),
        }
    }

    /// From flat parameters in memory.
    pub fn load(config: &UNetConfig, timesteps: usize, params: &[f32], device: &Device) -> Self {
        Self::new(config, timesteps, flat_tensor(params, device))
    }
}

/// A generation under way.
pub struct Sampling {
    model: Model,
    sampler: Box<dyn Sampler>,
    seed: u64,
    y: Tensor<1, Int>,
    /// The images as they stand, [B, 1, 28, 28].
    x: Tensor<4>,
    done: usize,
    first: u32,
    device: Device,
}

impl Sampling {
    /// Noise for `labels.len()` images, ready for the first step. Image k has the noise of image
    /// number `first` + k of the seed, so that a large draw can be made in batches.
    pub fn new(
        model: Model,
        sampler: Box<dyn Sampler>,
        seed: u64,
        labels: &[u8],
        first: u32,
        device: &Device,
    ) -> Self {
        let y: Vec<i32> = labels.iter().map(|&label| i32::from(label)).collect();
        let count = labels.len();
        Self {
            model,
            sampler,
            seed,
            y: Tensor::from_data(TensorData::new(y, [count]), device),
            x: noise(seed, first, count, 0, device),
            done: 0,
            first,
            device: device.clone(),
        }
    }

    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.sampler.timesteps().len()
    }

    /// Steps done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// The images as they stand, [B, 1, 28, 28], about −1 … 1 once finished.
    pub fn images(&self) -> &Tensor<4> {
        &self.x
    }

    /// Take one step. Gives back the t that was left, or `None` when there was nothing left to do.
    pub fn step(&mut self) -> Option<usize> {
        let &t = self.sampler.timesteps().get(self.done)?;
        let count = self.y.dims()[0];
        let times = Tensor::<1, Int>::full([count], t as i32, &self.device);
        let eps_hat =
            self.model
                .unet
                .forward(self.x.clone(), self.model.times.rows(times), self.y.clone());
        let (seed, first, index) = (self.seed, self.first, self.done);
        let device = &self.device;
        self.x = self.sampler.step(index, self.x.clone(), eps_hat, &|| {
            noise(seed, first, count, index as u32 + 1, device)
        });
        self.done += 1;
        Some(t)
    }
}

/// Standard Gaussian noise for images `first` … `first + count − 1` at a step (0 is x_T).
fn noise(seed: u64, first: u32, count: usize, step: u32, device: &Device) -> Tensor<4> {
    let mut values = vec![0.0; count * PIXELS];
    for (image, values) in (first..).zip(values.chunks_mut(PIXELS)) {
        Stream::new(seed, Purpose::Sampling, sample_id(image, step)).fill_gaussian(values);
    }
    Tensor::from_data(TensorData::new(values, [count, 1, SIZE, SIZE]), device)
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
