//! The recipe of a training run.

use serde::{Deserialize, Serialize};

use crate::schedule::{MAX_TIMESTEPS, MIN_TIMESTEPS};

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
    /// Decay of the exponential moving average of the weights, 0 to below 1. The first steps use
    /// min(decay, (1 + step)/(10 + step)), so that a short run's average is not its first values.
    pub ema_decay: f64,
    /// AdamW's decoupled decay; 0 is plain Adam.
    pub weight_decay: f64,
    /// Largest L2 norm of the whole gradient; 0 switches clipping off.
    pub grad_clip: f64,
    /// Share of labels replaced by "no class", 0 to 1.
    pub label_dropout: f64,
    /// Seed of first weights, order of the data, t, ε and label dropout.
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
            ema_decay: 0.999,
            weight_decay: 0.0,
            grad_clip: 1.0,
            label_dropout: 0.1,
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
}

/// A number for a message; an empty field of the page arrives as NaN.
fn shown(value: f64) -> String {
    if value.is_nan() {
        "missing or not a number".into()
    } else {
        value.to_string()
    }
}
