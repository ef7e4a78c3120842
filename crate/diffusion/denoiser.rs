//! The interface between a network and everything that uses one: samplers, editing, the variational bound.

use burn::tensor::Tensor;

use super::prediction::Prediction;

/// The largest scale of classifier-free guidance.
pub const MAX_CFG_SCALE: f64 = 8.0;
/// The guidance scale of a recipe that does not name another. With it more digits of well-trained weights show the requested class
/// than without guidance, and those of DPM-Solver++ are nearer to real digits (docs/evaluation.md, "Guidance").
pub const DEFAULT_CFG_SCALE: f64 = 1.5;

/// A model that estimates the noise in x_t: a network together with its labels, or, in tests, a formula.
///
/// Every closure (x_t, t) → ε̂ is a `Denoiser`.
pub trait Denoiser {
    /// Which quantity [`Denoiser::output`] estimates.
    fn prediction(&self) -> Prediction {
        Prediction::Epsilon
    }

    /// The model's output for a batch that stands at step `t` (counted from 0).
    ///
    /// # Shapes
    /// * `x_t`: [B, 1, 28, 28]
    /// * result: [B, 1, 28, 28], or [B, 2, 28, 28] if the model says the variance, too ([`split_variance`])
    fn output(&self, x_t: Tensor<4>, t: usize) -> Tensor<4>;

    /// The model with its embeddings computed for all `timesteps` in advance, for a GPU that runs the steps without
    /// the host ([`PrecomputedEmbeddings`]). `None`, the default, if the model can only be called step by step.
    fn precompute_embeddings(&self, _timesteps: &[usize]) -> Option<PrecomputedEmbeddings> {
        None
    }

    /// [`Denoiser::output`] together with x_t and the kind of prediction, from which x̂₀ and ε̂ follow.
    ///
    /// # Shapes
    /// * `x_t`: [B, 1, 28, 28]
    fn predict(&self, x_t: Tensor<4>, t: usize) -> ModelPrediction {
        let (output, variance) = split_variance(self.output(x_t.clone(), t));
        ModelPrediction {
            output,
            variance,
            x_t,
            prediction: self.prediction(),
        }
    }
}

/// The two channels of a model's output: what it predicts, and, if the model has a second channel, that from which a learned
/// variance follows ([`VarianceType`](super::schedule::VarianceType)).
///
/// # Shapes
/// * `output`: [B, 1 or 2, 28, 28]
/// * results: [B, 1, 28, 28] each
pub fn split_variance(output: Tensor<4>) -> (Tensor<4>, Option<Tensor<4>>) {
    match output.dims()[1] {
        1 => (output, None),
        _ => (output.clone().narrow(1, 0, 1), Some(output.narrow(1, 1, 1))),
    }
}

/// A network, or one with its guide, whose embeddings of t and of the class are computed before the first step.
///
/// What remains of a step reads and writes only buffers, the same in every step, so that a GPU can capture the step once
/// and replay it.
pub struct PrecomputedEmbeddings {
    /// The time embedding of each step, [steps, E]. E of a network with its guide is the sum of the two networks' widths.
    pub times: Tensor<2>,
    /// The class embedding of each row, [B, E]; with classifier-free guidance [2B, E], the rows with their class and then the
    /// same rows without.
    pub classes: Tensor<2>,
    /// The scale w of guidance in each step ([`GuidedModel`](crate::samplers::GuidedModel)), `[steps]`, if it is on: the step then
    /// goes on with (second half of the output) + w·((first half) − (second half)). A learned variance is that of the first half.
    pub cfg_scales: Option<Vec<f64>>,
    /// The network from x_t, [B, 1, 28, 28] or with guidance twice that in one batch, [2B, 1, 28, 28], and the embedding
    /// SiLU(time + class) of each row of `classes` to its output, [B or 2B, 1 or 2, 28, 28].
    pub output: Box<dyn Fn(Tensor<4>, Tensor<2>) -> Tensor<4> + Send + Sync>,
}

impl<F: Fn(Tensor<4>, usize) -> Tensor<4>> Denoiser for F {
    fn output(&self, x_t: Tensor<4>, t: usize) -> Tensor<4> {
        self(x_t, t)
    }
}

/// A model's output for a batch at one t, with what is needed to turn it into x̂₀ or ε̂.
#[derive(Debug, Clone)]
pub struct ModelPrediction {
    /// The noisy images that the model was given, [B, 1, 28, 28].
    pub x_t: Tensor<4>,
    /// The first channel of the model's output, [B, 1, 28, 28].
    pub output: Tensor<4>,
    /// The second channel, [B, 1, 28, 28], from which a learned variance follows.
    pub variance: Option<Tensor<4>>,
    /// Which quantity `output` estimates.
    pub prediction: Prediction,
}

impl ModelPrediction {
    /// The estimate x̂₀ (Ho et al. 2020, eq. 15), where `alpha_bar` is ᾱ_t. Not clipped.
    ///
    /// # Shapes
    /// * result: [B, 1, 28, 28]
    pub fn x0(&self, alpha_bar: f64) -> Tensor<4> {
        self.as_kind(Prediction::X0, alpha_bar)
    }

    /// The estimate ε̂ of the noise in x_t, where `alpha_bar` is ᾱ_t.
    ///
    /// # Shapes
    /// * result: [B, 1, 28, 28]
    pub fn eps(&self, alpha_bar: f64) -> Tensor<4> {
        self.as_kind(Prediction::Epsilon, alpha_bar)
    }

    fn as_kind(&self, kind: Prediction, alpha_bar: f64) -> Tensor<4> {
        self.prediction
            .coefficients_to(kind, alpha_bar)
            .apply(self.output.clone(), self.x_t.clone())
    }
}
