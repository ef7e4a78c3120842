//! Files of training runs: round trips, and what reading refuses.

use super::*;

#[test]
fn a_run_comes_back_exactly() {
    let file = encode_state(&layout(), &state()).unwrap();
    assert_eq!(decode_state(&file, |_| layout()).unwrap(), state());
    assert_eq!(file, encode_state(&layout(), &state()).unwrap());
    assert_eq!(read_metadata(&file).unwrap(), meta());
}

#[test]
fn the_two_kinds_of_file_are_told_apart() {
    let run = encode_state(&layout(), &state()).unwrap();
    refused(&run, "is_training_state", "--resume");
    let error = decode_state(&file(), |_| layout()).unwrap_err();
    assert_eq!(error.code(), "no_training_state");
}

#[test]
fn a_run_of_another_network_is_refused() {
    let run = encode_state(&layout(), &state()).unwrap();
    let mut other = layout();
    other.specs[1].name = "conv.offset".into();
    let error = decode_state(&run, |_| other.clone()).unwrap_err();
    assert_eq!(error.code(), "wrong_layout");

    let mut short = state();
    short.ema.pop();
    let error = encode_state(&layout(), &short).unwrap_err();
    assert_eq!(error.code(), "wrong_length");
    assert!(error.to_string().contains("state.ema"), "{error}");

    let mut broken = state();
    broken.v[3] = f32::NAN;
    let error = encode_state(&layout(), &broken).unwrap_err();
    assert_eq!(error.code(), "not_finite");
    assert!(error.to_string().contains("state.v"), "{error}");
}

#[test]
fn a_damaged_run_is_refused() {
    let run = encode_state(&layout(), &state()).unwrap();
    let decoded = |header: &Value, data: &[u8]| {
        decode_state(&with_header(header, data), |_| layout()).unwrap_err()
    };
    let (header, data) = header_of(&run);
    let mut spoilt = header.clone();
    spoilt["state.ema"]["shape"] = json!([24]);
    assert_eq!(decoded(&spoilt, data).code(), "wrong_shape");
    let mut spoilt = header.clone();
    spoilt["state.m"]["dtype"] = json!("F16");
    let error = decoded(&spoilt, data);
    assert_eq!(error.code(), "wrong_dtype");
    assert!(error.to_string().contains("only F32"), "{error}");
    let mut spoilt = header.clone();
    without(&mut spoilt, "state.v");
    assert_eq!(decoded(&spoilt, data).code(), "missing_tensor");
    for cut in 0..run.len() {
        assert!(decode_state(&run[..cut], |_| layout()).is_err());
    }
}

/// What was seen of a run is in the file, and is no part of what the next step depends on.
#[test]
fn the_record_of_a_run_comes_back() {
    let record = RunRecord {
        about: RunAbout {
            data: Some(crate::data::DatasetId {
                name: "digits".into(),
                images: 12,
                fingerprint: "0123".into(),
            }),
            sample_every: 100,
            sample_steps: 50,
            max_steps: 2400,
            end: Some(4800),
            samples_step: 1200,
            film: vec![100, 1200],
            metrics: vec![crate::training::MetricPoint {
                step: 1200,
                grad_norm: 0.1,
                learning_rate: 1e-3,
                images_per_s: 123.4,
                tenths: std::array::from_fn(|tenth| (tenth > 0).then_some(0.1 * tenth as f32)),
            }],
            validation: vec![(0, 1.0), (1200, 0.123)],
            validates: true,
            held_out: 7,
            stop_at: Some(1300),
            begun_with: Some("first.safetensors (9 steps)".into()),
        },
        losses: vec![(1, 0.9), (16_777_216, 0.125)],
        samples: (0..2 * crate::nn::unet::PIXELS)
            .map(|i| (i % 256) as u8)
            .collect(),
    };
    let kept = TrainState {
        record: Some(record),
        history: Some(vec![0.5, 1.5]),
        ..state()
    };
    let file = encode_state(&layout(), &kept).unwrap();
    assert!(is_training_state(&file) && !is_training_state(&super::file()));
    assert_eq!(decode_state(&file, |_| layout()).unwrap(), kept);
    let empty = TrainState {
        record: Some(RunRecord::default()),
        ..state()
    };
    let file = encode_state(&layout(), &empty).unwrap();
    assert_eq!(decode_state(&file, |_| layout()).unwrap(), empty);

    let (mut header, data) = header_of(&file);
    header["run.samples"]["shape"] = json!([0, 3]);
    let error = decode_state(&with_header(&header, data), |_| layout()).unwrap_err();
    assert_eq!(error.code(), "wrong_shape");
    without(&mut header, "run.losses");
    let error = decode_state(&with_header(&header, data), |_| layout()).unwrap_err();
    assert_eq!(error.code(), "missing_tensor");
    header["__metadata__"]["ddpm.run"] = "?".into();
    let error = decode_state(&with_header(&header, data), |_| layout()).unwrap_err();
    assert_eq!(error.code(), "bad_metadata");
}
