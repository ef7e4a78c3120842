//! The commands `sample`, `train-classifier`, `evaluate` and `quality`.

use std::path::Path;

use ddpm::samplers::SamplerKind;
use serde_json::Value;
use tempfile::TempDir;

use super::{PIXELS, fail, folder, succeed, train};

/// A folder with the weights of two training steps and a classifier.
fn trained() -> TempDir {
    let folder = folder();
    succeed(&folder, &train(&["w.safetensors", "--max-steps", "2"]));
    let log = succeed(
        &folder,
        &[
            "train-classifier",
            "--data",
            ".",
            "--batch-size",
            "8",
            "--epochs",
            "4",
            "--out",
            "c.safetensors",
        ],
    );
    assert!(log.contains("epoch 4 step 20 loss"), "{log}");
    assert!(log.contains("% of 20 test images"), "{log}");
    folder
}

/// Options that make an evaluation quick.
const SMALL: &[&str] = &[
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
    "--steps",
    "2",
    "--probe",
    "8",
    "--strata",
    "3",
    "--cas-epochs",
    "1",
    "--cache",
    "cache",
];

fn small<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&[command], SMALL, more].concat()
}

fn json(folder: &TempDir, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.path().join(name)).unwrap()).unwrap()
}

#[test]
fn weights_and_their_samples_measure_the_same() {
    let folder = trained();
    let table = succeed(&folder, &small("evaluate", &["--out", "drawn.json"]));
    for part in [
        "conditional: 12 digits, Fréchet distance",
        "conditional: accuracy",
        "distance to the nearest training image, median",
        "classification accuracy score",
        "unconditional: 6 digits",
        "bits/dim, σ² fixed_small (8 test images)",
        "of which L_{t−1}",
        "ε-MSE, t in 90–100 % of T",
    ] {
        assert!(table.contains(part), "{part} is missing from {table}");
    }
    let drawn = json(&folder, "drawn.json");
    assert_eq!(drawn["manner"]["sampler"]["steps"], 2);
    assert_eq!(drawn["conditional"]["count"], 12);
    assert_eq!(drawn["unconditional"]["accuracy"], Value::Null);
    let error = drawn["eps_error"]["tenths"][4]["value"].as_f64().unwrap();
    // After two steps the network still predicts about 0, whose error is 1.
    assert!((0.5..1.5).contains(&error), "{error}");
    let bits = &drawn["bits"]["bounds"][0];
    let part = |name: &str| bits[name]["value"].as_f64().unwrap();
    let sum = part("l_t") + part("l") + part("l_0");
    assert!((part("total") - sum).abs() < 1e-9 && sum > 0.0, "{bits}");

    // Figures have the ends of their confidence intervals beside them.
    let distance = &drawn["conditional"]["frechet"]["samples"];
    let [low, high] = [0, 1].map(|end| distance["interval"][end].as_f64().unwrap());
    let value = distance["value"].as_f64().unwrap();
    assert!(low < value && value < high, "{distance}");

    // From the cache the figures are the same, including the time of the drawing, and recording figures in the weights file
    // does not change their fingerprint.
    let info = || succeed(&folder, &["info", "w.safetensors"]);
    assert!(!info().contains("Bits/dim"));
    let recorded = succeed(
        &folder,
        &small("evaluate", &["--record", "--out", "recorded.json"]),
    );
    assert!(recorded.contains("and into w.safetensors"), "{recorded}");
    let after = info();
    for name in ["Fréchet distance", "Accuracy, %", "Bits/dim"] {
        assert!(after.contains(name), "{name} is missing from {after}");
    }
    // Figures that are measured later are added, as long as the digits were drawn with the same settings.
    let some = ["--record", "--skip", "neighbours,cas,eps,bits"];
    succeed(&folder, &small("evaluate", &some));
    assert_eq!(info(), after);
    for name in [
        "Drawn digits: 12",
        "Drawn in steps of dpm++2m: 2",
        "guidance: 1.5",
    ] {
        assert!(after.contains(name), "{name} is missing from {after}");
    }
    succeed(&folder, &small("evaluate", &["--out", "again.json"]));
    assert_eq!(json(&folder, "again.json"), drawn);
    // Images that were deleted from the cache are drawn again, although their time is still there.
    for entry in std::fs::read_dir(folder.path().join("cache")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "npy") {
            std::fs::remove_file(path).unwrap();
        }
    }
    succeed(&folder, &small("evaluate", &["--out", "anew.json"]));
    let anew = json(&folder, "anew.json");
    assert_eq!(
        anew["conditional"]["frechet"],
        drawn["conditional"]["frechet"]
    );

    let other = [&some[..], &["--cfg-scale", "2"]].concat();
    let said = succeed(&folder, &small("evaluate", &other));
    let gone = "Classification accuracy score, % is no longer there";
    assert!(said.contains(gone), "{said}");
    let after = info();
    assert!(
        after.contains("Bits/dim") && after.contains("guidance: 2"),
        "{after}"
    );
    assert!(!after.contains("Classification"), "{after}");

    let mut sample = vec!["sample", "--weights", "w.safetensors", "--steps", "2"];
    sample.extend(["--count", "12", "--class", "all", "--out", "x.npy"]);
    succeed(&folder, &sample);
    let labels = std::fs::read(folder.path().join("x.labels.npy")).unwrap();
    assert_eq!(
        labels[labels.len() - 12..],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    );
    let mut read = vec!["evaluate", "--data", ".", "--classifier", "c.safetensors"];
    read.extend(["--samples", "x.npy", "--labels", "x.labels.npy"]);
    read.extend([
        "--cas-epochs",
        "1",
        "--cache",
        "cache",
        "--out",
        "read.json",
    ]);
    succeed(&folder, &read);
    let mut expected = drawn["conditional"].clone();
    expected["seconds"] = Value::Null;
    let found = json(&folder, "read.json");
    assert_eq!(found["conditional"], expected);
    assert_eq!(found["weights"], Value::Null);
}

/// A run is measured whenever so many images were seen, and its weights there are those of `ddpm train`.
#[test]
fn a_learning_curve_follows_the_run() {
    let folder = trained();
    let curve = |more: &[&'static str]| {
        let mut command = vec![
            "learning-curve",
            "--data",
            ".",
            "--classifier",
            "c.safetensors",
        ];
        command.extend(["--cache", "cache", "--preset", "tiny", "--batch-size", "4"]);
        command.extend([
            "--images", "12", "--every", "8", "--count", "4", "--seeds", "1,2",
        ]);
        command.extend(more);
        without_repeats(&command)
    };
    let said = succeed(&folder, &curve(&["--out", "curve.json"]));
    assert!(
        said.contains("| images | seed 1 | seed 2 | median, %"),
        "{said}"
    );
    assert!(said.contains("90 % right"), "{said}");
    let found = json(&folder, "curve.json");
    assert_eq!(found["recipe"]["batch_size"], 4);
    let points = found["points"].as_array().unwrap();
    let of = |name: &str| {
        points
            .iter()
            .map(|p| p[name].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (of("images"), of("seed")),
        (vec![8, 12, 8, 12], vec![1, 1, 2, 2])
    );
    assert_ne!(
        points[1]["frechet"], points[3]["frechet"],
        "the seeds differ"
    );

    let mut command = train(&["t.safetensors", "--max-steps", "3", "--seed", "2"]);
    command.retain(|argument| !["--timesteps", "100"].contains(argument));
    succeed(&folder, &command);
    let evaluated = ["evaluate", "--data", ".", "--weights", "t.safetensors"];
    let options = [
        "--classifier",
        "c.safetensors",
        "--cache",
        "cache",
        "--count",
        "4",
    ];
    let skip = [
        "--unconditional",
        "0",
        "--skip",
        "neighbours,cas,eps,bits",
        "--out",
        "t.json",
    ];
    succeed(&folder, &[&evaluated[..], &options, &skip].concat());
    let evaluated = json(&folder, "t.json");
    let distance = &evaluated["conditional"]["frechet"]["samples"]["value"];
    let close = |a: &Value, b: &Value| (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-6;
    assert!(
        close(distance, &points[3]["frechet"]),
        "{distance} {}",
        points[3]
    );

    let said = fail(&folder, &curve(&["--every", "6"]));
    assert!(
        said.contains("--every is 6; it must be a multiple of the batch size, 4"),
        "{said}"
    );
    let said = fail(&folder, &curve(&["--count", "1"]));
    assert!(said.contains("--count is 1"), "{said}");
}

/// The names of all samplers on the command line.
fn samplers() -> impl Iterator<Item = String> {
    let names = SamplerKind::ALL.map(|kind| clap::ValueEnum::to_possible_value(&kind).unwrap());
    names.into_iter().map(|name| name.get_name().to_owned())
}

#[test]
fn quality_writes_the_whole_page() {
    let folder = trained();
    let more = [
        "--table-count",
        "4",
        "--reference-count",
        "4",
        "--table-steps",
        "2,3,1000",
    ];
    let more = [&more[..], &["--skip", "cas,bits", "--docs", "docs"]].concat();
    let docs = folder.path().join("docs");
    let write = || {
        succeed(&folder, &small("quality", &more));
        std::fs::read_to_string(docs.join("quality.md")).unwrap()
    };
    let page = write();
    // The page quotes the command with its options.
    let command = small("quality", &more).join(" ");
    assert!(page.contains(&format!("ddpm -- {command}`")), "{page}");
    assert!(
        page.contains("accuracy of 12 digits with guidance 1.5"),
        "{page}"
    );
    // The weights' T is 100: 1000 steps are left out.
    let head = "| sampler | 2 | 3 |\n".to_owned();
    for part in [head]
        .into_iter()
        .chain(samplers().map(|name| format!("\n| {name} |")))
    {
        assert!(page.contains(&part), "{part} is missing from {page}");
    }
    assert!(!page.contains("bits/dim"), "{page}");
    // Each picture that the page shows exists.
    let pictures: Vec<&str> = page
        .split("](quality/")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap())
        .collect();
    assert_eq!(pictures.len(), 6, "{pictures:?}");
    for picture in pictures {
        assert!(
            Path::exists(&docs.join("quality").join(picture)),
            "{picture}"
        );
    }
    let found = json(&folder, "docs/quality.json");
    let cells = found["table"].as_array().unwrap();
    assert_eq!(cells.len(), 2 * SamplerKind::ALL.len());

    // A second opinion is shown only if it describes these weights and these settings.
    let fingerprint = found["report"]["weights"]["fingerprint"].as_str().unwrap();
    let info = succeed(&folder, &["info", "w.safetensors"]);
    assert!(
        info.contains(&format!("fingerprint   {fingerprint}\n")),
        "{info}"
    );
    for (weights, guidance, taken) in [
        (fingerprint, 1.5, true),
        (fingerprint, 3.0, false),
        ("23956a45c0d4a5b4", 1.5, false),
    ] {
        let opinion = serde_json::json!({
            "weights": weights, "accuracy": 0.4321,
            "manner": { "sampler": "dpm++2m", "steps": 2, "cfg_scale": guidance },
        });
        std::fs::write(
            docs.join("quality/second-opinion.json"),
            opinion.to_string(),
        )
        .unwrap();
        let page = write();
        assert_eq!(page.contains("43.21 %"), taken, "{page}");
        assert_eq!(page.contains("second-opinion.json"), taken, "{page}");
    }
}

#[test]
fn every_sampler_draws() {
    let folder = folder();
    // The learning rate is high enough that the output depends on the class after 30 steps.
    let fast = ["w.safetensors", "--max-steps", "30", "--warmup-steps", "0"];
    let fast = [&fast[..], &["--learning-rate", "0.01", "--ema-decay", "0"]].concat();
    succeed(&folder, &train(&fast));
    let draw = |more: &[&str]| {
        let mut arguments = vec!["sample", "--weights", "w.safetensors", "--count", "3"];
        arguments.extend(["--steps", "5", "--out", "x.npy"]);
        arguments.extend(more);
        succeed(&folder, &arguments);
        let bytes = std::fs::read(folder.path().join("x.npy")).unwrap();
        bytes[bytes.len() - 3 * PIXELS..].to_vec()
    };
    let mut drawn: Vec<Vec<u8>> = samplers()
        .map(|sampler| draw(&["--class", "7", "--sampler", &sampler]))
        .collect();
    drawn.push(draw(&["--class", "7", "--cfg-scale", "3"]));
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
    // Unconditional digits have no labels, and the labels of the draw before are removed.
    assert!(Path::exists(&folder.path().join("x.labels.npy")));
    draw(&["--class", "none"]);
    assert!(!Path::exists(&folder.path().join("x.labels.npy")));
}

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
fn without_repeats<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
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
