//! Frames that a draw keeps: those of passes taken by hand, and not more than there is room for.

use burn::tensor::Tensor;
use ddpm::diffusion::schedule::{Schedule, VarianceType};
use ddpm::diffusion::{Denoiser, GuidanceInterval, Prediction};
use ddpm::editing::{Resampling, inpaint};
use ddpm::images::to_bytes;
use ddpm::model::Model;
use ddpm::nn::unet::{NO_CLASS, UNet};
use ddpm::nn::var_builder::flat_tensor;
use ddpm::ops::gaussian;
use ddpm::runtime::Runtime;
use ddpm::samplers::{
    EPS_RANGE, FrameKind, GuidedModel, MAX_FRAMES, SampleNoise, SamplerConfig, SamplerKind,
    Sampling, Trajectory,
};
use serde_json::Value;

use super::agreement::micro;
use super::samplers::{noise_of_pass, parse, with_guide};
use super::{Golden, read};

/// The micro network of the fixtures, which predicts ε, or another with a learned variance.
fn model_of(runtime: &Runtime, learned: bool) -> Model {
    let (golden, prefix, config): (&[u8], _, _) = if learned {
        let about: Value = parse(include_str!("../golden/bounds.json"));
        let config = serde_json::from_value(about["networks"]["learned"].clone()).unwrap();
        let golden = include_bytes!("../golden/bounds.safetensors");
        (golden, "learned.param.", config)
    } else {
        let golden = include_bytes!("../golden/unet_micro.safetensors");
        (golden, "param.", micro())
    };
    let params = Golden::read(golden).flat(prefix, &UNet::layout(&config));
    Model::new(
        runtime,
        &config,
        Schedule::linear(1000),
        Prediction::Epsilon,
        if learned {
            VarianceType::LearnedRange
        } else {
            VarianceType::FixedSmall
        },
        flat_tensor(&params, runtime.device()),
    )
}

/// A draw with its frames kept, taken to its end.
async fn kept(mut sampling: Sampling) -> Trajectory {
    sampling.keep_trajectory();
    while sampling.step().is_some() {}
    let pixels = to_bytes(&read(sampling.images().clone()).await);
    sampling.into_trajectory(pixels).expect("frames are kept")
}

/// The bytes of all frames of x, x̂₀ and ε̂, the images one after another in each.
async fn planes(trajectory: &Trajectory) -> Vec<Vec<u8>> {
    let mut planes = Vec::new();
    for kind in FrameKind::ALL {
        let bytes = trajectory.bytes(kind, 0..trajectory.images()).await;
        planes.push(bytes.expect("the device answers"));
    }
    planes
}

/// Fails if a byte of `found` differs from its counterpart by more than `most`.
fn assert_bytes(what: &str, found: &[u8], expected: &[u8], most: u8) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let differences = found.iter().zip(expected).map(|(a, b)| a.abs_diff(*b));
    let largest = differences.max().unwrap_or_default();
    assert!(largest <= most, "{what}: {largest} grey levels apart");
}

/// The frames that a draw keeps on `runtime` are those of passes taken by hand on `reference`, up to `most` grey levels: by
/// captured passes and one by one, with and without guidance, clipping and a learned variance.
pub async fn frames_are_kept(runtime: &Runtime, reference: &Runtime, most: u8) {
    let noise = SampleNoise { seed: 5, first: 2 };
    let dynamic = SamplerConfig {
        thresholding: true,
        ..SamplerConfig::default()
    };
    let unclipped = SamplerConfig {
        clip: false,
        eta: 0.5,
        kind: SamplerKind::Ddim,
        ..SamplerConfig::default()
    };
    let langevin = SamplerConfig {
        kind: SamplerKind::Langevin,
        ..SamplerConfig::default()
    };
    let (three, one, none): (&[u8], &[u8], &[u8]) = (&[3, NO_CLASS, 7], &[1], &[NO_CLASS; 2]);
    for (name, config, learned, labels, cfg_scale) in [
        ("guided", SamplerConfig::default(), false, three, 1.5),
        ("not clipped", unclipped, false, three, 1.0),
        ("Langevin", langevin, false, &[9], 2.0),
        ("dynamic", dynamic, false, three, 1.5),
        ("learned", SamplerConfig::default(), true, one, 1.5),
        ("with a guide", SamplerConfig::default(), false, none, 3.0),
    ] {
        let config = SamplerConfig { steps: 6, ..config };
        let guided = |runtime: &Runtime| {
            let mut model = model_of(runtime, learned);
            // Some steps with guidance and some without.
            let interval = GuidanceInterval {
                cfg_t_min: 0.2,
                cfg_t_max: 0.7,
            };
            (model.cfg_interval, model.guide_interval) = (interval, interval);
            if labels == none {
                model = with_guide(model, runtime);
            }
            let sampler = config.build(&model.schedule);
            (GuidedModel::new(model, labels, cfg_scale).unwrap(), sampler)
        };
        let (model, sampler) = guided(reference);
        let ctx = reference.context();
        let mut x = noise.start(ctx, labels.len());
        let mut prev_x0 = None;
        let mut expected = vec![Vec::new(); 3];
        for (index, &t) in sampler.timesteps().as_slice().iter().enumerate() {
            let z = || gaussian(ctx, noise_of_pass(noise, index), x.dims());
            let alpha_bar = model_of(reference, learned).schedule.alpha_bars()[t];
            let prediction = model.predict(x.clone(), t);
            let x0_hat = sampler.clip().apply(prediction.x0(alpha_bar));
            let eps_hat = prediction.eps(alpha_bar) / f64::from(EPS_RANGE);
            for (plane, values) in expected.iter_mut().zip([x.clone(), x0_hat, eps_hat]) {
                plane.push(to_bytes(&read(values).await));
            }
            let step = sampler.step(index, prediction, prev_x0, &z);
            (x, prev_x0) = (step.x, step.x0_hat);
        }
        expected[0].push(to_bytes(&read(x).await));

        let (model, sampler) = guided(runtime);
        let start = noise.start(runtime.context(), labels.len());
        let timesteps = sampler.timesteps().as_slice().to_vec();
        let sampling = Sampling::run(runtime.context(), Box::new(model), sampler, start, noise);
        let trajectory = kept(sampling).await;
        let times: Vec<Option<u32>> = trajectory.frames().iter().map(|frame| frame.t).collect();
        let asked = timesteps.iter().map(|&t| Some(t as u32)).chain([None]);
        assert_eq!(times, asked.collect::<Vec<_>>(), "{name}");
        for ((kind, found), expected) in FrameKind::ALL
            .into_iter()
            .zip(planes(&trajectory).await)
            .zip(expected)
        {
            let what = format!("{name}, {kind:?}");
            // By hand they are frame by frame, here image by image.
            let count = trajectory.count(kind);
            assert_eq!(count, expected.len(), "{what}");
            for (image, found) in found.chunks(count * 784).enumerate() {
                let expected: Vec<u8> = expected
                    .iter()
                    .flat_map(|frame| &frame[image * 784..(image + 1) * 784])
                    .copied()
                    .collect();
                assert_bytes(&what, found, &expected, most);
                let one = trajectory.bytes(kind, image..image + 1).await.unwrap();
                assert_eq!(one, found, "{what}: asked for alone");
            }
            // What is painted is what is kept.
            for frame in [0, count - 1] {
                let painted = trajectory.frame(runtime.context(), kind, frame).unwrap();
                let painted = to_bytes(&read(painted).await);
                for (image, painted) in painted.chunks(784).enumerate() {
                    let at = (image * count + frame) * 784;
                    assert_eq!(painted, &found[at..at + 784], "{what}, frame {frame}");
                }
            }
            assert!(trajectory.frame(runtime.context(), kind, count).is_none());
        }
    }
}

/// A draw of so many passes.
fn draw(runtime: &Runtime, steps: u32) -> Sampling {
    let noise = SampleNoise { seed: 1, first: 0 };
    let config = SamplerConfig {
        steps,
        ..SamplerConfig::default()
    };
    let model = model_of(runtime, false);
    let sampler = config.build(&model.schedule);
    let denoiser = GuidedModel::new(model, &[4], 1.0).unwrap();
    let start = noise.start(runtime.context(), 1);
    Sampling::run(runtime.context(), Box::new(denoiser), sampler, start, noise)
}

/// A draw of 30 steps that goes back up several times, as filling in half of a picture does.
fn part(runtime: &Runtime) -> Sampling {
    let config = SamplerConfig {
        steps: 30,
        ..SamplerConfig::default()
    };
    let model = model_of(runtime, false);
    let sampler = config.build(&model.schedule);
    let denoiser = GuidedModel::new(model, &[4], 1.0).unwrap();
    let image = Tensor::full([1, 1, 28, 28], 0.5, runtime.device());
    let mask = Tensor::<4>::zeros([1, 1, 14, 28], runtime.device());
    let mask = Tensor::cat(vec![mask.ones_like(), mask], 2);
    inpaint(
        runtime.context(),
        Box::new(denoiser),
        sampler,
        image,
        mask,
        Resampling::default(),
        SampleNoise { seed: 1, first: 0 },
    )
}

/// Fails if the frames that the two draws keep differ by more than `most` grey levels. Returns the steps of the frames.
async fn assert_frames(name: &str, found: Sampling, expected: Sampling, most: u8) -> Vec<u32> {
    let (found, expected) = (kept(found).await, kept(expected).await);
    let frames = found.frames();
    assert_eq!(frames, expected.frames(), "{name}");
    let pairs = planes(&found)
        .await
        .into_iter()
        .zip(planes(&expected).await);
    for (kind, (found, expected)) in FrameKind::ALL.into_iter().zip(pairs) {
        assert_bytes(&format!("{name}, {kind:?}"), &found, &expected, most);
    }
    frames.iter().map(|frame| frame.step).collect()
}

/// A draw of few passes keeps the frames of `reference` up to `most` grey levels.
pub async fn few_frames_are_kept(runtime: &Runtime, reference: &Runtime, most: u8) {
    let (found, expected) = (draw(runtime, 3), draw(reference, 3));
    assert_eq!(
        assert_frames("few", found, expected, most).await,
        [0, 1, 2, 3]
    );
}

/// A draw of many passes, and one that goes back up, keep [`MAX_FRAMES`] of them, which are those of `reference` up to `most`
/// grey levels.
pub async fn frames_are_bounded(runtime: &Runtime, reference: &Runtime, most: u8) {
    for (name, sampling, expected) in [
        ("down", draw(runtime, 137), draw(reference, 137)),
        ("a part", part(runtime), part(reference)),
    ] {
        let last = sampling.steps() as u32;
        assert!(last as usize > MAX_FRAMES, "{name}");
        let steps = assert_frames(name, sampling, expected, most).await;
        assert_eq!(steps.len(), MAX_FRAMES + 1, "{name}");
        let ends = [steps[0], steps[MAX_FRAMES - 1], steps[MAX_FRAMES]];
        assert_eq!(ends, [0, last - 1, last], "{name}");
    }
}
