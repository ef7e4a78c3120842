//! The error of trained weights at fixed noise levels. Unlike the training loss, it compares recipes with different
//! schedules, where the same t has another level, and with different predictions, whose losses measure other quantities.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::path::Path;

use burn::tensor::{Tensor, TensorData};
use ddpm::checkpoint::decode;
use ddpm::data::{Dataset, Split};
use ddpm::diffusion::{Denoiser, q_sample_at};
use ddpm::nn::unet::{PIXELS, SIZE, UNet};
use ddpm::nn::var_builder::flat_tensor;
use ddpm::rng::{Purpose, Stream, sample_id};
use ddpm::runtime::Runtime;
use ddpm::samplers::GuidedModel;
use pollster::block_on;
use support::read;

/// The noise levels as ln SNR, from little noise to almost pure noise. Linear and cosine schedules contain them all.
const LEVELS: [f64; 7] = [6.0, 4.0, 2.0, 0.0, -2.0, -4.0, -6.0];

/// For each level, E (ε − ε̂)² and E (x₀ − x̂₀)² of a pixel, with x̂₀ clipped, on the first `count` test images with their
/// labels. t is the one of the file's schedule whose level is nearest. The noise is the same for all files.
fn errors(path: &str, count: usize) -> Vec<[f32; 2]> {
    let runtime = Runtime::cpu();
    let device = runtime.device().clone();
    let data = Dataset::open(Path::new("www/data/mnist"), Split::Test, &mut Vec::new()).unwrap();
    let tensor = |values: Vec<f32>| {
        Tensor::<4>::from_data(TensorData::new(values, [count, 1, SIZE, SIZE]), &device)
    };
    let pixels = data.images[..count * PIXELS].iter();
    let x0 = tensor(pixels.map(|&v| f32::from(v) / 127.5 - 1.0).collect());
    let file = decode(&std::fs::read(path).expect(path), UNet::layout).expect(path);
    let params = flat_tensor(&file.values, &device);
    let model = file.meta.train.model(&runtime, &file.meta.unet, params);
    let schedule = model.schedule.clone();
    let network = GuidedModel::new(model, &data.labels[..count], 1.0).unwrap();
    let error = |found: Tensor<4>, expected: Tensor<4>| {
        let difference = found - expected;
        block_on(read((difference.clone() * difference).mean()))[0]
    };
    let at = |(number, level): (usize, f64)| {
        let distance = |t: &usize| (schedule.snr(*t).ln() - level).abs();
        let t = (0..schedule.timesteps())
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .unwrap();
        let mut eps = vec![0.0; count * PIXELS];
        Stream::new(9, Purpose::Sampling, sample_id(number as u32, 77)).fill_gaussian(&mut eps);
        let eps = tensor(eps);
        let alpha_bar = schedule.alpha_bars()[t];
        let prediction = network.predict(q_sample_at(x0.clone(), eps.clone(), alpha_bar), t);
        [
            error(prediction.eps(alpha_bar), eps),
            error(prediction.x0(alpha_bar).clamp(-1.0, 1.0), x0.clone()),
        ]
    };
    LEVELS.into_iter().enumerate().map(at).collect()
}

/// With a wrong schedule or kind of prediction the error would be 1 or more.
#[test]
fn the_shipped_weights_predict_the_noise() {
    let errors = errors("www/weights/small.safetensors", 32);
    for ([eps, _], bound) in errors.iter().zip([0.3, 0.2, 0.1, 0.07, 0.04, 0.03, 0.03]) {
        assert!(*eps < bound, "{errors:?}");
    }
}

/// `LEVELS_OF="a.safetensors b.safetensors" cargo test --test levels -- --ignored --nocapture`
#[test]
#[ignore = "prints a table of the files in $LEVELS_OF"]
fn levels_of_files() {
    for path in std::env::var("LEVELS_OF").unwrap().split_whitespace() {
        let errors = errors(path, 256);
        let column = |k: usize| errors.iter().map(move |error| error[k]);
        for (k, name) in ["ε", "x₀"].into_iter().enumerate() {
            let cells: Vec<String> = column(k).map(|error| format!("{error:.4}")).collect();
            let mean = column(k).sum::<f32>() / LEVELS.len() as f32;
            println!("{path} {name}: {} mean {mean:.4}", cells.join(" "));
        }
    }
}
