//! The samplers against diffusers, and what can be said of them without.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use burn::tensor::Tensor;
use ddpm::diffusion::schedule::{Schedule, ScheduleKind};
use ddpm::diffusion::{Denoiser, Prediction};
use ddpm::nn::unet::NO_CLASS;
use ddpm::runtime::Runtime;
use ddpm::samplers::{
    GuidedModel, SampleNoise, SamplerConfig, SamplerKind, Sampling, VarianceType,
};
use pollster::block_on;
use support::gaussian::{Gaussian, moments, noise};
use support::{assert_close, difference, read, runs, samplers};

#[test]
fn spacings_agree_with_diffusers() {
    samplers::spacings_agree();
}

#[test]
fn steps_agree_with_diffusers() {
    block_on(samplers::steps_agree(|_| true, &Runtime::cpu()));
}

#[test]
fn trajectories_agree_with_diffusers() {
    block_on(samplers::trajectories_agree(&Runtime::cpu()));
}

/// The names in files, on the command line and in the page. Those in files stay.
#[test]
fn sampler_names() {
    let name = |kind: SamplerKind| {
        let clap = clap::ValueEnum::to_possible_value(&kind).unwrap();
        let name = clap.get_name().to_owned();
        assert_eq!(serde_json::to_value(kind).unwrap(), name);
        name
    };
    let names = SamplerKind::ALL.map(name);
    assert_eq!(names[..4], ["ddpm", "ddim", "dpm++2m", "langevin"]);
}

#[test]
fn numbers_out_of_range_are_refused() {
    let fine = SamplerConfig::default();
    assert_eq!(fine.validate(100), Ok(()));
    assert!(fine.validate(99).is_err());
    let bad = |change: &dyn Fn(&mut SamplerConfig)| {
        let mut config = fine.clone();
        change(&mut config);
        assert!(config.validate(100).is_err(), "{config:?}");
    };
    bad(&|c| c.steps = 0);
    bad(&|c| c.eta = 1.1);
    bad(&|c| c.eta = f64::NAN);
    bad(&|c| c.threshold_percentile = 0.0);
    bad(&|c| c.langevin_inner = 0);
    bad(&|c| c.langevin_step_size = 2.5);
}

/// `images` drawn by a sampler for Gaussian data, and the x_T they were drawn from.
fn draw(data: &Gaussian, config: &SamplerConfig, images: usize) -> (Tensor<4>, Tensor<4>) {
    let names = SampleNoise { seed: 3, first: 0 };
    let runtime = Runtime::cpu();
    let ctx = runtime.context();
    let x_t = names.start(ctx, images);
    let sampler = config.build(&data.schedule);
    let mut sampling = Sampling::run(ctx, Box::new(data.eps_hat()), sampler, x_t.clone(), names);
    assert_eq!(sampling.steps(), config.steps as usize);
    while sampling.step().is_some() {}
    (sampling.images().clone(), x_t)
}

fn unclipped(kind: SamplerKind, steps: u32) -> SamplerConfig {
    SamplerConfig {
        kind,
        steps,
        clip: false,
        ..SamplerConfig::default()
    }
}

fn data() -> Gaussian {
    Gaussian {
        mean: 0.3,
        std: 0.4,
        schedule: Schedule::linear(1000),
    }
}

/// With the best ε̂ every sampler draws what the data is. The bounds are those of the steps' size:
/// `fixed_small` and the solver's last step, from t = 40 to the image, narrow a little; Langevin
/// widens.
#[test]
fn samplers_draw_the_data() {
    let large = SamplerConfig {
        variance_type: VarianceType::FixedLarge,
        ..unclipped(SamplerKind::Ddpm, 250)
    };
    let noisy = SamplerConfig {
        eta: 1.0,
        ..unclipped(SamplerKind::Ddim, 250)
    };
    for (config, bound) in [
        (unclipped(SamplerKind::Ddpm, 250), 0.05),
        (large, 0.03),
        (unclipped(SamplerKind::Ddim, 250), 0.01),
        (noisy, 0.05),
        (unclipped(SamplerKind::DpmSolverPp2m, 25), 0.05),
        (unclipped(SamplerKind::Langevin, 500), 0.05),
    ] {
        let (mean, std, _) = block_on(moments(draw(&data(), &config, 16).0));
        assert!((mean - 0.3).abs() < 0.02, "{config:?}: mean {mean}");
        assert!((std / 0.4 - 1.0).abs() < bound, "{config:?}: std {std}");
    }
}

/// How far a draw without noise ends from where the probability-flow ODE leads.
fn off_flow(kind: SamplerKind, steps: u32) -> f32 {
    let (drawn, x_t) = draw(&data(), &unclipped(kind, steps), 2);
    let (drawn, x_t) = (block_on(read(drawn)), block_on(read(x_t)));
    let flow: Vec<f32> = x_t.iter().map(|&x| data().flow(x) as f32).collect();
    difference(&drawn, &flow)
}

/// Both solvers go to where the ODE leads, DDIM in proportion to the step, DPM-Solver++ 2M faster than
/// that and with a fraction of the steps.
#[test]
fn solvers_follow_the_flow() {
    let [ddim, ddim_twice] = [40, 80].map(|steps| off_flow(SamplerKind::Ddim, steps));
    let [dpm, dpm_twice] = [40, 80].map(|steps| off_flow(SamplerKind::DpmSolverPp2m, steps));
    let message = format!("{ddim} {ddim_twice} {dpm} {dpm_twice}");
    assert!((1.6..2.6).contains(&(ddim / ddim_twice)), "{message}");
    assert!(dpm / dpm_twice > 3.0, "{message}");
    assert!(dpm < 0.2 * ddim, "{message}");
}

/// DDIM with η = 1 is DDPM with `fixed_small`, as long as nothing is clipped.
#[test]
fn ddim_with_all_noise_is_ddpm() {
    let noisy = SamplerConfig {
        eta: 1.0,
        ..unclipped(SamplerKind::Ddim, 30)
    };
    let ddim = block_on(read(draw(&data(), &noisy, 2).0));
    let ddpm = block_on(read(draw(&data(), &unclipped(SamplerKind::Ddpm, 30), 2).0));
    assert_close("x_0", &ddim, &ddpm, 1e-4);
}

/// A schedule that ends without signal, and a network that says v: every sampler gives numbers.
#[test]
fn zero_terminal_snr() {
    let mut data = data();
    data.schedule = Schedule::new(ScheduleKind::Linear, 1000, true);
    struct V(Gaussian);
    impl Denoiser for V {
        fn prediction(&self) -> Prediction {
            Prediction::V
        }
        // E[v | x_t] = √ᾱ·E[ε | x_t] − √(1−ᾱ)·E[x_0 | x_t]; by x_t alone, to do without 1/√ᾱ.
        fn output(&self, x_t: Tensor<4>, t: usize) -> Tensor<4> {
            let alpha_bar = self.0.schedule.alpha_bars()[t];
            let (a, s) = (alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt());
            let gain = a * self.0.std.powi(2) / (alpha_bar * self.0.std.powi(2) + s * s);
            let eps_hat = (self.0.eps_hat())(x_t.clone(), t);
            let x0_hat = (x_t - a * self.0.mean) * gain + self.0.mean;
            eps_hat * a - x0_hat * s
        }
    }
    for kind in SamplerKind::ALL {
        let sampler = unclipped(kind, 250).build(&data.schedule);
        let names = SampleNoise { seed: 1, first: 0 };
        let runtime = Runtime::cpu();
        let ctx = runtime.context();
        let start = names.start(ctx, 8);
        let mut sampling = Sampling::run(ctx, Box::new(V(data.clone())), sampler, start, names);
        while sampling.step().is_some() {}
        let (mean, std, _) = block_on(moments(sampling.images().clone()));
        assert!((mean - 0.3).abs() < 0.03, "{kind:?}: mean {mean}");
        assert!((std / 0.4 - 1.0).abs() < 0.2, "{kind:?}: std {std}");
    }
}

/// Guidance against both branches asked one by one.
#[test]
fn guidance_mixes_two_branches() {
    let runtime = Runtime::cpu();
    let device = runtime.device().clone();
    let model = runs::untrained(&runtime);
    let x_t = noise(1, 3, &device);
    let none = [NO_CLASS as u8; 3];
    let ask = |labels: &[u8], cfg_scale| {
        let model = GuidedModel::new(model.clone(), labels, cfg_scale).unwrap();
        block_on(read(model.output(x_t.clone(), 50)))
    };
    let labels = [3, 1, NO_CLASS as u8];
    let (with, without) = (ask(&labels, 1.0), ask(&none, 1.0));
    assert!(difference(&with, &without) > 1e-3);
    assert_eq!(ask(&labels, 0.0), without);
    assert_eq!(ask(&none, 5.0), without);
    for cfg_scale in [0.5, 3.0, 8.0] {
        let expected: Vec<f32> = with
            .iter()
            .zip(&without)
            .map(|(with, without)| without + cfg_scale * (with - without))
            .collect();
        let found = ask(&labels, f64::from(cfg_scale));
        assert_close(&format!("scale {cfg_scale}"), &found, &expected, 1e-5);
    }
    for (labels, cfg_scale) in [(&labels, 8.1), (&labels, -1.0), (&labels, f64::NAN)] {
        assert!(GuidedModel::new(model.clone(), labels, cfg_scale).is_err());
    }
    assert!(GuidedModel::new(model, &[11], 1.0).is_err());
}
