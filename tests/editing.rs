//! Drawing that starts from images, with formulas for networks and with the tiny one.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use burn::tensor::{Device, Tensor};
use ddpm::diffusion::Denoiser;
use ddpm::diffusion::schedule::Schedule;
use ddpm::editing::{Resampling, image_to_image, inpaint, interpolate, invert, slerp};
use ddpm::runtime::Runtime;
use ddpm::samplers::{GuidedModel, SampleNoise, Sampler, SamplerConfig, SamplerKind, Sampling};
use pollster::block_on;
use support::gaussian::{Gaussian, moments, noise};
use support::{assert_close, cpu, read, runs};

const NAMES: SampleNoise = SampleNoise { seed: 9, first: 0 };

fn data() -> Gaussian {
    Gaussian {
        mean: 0.3,
        std: 0.4,
        schedule: Schedule::linear(1000),
    }
}

fn finish(mut sampling: Sampling) -> Tensor<4> {
    while sampling.step().is_some() {}
    sampling.images().clone()
}

fn values(tensor: Tensor<4>) -> Vec<f32> {
    block_on(read(tensor))
}

fn sampler(kind: SamplerKind, steps: u32, schedule: &Schedule) -> Box<dyn Sampler> {
    SamplerConfig {
        kind,
        steps,
        clip: false,
        ..SamplerConfig::default()
    }
    .build(schedule)
}

/// How much of an image is left goes from all to nothing as t grows, and the steps with it.
#[test]
fn image_to_image_keeps_less_from_higher_t() {
    let runtime = Runtime::cpu();
    let data = data();
    let image = noise(1, 4, &cpu()) * data.std + data.mean;
    let around = |x: Tensor<4>| x - data.mean;
    let kept = [0, 300, 600, 999].map(|t| {
        let sampler = sampler(SamplerKind::Ddpm, 50, &data.schedule);
        let sampling = image_to_image(
            runtime.context(),
            Box::new(data.eps_hat()),
            sampler,
            image.clone(),
            t,
            NAMES,
        );
        let steps = sampling.steps();
        let drawn = finish(sampling);
        let (both, ..) = block_on(moments(around(drawn) * around(image.clone())));
        (steps, both / data.std.powi(2))
    });
    assert_eq!(kept.map(|(steps, _)| steps), [1, 15, 30, 50]);
    let [none, some, more, all] = kept.map(|(_, share)| share);
    assert!(none > 0.98 && some < 0.97 && more < 0.7 * some, "{kept:?}");
    assert!(all.abs() < 0.1, "{kept:?}");
}

/// So it does with every sampler, which takes whole steps from there on: a second pass is neither the first nor left out.
#[test]
fn image_to_image_with_every_sampler() {
    let runtime = Runtime::cpu();
    let data = data();
    let image = noise(1, 4, &cpu()) * data.std + data.mean;
    let around = |x: Tensor<4>| x - data.mean;
    for kind in SamplerKind::ALL {
        let [near, far] = [50, 500].map(|t| {
            let sampler = sampler(kind, 101, &data.schedule);
            let timesteps = sampler.timesteps().as_slice();
            let below = timesteps.iter().filter(|&&step| step <= t).count();
            let first = timesteps.len() - below;
            let expected = below - usize::from(sampler.is_second_pass(first));
            let sampling = image_to_image(
                runtime.context(),
                Box::new(data.eps_hat()),
                sampler,
                image.clone(),
                t,
                NAMES,
            );
            assert_eq!(sampling.steps(), expected, "{kind:?} from t = {t}");
            let drawn = finish(sampling);
            let (mean, std, _) = block_on(moments(drawn.clone()));
            assert!(
                (mean - 0.3).abs() < 0.04,
                "{kind:?} from t = {t}: mean {mean}"
            );
            assert!(
                (std / 0.4 - 1.0).abs() < 0.2,
                "{kind:?} from t = {t}: std {std}"
            );
            let (both, ..) = block_on(moments(around(drawn) * around(image.clone())));
            both / data.std.powi(2)
        });
        assert!(near > far + 0.3, "{kind:?}: {near} {far}");
    }
}

/// Below the lowest step there is nothing to do.
#[test]
fn image_to_image_below_all_steps() {
    let runtime = Runtime::cpu();
    let data = data();
    let config = SamplerConfig {
        steps: 10,
        spacing: ddpm::diffusion::schedule::Spacing::Trailing,
        ..SamplerConfig::default()
    };
    let image = noise(1, 1, &cpu());
    let sampling = image_to_image(
        runtime.context(),
        Box::new(data.eps_hat()),
        config.build(&data.schedule),
        image.clone(),
        98,
        NAMES,
    );
    assert_eq!(sampling.steps(), 0);
    assert_eq!(values(finish(sampling)), values(image));
}

/// Images of one grey each, N(0, 1): E[grey | x_t] = √ᾱ·Σx/(784·ᾱ + 1 − ᾱ), so what is given says what is
/// to be drawn.
fn plain_images(schedule: &Schedule) -> Box<dyn Denoiser> {
    let schedule = schedule.clone();
    Box::new(move |x_t: Tensor<4>, t: usize| {
        let alpha_bar = schedule.alpha_bars()[t];
        let (a, s) = (alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt());
        let grey = x_t.clone().sum_dims(&[1, 2, 3]) * (a / (784.0 * alpha_bar + s * s));
        (x_t - grey * a) / s
    })
}

/// 1 on the left half, [1, 1, 28, 28].
fn left_half(device: &Device) -> Tensor<4> {
    let half = [1, 1, 28, 14];
    Tensor::cat(
        vec![Tensor::ones(half, device), Tensor::zeros(half, device)],
        3,
    )
}

/// What is given comes back as it is, and the rest fits it: with resampling, closely.
#[test]
fn inpainting_fits_what_is_given() {
    let runtime = Runtime::cpu();
    let device = runtime.device().clone();
    let schedule = Schedule::linear(1000);
    let image = Tensor::full([1, 1, 28, 28], 0.7, &device) + noise(2, 1, &device) * 0.01;
    for kind in SamplerKind::ALL {
        let sampling = inpaint(
            runtime.context(),
            plain_images(&schedule),
            sampler(kind, 50, &schedule),
            image.clone(),
            left_half(&device),
            Resampling::default(),
            NAMES,
        );
        assert!(sampling.steps() > 200, "{}", sampling.steps());
        let drawn = finish(sampling);
        let halves = |x: Tensor<4>| -> [Tensor<4>; 2] { x.split(14, 3).try_into().unwrap() };
        let ([given, rest], [expected, _]) = (halves(drawn), halves(image.clone()));
        assert_eq!(values(given), values(expected));
        let (mean, std, _) = block_on(moments(rest));
        assert!((mean - 0.7).abs() < 0.05, "{kind:?}: {mean} ± {std}");
        assert!(std < 0.05, "{kind:?}: {mean} ± {std}");
    }
}

/// The same seed gives the same image, another seed another, and what is drawn beside it is no
/// matter.
#[test]
fn inpainting_is_repeatable() {
    let runtime = Runtime::cpu();
    let device = runtime.device().clone();
    let inpainted = |names: SampleNoise, labels: &[u8]| {
        let model = runs::untrained(&runtime);
        let sampler = sampler(SamplerKind::Ddim, 6, &model.schedule);
        let model = GuidedModel::new(model, labels, 2.0).unwrap();
        let shape = [labels.len(), 1, 28, 28];
        values(finish(inpaint(
            runtime.context(),
            Box::new(model),
            sampler,
            Tensor::ones(shape, &device),
            left_half(&device).expand(shape),
            Resampling {
                jump_length: 2,
                repeats: 2,
            },
            names,
        )))
    };
    let both = inpainted(NAMES, &[4, 2]);
    assert_eq!(both, inpainted(NAMES, &[4, 2]));
    assert_ne!(both, inpainted(SampleNoise { seed: 1, first: 0 }, &[4, 2]));
    let second = inpainted(SampleNoise { seed: 9, first: 1 }, &[2]);
    assert_close("alone", &second, &both[784..], 1e-4);
}

/// Ends as they are, the middle half way in angle, length as it is; and no 0/0 between equals.
#[test]
fn slerp_keeps_length_and_shares_the_angle() {
    let runtime = Runtime::cpu();
    let device = runtime.device().clone();
    let (a, b) = (noise(3, 1, &device), noise(4, 1, &device));
    let path = slerp(&a, &b, &[0.0, 0.5, 1.0]);
    let points = values(path);
    let (first, last) = (values(a.clone()), values(b));
    assert_close("first", &points[..784], &first, 1e-6);
    assert_close("last", &points[1568..], &last, 1e-6);
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let angle = |a: &[f32], b: &[f32]| (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).acos();
    let middle = &points[784..1568];
    assert!((angle(middle, &first) - angle(middle, &last)).abs() < 1e-2);
    assert!((2.0 * angle(middle, &first) - angle(&first, &last)).abs() < 1e-2);
    let length = dot(middle, middle).sqrt();
    let (low, high) = (dot(&first, &first).sqrt(), dot(&last, &last).sqrt());
    assert!(length > low.min(high) * 0.98 && length < low.max(high) * 1.02);
    let same = values(slerp(&a, &a, &[0.3]));
    assert_close("same", &same, &first, 1e-5);
}

/// Up to the noise and down again is the image, nearer with more steps; and a walk between two images
/// has them at its ends.
#[test]
fn interpolation_joins_two_images() {
    let runtime = Runtime::cpu();
    let data = data();
    let images = noise(5, 2, &cpu()) * data.std + data.mean;
    let off = [50, 200].map(|steps| {
        let timesteps = data.schedule.subset(steps);
        let up = invert(
            runtime.context(),
            Box::new(data.eps_hat()),
            &data.schedule,
            timesteps.clone(),
            images.clone(),
        );
        let ends: Vec<Tensor<4>> = finish(up).split(1, 0);
        let down = interpolate(
            runtime.context(),
            Box::new(data.eps_hat()),
            &data.schedule,
            timesteps,
            (&ends[0], &ends[1]),
            3,
        );
        let walk = values(finish(down));
        assert_eq!(walk.len(), 3 * 784);
        let found = [&walk[..784], &walk[1568..]].concat();
        support::difference(&found, &values(images.clone()))
    });
    assert!(off[1] < 0.4 * off[0] && off[1] < 0.02, "{off:?}");
}
