//! The command `sample`.

use std::path::Path;

use tempfile::TempDir;

use super::evaluation::samplers;
use super::{PIXELS, fail, folder, succeed, train};

/// The flags of a run of 30 steps whose learning rate is high enough that the output depends on the class then.
const FAST: [&str; 8] = [
    "--max-steps",
    "30",
    "--warmup-steps",
    "0",
    "--learning-rate",
    "0.01",
    "--ema-decay",
    "0",
];

/// The pixels of three digits drawn with these weights.
fn drawn_with(folder: &TempDir, weights: &str, more: &[&str]) -> Vec<u8> {
    let mut arguments = vec!["sample", "--weights", weights, "--count", "3"];
    arguments.extend(["--steps", "5", "--out", "x.npy"]);
    arguments.extend(more);
    succeed(folder, &arguments);
    let bytes = std::fs::read(folder.path().join("x.npy")).unwrap();
    bytes[bytes.len() - 3 * PIXELS..].to_vec()
}

#[test]
fn digits_are_drawn_with_the_guidance_of_the_weights() {
    let folder = folder();
    let strong = [&["strong.safetensors", "--cfg-scale", "3"], &FAST[..]].concat();
    succeed(&folder, &train(&strong));
    succeed(
        &folder,
        &train(&[&["usual.safetensors"], &FAST[..]].concat()),
    );
    let draw = |weights: &str, more: &[&str]| {
        let weights = format!("{weights}.safetensors");
        drawn_with(&folder, &weights, &[&["--class", "7"], more].concat())
    };
    assert_ne!(draw("strong", &[]), draw("usual", &[]));
    assert_eq!(draw("strong", &[]), draw("usual", &["--cfg-scale", "3"]));
    assert_eq!(draw("strong", &["--cfg-scale", "1.5"]), draw("usual", &[]));
}

#[test]
fn every_sampler_draws() {
    let folder = folder();
    succeed(&folder, &train(&[&["w.safetensors"], &FAST[..]].concat()));
    let draw = |more: &[&str]| drawn_with(&folder, "w.safetensors", more);
    let mut drawn: Vec<Vec<u8>> = samplers()
        .map(|sampler| draw(&["--class", "7", "--sampler", &sampler]))
        .collect();
    drawn.push(draw(&["--class", "7", "--cfg-scale", "3"]));
    drawn.push(draw(&["--class", "7", "--eta", "0.5"]));
    drawn.push(draw(&["--class", "7", "--sampler", "ddim", "--eta", "0.5"]));
    drawn.push(draw(&[
        "--class",
        "7",
        "--sampler",
        "ddpm",
        "--variance",
        "fixed_large",
    ]));
    let langevin = ["--class", "7", "--sampler", "langevin"];
    drawn.push(draw(&[&langevin[..], &["--langevin-inner", "1"]].concat()));
    drawn.push(draw(
        &[&langevin[..], &["--langevin-step-size", "0.5"]].concat(),
    ));
    // The percentile is high, because a threshold below 1 is the same as clipping.
    let thresholding = ["--class", "7", "--thresholding", "--threshold-percentile"];
    drawn.push(draw(&[&thresholding[..], &["0.98"]].concat()));
    drawn.push(draw(&[&thresholding[..], &["1"]].concat()));
    for a in 0..drawn.len() {
        for b in 0..a {
            assert!(drawn[a] != drawn[b], "{a} and {b} drew the same");
        }
    }
    let text = [
        "sample",
        "--weights",
        "w.safetensors",
        "--steps",
        "2",
        "--text",
    ];
    succeed(
        &folder,
        &[&text[..], &["29.11.", "--out", "x.npy"]].concat(),
    );
    let labels = std::fs::read(folder.path().join("x.labels.npy")).unwrap();
    assert_eq!(labels[labels.len() - 4..], [2, 9, 1, 1]);
    succeed(
        &folder,
        &[&text[..], &["29.11.", "--out", "x.png"]].concat(),
    );
    let png = std::fs::read(folder.path().join("x.png")).unwrap();
    let size = |at: usize| u32::from_be_bytes(*png[at..].first_chunk().unwrap());
    assert_eq!((size(16), size(20)), (148, 28), "one row with a gap");
    let refused = fail(&folder, &[&text[..], &["seven"]].concat());
    assert!(refused.contains("“s” is none of the classes"), "{refused}");
    // Unconditional digits have no labels, and the labels of the draw before are removed.
    assert!(Path::exists(&folder.path().join("x.labels.npy")));
    draw(&["--class", "none"]);
    assert!(!Path::exists(&folder.path().join("x.labels.npy")));
}

/// Where no class is asked for, or the network knows none, each step adds noise; with a class it does not.
#[test]
fn noise_on_the_way_is_added_but_by_ddim_with_a_class() {
    let folder = folder();
    succeed(&folder, &train(&[&["w.safetensors"], &FAST[..]].concat()));
    let unconditional = ["free.safetensors", "--classes", "0"];
    succeed(&folder, &train(&[&unconditional[..], &FAST[..]].concat()));
    for (weights, sampler, class, eta) in [
        ("w.safetensors", "dpm++2m", "none", "1"),
        ("w.safetensors", "dpm++2m", "7", "1"),
        ("w.safetensors", "ddim", "none", "1"),
        ("w.safetensors", "ddim", "7", "0"),
        ("free.safetensors", "ddim", "any", "1"),
    ] {
        let draw = |more: &[&str]| {
            let asked = ["--class", class, "--sampler", sampler];
            drawn_with(&folder, weights, &[&asked[..], more].concat())
        };
        let drawn = draw(&[]);
        assert_eq!(
            drawn,
            draw(&["--eta", eta]),
            "{weights}, {sampler}, {class}"
        );
        let other = if eta == "1" { "0" } else { "1" };
        assert_ne!(
            drawn,
            draw(&["--eta", other]),
            "{weights}, {sampler}, {class}"
        );
    }
}
