//! Figures with 95 % confidence intervals, by the bootstrap (Efron 1979, "Bootstrap methods: another look at the jackknife").
//!
//! A resample draws as many images as there are, with replacement, from the images that were measured. The figure is
//! computed anew from each of many resamples, and how far it moves among them shows how far another set of images would
//! have moved it. The interval is the range of the middle 95 %, moved so that the mean of the resamples lies at the figure
//! itself: a Fréchet distance rises with every resample, because images that occur twice say less than two different ones,
//! and that rise is not uncertainty. What every set of this size has in common, for instance the upward bias of the Fréchet
//! distance, is no part of the interval.

use serde::{Deserialize, Serialize};

use crate::rng::{Purpose, Stream};

/// The number of resamples of a figure that is quickly computed, as a mean is.
pub const RESAMPLES: u64 = 1_000;
/// The seed of all resamples, so that the same images have the same interval.
const SEED: u64 = 0;

/// A figure with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(all(test, not(target_arch = "wasm32")), ts(rename = "Figure"))]
pub struct Estimate {
    /// The figure, from the images that were measured.
    pub value: f64,
    /// The two ends of its 95 % confidence interval; `None` where resamples say nothing: for a figure of a single image, for
    /// the smallest of many numbers, and for a figure that was not measured here.
    pub interval: Option<[f64; 2]>,
}

impl Estimate {
    /// A figure without an interval.
    pub fn exact(value: f64) -> Self {
        Self {
            value,
            interval: None,
        }
    }

    /// The figure `value` with the interval that the same figure of `resamples` shows. The order of these is lost.
    pub fn from_resamples(value: f64, mut resamples: Vec<f64>) -> Self {
        if resamples.len() < 2 {
            return Self::exact(value);
        }
        resamples.sort_unstable_by(f64::total_cmp);
        let mean = resamples.iter().sum::<f64>() / resamples.len() as f64;
        let last = (resamples.len() - 1) as f64;
        let end = |share: f64| value + resamples[(share * last).round() as usize] - mean;
        Self {
            value,
            interval: Some([end(0.025), end(0.975)]),
        }
    }

    /// The same figure with the part of its interval that lies in `least` … `most`, where alone the figure can be.
    #[must_use]
    pub fn within(self, least: f64, most: f64) -> Self {
        Self {
            interval: self
                .interval
                .map(|ends| ends.map(|end| end.clamp(least, most))),
            ..self
        }
    }

    /// The figures that `statistics` computes from the number of times that each of `count` images occurs. Figures of the same
    /// images are best computed together, because making the resamples takes most of the time.
    pub fn of<const K: usize>(count: usize, statistics: impl Fn(&[u32]) -> [f64; K]) -> [Self; K] {
        let values = statistics(&vec![1; count]);
        if count < 2 {
            return values.map(Self::exact);
        }
        let mut resamples = [const { Vec::new() }; K];
        for number in 0..RESAMPLES {
            let found = statistics(&resample(count, number));
            for (resamples, value) in resamples.iter_mut().zip(found) {
                resamples.push(value);
            }
        }
        let mut resamples = resamples.into_iter();
        values.map(|value| Self::from_resamples(value, resamples.next().expect("K of them")))
    }

    /// The mean of `values`, at least one, each counted with its weight.
    ///
    /// # Panics
    /// If the two differ in length.
    pub fn weighted_mean(values: &[f64], weights: &[f64]) -> Self {
        assert_eq!(values.len(), weights.len(), "a weight for each value");
        let mean = |counts: &[u32]| {
            let (mut sum, mut total) = (0.0, 0.0);
            for ((value, weight), &count) in values.iter().zip(weights).zip(counts) {
                let weight = weight * f64::from(count);
                sum += weight * value;
                total += weight;
            }
            [sum / total]
        };
        let [mean] = Self::of(values.len(), mean);
        mean
    }

    /// The share of the images for which `found` is true, 0 to 1; at least one image.
    pub fn share(found: impl IntoIterator<Item = bool>) -> Self {
        let found: Vec<f64> = found.into_iter().map(f64::from).collect();
        Self::weighted_mean(&found, &vec![1.0; found.len()]).within(0.0, 1.0)
    }

    /// This figure divided by `other`, an independent one. The relative half-widths of the two intervals add up as
    /// independent errors do, by their squares.
    pub fn ratio(&self, other: &Self) -> Self {
        let value = self.value / other.value;
        let (Some(own), Some(others)) = (self.interval, other.interval) else {
            return Self::exact(value);
        };
        let width = |from: f64, to: f64, of: f64| (to - from) / of;
        let below =
            width(own[0], self.value, self.value).hypot(width(other.value, others[1], other.value));
        let above =
            width(self.value, own[1], self.value).hypot(width(others[0], other.value, other.value));
        Self {
            value,
            interval: Some([value * (1.0 - below), value * (1.0 + above)]),
        }
    }
}

/// The resample with this number: how often each of `count` images occurs in it, together `count` times.
pub fn resample(count: usize, number: u64) -> Vec<u32> {
    let mut stream = Stream::new(SEED, Purpose::Resampling, number);
    let mut counts = vec![0; count];
    for _ in 0..count {
        counts[stream.below(count as u32) as usize] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For a mean, theory knows the width: 1.96 standard errors to either side.
    #[test]
    fn a_means_interval_is_that_of_the_textbook() {
        let mut values = vec![0.0f32; 400];
        Stream::new(3, Purpose::Init, 0).fill_gaussian(&mut values);
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let found = Estimate::weighted_mean(&values, &[1.0; 400]);
        let [low, high] = found.interval.unwrap();
        let error = 1.96 * (1.0f64 / 400.0).sqrt();
        for (end, expected) in [(found.value - low, error), (high - found.value, error)] {
            assert!((end / expected - 1.0).abs() < 0.15, "{end}, {expected}");
        }
        // A factor common to all weights changes nothing.
        assert_eq!(
            Estimate::weighted_mean(&[1.0, 2.0, 6.0], &[0.25; 3]),
            Estimate::weighted_mean(&[1.0, 2.0, 6.0], &[1.0; 3])
        );
        assert_eq!(Estimate::weighted_mean(&[1.0, 4.0], &[1.0, 0.5]).value, 2.0);
    }

    #[test]
    fn a_share_has_the_interval_of_a_binomial_distribution() {
        let found = Estimate::share((0..1000).map(|image| image % 10 != 0));
        assert_eq!(found.value, 0.9);
        let [low, high] = found.interval.unwrap();
        let half = 1.96 * (0.9f64 * 0.1 / 1000.0).sqrt();
        assert!(((high - low) / (2.0 * half) - 1.0).abs() < 0.1, "{found:?}");
        // A resample of images that all have the property has it throughout, so the interval has no width.
        assert_eq!(Estimate::share([true; 5]).interval, Some([1.0, 1.0]));
        assert_eq!(Estimate::share([true]).interval, None);
    }

    /// The interval lies around the figure, however far the resamples lie on one side of it.
    #[test]
    fn a_bias_of_the_resamples_does_not_move_the_interval() {
        let resamples = (0..=100).map(|k| 7.0 + f64::from(k) / 100.0).collect();
        let found = Estimate::from_resamples(2.0, resamples);
        let [low, high] = found.interval.unwrap();
        assert!((low - 1.52).abs() < 0.011 && (high - 2.48).abs() < 0.011);
    }

    #[test]
    fn a_ratio_has_the_errors_of_both() {
        let figure = |value, low, high| Estimate {
            value,
            interval: Some([low, high]),
        };
        let found = figure(2.0, 1.4, 2.6).ratio(&figure(4.0, 2.4, 5.6));
        let [low, high] = found.interval.unwrap();
        assert_eq!(found.value, 0.5);
        assert!((low - 0.25).abs() < 1e-12 && (high - 0.75).abs() < 1e-12);
    }

    #[test]
    fn a_resample_has_as_many_images() {
        let counts = resample(1000, 3);
        assert_eq!(counts.iter().sum::<u32>(), 1000);
        assert_ne!(counts, resample(1000, 4));
        // 1/e of the images are in no resample of this size.
        let absent = counts.iter().filter(|&&count| count == 0).count();
        assert!((320..420).contains(&absent), "{absent}");
    }
}
