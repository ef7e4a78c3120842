//! The command `learning-curve`.

use serde_json::Value;

use super::evaluation::{json, trained};
use super::evaluation_mistakes::without_repeats;
use super::{fail, succeed, train};

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
    // The curve's digits are drawn without noise on the way.
    let evaluated = [
        "evaluate",
        "--data",
        ".",
        "--weights",
        "t.safetensors",
        "--eta",
        "0",
    ];
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
