//! What the network of a training session is asked: images with noise of a known amount, and its answers.

use burn::tensor::{Int, Tensor, TensorData};

use super::TrainSession;
use crate::diffusion::{Prediction, split_variance};
use crate::images::{from_bytes, to_bytes};
use crate::model::Model;
use crate::nn::unet::{PIXELS, SIZE};
use crate::ops::{Gaussians, read};
use crate::rng::{Purpose, Stream};
use crate::runtime::Runtime;
use crate::training::{TrainBatch, image_losses};
use crate::web::protocol::{Event, Examples, Refusal, Subject};
use crate::web::tasks::TaskContext;

/// The images that are asked about at a time.
const COUNT: usize = 8;

/// Images with noise, and the network that is asked about them.
pub struct Questions {
    step: u32,
    set: u32,
    t: Vec<usize>,
    /// ᾱ_t of each image.
    alpha_bars: Vec<f64>,
    x0: Tensor<4>,
    batch: TrainBatch,
    y: Tensor<1, Int>,
    model: Model,
}

impl TrainSession {
    /// What the network with the weights of the last step is to be asked about the images of this `set`. Their t are evenly spread
    /// over 0 … T−1; images and noise depend on the set alone.
    pub fn questions(&self, runtime: &Runtime, set: u32) -> Questions {
        let (trainer, device) = (&self.trainer, runtime.device());
        let (config, unet, data) = (trainer.config(), trainer.unet(), trainer.data());
        let mut stream = Stream::new(u64::from(set), Purpose::Evaluation, 0);
        let images: Vec<usize> = (0..COUNT)
            .map(|_| stream.below(data.len() as u32) as usize)
            .collect();
        let pixels: Vec<u8> = images
            .iter()
            .flat_map(|&image| data.image(image))
            .copied()
            .collect();
        let class = |&image: &usize| unet.class_index(data.labels[image]);
        let classes: Option<Vec<i32>> = images.iter().map(class).collect();
        let classes = classes.expect("the labels were checked when the run began");
        let t: Vec<usize> = (0..COUNT)
            .map(|image| (2 * image + 1) * config.timesteps as usize / (2 * COUNT))
            .collect();
        let schedule = config.build_schedule();
        let shape = [COUNT, 1, SIZE, SIZE];
        let x0 = Tensor::from_data(TensorData::new(from_bytes(&pixels), shape), device);
        let y = Tensor::from_data(TensorData::new(classes, [COUNT]), device);
        let noise = Gaussians {
            seed: u64::from(set),
            purpose: Purpose::Evaluation,
            first: 1,
            used: 0,
        };
        let builder = crate::training::BatchBuilder::new(runtime.context(), unet, config);
        Questions {
            step: self.steps() as u32,
            set,
            alpha_bars: t.iter().map(|&t| schedule.alpha_bars()[t]).collect(),
            batch: builder.noised(x0.clone(), noise, &t, y.clone()),
            t,
            x0,
            y,
            model: config.model(runtime, unet, trainer.params()),
        }
    }
}

impl Questions {
    /// Ask the network, and send questions and answers to the page.
    pub async fn ask(self, context: &TaskContext) {
        match self.examples().await {
            Ok(examples) => context.emit(&Event::Examples(examples)),
            Err(message) => context.refuse(Refusal::new(Subject::Train, "read_back", message)),
        }
    }

    /// # Errors
    /// A message, if the device does not give the pictures back.
    async fn examples(self) -> Result<Examples, String> {
        let Self { batch, x0, .. } = self;
        let x_t = batch.x_t.clone();
        let output = self.model.forward(x_t.clone(), batch.time.clone(), self.y);
        let losses = read(image_losses(output.clone(), &batch)).await?;
        let (output, _) = split_variance(output);
        let prediction = self.model.prediction;
        let as_kind = |kind, output: &Tensor<4>| {
            prediction.convert(kind, output.clone(), x_t.clone(), &self.alpha_bars)
        };
        let (eps_hat, x0_hat) = (
            as_kind(Prediction::Epsilon, &output),
            as_kind(Prediction::X0, &output),
        );
        let eps = as_kind(Prediction::Epsilon, &batch.target);
        let mut pictures = Vec::new();
        // Noise of one standard deviation is half-way to white.
        for picture in [x0, x_t.clone(), eps * 0.5, eps_hat * 0.5, x0_hat] {
            pictures.push(to_bytes(&read(picture).await?));
        }
        let pixels = (0..COUNT).flat_map(|image| {
            pictures
                .iter()
                .flat_map(move |picture| picture[image * PIXELS..][..PIXELS].to_vec())
        });
        Ok(Examples {
            step: self.step,
            set: self.set,
            t: self.t.iter().map(|&t| t as u32).collect(),
            losses,
            pixels: pixels.collect(),
        })
    }
}
