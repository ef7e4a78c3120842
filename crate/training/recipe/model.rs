//! What a recipe says of the model: its schedule, and how its outputs are meant.

use burn::tensor::Tensor;

use super::TrainConfig;
use crate::diffusion::GuidanceInterval;
use crate::diffusion::schedule::{Ends, Schedule};
use crate::model::Model;
use crate::nn::unet::UNetConfig;
use crate::runtime::Runtime;

impl TrainConfig {
    /// The noise schedule that it names.
    ///
    /// # Panics
    /// If T is out of range ([`TrainConfig::validate`] says so before).
    pub fn build_schedule(&self) -> Schedule {
        let ends = Ends {
            beta_start: self.beta_start,
            beta_end: self.beta_end,
            log_snr_max: self.log_snr_max,
            log_snr_min: self.log_snr_min,
        };
        let timesteps = self.timesteps as usize;
        Schedule::with_ends(self.schedule, timesteps, self.zero_terminal_snr, &ends)
    }

    /// Whether a network that this recipe trained and one that `other` trained mean the same by their outputs, so that the one can
    /// guide the other.
    pub fn outputs_as(&self, other: &Self) -> bool {
        self.clone().with_outputs_of(other) == *self
    }

    /// The steps in which draws with a class have guidance.
    pub fn cfg_interval(&self) -> GuidanceInterval {
        GuidanceInterval {
            cfg_t_min: self.cfg_t_min,
            cfg_t_max: self.cfg_t_max,
        }
    }

    /// The network with these flat parameters, to be asked as this recipe trains it.
    pub fn model(&self, runtime: &Runtime, unet: &UNetConfig, params: Tensor<1>) -> Model {
        let mut model = Model::new(
            runtime,
            unet,
            self.build_schedule(),
            self.prediction,
            self.variance_type,
            params,
        );
        model.cfg_interval = self.cfg_interval();
        model
    }
}
