//! The training losses: L_simple with its weighting, and L_vlb.

use burn::tensor::Tensor;

use super::decoder::ln_level_probability;
use super::prediction::{LinearCoefficients, Prediction};
use super::schedule::{Schedule, Variance, VarianceType};
use super::vlb::bits_per_dim;

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

/// The loss of each image, whose mean is [`simple_loss`], or [`weighted_loss`] with a `weight`.
///
/// # Shapes
/// * `output`, `target`: [B, 1, 28, 28]
/// * `weight`: [B, 1, 1, 1]
/// * result: `[B]`
pub fn simple_losses(output: Tensor<4>, target: Tensor<4>, weight: Option<Tensor<4>>) -> Tensor<1> {
    let images = output.dims()[0];
    let pixels = output.shape().num_elements() / images;
    let error = squared_error(output, target);
    let error = match weight {
        Some(weight) => error * weight,
        None => error,
    };
    error.reshape([images, pixels]).mean_dim(1).squeeze_dim(1)
}

/// The numbers with which [`vlb_terms`] computes an image's term of the variational bound, all functions of its t.
///
/// Mean and target are compared in the network's own terms. x_0 and x̂₀ are the same linear function of x_t and of the
/// target or the output, so that the difference between the posterior's mean and that of p is a multiple of
/// target − output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VlbCoefficients {
    /// (the posterior's mean − the mean of p) / (target − output).
    pub mean: f64,
    /// ln β̃; 0 for the decoder's term.
    pub ln_beta_tilde: f64,
    /// ln σ² = `ln_variance`\[0\]·v + `ln_variance`\[1\], where v is the second channel of the output; the factor is 0 for a
    /// fixed variance.
    pub ln_variance: [f64; 2],
    /// How x_0 follows from the target and x_t.
    pub x0: LinearCoefficients,
    /// True for the term L_0, that of the decoder (t = 0).
    pub is_decoder: bool,
    /// The factor of the term, which is in nats a pixel.
    pub weight: f64,
}

impl VlbCoefficients {
    /// How many numbers these are.
    pub const COUNT: usize = 8;

    /// The numbers for step `t`, with a weight that makes the mean over uniformly random t an estimate of
    /// `weight`·L_vlb in bits/dim, without L_T.
    ///
    /// # Panics
    /// If `t` is not below T.
    pub fn new(
        schedule: &Schedule,
        variance_type: VarianceType,
        prediction: Prediction,
        t: usize,
        weight: f64,
    ) -> Self {
        let posterior = schedule.posterior(t, t.checked_sub(1));
        let x0 = prediction.coefficients_to(Prediction::X0, schedule.alpha_bars()[t]);
        let variance = match t {
            0 => schedule.decoder_variance(variance_type),
            _ => posterior.variance(variance_type),
        };
        Self {
            mean: posterior.x0 * x0.output,
            ln_beta_tilde: if t == 0 {
                0.0
            } else {
                posterior.beta_tilde.ln()
            },
            ln_variance: match variance {
                Variance::Fixed(variance) => [0.0, variance.ln()],
                Variance::Learned(ln_variance) => [ln_variance.output, ln_variance.constant],
            },
            x0,
            is_decoder: t == 0,
            weight: weight * bits_per_dim(schedule.timesteps() as f64, 1),
        }
    }

    /// The numbers in the order in which [`vlb_terms`] takes them.
    pub fn numbers(&self) -> [f32; Self::COUNT] {
        [
            self.mean,
            self.ln_beta_tilde,
            self.ln_variance[0],
            self.ln_variance[1],
            self.x0.output,
            self.x0.x_t,
            f64::from(u8::from(self.is_decoder)),
            self.weight,
        ]
        .map(|number| number as f32)
    }
}

/// One term of L_vlb (Ho et al. 2020, eq. 5) for each image: weight·(the term in nats a pixel). With the weights of
/// [`VlbCoefficients::new`] their mean estimates the bound in bits/dim, without L_T, which no network changes. x̂₀ is not
/// clipped, as in Nichol & Dhariwal's code.
///
/// # Shapes
/// * `output`, `target`, `x_t`: [B, 1, 28, 28]; the first channel of the network's output, and what it was trained to be
/// * `variance`: [B, 1, 28, 28], the second channel, if the variance is learned
/// * `coefficients`: [B, 8], [`VlbCoefficients::numbers`] of each image
/// * result: `[B]`
pub fn vlb_terms(
    output: Tensor<4>,
    variance: Option<Tensor<4>>,
    target: Tensor<4>,
    x_t: Tensor<4>,
    coefficients: Tensor<2>,
) -> Tensor<1> {
    let images = output.dims()[0];
    let pixels = output.shape().num_elements() / images;
    let shape = output.shape();
    let number = |k: usize| {
        coefficients
            .clone()
            .narrow(1, k, 1)
            .reshape([images, 1, 1, 1])
    };
    let (mean, ln_beta_tilde) = (number(0), number(1));
    let constant = number(3).expand(shape.clone());
    let ln_variance = match variance {
        Some(v) => v * number(2) + constant,
        None => constant,
    };
    let difference = (target.clone() - output) * mean;
    // KL(q(x_prev | x_t, x_0) ‖ p(x_prev | x_t)) = ½(r − 1 − ln r) + ½·(difference of the means)²/σ² with r = β̃/σ².
    let ln_ratio = -ln_variance.clone() + ln_beta_tilde;
    let precision = (-ln_variance.clone()).exp();
    let divergence = (ln_ratio.clone().exp() - ln_ratio - 1.0
        + difference.clone() * difference.clone() * precision)
        * 0.5;
    // −ln p(x_0 | x_1); where the posterior's mean is x_0, that of p is x_0 less the difference.
    let x0 = target * number(4) + x_t * number(5);
    let sigma = (ln_variance * 0.5).exp();
    let decoder = -ln_level_probability(x0.clone(), x0 - difference, sigma);
    let is_decoder = number(6).greater_elem(0.5).expand(shape);
    let terms = divergence.mask_where(is_decoder, decoder);
    (terms * number(7))
        .reshape([images, pixels])
        .mean_dim(1)
        .squeeze_dim(1)
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
