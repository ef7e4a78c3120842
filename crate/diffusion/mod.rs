//! The mathematics of the paper, with no network in it: the noise schedule, the forward process q, what a network's
//! output says about x_0, ε and v, one step of the reverse process, the training loss and the variational bound.
//!
//! The paper is Ho et al. 2020, "Denoising diffusion probabilistic models" (arXiv 2006.11239); where a formula comes
//! from another one, its doc comment names it. Symbols are the papers': `x0` is the clean image, `x_t` the noisy one
//! at step t, `eps` the noise ε, `alpha_bar` ᾱ_t, `x0_hat` the network's estimate x̂₀.
//!
//! Images are tensors of shape [B, 1, 28, 28] with values from −1 (background) to 1 (ink).

mod clip;
mod decoder;
mod denoiser;
mod forward;
mod guidance_interval;
mod loss;
mod names;
mod prediction;
mod reverse_step;
pub mod schedule;
mod vlb;

pub use clip::Clip;
pub use decoder::ln_level_probability;
pub use denoiser::{
    DEFAULT_CFG_SCALE, Denoiser, MAX_CFG_SCALE, ModelPrediction, PrecomputedEmbeddings,
    split_variance,
};
pub use forward::{q_sample, q_sample_at};
pub use guidance_interval::GuidanceInterval;
pub use loss::{VlbCoefficients, simple_loss, simple_losses, vlb_terms, weighted_loss};
pub(crate) use names::names;
pub use prediction::{LinearCoefficients, Prediction, per_image};
pub use reverse_step::ReverseStep;
pub use vlb::{Bound, VariationalBound, bits_per_dim};
