//! p(x_0 | x_1): a Gaussian cut into the 256 grey levels (Ho et al. 2020, section 3.3).

use burn::tensor::Tensor;

/// Half the distance of two of the 256 levels in −1 … 1.
const HALF_BIN: f64 = 1.0 / 255.0;

/// ln of the probability that a Gaussian gives to the grey level of each pixel (Ho et al. 2020,
/// eq. 13): its integral over the level ± 1/255, the darkest level open to −∞ and the lightest to ∞.
///
/// `x0`: [B, 1, 28, 28], grey levels k/127.5 − 1; `mean`: the same shape; `sigma`: in 0.002 … 1. In nats,
/// good to 2e-5 + 8e-5·`sigma` and the 1e-6th part of the result: f32 has no more digits for the
/// difference that the two edges of a level make.
///
/// The difference of two cumulative probabilities is taken in logarithms of the tail in which both
/// lie, so that a pixel far off costs its (x−μ)²/2σ² and not, as in the paper's code, at most
/// ln 1e-12.
pub fn ln_level_probability(x0: Tensor<4>, mean: Tensor<4>, sigma: f64) -> Tensor<4> {
    let half = HALF_BIN / sigma;
    let off = (x0.clone() - mean) / sigma;
    let distance = off.clone().abs();
    let near = ln_upper(distance.clone() - half);
    let far = ln_upper(distance + half);
    let inside = near.clone() + (-(far - near).exp()).log1p();
    // Away from the image's range everything counts: only the edge towards the middle is left.
    let outwards = ln_upper(off * x0.clone().sign() - half);
    inside.mask_where(x0.abs().greater_elem(1.0 - HALF_BIN), outwards)
}

/// ln Q(z), Q(z) = ½ erfc(z/√2) the standard Gaussian's upper tail, relative error of Q below 2e-7 for
/// any z.
fn ln_upper(z: Tensor<4>) -> Tensor<4> {
    let tail = ln_tail(z.clone().abs());
    let rest = (-tail.clone().exp()).log1p();
    tail.mask_where(z.lower_elem(0.0), rest)
}

/// ln Q(z) for z ≥ 0, by the Chebyshev fit of Press et al., "Numerical Recipes in C", 2nd ed., section
/// 6.2 (`erfcc`): erfc(u) = τ·exp(−u² + P(τ)), τ = 1/(1 + u/2).
fn ln_tail(z: Tensor<4>) -> Tensor<4> {
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
