//! What training makes small.

use burn::tensor::Tensor;

use super::Prediction;

/// L_simple: the mean over batch and pixels of (target − output)² (Ho et al. 2020, eq. 14, where the
/// target is ε; [`Prediction::target`] has the others). Shape [1].
pub fn simple_loss(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    squared(output, target).mean()
}

/// L_simple with a weight an image, as [`Prediction::min_snr_weight`] gives it. Shape [1].
///
/// `weight`: [B, 1, 1, 1] (see [`super::per_image`]).
pub fn weighted_loss(output: Tensor<4>, target: Tensor<4>, weight: Tensor<4>) -> Tensor<1> {
    (squared(output, target) * weight).mean()
}

fn squared(output: Tensor<4>, target: Tensor<4>) -> Tensor<4> {
    let difference = output - target;
    difference.clone() * difference
}

impl Prediction {
    /// The min-SNR-γ weight of a step (Hang et al. 2023, section 3.4): min(SNR, γ) on the squared
    /// error of x̂₀, and what the same is for the squared error of ε̂, min(SNR, γ)/SNR, and of v̂,
    /// min(SNR, γ)/(SNR + 1).
    ///
    /// `snr` = ᾱ/(1−ᾱ), 0 or more ([`crate::diffusion::schedule::Schedule::snr`]); `gamma` above 0, 5 in the
    /// paper; infinite, it is x̂₀'s own weight SNR throughout, which for ε is L_simple.
    pub fn min_snr_weight(self, snr: f64, gamma: f64) -> f64 {
        match self {
            // γ/SNR first, so that SNR = 0 has its limit 1.
            Self::Epsilon => (gamma / snr).min(1.0),
            Self::X0 => snr.min(gamma),
            Self::V => snr.min(gamma) / (snr + 1.0),
        }
    }
}
