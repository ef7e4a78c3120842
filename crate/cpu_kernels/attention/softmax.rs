//! The softmax of blocks of queries and its gradient, lane by lane.

/// The exponential of a number that is at most 0, with an error of a few units in the last place; NaN for NaN. The
/// polynomial is that of Cephes' `expf`, because the compiler does not turn a loop with `exp` into SIMD.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Not `max`, which would take the bound where x is NaN.
    let x = if x < -87.0 { -87.0 } else { x };
    // Adding 1.5·2²³ rounds to a whole number, which is then in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x * core::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, of which the first has few bits, so that its multiples are exact.
    let r = x - n * 0.693_359_4;
    let r = r + n * 2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_6e-1;
    let p = p * r + 0.5;
    let power = f32::from_bits((shifted.to_bits().wrapping_add(127)) << 23);
    (p * r * r + r + 1.0) * power
}

/// Replaces the scores of a block of W queries by weights e^(score − maximum), and returns 1/(their sum) of each query.
///
/// # Shapes
/// `scores`: [N, W]
#[inline(always)]
pub fn softmax_numerators<const W: usize>(scores: &mut [f32]) -> [f32; W] {
    let (rows, _) = scores.as_chunks_mut::<W>();
    let mut largest = [f32::NEG_INFINITY; W];
    for row in rows.iter() {
        for (largest, &score) in largest.iter_mut().zip(row) {
            *largest = if score > *largest { score } else { *largest };
        }
    }
    let mut sums = [0.0; W];
    for row in rows {
        for lane in 0..W {
            row[lane] = exp(row[lane] - largest[lane]);
            sums[lane] += row[lane];
        }
    }
    sums.map(|sum| 1.0 / sum)
}

/// The gradient of the scores, times `factor`, from the softmax p and the gradient dp of p:
/// factor·p·(dp − Σ over keys of p·dp), in place of dp.
///
/// # Shapes
/// `weights` (p) and `gradients` (dp): [N, W]
#[inline(always)]
pub fn softmax_gradient<const W: usize>(weights: &[f32], gradients: &mut [f32], factor: f32) {
    let (weights, _) = weights.as_chunks::<W>();
    let (gradients, _) = gradients.as_chunks_mut::<W>();
    let mut sums = [0.0; W];
    for (p, dp) in weights.iter().zip(gradients.iter()) {
        for lane in 0..W {
            sums[lane] += p[lane] * dp[lane];
        }
    }
    for (p, dp) in weights.iter().zip(gradients) {
        for lane in 0..W {
            dp[lane] = factor * p[lane] * (dp[lane] - sums[lane]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::exp;

    /// From 0 down to where the result is as good as 0.
    #[test]
    fn exponential_agrees_with_the_standard_library() {
        for step in 0..87_000 {
            let x = -(step as f32) / 1000.0;
            let (found, expected) = (f64::from(exp(x)), f64::from(x).exp());
            assert!(
                (found / expected - 1.0).abs() < 3e-7,
                "{x}: {found} for {expected}"
            );
        }
        assert!(exp(f32::NEG_INFINITY) < 1e-37 && exp(f32::NAN).is_nan());
    }
}
