//! [`ReverseStep`]: what is done after a forward pass of the network, as a handful of numbers. It has this form for every
//! sampler.

use burn::tensor::Tensor;

use super::clip::Clip;
use super::denoiser::ModelPrediction;
use super::prediction::{LinearCoefficients, Prediction};
use super::schedule::{LogVariance, Posterior, Variance};

/// The coefficients of one pass (`crate/samplers/mod.rs`), which leads from x_t to
///
/// x_prev = `x_t`·x_t + `x0_hat`·x̂₀ + `output`·(the network's output) + `prev_x0`·(x̂₀ of the pass before) + `z`·z,
///
/// where x̂₀ = clip(`x0` applied to the output and x_t) and z is standard Gaussian noise.
///
/// The passes of all samplers here have this form, DDPM's, DDIM's, DPM-Solver++'s, Heun's and Langevin dynamics'. Their
/// coefficients are known before the first pass. They can therefore be applied by tensor operations ([`ReverseStep::apply`]),
/// or by one GPU kernel that reads those of its pass from a table on the device (`GpuSamplerState`,
/// `shaders/sampler/reverse_step.wgsl`).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ReverseStep {
    /// How x̂₀ follows from the network's output and x_t; `None` if the pass does not use x̂₀.
    pub x0: Option<LinearCoefficients>,
    /// Factor of x_t.
    pub x_t: f64,
    /// Factor of x̂₀, after clipping.
    pub x0_hat: f64,
    /// Factor of the network's output, which is not clipped.
    pub output: f64,
    /// Factor of the x̂₀ of the forward pass before, which multistep and two-pass methods use; 0 at the first pass.
    pub prev_x0: f64,
    /// Factor of the noise: its standard deviation σ, or, with a learned variance, 1.
    pub z: f64,
    /// How the learned variance follows from the second channel of the network's output; `None` if σ is `z`.
    pub ln_variance: Option<LogVariance>,
}

impl ReverseStep {
    /// Straight to x̂₀, for a network that predicts `prediction`, at `alpha_bar` = ᾱ_t.
    pub fn to_x0(prediction: Prediction, alpha_bar: f64) -> Self {
        Self {
            x0: Some(prediction.coefficients_to(Prediction::X0, alpha_bar)),
            x0_hat: 1.0,
            ..Self::default()
        }
    }

    /// To the mean of q(x_prev | x_t, x_0 = x̂₀) (Ho et al. 2020, eq. 7), without noise; `prediction` and
    /// `alpha_bar` as in [`ReverseStep::to_x0`].
    pub fn posterior(prediction: Prediction, alpha_bar: f64, posterior: &Posterior) -> Self {
        Self {
            x0_hat: posterior.x0,
            x_t: posterior.x_t,
            ..Self::to_x0(prediction, alpha_bar)
        }
    }

    /// To the same mean as [`ReverseStep::posterior`], computed from ε̂ without x̂₀:
    /// (x_t − β/√(1−ᾱ_t)·ε̂)/√α (Ho et al. 2020, eq. 11). Both agree as long as x̂₀ is not clipped.
    ///
    /// `beta` is 1 − α of the way from x_t to x_prev.
    pub fn posterior_by_eps(prediction: Prediction, alpha_bar: f64, beta: f64) -> Self {
        let scale = 1.0 / (1.0 - beta).sqrt();
        let eps_factor = -scale * beta / (1.0 - alpha_bar).sqrt();
        let scaled = Self {
            x_t: scale,
            ..Self::default()
        };
        scaled.plus_eps(eps_factor, prediction, alpha_bar, Clip::None)
    }

    /// These coefficients with `factor`·ε̂ added, for a network that predicts `prediction`, at `alpha_bar` = ᾱ_t below 1.
    ///
    /// If x̂₀ is clipped, ε̂ is the noise that x_t contains if its image is the clipped x̂₀ (x_t = √ᾱ_t·x̂₀ + √(1−ᾱ_t)·ε̂),
    /// not the network's own estimate.
    pub fn plus_eps(self, factor: f64, prediction: Prediction, alpha_bar: f64, clip: Clip) -> Self {
        match clip {
            Clip::None => {
                let eps = prediction.coefficients_to(Prediction::Epsilon, alpha_bar);
                Self {
                    x_t: self.x_t + factor * eps.x_t,
                    output: self.output + factor * eps.output,
                    ..self
                }
            }
            _ => {
                let eps = Prediction::X0.coefficients_to(Prediction::Epsilon, alpha_bar);
                Self {
                    x0: Some(prediction.coefficients_to(Prediction::X0, alpha_bar)),
                    x_t: self.x_t + factor * eps.x_t,
                    x0_hat: self.x0_hat + factor * eps.output,
                    ..self
                }
            }
        }
    }

    /// These coefficients, of a mean, with noise of this variance.
    #[must_use]
    pub fn with_variance(self, variance: Variance) -> Self {
        match variance {
            Variance::Fixed(variance) => Self {
                z: variance.sqrt(),
                ..self
            },
            Variance::Learned(ln_variance) => Self {
                z: 1.0,
                ln_variance: Some(ln_variance),
                ..self
            },
        }
    }

    /// Applies the coefficients to tensors: returns the next x and, if the pass uses one, x̂₀.
    ///
    /// `prev_x0` is the x̂₀ of the pass before; it may be `None` if `self.prev_x0` is 0. `z` makes standard Gaussian
    /// noise; it is called only if `self.z` is not 0. With a learned variance the noise is multiplied by σ as well.
    ///
    /// # Shapes
    /// * `prediction` holds tensors of [B, 1, 28, 28]; `prev_x0`, the noise and both results have the same shape
    ///
    /// # Panics
    /// If a factor is not 0 and its tensor is missing (`x0_hat` without `x0`, `prev_x0` without a tensor), if the variance is
    /// a learned one and the prediction has none, or if all factors are 0.
    pub fn apply(
        self,
        prediction: ModelPrediction,
        clip: Clip,
        prev_x0: Option<Tensor<4>>,
        z: impl FnOnce() -> Tensor<4>,
    ) -> (Tensor<4>, Option<Tensor<4>>) {
        let ModelPrediction {
            x_t,
            output,
            variance,
            ..
        } = prediction;
        let noise = || match self.ln_variance {
            Some(ln_variance) => {
                let v = variance.expect("a network that says its variance");
                z() * (ln_variance.apply(v) * 0.5).exp()
            }
            None => z(),
        };
        let x0_hat = self
            .x0
            .map(|x0| clip.apply(x0.apply(output.clone(), x_t.clone())));
        let x = [
            (self.x_t, Some(x_t)),
            (self.x0_hat, x0_hat.clone()),
            (self.output, Some(output)),
            (self.prev_x0, prev_x0),
            (self.z, (self.z != 0.0).then(noise)),
        ]
        .into_iter()
        .filter(|(factor, _)| *factor != 0.0)
        .map(|(factor, tensor)| tensor.expect("a factor other than 0 has its tensor") * factor)
        .reduce(|sum, term| sum + term)
        .expect("a pass has a factor other than 0");
        (x, x0_hat)
    }
}
