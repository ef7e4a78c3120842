//! Weights files: round trips, and what [`encode`] refuses to write. The modules below test what reading refuses,
//! damaged files, training runs and the classifier's file.

mod bad_files;
mod damage;
mod formats;
mod guides;
mod other_programs;
mod runs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::diffusion::Prediction;
use crate::diffusion::schedule::{ScheduleKind, VarianceType};
use crate::nn::unet::Preset;
use crate::nn::var_builder::{Init, ParamSpec};

fn layout() -> Layout {
    let mut specs: Vec<ParamSpec> = Vec::new();
    for (name, shape) in [
        ("conv.weight", vec![2, 1, 3, 3]),
        ("conv.bias", vec![2]),
        ("a.norm.weight", vec![3]),
    ] {
        let offset = specs.last().map_or(0, |s| s.offset + s.len());
        specs.push(ParamSpec {
            name: name.into(),
            shape,
            init: Init::Zeros,
            offset,
        });
    }
    Layout { specs }
}

/// A recipe in which no field has its default.
#[allow(
    clippy::needless_update,
    reason = "a field that is new need not be listed here"
)]
fn recipe() -> TrainConfig {
    TrainConfig {
        batch_size: 96,
        learning_rate: 0.0025,
        warmup_steps: 500,
        decay_steps: 9000,
        timesteps: 250,
        schedule: ScheduleKind::Cosine,
        zero_terminal_snr: true,
        prediction: Prediction::V,
        // A rescaled schedule allows no other value.
        min_snr_gamma: 0.0,
        ema_decay: 0.995,
        weight_decay: 0.01,
        grad_clip: 0.5,
        label_dropout: 0.2,
        max_shift: 2,
        seed: 4_294_967_295,
        ..TrainConfig::default()
    }
}

fn meta() -> Metadata {
    Metadata {
        step: 1234,
        epoch: 0.5,
        loss: Some(0.0421),
        origin: "Made by a test: \"quotes\", ünicode, 32 images a step.".into(),
        commit: Some("0123abc-dirty".into()),
        figures: BTreeMap::from([
            ("Fréchet distance".to_owned(), 3.75),
            ("bits/dim".to_owned(), 1.5),
        ]),
        ..Metadata::new(UNetConfig::new([8, 16, 16], 4), recipe())
    }
}

fn values() -> Vec<f32> {
    (0..layout().len())
        .map(|i| (i as f32 - 11.3) / 7.0)
        .collect()
}

/// A weights file without a guide.
fn encoded(values: &[f32], meta: &Metadata, dtype: Dtype) -> Result<Vec<u8>, CheckpointError> {
    let checkpoint = Checkpoint::new(meta.clone(), values.to_vec());
    encode(&checkpoint, |_| layout(), dtype)
}

fn file() -> Vec<u8> {
    encoded(&values(), &meta(), Dtype::F32).unwrap()
}

fn state() -> TrainState {
    let vector = |scale: f32| values().iter().map(|v| v * scale).collect();
    TrainState {
        meta: meta(),
        params: vector(1.0),
        m: vector(1e-3),
        v: vector(1e-9),
        ema: vector(0.99),
        history: None,
        record: None,
    }
}

fn read(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
    decode(bytes, |_| layout())
}

#[track_caller]
fn refused(bytes: &[u8], code: &str, words: &str) {
    let error = read(bytes).expect_err("must be refused");
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

fn header_of(file: &[u8]) -> (Value, &[u8]) {
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    (
        serde_json::from_slice(&file[8..8 + length]).unwrap(),
        &file[8 + length..],
    )
}

fn with_header(header: &Value, data: &[u8]) -> Vec<u8> {
    let header = header.to_string();
    [
        &(header.len() as u64).to_le_bytes(),
        header.as_bytes(),
        data,
    ]
    .concat()
}

/// This file with its header changed.
fn with_other_header(file: &[u8], edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let (mut header, data) = header_of(file);
    edit(&mut header);
    with_header(&header, data)
}

/// [`file`] with its header changed.
fn edited(edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    with_other_header(&file(), edit)
}

/// Changes the description in a header.
fn describe(header: &mut Value, edit: impl FnOnce(&mut Value)) {
    let text = header["__metadata__"]["ddpm"].as_str().unwrap();
    let mut meta: Value = serde_json::from_str(text).unwrap();
    edit(&mut meta);
    header["__metadata__"]["ddpm"] = meta.to_string().into();
}

/// [`file`] with its description changed.
fn described(edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    edited(|header| describe(header, edit))
}

fn without(header: &mut Value, key: &str) {
    header.as_object_mut().unwrap().remove(key);
}

#[test]
fn f32_weights_come_back_exactly_and_the_same_bytes_each_time() {
    let checkpoint = read(&file()).unwrap();
    assert_eq!(checkpoint.values, values());
    assert_eq!(checkpoint.meta, meta());
    assert_eq!(file(), file());
    assert_eq!(read_metadata(&file()).unwrap(), meta());
}

/// The description is one from before schedule and prediction could be chosen.
#[test]
fn old_files_are_of_the_linear_schedule_and_epsilon() {
    let file = edited(|header| {
        let old = json!({
            "unet": { "channels": [8, 16, 16], "groups": 4 },
            "train": {
                "batch_size": 32, "learning_rate": 0.001, "warmup_steps": 500, "decay_steps": 0,
                "timesteps": 250, "ema_decay": 0.999, "weight_decay": 0.0, "grad_clip": 1.0,
                "label_dropout": 0.1, "seed": 0,
            },
            "step": 923, "epoch": 0.49, "loss": null, "origin": "Trained.", "format": 1,
        });
        header["__metadata__"]["ddpm"] = old.to_string().into();
    });
    let meta = read(&file).unwrap().meta;
    let train = TrainConfig {
        warmup_steps: 500,
        timesteps: 250,
        ..TrainConfig::default()
    };
    assert_eq!(train.schedule, ScheduleKind::Linear);
    assert_eq!(train.prediction, Prediction::Epsilon);
    assert_eq!(meta.train, train);
    assert_eq!((meta.commit, meta.figures.len()), (None, 0));
}

#[test]
fn what_is_not_known_is_left_out() {
    let meta = Metadata {
        commit: None,
        figures: BTreeMap::new(),
        ..meta()
    };
    let file = encoded(&values(), &meta, Dtype::F32).unwrap();
    let (header, _) = header_of(&file);
    let text = header["__metadata__"]["ddpm"].as_str().unwrap();
    assert!(
        !text.contains("commit") && !text.contains("figures"),
        "{text}"
    );
    assert_eq!(read(&file).unwrap().meta, meta);

    let meta = Metadata {
        figures: BTreeMap::from([("accuracy".to_owned(), f64::NAN)]),
        ..meta
    };
    let error = encoded(&values(), &meta, Dtype::F32).unwrap_err();
    assert_eq!(error.code(), "wrong_config");
}

#[test]
fn the_file_is_what_other_tools_expect() {
    let file = file();
    let (header, data) = header_of(&file);
    assert_eq!(header["__metadata__"]["format"], "pt");
    assert_eq!(header["conv.weight"]["shape"], json!([2, 1, 3, 3]));
    assert_eq!((file.len() - data.len()) % 8, 0);
    assert_eq!(data.len(), 4 * layout().len());
}

#[test]
fn tensors_may_come_in_any_order_and_in_bf16() {
    let (names, shapes) = (
        ["conv.bias", "a.norm.weight", "conv.weight"],
        [&[2][..], &[3], &[2, 1, 3, 3]],
    );
    let bytes = |count: usize, first: f32| -> Vec<u8> {
        let value = |i| half::bf16::from_f32(first + i as f32);
        (0..count).flat_map(|i| value(i).to_le_bytes()).collect()
    };
    let data = [bytes(2, 0.0), bytes(3, 10.0), bytes(18, 100.0)];
    let tensors: Vec<_> = (0..3)
        .map(|i| (names[i], shapes[i], data[i].clone()))
        .collect();
    let file = container::write(&meta().entries(false), safetensors::Dtype::BF16, &tensors);
    let values = read(&file).unwrap().values;
    assert_eq!((values[0], values[18], values[20]), (100.0, 0.0, 10.0));
}

#[test]
fn a_sparse_description_is_completed() {
    let unet = json!({ "unet": { "channels": [8, 16, 16], "groups": 4 }, "someday": 1 });
    let file = described(|m| *m = unet);
    let config = meta().unet;
    assert_eq!(
        read(&file).unwrap().meta,
        Metadata::new(config, TrainConfig::of_older_files())
    );
}

#[test]
fn f16_refuses_what_it_cannot_hold() {
    let mut values = values();
    values[2] = -65504.0;
    let file = encoded(&values, &meta(), Dtype::F16).unwrap();
    assert_eq!(read(&file).unwrap().values[2], -65504.0);
    values[2] = 65504.01;
    let error = encoded(&values, &meta(), Dtype::F16).unwrap_err();
    assert_eq!(error.code(), "f16_overflow");
    assert!(error.to_string().contains("`conv.weight`"), "{error}");
    assert!(encoded(&values, &meta(), Dtype::F32).is_ok());
}

#[test]
fn what_no_reader_would_take_is_not_written() {
    let error = encoded(&values()[1..], &meta(), Dtype::F32).unwrap_err();
    assert_eq!(error.code(), "wrong_length");
    let mut meta = meta();
    meta.train.learning_rate = f64::NAN;
    let error = encoded(&values(), &meta, Dtype::F32).unwrap_err();
    assert_eq!(error.code(), "wrong_config");
}

proptest! {
    #[test]
    fn decode_undoes_encode(
        values in prop::collection::vec(
            any::<f32>().prop_filter("finite", |v| v.is_finite()), layout().len(),
        ),
        step: u32, epoch in 0.0f64..1e6, loss in prop::option::of(0.0f64..10.0), origin: String,
    ) {
        let meta = Metadata { step: step.into(), epoch, loss, origin, ..meta() };
        let file = encoded(&values, &meta, Dtype::F32).unwrap();
        let back = read(&file).unwrap();
        prop_assert!(back.values.iter().map(|v| v.to_bits()).eq(values.iter().map(|v| v.to_bits())));
        // `serde_json` may be off by the last bit for numbers of 16 digits and more.
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-15 * a.abs();
        prop_assert!(close(back.meta.epoch, epoch));
        prop_assert!(close(back.meta.loss.unwrap_or(-1.0), loss.unwrap_or(-1.0)));
        prop_assert_eq!(Metadata { epoch, loss, ..back.meta }, meta);
    }

    #[test]
    fn f16_weights_come_back_within_half_a_unit(
        values in prop::collection::vec(-65504.0f32..=65504.0, layout().len()), scale in 0u8..40,
    ) {
        let values: Vec<f32> = values.iter().map(|v| v / (1u64 << scale) as f32).collect();
        let file = encoded(&values, &meta(), Dtype::F16).unwrap();
        for (before, after) in values.iter().zip(read(&file).unwrap().values) {
            // The error is at most half a unit in the last of 11 bits. Below 2⁻¹⁴ the unit stays at 2⁻²⁴.
            let unit = 2f32.powi(before.abs().log2().floor().max(-14.0) as i32 - 10);
            prop_assert!((before - after).abs() <= unit / 2.0, "{before} became {after}");
        }
    }
}
