//! What `evaluate` and `quality` say of options that cannot be.

use std::path::Path;

use super::evaluation::{small, trained};
use super::{fail, succeed};

#[test]
fn mistakes_in_evaluation_options_are_named() {
    let folder = trained();
    std::fs::write(folder.path().join("text.npy"), "not an array").unwrap();
    let mut sample = vec!["sample", "--weights", "w.safetensors", "--steps", "1"];
    sample.extend(["--count", "3", "--out", "x.npy"]);
    succeed(&folder, &sample);
    let with_samples = |samples: &'static [&'static str]| {
        let first = ["evaluate", "--data", ".", "--classifier", "c.safetensors"];
        [&first[..], samples].concat()
    };
    for (arguments, expected) in [
        (small("evaluate", &["--count", "1"]), "--count"),
        (small("evaluate", &["--strata", "0"]), "--strata"),
        (small("evaluate", &["--steps", "101"]), "T = 100"),
        (small("evaluate", &["--cfg-scale", "9"]), "between 0 and 8"),
        (small("evaluate", &["--batch", "0"]), "--batch"),
        (small("evaluate", &["--cas-epochs", "0"]), "--cas-epochs"),
        (small("evaluate", &["--cas-epochs", "NaN"]), "--cas-epochs"),
        (
            small("evaluate", &["--out", "missing/e.json"]),
            "there is no folder missing",
        ),
        (small("quality", &["--table-steps", "2,0"]), "--table-steps"),
        (
            small("quality", &["--docs", "text.npy"]),
            "cannot make the folder",
        ),
        (
            small("evaluate", &["--langevin-inner", "0"]),
            "at least 1 step",
        ),
        (
            vec![
                "sample",
                "--weights",
                "w.safetensors",
                "--out",
                "missing/x.npy",
            ],
            "there is no folder missing",
        ),
        (small("quality", &["--table-count", "1"]), "--table-count"),
        (
            small("quality", &["--bound-weights", "missing.safetensors"]),
            "cannot read missing.safetensors",
        ),
        (with_samples(&["--samples", "text.npy"]), "uint8"),
        (with_samples(&["--samples", "x.labels.npy"]), "28×28"),
        (with_samples(&["--labels", "x.labels.npy"]), "--samples"),
        (
            with_samples(&["--samples", "x.npy", "--labels", "x.npy"]),
            "must be [3]",
        ),
        (
            vec![
                "evaluate",
                "--classifier",
                "w.safetensors",
                "--weights",
                "w.safetensors",
            ],
            "train-classifier",
        ),
        (
            vec!["train-classifier", "--data", ".", "--batch-size", "50"],
            "40 images",
        ),
        (
            vec!["train-classifier", "--data", ".", "--epochs", "0"],
            "epochs",
        ),
        (
            vec!["train-classifier", "--out", "missing/c.safetensors"],
            "there is no folder missing",
        ),
    ] {
        // clap refuses an option that is given twice, so only the last value is kept.
        let message = fail(&folder, &without_repeats(&arguments));
        assert!(message.contains(expected), "{arguments:?} said {message}");
    }
    // All mistakes were found before anything was measured.
    for cache in ["cache", "target"] {
        assert!(!Path::exists(&folder.path().join(cache)));
    }
}

/// The arguments, with only the last value of an option that is given twice.
pub fn without_repeats<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let mut kept = Vec::new();
    let mut rest = arguments;
    while let Some((&first, more)) = rest.split_first() {
        if first.starts_with("--") && more.contains(&first) {
            rest = &more[1..];
            continue;
        }
        kept.push(first);
        rest = more;
    }
    kept
}
