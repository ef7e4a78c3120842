//! What a network may be trained to say, and what each says of the others.
//!
//! With a = √ᾱ_t and s = √(1−ᾱ_t), x_t = a·x_0 + s·ε and v = a·ε − s·x_0 (Salimans & Ho 2022, appendix
//! D). Given x_t, any one of ε, x_0 and v gives the others as `output`·(it) + `x_t`·x_t; the two
//! factors are computed here, in f64.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// What the network's output stands for; diffusers' `prediction_type` `epsilon`, `sample`,
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
    /// The velocity v = √ᾱ·ε − √(1−ᾱ)·x_0, which has meaning at ᾱ = 0 too.
    V,
}

/// `output`·(what the network said) + `x_t`·x_t.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearCoefficients {
    pub output: f64,
    pub x_t: f64,
}

impl LinearCoefficients {
    /// The whole batch at one t.
    pub fn apply(self, output: Tensor<4>, x_t: Tensor<4>) -> Tensor<4> {
        match (self.output, self.x_t) {
            (1.0, 0.0) => output,
            (factor, 0.0) => output * factor,
            (factor, rest) => output * factor + x_t * rest,
        }
    }
}

impl Prediction {
    /// Every kind, in the order to offer them.
    pub const ALL: [Self; 3] = [Self::Epsilon, Self::X0, Self::V];

    /// The name in files, on the command line and in the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Epsilon => "epsilon",
            Self::X0 => "x0",
            Self::V => "v",
        }
    }

    /// How `to` follows from this and x_t at `alpha_bar` = ᾱ_t, in 0 … 1. Not finite where this
    /// says nothing of `to`: ε at ᾱ = 0, x_0 at ᾱ = 1.
    pub fn mix(self, to: Self, alpha_bar: f64) -> LinearCoefficients {
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

    /// The score ∇ log q(x_t) = −ε/√(1−ᾱ_t) (Song & Ermon 2019; Ho et al. 2020, section 3.2), by this
    /// and x_t. `alpha_bar`: below 1.
    pub fn mix_to_score(self, alpha_bar: f64) -> LinearCoefficients {
        let eps = self.mix(Self::Epsilon, alpha_bar);
        let factor = -1.0 / (1.0 - alpha_bar).sqrt();
        LinearCoefficients {
            output: eps.output * factor,
            x_t: eps.x_t * factor,
        }
    }

    /// `output`, which is of this kind, as one of kind `to`, each image of the batch at its own t.
    ///
    /// `output`, `x_t`: [B, 1, 28, 28]; `alpha_bars`: ᾱ at each image's t, B of them.
    pub fn convert(
        self,
        to: Self,
        output: Tensor<4>,
        x_t: Tensor<4>,
        alpha_bars: &[f64],
    ) -> Tensor<4> {
        let mixes = alpha_bars.iter().map(|&alpha_bar| self.mix(to, alpha_bar));
        mix_each(mixes, output, x_t)
    }

    /// The score for `output`, which is of this kind, each image of the batch at its own t; shapes as
    /// in [`Prediction::convert`].
    pub fn score(self, output: Tensor<4>, x_t: Tensor<4>, alpha_bars: &[f64]) -> Tensor<4> {
        let mixes = alpha_bars
            .iter()
            .map(|&alpha_bar| self.mix_to_score(alpha_bar));
        mix_each(mixes, output, x_t)
    }

    /// What a network of this kind should say of √ᾱ·x_0 + √(1−ᾱ)·ε, each image at its own t.
    ///
    /// `x0`, `eps`: [B, 1, 28, 28]; `alpha_bars`: B of them.
    pub fn target(self, x0: Tensor<4>, eps: Tensor<4>, alpha_bars: &[f64]) -> Tensor<4> {
        match self {
            Self::Epsilon => eps,
            Self::X0 => x0,
            Self::V => {
                let mixes = alpha_bars.iter().map(|&alpha_bar| LinearCoefficients {
                    output: alpha_bar.sqrt(),
                    x_t: -(1.0 - alpha_bar).sqrt(),
                });
                mix_each(mixes, eps, x0)
            }
        }
    }
}

impl std::fmt::Display for Prediction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One factor an image, [B, 1, 1, 1], to be multiplied with images.
pub fn per_image(values: impl Iterator<Item = f64>, device: &Device) -> Tensor<4> {
    let values: Vec<f32> = values.map(|value| value as f32).collect();
    let shape = [values.len(), 1, 1, 1];
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn mix_each(
    mixes: impl Iterator<Item = LinearCoefficients> + Clone,
    output: Tensor<4>,
    x_t: Tensor<4>,
) -> Tensor<4> {
    let device = output.device();
    output * per_image(mixes.clone().map(|mix| mix.output), &device)
        + x_t * per_image(mixes.map(|mix| mix.x_t), &device)
}
