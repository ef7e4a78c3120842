//! Weights as other programs save them: what does not matter is taken, and a note says what was done.

use super::*;
use crate::nn::unet::UNet;
use crate::training::LossKind;

/// The weights that [`file`] holds, read from `bytes`; returns what the notes say.
#[track_caller]
fn taken(bytes: &[u8]) -> String {
    let checkpoint = read(bytes).unwrap();
    assert_eq!(checkpoint.values, values());
    assert_eq!(checkpoint.meta.train, recipe());
    checkpoint.meta.note().unwrap_or_default()
}

/// [`file`] with a prefix before the names of all tensors.
fn prefixed(prefix: &str) -> Vec<u8> {
    edited(|h| {
        for name in ["conv.weight", "conv.bias", "a.norm.weight"] {
            h[format!("{prefix}{name}")] = h[name].take();
            without(h, name);
        }
    })
}

#[test]
fn a_common_prefix_is_taken_off() {
    assert_eq!(taken(&file()), "");
    for prefix in [
        "module.",
        "ema_model.",
        "_orig_mod.",
        "model.",
        "_orig_mod.module.",
    ] {
        let note = taken(&prefixed(prefix));
        assert!(note.contains(&format!("`{prefix}`")), "{note}");
    }
    refused(&prefixed("net."), "missing_tensor", "`conv.weight`");
    let some = edited(|h| {
        h["module.conv.bias"] = h["conv.bias"].take();
        without(h, "conv.bias");
    });
    refused(&some, "missing_tensor", "`conv.bias`");
}

#[test]
fn counters_and_empty_tensors_are_skipped() {
    let end = (values().len() * 4) as u64;
    let sound = file();
    let (mut header, data) = header_of(&sound);
    header["n_averaged"] = json!({ "dtype": "I64", "shape": [], "data_offsets": [end, end + 8] });
    header["empty"] = json!({ "dtype": "U8", "shape": [3, 0], "data_offsets": [0, 0] });
    let file = with_header(&header, &[data, &[7; 8]].concat());
    let note = taken(&file);
    assert!(note.contains("`empty`, `n_averaged`"), "{note}");
}

/// The counter of PyTorch's average has no prefix, and the weights have.
#[test]
fn a_counter_does_not_hide_the_prefix() {
    let file = prefixed("module.");
    let (mut header, data) = header_of(&file);
    let end = data.len() as u64;
    header["n_averaged"] = json!({ "dtype": "I64", "shape": [], "data_offsets": [end, end + 8] });
    let note = taken(&with_header(&header, &[data, &[0; 8]].concat()));
    assert!(
        note.contains("`module.`") && note.contains("`n_averaged`"),
        "{note}"
    );
}

#[test]
fn double_precision_is_rounded() {
    let doubled = edited(|h| {
        let names = ["conv.weight", "conv.bias", "a.norm.weight"];
        let mut start = 0;
        for name in names {
            let elements: u64 = h[name]["shape"]
                .as_array()
                .unwrap()
                .iter()
                .map(|d| d.as_u64().unwrap())
                .product();
            h[name] = json!({
                "dtype": "F64", "shape": h[name]["shape"], "data_offsets": [start, start + 8 * elements]
            });
            start += 8 * elements;
        }
    });
    let (header, _) = header_of(&doubled);
    let data: Vec<u8> = values()
        .iter()
        .flat_map(|&v| (f64::from(v) + 1e-12).to_le_bytes())
        .collect();
    let note = taken(&with_header(&header, &data));
    assert!(note.contains("64-bit"), "{note}");

    let large: Vec<u8> = values()
        .iter()
        .flat_map(|_| 1e300f64.to_le_bytes())
        .collect();
    refused(&with_header(&header, &large), "not_finite", "inf");
}

#[test]
fn metadata_that_do_not_matter_need_not_be_text() {
    let note = taken(&edited(|h| h["__metadata__"]["epoch"] = json!(3)));
    assert_eq!(note, "");
    taken(&edited(|h| h["__metadata__"]["format"] = json!(null)));
}

/// Weights of the PyTorch class, saved without metadata: the shapes tell the network, and what its outputs mean is assumed.
#[test]
fn weights_without_a_description_are_recognised() {
    for (unet, learned) in [
        (Preset::Tiny.config(), false),
        (
            UNetConfig {
                classes: 0,
                ..Preset::Tiny.config()
            },
            false,
        ),
        (
            UNetConfig {
                classes: 47,
                out_channels: 2,
                ..Preset::Tiny.config()
            },
            true,
        ),
    ] {
        let layout = UNet::layout(&unet);
        let values: Vec<f32> = (0..layout.len()).map(|i| (i % 97) as f32 / 97.0).collect();
        let train = TrainConfig::of_older_files();
        let train = TrainConfig {
            variance_type: if learned {
                VarianceType::LearnedRange
            } else {
                train.variance_type
            },
            loss: if learned {
                LossKind::Hybrid
            } else {
                train.loss
            },
            ..train
        };
        let weights = Checkpoint::new(Metadata::new(unet, train.clone()), values.clone());
        let file = encode(&weights, UNet::layout, Dtype::F32).unwrap();
        let (mut header, data) = header_of(&file);
        for metadata in [json!({}), json!(null), json!({ "format": "pt" })] {
            header["__metadata__"] = metadata;
            let bytes = with_header(&header, data);
            let Checkpoint {
                meta, values: read, ..
            } = decode(&bytes, UNet::layout).unwrap();
            assert_eq!((meta.unet, &meta.train, meta.assumed), (unet, &train, true));
            assert_eq!(read, values);
            let note = meta.note().unwrap();
            assert!(
                note.contains("T = 1000") && note.contains("linear"),
                "{note}"
            );
        }
        without(&mut header, "__metadata__");
        assert!(
            decode(&with_header(&header, data), UNet::layout)
                .unwrap()
                .meta
                .assumed
        );
        without(&mut header, "time_mlp.0.weight");
        let error = decode(&with_header(&header, data), UNet::layout).unwrap_err();
        assert!(
            ["missing_tensor", "not_safetensors"].contains(&error.code()),
            "{error}"
        );
    }
}
