//! The decoder p(x_0 | x_1), which turns the last Gaussian of the reverse process into probabilities of the 256 grey
//! levels (Ho et al. 2020, section 3.3).

use burn::tensor::Tensor;

/// Half the distance between two neighbouring grey levels, which are 2/255 apart in −1 … 1.
const HALF_BIN: f64 = 1.0 / 255.0;

/// Natural logarithm of the probability that a Gaussian gives to each pixel's grey level: its integral from 1/255 below
/// the level to 1/255 above, where the darkest level's interval extends to −∞ and the lightest's to ∞ (Ho et al. 2020,
/// eq. 13).
///
/// The result is in nats. Its error is at most 2e-5 + 8e-5·`sigma` plus 1e-6 of the result's size: f32 has no more
/// digits for the difference between the two edges of a level.
///
/// Both cumulative probabilities are taken in the tail in which the level lies, and subtracted as logarithms. A pixel
/// far from the mean therefore costs (x−μ)²/2σ² nats, however many those are, whereas the paper's code stops at
/// −ln 1e-12 ≈ 27.6.
///
/// # Shapes
/// * `x0`: [B, 1, 28, 28], grey levels k/127.5 − 1 for k = 0 … 255
/// * `mean`: [B, 1, 28, 28]
/// * `sigma`: [B, 1, 28, 28], the Gaussian's standard deviation, from 0.001 to 1
/// * result: [B, 1, 28, 28]
pub fn ln_level_probability(x0: Tensor<4>, mean: Tensor<4>, sigma: Tensor<4>) -> Tensor<4> {
    let half = sigma.clone().recip() * HALF_BIN;
    let offset = (x0.clone() - mean) / sigma;
    let distance = offset.clone().abs();
    let near = ln_upper_tail(distance.clone() - half.clone());
    let far = ln_upper_tail(distance + half.clone());
    // A σ much larger than a level makes the two tails equal in f32; their difference is kept above 0, or ln would be −∞.
    let share = (far - near.clone()).clamp_max(-1e-6).exp();
    let inside = near + (-share).log1p();
    // The darkest and the lightest level have one edge only, the one towards the middle of the range.
    let at_end = ln_upper_tail(offset * x0.clone().sign() - half);
    inside.mask_where(x0.abs().greater_elem(1.0 - HALF_BIN), at_end)
}

/// ln Q(z) for any z, where Q(z) = ½ erfc(z/√2) is the standard Gaussian's upper tail. The relative error of Q is below
/// 2e-7.
fn ln_upper_tail(z: Tensor<4>) -> Tensor<4> {
    let tail = ln_tail_beyond(z.clone().abs());
    let complement = (-tail.clone().exp()).log1p();
    tail.mask_where(z.lower_elem(0.0), complement)
}

/// ln Q(z) for z ≥ 0, by the Chebyshev fit of Press et al., "Numerical Recipes in C", 2nd ed., section 6.2 (`erfcc`):
/// erfc(u) = τ·exp(−u² + P(τ)) with τ = 1/(1 + u/2).
fn ln_tail_beyond(z: Tensor<4>) -> Tensor<4> {
    const P: [f64; 10] = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let u = z * std::f64::consts::FRAC_1_SQRT_2;
    let tau = (u.clone() * 0.5 + 1.0).recip();
    let mut polynomial = tau.clone() * P[0] + P[1];
    for coefficient in &P[2..] {
        polynomial = polynomial * tau.clone() + *coefficient;
    }
    (tau * 0.5).log() + polynomial - u.clone() * u
}
