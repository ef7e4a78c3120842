//! The schedule's tables, the spacings, q_sample and the reverse step, compared with numpy and diffusers.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use burn::tensor::{Tensor, TensorData};
use ddpm::diffusion::schedule::{Ends, Posterior, Schedule, ScheduleKind, Spacing, Variance};
use ddpm::diffusion::{Clip, ModelPrediction, Prediction, ReverseStep, q_sample};
use ddpm::rng::{Purpose, Stream};
use ddpm::samplers::{Ddpm, Sampler, VarianceType};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::Value;
use support::samplers::parse;
use support::{Golden, assert_close, cpu, ends_of, read};

/// The relative difference of `a` from `b`.
fn relative(a: f64, b: f64) -> f64 {
    if a == b {
        0.0
    } else {
        (a - b).abs() / b.abs().max(f64::MIN_POSITIVE)
    }
}

/// The largest relative error of β and ᾱ, and of the posterior where its table has the same rounding.
const ROUNDING: f64 = 1e-12;

/// Compares each column of a table: β and ᾱ to [`ROUNDING`], the posterior to `of_posterior`.
fn assert_table(name: &str, schedule: &Schedule, table: &Value, of_posterior: f64) {
    let number = |column: &str, row: usize| table[column][row].as_f64().unwrap();
    for (row, t) in table["index"].as_array().unwrap().iter().enumerate() {
        let t = t.as_u64().unwrap() as usize;
        let posterior = schedule.posterior(t, t.checked_sub(1));
        for (column, found, bound) in [
            ("betas", schedule.betas()[t], ROUNDING),
            ("alphas_cumprod", schedule.alpha_bars()[t], ROUNDING),
            ("posterior_variance", posterior.beta_tilde, of_posterior),
            ("posterior_mean_coef1", posterior.x0, of_posterior),
            ("posterior_mean_coef2", posterior.x_t, of_posterior),
        ] {
            let error = relative(found, number(column, row));
            assert!(
                error < bound,
                "{name} {column} at t = {t}: off by {error:e}"
            );
        }
    }
}

/// The linear schedule at every t.
#[test]
fn linear_tables_agree_with_numpy() {
    let golden: Value = parse(include_str!("golden/schedule.json"));
    for timesteps in [10, 1000, 4000] {
        let table = &golden[format!("linear_{timesteps}")];
        assert_table("linear", &Schedule::linear(timesteps), table, ROUNDING);
    }
}

/// Every schedule that diffusers has, all but `log_snr`, with and without rescaling to zero terminal SNR, with the default ends.
#[test]
fn tables_agree_with_diffusers() {
    let golden: Value = parse(include_str!("golden/schedules.json"));
    let tables = golden["tables"].as_object().unwrap();
    assert_eq!(tables.len(), (ScheduleKind::ALL.len() - 1) * 2 * 3);
    for (name, table) in tables {
        let kind = table["kind"].as_str().unwrap().parse().unwrap();
        let timesteps = table["timesteps"].as_u64().unwrap() as usize;
        let rescale = table["rescale"].as_bool().unwrap();
        assert_table(
            name,
            &Schedule::new(kind, timesteps, rescale),
            table,
            ROUNDING,
        );
    }
}

/// Linear and scaled linear schedules with other ends than the default ones, and `log_snr` with two pairs of ends, one of them
/// that of Kingma et al. 2021, against tables with 50 digits.
#[test]
fn tables_with_other_ends_agree_with_exact_arithmetic() {
    let golden: Value = parse(include_str!("golden/schedule_ends.json"));
    let tables = golden["tables"].as_array().unwrap();
    assert_eq!(tables.len(), 3 * 2 * 2);
    for table in tables {
        let kind: ScheduleKind = table["kind"].as_str().unwrap().parse().unwrap();
        let timesteps = table["timesteps"].as_u64().unwrap() as usize;
        let [first, last] = [0, 1].map(|end| table["ends"][end].as_f64().unwrap());
        // `log_snr` begins with so little noise that 1 − ᾱ has only ten digits in 64 bits, and the posterior no more.
        let of_posterior = match kind {
            ScheduleKind::LogSnr => 1e-9,
            _ => ROUNDING,
        };
        let schedule = Schedule::with_ends(kind, timesteps, false, &ends_of(kind, [first, last]));
        let name = format!("{kind} from {first} to {last}, T = {timesteps}");
        assert_table(&name, &schedule, table, of_posterior);
    }
}

/// A schedule has the same name in JSON, in code and on the command line.
#[test]
fn schedule_names() {
    for kind in ScheduleKind::ALL {
        let json = serde_json::to_value(kind).unwrap();
        assert_eq!(json, kind.name());
        assert_eq!(kind.name().parse(), Ok(kind));
        let clap = clap::ValueEnum::to_possible_value(&kind).unwrap();
        assert_eq!(clap.get_name(), kind.name());
    }
    assert!("squared".parse::<ScheduleKind>().is_err());
}

/// The steps of diffusers' DDPMScheduler in the fixture, from the same ε̂ and the same noise.
#[test]
fn steps_agree_with_diffusers() {
    let cases: Value = parse(include_str!("golden/ddpm_steps.json"));
    let golden = Golden::read(include_bytes!("golden/ddpm_steps.safetensors"));
    let device = cpu();
    let schedule = Schedule::linear(1000);
    let cases = cases["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 38);
    for case in cases {
        let key = case["key"].as_str().unwrap();
        let t = case["t"].as_u64().unwrap() as usize;
        let prev = case["prev_t"]
            .as_i64()
            .and_then(|t| usize::try_from(t).ok());
        let variance = match case["variance_type"].as_str().unwrap() {
            "fixed_small" => VarianceType::FixedSmall,
            "fixed_large" => VarianceType::FixedLarge,
            "learned" => VarianceType::Learned,
            "learned_range" => VarianceType::LearnedRange,
            other => panic!("{other}"),
        };
        let timesteps = [Some(t), prev].into_iter().flatten().collect();
        let sampler = Ddpm::new(&schedule, timesteps, variance, true);
        let tensor = |name: &str| golden.tensor::<4>(&format!("{key}.{name}"), &device);
        let prediction = ModelPrediction {
            x_t: tensor("x_t"),
            output: tensor("model_output"),
            variance: variance.is_learned().then(|| tensor("model_variance")),
            prediction: Prediction::Epsilon,
        };
        let x0_hat = prediction.x0(schedule.alpha_bar(Some(t)));
        let found = sampler.step(0, prediction, None, &|| tensor("noise")).x;
        // In one case diffusers adds noise to the finished image. The paper does not, so the mean is compared.
        let expected = if case["noise_though_last"].as_bool().unwrap() {
            "mean"
        } else {
            "prev_sample"
        };
        let expected = golden.values(&format!("{key}.{expected}"));
        assert_close(key, &block_on(read(found)), expected, 1e-5);

        let x0_hat = Clip::Static.apply(x0_hat);
        let expected = golden.values(&format!("{key}.pred_original_sample"));
        // x̂₀ is x_t divided by √ᾱ_t, which is as small as 0.006 and enlarges rounding errors alike.
        let bound = 1e-5f64.max(5e-7 / schedule.alpha_bar(Some(t)).sqrt());
        assert_close(key, &block_on(read(x0_hat)), expected, bound as f32);
    }
}

fn one(value: f32) -> Tensor<4> {
    Tensor::from_data(TensorData::new(vec![value], [1, 1, 1, 1]), &cpu())
}

fn value(tensor: Tensor<4>) -> f64 {
    f64::from(block_on(read(tensor))[0])
}

/// Numbers that can be computed by hand.
#[test]
fn numbers_computed_by_hand() {
    let close = |found: f64, expected: f64, bound: f64| {
        assert!((found - expected).abs() < bound, "{found}, not {expected}");
    };
    // One forward step q(x_1|x_0) with a pixel of 0.8 and β = 0.01. ε = 0 gives the mean, ε = 1 adds σ.
    let mean = value(q_sample(one(0.8), one(0.0), one(0.99)));
    close(mean, 0.796, 5e-5);
    close(
        value(q_sample(one(0.8), one(1.0), one(0.99))) - mean,
        0.1,
        1e-6,
    );

    close(value(q_sample(one(0.8), one(0.3), one(0.5))), 0.778, 5e-4);

    // α = 0.99, ᾱ_t = 0.5, ᾱ_prev = 0.5/0.99 = 0.505.
    let posterior = Posterior::between(0.5, 0.5 / 0.99);
    close(posterior.beta, 0.01, 1e-12);
    close(posterior.x0, 0.0142, 5e-5);
    close(posterior.x_t, 0.985, 5e-4);
    let mean = |step: ReverseStep, prediction, output, x_t| {
        let prediction = ModelPrediction {
            x_t: one(x_t),
            output: one(output),
            variance: None,
            prediction,
        };
        value(
            step.apply(prediction, Clip::Static, None, || one(f32::NAN))
                .0,
        )
    };
    let step = ReverseStep::posterior(Prediction::X0, 0.5, &posterior);
    close(mean(step, Prediction::X0, 0.8, 0.6), 0.602, 5e-4);

    // The same step from x_t = 0.4, ε̂ = 0.3 with z = 0.1 and σ² = β:
    // (0.4 − 0.01/√0.5·0.3)/√0.99 + 0.1·0.1 = 0.39775 + 0.01.
    let Variance::Fixed(variance) = posterior.variance(VarianceType::FixedLarge) else {
        panic!("a fixed variance");
    };
    let sigma = variance.sqrt();
    let step = ReverseStep {
        z: sigma,
        ..ReverseStep::posterior_by_eps(Prediction::Epsilon, 0.5, posterior.beta)
    };
    let prediction = ModelPrediction {
        x_t: one(0.4),
        output: one(0.3),
        variance: None,
        prediction: Prediction::Epsilon,
    };
    let x = step.apply(prediction, Clip::None, None, || one(0.1)).0;
    close(value(x), 0.408, 5e-4);
}

/// The two ways to the posterior's mean, through x̂₀ and directly from ε̂.
#[test]
fn both_means_are_equal_without_clipping() {
    let values = |seed| {
        let mut values = vec![0.0; 784];
        Stream::new(seed, Purpose::Training, 0).fill_gaussian(&mut values);
        Tensor::<4>::from_data(TensorData::new(values, [1, 1, 28, 28]), &cpu())
    };
    let schedule = Schedule::linear(1000);
    for (t, prev) in [(999, Some(998)), (500, Some(400)), (1, Some(0)), (0, None)] {
        let (x_t, eps_hat) = (values(1), values(2));
        let alpha_bar = schedule.alpha_bars()[t];
        let posterior = schedule.posterior(t, prev);
        let prediction = ModelPrediction {
            x_t,
            output: eps_hat,
            variance: None,
            prediction: Prediction::Epsilon,
        };
        let steps = [
            ReverseStep::posterior(prediction.prediction, alpha_bar, &posterior),
            ReverseStep::posterior_by_eps(prediction.prediction, alpha_bar, posterior.beta),
        ];
        let [through_x0, direct] = steps.map(|step| {
            step.apply(prediction.clone(), Clip::None, None, || unreachable!())
                .0
        });
        let (through_x0, direct) = (block_on(read(through_x0)), block_on(read(direct)));
        assert_close(&format!("t = {t}"), &through_x0, &direct, 1e-5);
    }
}

/// Over many draws, x_t has the mean √ᾱ·x_0 and the variance 1 − ᾱ.
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

/// Each image of a batch has its own t, so its own noise level.
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
    fn schedule_identities(
        kind in proptest::sample::select(&ScheduleKind::ALL),
        timesteps in 10usize..=4000,
        fraction in 0.0f64..1.0,
        rescale: bool,
    ) {
        let schedule = Schedule::new(kind, timesteps, rescale);
        prop_assert_eq!(schedule.timesteps(), timesteps);
        prop_assert_eq!(rescale, schedule.alpha_bars()[timesteps - 1] == 0.0);
        let t = ((timesteps - 1) as f64 * fraction) as usize;
        let prev = t.checked_sub(1);
        let (here, before) = (schedule.alpha_bar(Some(t)), schedule.alpha_bar(prev));
        prop_assert!(0.0 < here && here < before && before <= 1.0);
        prop_assert!(relative(here, before * (1.0 - schedule.betas()[t])) < 1e-14);
        let posterior = schedule.posterior(t, prev);
        prop_assert!(0.0 <= posterior.beta_tilde && posterior.beta_tilde <= posterior.beta);
        // For x_t = √ᾱ·x_0, its mean given x_0, the posterior's mean of x_prev is the forward process's mean √ᾱ_prev·x_0.
        let expected = before.sqrt();
        prop_assert!(relative(posterior.x0 + posterior.x_t * here.sqrt(), expected) < 1e-9);
        // The law of total variance: Var(x_prev | x_0) = 1 − ᾱ_prev.
        let total = posterior.beta_tilde + posterior.x_t.powi(2) * (1.0 - here);
        prop_assert!((total - (1.0 - before)).abs() < 1e-12);
    }

    /// A subset begins at T − 1 and, with more than one step, ends at 0.
    #[test]
    fn subsets(timesteps in 10usize..=4000, steps in 1usize..5000) {
        let subset = Schedule::linear(timesteps).subset(steps);
        prop_assert_eq!(subset[0], timesteps - 1);
        prop_assert!(subset.len() == 1 || *subset.last().unwrap() == 0);
    }

    /// Every spacing gives the requested number of steps, or all T if that is fewer, and they fall strictly.
    #[test]
    fn spacings(timesteps in 10usize..=4000, steps in 1usize..5000) {
        for spacing in [Spacing::Linspace, Spacing::Leading, Spacing::Trailing] {
            for found in [
                spacing.timesteps(timesteps, steps),
                spacing.timesteps_above_zero(timesteps, steps),
            ] {
                prop_assert_eq!(found.len(), steps.min(timesteps));
                prop_assert!(found[0] < timesteps);
                prop_assert!(found.windows(2).all(|pair| pair[0] > pair[1]));
                prop_assert!(spacing == Spacing::Leading || found[0] == timesteps - 1);
            }
        }
    }
}

/// The curves that the page plots of a schedule agree with its tables.
#[test]
fn curves() {
    let schedule = Schedule::new(ScheduleKind::Cosine, 100, false);
    let curves = schedule.curves();
    for t in 0..100 {
        let alpha_bar = curves.alpha_bar[t];
        assert_eq!(alpha_bar, schedule.alpha_bars()[t]);
        assert!((curves.signal[t].powi(2) + curves.noise[t].powi(2) - 1.0).abs() < 1e-15);
        assert!(relative(curves.snr[t], (curves.signal[t] / curves.noise[t]).powi(2)) < 1e-12);
    }
}

/// The three spacings give the same timesteps as diffusers.
#[test]
fn spacings_agree_with_diffusers() {
    let cases: Value = parse(include_str!("golden/ddpm_steps.json"));
    for (name, spacing) in [
        ("linspace", Spacing::Linspace),
        ("leading", Spacing::Leading),
        ("trailing", Spacing::Trailing),
    ] {
        let expected: Vec<usize> =
            serde_json::from_value(cases["timesteps_50"][name].clone()).unwrap();
        assert_eq!(spacing.timesteps(1000, 50), expected);
    }
}

/// `log_snr` falls linearly in ln SNR from end to end, and schedules in β run from the one given β to the other. Stable
/// Diffusion's schedule ends at the ᾱ that diffusers has for it (`StableDiffusionPipeline`'s scheduler, in f32:
/// 0.0046600951).
#[test]
fn schedules_run_from_end_to_end() {
    let ends = Ends {
        log_snr_max: 12.0,
        log_snr_min: -8.0,
        beta_start: 0.00085,
        beta_end: 0.012,
    };
    for timesteps in [10, 1000] {
        let schedule = Schedule::with_ends(ScheduleKind::LogSnr, timesteps, false, &ends);
        for t in 0..timesteps {
            let expected = 12.0 - 20.0 * t as f64 / (timesteps - 1) as f64;
            let found = schedule.snr(t).ln();
            assert!(
                (found - expected).abs() < 1e-8,
                "{t}: {found}, not {expected}"
            );
            assert!(schedule.betas()[t] > 0.0 && schedule.betas()[t] < 1.0);
        }
    }
    for kind in [ScheduleKind::Linear, ScheduleKind::ScaledLinear] {
        let betas = Schedule::with_ends(kind, 1000, false, &ends)
            .betas()
            .to_vec();
        assert!((betas[0] - 0.00085).abs() < 1e-12 && (betas[999] - 0.012).abs() < 1e-12);
    }
    let sigmoid = Schedule::with_ends(ScheduleKind::Sigmoid, 1000, false, &ends);
    assert!(
        sigmoid
            .betas()
            .iter()
            .all(|beta| (0.00085..0.012).contains(beta))
    );
    let stable_diffusion = Schedule::with_ends(ScheduleKind::ScaledLinear, 1000, false, &ends);
    let last = stable_diffusion.alpha_bars()[999];
    assert!((last / 0.0046600951 - 1.0).abs() < 1e-4, "{last}");
}
