//! That a grown network computes what the small one does.

use burn::tensor::{Int, Tensor, TensorData};

use super::*;
use crate::nn::unet::{NO_CLASS, PIXELS, SIZE, TimeTable};
use crate::nn::var_builder::{VarBuilder, flat_tensor};
use crate::runtime::Runtime;

fn micro() -> UNetConfig {
    UNetConfig::new([8, 8, 16], 4)
}

/// Parameters none of which is zero, so that every one has an effect.
fn trained(config: &UNetConfig) -> Vec<f32> {
    let mut values = UNet::layout(config).initial(3);
    for (index, value) in values.iter_mut().enumerate() {
        *value += 0.1 * (index as f32).sin();
    }
    values
}

/// The outputs for three images with the labels 0, 7 and "no class".
fn outputs(config: &UNetConfig, values: &[f32], labels: [u8; 3]) -> Vec<f32> {
    let runtime = Runtime::cpu();
    let device = runtime.device();
    let vb = VarBuilder::from_flat(runtime.context(), flat_tensor(values, device));
    let unet = UNet::new(config, &vb);
    let mut noise = vec![0.0; 3 * PIXELS];
    Stream::new(1, Purpose::Sampling, 0).fill_gaussian(&mut noise);
    let x_t = Tensor::from_data(TensorData::new(noise, [3, 1, SIZE, SIZE]), device);
    let times = TimeTable::new(config, 1000, device);
    let rows = labels.map(|label| config.class_index(label).unwrap());
    let y = Tensor::<1, Int>::from_data(TensorData::from(rows), device);
    let time = times.rows(Tensor::from_data(
        TensorData::from([0i32, 400, 999]),
        device,
    ));
    unet.forward(x_t, time, y).into_data().try_to_vec().unwrap()
}

const LABELS: [u8; 3] = [0, 7, NO_CLASS];

fn assert_same(from: &UNetConfig, to: &UNetConfig, labels: [u8; 3]) {
    let values = trained(from);
    let grown = grow(&values, from, to, 9).unwrap();
    assert_eq!(grown.len(), UNet::layout(to).len());
    let before = outputs(from, &values, labels);
    let after = outputs(to, &grown, labels);
    let scale = before.iter().fold(0.0f32, |max, v| max.max(v.abs()));
    let error = before
        .iter()
        .zip(&after)
        .fold(0.0f32, |max, (a, b)| max.max((a - b).abs()));
    assert!(
        scale > 0.1 && error < 2e-5 * scale,
        "{to:?}: {error} of {scale}"
    );
}

#[test]
fn a_grown_network_computes_what_the_small_one_does() {
    let from = micro();
    for channels in [
        [8, 8, 16],
        [8, 8, 32],
        [8, 16, 16],
        [16, 8, 16],
        [24, 16, 32],
    ] {
        assert_same(&from, &UNetConfig { channels, ..from }, LABELS);
    }
    let attention = UNetConfig {
        attention: [true, true, true],
        channels: [16, 16, 32],
        ..from
    };
    assert_same(&from, &attention, LABELS);
    assert_same(
        &attention,
        &UNetConfig {
            channels: [32, 16, 64],
            ..attention
        },
        LABELS,
    );
    let two_heads = UNetConfig { heads: 2, ..from };
    assert_same(
        &two_heads,
        &UNetConfig {
            channels: [16, 16, 32],
            ..two_heads
        },
        LABELS,
    );
}

#[test]
fn classes_are_added_as_no_class_and_dropped() {
    let from = micro();
    assert_same(
        &from,
        &UNetConfig {
            classes: 26,
            ..from
        },
        LABELS,
    );
    let without = UNetConfig {
        classes: 0,
        channels: [16, 8, 16],
        ..from
    };
    assert_same(&from, &without, [NO_CLASS; 3]);
    // From no class at all: the new rows are zero.
    assert_same(&UNetConfig { classes: 0, ..from }, &from, LABELS);

    let values = trained(&from);
    let to = UNetConfig {
        classes: 12,
        ..from
    };
    let grown = grow(&values, &from, &to, 0).unwrap();
    assert_eq!(
        outputs(&to, &grown, [10, 11, NO_CLASS]),
        outputs(&from, &values, [NO_CLASS; 3])
    );
}

/// Channels that were one have other weights towards what reads them, so they do not stay alike.
#[test]
fn repeated_channels_differ_in_what_reads_them() {
    let (from, to) = (
        micro(),
        UNetConfig {
            channels: [8, 8, 32],
            ..micro()
        },
    );
    let grown = grow(&trained(&from), &from, &to, 0).unwrap();
    let layout = UNet::layout(&to);
    let spec = layout
        .specs
        .iter()
        .find(|spec| spec.name == "up.0.upsample.weight")
        .unwrap();
    let values = &grown[spec.offset..][..spec.len()];
    let differ = values
        .chunks_exact(18)
        .filter(|pair| pair[0] != pair[9])
        .count();
    assert_eq!(differ, values.len() / 18);
}

#[test]
fn what_has_no_place_is_named() {
    let from = UNetConfig {
        attention: [false, true, true],
        ..micro()
    };
    let refused = |to: UNetConfig, part: &str| {
        let error = grow(&trained(&from), &from, &to, 0).unwrap_err();
        assert!(error.contains(part), "{error}");
    };
    refused(
        UNetConfig {
            channels: [12, 8, 16],
            ..from
        },
        "8 channels at 28×28 cannot become 12",
    );
    refused(
        UNetConfig {
            channels: [8, 8, 8],
            ..from
        },
        "16 channels at 7×7 cannot become 8",
    );
    refused(UNetConfig { groups: 8, ..from }, "4 groups");
    refused(
        UNetConfig {
            attention: [false, false, true],
            ..from
        },
        "self-attention",
    );
    refused(UNetConfig { heads: 2, ..from }, "heads");
    refused(UNetConfig { classes: 5, ..from }, "10 classes");
    refused(
        UNetConfig {
            out_channels: 2,
            ..from
        },
        "learned variance",
    );
}
