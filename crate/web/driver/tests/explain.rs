//! Questions about one image: the answers against formulas written down here once more, and against `crate::diffusion`.

use burn::tensor::TensorData;

use super::*;
use crate::diffusion::schedule::{Schedule, VarianceType};
use crate::diffusion::{Clip, Prediction, VariationalBound, bits_per_dim};
use crate::images::from_bytes;
use crate::nn::unet::NO_CLASS;
use crate::ops::{Gaussians, gaussian};
use crate::rng::Purpose;
use crate::samplers::GuidedModel;
use crate::web::protocol::{
    Answer, ExplainOptions, NoisyImage, PixelStepOptions, Question, Step, StepNumbers, Terms,
};

/// A grey slope with a white bar: pixels of many values, both ends included.
pub(super) fn image() -> Vec<u8> {
    let pixel = |at: usize| match at % SIZE {
        12..16 => 255,
        column => (column * 9) as u8,
    };
    (0..PIXELS).map(pixel).collect()
}

pub(super) fn noisy(t: u32) -> NoisyImage {
    NoisyImage {
        image: image(),
        seed: 3,
        t,
    }
}

/// The answer to a question, which is all that comes of it.
pub(super) fn asked(page: &Page, question: Question) -> Answer {
    finish(page.begin(Command::Explain(ExplainOptions { id: 5, question })));
    match &page.events()[..] {
        [Event::Explained(explained)] => {
            assert_eq!(explained.id, 5);
            explained.answer.clone()
        }
        other => panic!("{other:?}"),
    }
}

pub(super) fn refused(page: &Page, question: Question) -> String {
    match asked(page, question) {
        Answer::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

pub(super) fn close(found: impl Into<f64>, expected: f64, bound: f64) {
    let found = found.into();
    assert!((found - expected).abs() < bound, "{found}, not {expected}");
}

/// Those of [`weights_file`].
fn schedule() -> Schedule {
    Schedule::linear(20)
}

#[test]
fn an_image_is_forgotten_step_by_step_and_in_one_jump() {
    let page = Page::with_weights();
    let pixel = 13;
    let question = Question::Forgetting {
        noisy: noisy(11),
        pixel,
    };
    let Answer::Forgetting(found) = asked(&page, question) else {
        panic!("another answer");
    };
    let schedule = schedule();
    let alpha_bar: f64 = (0..12).map(|t| 1.0 - schedule.betas()[t]).product();
    close(found.level.alpha_bar, alpha_bar, 1e-12);
    let x0 = from_bytes(&image());
    for (at, &x_t) in found.x_t.iter().enumerate() {
        let expected = alpha_bar.sqrt() * f64::from(x0[at])
            + (1.0 - alpha_bar).sqrt() * f64::from(found.eps[at]);
        close(x_t, expected, 1e-5);
    }
    // x_0 and one pixel after each of twelve steps.
    assert_eq!(found.path.len(), 13);
    close(found.path[0], 1.0, 1e-6);
    close(found.path[12], f64::from(found.chain[pixel as usize]), 1e-6);
    let beta = schedule.betas()[11];
    let last = (1.0 - beta).sqrt() * f64::from(found.path[11]) + beta.sqrt() * f64::from(found.z);
    close(found.path[12], last, 1e-5);
    close(
        found.means[12],
        alpha_bar.sqrt() * f64::from(found.path[0]),
        1e-9,
    );
    close(
        found.upper[12] - found.lower[12],
        2.0 * (1.0 - alpha_bar).sqrt(),
        1e-9,
    );
    assert_ne!(found.chain, found.x_t, "the chain has noise of its own");
    // Both are draws from one Gaussian: the noise in each has variance 1 − ᾱ; 784 pixels, five standard errors.
    for x_t in [&found.chain, &found.x_t] {
        let noise = |at: usize| f64::from(x_t[at]) - alpha_bar.sqrt() * f64::from(x0[at]);
        let variance = (0..PIXELS).map(|at| noise(at).powi(2)).sum::<f64>() / PIXELS as f64;
        let relative = variance / (1.0 - alpha_bar) - 1.0;
        assert!(
            relative.abs() < 5.0 * (2.0 / PIXELS as f64).sqrt(),
            "{relative}"
        );
    }
    for counts in [&found.histogram.jump, &found.histogram.chain] {
        assert_eq!(counts.iter().sum::<u32>() as usize, PIXELS);
    }
    let gaussian: f64 = found.histogram.gaussian.iter().sum();
    close(gaussian, PIXELS as f64, 0.1);
    let mean = found.x_t.iter().map(|&v| f64::from(v)).sum::<f64>() / PIXELS as f64;
    close(found.histogram.moments[0], mean, 1e-9);
}

#[test]
fn every_schedule_has_the_same_noise() {
    let page = Page::with_weights();
    let question = Question::Schedules {
        noisy: noisy(19),
        rescale: true,
    };
    let Answer::Schedules(found) = asked(&page, question) else {
        panic!("another answer");
    };
    let Answer::Curves(curves) = asked(&page, Question::Curves { rescale: true }) else {
        panic!("another answer");
    };
    assert_eq!((found.samples.len(), curves.len()), (5, 5));
    for (sample, curve) in found.samples.iter().zip(&curves) {
        assert_eq!(sample.kind, curve.kind);
        assert_eq!(curve.levels.len(), 20);
        assert_eq!(curve.levels[19], sample.level);
        close(sample.level.alpha_bar, 0.0, 1e-12);
        // Nothing of the image is left, so all are ε itself.
        close(sample.x_t[100], f64::from(found.eps[100]), 1e-6);
    }
}

#[test]
fn what_the_network_says_is_the_same_as_noise_as_image_and_as_velocity() {
    let page = Page::with_weights();
    let question = Question::Predict {
        noisy: noisy(9),
        class: Some(4),
    };
    let Answer::Predicted(found) = asked(&page, question) else {
        panic!("another answer");
    };
    assert_eq!(found.prediction, Prediction::Epsilon);
    let (a, s) = (found.level.signal, found.level.noise);
    let x0 = from_bytes(&image());
    let mut squares = [0.0; 3];
    for at in 0..PIXELS {
        let of = |values: &[f32]| f64::from(values[at]);
        let (x_t, eps_hat) = (of(&found.x_t), of(&found.eps_hat));
        close(of(&found.x0_hat), (x_t - s * eps_hat) / a, 1e-4);
        close(of(&found.v_hat), a * eps_hat - s * of(&found.x0_hat), 1e-4);
        close(
            of(&found.v),
            a * of(&found.eps) - s * f64::from(x0[at]),
            1e-5,
        );
        squares[0] += (of(&found.eps) - eps_hat).powi(2);
        squares[1] += (f64::from(x0[at]) - of(&found.x0_hat)).powi(2);
        squares[2] += (of(&found.v) - of(&found.v_hat)).powi(2);
    }
    let [eps, x0, v] = squares.map(|sum| sum / PIXELS as f64);
    close(found.errors.eps / eps, 1.0, 1e-4);
    close(found.errors.x0 / x0, 1.0, 1e-4);
    close(found.errors.v / v, 1.0, 1e-4);
}

fn step(page: &Page, t: u32, x_t: Vec<f32>, stride: u32, clip: bool) -> Step {
    let question = Question::Step {
        noisy: noisy(t),
        x_t,
        stride,
        class: None,
        variance_type: VarianceType::FixedLarge,
        clip,
    };
    match asked(page, question) {
        Answer::Step(step) => step,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_step_back_is_the_sum_of_its_parts() {
    let page = Page::with_weights();
    let schedule = schedule();
    let mut x_t = Vec::new();
    for (t, stride, prev) in [(19, 10, Some(9)), (9, 1, Some(8)), (8, 10, None)] {
        let found = step(&page, t, x_t.clone(), stride, true);
        assert_eq!(found.prev, prev);
        if !x_t.is_empty() {
            assert_eq!(found.x_t, x_t, "a step goes on from the one before");
        }
        let c = found.coefficients;
        let alpha_bar = schedule.alpha_bars()[t as usize];
        let before = prev.map_or(1.0, |prev| schedule.alpha_bars()[prev as usize]);
        let beta = 1.0 - alpha_bar / before;
        close(c.x0, before.sqrt() * beta / (1.0 - alpha_bar), 1e-9);
        close(
            c.x_t,
            (1.0 - beta).sqrt() * (1.0 - before) / (1.0 - alpha_bar),
            1e-9,
        );
        let sigma = if prev.is_some() { beta.sqrt() } else { 0.0 };
        close(c.sigma.unwrap(), sigma, 1e-9);
        for at in [0, 13, 300, 783] {
            let of = |values: &[f32]| f64::from(values[at]);
            close(of(&found.x0_used), of(&found.x0_hat).clamp(-1.0, 1.0), 1e-6);
            let mean = c.x0 * of(&found.x0_used) + c.x_t * of(&found.x_t);
            close(of(&found.mean), mean, 1e-5);
            close(of(&found.x_prev), mean + sigma * of(&found.z), 1e-5);
        }
        x_t = found.x_prev;
    }
    let free = step(&page, 19, Vec::new(), 1, false);
    assert_eq!(free.x0_used, free.x0_hat);
    assert!(free.x0_hat.iter().any(|value| value.abs() > 1.0));
}

fn pixel_step(page: &Page, options: PixelStepOptions) -> StepNumbers {
    match asked(page, Question::PixelStep(options)) {
        Answer::PixelStep(numbers) => numbers,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_arithmetic_of_one_pixel() {
    let page = Page::with_weights();
    let options = PixelStepOptions {
        x_t: 0.4,
        eps_hat: 0.3,
        z: 0.1,
        alpha_bar: 0.5,
        beta: 0.01,
        variance_type: VarianceType::FixedLarge,
        clip: false,
    };
    let found = pixel_step(&page, options);
    // (0.4 − 0.01/√0.5·0.3)/√0.99 + √0.01·0.1
    let mean = (0.4 - 0.01 / 0.5f64.sqrt() * 0.3) / 0.99f64.sqrt();
    close(found.mean_by_eps, mean, 1e-6);
    close(found.mean, mean, 1e-6);
    close(found.x_prev, 0.408, 5e-4);
    close(
        found.x0_hat,
        (0.4 - 0.5f64.sqrt() * 0.3) / 0.5f64.sqrt(),
        1e-6,
    );
    // Clipping bites where x̂₀ is outside, and only the mean by x̂₀ knows of it.
    let far = pixel_step(
        &page,
        PixelStepOptions {
            x_t: 1.5,
            clip: true,
            ..options
        },
    );
    close(far.x0_used, 1.0, 1e-6);
    assert!(far.x0_hat > 1.5 && far.mean < far.mean_by_eps);
    for (wrong, named) in [
        (
            PixelStepOptions {
                x_t: f64::NAN,
                ..options
            },
            "x_t",
        ),
        (
            PixelStepOptions {
                beta: 1.0,
                ..options
            },
            "β",
        ),
        (
            PixelStepOptions {
                alpha_bar: 0.995,
                ..options
            },
            "ᾱ",
        ),
        (
            PixelStepOptions {
                variance_type: VarianceType::Learned,
                ..options
            },
            "variance",
        ),
    ] {
        let why = refused(&page, Question::PixelStep(wrong));
        assert!(why.contains(named), "{why}");
    }
}

fn terms(page: &Page, times: Vec<u32>) -> Terms {
    let question = Question::Terms {
        image: image(),
        seed: 3,
        times,
        class: None,
        variance_type: VarianceType::FixedSmall,
        pixel: 20,
    };
    match asked(page, question) {
        Answer::Terms(terms) => terms,
        other => panic!("{other:?}"),
    }
}

/// All terms, asked for in parts, add up to the bound as [`VariationalBound::evaluate`] has it.
#[test]
fn the_terms_add_up_to_the_bound() {
    let page = Page::with_weights();
    let parts = [
        terms(&page, (0..7).collect()),
        terms(&page, (7..20).rev().collect()),
    ];
    let bits: f64 = parts
        .iter()
        .flat_map(|part| &part.terms)
        .map(|term| term.bits)
        .sum();
    let weights = page.driver.weights_in_use().unwrap();
    let runtime = Runtime::cpu();
    let model = weights.model(&runtime);
    let noise = Gaussians {
        seed: 3,
        purpose: Purpose::Explanation,
        first: 0,
        used: 0,
    };
    let bound = VariationalBound {
        schedule: model.schedule.clone(),
        variance_type: VarianceType::FixedSmall,
        clip: Clip::Static,
    };
    let x0 = TensorData::new(from_bytes(&image()), [1, 1, SIZE, SIZE]);
    let x0 = Tensor::from_data(x0, runtime.device());
    let eps = |_| gaussian(runtime.context(), noise, [1, 1, SIZE, SIZE]);
    let denoiser = GuidedModel::new(model, &[NO_CLASS], 1.0).unwrap();
    let nats: f32 = bound.evaluate(&denoiser, &x0, &eps).total().into_scalar();
    let expected = bits_per_dim(f64::from(nats), PIXELS);
    close((bits + parts[0].l_t) / expected, 1.0, 1e-4);
    for part in &parts {
        for term in &part.terms {
            let pixel = term.pixel;
            if term.level.t == 0 {
                assert!(term.weight.is_none() && pixel.nats > 0.0);
                continue;
            }
            let ratio = pixel.beta_tilde / pixel.variance;
            close(ratio, 1.0, 1e-5);
            let error = pixel.x0_factor * (pixel.x0 - pixel.x0_hat);
            close(
                pixel.nats,
                0.5 * error.powi(2) / pixel.variance,
                1e-3 * pixel.nats.abs().max(0.1),
            );
            // Without clipping the term would be the weight times the error of ε̂.
            let simple = term.weight.unwrap() * term.errors.eps * PIXELS as f64;
            assert!(bits_per_dim(simple, PIXELS) > 0.9 * term.bits);
        }
    }
}

/// A question changes nothing: it is answered while a generation is under way, which goes on to the same digits.
#[test]
fn questions_are_answered_beside_a_generation() {
    let page = Page::with_weights();
    finish(page.begin(Command::Generate(draw())));
    let (alone, _) = fingerprint(&page.events());
    let mut run = page.begin(Command::Generate(draw()));
    assert!(!poll(&mut run));
    page.events();
    let question = Question::Predict {
        noisy: noisy(9),
        class: None,
    };
    assert!(matches!(asked(&page, question), Answer::Predicted(_)));
    finish(run);
    assert_eq!(fingerprint(&page.events()).0, alone);
}

#[test]
fn what_cannot_be_answered_is_said() {
    let empty = Page::open_quietly();
    let question = || Question::Forgetting {
        noisy: noisy(3),
        pixel: 0,
    };
    assert!(refused(&empty, question()).contains("no weights"));
    let page = Page::with_weights();
    assert!(matches!(asked(&page, Question::Images), Answer::Images(it) if it.labels.is_empty()));
    let (images, labels) = digits(12);
    page.driver.load_data(&images, &labels, "digits");
    page.events();
    match asked(&page, Question::Images) {
        Answer::Images(it) => {
            assert_eq!(it.labels, (0..10).collect::<Vec<u8>>());
            assert_eq!(it.pixels, images[16..][..10 * PIXELS]);
        }
        other => panic!("{other:?}"),
    }
    let why = refused(
        &page,
        Question::Forgetting {
            noisy: noisy(20),
            pixel: 0,
        },
    );
    assert!(why.contains("at most 19"), "{why}");
    let why = refused(
        &page,
        Question::Forgetting {
            noisy: noisy(3),
            pixel: 784,
        },
    );
    assert!(why.contains("783"), "{why}");
    let short = NoisyImage {
        image: vec![0; 3],
        ..noisy(3)
    };
    let why = refused(
        &page,
        Question::Predict {
            noisy: short,
            class: None,
        },
    );
    assert!(why.contains("784"), "{why}");
    let why = refused(
        &page,
        Question::Predict {
            noisy: noisy(3),
            class: Some(10),
        },
    );
    assert!(why.contains("class 10"), "{why}");
    let learned = Question::Terms {
        image: image(),
        seed: 0,
        times: vec![1],
        class: None,
        variance_type: VarianceType::LearnedRange,
        pixel: 0,
    };
    assert!(refused(&page, learned).contains("variance"));
}
