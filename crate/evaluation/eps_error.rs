//! The network's error in the noise, along t.

use super::Progress;
use super::bootstrap::Estimate;
use super::noisy_samples::{LabelledImages, weights};
use crate::model::Model;
use crate::ops::read;

/// The parts into which 0 … T − 1 is cut for [`estimate_eps_error`].
pub const TENTHS: usize = 10;

/// Estimates E (ε − ε̂)², the squared error of one pixel's noise, for t in each tenth of 0 … T − 1. Each group of 16
/// images contributes one t and one ε for each tenth.
///
/// # Errors
/// A label out of range, a device that fails to return numbers, and the error that `progress` returned.
pub async fn estimate_eps_error(
    model: &Model,
    images: LabelledImages<'_>,
    mut progress: impl Progress,
) -> Result<[Estimate; TENTHS], String> {
    let alpha_bars = model.schedule.alpha_bars();
    let edge = |k: usize| k * alpha_bars.len() / TENTHS;
    let groups = images.groups(model)?;
    let mut errors = vec![Vec::new(); TENTHS];
    for (done, group) in groups.iter().enumerate() {
        for (tenth, errors) in errors.iter_mut().enumerate() {
            let sample = group.sample(tenth as u64, edge(tenth), edge(tenth + 1), alpha_bars);
            let difference = sample.prediction.eps(alpha_bars[sample.t]) - sample.eps;
            let error = read((difference.clone() * difference).mean()).await?;
            errors.push(f64::from(error[0]));
            let part = (tenth + 1) as f64 / TENTHS as f64;
            progress((done as f64 + part) / groups.len() as f64).await?;
        }
    }
    let weights = weights(&groups);
    Ok(std::array::from_fn(|tenth| {
        Estimate::weighted_mean(&errors[tenth], &weights)
    }))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::noisy_samples::tests::{black_and_white, zero_network};
    use super::*;
    use crate::nn::unet::PIXELS;

    /// ε̂ = 0 has the error E ε² = 1 at every t.
    #[test]
    fn the_zero_network_has_error_1() {
        let (images, labels) = black_and_white(48);
        let images = LabelledImages {
            images: &images,
            labels: &labels,
            seed: 0,
        };
        let model = zero_network(100);
        let estimate = estimate_eps_error(&model, images, async |_| Ok(()));
        for error in pollster::block_on(estimate).unwrap() {
            // 48·784 squares of variance 2.
            let bound = 5.0 * (2.0f64 / (48 * PIXELS) as f64).sqrt();
            assert!((error.value - 1.0).abs() < bound, "{error:?}");
            let [low, high] = error.interval.unwrap();
            assert!(high - low < 2.0 * bound, "{error:?}");
        }
    }
}
