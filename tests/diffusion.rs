//! Predictions, losses, clipping, and the variational bound on data with a known likelihood.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::f64::consts::{LN_2, PI};

use burn::tensor::{Tensor, TensorData};
use ddpm::diffusion::schedule::{Schedule, ScheduleKind, Variance, VarianceType};
use ddpm::diffusion::{
    Clip, ModelPrediction, Prediction, ReverseStep, VariationalBound, VlbCoefficients,
    bits_per_dim, per_image, q_sample, q_sample_at, simple_loss, vlb_terms, weighted_loss,
};
use ddpm::runtime::Runtime;
use pollster::block_on;
use serde_json::Value;
use support::gaussian::{Gaussian, moments, noise};
use support::samplers::parse;
use support::{agreement, assert_close, cpu, ends_of, read};

fn values(tensor: Tensor<4>) -> Vec<f32> {
    block_on(read(tensor))
}

/// Each kind of prediction converted to each other, with another t for each image, against the definitions.
#[test]
fn predictions_are_converted_by_their_definitions() {
    let schedule = Schedule::linear(1000);
    let alpha_bars = [10, 400, 700].map(|t| schedule.alpha_bars()[t]);
    let device = cpu();
    let (x0, eps) = (noise(1, 3, &device).clamp(-1.0, 1.0), noise(2, 3, &device));
    let column = |f: &dyn Fn(f64) -> f64| per_image(alpha_bars.into_iter().map(f), &device);
    let x_t = q_sample(x0.clone(), eps.clone(), column(&|a| a));
    let v = eps.clone() * column(&f64::sqrt) - x0.clone() * column(&|a| (1.0 - a).sqrt());
    let outputs = [eps.clone(), x0.clone(), v];
    for (from, output) in Prediction::ALL.into_iter().zip(&outputs) {
        let target = from.target(x0.clone(), eps.clone(), &alpha_bars);
        assert_close("target", &values(target), &values(output.clone()), 1e-6);
        for (to, expected) in Prediction::ALL.into_iter().zip(&outputs) {
            let found = from.convert(to, output.clone(), x_t.clone(), &alpha_bars);
            let name = format!("{from:?} to {to:?}");
            assert_close(&name, &values(found), &values(expected.clone()), 2e-5);
        }
        let expected = -eps.clone() / column(&|a| (1.0 - a).sqrt());
        let score = from.score(output.clone(), x_t.clone(), &alpha_bars);
        assert_close("score", &values(score), &values(expected), 2e-5);
    }
}

/// One wrong prediction, expressed as ε̂, x̂₀ or v̂, has the same min-SNR loss in each form. With γ = ∞ the weight on ε̂
/// is 1.
#[test]
fn min_snr_loss_does_not_depend_on_the_form() {
    let device = cpu();
    let (x0, eps) = (noise(3, 4, &device), noise(4, 4, &device));
    let wrong = eps.clone() + noise(5, 4, &device) * 0.3;
    for alpha_bar in [0.999, 0.8, 0.3, 0.001] {
        let alpha_bars = [alpha_bar; 4];
        let snr = alpha_bar / (1.0 - alpha_bar);
        let x_t = q_sample_at(x0.clone(), eps.clone(), alpha_bar);
        let losses = Prediction::ALL.map(|to| {
            let output = Prediction::Epsilon.convert(to, wrong.clone(), x_t.clone(), &alpha_bars);
            let target = to.target(x0.clone(), eps.clone(), &alpha_bars);
            let weight = per_image([to.min_snr_weight(snr, 5.0); 4].into_iter(), &device);
            block_on(read(weighted_loss(output, target, weight)))[0]
        });
        for loss in losses {
            assert!((loss / losses[0] - 1.0).abs() < 1e-3, "{losses:?}");
        }
        assert_eq!(Prediction::Epsilon.min_snr_weight(snr, f64::INFINITY), 1.0);
    }
    assert_eq!(Prediction::Epsilon.min_snr_weight(0.0, 5.0), 1.0);
    let ones = per_image([1.0; 4].into_iter(), &device);
    let plain = block_on(read(simple_loss(wrong.clone(), eps.clone())));
    assert_eq!(block_on(read(weighted_loss(wrong, eps, ones))), plain);
}

/// Dynamic thresholding: the quantile agrees with that of the sorted values, also with equal values and at the ends.
#[test]
fn thresholds_are_quantiles() {
    let device = cpu();
    let mut images = values(noise(6, 3, &device) * 2.0);
    // Half of one image has the same value, so that neighbours in rank are equal.
    images[784..784 + 392].fill(1.5);
    let x0_hat = Tensor::<4>::from_data(TensorData::new(images.clone(), [3, 1, 28, 28]), &device);
    for percentile in [0.001, 0.3, 0.5, 0.9, 0.995, 1.0] {
        let found = values(Clip::Dynamic { percentile }.apply(x0_hat.clone()));
        for (image, found) in images.chunks(784).zip(found.chunks(784)) {
            let mut sorted: Vec<f32> = image.iter().map(|v| v.abs()).collect();
            sorted.sort_by(f32::total_cmp);
            let rank = percentile * 783.0;
            let (low, high) = (sorted[rank as usize], sorted[(rank.ceil()) as usize]);
            let s = (low + (high - low) * rank.fract() as f32).max(1.0);
            let expected: Vec<f32> = image.iter().map(|v| v.clamp(-s, s) / s).collect();
            assert_close(&format!("{percentile}"), found, &expected, 2e-6);
        }
    }
}

#[test]
fn decoder_agrees_with_pytorch() {
    block_on(agreement::decoder_agrees(&Runtime::cpu()));
}

fn bound(data: &Gaussian, variance_type: VarianceType) -> VariationalBound {
    VariationalBound {
        schedule: data.schedule.clone(),
        variance_type,
        clip: Clip::None,
    }
}

/// Rounds to the nearest of the grey levels 1 to 254, whose bins are bounded on both sides.
fn to_levels(x0: Tensor<4>) -> Tensor<4> {
    ((x0 + 1.0) * 127.5).round().clamp(1.0, 254.0) / 127.5 - 1.0
}

/// −ln of the probability that N(mean, std²) gives to the bins of an image's pixels, for each image of `x0`: `[B]`. The
/// integral over a bin of width w is the density times w·(1 + (z²−1)·w²/24·std²) to fourth order.
fn true_nll(data: &Gaussian, x0: Tensor<4>) -> Tensor<1> {
    let width = 2.0 / 255.0 / data.std;
    let z = (x0 - data.mean) / data.std;
    let square = z.clone() * z;
    let ln_p = square.clone() * -0.5 + (width.ln() - 0.5 * (2.0 * PI).ln());
    (-(ln_p + (square - 1.0) * (width * width / 24.0))).sum_dims_squeeze(&[1, 2, 3])
}

/// The gap between the bound and the true −ln p(x_0), in bits for each pixel: the mean over images and its standard
/// error.
fn gap(data: &Gaussian, variance_type: VarianceType, images: usize) -> (f64, f64) {
    let device = cpu();
    let x0 = to_levels(noise(1, images, &device) * data.std + data.mean);
    let terms = bound(data, variance_type).evaluate(&data.eps_hat(), &x0, &|t| {
        noise(100 + t as u64, images, &device)
    });
    let (mean, _, error) = block_on(moments(terms.total() - true_nll(data, x0)));
    (bits_per_dim(mean, 784), bits_per_dim(error, 784))
}

/// For N(0, 1) data the bound is known. The time reversal of the forward process is a Gaussian of variance β_t about the
/// posterior's mean at the best x̂₀, and x_T is N(0, 1). With `fixed_large` the reverse process equals that reversal, so the
/// bound equals −ln p(x_0) for each x_0 and any number of steps. Grey levels of width w in place of real numbers cost
/// ¼·(w²/12β_1)² for each pixel, here 1e-8.
#[test]
fn bound_is_exact_for_standard_gaussian_data() {
    let data = Gaussian {
        mean: 0.0,
        std: 1.0,
        schedule: Schedule::new(ScheduleKind::Cosine, 10, false),
    };
    let (difference, error) = gap(&data, VarianceType::FixedLarge, 100);
    assert!(error < 0.005, "{error}");
    assert!(
        difference.abs() < 4.0 * error,
        "off by {difference} ± {error} bits"
    );
    // With the other variance the bound is not tight.
    let (difference, error) = gap(&data, VarianceType::FixedSmall, 20);
    assert!(
        difference > 0.1 && difference > 10.0 * error,
        "above by {difference} ± {error}"
    );
}

/// For other Gaussian data the true reverse step has another variance than β_t. The relative difference goes to 0 with β,
/// so the bound approaches −ln p(x_0) as T grows.
#[test]
fn bound_becomes_tight_as_steps_grow() {
    let gaps = [10, 40, 160, 640].map(|timesteps| {
        let data = Gaussian {
            mean: 0.1,
            std: 0.2,
            schedule: Schedule::new(ScheduleKind::Cosine, timesteps, false),
        };
        gap(&data, VarianceType::FixedLarge, 20)
    });
    for pair in gaps.windows(2) {
        assert!(pair[1].0 < 0.6 * pair[0].0, "{gaps:?}");
    }
    let (last, error) = gaps[3];
    assert!(last > -4.0 * error && last < 0.03, "{gaps:?}");
}

/// Each L_{t−1} and L_T against its expectation over x_0 and x_t, which has a formula for Gaussian data: L_{t−1} = ½(ln
/// σ²/β̃ + β̃/σ² − 1) + c²·Var(x_0|x_t)/2σ², where c is the posterior's factor of x_0.
#[test]
fn terms_agree_with_their_expectations() {
    const IMAGES: usize = 30;
    let data = Gaussian {
        mean: 0.2,
        std: 0.5,
        schedule: Schedule::linear(40),
    };
    let device = cpu();
    let x0 = noise(1, IMAGES, &device) * data.std + data.mean;
    let check = |name: String, terms: Tensor<1>, expected: f64| {
        let (mean, _, error) = block_on(moments(terms / 784.0));
        let off = (mean - expected).abs();
        assert!(off < 5.0 * error + 1e-6, "{name}: {mean}, not {expected}");
    };
    for variance_type in [VarianceType::FixedSmall, VarianceType::FixedLarge] {
        let terms = bound(&data, variance_type).evaluate(&data.eps_hat(), &x0, &|t| {
            noise(200 + t as u64, IMAGES, &device)
        });
        assert_eq!(terms.l.len(), 39);
        for (t, term) in (1..).zip(terms.l) {
            let posterior = data.schedule.posterior(t, Some(t - 1));
            let Variance::Fixed(variance) = posterior.variance(variance_type) else {
                panic!("{variance_type} is learned");
            };
            let ratio = posterior.beta_tilde / variance;
            let expected = 0.5 * (ratio - 1.0 - ratio.ln())
                + 0.5 * posterior.x0.powi(2) * data.posterior_variance(t) / variance;
            check(format!("{variance_type:?} t = {t}"), term, expected);
        }
        let alpha_bar = data.schedule.alpha_bars()[39];
        let second = data.std.powi(2) + data.mean.powi(2);
        let expected = 0.5 * (alpha_bar * (second - 1.0) - (1.0 - alpha_bar).ln());
        check("L_T".into(), terms.l_t, expected);
    }
    assert_eq!(bits_per_dim(784.0 * LN_2, 784), 1.0);
}

/// A case of `tests/golden/bound_terms.json`: a few images at one t, and their terms of the bound.
#[derive(serde::Deserialize)]
struct TermCase {
    variance_type: VarianceType,
    prediction: Prediction,
    schedule: ScheduleKind,
    timesteps: usize,
    /// The first and the last β, or for `log_snr` ln SNR.
    ends: [f64; 2],
    t: usize,
    x0: Vec<f32>,
    eps: Vec<f32>,
    x_t: Vec<f32>,
    output: Vec<f32>,
    /// The second channel of a network's output.
    variance: Vec<f32>,
    /// The terms in nats, one for each image.
    terms: Vec<f64>,
}

impl TermCase {
    /// The bound with x̂₀ as it is.
    fn bound(&self) -> VariationalBound {
        let ends = ends_of(self.schedule, self.ends);
        VariationalBound {
            schedule: Schedule::with_ends(self.schedule, self.timesteps, false, &ends),
            variance_type: self.variance_type,
            clip: Clip::None,
        }
    }
}

/// With a learned variance, the bound of an evaluation and the loss of training, which is in bits for each of T steps, have
/// the terms of Bayes' rule and of the Gaussian divergence in numpy: at the decoder's step, at the next, in the middle and at T.
#[test]
fn terms_with_a_learned_variance_agree_with_numpy() {
    let device = cpu();
    let golden: Value = parse(include_str!("golden/bound_terms.json"));
    let shape: [usize; 4] = serde_json::from_value(golden["shape"].clone()).unwrap();
    let cases: Vec<TermCase> = serde_json::from_value(golden["cases"].clone()).unwrap();
    assert_eq!(cases.len(), 2 * 4);
    let [images, _, height, width] = shape;
    for case in cases {
        let tensor = |values: &[f32]| {
            Tensor::<4>::from_data(TensorData::new(values.to_vec(), shape), &device)
        };
        let (bound, t) = (case.bound(), case.t);
        let (x0, x_t) = (tensor(&case.x0), tensor(&case.x_t));
        let (output, variance) = (tensor(&case.output), tensor(&case.variance));
        let assert_terms = |what: &str, found: Tensor<1>| {
            let found = block_on(read(found));
            assert_eq!(found.len(), case.terms.len());
            for (found, expected) in found.into_iter().zip(&case.terms) {
                let error = (f64::from(found) / expected - 1.0).abs();
                assert!(
                    error < 2e-4,
                    "{what}, {} at t = {t}: {found}, not {expected}",
                    case.variance_type
                );
            }
        };

        let alpha_bars = vec![bound.schedule.alpha_bars()[t]; images];
        let eps = tensor(&case.eps);
        let target = case.prediction.target(x0.clone(), eps, &alpha_bars);
        let numbers =
            VlbCoefficients::new(&bound.schedule, case.variance_type, case.prediction, t, 1.0)
                .numbers();
        let coefficients = TensorData::new(numbers.repeat(images), [images, numbers.len()]);
        let bits = vlb_terms(
            output.clone(),
            Some(variance.clone()),
            target,
            x_t.clone(),
            Tensor::from_data(coefficients, &device),
        );
        let nats_for_bits = (height * width) as f64 * LN_2 / case.timesteps as f64;
        assert_terms("training", bits * nats_for_bits);

        let prediction = ModelPrediction {
            x_t,
            output,
            variance: Some(variance),
            prediction: case.prediction,
        };
        assert_terms("evaluation", bound.term(t, x0, &prediction));
    }
}

/// The x̂₀ of a right prediction is the image itself, clipped if the step clips.
#[test]
fn the_x0_of_a_prediction_is_clipped() {
    let device = cpu();
    let (x0, eps) = (noise(7, 1, &device), noise(8, 1, &device));
    let prediction = ModelPrediction {
        x_t: q_sample_at(x0.clone(), eps, 0.4),
        output: x0.clone(),
        variance: None,
        prediction: Prediction::X0,
    };
    let step = ReverseStep::to_x0(Prediction::X0, 0.4);
    let (clipped, _) = step.apply(prediction, Clip::Static, None, || unreachable!());
    assert_eq!(values(clipped), values(x0.clamp(-1.0, 1.0)));
}
