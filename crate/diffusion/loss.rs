//! The training loss L_simple and its weighting.

use burn::tensor::Tensor;

use super::prediction::Prediction;

/// L_simple, the mean over batch and pixels of (target − output)² (Ho et al. 2020, eq. 14).
///
/// The paper's target is ε; [`Prediction::target`] gives it for the other kinds of prediction too.
///
/// # Shapes
/// * `output`, `target`: [B, 1, 28, 28]
/// * result: `[1]`
pub fn simple_loss(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    squared_error(output, target).mean()
}

/// L_simple with a weight for each image, which [`Prediction::min_snr_weight`] computes.
///
/// # Shapes
/// * `output`, `target`: [B, 1, 28, 28]
/// * `weight`: [B, 1, 1, 1] (see [`per_image`](super::per_image))
/// * result: `[1]`
pub fn weighted_loss(output: Tensor<4>, target: Tensor<4>, weight: Tensor<4>) -> Tensor<1> {
    (squared_error(output, target) * weight).mean()
}

fn squared_error(output: Tensor<4>, target: Tensor<4>) -> Tensor<4> {
    let difference = output - target;
    difference.clone() * difference
}

impl Prediction {
    /// The min-SNR-γ weight of a step's squared error (Hang et al. 2023, section 3.4).
    ///
    /// The method weights the squared error of x̂₀ with min(SNR, γ). The same loss expressed in the error of ε̂ has the
    /// weight min(SNR, γ)/SNR, and in that of v̂ min(SNR, γ)/(SNR + 1).
    ///
    /// `snr` is ᾱ/(1−ᾱ), 0 or more ([`Schedule::snr`](super::schedule::Schedule::snr)). `gamma` is above 0; the paper
    /// uses 5. With infinite `gamma` the weight on x̂₀ is SNR at every step, which for ε is L_simple.
    pub fn min_snr_weight(self, snr: f64, gamma: f64) -> f64 {
        match self {
            // Written as γ/SNR so that SNR = 0 gives the limit, 1, and not 0/0.
            Self::Epsilon => (gamma / snr).min(1.0),
            Self::X0 => snr.min(gamma),
            Self::V => snr.min(gamma) / (snr + 1.0),
        }
    }
}
