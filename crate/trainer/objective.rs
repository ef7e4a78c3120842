//! What the network is asked of noisy images, what it should answer, and how far off it is.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::TrainConfig;
use crate::kernels::{self, Gaussians};
use crate::params::Slices;
use crate::process::{Prediction, per_image, q_sample, simple_loss, weighted_loss};
use crate::schedule::Schedule;
use crate::unet::{TimeTable, UNet, UNetConfig};

/// The part of a recipe that turns images and noise into questions.
#[derive(Debug, Clone)]
pub struct Objective {
    schedule: Schedule,
    times: TimeTable,
    prediction: Prediction,
    min_snr_gamma: f64,
    device: Device,
}

impl Objective {
    /// The one that `config` names, which is valid ([`TrainConfig::validate`]).
    pub fn new(unet: &UNetConfig, config: &TrainConfig, device: &Device) -> Self {
        let schedule = config.build_schedule();
        Self {
            times: TimeTable::new(unet, schedule.timesteps(), device),
            schedule,
            prediction: config.prediction,
            min_snr_gamma: config.min_snr_gamma,
            device: device.clone(),
        }
    }

    /// A batch of questions.
    ///
    /// `x0`, `eps`: [B, 1, 28, 28]; `t`: B steps, each below T; `y`: [B], 0 to 9 or
    /// [`crate::unet::NO_CLASS`].
    pub fn batch(&self, x0: Tensor<4>, eps: Tensor<4>, t: &[usize], y: Tensor<1, Int>) -> Batch {
        let alpha_bars = self.alpha_bars(t);
        let each = per_image(alpha_bars.iter().copied(), &self.device);
        let x_t = q_sample(x0.clone(), eps.clone(), each);
        let target = self.prediction.target(x0, eps, &alpha_bars);
        self.questions(x_t, target, t, y)
    }

    /// The same with ε made on the device.
    pub fn noised(&self, x0: Tensor<4>, noise: Gaussians, t: &[usize], y: Tensor<1, Int>) -> Batch {
        let alpha_bars = self.alpha_bars(t);
        let (x_t, eps) = kernels::q_sample(x0.clone(), &alpha_bars, noise);
        let target = self.prediction.target(x0, eps, &alpha_bars);
        self.questions(x_t, target, t, y)
    }

    fn alpha_bars(&self, t: &[usize]) -> Vec<f64> {
        t.iter().map(|&t| self.schedule.alpha_bars()[t]).collect()
    }

    fn questions(
        &self,
        x_t: Tensor<4>,
        target: Tensor<4>,
        t: &[usize],
        y: Tensor<1, Int>,
    ) -> Batch {
        let device = &self.device;
        let rows = t.iter().map(|&t| t as i32).collect();
        let rows = Tensor::from_data(TensorData::new::<i32, _>(rows, [t.len()]), device);
        let weight = (self.min_snr_gamma > 0.0).then(|| {
            let weight = |&t: &usize| {
                let snr = self.schedule.snr(t);
                self.prediction.min_snr_weight(snr, self.min_snr_gamma)
            };
            per_image(t.iter().map(weight), device)
        });
        Batch {
            x_t,
            time: self.times.rows(rows),
            y,
            target,
            weight,
        }
    }
}

/// What the network is asked, and the answer it should give.
#[derive(Debug, Clone)]
pub struct Batch {
    /// [B, 1, 28, 28]
    pub x_t: Tensor<4>,
    /// [B, c₁], rows of the [`TimeTable`].
    pub time: Tensor<2>,
    /// [B]
    pub y: Tensor<1, Int>,
    /// [B, 1, 28, 28]: ε, x_0 or v.
    pub target: Tensor<4>,
    /// [B, 1, 1, 1], each image's share in the loss; `None` is 1 for all.
    pub weight: Option<Tensor<4>>,
}

/// The batch's loss, [1], and its gradient with respect to the flat parameters, [P]; both without
/// autodiff.
pub fn loss_and_gradient(
    config: &UNetConfig,
    params: &Tensor<1>,
    batch: Batch,
) -> (Tensor<1>, Tensor<1>) {
    let mut source = Slices::tracked(params.clone(), &UNet::layout(config));
    let unet = UNet::new(config, &mut source);
    let leaves = source.into_leaves();
    let output = unet.forward(
        batch.x_t.autodiff(),
        batch.time.autodiff(),
        batch.y.autodiff(),
    );
    let target = batch.target.autodiff();
    let loss = match batch.weight {
        Some(weight) => weighted_loss(output, target, weight.autodiff()),
        None => simple_loss(output, target),
    };
    let gradient = leaves.flat_gradient(&loss);
    (loss.inner(), gradient)
}
