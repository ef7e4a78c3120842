//! The forward process q and what the network's guess ε̂ says about the reverse one.
//!
//! Images are tensors of shape [B, 1, 28, 28] in −1 (background) … 1 (ink).

use burn::tensor::Tensor;

use crate::schedule::Posterior;

/// x_t = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε (Ho et al. 2020, eq. 4), each image of the batch at its own t.
///
/// `x0`, `eps`: [B, 1, 28, 28]; `alpha_bar`: [B, 1, 1, 1], ᾱ at each image's t.
pub fn q_sample(x0: Tensor<4>, eps: Tensor<4>, alpha_bar: Tensor<4>) -> Tensor<4> {
    let noise_share = (-alpha_bar.clone() + 1.0).sqrt();
    x0 * alpha_bar.sqrt() + eps * noise_share
}

/// x̂₀ = (x_t − √(1−ᾱ_t)·ε̂)/√ᾱ_t (Ho et al. 2020, eq. 15), the whole batch at one t.
pub fn predict_x0(x_t: Tensor<4>, eps_hat: Tensor<4>, alpha_bar: f64) -> Tensor<4> {
    (x_t - eps_hat * (1.0 - alpha_bar).sqrt()) / alpha_bar.sqrt()
}

/// The mean of q(x_prev | x_t, x_0 = x̂₀) (Ho et al. 2020, eq. 7).
pub fn posterior_mean(x0_hat: Tensor<4>, x_t: Tensor<4>, posterior: &Posterior) -> Tensor<4> {
    x0_hat * posterior.x0 + x_t * posterior.x_t
}

/// L_simple: the mean over batch and pixels of (ε − ε̂)² (Ho et al. 2020, eq. 14). Shape [1].
pub fn simple_loss(eps_hat: Tensor<4>, eps: Tensor<4>) -> Tensor<1> {
    let difference = eps_hat - eps;
    (difference.clone() * difference).mean()
}
