//! How well the network knows the noise: its squared error along t, and the bound on the likelihood.
//!
//! Both ask the network about real images with noise on them. Images go in groups that share their t;
//! groups are independent, and the standard errors come from how much they differ.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{Progress, count};
use crate::diffusion::schedule::VarianceType;
use crate::diffusion::{
    Clip, Denoiser, ModelPrediction, VariationalBound, bits_per_dim, q_sample_at,
};
use crate::images::from_bytes;
use crate::model::Model;
use crate::nn::unet::{PIXELS, SIZE};
use crate::ops::read;
use crate::rng::{Purpose, Stream};
use crate::samplers::GuidedModel;

/// Images that share their t.
const GROUP: usize = 16;
/// Parts into which t is cut for [`eps_error`].
pub const TENTHS: usize = 10;

/// A mean and how far it may be off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub mean: f64,
    /// Standard deviation of the mean; `None` where a single group says nothing of it.
    pub standard_error: Option<f64>,
}

impl Estimate {
    /// From independent values, at least one, that count by `weights`.
    fn of(values: &[f64], weights: &[f64]) -> Self {
        let n = values.len() as f64;
        let total: f64 = weights.iter().sum();
        let weighted = || values.iter().zip(weights);
        let mean = weighted().map(|(v, w)| w * v).sum::<f64>() / total;
        let squares: f64 = weighted().map(|(v, w)| (w * (v - mean)).powi(2)).sum();
        Self {
            mean,
            // With equal weights the textbook's s²/n.
            standard_error: (values.len() > 1)
                .then(|| (squares / (n - 1.0) / (total * total / n)).sqrt()),
        }
    }
}

/// Real images and their labels (0 to 9, or [`crate::nn::unet::NO_CLASS`]), at least one. They go in groups
/// of 16; the last may be smaller, and counts for less.
#[derive(Debug, Clone, Copy)]
pub struct Probe<'a> {
    pub images: &'a [u8],
    pub labels: &'a [u8],
    /// Of t and ε.
    pub seed: u64,
}

/// One group under the network's eyes.
struct Group {
    number: u64,
    seed: u64,
    model: GuidedModel,
    /// [B, 1, 28, 28]
    x0: Tensor<4>,
    device: Device,
}

impl Probe<'_> {
    fn groups(&self, model: &Model) -> Result<Vec<Group>, String> {
        let device = model.context().device();
        self.images
            .chunks(GROUP * PIXELS)
            .zip(self.labels.chunks(GROUP))
            .zip(0..)
            .map(|((images, labels), number)| {
                let shape = [count(images), 1, SIZE, SIZE];
                Ok(Group {
                    number,
                    seed: self.seed,
                    model: GuidedModel::new(model.clone(), labels, 1.0)?,
                    x0: Tensor::from_data(TensorData::new(from_bytes(images), shape), device),
                    device: device.clone(),
                })
            })
            .collect()
    }
}

/// How much the groups count: a whole one 1.
fn weights(groups: &[Group]) -> Vec<f64> {
    let share = |group: &Group| group.x0.dims()[0] as f64 / GROUP as f64;
    groups.iter().map(share).collect()
}

impl Group {
    /// A t in `from` … `to` − 1, and what the network says of the group there; `draw` tells the draws of
    /// a group apart.
    fn ask(&self, draw: u64, from: usize, to: usize, alpha_bars: &[f64]) -> Asked {
        let mut stream = Stream::new(self.seed, Purpose::Evaluation, self.number | draw << 32);
        let t = from + stream.below((to - from) as u32) as usize;
        let mut eps = vec![0.0; self.x0.dims().iter().product()];
        stream.fill_gaussian(&mut eps);
        let eps = Tensor::from_data(TensorData::new(eps, self.x0.dims()), &self.device);
        let x_t = q_sample_at(self.x0.clone(), eps.clone(), alpha_bars[t]);
        Asked {
            t,
            guess: self.model.predict(x_t, t),
            eps,
        }
    }
}

struct Asked {
    t: usize,
    guess: ModelPrediction,
    eps: Tensor<4>,
}

/// E (ε − ε̂)² a pixel, for t in each tenth of 0 … T−1: one t and one ε a group and tenth.
///
/// # Errors
/// If a label is out of range, or the device does not give the numbers back; what `watch` says.
pub async fn eps_error(
    model: &Model,
    probe: Probe<'_>,
    mut watch: impl Progress,
) -> Result<[Estimate; TENTHS], String> {
    let alpha_bars = model.schedule.alpha_bars();
    let edge = |k: usize| k * alpha_bars.len() / TENTHS;
    let groups = probe.groups(model)?;
    let mut errors = vec![Vec::new(); TENTHS];
    for (done, group) in groups.iter().enumerate() {
        for (tenth, errors) in errors.iter_mut().enumerate() {
            let asked = group.ask(tenth as u64, edge(tenth), edge(tenth + 1), alpha_bars);
            let off = asked.guess.eps(alpha_bars[asked.t]) - asked.eps;
            let error = read((off.clone() * off).mean()).await?;
            errors.push(f64::from(error[0]));
            let part = (tenth + 1) as f64 / TENTHS as f64;
            watch((done as f64 + part) / groups.len() as f64).await?;
        }
    }
    let weights = weights(&groups);
    Ok(std::array::from_fn(|tenth| {
        Estimate::of(&errors[tenth], &weights)
    }))
}

/// The variational bound in bits a pixel, and its three parts (see [`VariationalBound`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BitsPerDim {
    pub variance_type: VarianceType,
    pub total: Estimate,
    /// L_T: what x_T still tells of the image.
    pub l_t: Estimate,
    /// Σ L_{t−1}.
    pub l: Estimate,
    /// L_0: from the last step to the grey levels.
    pub l_0: Estimate,
}

/// [`BitsPerDim`] for each of `variance_types`, with x̂₀ clipped as in the papers' figures, from the
/// same noise.
///
/// L_T and L_0 are computed as they are. Of the T − 1 terms between, each group has one drawn from each
/// of `strata` runs of t, weighted by the run's length: an unbiased estimate. The runs are short where t
/// is small, because the terms are large and differ most there (edges at T·(k/`strata`)²).
///
/// # Errors
/// As [`eps_error`].
pub async fn bound(
    model: &Model,
    variance_types: &[VarianceType],
    probe: Probe<'_>,
    strata: usize,
    mut watch: impl Progress,
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
    let groups = probe.groups(model)?;
    let mut parts = vec![[Vec::new(), Vec::new(), Vec::new(), Vec::new()]; bounds.len()];
    for (done, group) in groups.iter().enumerate() {
        // t = 0 first, then a t of each stratum.
        let runs = std::iter::once((0, 1)).chain(edges.windows(2).map(|e| (e[0], e[1])));
        let mut terms = vec![[0.0; 3]; bounds.len()];
        for (run, (from, to)) in runs.enumerate() {
            let draw = (TENTHS + run) as u64;
            let asked = group.ask(draw, from, to, alpha_bars);
            for (bound, terms) in bounds.iter().zip(&mut terms) {
                let term = bound.term(asked.t, group.x0.clone(), &asked.guess);
                let nats = f64::from(read(term.mean()).await?[0]);
                terms[if from == 0 { 2 } else { 1 }] += nats * (to - from) as f64;
            }
            let part = (run + 1) as f64 / edges.len() as f64;
            watch((done as f64 + part) / groups.len() as f64).await?;
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
        let [total, l_t, l, l_0] = [0, 1, 2, 3].map(|part| Estimate::of(&parts[part], &weights));
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

/// 1 … T − 1 cut into at most `strata` runs: their first t, and T at the end.
fn edges(timesteps: usize, strata: usize) -> Vec<usize> {
    let strata = strata.max(1);
    let mut edges: Vec<usize> = (0..=strata)
        .map(|k| {
            let share = k as f64 / strata as f64;
            ((timesteps as f64 * share * share).round() as usize).max(1)
        })
        .collect();
    edges.dedup();
    edges
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::evaluation::tests::cpu;
    use crate::nn::unet::{Preset, UNet};
    use crate::nn::var_builder::flat_tensor;
    use crate::training::TrainConfig;

    /// The tiny network with its first weights, which say ε̂ = 0 of everything.
    fn silent(timesteps: usize) -> Model {
        let unet = Preset::Tiny.config();
        let recipe = TrainConfig {
            timesteps: timesteps as u32,
            ..TrainConfig::default()
        };
        let initial = UNet::layout(&unet).initial(0);
        let runtime = crate::runtime::Runtime::cpu();
        let params = flat_tensor(&initial, runtime.device());
        recipe.model(&runtime, &unet, params)
    }

    /// Images whose pixels are all at −1 or all at 1.
    fn flat(images: usize) -> (Vec<u8>, Vec<u8>) {
        let image = |k: usize| vec![255 * (k % 2) as u8; PIXELS];
        ((0..images).flat_map(image).collect(), vec![10; images])
    }

    #[test]
    fn estimates_have_the_textbook_error() {
        let found = Estimate::of(&[1.0, 2.0, 3.0, 6.0], &[1.0; 4]);
        assert_eq!(found.mean, 3.0);
        let expected = (14.0f64 / 3.0 / 4.0).sqrt();
        assert!((found.standard_error.unwrap() - expected).abs() < 1e-12);
        assert_eq!(Estimate::of(&[7.0], &[0.5]).standard_error, None);
        // Whatever all count, it is nothing to the result.
        assert_eq!(Estimate::of(&[1.0, 2.0, 3.0, 6.0], &[0.25; 4]), found);
        assert_eq!(Estimate::of(&[1.0, 4.0], &[1.0, 0.5]).mean, 2.0);
    }

    /// Every image counts once, also those of a last group that is not whole.
    #[test]
    fn no_image_is_left_over() {
        let (mut images, labels) = flat(20);
        let (model, device) = (silent(20), cpu());
        // Of less brightness than the others: how much the last group counts is then seen.
        images[16 * PIXELS..].fill(128);
        let ask = |images: &[u8]| {
            let probe = Probe {
                images,
                labels: &labels,
                seed: 0,
            };
            let kinds = [VarianceType::FixedSmall];
            let found = bound(&model, &kinds, probe, 4, async |_| Ok(()));
            pollster::block_on(found).unwrap().remove(0)
        };
        let before = ask(&images);
        // What has nothing random in it is the mean over the images.
        let exact = VariationalBound {
            schedule: model.schedule.clone(),
            variance_type: VarianceType::FixedSmall,
            clip: Clip::Static,
        };
        let x0 = TensorData::new(from_bytes(&images), [20, 1, SIZE, SIZE]);
        let x0 = Tensor::from_data(x0, device.device());
        let nats: f32 = exact.prior(x0).mean().into_scalar();
        let off = before.l_t.mean / bits_per_dim(f64::from(nats), PIXELS) - 1.0;
        assert!(off.abs() < 1e-5, "off by {off} of itself");
        images[19 * PIXELS..].fill(255);
        let after = ask(&images);
        assert_ne!(before.l_t.mean, after.l_t.mean);
        assert_ne!(before.l.mean, after.l.mean);
    }

    #[test]
    fn every_t_has_its_stratum() {
        for (timesteps, strata) in [(1000, 40), (10, 40), (100, 1), (1000, 5000)] {
            let edges = edges(timesteps, strata);
            assert_eq!((edges[0], edges[edges.len() - 1]), (1, timesteps));
            assert!(edges.windows(2).all(|e| e[0] < e[1]), "{edges:?}");
            assert!(edges.len() <= strata + 1);
        }
    }

    /// ε̂ = 0 is off by E ε² = 1 at every t.
    #[test]
    fn a_network_that_says_nothing_is_off_by_one() {
        let (images, labels) = flat(48);
        let probe = Probe {
            images: &images,
            labels: &labels,
            seed: 0,
        };
        let errors = pollster::block_on(eps_error(&silent(100), probe, async |_| Ok(()))).unwrap();
        for error in errors {
            // 48·784 squares of variance 2.
            let bound = 5.0 * (2.0f64 / (48 * PIXELS) as f64).sqrt();
            assert!((error.mean - 1.0).abs() < bound, "{error:?}");
            assert!(error.standard_error.unwrap() < bound);
        }
    }

    /// With a stratum for each t nothing is left to chance but ε, and the sum is that of
    /// [`VariationalBound::evaluate`]; with few strata it is near.
    #[test]
    fn strata_add_up_to_the_bound() {
        let (model, timesteps) = (silent(20), 20);
        let (images, labels) = flat(32);
        let probe = Probe {
            images: &images,
            labels: &labels,
            seed: 1,
        };
        let kinds = [VarianceType::FixedSmall, VarianceType::FixedLarge];
        let estimate = |strata| {
            pollster::block_on(bound(&model, &kinds, probe, strata, async |_| Ok(()))).unwrap()
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
            let near = |found: f64, share: f64| {
                assert!(
                    (found / expected - 1.0).abs() < share,
                    "{found}, not {expected}, with T = {timesteps}"
                );
            };
            near(all.total.mean, 0.02);
            near(few.total.mean, 0.5);
            let parts = all.l_t.mean + all.l.mean + all.l_0.mean;
            assert!((all.total.mean - parts).abs() < 1e-9);
            assert_eq!(all.variance_type, variance_type);
        }
    }
}
