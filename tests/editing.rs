//! Drawing that starts from given images, with formulas in place of a network and with the tiny network.

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

/// The noise of all draws here.
const NOISE: SampleNoise = SampleNoise { seed: 9, first: 0 };

/// Data for which the best prediction is a formula.
fn data() -> Gaussian {
    Gaussian {
        mean: 0.3,
        std: 0.4,
        schedule: Schedule::linear(1000),
    }
}

/// Takes all steps and returns the images.
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

/// As t grows, the kept part of the image goes from all to nothing, and the number of steps grows.
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
            NOISE,
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

/// With every sampler the draw takes whole steps: a second pass is neither the first pass of a draw nor left out.
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
                NOISE,
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

/// For t below the lowest step there are no steps, and the image is unchanged.
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
        NOISE,
    );
    assert_eq!(sampling.steps(), 0);
    assert_eq!(values(finish(sampling)), values(image));
}

/// The best prediction for images of a single grey from N(0, 1): E[grey | x_t] = √ᾱ·Σx/(784·ᾱ + 1 − ᾱ). The given part of
/// such an image determines the missing part.
fn plain_images(schedule: &Schedule) -> Box<dyn Denoiser> {
    let schedule = schedule.clone();
    Box::new(move |x_t: Tensor<4>, t: usize| {
        let alpha_bar = schedule.alpha_bars()[t];
        let (a, s) = (alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt());
        let grey = x_t.clone().sum_dims(&[1, 2, 3]) * (a / (784.0 * alpha_bar + s * s));
        (x_t - grey * a) / s
    })
}

/// A mask that is 1 on the left half, `[1, 1, 28, 28]`.
fn left_half(device: &Device) -> Tensor<4> {
    let half = [1, 1, 28, 14];
    Tensor::cat(
        vec![Tensor::ones(half, device), Tensor::zeros(half, device)],
        3,
    )
}

/// The given part is unchanged, and with resampling the drawn part fits it closely.
#[test]
fn inpainting_fits_the_given_part() {
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
            NOISE,
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

/// The same seed gives the same image and another seed another, whatever else is in the batch.
#[test]
fn inpainting_is_repeatable() {
    let runtime = Runtime::cpu();
    let device = runtime.device().clone();
    let inpainted = |noise: SampleNoise, labels: &[u8]| {
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
            noise,
        )))
    };
    let both = inpainted(NOISE, &[4, 2]);
    assert_eq!(both, inpainted(NOISE, &[4, 2]));
    assert_ne!(both, inpainted(SampleNoise { seed: 1, first: 0 }, &[4, 2]));
    let second = inpainted(SampleNoise { seed: 9, first: 1 }, &[2]);
    assert_close("alone", &second, &both[784..], 1e-4);
}

/// The ends are the two tensors, the middle halves the angle between them, lengths are kept, and equal tensors do not
/// lead to 0/0.
#[test]
fn slerp_keeps_lengths_and_divides_the_angle() {
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

/// Inverting an image and drawing from the result gives the image back, more exactly with more steps; so an interpolation
/// has its two images at the ends.
#[test]
fn interpolation_has_its_images_at_the_ends() {
    let runtime = Runtime::cpu();
    let data = data();
    let images = noise(5, 2, &cpu()) * data.std + data.mean;
    let errors = [50, 200].map(|steps| {
        let timesteps = data.schedule.subset(steps);
        let inversion = invert(
            runtime.context(),
            Box::new(data.eps_hat()),
            &data.schedule,
            timesteps.clone(),
            images.clone(),
        );
        let ends: Vec<Tensor<4>> = finish(inversion).split(1, 0);
        let interpolation = interpolate(
            runtime.context(),
            Box::new(data.eps_hat()),
            &data.schedule,
            timesteps,
            (&ends[0], &ends[1]),
            3,
        );
        let images_between = values(finish(interpolation));
        assert_eq!(images_between.len(), 3 * 784);
        let found = [&images_between[..784], &images_between[1568..]].concat();
        support::difference(&found, &values(images.clone()))
    });
    assert!(
        errors[1] < 0.4 * errors[0] && errors[1] < 0.02,
        "{errors:?}"
    );
}
