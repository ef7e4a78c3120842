//! Weights that come with a second network, their guide.

use super::*;
use crate::diffusion::GuidanceInterval;

/// The file's weights with a guide of the same layout, whose values are others.
fn guided() -> Checkpoint {
    let mut weights = Checkpoint::new(meta(), values());
    weights.meta.guide = Some(Guide {
        unet: UNetConfig::new([4, 4, 4], 2),
        cfg_scale: 2.5,
        interval: GuidanceInterval {
            cfg_t_min: 0.2,
            cfg_t_max: 0.9,
        },
        origin: "Trained briefly by a test.".into(),
    });
    weights.guide = values().iter().map(|value| 1.0 - value).collect();
    weights
}

fn guided_file() -> Vec<u8> {
    encode(&guided(), |_| layout(), Dtype::F32).unwrap()
}

/// The file with another header.
fn edited(edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    with_other_header(&guided_file(), edit)
}

#[test]
fn both_networks_come_back() {
    let file = guided_file();
    let (header, data) = header_of(&file);
    assert_eq!(header["guide.conv.weight"]["shape"], json!([2, 1, 3, 3]));
    assert_eq!(data.len(), 2 * 4 * layout().len());
    let back = read(&file).unwrap();
    // A program that knows no guides says that a newer one is needed.
    assert_eq!(back.meta.format, guide::FORMAT);
    let expected = guided();
    assert_eq!(
        [&back.values, &back.guide],
        [&expected.values, &expected.guide]
    );
    assert_eq!(back.meta.guide, expected.meta.guide);
    assert_eq!(back.exact_dtype(), Dtype::F32);
    let again = encode(&back, |_| layout(), Dtype::F32).unwrap();
    assert_eq!(again, file);
}

#[test]
fn guidance_is_that_of_the_recipe_or_of_the_guide() {
    let weights = guided();
    assert_eq!(weights.meta.cfg_scale(true), weights.meta.train.cfg_scale);
    assert_eq!(weights.meta.cfg_scale(false), 2.5);
    assert_eq!(
        weights.meta.cfg_interval(true),
        weights.meta.train.cfg_interval()
    );
    let interval = weights.meta.cfg_interval(false);
    assert_eq!((interval.cfg_t_min, interval.cfg_t_max), (0.2, 0.9));
    let plain = Checkpoint::new(weights.meta, weights.values);
    assert_eq!(plain.meta.cfg_scale(false), 1.0);
    assert_eq!(plain.meta.cfg_interval(false), GuidanceInterval::ALL);
}

#[test]
fn a_guide_that_names_no_steps_acts_in_all() {
    let file = edited(|header| {
        describe(header, |meta| {
            meta["guide"].as_object_mut().unwrap().remove("interval");
        });
    });
    let guide = read(&file).unwrap().meta.guide.unwrap();
    assert_eq!(guide.interval, GuidanceInterval::ALL);
}

#[test]
fn a_format_has_to_be_exact_for_both_networks() {
    let mut weights = guided();
    weights.values.fill(0.5);
    assert_eq!(weights.exact_dtype(), Dtype::F32);
    weights.guide.fill(0.25);
    assert_eq!(weights.exact_dtype(), Dtype::F16);
    weights.values[0] = 0.1;
    assert_eq!(weights.exact_dtype(), Dtype::F32);
}

#[test]
fn what_was_trained_from_them_has_no_guide() {
    let trained = Checkpoint::new(guided().meta, values());
    let back = read(&encode(&trained, |_| layout(), Dtype::F32).unwrap()).unwrap();
    assert_eq!((back.meta.guide, back.guide), (None, Vec::new()));
    // A run's state that names one all the same.
    let state = TrainState {
        meta: guided().meta,
        ..state()
    };
    let file = encode_state(&layout(), &state).unwrap();
    let back = decode_state(&file, |_| layout()).unwrap();
    assert_eq!(back.meta.guide, None);
}

#[test]
fn half_a_guide_is_refused() {
    let missing = edited(|header| {
        header.as_object_mut().unwrap().remove("guide.conv.bias");
    });
    refused(&missing, "missing_tensor", "`guide.conv.bias`");
    let undescribed = edited(|header| {
        describe(header, |meta| {
            meta.as_object_mut().unwrap().remove("guide");
        });
    });
    refused(&undescribed, "unknown_tensor", "`guide.");

    let mut weights = guided();
    weights.guide.pop();
    let error = encode(&weights, |_| layout(), Dtype::F32).unwrap_err();
    assert_eq!(error.code(), "wrong_length");
}

#[test]
fn a_guide_that_fits_no_network_is_refused() {
    let with = |unet: UNetConfig, cfg_scale: f64, cfg_t_min: f64| {
        let mut weights = guided();
        let interval = GuidanceInterval {
            cfg_t_min,
            cfg_t_max: 0.5,
        };
        let origin = String::new();
        weights.meta.guide = Some(Guide {
            unet,
            cfg_scale,
            interval,
            origin,
        });
        encode(&weights, |_| layout(), Dtype::F32).unwrap_err()
    };
    let four = UNetConfig::new([4, 4, 4], 2);
    let odd = UNetConfig { groups: 3, ..four };
    let two = UNetConfig {
        out_channels: 2,
        ..four
    };
    for (unet, cfg_scale, cfg_t_min, words) in [
        (odd, 2.0, 0.0, "The guide's network: channel count 4"),
        (
            two,
            2.0,
            0.0,
            "2 output channels, and the network that it guides 1",
        ),
        (four, 8.1, 0.0, "The guide's scale is 8.1"),
        (four, f64::NAN, 0.0, "The guide's scale is NaN"),
        (
            four,
            2.0,
            0.6,
            "The guide: The share of T from which on guidance acts is 0.6",
        ),
    ] {
        let error = with(unet, cfg_scale, cfg_t_min);
        assert_eq!(error.code(), "wrong_config");
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// A reader notes both what it left out of the description and what it read otherwise of the tensors.
#[test]
fn all_notes_are_kept() {
    let bytes = edited(|header| {
        describe(header, |meta| meta["class_names"] = json!(["one"]));
        let tensors = header.as_object_mut().unwrap();
        for name in tensors.keys().cloned().collect::<Vec<_>>() {
            if name != "__metadata__" {
                let tensor = tensors.remove(&name).unwrap();
                tensors.insert(format!("module.{name}"), tensor);
            }
        }
    });
    let note = read(&bytes).unwrap().meta.note().unwrap();
    assert!(
        note.contains("names of the classes were left out"),
        "{note}"
    );
    assert!(note.contains("`module.`, which was taken off"), "{note}");
}
