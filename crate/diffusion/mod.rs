//! The forward process q, what a network's output says of the reverse one, and how well.
//!
//! Images are tensors of shape [B, 1, 28, 28] in −1 (background) … 1 (ink).

mod vlb;
mod clip;
mod decoder;
mod denoiser;
mod loss;
mod prediction;
pub mod schedule;
mod reverse_step;

use burn::tensor::Tensor;

pub use vlb::{Bound, VariationalBound, bits_per_dim};
pub use clip::Clip;
pub use decoder::ln_level_probability;
pub use denoiser::{Denoiser, PrecomputedEmbeddings, ModelPrediction};
pub use loss::{simple_loss, weighted_loss};
pub use prediction::{LinearCoefficients, Prediction, per_image};
pub use reverse_step::ReverseStep;

/// x_t = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε (Ho et al. 2020, eq. 4), each image of the batch at its own t.
///
/// `x0`, `eps`: [B, 1, 28, 28]; `alpha_bar`: [B, 1, 1, 1], ᾱ at each image's t.
pub fn q_sample(x0: Tensor<4>, eps: Tensor<4>, alpha_bar: Tensor<4>) -> Tensor<4> {
    let noise_share = (-alpha_bar.clone() + 1.0).sqrt();
    x0 * alpha_bar.sqrt() + eps * noise_share
}

/// The same with the whole batch at one ᾱ. Between two steps, from x_s with ᾱ_t/ᾱ_s, it is
/// q(x_t | x_s) (Ho et al. 2020, eq. 2).
pub fn q_sample_at(x0: Tensor<4>, eps: Tensor<4>, alpha_bar: f64) -> Tensor<4> {
    x0 * alpha_bar.sqrt() + eps * (1.0 - alpha_bar).sqrt()
}
