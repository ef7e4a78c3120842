//! The rules about more than one field of the recipe.

use super::{LossKind, TimestepSampling, TrainConfig};
use crate::diffusion::Prediction;
use crate::nn::unet::UNetConfig;

impl TrainConfig {
    /// Checks each field by its declaration, then the rules about two of them. `images` is the size of the data set.
    ///
    /// # Errors
    /// Names the first number that is out of range, with the range.
    pub fn validate(&self, images: usize) -> Result<(), String> {
        self.check_each(images)?;
        self.cfg_interval().validate()?;
        if self.zero_terminal_snr && self.prediction == Prediction::Epsilon {
            return Err(
                "With zero terminal SNR the last step is noise alone, and a network that predicts ε \
                 learns nothing of the image there: choose the prediction v or x0."
                    .into(),
            );
        }
        if self.zero_terminal_snr && self.min_snr_gamma > 0.0 {
            return Err(
                "Min-SNR weighting gives the last step of a schedule with zero terminal SNR the \
                 weight 0, so that it stays unlearned: choose one of the two."
                    .into(),
            );
        }
        if self.beta_start > self.beta_end {
            return Err(format!(
                "The first β, {}, is larger than the last, {}.",
                self.beta_start, self.beta_end
            ));
        }
        if self.log_snr_max <= self.log_snr_min {
            return Err(format!(
                "The first ln SNR, {}, must be larger than the last, {}.",
                self.log_snr_max, self.log_snr_min
            ));
        }
        let fits = match self.loss {
            LossKind::Simple => !self.variance_type.is_learned(),
            LossKind::Hybrid => self.variance_type.is_learned(),
            LossKind::Vlb => true,
        };
        if !fits {
            return Err(format!(
                "The variance {} does not go with the loss {}: a learned variance is learned by hybrid or vlb, and a \
                 fixed one leaves simple or vlb.",
                self.variance_type, self.loss
            ));
        }
        if self.loss != LossKind::Simple && self.zero_terminal_snr {
            return Err(
                "The variational bound has no finite term for the last step of a schedule with zero terminal SNR: \
                 choose one of the two."
                    .into(),
            );
        }
        if self.t_sampling == TimestepSampling::Importance && self.loss != LossKind::Vlb {
            return Err(format!(
                "The loss {} has t drawn uniformly: importance sampling of t is for the loss vlb.",
                self.loss
            ));
        }
        if self.loss == LossKind::Vlb && self.min_snr_gamma > 0.0 {
            return Err(
                "The loss vlb has weights of its own: switch min-SNR weighting off (0).".into(),
            );
        }
        Ok(())
    }

    /// This recipe for training that begins from weights which `other` has trained: what decides the meaning of their
    /// outputs is taken over from it. If their variance is learned and this recipe's is not, or the other way round, the
    /// loss becomes that of new runs with such a variance.
    #[must_use]
    pub fn continuing(self, other: &Self) -> Self {
        let continued = self.with_outputs_of(other);
        let learned = continued.variance_type.is_learned();
        let loss = match continued.loss {
            LossKind::Simple if learned => LossKind::Hybrid,
            LossKind::Hybrid if !learned => LossKind::Simple,
            loss => loss,
        };
        let t_sampling = match continued.t_sampling {
            // Only the bound has terms to draw t by.
            TimestepSampling::Importance if loss != LossKind::Vlb => TimestepSampling::Uniform,
            chosen => chosen,
        };
        Self {
            loss,
            t_sampling,
            ..continued
        }
    }

    /// Checks that the network has the outputs that the recipe trains.
    ///
    /// # Errors
    /// Says what the recipe needs.
    pub fn check_network(&self, unet: &UNetConfig) -> Result<(), String> {
        let wanted = self.out_channels();
        if unet.out_channels == wanted {
            return Ok(());
        }
        Err(format!(
            "With the variance {} a network has {wanted} output channels, and this one has {}.",
            self.variance_type, unet.out_channels
        ))
    }

    /// The number of output channels of a network that this recipe trains: 2 with a learned variance.
    pub fn out_channels(&self) -> usize {
        1 + usize::from(self.variance_type.is_learned())
    }
}
