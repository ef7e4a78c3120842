//! Files of every earlier layout are read, and newer ones as far as they say that they can be: the files are in
//! tests/fixtures/formats, and their README.md says how each was made.

use super::*;
use crate::training::{LrDecay, TimestepSampling};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/formats/",
            $name,
            ".safetensors"
        ))
    };
}

/// The recipe of the files. No number in it is a default, and fields that a layout lacks have the value that they were
/// trained with.
#[allow(
    clippy::needless_update,
    reason = "it is needed once there are later fields"
)]
fn recipe(decay_steps: u32, schedule: bool) -> TrainConfig {
    let first = TrainConfig {
        batch_size: 48,
        learning_rate: 0.002,
        warmup_steps: 500,
        decay_steps,
        timesteps: 250,
        ema_decay: 0.995,
        weight_decay: 0.01,
        grad_clip: 0.5,
        label_dropout: 0.2,
        seed: 7,
        // Literally, not as they are by default: defaults may change.
        schedule: ScheduleKind::Linear,
        zero_terminal_snr: false,
        prediction: Prediction::Epsilon,
        min_snr_gamma: 0.0,
        max_shift: 0,
        // Later fields are at what older programs did.
        ..serde_json::from_value(json!({})).unwrap()
    };
    if !schedule {
        return first;
    }
    TrainConfig {
        schedule: ScheduleKind::Cosine,
        zero_terminal_snr: true,
        prediction: Prediction::V,
        max_shift: 2,
        ..first
    }
}

/// The recipe of the fourth layout.
fn choices() -> TrainConfig {
    TrainConfig {
        lr_decay: LrDecay::InverseSqrt,
        t_sampling: TimestepSampling::Stratified,
        ..recipe(9000, true)
    }
}

fn described(meta: &Metadata, train: &TrainConfig) {
    assert_eq!(meta.train, *train);
    assert_eq!(meta.unet, UNetConfig::new([8, 16, 16], 4));
    assert_eq!(
        (meta.step, meta.epoch, meta.loss),
        (923, 0.49, Some(0.0421))
    );
    assert_eq!(meta.origin, "Trained by a test.");
}

#[test]
fn weights_of_every_layout_are_read() {
    for (file, train) in [
        (&fixture!("weights-1-first")[..], recipe(0, false)),
        (fixture!("weights-2-decay"), recipe(9000, false)),
        (fixture!("weights-3-schedule"), recipe(9000, true)),
        (fixture!("weights-4-choices"), choices()),
    ] {
        let Checkpoint {
            meta, values: read, ..
        } = read(file).unwrap();
        described(&meta, &train);
        assert_eq!(meta.format, 1);
        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= a.abs() / 1024.0;
        assert!(values().iter().zip(&read).all(near));
        assert_eq!((meta.ignored.len(), meta.note()), (0, None));
    }
    let meta = read_metadata(fixture!("weights-3-schedule")).unwrap();
    assert_eq!(meta.commit.as_deref(), Some("10f36da"));
    assert_eq!(meta.figures["Accuracy, %"], 99.38);
}

#[test]
fn states_of_every_layout_are_read() {
    for (file, train, format) in [
        (&fixture!("state-1-first")[..], recipe(0, false), 1),
        (fixture!("state-2-decay"), recipe(9000, false), 1),
        (fixture!("state-3-schedule"), recipe(9000, true), 1),
        (fixture!("state-4-choices"), choices(), 2),
    ] {
        let read = decode_state(file, |_| layout()).unwrap();
        described(&read.meta, &train);
        assert_eq!(read.meta.format, format);
        let near = |a: &[f32], b: &[f32]| {
            let near = |(a, b): (&f32, &f32)| (a - b).abs() <= a.abs() * 1e-6;
            a.len() == b.len() && a.iter().zip(b).all(near)
        };
        let expected = state();
        assert!(near(&read.params, &expected.params) && near(&read.ema, &expected.ema));
        assert!(near(&read.m, &expected.m) && near(&read.v, &expected.v));
    }
}

/// The record of a run that kept its last row of samples alone, and nothing of its steps but the losses.
#[test]
fn a_record_of_before_is_read() {
    let state = decode_state(fixture!("state-4-choices"), |_| layout()).unwrap();
    let RunRecord {
        about,
        losses,
        samples,
    } = state.record.unwrap();
    assert_eq!(losses, [(1, 0.9), (923, 0.04)]);
    assert_eq!(
        (samples.len(), about.samples_step),
        (crate::nn::unet::PIXELS, 900)
    );
    assert_eq!((about.data.unwrap().images, about.end), (12, Some(4800)));
    assert!(about.film.is_empty() && about.metrics.is_empty() && about.validation.is_empty());
    assert_eq!((about.validates, about.held_out), (false, 0));
}

/// The weights of before are written as they were: an older program reads what this one writes.
#[test]
fn what_is_not_new_is_written_as_before() {
    let file = fixture!("weights-1-first");
    let Checkpoint { meta, values, .. } = read(file).unwrap();
    let again = encoded(&values, &meta, Dtype::F32).unwrap();
    let [before, after] = [&file[..], &again].map(|file| {
        let (header, data) = header_of(file);
        let text = header["__metadata__"]["ddpm"].as_str().unwrap();
        let description: Value = serde_json::from_str(text).unwrap();
        (description, data)
    });
    assert_eq!(before.1, after.1);
    assert_eq!(before.0["format"], after.0["format"]);
    for (name, value) in before.0["train"].as_object().unwrap() {
        assert_eq!(after.0["train"][name], *value, "{name}");
    }

    let file = fixture!("state-3-schedule");
    let state = decode_state(file, |_| layout()).unwrap();
    assert_eq!(state.meta.train.oldest_format(true), 1);
    let again = encode_state(&layout(), &state).unwrap();
    assert_eq!(decode_state(&again, |_| layout()).unwrap(), state);
}

#[test]
fn a_field_that_need_not_be_known_is_named_and_ignored() {
    let read = read(fixture!("weights-newer-field")).unwrap();
    described(&read.meta, &recipe(9000, true));
    assert_eq!(read.meta.ignored, ["beta2"]);
    let note = read.meta.note().unwrap();
    assert!(
        note.contains("does not know") && note.contains("beta2"),
        "{note}"
    );
    assert_eq!(read.meta.provenance(), format!("Trained by a test. {note}"));
    assert_eq!(meta().provenance(), meta().origin);
}

#[test]
fn a_file_that_needs_a_newer_program_is_refused() {
    let weights = fixture!("weights-newer-format");
    refused(weights, "bad_metadata", "format 99");
    refused(weights, "bad_metadata", "newer version");
    let error = decode_state(fixture!("state-newer-format"), |_| layout()).unwrap_err();
    assert_eq!(error.code(), "bad_metadata");
    assert_eq!(read_metadata(weights).unwrap_err().code(), "bad_metadata");
}

/// Each field of the recipe goes through a file, whatever its value.
#[test]
fn every_field_of_the_recipe_comes_back() {
    let default = serde_json::to_value(TrainConfig::default()).unwrap();
    for field in TrainConfig::fields() {
        let name = field.name;
        let mut changed = default.clone();
        changed[name] = field.another_value();
        if changed["zero_terminal_snr"] == json!(true) {
            changed["prediction"] = json!("v");
        }
        // Fields that go with it: the other end of a range, the loss of a learned variance and its second output.
        match name {
            "beta_start" => changed["beta_end"] = json!(0.5),
            "log_snr_max" => changed["log_snr_min"] = json!(-15.0),
            "variance_type" => changed["loss"] = json!("hybrid"),
            "loss" | "t_sampling" => changed["loss"] = json!("vlb"),
            _ => {}
        }
        let train: TrainConfig = serde_json::from_value(changed).unwrap();
        let unet = UNetConfig {
            out_channels: train.out_channels(),
            ..meta().unet
        };
        let meta = Metadata::new(unet, train);
        let file = encoded(&values(), &meta, Dtype::F32).unwrap();
        assert_eq!(read(&file).unwrap().meta.train, meta.train, "{name}");
        let format = meta.train.oldest_format(true);
        let state = TrainState {
            meta: Metadata { format, ..meta },
            history: (name == "t_sampling").then(|| vec![1.0, 0.25, 0.0]),
            ..state()
        };
        let file = encode_state(&layout(), &state).unwrap();
        assert_eq!(decode_state(&file, |_| layout()).unwrap(), state, "{name}");
    }
}
