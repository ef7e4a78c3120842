//! The loss on images that the network does not learn from.

use std::sync::Arc;

use burn::tensor::{Int, Tensor, TensorData};

use super::TrainSession;
use crate::data::Dataset;
use crate::images::from_bytes;
use crate::nn::unet::{SIZE, UNetConfig};
use crate::ops::{Gaussians, read};
use crate::rng::Purpose;
use crate::runtime::Runtime;
use crate::training::{BatchBuilder, TrainConfig, image_losses};
use crate::web::protocol::{Refusal, Subject};
use crate::web::tasks::TaskContext;

/// The images are at most so many.
const IMAGES: usize = 64;
/// Always the same t and noise, so that only the weights change.
const SEED: u64 = 0;
/// Steps between two validations, once the first few are over ([`is_due`](super::samples::is_due)).
const EVERY: u64 = 100;
/// One in so many images is held out of the training where there are no test images, and so many at most.
const HELD_OUT: (usize, usize) = (10, 500);
/// The most points that are kept of a run: every other one is left out when there are more.
const MOST: usize = 1024;

/// Images to validate on, the same ones throughout a run.
pub struct Validation {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    /// Steps and losses so far.
    curve: Vec<(u32, f32)>,
    /// How many of them have been reported.
    reported: usize,
}

/// What a run learns from and what it validates on.
pub struct Split {
    /// The images to learn from.
    pub train: Arc<Dataset>,
    /// The images to validate on.
    pub validation: Validation,
    /// How many of the images were held out.
    pub held_out: u32,
}

/// Validation on test images, or, without any, on images that are held out.
///
/// # Errors
/// If there are too few images to hold some out.
pub fn split(data: Arc<Dataset>, test: Option<&Dataset>) -> Result<Split, String> {
    if let Some(test) = test {
        return Ok(Split {
            validation: Validation::of(test, Vec::new()),
            train: data,
            held_out: 0,
        });
    }
    let (one_in, most) = HELD_OUT;
    let count = (data.len() / one_in).min(most);
    if count == 0 {
        return Err(format!(
            "{} has {} images, too few to hold some out for validation: it takes {one_in} at least. Switch validation off.",
            data.name,
            data.len()
        ));
    }
    split_again(&data, count as u32, Vec::new())
}

/// The same split once more, for a run that goes on. `curve`: the losses so far.
///
/// # Errors
/// If `held_out` does not fit the data.
pub fn split_again(data: &Dataset, held_out: u32, curve: Vec<(u32, f32)>) -> Result<Split, String> {
    if held_out == 0 || held_out as usize >= data.len() {
        return Err(format!(
            "The run has held out {held_out} images for validation, and {} has {}.",
            data.name,
            data.len()
        ));
    }
    let [held, train] = data.hold_out(held_out as usize);
    Ok(Split {
        train: Arc::new(train),
        validation: Validation::of(&held, curve),
        held_out,
    })
}

impl Validation {
    /// On images of this set, as far apart as can be. `curve`: the losses so far.
    pub fn of(images: &Dataset, curve: Vec<(u32, f32)>) -> Self {
        let count = IMAGES.min(images.len());
        let numbers = (0..count).map(|index| index * images.len() / count);
        Self {
            pixels: images.preview(count),
            labels: numbers.map(|number| images.labels[number]).collect(),
            reported: curve.len(),
            curve,
        }
    }

    /// Steps and losses so far.
    pub fn curve(&self) -> &[(u32, f32)] {
        &self.curve
    }

    /// The losses that have not been reported.
    pub fn unreported(&mut self) -> Vec<(u32, f32)> {
        let new = self.curve[self.reported.min(self.curve.len())..].to_vec();
        self.reported = self.curve.len();
        new
    }

    /// The mean loss of a network with these parameters, `[P]`, on the images, whose t are evenly spread over 0 … T−1.
    ///
    /// # Errors
    /// A message, if the device does not give it back.
    async fn loss(
        &self,
        runtime: &Runtime,
        config: &TrainConfig,
        unet: &UNetConfig,
        params: Tensor<1>,
    ) -> Result<f32, String> {
        let count = self.labels.len();
        let (ctx, device) = (runtime.context(), runtime.device());
        let images = TensorData::new(from_bytes(&self.pixels), [count, 1, SIZE, SIZE]);
        let classes = self.labels.iter().map(|&label| unet.class_index(label));
        let classes = classes.collect::<Option<Vec<i32>>>();
        let classes = classes.ok_or("a label that the network does not know")?;
        let y = Tensor::<1, Int>::from_data(TensorData::new(classes, [count]), device);
        let t: Vec<usize> = (0..count)
            .map(|image| (2 * image + 1) * config.timesteps as usize / (2 * count))
            .collect();
        let noise = Gaussians {
            seed: SEED,
            purpose: Purpose::Evaluation,
            first: 0,
            used: 0,
        };
        let builder = BatchBuilder::new(ctx, unet, config);
        let batch = builder.noised(Tensor::from_data(images, device), noise, &t, y.clone());
        let model = config.model(runtime, unet, params);
        let output = model.forward(batch.x_t.clone(), batch.time.clone(), y);
        let loss = read(image_losses(output, &batch).mean()).await?;
        Ok(loss[0])
    }

    fn push(&mut self, step: u32, loss: f32) {
        self.curve.retain(|&(old, _)| old < step);
        self.reported = self.reported.min(self.curve.len());
        self.curve.push((step, loss));
        if self.curve.len() > MOST {
            self.reported = 0;
            let mut number = 0;
            self.curve.retain(|_| {
                number += 1;
                number % 2 == 1
            });
        }
    }
}

impl TrainSession {
    /// Validate if it is due after the last step. The time that it takes does not count as training.
    pub(super) async fn validate_if_due(&mut self, context: &TaskContext) {
        let step = self.steps();
        let Some(validation) = &self.validation else {
            return;
        };
        let done = validation.curve.last().map(|&(step, _)| u64::from(step)) == Some(step);
        if done || !(super::samples::is_due(step, EVERY) || self.ended()) {
            return;
        }
        self.rate.stop(context.now());
        let trainer = &self.trainer;
        let (runtime, config) = (context.runtime(), trainer.config());
        let found = validation.loss(runtime, config, trainer.unet(), trainer.params());
        match (found.await, &mut self.validation) {
            // One that is not finite says no more than the training's own loss will.
            (Ok(loss), Some(validation)) if loss.is_finite() => validation.push(step as u32, loss),
            (Err(message), _) => context.refuse(Refusal::new(Subject::Train, "device", message)),
            _ => {}
        }
        self.rate.start(context.now());
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::nn::unet::{PIXELS, Preset, UNet};
    use crate::nn::var_builder::flat_tensor;

    fn digits(count: usize) -> Arc<Dataset> {
        let pixels = (0..count * PIXELS).map(|at| (at % 251) as u8).collect();
        let labels = (0..count).map(|at| (at % 10) as u8).collect();
        Arc::new(Dataset::of_digits(pixels, labels, "digits"))
    }

    #[test]
    fn a_tenth_is_held_out_unless_there_are_test_images() {
        let Split {
            train,
            validation,
            held_out,
        } = split(digits(45), None).ok().unwrap();
        assert_eq!((train.len(), validation.labels.len(), held_out), (41, 4, 4));
        let again = split_again(&digits(45), 4, vec![(0, 1.0)]).ok().unwrap();
        assert_eq!(again.validation.labels, validation.labels);
        assert_eq!(
            (again.train, again.validation.curve),
            (train, vec![(0, 1.0)])
        );

        let of_test = split(digits(45), Some(&digits(300))).ok().unwrap();
        assert_eq!((of_test.train.len(), of_test.held_out), (45, 0));
        assert_eq!(of_test.validation.labels.len(), IMAGES);
        assert!(split(digits(9), None).err().unwrap().contains("9 images"));
        assert!(split_again(&digits(9), 9, Vec::new()).is_err());
    }

    /// Fresh weights predict 0, so their loss is the mean of ε², near 1, and always the same.
    #[test]
    fn the_loss_of_fresh_weights_is_that_of_the_noise() {
        let runtime = Runtime::cpu();
        let unet = Preset::Tiny.config();
        let params = flat_tensor(&UNet::layout(&unet).initial(0), runtime.device());
        let Split { validation, .. } = split(digits(45), Some(&digits(70))).ok().unwrap();
        let loss = || {
            let config = TrainConfig::default();
            block_on(validation.loss(&runtime, &config, &unet, params.clone())).unwrap()
        };
        assert!((loss() - 1.0).abs() < 0.02, "{}", loss());
        assert_eq!(loss(), loss());
    }

    #[test]
    fn the_curve_is_bounded_and_reported_once() {
        let mut validation = Validation::of(&digits(20), Vec::new());
        for step in 0..5000 {
            validation.push(step, 1.0);
            assert!(validation.curve.len() <= MOST);
        }
        assert_eq!(validation.curve[0], (0, 1.0));
        validation.unreported();
        assert!(validation.unreported().is_empty());
        validation.push(6000, 0.5);
        assert_eq!(validation.unreported(), [(6000, 0.5)]);
        // A run that goes back.
        validation.push(10, 0.5);
        assert_eq!(validation.curve.last(), Some(&(10, 0.5)));
        assert_eq!(validation.unreported(), [(10, 0.5)]);
    }
}
