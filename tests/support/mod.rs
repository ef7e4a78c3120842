//! Test bodies that run on every backend, natively and in the browser, and the reader of their fixtures. The fixtures are
//! compiled in, because a browser has no files.

#![allow(dead_code, reason = "each test binary uses only a part of this module")]

pub mod agreement;
pub mod evaluation;
pub mod frames;
pub mod gaussian;
pub mod gradients;
pub mod ops;
pub mod runs;
pub mod samplers;
pub mod taps;
pub mod vectors;
pub mod worker_pool;

use std::collections::HashMap;

use burn::tensor::{Device, Tensor, TensorData};
use ddpm::diffusion::schedule::{Ends, ScheduleKind};
use ddpm::nn::var_builder::Layout;
use ddpm::runtime::Runtime;
use safetensors::SafeTensors;

/// A safetensors fixture with f32 tensors.
pub struct Golden {
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Golden {
    /// Parses the file.
    pub fn read(bytes: &[u8]) -> Self {
        let file = SafeTensors::deserialize(bytes).expect("a fixture is a safetensors file");
        let tensors = file
            .tensors()
            .into_iter()
            .map(|(name, view)| {
                assert_eq!(view.dtype(), safetensors::Dtype::F32, "{name}");
                let values = view
                    .data()
                    .chunks_exact(4)
                    .map(|word| f32::from_le_bytes(word.try_into().unwrap()))
                    .collect();
                (name, (view.shape().to_vec(), values))
            })
            .collect();
        Self { tensors }
    }

    /// The names of all tensors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The numbers of the tensor `name`.
    pub fn values(&self, name: &str) -> &[f32] {
        &self.get(name).1
    }

    /// The first number of the tensor `name`.
    pub fn scalar(&self, name: &str) -> f32 {
        self.values(name)[0]
    }

    /// The tensor `name` on a device.
    pub fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let (shape, values) = self.get(name);
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), device)
    }

    /// All parameters whose names begin with `prefix`, in layout order. Checks their shapes.
    pub fn flat(&self, prefix: &str, layout: &Layout) -> Vec<f32> {
        let mut flat = Vec::with_capacity(layout.len());
        for spec in &layout.specs {
            let (shape, values) = self.get(&format!("{prefix}{}", spec.name));
            assert_eq!(*shape, spec.shape, "{}", spec.name);
            flat.extend(values);
        }
        flat
    }

    fn get(&self, name: &str) -> &(Vec<usize>, Vec<f32>) {
        self.tensors
            .get(name)
            .unwrap_or_else(|| panic!("the fixture has no tensor {name}"))
    }
}

/// The ends of a schedule of this kind: the first and the last β or, for `log_snr`, ln SNR.
pub fn ends_of(kind: ScheduleKind, [first, last]: [f64; 2]) -> Ends {
    match kind {
        ScheduleKind::LogSnr => Ends {
            log_snr_max: first,
            log_snr_min: last,
            ..Ends::default()
        },
        _ => Ends {
            beta_start: first,
            beta_end: last,
            ..Ends::default()
        },
    }
}

/// The CPU device, for tests that need nothing but tensors on it.
pub fn cpu() -> Device {
    Runtime::cpu().device().clone()
}

/// Reads a tensor's numbers back, natively or in a browser.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .into_data_async()
        .await
        .expect("the device answers")
        .try_into_vec()
        .expect("f32")
}

/// The largest |a − b|, divided by max(1, largest |b|).
pub fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let scale = b.iter().fold(1.0f32, |m, v| m.max(v.abs()));
    a.iter()
        .zip(b)
        .map(|(a, b)| {
            assert!(a.is_finite() && b.is_finite());
            (a - b).abs()
        })
        .fold(0.0, f32::max)
        / scale
}

/// Fails if [`difference`] is above `bound`.
pub fn assert_close(what: &str, a: &[f32], b: &[f32], bound: f32) {
    let difference = difference(a, b);
    assert!(
        difference <= bound,
        "{what}: off by {difference}, allowed {bound}"
    );
}
