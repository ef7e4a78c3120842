//! The shared test bodies natively on the GPU: on a real adapter if there is one, else on lavapipe.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use ddpm::nn::var_builder::flat_tensor;
use ddpm::ops::{Capabilities, Context, GpuTrainState};
use ddpm::runtime::{DeviceKind, Runtime};
use pollster::block_on;
use support::{agreement, evaluation, frames, gradients, ops, runs, samplers, taps, vectors};

/// The adapter with all its capabilities. A device can be opened only once, so each thread of this binary gets a runtime of
/// its own on the same context.
fn adapter() -> Runtime {
    use std::sync::OnceLock;
    static CONTEXT: OnceLock<Context> = OnceLock::new();
    let open = || {
        let runtime = Runtime::open(DeviceKind::Wgpu);
        let runtime = runtime.expect("an adapter (apt-get install mesa-vulkan-drivers)");
        runtime.context().clone()
    };
    Runtime::new(CONTEXT.get_or_init(open).clone())
}

/// The adapter without 16-bit arithmetic: most tests have the tolerances of 32 bits.
fn gpu() -> Runtime {
    let adapter = adapter();
    let capabilities = Capabilities {
        f16: false,
        ..adapter.context().capabilities()
    };
    with(&adapter, capabilities)
}

/// The adapter with other capabilities than its own.
fn with(adapter: &Runtime, capabilities: Capabilities) -> Runtime {
    adapter.with_context(&adapter.context().with_capabilities(capabilities))
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
    let adapter = adapter();
    let here = adapter.context().capabilities();
    assert!(
        here.quads && here.f16,
        "lavapipe has subgroups and 16-bit arithmetic, as every adapter of the last years"
    );
    block_on(ops::others_agree(&ops::FEW_CONVS, &adapter));
}

/// On an adapter whose workgroups are too small for our kernels, burn's kernels compute everything.
#[test]
fn burns_kernels_are_the_fallback() {
    let capabilities = Capabilities {
        kernels: false,
        ..Capabilities::PLAIN
    };
    let gpu = with(&adapter(), capabilities);
    let state = [0.0, 1.0, 2.0, 3.0].map(|value| flat_tensor(&[value], gpu.device()));
    let state = GpuTrainState::new(gpu.context(), state, vec![1], 1);
    assert!(state.is_none(), "the training state needs our kernels");
    block_on(ops::conv_agrees(&ops::CONVS[..2], &gpu));
    block_on(ops::group_norm_agrees(&gpu));
    block_on(vectors::noise_agrees(&gpu));
    block_on(vectors::adam_agrees(&gpu));
    block_on(agreement::forward_agrees(&gpu));
    block_on(agreement::gradients_agree(&gpu));
    block_on(samplers::trajectories_agree(&gpu));
    block_on(frames::few_frames_are_kept(&gpu, &Runtime::cpu(), 2));
    assert!(!Capabilities::fit(128, 32 << 10, 16), "invocations");
    assert!(!Capabilities::fit(256, 8 << 10, 16), "memory");
    assert!(!Capabilities::fit(256, 16 << 10, 4), "buffers");
    assert!(Capabilities::fit(256, 16 << 10, 8), "what WebGPU promises");
}

#[test]
fn half_convolutions_agree_with_burn() {
    let gpu = adapter();
    block_on(ops::half_convs_agree(&ops::FEW_CONVS, &gpu));
    // The whole network, with the tolerance that bench/ allows.
    block_on(agreement::forward_agrees_to(1e-2, &gpu));
    // A captured draw rounds like separate steps.
    block_on(samplers::replays_agree(&gpu, true));
}

/// burn's own collective, which its wgpu backend passes on to cubecl and cubecl does not have. When it gets one, it belongs behind
/// `ddpm::distributed::Collective`. docs/scaling.md quotes the words; those of flex are looked at in `crate/distributed/tests.rs`.
#[test]
fn burn_has_no_collective_on_wgpu() {
    use burn::tensor::Tensor;
    use burn::tensor::distributed::{ReduceOperation, all_reduce};
    let panic = std::panic::catch_unwind(|| {
        let device = gpu().device().clone();
        let values = Tensor::<1>::ones([2], &device);
        all_reduce(values, ReduceOperation::Sum, vec![device]).resolve()
    });
    let panic = panic.expect_err("there is one now");
    let words = panic.downcast_ref::<String>().cloned().unwrap_or_default();
    println!("{words}");
    assert!(
        words.starts_with("Can't use `all_reduce` on wgpu<")
            && words.ends_with(">, which has no transport between its devices"),
        "{words}"
    );
}

#[test]
fn a_dry_run_collects_the_shaders() {
    let gpu = gpu();
    let ctx = gpu.context();
    let texts = ctx.collect_shaders(|ctx| drop(ops::sums(ctx)));
    assert_eq!(
        texts.len(),
        2,
        "one packs the weights, one is the convolution"
    );
    assert!(texts.iter().all(|text| text.contains("fn main(")));
    block_on(ops::sums_agree(&gpu));
    assert!(ctx.collect_shaders(|_| ()).is_empty());
}

#[test]
fn adam_agrees_with_64_bit_numbers() {
    block_on(vectors::adam_agrees(&gpu()));
}

#[test]
fn flat_tensors_are_unflattened_and_flattened() {
    block_on(vectors::flatten_agrees(&gpu()));
}

#[test]
fn taps_see_what_is_documented() {
    let gpu = gpu();
    block_on(taps::activations_are_as_documented(&gpu));
    block_on(taps::attention_map_reproduces_attention(&gpu));
}

#[test]
fn kernel_gradients_agree_with_differences() {
    block_on(gradients::gradients_agree_with_differences(&gpu()));
}

#[test]
fn the_network_agrees_with_pytorch() {
    block_on(agreement::forward_agrees(&gpu()));
    block_on(agreement::gradients_agree(&gpu()));
    block_on(agreement::bounds_agree(&gpu()));
}

#[test]
fn the_optimizer_agrees_with_pytorch() {
    block_on(agreement::optimizer_agrees(&gpu()));
}

#[test]
fn training_is_captured() {
    block_on(runs::captured_training_agrees(&gpu()));
}

#[test]
fn divergence_keeps_the_last_good_state() {
    block_on(runs::divergence_keeps_the_last_good_state(&gpu()));
}

#[test]
fn resume_agrees() {
    block_on(runs::resume_agrees(&gpu()));
}

#[test]
fn samplers_agree_with_diffusers() {
    let selected = |key: &str| key.contains("linspace.epsilon");
    block_on(samplers::steps_agree(selected, &gpu()));
}

#[test]
fn replayed_draws_agree_with_steps() {
    block_on(samplers::replays_agree(&gpu(), false));
}

#[test]
fn frames_are_kept_on_the_gpu() {
    // Passes by hand, on the same device: only rounding to a grey level may differ.
    block_on(frames::frames_are_kept(&gpu(), &gpu(), 1));
    block_on(frames::frames_are_kept(&gpu(), &Runtime::cpu(), 2));
    block_on(frames::frames_are_bounded(&gpu(), &Runtime::cpu(), 2));
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
