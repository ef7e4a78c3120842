//! The recipe on the command line, in the files, and through a run that is killed.

use ddpm::checkpoint::{Checkpoint, Dtype, TrainState, decode, decode_state, encode};
use ddpm::diffusion::Prediction;
use ddpm::diffusion::schedule::ScheduleKind;
use ddpm::nn::unet::UNet;
use ddpm::training::{FieldControl, TrainConfig};
use tempfile::TempDir;

use super::running::Running;
use super::{ddpm, fail, folder, run, succeed, train};

const RECIPE: [&str; 8] = [
    "--schedule",
    "cosine",
    "--prediction",
    "v",
    "--min-snr-gamma",
    "5",
    "--max-shift",
    "2",
];

pub fn state(folder: &TempDir, name: &str) -> Option<TrainState> {
    let bytes = std::fs::read(folder.path().join(name)).ok()?;
    Some(
        decode_state(&bytes, UNet::layout)
            .expect("replaced atomically: the old one or the new one"),
    )
}

#[test]
fn the_recipe_is_in_the_file_and_samples_are_drawn_by_it() {
    let folder = folder();
    let command = [&["w.safetensors", "--max-steps", "2"], &RECIPE[..]].concat();
    succeed(&folder, &train(&command));
    let info = succeed(&folder, &["info", "w.safetensors"]);
    for part in [
        "schedule      cosine\n",
        "prediction    v\n",
        "min-SNR γ     5\n",
        "shifts        up to 2 pixels\n",
    ] {
        assert!(info.contains(part), "{part} is missing from {info}");
    }
    let bytes = std::fs::read(folder.path().join("w.safetensors")).unwrap();
    let checkpoint = decode(&bytes, UNet::layout).unwrap();
    let meta = &checkpoint.meta;
    assert_eq!(meta.train.schedule, ScheduleKind::Cosine);
    assert_eq!(meta.train.prediction, Prediction::V);
    assert!(meta.loss.is_some());

    let sample = |weights: &str, out: &str| {
        let arguments = ["--count", "2", "--steps", "4", "--out", out];
        succeed(
            &folder,
            &[&["sample", "--weights", weights], &arguments[..]].concat(),
        );
        std::fs::read(folder.path().join(out)).unwrap()
    };
    let right = sample("w.safetensors", "right.npy");
    // The same numbers taken for ε over the linear schedule draw something else.
    let mut wrong = meta.clone();
    wrong.train = TrainConfig {
        timesteps: meta.train.timesteps,
        ..TrainConfig::default()
    };
    let wrong = Checkpoint::new(wrong, checkpoint.values);
    let file = encode(&wrong, UNet::layout, Dtype::F32);
    std::fs::write(folder.path().join("wrong.safetensors"), file.unwrap()).unwrap();
    assert_ne!(right, sample("wrong.safetensors", "wrong.npy"));
}

/// kill −9 at any time, between or within two savings: the state on disk is whole, and the run that goes
/// on from it ends with the numbers of one that was never disturbed.
#[test]
fn a_killed_run_goes_on_to_the_same_weights() {
    let folder = folder();
    let begin = [
        &[
            "parts.safetensors",
            "--save-every",
            "0",
            "--max-steps",
            "100000",
        ],
        &RECIPE[..],
    ]
    .concat();
    let mut killed = Running::start(&mut ddpm(&folder, &train(&begin)));
    killed.wait_until("its third step is saved", || {
        state(&folder, "parts.state.safetensors").is_some_and(|state| state.meta.step >= 3)
    });
    killed.signal("-KILL");
    assert!(!killed.output().status.success());

    let killed = state(&folder, "parts.state.safetensors").unwrap();
    let end = (killed.meta.step + 3).to_string();
    succeed(
        &folder,
        &train(&["parts.safetensors", "--max-steps", &end, "--resume"]),
    );
    let whole = [&["whole.safetensors", "--max-steps", &end], &RECIPE[..]].concat();
    succeed(&folder, &train(&whole));
    let [whole, parts] = ["whole", "parts"].map(|name| {
        let state = state(&folder, &format!("{name}.state.safetensors")).unwrap();
        let weights = std::fs::read(folder.path().join(format!("{name}.safetensors"))).unwrap();
        let weights = decode(&weights, UNet::layout).unwrap();
        assert_eq!(state.meta.step.to_string(), end);
        assert_eq!(weights.meta, state.meta);
        (state, weights.values)
    });
    assert_eq!(whole.1, parts.1);
    assert_eq!(whole.0.params, parts.0.params);
    assert_eq!(whole.0.m, parts.0.m);
    assert_eq!(whole.0.v, parts.0.v);
    assert_eq!(whole.0.ema, parts.0.ema);
    // --resume was given no recipe: it is the state's.
    assert_eq!(parts.0.meta.train, whole.0.meta.train);
    assert_eq!(parts.0.meta.train.min_snr_gamma, 5.0);
}

#[test]
fn recipes_that_cannot_work_are_named() {
    let folder = folder();
    for (arguments, expected) in [
        (
            &["--zero-terminal-snr"][..],
            "choose the prediction v or x0",
        ),
        (
            &[
                "--zero-terminal-snr",
                "--prediction",
                "v",
                "--min-snr-gamma",
                "5",
            ],
            "choose one of the two",
        ),
        (&["--min-snr-gamma=-1"], "min-SNR γ is -1"),
        (&["--max-shift", "5"], "between 0 and 4"),
        (&["--schedule", "quadratic"], "scaled_linear"),
        (&["--prediction", "score"], "epsilon, x0, v"),
    ] {
        let message = fail(&folder, &train(&[&["x.safetensors"], arguments].concat()));
        assert!(message.contains(expected), "{arguments:?} said {message}");
    }
}

/// Every field of the recipe is a flag with its help, and its value is in both files and after `--resume`.
#[test]
fn every_field_of_the_recipe_is_a_flag_and_survives_resume() {
    let folder = folder();
    let help = succeed(&folder, &["train", "--help"]);
    let mut flags = Vec::new();
    for field in TrainConfig::fields() {
        let flag = format!("--{}", field.name.replace('_', "-"));
        assert!(
            help.contains(&format!("{flag} <")) || help.contains(&format!("{flag}\n")),
            "{flag}"
        );
        // Lines are wrapped to the terminal's width.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&help).contains(&words(field.help)), "{flag}");
        let value = match &field.control {
            FieldControl::Number {
                max: Some(max),
                whole: true,
                ..
            } if *max < 10.0 => "2".to_owned(),
            FieldControl::Number { whole: true, .. } => "12".to_owned(),
            FieldControl::Number { .. } => "0.25".to_owned(),
            // The last of the predictions is v, which a switch on zero terminal SNR needs.
            FieldControl::Choice { options } => options[options.len() - 1].0.to_owned(),
            FieldControl::Switch => {
                flags.push(flag);
                continue;
            }
        };
        // Fields that exclude one another, and ranges of two fields.
        let value = match field.name {
            "min_snr_gamma" => "0".to_owned(),
            "loss" => "simple".to_owned(),
            "t_sampling" => "uniform".to_owned(),
            "variance_type" => "fixed_large".to_owned(),
            "log_snr_min" => "-0.25".to_owned(),
            _ => value,
        };
        flags.extend([flag, value]);
    }
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let mut command = vec![
        "train",
        "--data",
        ".",
        "--preset",
        "tiny",
        "--out",
        "w.safetensors",
    ];
    command.extend(["--max-steps", "1"]);
    command.extend(&flags);
    succeed(&folder, &command);
    let first = state(&folder, "w.state.safetensors").unwrap().meta.train;
    let default = TrainConfig::default();
    let [set, unset] = [&first, &default].map(|config| serde_json::to_value(config).unwrap());
    for name in TrainConfig::NAMES {
        assert!(
            set[name] != unset[name] || ["min_snr_gamma", "loss", "t_sampling"].contains(name),
            "{name}"
        );
    }
    // `train` gives flags of a recipe, too, with other values than the state's: a note names them, and those alone.
    let resume = train(&["w.safetensors", "--max-steps", "2", "--resume"]);
    let output = run(&folder, &resume);
    assert!(output.status.success());
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(
        notes.contains("ignored: --batch-size, --timesteps\n"),
        "{notes}"
    );
    let resumed = state(&folder, "w.state.safetensors").unwrap();
    assert_eq!((resumed.meta.step, &resumed.meta.train), (2, &first));
    let weights = std::fs::read(folder.path().join("w.safetensors")).unwrap();
    assert_eq!(decode(&weights, UNet::layout).unwrap().meta.train, first);
}
