//! The recipe of a training run.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::diffusion::Prediction;
use crate::model::Model;
use crate::runtime::Runtime;
use crate::diffusion::schedule::{MAX_TIMESTEPS, MIN_TIMESTEPS, Schedule, ScheduleKind};
use crate::nn::unet::UNetConfig;

/// Most pixels by which images may be shifted: MNIST leaves four free around a digit.
pub const MAX_SHIFT: u32 = 4;

/// Everything that decides what a run computes; stored in every weights file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(default)]
pub struct TrainConfig {
    /// Images a step, 1 to the size of the data set.
    pub batch_size: u32,
    /// Peak learning rate, above 0 and at most 1.
    pub learning_rate: f64,
    /// Steps over which the learning rate rises linearly from 0 to its peak.
    pub warmup_steps: u32,
    /// Step at which the learning rate, falling along half a cosine after the warm-up, reaches 0;
    /// 0 keeps it at its peak, for runs without a planned end.
    pub decay_steps: u32,
    /// T, 10 to 4000.
    pub timesteps: u32,
    /// How β runs over those steps.
    pub schedule: ScheduleKind,
    /// Stretch the schedule so that nothing of the image is left at the last step (Lin et al. 2023).
    /// Not with `prediction` ε nor with `min_snr_gamma`: neither would learn that step.
    pub zero_terminal_snr: bool,
    /// What the network is trained to say.
    pub prediction: Prediction,
    /// γ of min-SNR weighting (Hang et al. 2023), in the paper 5; 0 switches it off.
    pub min_snr_gamma: f64,
    /// Decay of the exponential moving average of the weights, 0 to below 1. The first steps use
    /// min(decay, (1 + step)/(10 + step)), so that a short run's average is not its first values.
    pub ema_decay: f64,
    /// AdamW's decoupled decay; 0 is plain Adam.
    pub weight_decay: f64,
    /// Largest L2 norm of the whole gradient; 0 switches clipping off.
    pub grad_clip: f64,
    /// Share of labels replaced by "no class", 0 to 1.
    pub label_dropout: f64,
    /// Each image is moved by up to so many pixels along either axis, 0 to [`MAX_SHIFT`].
    pub max_shift: u32,
    /// Seed of first weights, order of the data, t, ε, label dropout and shifts.
    pub seed: u32,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            batch_size: 32,
            learning_rate: 1e-3,
            warmup_steps: 50,
            decay_steps: 0,
            timesteps: 1000,
            schedule: ScheduleKind::Linear,
            zero_terminal_snr: false,
            prediction: Prediction::Epsilon,
            min_snr_gamma: 0.0,
            ema_decay: 0.999,
            weight_decay: 0.0,
            grad_clip: 1.0,
            label_dropout: 0.1,
            max_shift: 0,
            seed: 0,
        }
    }
}

impl TrainConfig {
    /// # Errors
    /// Names the first number that is out of range, with the range.
    pub fn validate(&self, images: usize) -> Result<(), String> {
        let batch = self.batch_size as usize;
        if batch == 0 || batch > images {
            return Err(format!(
                "The batch size is {batch}; it must be between 1 and the {images} images of the data."
            ));
        }
        if !(self.learning_rate > 0.0 && self.learning_rate <= 1.0) {
            return Err(format!(
                "The learning rate is {}; it must be above 0 and at most 1 (0.001 is a good start).",
                shown(self.learning_rate)
            ));
        }
        if !(MIN_TIMESTEPS..=MAX_TIMESTEPS).contains(&(self.timesteps as usize)) {
            return Err(format!(
                "T is {}; it must be between {MIN_TIMESTEPS} and {MAX_TIMESTEPS}.",
                self.timesteps
            ));
        }
        if self.zero_terminal_snr && self.prediction == Prediction::Epsilon {
            return Err(
                "With zero terminal SNR the last step is noise alone, and a network that predicts ε \
                 learns nothing of the image there: choose the prediction v or x0."
                    .into(),
            );
        }
        if !(self.min_snr_gamma >= 0.0 && self.min_snr_gamma.is_finite()) {
            return Err(format!(
                "The min-SNR γ is {}; it must be 0 (off) or a positive number (5 is usual).",
                shown(self.min_snr_gamma)
            ));
        }
        if self.zero_terminal_snr && self.min_snr_gamma > 0.0 {
            return Err(
                "Min-SNR weighting gives the last step of a schedule with zero terminal SNR the \
                 weight 0, so that it stays unlearned: choose one of the two."
                    .into(),
            );
        }
        if self.max_shift > MAX_SHIFT {
            return Err(format!(
                "The largest shift is {} pixels; it must be between 0 and {MAX_SHIFT}.",
                self.max_shift
            ));
        }
        let in_unit = |name: &str, value: f64| {
            if (0.0..1.0).contains(&value) {
                Ok(())
            } else {
                Err(format!(
                    "The {name} is {}; it must be at least 0 and below 1.",
                    shown(value)
                ))
            }
        };
        in_unit("EMA decay", self.ema_decay)?;
        in_unit("weight decay", self.weight_decay)?;
        if !(0.0..=1.0).contains(&self.label_dropout) {
            return Err(format!(
                "The label dropout is {}; it must be between 0 and 1.",
                shown(self.label_dropout)
            ));
        }
        if !(self.grad_clip >= 0.0 && self.grad_clip.is_finite()) {
            return Err(format!(
                "The gradient clip is {}; it must be 0 (off) or a positive norm.",
                shown(self.grad_clip)
            ));
        }
        Ok(())
    }

    /// The noise schedule that it names.
    ///
    /// # Panics
    /// If T is out of range ([`TrainConfig::validate`] says so before).
    pub fn build_schedule(&self) -> Schedule {
        Schedule::new(
            self.schedule,
            self.timesteps as usize,
            self.zero_terminal_snr,
        )
    }

    /// The network with these flat parameters, to be asked as this recipe trains it.
    pub fn model(&self, runtime: &Runtime, unet: &UNetConfig, params: Tensor<1>) -> Model {
        Model::new(runtime, unet, self.build_schedule(), self.prediction, params)
    }

    /// This recipe for weights that `other` has trained: what their outputs mean stays as it is.
    #[must_use]
    pub fn continuing(self, other: &Self) -> Self {
        Self {
            timesteps: other.timesteps,
            schedule: other.schedule,
            zero_terminal_snr: other.zero_terminal_snr,
            prediction: other.prediction,
            ..self
        }
    }
}

/// A number for a message; an empty field of the page arrives as NaN.
fn shown(value: f64) -> String {
    if value.is_nan() {
        "missing or not a number".into()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Runtime;
    use crate::nn::var_builder::flat_tensor;
    use crate::nn::unet::{Preset, UNet};

    #[test]
    fn a_model_is_asked_as_its_recipe_says() {
        let unet = Preset::Tiny.config();
        let recipe = TrainConfig {
            timesteps: 50,
            schedule: ScheduleKind::Cosine,
            zero_terminal_snr: true,
            prediction: Prediction::V,
            ..TrainConfig::default()
        };
        recipe.validate(32).unwrap();
        let runtime = Runtime::cpu();
        let params = flat_tensor(&UNet::layout(&unet).initial(0), runtime.device());
        let model = recipe.model(&runtime, &unet, params);
        assert_eq!(
            model.schedule,
            Schedule::new(ScheduleKind::Cosine, 50, true)
        );
        assert_eq!(model.schedule.alpha_bars()[49], 0.0);
        assert_eq!(model.prediction, Prediction::V);

        let finer = TrainConfig {
            learning_rate: 1e-4,
            ..TrainConfig::default()
        };
        let continued = finer.continuing(&recipe);
        assert_eq!(continued.learning_rate, 1e-4);
        assert_eq!(continued.build_schedule(), model.schedule);
        assert_eq!(continued.prediction, Prediction::V);
    }
}
