//! Noisy versions of real images and the network's predictions for them, the raw material of [`super::eps_error`] and
//! [`super::bits_per_dim`].
//!
//! Images are evaluated in groups of 16 that share their t. The groups are independent, so resamples of them give the
//! confidence intervals.

use burn::tensor::{Device, Tensor, TensorData};

use super::count;
use crate::diffusion::{Denoiser, ModelPrediction, q_sample_at};
use crate::images::from_bytes;
use crate::model::Model;
use crate::nn::unet::{PIXELS, SIZE};
use crate::rng::{Purpose, Stream};
use crate::samplers::GuidedModel;

/// Images that share their t.
pub(super) const GROUP: usize = 16;

/// Real images with their labels, at least one, to which noise is added. If their number is not a multiple of 16, the
/// last group is smaller and counts for less.
#[derive(Debug, Clone, Copy)]
pub struct LabelledImages<'a> {
    /// The images, N×28×28 bytes.
    pub images: &'a [u8],
    /// The N labels, each a class of the network or [`crate::nn::unet::NO_CLASS`].
    pub labels: &'a [u8],
    /// The seed of t and ε.
    pub seed: u64,
}

/// A group of images and the network conditioned on their labels.
pub(super) struct Group {
    number: u64,
    seed: u64,
    model: GuidedModel,
    /// The images, `[B, 1, 28, 28]` in −1 … 1.
    pub(super) x0: Tensor<4>,
    device: Device,
}

/// A group's images with noise of one level, and what the network predicts for them.
pub(super) struct NoisySample {
    /// The step of the schedule, counted from 0, whose level the noise has.
    pub(super) t: usize,
    /// The noise, `[B, 1, 28, 28]`.
    pub(super) eps: Tensor<4>,
    /// The network's prediction from the noisy images and t.
    pub(super) prediction: ModelPrediction,
}

impl LabelledImages<'_> {
    /// The groups, in order.
    ///
    /// # Errors
    /// If a label is out of range.
    pub(super) fn groups(&self, model: &Model) -> Result<Vec<Group>, String> {
        let device = model.context().device();
        self.images
            .chunks(GROUP * PIXELS)
            .zip(self.labels.chunks(GROUP))
            .zip(0..)
            .map(|((images, labels), number)| {
                let shape = [count(images), 1, SIZE, SIZE];
                Ok(Group {
                    number,
                    seed: self.seed,
                    model: GuidedModel::new(model.clone(), labels, 1.0)?,
                    x0: Tensor::from_data(TensorData::new(from_bytes(images), shape), device),
                    device: device.clone(),
                })
            })
            .collect()
    }
}

/// The weight of each group in a mean: 1 for a whole group of 16, in proportion for a smaller one.
pub(super) fn weights(groups: &[Group]) -> Vec<f64> {
    let weight = |group: &Group| group.x0.dims()[0] as f64 / GROUP as f64;
    groups.iter().map(weight).collect()
}

impl Group {
    /// Draws a t in `from` … `to` − 1 and the noise, and runs the network on the result. The random numbers depend on
    /// the seed, the group's number and `draw`, which tells the draws of one group apart.
    pub(super) fn sample(
        &self,
        draw: u64,
        from: usize,
        to: usize,
        alpha_bars: &[f64],
    ) -> NoisySample {
        let mut stream = Stream::new(self.seed, Purpose::Evaluation, self.number | draw << 32);
        let t = from + stream.below((to - from) as u32) as usize;
        let mut eps = vec![0.0; self.x0.dims().iter().product()];
        stream.fill_gaussian(&mut eps);
        let eps = Tensor::from_data(TensorData::new(eps, self.x0.dims()), &self.device);
        let x_t = q_sample_at(self.x0.clone(), eps.clone(), alpha_bars[t]);
        NoisySample {
            t,
            prediction: self.model.predict(x_t, t),
            eps,
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
pub(super) mod tests {
    use super::*;
    use crate::nn::unet::{NO_CLASS, Preset, UNet};
    use crate::nn::var_builder::flat_tensor;
    use crate::training::TrainConfig;

    /// The tiny network with its initial weights: the last layer is zero, so it predicts ε̂ = 0 for every image.
    pub fn zero_network(timesteps: usize) -> Model {
        let unet = Preset::Tiny.config();
        let recipe = TrainConfig {
            timesteps: timesteps as u32,
            ..TrainConfig::default()
        };
        let initial = UNet::layout(&unet).initial(0);
        let runtime = crate::runtime::Runtime::cpu();
        let params = flat_tensor(&initial, runtime.device());
        recipe.model(&runtime, &unet, params)
    }

    /// Images that are all black or all white, in turn, and labels for "no class".
    pub fn black_and_white(images: usize) -> (Vec<u8>, Vec<u8>) {
        let image = |k: usize| vec![255 * (k % 2) as u8; PIXELS];
        (
            (0..images).flat_map(image).collect(),
            vec![NO_CLASS; images],
        )
    }
}
