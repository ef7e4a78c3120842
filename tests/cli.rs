//! The native command line as users run it: processes, files, exit codes.

#![cfg(not(target_arch = "wasm32"))]

#[path = "cli/drawing.rs"]
mod drawing;
#[path = "cli/endings.rs"]
mod endings;
#[path = "cli/evaluation.rs"]
mod evaluation;
#[path = "cli/evaluation_mistakes.rs"]
mod evaluation_mistakes;
#[path = "cli/guide.rs"]
mod guide;
#[path = "cli/learning_curve.rs"]
mod learning_curve;
#[path = "cli/own_images.rs"]
mod own_images;
#[path = "cli/python.rs"]
mod python;
#[path = "cli/recipe.rs"]
mod recipe;
#[path = "support/running.rs"]
mod running;
mod support;
#[path = "cli/warm_start.rs"]
mod warm_start;

use std::path::Path;
use std::process::{Command, Output};

use ddpm::data::idx::{write_images, write_labels};
use ddpm::nn::unet::{PIXELS, SIZE};
use running::Running;
use tempfile::TempDir;

const DDPM: &str = env!("CARGO_BIN_EXE_ddpm");

/// A folder with forty easy images as training data and twenty as test data.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (half, count) in [("train", 40), ("t10k", 20)] {
        let data = support::runs::easy_images(count);
        let write = |kind: &str, bytes: Vec<u8>| {
            std::fs::write(folder.path().join(format!("{half}-{kind}-ubyte")), bytes).unwrap();
        };
        write("images-idx3", write_images(&data.images));
        write("labels-idx1", write_labels(&data.labels));
    }
    folder
}

fn ddpm(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(DDPM);
    command.current_dir(folder.path()).args(arguments);
    command
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    running::output(&mut ddpm(folder, arguments))
}

fn succeed(folder: &TempDir, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} failed: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn fail(folder: &TempDir, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(!output.status.success(), "{arguments:?} should have failed");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!errors.contains("panicked"), "{errors}");
    errors
}

const TRAIN: &[&str] = &[
    "train",
    "--data",
    ".",
    "--preset",
    "tiny",
    "--batch-size",
    "4",
    "--timesteps",
    "100",
    "--out",
];

fn train<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [TRAIN, more].concat()
}

/// A program that is linked to MPI does not start where there is no MPI. That of `--features mpi` is looked at in `tests/ranks.rs`.
#[cfg(target_os = "linux")]
#[test]
fn the_program_is_not_linked_to_mpi() {
    let libraries = running::linked(Path::new(DDPM));
    assert!(libraries.contains("libc.so"), "{libraries}");
    assert!(!libraries.contains("libmpi"), "{libraries}");
}

/// Six steps in one run, and three steps followed by three resumed ones, end in the same state.
#[test]
fn resumed_training_ends_with_the_same_files() {
    let folder = folder();
    succeed(&folder, &train(&["whole.safetensors", "--max-steps", "6"]));
    succeed(&folder, &train(&["parts.safetensors", "--max-steps", "3"]));
    succeed(
        &folder,
        &train(&["parts.safetensors", "--max-steps", "6", "--resume"]),
    );
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let state = |name: &str| {
        ddpm::checkpoint::decode_state(&read(name), ddpm::nn::unet::UNet::layout).unwrap()
    };
    let (whole, parts) = (
        state("whole.state.safetensors"),
        state("parts.state.safetensors"),
    );
    assert_eq!(whole.meta.step, 6);
    assert_eq!(whole.params, parts.params);
    assert_eq!(whole.m, parts.m);
    assert_eq!(whole.v, parts.v);
    assert_eq!(whole.ema, parts.ema);
}

#[test]
fn samples_are_drawn_described_and_repeatable() {
    let folder = folder();
    succeed(&folder, &train(&["w.safetensors", "--max-steps", "2"]));
    let info = succeed(&folder, &["info", "w.safetensors", "--tensors"]);
    for part in [
        "tiny",
        "83125",
        "timesteps     100",
        "Trained by the native command line for 2 steps of 4 images (0.20 epochs).",
        "mid.attn.qkv.weight",
    ] {
        assert!(info.contains(part), "{part} is missing from {info}");
    }

    let sample = |out: &str, more: &[&str]| {
        let first = [
            "sample",
            "--weights",
            "w.safetensors",
            "--steps",
            "4",
            "--out",
            out,
        ];
        succeed(&folder, &[&first[..], more].concat());
        std::fs::read(folder.path().join(out)).unwrap()
    };
    let one = sample("a.npy", &["--count", "5", "--class", "all"]);
    // In batches of two the noise is the same, but sums may round differently.
    let two = sample("b.npy", &["--count", "5", "--class", "all", "--batch", "2"]);
    assert_eq!(one.len(), two.len());
    let pixels = |npy: &[u8]| npy[npy.len() - 5 * PIXELS..].to_vec();
    let largest = pixels(&one)
        .iter()
        .zip(pixels(&two))
        .map(|(a, b)| a.abs_diff(b))
        .max();
    assert!(largest <= Some(1), "{largest:?}");
    let other = sample("c.npy", &["--count", "5", "--class", "all", "--seed", "1"]);
    assert!(one != other, "another seed gives other digits");
    let header = String::from_utf8_lossy(&one[..128]);
    assert!(
        header.contains("'|u1'") && header.contains("(5, 28, 28"),
        "{header}"
    );

    let png = sample("grid.png", &["--count", "5"]);
    let decoder = png::Decoder::new(std::io::Cursor::new(png));
    let reader = decoder.read_info().unwrap();
    // Three columns, two rows, two pixels between.
    let size = (reader.info().width, reader.info().height);
    assert_eq!(size, (3 * SIZE as u32 + 4, 2 * SIZE as u32 + 2));
}

#[test]
fn ctrl_c_saves_the_run() {
    let folder = folder();
    let long = train(&["w.safetensors", "--max-steps", "100000"]);
    let run = Running::start(&mut ddpm(&folder, &long));
    // Interrupts the run when its first epoch (ten steps) has ended.
    let said = run.wait_for("epoch ");
    assert!(said.starts_with("epoch 1 "), "{said}");
    run.signal("-INT");
    let output = run.output();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let last = said.lines().last().expect("a line about resuming");
    assert!(last.contains("--resume"), "{last}");
    assert!(Path::exists(&folder.path().join("w.safetensors")));
    succeed(&folder, &["info", "w.safetensors"]);
}

#[test]
fn mistakes_are_named() {
    let folder = folder();
    succeed(&folder, &train(&["w.safetensors", "--max-steps", "1"]));
    std::fs::write(
        folder.path().join("text.txt"),
        "hello, these are not weights",
    )
    .unwrap();
    for (arguments, expected) in [
        (vec!["info", "nothing.safetensors"], "nothing.safetensors"),
        (vec!["info", "text.txt"], "safetensors"),
        (vec!["info", "w.state.safetensors"], "state"),
        (
            vec!["sample", "--weights", "w.safetensors", "--steps", "101"],
            "100",
        ),
        (
            vec!["sample", "--weights", "w.safetensors", "--count", "0"],
            "--count",
        ),
        (
            vec!["sample", "--weights", "w.safetensors", "--class", "11"],
            "0 to 9",
        ),
        (
            vec!["sample", "--weights", "w.safetensors", "--out", "a.gif"],
            ".png or .npy",
        ),
        (train(&["x.safetensors", "--resume"]), "resume"),
        (
            train(&["x.safetensors", "--learning-rate", "0"]),
            "learning rate",
        ),
        (
            train(&["x.safetensors", "--learning-rate", "NaN"]),
            "learning rate",
        ),
        (
            train(&["x.safetensors", "--learning-rate=-1"]),
            "learning rate",
        ),
        (
            vec!["train", "--data", ".", "--batch-size", "41"],
            "40 images",
        ),
        (
            vec!["train", "--data", ".", "--batch-size", "0"],
            "batch size",
        ),
        (
            vec![
                "train",
                "--data",
                ".",
                "--batch-size",
                "4",
                "--timesteps",
                "9",
            ],
            "T is 9",
        ),
        (
            vec![
                "train",
                "--data",
                ".",
                "--batch-size",
                "4",
                "--timesteps",
                "4001",
            ],
            "4000",
        ),
        (vec!["train", "--data", "nowhere"], "www/data/mnist"),
    ] {
        let message = fail(&folder, &arguments);
        assert!(message.contains(expected), "{arguments:?} said {message}");
    }
}
