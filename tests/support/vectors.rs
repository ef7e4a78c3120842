//! The operations on flat vectors rather than images: noise, Adam, flattening and unflattening.

use burn::tensor::Tensor;
use ddpm::ops::{
    AdamCoefficients, Gaussians, adam, flatten, gaussian as gaussian_on_device, q_sample, unflatten,
};
use ddpm::rng::Purpose;
use ddpm::runtime::Runtime;

use super::ops::gaussian;
use super::{assert_close, read};

/// Noise made on the device, compared with the generator on the host, whose known answers `crate/rng.rs` tests.
pub async fn noise_agrees(runtime: &Runtime) {
    let device = runtime.device();
    // Ids whose addition carries into the upper word, rows of odd length, streams of which a part is used up.
    let cases = [
        (0, 0, [3, 1, 28, 28], 0),
        (u64::MAX, (1 << 32) - 2, [4, 1, 3, 5], 2),
        (7 << 33 | 5, 3 << 32 | 9, [2, 1, 1, 1], 6),
    ];
    for (seed, first, shape @ [rows, ..], used) in cases {
        let noise = Gaussians {
            seed,
            purpose: Purpose::Sampling,
            first,
            used,
        };
        let expected = noise.values(rows, shape[1..].iter().product());
        let found = read(gaussian_on_device(runtime.context(), noise, shape)).await;
        assert_close(&format!("noise of {noise:?}"), &found, &expected, 1e-5);
        let x0 = gaussian(3000, shape, device);
        let alpha_bars: Vec<f64> = (0..rows)
            .map(|row| (row as f64 + 0.5) / rows as f64)
            .collect();
        let (x_t, eps) = q_sample(runtime.context(), x0.clone(), &alpha_bars, noise);
        assert_close("ε of q_sample", &read(eps).await, &expected, 1e-5);
        let width = expected.len() / rows;
        let mixed: Vec<f32> = read(x0)
            .await
            .iter()
            .zip(&expected)
            .enumerate()
            .map(|(i, (&x0, &eps))| {
                let alpha_bar = alpha_bars[i / width];
                (alpha_bar.sqrt() * f64::from(x0) + (1.0 - alpha_bar).sqrt() * f64::from(eps))
                    as f32
            })
            .collect();
        assert_close("x_t of q_sample", &read(x_t).await, &mixed, 1e-5);
    }
}

/// An update of Adam, compared with the same in f64, with and without clipping, from one number to more than a workgroup
/// computes.
pub async fn adam_agrees(runtime: &Runtime) {
    let device = runtime.device();
    for (case, count) in [1, 7, 1027].into_iter().enumerate() {
        for clip in [0.0, 0.5] {
            let id = 4000 + case as u64 * 8;
            let random = |part| gaussian(id + part, [count], device);
            let state = [
                random(0),
                random(1) * 0.1,
                random(2).powf_scalar(2.0),
                random(3),
            ];
            let gradient = random(4);
            let coefficients = AdamCoefficients {
                beta1: 0.9,
                beta2: 0.999,
                max_norm: clip,
                bias_correction2_sqrt: 0.3,
                eps: 1e-8,
                decay_factor: 0.999,
                step_size: 0.01,
                ema_decay: 0.99,
            };
            let norm = (gradient.clone() * gradient.clone()).sum().sqrt();
            let found = adam(
                runtime.context(),
                state.clone(),
                gradient.clone(),
                norm,
                coefficients,
            );
            let read_f64 = async |tensor: Tensor<1>| -> Vec<f64> {
                read(tensor).await.into_iter().map(f64::from).collect()
            };
            let [mut params, mut m, mut v, mut ema] = [const { Vec::new() }; 4];
            for (to, from) in [&mut params, &mut m, &mut v, &mut ema]
                .into_iter()
                .zip(state)
            {
                *to = read_f64(from).await;
            }
            let mut gradient = read_f64(gradient).await;
            let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            let scale = if clip > 0.0 {
                (clip / (norm + 1e-6)).min(1.0)
            } else {
                1.0
            };
            for (i, g) in gradient.iter_mut().enumerate() {
                *g *= scale;
                m[i] = coefficients.beta1 * m[i] + (1.0 - coefficients.beta1) * *g;
                v[i] = coefficients.beta2 * v[i] + (1.0 - coefficients.beta2) * *g * *g;
                let denominator =
                    v[i].sqrt() / coefficients.bias_correction2_sqrt + coefficients.eps;
                params[i] = coefficients.decay_factor * params[i]
                    - coefficients.step_size * m[i] / denominator;
                ema[i] =
                    coefficients.ema_decay * ema[i] + (1.0 - coefficients.ema_decay) * params[i];
            }
            let names = ["params", "m", "v", "ema"];
            for ((name, found), expected) in names.iter().zip(found).zip([params, m, v, ema]) {
                let expected: Vec<f32> = expected.into_iter().map(|x| x as f32).collect();
                let what = format!("Adam, {count} numbers, clip {clip}: {name}");
                assert_close(&what, &read(found).await, &expected, 2e-6);
            }
        }
    }
}

/// A flat buffer, unflattened and flattened again: parts of odd lengths, fewer and more parts than one launch handles.
pub async fn flatten_agrees(runtime: &Runtime) {
    let device = runtime.device();
    for lengths in [
        vec![1],
        vec![3, 1, 300],
        vec![5, 2, 1, 7, 900, 1, 4, 13, 6, 257],
    ] {
        let total = lengths.iter().sum();
        let flat = gaussian(5000, [total], device);
        let expected = read(flat.clone()).await;
        let parts = unflatten(runtime.context(), &flat, &lengths);
        let mut first = 0;
        for (part, length) in parts.iter().zip(&lengths) {
            assert_eq!(read(part.clone()).await, expected[first..first + length]);
            first += length;
        }
        let joined = flatten(runtime.context(), parts);
        assert_eq!(read(joined).await, expected);
    }
}
