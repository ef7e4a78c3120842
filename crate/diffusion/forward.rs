//! The forward process q: noise is added to an image.

use burn::tensor::Tensor;

/// Draws x_t = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε from q(x_t | x_0) (Ho et al. 2020, eq. 4), each image of the batch at a t of
/// its own.
///
/// # Shapes
/// * `x0`, `eps`: [B, 1, 28, 28]; `eps` is standard Gaussian noise
/// * `alpha_bar`: [B, 1, 1, 1], ᾱ_t of each image, from 0 to 1
/// * result: [B, 1, 28, 28]
pub fn q_sample(x0: Tensor<4>, eps: Tensor<4>, alpha_bar: Tensor<4>) -> Tensor<4> {
    let noise_factor = (-alpha_bar.clone() + 1.0).sqrt();
    x0 * alpha_bar.sqrt() + eps * noise_factor
}

/// [`q_sample`] with the whole batch at one ᾱ_t.
///
/// It also noises an image that is already noisy: from x_s, with `alpha_bar` = ᾱ_t/ᾱ_s, it draws from q(x_t | x_s)
/// (Ho et al. 2020, eq. 2, applied to the steps between s and t at once).
///
/// # Shapes
/// * `x0`, `eps` and the result: [B, 1, 28, 28]
pub fn q_sample_at(x0: Tensor<4>, eps: Tensor<4>, alpha_bar: f64) -> Tensor<4> {
    x0 * alpha_bar.sqrt() + eps * (1.0 - alpha_bar).sqrt()
}
