//! For tests that start the program: images to train on, the words of a short run, and what the run has written.

use std::path::Path;

use ddpm::checkpoint::{TrainState, decode_state};
use ddpm::data::idx::{write_images, write_labels};
use ddpm::nn::unet::{PIXELS, SIZE, UNet};
use tempfile::TempDir;

pub const DDPM: &str = env!("CARGO_BIN_EXE_ddpm");

/// A folder with forty images as training data and twenty as test data: a bright square, whose place is the label's.
pub fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (half, count) in [("train", 40), ("t10k", 20)] {
        let labels: Vec<u8> = (0..count).map(|image| image % 10).collect();
        let pixel = |label: usize, at: usize| {
            let (row, column) = (at / SIZE, at % SIZE);
            let inside = row.abs_diff(4 + 2 * label) < 4 && column.abs_diff(22 - 2 * label) < 4;
            if inside { 255 } else { (at % 7) as u8 }
        };
        let images = labels
            .iter()
            .flat_map(|&label| (0..PIXELS).map(move |at| pixel(label.into(), at)));
        let write = |kind: &str, bytes: Vec<u8>| {
            std::fs::write(folder.path().join(format!("{half}-{kind}-ubyte")), bytes).unwrap();
        };
        write("images-idx3", write_images(&images.collect::<Vec<u8>>()));
        write("labels-idx1", write_labels(&labels));
    }
    folder
}

/// The words of `ddpm train` for a tiny network on the folder's images.
pub fn train<'a>(out: &'a str, steps: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = [
        "train",
        "--data",
        ".",
        "--preset",
        "tiny",
        "--batch-size",
        "6",
        "--timesteps",
        "100",
        "--out",
        out,
        "--max-steps",
        steps,
    ];
    [&words, more].concat()
}

/// The words of `ddpm sample` for twenty-three digits of `w.safetensors`, in batches of three.
pub fn sample<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = [
        "sample",
        "--weights",
        "w.safetensors",
        "--steps",
        "3",
        "--count",
        "23",
        "--batch",
        "3",
        "--class",
        "all",
        "--out",
        out,
    ];
    [&words, more].concat()
}

/// The words of `ddpm train-classifier` on the folder's images.
pub const CLASSIFIER: [&str; 9] = [
    "train-classifier",
    "--data",
    ".",
    "--batch-size",
    "8",
    "--epochs",
    "1",
    "--out",
    "c.safetensors",
];

/// The words of `ddpm evaluate` for a few digits of `w.safetensors`, by the classifier `c.safetensors`.
pub fn evaluate<'a>(cache: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = [
        "evaluate",
        "--data",
        ".",
        "--weights",
        "w.safetensors",
        "--classifier",
        "c.safetensors",
        "--count",
        "12",
        "--unconditional",
        "6",
        "--batch",
        "2",
        "--steps",
        "2",
        "--cache",
        cache,
        "--out",
        out,
    ];
    [&words, more].concat()
}

/// The figures that `ddpm evaluate` has written, without the times.
pub fn figures(path: &Path) -> serde_json::Value {
    let report = std::fs::read(path).unwrap();
    let mut figures: serde_json::Value = serde_json::from_slice(&report).unwrap();
    for set in ["conditional", "unconditional"] {
        assert!(figures[set]["seconds"].take().is_number(), "{figures}");
    }
    figures
}

/// The state of a run.
pub fn state(folder: &TempDir, name: &str) -> TrainState {
    let bytes = std::fs::read(folder.path().join(name)).unwrap();
    decode_state(&bytes, UNet::layout).unwrap()
}

/// ‖a − b‖ / ‖a‖.
pub fn distance(a: &[f32], b: &[f32]) -> f64 {
    let square = |x: f32| f64::from(x) * f64::from(x);
    let difference: f64 = a.iter().zip(b).map(|(&a, &b)| square(a - b)).sum();
    (difference / a.iter().map(|&a| square(a)).sum::<f64>()).sqrt()
}
