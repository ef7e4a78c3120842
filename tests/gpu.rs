//! The shared test bodies on the GPU natively: a real adapter where there is one, else lavapipe.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use burn::tensor::Device;
use ddpm::nn::var_builder::flat_tensor;
use ddpm::ops::{Capabilities, split, wanted};
use ddpm::runtime::{DeviceKind, open};
use pollster::block_on;
use support::{agreement, evaluation, ops, runs, samplers, vectors};

/// A runtime can be opened once only; the tests of this binary share it. They expect 32 bits of everything.
fn gpu() -> Device {
    use std::sync::OnceLock;
    static DEVICE: OnceLock<Device> = OnceLock::new();
    let device = DEVICE
        .get_or_init(|| {
            open(DeviceKind::Wgpu).expect("an adapter (apt-get install mesa-vulkan-drivers)")
        })
        .clone();
    Capabilities::assume(Some(Capabilities {
        f16: false,
        ..Capabilities::announced()
    }));
    device
}

#[test]
fn convolutions_agree_with_burn() {
    block_on(ops::conv_agrees(&ops::CONVS, &gpu()));
}

#[test]
fn group_norms_agree_with_burn() {
    block_on(ops::group_norm_agrees(&gpu()));
}

#[test]
fn noise_agrees_with_the_generator() {
    block_on(vectors::noise_agrees(&gpu()));
}

#[test]
fn attention_agrees_with_burn() {
    block_on(ops::attention_agrees(&gpu()));
}

#[test]
fn kernels_of_other_adapters_agree_with_burn() {
    let gpu = gpu();
    let here = Capabilities::announced();
    assert!(
        here.quads && here.f16,
        "lavapipe has subgroups and 16-bit arithmetic, as every adapter of the last years"
    );
    block_on(ops::others_agree(&ops::FEW_CONVS, &gpu));
}

/// An adapter whose workgroups are too small for our kernels has burn's do everything.
#[test]
fn burns_kernels_stand_in() {
    let gpu = gpu();
    Capabilities::assume(Some(Capabilities {
        kernels: false,
        ..Capabilities::PLAIN
    }));
    assert!(split(flat_tensor(&[1.0, 2.0], &gpu), &[1, 1]).is_none());
    block_on(ops::conv_agrees(&ops::CONVS[..2], &gpu));
    block_on(ops::group_norm_agrees(&gpu));
    block_on(vectors::noise_agrees(&gpu));
    block_on(vectors::adam_agrees(&gpu));
    block_on(agreement::forward_agrees(&gpu));
    block_on(agreement::gradients_agree(&gpu));
    block_on(samplers::trajectories_agree(&gpu));
    assert!(!Capabilities::fit(128, 32 << 10, 16), "invocations");
    assert!(!Capabilities::fit(256, 8 << 10, 16), "memory");
    assert!(!Capabilities::fit(256, 16 << 10, 4), "buffers");
    assert!(Capabilities::fit(256, 16 << 10, 8), "what WebGPU promises");
}

#[test]
fn half_convolutions_agree_with_burn() {
    let gpu = gpu();
    Capabilities::assume(None);
    block_on(ops::half_convs_agree(&ops::FEW_CONVS, &gpu));
    // And the network: as bench/ allows it.
    block_on(agreement::forward_agrees_to(1e-2, &gpu));
    // A recorded walk rounds as its steps do.
    block_on(samplers::replays_agree(&gpu));
}

#[test]
fn shaders_that_are_wanted_are_known_beforehand() {
    let gpu = gpu();
    let texts = wanted(|| drop(ops::sums(&gpu)));
    assert_eq!(texts.len(), 2, "weights are packed, and the convolution");
    assert!(texts.iter().all(|text| text.contains("fn main(")));
    block_on(ops::sums_agree(&gpu));
    assert!(wanted(|| ()).is_empty());
}

#[test]
fn adam_agrees_with_wider_numbers() {
    block_on(vectors::adam_agrees(&gpu()));
}

#[test]
fn pieces_are_cut_and_joined() {
    block_on(vectors::pieces_agree(&gpu()));
}

#[test]
fn kernel_gradients_agree_with_differences() {
    block_on(ops::gradients_agree_with_differences(&gpu()));
}

#[test]
fn the_network_agrees_with_pytorch() {
    block_on(agreement::forward_agrees(&gpu()));
    block_on(agreement::gradients_agree(&gpu()));
}

#[test]
fn the_optimizer_agrees_with_pytorch() {
    block_on(agreement::optimizer_agrees(&gpu()));
}

#[test]
fn training_is_recorded() {
    block_on(runs::recorded_training_agrees(&gpu()));
}

#[test]
fn divergence_keeps_the_last_good_state() {
    block_on(runs::divergence_keeps_the_last_good_state(&gpu()));
}

#[test]
fn resume_is_exact() {
    block_on(runs::resume_is_exact(&gpu()));
}

#[test]
fn samplers_agree_with_diffusers() {
    let wanted = |key: &str| key.contains("linspace.epsilon");
    block_on(samplers::steps_agree(wanted, &gpu()));
}

#[test]
fn replayed_walks_agree_with_steps() {
    block_on(samplers::replays_agree(&gpu()));
}

#[test]
fn the_decoder_agrees_with_pytorch() {
    block_on(agreement::decoder_agrees(&gpu()));
}

#[test]
fn evaluation_agrees_with_the_cpu() {
    block_on(evaluation::the_classifier_agrees(&gpu()));
    block_on(evaluation::the_measures_agree(&gpu()));
}
