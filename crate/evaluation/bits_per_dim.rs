//! The variational bound on the negative log-likelihood of real images, in bits/dim.

use serde::{Deserialize, Serialize};

use super::Progress;
use super::bootstrap::Estimate;
use super::eps_error::TENTHS;
use super::noisy_samples::{LabelledImages, weights};
use crate::diffusion::schedule::VarianceType;
use crate::diffusion::{Clip, VariationalBound, bits_per_dim};
use crate::model::Model;
use crate::nn::unet::PIXELS;
use crate::ops::read;

/// The variational bound in bits for each pixel, and its three parts (Ho et al. 2020, eq. 5; see [`VariationalBound`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct BitsPerDim {
    /// The reverse process's variance σ², with which the bound was computed.
    pub variance_type: VarianceType,
    /// The bound, `l_t` + `l` + `l_0`.
    pub total: Estimate,
    /// L_T: the information about the image that x_T still carries.
    pub l_t: Estimate,
    /// Σ L_{t−1}: the T − 1 reverse steps between noisy images.
    pub l: Estimate,
    /// L_0: the step from the cleanest noisy image to the grey levels.
    pub l_0: Estimate,
}

/// The variances with which the bound of a model can be computed: the two fixed ones, and the one that it has learned.
pub fn variance_types(model: &Model) -> Vec<VarianceType> {
    let mut types = vec![VarianceType::FixedSmall, VarianceType::FixedLarge];
    types.extend(Some(model.variance_type).filter(|learned| learned.is_learned()));
    types
}

/// Estimates the bound for each of `variance_types`, all from the same noise. x̂₀ is clipped to −1 … 1, as in the
/// papers' figures.
///
/// L_T and L_0 are computed for every image. The T − 1 terms between them are estimated by stratified sampling: 1 … T − 1
/// is cut into `strata` intervals, one t is drawn from each for each group of 16 images, and its term is weighted by the
/// length of the interval, which makes the estimate unbiased. The intervals are short where t is small (edges at
/// T·(k/`strata`)²), because the terms are large and differ most there.
///
/// # Errors
/// A label out of range, a device that fails to return numbers, and the error that `progress` returned.
pub async fn estimate_bits_per_dim(
    model: &Model,
    variance_types: &[VarianceType],
    images: LabelledImages<'_>,
    strata: usize,
    mut progress: impl Progress,
) -> Result<Vec<BitsPerDim>, String> {
    let bounds: Vec<VariationalBound> = variance_types
        .iter()
        .map(|&variance_type| VariationalBound {
            schedule: model.schedule.clone(),
            variance_type,
            clip: Clip::Static,
        })
        .collect();
    let edges = edges(model.schedule.timesteps(), strata);
    let alpha_bars = model.schedule.alpha_bars();
    let groups = images.groups(model)?;
    let mut parts = vec![[Vec::new(), Vec::new(), Vec::new(), Vec::new()]; bounds.len()];
    for (done, group) in groups.iter().enumerate() {
        // t = 0, which is L_0, comes first, then one t from each stratum.
        let intervals = std::iter::once((0, 1)).chain(edges.windows(2).map(|e| (e[0], e[1])));
        let mut terms = vec![[0.0; 3]; bounds.len()];
        for (index, (from, to)) in intervals.enumerate() {
            // The draws 0 … TENTHS − 1 are those of the ε error.
            let draw = (TENTHS + index) as u64;
            let sample = group.sample(draw, from, to, alpha_bars);
            for (bound, terms) in bounds.iter().zip(&mut terms) {
                let term = bound.term(sample.t, group.x0.clone(), &sample.prediction);
                let nats = f64::from(read(term.mean()).await?[0]);
                terms[if from == 0 { 2 } else { 1 }] += nats * (to - from) as f64;
            }
            let part = (index + 1) as f64 / edges.len() as f64;
            progress((done as f64 + part) / groups.len() as f64).await?;
        }
        for ((bound, terms), parts) in bounds.iter().zip(&mut terms).zip(&mut parts) {
            terms[0] = f64::from(read(bound.prior(group.x0.clone()).mean()).await?[0]);
            let [l_t, l, l_0] = terms.map(|nats| bits_per_dim(nats, PIXELS));
            for (part, value) in parts.iter_mut().zip([l_t + l + l_0, l_t, l, l_0]) {
                part.push(value);
            }
        }
    }
    let weights = weights(&groups);
    let summary = |(&variance_type, parts): (&VarianceType, &[Vec<f64>; 4])| {
        let [total, l_t, l, l_0] =
            [0, 1, 2, 3].map(|part| Estimate::weighted_mean(&parts[part], &weights));
        BitsPerDim {
            variance_type,
            total,
            l_t,
            l,
            l_0,
        }
    };
    Ok(variance_types.iter().zip(&parts).map(summary).collect())
}

/// The edges of at most `strata` intervals of 1 … T − 1: the first t of each, and T at the end. Edges that fall on the
/// same t are merged, so small T have fewer intervals.
fn edges(timesteps: usize, strata: usize) -> Vec<usize> {
    let strata = strata.max(1);
    let mut edges: Vec<usize> = (0..=strata)
        .map(|k| {
            let fraction = k as f64 / strata as f64;
            ((timesteps as f64 * fraction * fraction).round() as usize).max(1)
        })
        .collect();
    edges.dedup();
    edges
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::noisy_samples::tests::{black_and_white, zero_network};
    use super::*;
    use crate::evaluation::tests::cpu;
    use crate::images::from_bytes;
    use crate::nn::unet::SIZE;
    use crate::rng::{Purpose, Stream};
    use crate::samplers::GuidedModel;
    use burn::tensor::{Tensor, TensorData};

    /// Every image counts once, including those of a last group that is smaller than 16.
    #[test]
    fn a_smaller_last_group_counts_in_proportion() {
        let (mut images, labels) = black_and_white(20);
        let (model, device) = (zero_network(20), cpu());
        // The last group is grey, so its weight changes the result.
        images[16 * PIXELS..].fill(128);
        let estimate = |images: &[u8]| {
            let images = LabelledImages {
                images,
                labels: &labels,
                seed: 0,
            };
            let kinds = [VarianceType::FixedSmall];
            let found = estimate_bits_per_dim(&model, &kinds, images, 4, async |_| Ok(()));
            pollster::block_on(found).unwrap().remove(0)
        };
        let before = estimate(&images);
        // L_T has no randomness in it: it must be the mean over the images.
        let exact = VariationalBound {
            schedule: model.schedule.clone(),
            variance_type: VarianceType::FixedSmall,
            clip: Clip::Static,
        };
        let x0 = TensorData::new(from_bytes(&images), [20, 1, SIZE, SIZE]);
        let x0 = Tensor::from_data(x0, device.device());
        let nats: f32 = exact.prior(x0).mean().into_scalar();
        let error = before.l_t.value / bits_per_dim(f64::from(nats), PIXELS) - 1.0;
        assert!(error.abs() < 1e-5, "the relative error is {error}");
        images[19 * PIXELS..].fill(255);
        let after = estimate(&images);
        assert_ne!(before.l_t.value, after.l_t.value);
        assert_ne!(before.l.value, after.l.value);
    }

    #[test]
    fn strata_cover_every_t() {
        for (timesteps, strata) in [(1000, 40), (10, 40), (100, 1), (1000, 5000)] {
            let edges = edges(timesteps, strata);
            assert_eq!((edges[0], edges[edges.len() - 1]), (1, timesteps));
            assert!(edges.windows(2).all(|e| e[0] < e[1]), "{edges:?}");
            assert!(edges.len() <= strata + 1);
        }
    }

    /// With a stratum for each t only ε is random, and the sum is that of [`VariationalBound::evaluate`]; with few strata
    /// it is close.
    #[test]
    fn strata_add_up_to_the_bound() {
        let (model, timesteps) = (zero_network(20), 20);
        let (images, labels) = black_and_white(32);
        let labelled = LabelledImages {
            images: &images,
            labels: &labels,
            seed: 1,
        };
        let kinds = [VarianceType::FixedSmall, VarianceType::FixedLarge];
        let estimate = |strata| {
            pollster::block_on(estimate_bits_per_dim(
                &model,
                &kinds,
                labelled,
                strata,
                async |_| Ok(()),
            ))
            .unwrap()
        };
        let (all, few) = (estimate(10_000), estimate(4));
        let x0 = TensorData::new(from_bytes(&images), [32, 1, SIZE, SIZE]);
        let x0 = Tensor::<4>::from_data(x0, cpu().device());
        let denoiser = GuidedModel::new(model.clone(), &labels, 1.0).unwrap();
        for ((variance_type, all), few) in kinds.into_iter().zip(all).zip(few) {
            let whole = VariationalBound {
                schedule: model.schedule.clone(),
                variance_type,
                clip: Clip::Static,
            };
            let eps = |t: usize| {
                let mut values = vec![0.0; 32 * PIXELS];
                Stream::new(9, Purpose::Evaluation, t as u64).fill_gaussian(&mut values);
                Tensor::from_data(TensorData::new(values, [32, 1, SIZE, SIZE]), cpu().device())
            };
            let nats = whole.evaluate(&denoiser, &x0, &eps).total().mean();
            let expected = bits_per_dim(f64::from(nats.into_scalar::<f32>()), PIXELS);
            let close = |found: f64, bound: f64| {
                assert!(
                    (found / expected - 1.0).abs() < bound,
                    "{found}, not {expected}, with T = {timesteps}"
                );
            };
            close(all.total.value, 0.02);
            close(few.total.value, 0.5);
            let parts = all.l_t.value + all.l.value + all.l_0.value;
            assert!((all.total.value - parts).abs() < 1e-9);
            assert_eq!(all.variance_type, variance_type);
        }
    }
}
