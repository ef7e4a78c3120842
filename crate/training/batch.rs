//! What the network is asked of noisy images, and what it should answer.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::TrainConfig;
use crate::worker_pool::Batch;
use crate::ops::{self, Gaussians};
use crate::diffusion::{Prediction, per_image, q_sample};
use crate::diffusion::schedule::Schedule;
use crate::nn::unet::{TimeTable, UNetConfig};

/// The part of a recipe that turns images and noise into questions.
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    schedule: Schedule,
    times: TimeTable,
    prediction: Prediction,
    min_snr_gamma: f64,
    device: Device,
}

impl BatchBuilder {
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
    /// [`crate::nn::unet::NO_CLASS`].
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
        let (x_t, eps) = ops::q_sample(x0.clone(), &alpha_bars, noise);
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
