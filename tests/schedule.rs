//! The schedule's tables and the reverse step against numpy and diffusers.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use burn::tensor::{Tensor, TensorData};
use ddpm::device::cpu;
use ddpm::noise::{Purpose, Stream};
use ddpm::process::{posterior_mean, predict_x0, q_sample};
use ddpm::sampler::{Ddpm, Sampler, VarianceType};
use ddpm::schedule::{Posterior, Schedule};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::Value;
use support::{Golden, assert_close, read};

fn relative(a: f64, b: f64) -> f64 {
    if a == b {
        0.0
    } else {
        (a - b).abs() / b.abs().max(f64::MIN_POSITIVE)
    }
}

#[test]
fn tables_agree_with_numpy() {
    let golden: Value =
        serde_json::from_str(include_str!("golden/schedule.json")).expect("the fixture is JSON");
    for key in ["linear_10", "linear_1000", "linear_4000"] {
        let table = &golden[key];
        let schedule = Schedule::linear(table["timesteps"].as_u64().unwrap() as usize);
        let column = |name: &str| table[name].as_array().unwrap().iter();
        let columns = column("betas")
            .zip(column("alphas_cumprod"))
            .zip(column("posterior_variance"))
            .zip(column("posterior_mean_coef1"))
            .zip(column("posterior_mean_coef2"));
        for (t, ((((beta, alpha_bar), variance), coef1), coef2)) in column("index").zip(columns) {
            let t = t.as_u64().unwrap() as usize;
            let posterior = schedule.posterior(t, t.checked_sub(1));
            for (name, found, expected) in [
                ("beta", schedule.betas()[t], beta),
                ("alpha_bar", schedule.alpha_bars()[t], alpha_bar),
                ("variance", posterior.beta_tilde, variance),
                ("coef x0", posterior.x0, coef1),
                ("coef x_t", posterior.x_t, coef2),
            ] {
                let off = relative(found, expected.as_f64().unwrap());
                assert!(off < 1e-12, "{key} {name} at t = {t}: off by {off:e}");
            }
        }
    }
}

/// Every step that diffusers' DDPMScheduler takes in the fixture, from the same ε̂ and noise.
#[test]
fn steps_agree_with_diffusers() {
    let cases: Value =
        serde_json::from_str(include_str!("golden/ddpm_steps.json")).expect("the fixture is JSON");
    let golden = Golden::read(include_bytes!("golden/ddpm_steps.safetensors"));
    let device = cpu();
    let schedule = Schedule::linear(1000);
    let cases = cases["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 26);
    for case in cases {
        let key = case["key"].as_str().unwrap();
        let t = case["t"].as_u64().unwrap() as usize;
        let prev = case["prev_t"]
            .as_i64()
            .and_then(|t| usize::try_from(t).ok());
        let variance = match case["variance_type"].as_str().unwrap() {
            "fixed_small" => VarianceType::FixedSmall,
            "fixed_large" => VarianceType::FixedLarge,
            other => panic!("{other}"),
        };
        let timesteps = [Some(t), prev].into_iter().flatten().collect();
        let sampler = Ddpm::new(&schedule, timesteps, variance, true);
        let tensor = |name: &str| golden.tensor::<4>(&format!("{key}.{name}"), &device);
        let found = sampler.step(0, tensor("x_t"), tensor("model_output"), &|| {
            tensor("noise")
        });
        // diffusers adds noise to the finished image in one case; the paper does not.
        let expected = if case["noise_though_last"].as_bool().unwrap() {
            "mean"
        } else {
            "prev_sample"
        };
        let expected = golden.values(&format!("{key}.{expected}"));
        assert_close(key, &block_on(read(found)), expected, 1e-5);

        let alpha_bar = schedule.alpha_bar(Some(t));
        let x0_hat = predict_x0(tensor("x_t"), tensor("model_output"), alpha_bar).clamp(-1.0, 1.0);
        let expected = golden.values(&format!("{key}.pred_original_sample"));
        assert_close(key, &block_on(read(x0_hat)), expected, 1e-4);
    }
}

fn one(value: f32) -> Tensor<4> {
    Tensor::from_data(TensorData::new(vec![value], [1, 1, 1, 1]), &cpu())
}

fn value(tensor: Tensor<4>) -> f64 {
    f64::from(block_on(read(tensor))[0])
}

/// Numbers that can be worked out by hand.
#[test]
fn worked_numbers() {
    let x_t = q_sample(one(0.8), one(0.3), one(0.5));
    assert!((value(x_t) - 0.778).abs() < 5e-4);

    let posterior = Posterior::between(0.5, 0.5 / 0.99);
    assert!((posterior.beta - 0.01).abs() < 1e-12);
    assert!((posterior.x0 - 0.0142).abs() < 5e-5);
    assert!((posterior.x_t - 0.985).abs() < 5e-4);
    assert!((value(posterior_mean(one(0.8), one(0.6), &posterior)) - 0.602).abs() < 5e-4);
}

/// Mean √ᾱ·x_0 and variance 1 − ᾱ over many draws.
#[test]
fn q_sample_moments() {
    const N: usize = 100_000;
    let schedule = Schedule::linear(1000);
    for t in [0, 250, 999] {
        let alpha_bar = schedule.alpha_bars()[t];
        let mut eps = vec![0.0; N];
        Stream::new(1, Purpose::Training, t as u64).fill_gaussian(&mut eps);
        let shape = [N, 1, 1, 1];
        let x_t = q_sample(
            Tensor::full(shape, 0.7, &cpu()),
            Tensor::from_data(TensorData::new(eps, shape), &cpu()),
            Tensor::full(shape, alpha_bar, &cpu()),
        );
        let values = block_on(read(x_t));
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / N as f64;
        let variance = values
            .iter()
            .map(|&v| (f64::from(v) - mean).powi(2))
            .sum::<f64>()
            / N as f64;
        let n = N as f64;
        // Five standard errors.
        let sigma = (1.0 - alpha_bar).sqrt();
        assert!((mean - alpha_bar.sqrt() * 0.7).abs() < 5.0 * sigma / n.sqrt());
        assert!((variance / (1.0 - alpha_bar) - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
    }
}

/// One image in the batch per t: each gets its own share of noise.
#[test]
fn q_sample_takes_a_t_for_each_image() {
    let values = |v: Vec<f32>| {
        let shape = [v.len(), 1, 1, 1];
        Tensor::<4>::from_data(TensorData::new(v, shape), &cpu())
    };
    let x_t = q_sample(
        values(vec![1.0, 1.0, -0.5]),
        values(vec![2.0, 2.0, 1.0]),
        values(vec![1.0, 0.0, 0.25]),
    );
    let expected = [1.0, 2.0, -0.25 + 0.75f32.sqrt()];
    assert_close("x_t", &block_on(read(x_t)), &expected, 1e-6);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// ᾱ falls, stays in (0, 1), and is the product of its alphas; β̃ < β.
    #[test]
    fn schedule_identities(timesteps in 10usize..=4000, share in 0.0f64..1.0) {
        let schedule = Schedule::linear(timesteps);
        prop_assert_eq!(schedule.timesteps(), timesteps);
        let t = ((timesteps - 1) as f64 * share) as usize;
        let prev = t.checked_sub(1);
        let (here, before) = (schedule.alpha_bar(Some(t)), schedule.alpha_bar(prev));
        prop_assert!(0.0 < here && here < before && before <= 1.0);
        prop_assert!(relative(here, before * (1.0 - schedule.betas()[t])) < 1e-14);
        let posterior = schedule.posterior(t, prev);
        prop_assert!(0.0 <= posterior.beta_tilde && posterior.beta_tilde <= posterior.beta);
        // Bayes: the posterior of x_prev given x_t and x_0 has the mean that the forward process
        // has when x_t lies where x_0 says it should be on average.
        let expected = before.sqrt();
        prop_assert!(relative(posterior.x0 + posterior.x_t * here.sqrt(), expected) < 1e-9);
        // And variances add up: Var(x_prev | x_0) = 1 − ᾱ_prev.
        let total = posterior.beta_tilde + posterior.x_t.powi(2) * (1.0 - here);
        prop_assert!((total - (1.0 - before)).abs() < 1e-12);
    }

    /// A subset falls strictly, begins at T − 1 and, with more than one step, ends at 0.
    #[test]
    fn subsets(timesteps in 10usize..=4000, steps in 1usize..5000) {
        let subset = Schedule::linear(timesteps).subset(steps);
        prop_assert_eq!(subset.len(), steps.min(timesteps));
        prop_assert_eq!(subset[0], timesteps - 1);
        prop_assert!(subset.windows(2).all(|pair| pair[0] > pair[1]));
        prop_assert!(subset.len() == 1 || *subset.last().unwrap() == 0);
    }
}

/// The same timesteps as diffusers' "linspace" spacing.
#[test]
fn subset_is_linspace() {
    let cases: Value =
        serde_json::from_str(include_str!("golden/ddpm_steps.json")).expect("the fixture is JSON");
    let expected: Vec<usize> = cases["timesteps_50"]["linspace"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t.as_u64().unwrap() as usize)
        .collect();
    assert_eq!(Schedule::linear(1000).subset(50), expected);
}
