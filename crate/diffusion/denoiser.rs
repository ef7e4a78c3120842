//! What samplers and the bound know of a network.

use burn::tensor::Tensor;

use super::Prediction;

/// Anything that can say what of x_t is noise: a network with its labels, or a formula.
///
/// A closure (x_t, t) → ε̂ is one.
pub trait Denoiser {
    /// What [`Denoiser::output`] stands for.
    fn prediction(&self) -> Prediction {
        Prediction::Epsilon
    }

    /// The output for a batch that stands at step `t`, [B, 1, 28, 28] to the same.
    fn output(&self, x_t: Tensor<4>, t: usize) -> Tensor<4>;

    /// The same for a device that goes from step to step by itself, being at each of `timesteps` in turn. `None` for
    /// what only a host can say.
    fn embedded(&self, _timesteps: &[usize]) -> Option<PrecomputedEmbeddings> {
        None
    }

    /// The output together with what it was said of.
    fn guess(&self, x_t: Tensor<4>, t: usize) -> ModelPrediction {
        ModelPrediction {
            output: self.output(x_t.clone(), t),
            x_t,
            prediction: self.prediction(),
        }
    }
}

/// A network whose embeddings of t and class are made beforehand.
pub struct PrecomputedEmbeddings {
    /// What each step's t adds to the embedding, [steps, E].
    pub times: Tensor<2>,
    /// What the class of each row adds, [B, E]; with guidance [2B, E], with class and then without.
    pub classes: Tensor<2>,
    /// Of guidance: the output is that without class + `cfg_scale`·(that with class − that without).
    pub cfg_scale: Option<f64>,
    /// The output for x_t, [B or 2B, 1, 28, 28], and an embedding: SiLU of the sum of both, [B or 2B, E].
    pub output: Box<dyn Fn(Tensor<4>, Tensor<2>) -> Tensor<4> + Send + Sync>,
}

impl<F: Fn(Tensor<4>, usize) -> Tensor<4>> Denoiser for F {
    fn output(&self, x_t: Tensor<4>, t: usize) -> Tensor<4> {
        self(x_t, t)
    }
}

/// What was said of a batch at one t.
#[derive(Debug, Clone)]
pub struct ModelPrediction {
    /// [B, 1, 28, 28]
    pub x_t: Tensor<4>,
    /// [B, 1, 28, 28], of kind `prediction`.
    pub output: Tensor<4>,
    pub prediction: Prediction,
}

impl ModelPrediction {
    /// x̂₀, given ᾱ_t (Ho et al. 2020, eq. 15).
    pub fn x0(&self, alpha_bar: f64) -> Tensor<4> {
        self.as_kind(Prediction::X0, alpha_bar)
    }

    /// ε̂, given ᾱ_t.
    pub fn eps(&self, alpha_bar: f64) -> Tensor<4> {
        self.as_kind(Prediction::Epsilon, alpha_bar)
    }

    fn as_kind(&self, kind: Prediction, alpha_bar: f64) -> Tensor<4> {
        self.prediction
            .mix(kind, alpha_bar)
            .apply(self.output.clone(), self.x_t.clone())
    }
}
