//! The three quantities that a network may be trained to predict, ε, x_0 and v, and how each follows from another.
//!
//! With a = √ᾱ_t and s = √(1−ᾱ_t), the noisy image is x_t = a·x_0 + s·ε, and the velocity is v = a·ε − s·x_0 (Salimans &
//! Ho 2022, "Progressive distillation", appendix D). Given x_t, any one of ε, x_0 and v determines the other two, as a
//! linear combination of itself and x_t ([`LinearCoefficients`]). The coefficients are computed in f64.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::names::names;

/// Which quantity a network's output estimates; diffusers' `prediction_type` with the values `epsilon`, `sample` and
/// `v_prediction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Prediction {
    /// The noise ε (Ho et al. 2020).
    #[default]
    Epsilon,
    /// The image x_0.
    X0,
    /// The velocity v = √ᾱ·ε − √(1−ᾱ)·x_0 (Salimans & Ho 2022), the only one that is informative both at ᾱ = 0 and at ᾱ = 1.
    V,
}

names! { Prediction {
    Epsilon = "epsilon",
    X0 = "x0",
    V = "v",
}}

/// The linear combination `output`·(the network's output) + `x_t`·x_t.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearCoefficients {
    /// Factor of the network's output.
    pub output: f64,
    /// Factor of x_t.
    pub x_t: f64,
}

impl LinearCoefficients {
    /// Evaluates the combination for a whole batch at one t.
    ///
    /// # Shapes
    /// * `output`, `x_t` and the result: [B, 1, 28, 28]
    pub fn apply(self, output: Tensor<4>, x_t: Tensor<4>) -> Tensor<4> {
        match (self.output, self.x_t) {
            (1.0, 0.0) => output,
            (factor, 0.0) => output * factor,
            (factor, x_t_factor) => output * factor + x_t * x_t_factor,
        }
    }
}

impl Prediction {
    /// The coefficients that turn a prediction of this kind and x_t into one of kind `to`, at `alpha_bar` = ᾱ_t from 0
    /// to 1. They are not finite where this kind does not determine the other: ε at ᾱ = 0 and x_0 at ᾱ = 1.
    pub fn coefficients_to(self, to: Self, alpha_bar: f64) -> LinearCoefficients {
        let (a, s) = (alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt());
        let (output, x_t) = match (self, to) {
            (Self::Epsilon, Self::X0) => (-s / a, 1.0 / a),
            (Self::Epsilon, Self::V) => (1.0 / a, -s / a),
            (Self::X0, Self::Epsilon) => (-a / s, 1.0 / s),
            (Self::X0, Self::V) => (-1.0 / s, a / s),
            (Self::V, Self::Epsilon) => (a, s),
            (Self::V, Self::X0) => (-s, a),
            (Self::Epsilon, Self::Epsilon) | (Self::X0, Self::X0) | (Self::V, Self::V) => {
                (1.0, 0.0)
            }
        };
        LinearCoefficients { output, x_t }
    }

    /// The coefficients that turn a prediction of this kind and x_t into the score ∇ log q(x_t) = −ε/√(1−ᾱ_t) (Song &
    /// Ermon 2019; Ho et al. 2020, section 3.2). `alpha_bar` = ᾱ_t must be below 1.
    pub fn coefficients_to_score(self, alpha_bar: f64) -> LinearCoefficients {
        let eps = self.coefficients_to(Self::Epsilon, alpha_bar);
        let factor = -1.0 / (1.0 - alpha_bar).sqrt();
        LinearCoefficients {
            output: eps.output * factor,
            x_t: eps.x_t * factor,
        }
    }

    /// Turns an `output` of this kind into one of kind `to`, each image of the batch at a t of its own.
    ///
    /// # Shapes
    /// * `output`, `x_t` and the result: [B, 1, 28, 28]
    /// * `alpha_bars`: ᾱ_t of each image, B numbers
    pub fn convert(
        self,
        to: Self,
        output: Tensor<4>,
        x_t: Tensor<4>,
        alpha_bars: &[f64],
    ) -> Tensor<4> {
        let coefficients = alpha_bars
            .iter()
            .map(|&alpha_bar| self.coefficients_to(to, alpha_bar));
        apply_per_image(coefficients, output, x_t)
    }

    /// Turns an `output` of this kind into the score ([`Prediction::coefficients_to_score`]), each image of the batch at
    /// a t of its own.
    ///
    /// # Shapes
    /// * `output`, `x_t` and the result: [B, 1, 28, 28]
    /// * `alpha_bars`: ᾱ_t of each image, B numbers below 1
    pub fn score(self, output: Tensor<4>, x_t: Tensor<4>, alpha_bars: &[f64]) -> Tensor<4> {
        let coefficients = alpha_bars
            .iter()
            .map(|&alpha_bar| self.coefficients_to_score(alpha_bar));
        apply_per_image(coefficients, output, x_t)
    }

    /// The value that a network of this kind is trained to output for x_t = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε, each image of the
    /// batch at a t of its own.
    ///
    /// # Shapes
    /// * `x0`, `eps` and the result: [B, 1, 28, 28]
    /// * `alpha_bars`: ᾱ_t of each image, B numbers
    pub fn target(self, x0: Tensor<4>, eps: Tensor<4>, alpha_bars: &[f64]) -> Tensor<4> {
        match self {
            Self::Epsilon => eps,
            Self::X0 => x0,
            Self::V => {
                // v = √ᾱ·ε − √(1−ᾱ)·x_0, with ε and x_0 in the places of the output and x_t.
                let coefficients = alpha_bars.iter().map(|&alpha_bar| LinearCoefficients {
                    output: alpha_bar.sqrt(),
                    x_t: -(1.0 - alpha_bar).sqrt(),
                });
                apply_per_image(coefficients, eps, x0)
            }
        }
    }
}

/// A tensor with one value for each image, rounded to f32, which broadcasts when it is multiplied with images.
///
/// # Shapes
/// * `values`: B numbers
/// * result: [B, 1, 1, 1]
pub fn per_image(values: impl Iterator<Item = f64>, device: &Device) -> Tensor<4> {
    let values: Vec<f32> = values.map(|value| value as f32).collect();
    let shape = [values.len(), 1, 1, 1];
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// [`LinearCoefficients::apply`] with coefficients of its own for each image.
fn apply_per_image(
    coefficients: impl Iterator<Item = LinearCoefficients> + Clone,
    output: Tensor<4>,
    x_t: Tensor<4>,
) -> Tensor<4> {
    let device = output.device();
    output * per_image(coefficients.clone().map(|c| c.output), &device)
        + x_t * per_image(coefficients.map(|c| c.x_t), &device)
}
