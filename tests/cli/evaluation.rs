//! The commands `train-classifier`, `evaluate` and `quality`.

use std::path::Path;

use ddpm::samplers::SamplerKind;
use serde_json::Value;
use tempfile::TempDir;

use super::{folder, succeed, train};

/// A folder with the weights of two training steps and a classifier.
pub fn trained() -> TempDir {
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

pub fn small<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&[command], SMALL, more].concat()
}

pub fn json(folder: &TempDir, name: &str) -> Value {
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
    let eta = |manner: &str| drawn[manner]["sampler"]["eta"].as_f64();
    assert_eq!(
        [eta("manner"), eta("unconditional_manner")],
        [Some(1.0), Some(1.0)]
    );
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

/// The names of all samplers on the command line.
pub fn samplers() -> impl Iterator<Item = String> {
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
    let rest = ["--skip", "cas,bits", "--docs", "docs"];
    let more = [&more[..], &rest].concat();
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
            "manner": { "sampler": "dpm++2m", "steps": 2, "cfg_scale": guidance, "cfg_t_min": 0.0, "cfg_t_max": 1.0, "eta": 1.0 },
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

    // Without digits to compare few steps with all, the page says nothing of them.
    assert!(
        page.contains("Fréchet distances of 4 digits each"),
        "{page}"
    );
    let few = [
        "--table-count",
        "4",
        "--reference-count",
        "0",
        "--table-steps",
        "2",
    ];
    succeed(&folder, &small("quality", &[&few[..], &rest].concat()));
    let page = std::fs::read_to_string(docs.join("quality.md")).unwrap();
    assert!(!page.contains("digits each: "), "{page}");
    assert_eq!(
        json(&folder, "docs/quality.json")["reference"],
        serde_json::json!([])
    );
}

/// The bar of bits/dim takes the better of two models, and the page has a row for each. The second comes from `--bound-weights`.
#[test]
fn quality_measures_the_model_for_the_bound() {
    let folder = trained();
    let learned = ["--variance-type", "learned_range", "--loss", "hybrid"];
    let learned = [&["bound.safetensors", "--max-steps", "2"], &learned[..]].concat();
    succeed(&folder, &train(&learned));
    let few = ["--table-count", "2", "--table-steps", "2"];
    let few = [
        &few[..],
        &["--table-samplers", "ddim", "--reference-count", "0"],
    ]
    .concat();
    let rest = ["--skip", "cas,neighbours,eps", "--docs", "docs"];
    let others = ["--bound-weights", "bound.safetensors"];
    let others = [
        &others[..],
        &["--unconditional-weights", "bound.safetensors"],
    ]
    .concat();
    let more = [&few[..], &rest, &others].concat();
    succeed(&folder, &small("quality", &more));
    let found = json(&folder, "docs/quality.json");
    assert_eq!(found["bound"]["weights"]["file"], "bound.safetensors");
    assert_eq!(found["unconditional_weights"]["file"], "bound.safetensors");
    let totals = |bits: &Value| -> Vec<f64> {
        let bounds = bits["bounds"].as_array().unwrap();
        let total = |bound: &Value| bound["total"]["value"].as_f64().unwrap();
        bounds.iter().map(total).collect()
    };
    let of_weights = totals(&found["report"]["bits"]);
    let of_bound = totals(&found["bound"]["bits"]);
    assert_eq!((of_weights.len(), of_bound.len()), (2, 3));
    let least = |totals: &[f64]| totals.iter().copied().fold(f64::INFINITY, f64::min);
    let [ours, other] = [least(&of_weights), least(&of_bound)];

    let page = std::fs::read_to_string(folder.path().join("docs/quality.md")).unwrap();
    let by = if other < ours {
        " by `bound.safetensors`"
    } else {
        ""
    };
    // So few images are one group of the bootstrap, so the figures have no interval.
    let bar = format!(
        "| bits/dim of 8 test images{by} | ≤ 1.15 | {:.3} |",
        ours.min(other)
    );
    for part in [
        bar,
        "\nWeights for bits/dim: `bound.safetensors`".into(),
        "\nWeights for digits without a class: `bound.safetensors`".into(),
        "| bits/dim of `bound.safetensors`, σ² ".into(),
        format!(" (8 test images) |  | {other:.4} |"),
        "| bits/dim, σ² fixed_small (8 test images) |".into(),
    ] {
        assert!(page.contains(&part), "{part} is missing from {page}");
    }
    // Both results are in the cache, for a command that is given again.
    let cached = std::fs::read_dir(folder.path().join("cache")).unwrap();
    let names = cached.map(|entry| entry.unwrap().file_name());
    let of_bits = names.filter(|name| name.to_string_lossy().starts_with("bits-"));
    assert_eq!(of_bits.count(), 2);
}
