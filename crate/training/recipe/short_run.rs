//! The recipes of short runs, which the page offers: what draws recognisable digits soonest.

use serde::Serialize;

use super::{LrDecay, TimestepSampling, TrainConfig};
use crate::diffusion::Prediction;
use crate::diffusion::schedule::ScheduleKind;
use crate::nn::unet::Preset;

/// A recipe with a planned end. Its numbers come from the search in `docs/training.md`, whose section "Short runs" has the
/// figures and the command that repeats them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct ShortRun {
    /// The network that the recipe is for.
    pub preset: Preset,
    /// The recipe.
    pub config: TrainConfig,
    /// The number of steps of the run. The learning rate falls to 0 there.
    pub steps: u32,
}

impl ShortRun {
    /// The recipe for a network of this size. Each run sees 19,200 images.
    pub fn of(preset: Preset) -> Self {
        // The guidance is that with which digits after so short a run are best; of `base` it was not measured.
        let (learning_rate, cfg_scale) = match preset {
            Preset::Tiny => (4e-3, 4.0),
            Preset::Small => (2e-3, 3.0),
            Preset::Base => (1e-3, 3.0),
        };
        let steps = 2_400;
        let config = TrainConfig {
            batch_size: 8,
            learning_rate,
            warmup_steps: steps / 4,
            decay_steps: steps,
            lr_decay: LrDecay::Cosine,
            schedule: ScheduleKind::Linear,
            prediction: Prediction::V,
            ema_decay: 0.99,
            t_sampling: TimestepSampling::Stratified,
            cfg_scale,
            ..TrainConfig::default()
        };
        Self {
            preset,
            config,
            steps,
        }
    }
}
