//! `ddpm train --init`: a run that begins with weights.

use ddpm::checkpoint::{Checkpoint, decode};
use ddpm::diffusion::Prediction;
use ddpm::diffusion::schedule::ScheduleKind;
use ddpm::nn::unet::UNet;
use tempfile::TempDir;

use super::{fail, folder, run, succeed, train};

fn weights(folder: &TempDir, name: &str) -> Checkpoint {
    let bytes = std::fs::read(folder.path().join(name)).unwrap();
    decode(&bytes, UNet::layout).unwrap()
}

/// A folder with `first.safetensors`, of one step.
fn begun() -> TempDir {
    let folder = folder();
    let recipe = ["--schedule", "cosine", "--learning-rate", "0.01"];
    let command = [&["first.safetensors", "--max-steps", "1"], &recipe[..]].concat();
    succeed(&folder, &train(&command));
    folder
}

/// One step with `more`, from `first.safetensors`, at a rate at which the weights hardly move; what was said on standard error.
fn warm(folder: &TempDir, out: &str, more: &[&str]) -> String {
    let common = [
        out,
        "--init",
        "first.safetensors",
        "--max-steps",
        "1",
        "--learning-rate",
        "1e-12",
    ];
    let output = run(folder, &train(&[&common, more].concat()));
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{notes}");
    notes
}

#[test]
fn what_no_flag_names_is_that_of_the_weights() {
    let folder = begun();
    // `train` names the preset of `first.safetensors` itself.
    let notes = warm(&folder, "next.safetensors", &["--label-dropout", "0.5"]);
    assert!(!notes.contains("note"), "{notes}");
    let [first, next] =
        ["first", "next"].map(|name| weights(&folder, &format!("{name}.safetensors")));
    assert_eq!(next.meta.unet, first.meta.unet);
    assert_eq!(next.meta.train.schedule, ScheduleKind::Cosine);
    assert_eq!(
        (
            first.meta.train.label_dropout,
            next.meta.train.label_dropout
        ),
        (0.1, 0.5)
    );
    assert!(
        next.meta
            .origin
            .contains("line, beginning with first.safetensors (1 steps), for 1 steps"),
        "{}",
        next.meta.origin
    );
    // A resumed run still says so.
    let more = ["next.safetensors", "--max-steps", "2", "--resume"];
    succeed(&folder, &train(&more));
    let origin = weights(&folder, "next.safetensors").meta.origin;
    assert!(
        origin.contains("beginning with first.safetensors (1 steps), for 2 steps"),
        "{origin}"
    );
    for (a, b) in first.values.iter().zip(&next.values) {
        assert!((a - b).abs() < 1e-6, "{a} became {b}");
    }
}

#[test]
fn a_flag_gives_the_outputs_another_meaning_and_a_note_says_so() {
    let folder = begun();
    let notes = warm(&folder, "v.safetensors", &["--prediction", "v"]);
    assert!(
        notes.contains("--prediction \"v\" in place of \"epsilon\""),
        "{notes}"
    );
    let meta = weights(&folder, "v.safetensors").meta;
    assert_eq!(meta.train.prediction, Prediction::V);
    assert_eq!(meta.train.schedule, ScheduleKind::Cosine);
}

/// The larger network draws what the small one draws.
#[test]
fn a_network_grows_and_draws_the_same() {
    let folder = begun();
    warm(
        &folder,
        "large.safetensors",
        &["--channels", "12,24,48", "--classes", "12"],
    );
    let large = weights(&folder, "large.safetensors").meta.unet;
    assert_eq!((large.channels, large.classes), ([12, 24, 48], 12));
    let drawn = |name: &str| {
        let file = format!("{name}.safetensors");
        let npy = format!("{name}.npy");
        let sample = ["sample", "--weights", &file, "--count", "3", "--steps", "5"];
        succeed(
            &folder,
            &[&sample[..], &["--class", "7", "--out", &npy]].concat(),
        );
        std::fs::read(folder.path().join(npy)).unwrap()
    };
    let [small, large] = [drawn("first"), drawn("large")];
    assert_eq!(small.len(), large.len());
    let differ = small
        .iter()
        .zip(&large)
        .filter(|(a, b)| a.abs_diff(**b) > 1);
    assert_eq!(differ.count(), 0);
}

#[test]
fn what_cannot_grow_is_named() {
    let folder = begun();
    for (arguments, expected) in [
        (&["--channels", "12,24"][..], "--channels names 2 numbers"),
        (
            &["--channels", "16,24,24"],
            "12 channels at 28×28 cannot become 16",
        ),
        (&["--channels", "13,24,24"], "channel"),
        (&["--classes", "5"], "10 classes"),
        (&["--variance-type", "learned_range"], "output"),
    ] {
        let common = ["x.safetensors", "--init", "first.safetensors"];
        let message = fail(&folder, &train(&[&common, arguments].concat()));
        assert!(message.contains(expected), "{arguments:?} said {message}");
        assert!(!folder.path().join("x.safetensors").exists());
    }
}
