//! The samplers against diffusers, and what can be said of them without.

#![cfg(not(target_arch = "wasm32"))]

#[path = "samplers/guidance.rs"]
mod guidance;
mod support;

use burn::tensor::Tensor;
use ddpm::diffusion::schedule::{Schedule, ScheduleKind, Spacing};
use ddpm::diffusion::{Denoiser, Prediction};
use ddpm::runtime::Runtime;
use ddpm::samplers::{
    Heun, SampleNoise, Sampler, SamplerConfig, SamplerKind, Sampling, VarianceType,
};
use pollster::block_on;
use support::gaussian::{Gaussian, moments, noise};
use support::{assert_close, cpu, difference, frames, read, samplers};

/// On the CPU a draw takes the very passes that are taken here by hand.
#[test]
fn frames_are_kept() {
    block_on(frames::frames_are_kept(&Runtime::cpu(), &Runtime::cpu(), 0));
    block_on(frames::frames_are_bounded(
        &Runtime::cpu(),
        &Runtime::cpu(),
        0,
    ));
}

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
    assert_eq!(names[..5], ["ddpm", "ddim", "dpm++2m", "langevin", "heun"]);
}

#[test]
fn numbers_out_of_range_are_refused() {
    let fine = SamplerConfig::default();
    assert_eq!(fine.validate(100, VarianceType::FixedSmall), Ok(()));
    assert!(fine.validate(99, VarianceType::FixedSmall).is_err());
    let bad = |change: &dyn Fn(&mut SamplerConfig)| {
        let mut config = fine.clone();
        change(&mut config);
        assert!(
            config.validate(100, VarianceType::FixedSmall).is_err(),
            "{config:?}"
        );
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
    let sampler = config.build(&data.schedule);
    assert_eq!(sampler.timesteps().len(), config.steps as usize);
    draw_by(data, sampler, images)
}

fn draw_by(data: &Gaussian, sampler: Box<dyn Sampler>, images: usize) -> (Tensor<4>, Tensor<4>) {
    let names = SampleNoise { seed: 3, first: 0 };
    let runtime = Runtime::cpu();
    let ctx = runtime.context();
    let x_t = names.start(ctx, images);
    let steps = sampler.timesteps().len();
    let mut sampling = Sampling::run(ctx, Box::new(data.eps_hat()), sampler, x_t.clone(), names);
    assert_eq!(sampling.steps(), steps);
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

/// With the best ε̂ every sampler draws what the data is, and what it proposes is a number of steps that it can take.
#[test]
fn every_sampler_draws_the_data() {
    for kind in SamplerKind::ALL {
        assert_eq!(
            unclipped(kind, kind.info().steps).validate(1000, VarianceType::FixedSmall),
            Ok(())
        );
        let config = unclipped(kind, 500);
        let (mean, std, _) = block_on(moments(draw(&data(), &config, 16).0));
        assert!((mean - 0.3).abs() < 0.02, "{config:?}: mean {mean}");
        assert!((std / 0.4 - 1.0).abs() < 0.05, "{config:?}: std {std}");
    }
}

/// The same seed draws the same images, another seed others, and no two samplers the same.
#[test]
fn every_sampler_repeats_itself() {
    let drawn = |kind: SamplerKind, seed: u64| {
        let noise = SampleNoise { seed, first: 0 };
        let runtime = Runtime::cpu();
        let ctx = runtime.context();
        let sampler = unclipped(kind, 9).build(&data().schedule);
        let start = noise.start(ctx, 1);
        let mut sampling = Sampling::run(ctx, Box::new(data().eps_hat()), sampler, start, noise);
        while sampling.step().is_some() {}
        block_on(read(sampling.images().clone()))
    };
    let mut seen = Vec::new();
    for kind in SamplerKind::ALL {
        let images = drawn(kind, 3);
        assert_eq!(images, drawn(kind, 3), "{kind:?}");
        assert_ne!(images, drawn(kind, 4), "{kind:?}");
        assert!(!seen.contains(&images), "{kind:?}");
        seen.push(images);
    }
}

/// The network is asked as often as the steps say, whatever their number, and at a t that never rises; the last pass leaves an
/// image, and no pass needs the one before it unless it says so.
#[test]
fn steps_are_forward_passes() {
    let rescaled = Schedule::new(ScheduleKind::Linear, 50, true);
    let schedules = [
        Schedule::linear(1000),
        Schedule::linear(11),
        Schedule::linear(10),
        rescaled,
    ];
    for kind in SamplerKind::ALL {
        for (schedule, spacing) in schedules.iter().flat_map(|s| SPACINGS.map(|p| (s, p))) {
            for steps in 1..=schedule.timesteps().min(50) {
                let config = SamplerConfig {
                    spacing,
                    ..unclipped(kind, steps as u32)
                };
                let sampler = config.build(schedule);
                let timesteps = sampler.timesteps();
                assert_eq!(timesteps.len(), steps, "{config:?}");
                assert!(
                    timesteps.as_slice().is_sorted_by(|a, b| a >= b),
                    "{config:?}"
                );
                assert!(timesteps.ends_clean(steps - 1), "{config:?}");
                assert!(!sampler.is_second_pass(0), "{config:?}");
                for pass in 0..steps {
                    let alone = sampler.coefficients(pass, Prediction::V, false);
                    assert_eq!(alone.prev_x0, 0.0, "{config:?}: pass {pass}");
                    let factors = [alone.x_t, alone.x0_hat, alone.output, alone.z];
                    assert!(
                        factors.iter().all(|f| f.is_finite()),
                        "{config:?}: {alone:?}"
                    );
                }
            }
        }
    }
}

const SPACINGS: [Spacing; 3] = [Spacing::Linspace, Spacing::Leading, Spacing::Trailing];

/// The bounds are those of the steps' size: `fixed_small` and the solvers' last step, from t = 40 to the image, narrow a little;
/// Langevin widens.
#[test]
fn samplers_draw_the_data_in_few_steps() {
    let large = SamplerConfig {
        variance_type: VarianceType::FixedLarge,
        ..unclipped(SamplerKind::Ddpm, 250)
    };
    let stochastic = |kind, steps| SamplerConfig {
        eta: 1.0,
        ..unclipped(kind, steps)
    };
    for (config, bound) in [
        (unclipped(SamplerKind::Ddpm, 250), 0.05),
        (large, 0.03),
        (unclipped(SamplerKind::Ddim, 250), 0.01),
        (stochastic(SamplerKind::Ddim, 250), 0.05),
        (unclipped(SamplerKind::DpmSolverPp2m, 25), 0.05),
        (stochastic(SamplerKind::DpmSolverPp2m, 50), 0.05),
        (unclipped(SamplerKind::Heun, 249), 0.01),
        (unclipped(SamplerKind::Langevin, 500), 0.05),
    ] {
        let (mean, std, _) = block_on(moments(draw(&data(), &config, 16).0));
        assert!((mean - 0.3).abs() < 0.02, "{config:?}: mean {mean}");
        assert!((std / 0.4 - 1.0).abs() < bound, "{config:?}: std {std}");
    }
}

/// How far a draw without noise ends from where the probability-flow ODE leads.
fn off_flow(kind: SamplerKind, steps: u32) -> f32 {
    off_flow_by(unclipped(kind, steps).build(&data().schedule))
}

fn off_flow_by(sampler: Box<dyn Sampler>) -> f32 {
    let (drawn, x_t) = draw_by(&data(), sampler, 2);
    let (drawn, x_t) = (block_on(read(drawn)), block_on(read(x_t)));
    let flow: Vec<f32> = x_t.iter().map(|&x| data().flow(x) as f32).collect();
    difference(&drawn, &flow)
}

/// The solvers go to where the ODE leads, DDIM in proportion to the step, DPM-Solver++ 2M faster than
/// that and with a fraction of the steps. Heun's error falls faster, too.
#[test]
fn solvers_follow_the_flow() {
    let [ddim, ddim_twice] = [40, 80].map(|steps| off_flow(SamplerKind::Ddim, steps));
    let [dpm, dpm_twice] = [40, 80].map(|steps| off_flow(SamplerKind::DpmSolverPp2m, steps));
    let [heun, heun_twice] = [40, 80].map(|steps| off_flow(SamplerKind::Heun, steps));
    let message = format!("{ddim} {ddim_twice} {dpm} {dpm_twice} {heun} {heun_twice}");
    assert!((1.6..2.6).contains(&(ddim / ddim_twice)), "{message}");
    assert!(dpm / dpm_twice > 3.0, "{message}");
    assert!(dpm < 0.2 * ddim, "{message}");
    assert!(heun / heun_twice > 2.8, "{message}");
    assert!(heun < ddim && heun_twice < 0.6 * ddim_twice, "{message}");
}

/// Of second order: half the step, a quarter of the error. Down to t = 0, since from higher up the last step, which is Euler's,
/// has most of it.
#[test]
fn heun_is_of_second_order() {
    let off = [21, 41].map(|levels| {
        let schedule = &data().schedule;
        let levels = Spacing::Linspace.timesteps(1000, levels);
        let heun = Heun::new(schedule, &levels, 0, false);
        assert_eq!(heun.timesteps().len(), 2 * levels.len() - 1);
        off_flow_by(Box::new(heun))
    });
    assert!((3.5..4.8).contains(&(off[0] / off[1])), "{off:?}");
}

/// Where x̂₀ of the first pass is lost, the second leaves x at the level it has reached, and the next step goes on from there.
#[test]
fn half_a_heun_step_is_eulers() {
    let data = data();
    let sampler = unclipped(SamplerKind::Heun, 7).build(&data.schedule);
    let asked = |x: &Tensor<4>, pass: usize| {
        let eps_hat = data.eps_hat();
        Denoiser::predict(&eps_hat, x.clone(), sampler.timesteps().t(pass))
    };
    let no_noise = || -> Tensor<4> { unreachable!("Heun draws none") };
    let x = noise(3, 1, &cpu());
    let euler = sampler.step(0, asked(&x, 0), None, &no_noise);
    assert!(sampler.is_second_pass(1));
    let lost = sampler.step(1, asked(&euler.x, 1), None, &no_noise);
    let found = sampler.step(1, asked(&euler.x, 1), euler.x0_hat, &no_noise);
    let [euler, lost, found] = [euler.x, lost.x, found.x].map(|x| block_on(read(x)));
    assert_eq!(lost, euler);
    assert!(difference(&found, &euler) > 1e-3);
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
