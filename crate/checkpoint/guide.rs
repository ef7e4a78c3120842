//! The guide of weights, a second network in their file.

use std::rc::Rc;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::Metadata;
use crate::diffusion::{GuidanceInterval, MAX_CFG_SCALE};
use crate::model::Model;
use crate::nn::unet::UNetConfig;
use crate::runtime::Runtime;

/// The format whose programs know of guides.
pub(super) const FORMAT: u32 = 5;

/// The prefix of the names of a guide's tensors, by which a reader tells them from those of the network.
pub(super) const PREFIX: &str = "guide.";

/// The description of a guide: a network that has learned the same images with the same schedule and prediction, and less well,
/// because it is smaller or was trained for a shorter time. Where digits are drawn without a class, the network's output is led
/// away from the guide's (autoguidance, Karras et al. 2024; [`GuidedModel`](crate::samplers::GuidedModel)).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guide {
    /// The shape of the guide's network. The number of classes may be another than that of the weights; of its class embedding
    /// only the row for "no class" is used.
    pub unet: UNetConfig,
    /// The scale with which digits are drawn without a class when nobody asks for another, 0 to [`MAX_CFG_SCALE`]; 1 makes no use of
    /// the guide.
    pub cfg_scale: f64,
    /// The steps in which they are led away from the guide's; a file that does not say it means every step.
    #[serde(default)]
    pub interval: GuidanceInterval,
    /// The origin of the guide in sentences for people. It may be empty.
    #[serde(default)]
    pub origin: String,
}

impl Guide {
    /// Checks the shape, for weights of the shape `main`.
    ///
    /// # Errors
    /// A message about the first number that is out of range.
    pub(super) fn validate(&self, main: &UNetConfig) -> Result<(), String> {
        self.unet
            .validate()
            .map_err(|reason| format!("The guide's network: {reason}"))?;
        if !(0.0..=MAX_CFG_SCALE).contains(&self.cfg_scale) {
            return Err(format!(
                "The guide's scale is {}; it must be between 0 and {MAX_CFG_SCALE}.",
                self.cfg_scale
            ));
        }
        self.interval
            .validate()
            .map_err(|reason| format!("The guide: {reason}"))?;
        if self.unet.out_channels == main.out_channels {
            return Ok(());
        }
        Err(format!(
            "The guide's network has {} output channels, and the network that it guides {}; they must be as many.",
            self.unet.out_channels, main.out_channels
        ))
    }
}

impl Metadata {
    /// The guidance with which digits are drawn when nobody asks for another: that of the recipe where `with_class`, and otherwise
    /// that of the guide, or 1, none.
    pub fn cfg_scale(&self, with_class: bool) -> f64 {
        if with_class {
            return self.train.cfg_scale;
        }
        self.guide.as_ref().map_or(1.0, |guide| guide.cfg_scale)
    }

    /// The steps in which digits have guidance when nobody asks for others: those of the recipe where `with_class`, and otherwise those
    /// of the guide.
    pub fn cfg_interval(&self, with_class: bool) -> GuidanceInterval {
        if with_class {
            return self.train.cfg_interval();
        }
        self.guide
            .as_ref()
            .map_or(GuidanceInterval::ALL, |guide| guide.interval)
    }

    /// The network of the file with the flat parameters `params`, `[P]`, and with its guide if there is one, whose parameters are
    /// `guide`.
    pub fn model(&self, runtime: &Runtime, params: Tensor<1>, guide: Option<Tensor<1>>) -> Model {
        let mut model = self.train.model(runtime, &self.unet, params);
        let guide = self.guide.as_ref().zip(guide);
        model.guide =
            guide.map(|(it, params)| Rc::new(self.train.model(runtime, &it.unet, params)));
        model.guide_interval = self.cfg_interval(false);
        model
    }
}
