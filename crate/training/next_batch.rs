//! The batch of a step: which images, with which t and noise.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};

use super::{TimestepSampling, TrainBatch, Trainer};
use crate::data::{random_offset, shifted};
use crate::images::from_bytes;
use crate::nn::unet::{NO_CLASS, PIXELS, SIZE};
use crate::ops::Gaussians;
use crate::rng::{Purpose, Stream};

impl Trainer {
    /// The batch of the next step, and the t of its images.
    pub(super) fn batch(&mut self) -> (TrainBatch, Vec<usize>) {
        let whole = 0..self.config.batch_size as usize;
        let (batch, t) = self.part_of_batch(self.done, whole);
        (batch.expect("a batch is not empty"), t)
    }

    /// The images `part` of the batch that follows after `step` steps, `None` if there are none, and the t of all its images.
    /// They do not depend on how a batch is cut.
    pub(super) fn part_of_batch(
        &mut self,
        step: u64,
        part: Range<usize>,
    ) -> (Option<TrainBatch>, Vec<usize>) {
        let seed = u64::from(self.config.seed);
        let indices = self.batches.indices(step);
        let count = indices.len();
        let mut images = Vec::with_capacity(part.len() * PIXELS);
        let mut t = Vec::with_capacity(count);
        let mut uniform = Vec::with_capacity(count);
        let mut y = Vec::with_capacity(part.len());
        let first = self.batches.first(step);
        let timesteps = self.config.timesteps;
        for (image, &index) in indices.iter().enumerate() {
            let example = first + image as u64;
            let mut stream = Stream::new(seed, Purpose::Training, example);
            // One word, whichever way t is drawn.
            match self.config.t_sampling {
                TimestepSampling::Uniform => t.push(stream.below(timesteps) as usize),
                TimestepSampling::Stratified => {
                    t.push(stratified(image, count, stream.uniform(), timesteps));
                }
                TimestepSampling::Importance => uniform.push(stream.uniform()),
            }
            if !part.contains(&image) {
                continue;
            }
            let unlabelled = f64::from(stream.uniform()) < self.config.label_dropout;
            let label = if unlabelled {
                NO_CLASS
            } else {
                self.data.labels[index as usize]
            };
            let index_of = self.unet.class_index(label);
            y.push(index_of.expect("the labels were checked when the run began"));
            let offset = random_offset(seed, example, self.config.max_shift);
            images.extend(shifted(self.data.image(index as usize), offset));
        }
        let (t, weights) = match &mut self.history {
            Some(history) => {
                let (t, weights) = history.draw(step + 1, &uniform);
                (t, Some(weights))
            }
            None => (t, None),
        };
        if part.is_empty() {
            return (None, t);
        }
        let device = self.runtime.device();
        let image = [part.len(), 1, SIZE, SIZE];
        let noise = Gaussians {
            seed,
            purpose: Purpose::Training,
            first: first + part.start as u64,
            // Two words were used above, for t and for whether the label is dropped.
            used: 2,
        };
        let x0 = Tensor::from_data(TensorData::new(from_bytes(&images), image), device);
        let y = Tensor::from_data(TensorData::new(y, [part.len()]), device);
        let batch = self.builder.noised(x0, noise, &t[part.clone()], y);
        let batch = match weights {
            Some(weights) => batch.with_term_weights(&weights[part]),
            None => batch,
        };
        (Some(batch), t)
    }
}

/// t of the image with this number among the `images` of a batch: in the part of that number of as many equal parts of
/// 0 … T−1 as there are images, at the place that the random number `uniform` in 0 … 1 says.
pub(super) fn stratified(image: usize, images: usize, uniform: f32, timesteps: u32) -> usize {
    let share = (image as f64 + f64::from(uniform)) / images as f64;
    ((share * f64::from(timesteps)) as usize).min(timesteps as usize - 1)
}
