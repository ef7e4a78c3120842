//! The shared test bodies in Chromium, in a dedicated worker like the page's, on WebGPU and on the CPU backend.
//! `wasm-pack test --headless --chrome` runs them.
//!
//! On a machine without a GPU the adapter is SwiftShader, a hundred times slower than the CPU backend, so networks and step
//! counts are small.

#![cfg(target_arch = "wasm32")]

mod support;

use cpu_kernels::relaxed_simd;
use ddpm::ops::Capabilities;
use ddpm::runtime::{Runtime, WebGpuShims};
use support::{
    agreement, evaluation, frames, gradients, ops, runs, samplers, taps, vectors, worker_pool,
};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen(module = "/www/worker/webgpu-shims.js")]
extern "C" {
    /// Installs the shims as the page's worker does.
    #[wasm_bindgen(js_name = installWebGpuShims)]
    fn install_webgpu_shims() -> WebGpuShims;
}

/// The GPU's runtime. A device can be opened only once, so all tests of this binary share it.
async fn webgpu() -> Runtime {
    webgpu_with_shims().await.0
}

async fn webgpu_with_shims() -> (Runtime, WebGpuShims) {
    use std::cell::RefCell;
    thread_local! {
        static OPENED: RefCell<Option<(Runtime, WebGpuShims)>> = const { RefCell::new(None) };
    }
    if let Some(opened) = OPENED.with_borrow(Clone::clone) {
        return opened;
    }
    ddpm::web::begin();
    let shims = install_webgpu_shims();
    let (runtime, _) = ddpm::runtime::open_webgpu(&shims)
        .await
        .expect("Chromium is started with WebGPU (webdriver.json)");
    let ctx = runtime.context();
    let capabilities = ctx.capabilities();
    assert!(capabilities.quads, "Chromium's SwiftShader has subgroups");
    // The tests' tolerances are those of 32-bit numbers.
    let ctx = ctx.with_capabilities(Capabilities {
        f16: false,
        ..capabilities
    });
    let opened = (runtime.with_context(&ctx), shims);
    OPENED.set(Some(opened.clone()));
    opened
}

#[wasm_bindgen_test]
async fn pipelines_are_compiled_before_their_first_use() {
    let (runtime, shims) = webgpu_with_shims().await;
    let texts = runtime
        .context()
        .collect_shaders(|ctx| drop(ops::sums(ctx)));
    assert_eq!(texts.len(), 2);
    JsFuture::from(shims.compile(texts)).await.unwrap();
    ops::sums_agree(&runtime).await;
}

#[wasm_bindgen_test]
async fn cpu_agrees_with_pytorch() {
    agreement::forward_agrees(&Runtime::cpu()).await;
    agreement::gradients_agree(&Runtime::cpu()).await;
    agreement::objectives_agree(&Runtime::cpu()).await;
    agreement::bounds_agree(&Runtime::cpu()).await;
    agreement::optimizer_agrees(&Runtime::cpu()).await;
}

#[wasm_bindgen_test]
async fn cpu_trains_and_samples() {
    runs::training_learns(30, &Runtime::cpu()).await;
    runs::resume_is_exact(&Runtime::cpu()).await;
    runs::divergence_keeps_the_last_good_state(&Runtime::cpu()).await;
    runs::sampling_is_repeatable(&Runtime::cpu()).await;
}

#[wasm_bindgen_test]
async fn cpu_samplers_agree_with_diffusers() {
    samplers::steps_agree(|_| true, &Runtime::cpu()).await;
    samplers::trajectories_agree(&Runtime::cpu()).await;
}

#[wasm_bindgen_test]
async fn cpu_splits_batches_among_workers() {
    worker_pool::shards_agree(&Runtime::cpu()).await;
    worker_pool::runs_agree(&Runtime::cpu()).await;
    worker_pool::a_pool_that_fails_is_dropped(&Runtime::cpu()).await;
    worker_pool::two_networks_are_kept(&Runtime::cpu()).await;
}

#[wasm_bindgen_test]
async fn webgpu_replays_agree_with_steps() {
    samplers::replays_agree(&webgpu().await, false).await;
}

#[wasm_bindgen_test]
async fn webgpu_keeps_frames() {
    let gpu = webgpu().await;
    frames::frames_are_kept(&gpu, &gpu, 1).await;
}

/// Each sampler with each kind of clipping. On a GPU no step may wait for a value from the device.
#[wasm_bindgen_test]
async fn webgpu_samplers_agree_with_diffusers() {
    samplers::steps_agree(|key| key.contains("linspace.epsilon"), &webgpu().await).await;
}

#[wasm_bindgen_test]
async fn webgpu_forward_agrees_with_pytorch() {
    agreement::forward_agrees(&webgpu().await).await;
}

#[wasm_bindgen_test]
async fn webgpu_gradients_and_optimizer_agree_with_pytorch() {
    agreement::gradients_agree(&webgpu().await).await;
    agreement::optimizer_agrees(&webgpu().await).await;
}

#[wasm_bindgen_test]
async fn webgpu_trains() {
    runs::training_learns(12, &webgpu().await).await;
    runs::captured_training_agrees(&webgpu().await).await;
}

#[wasm_bindgen_test]
async fn webgpu_keeps_the_last_good_state() {
    runs::divergence_keeps_the_last_good_state(&webgpu().await).await;
}

#[wasm_bindgen_test]
async fn webgpu_samples_repeatably() {
    runs::sampling_is_repeatable(&webgpu().await).await;
}

#[wasm_bindgen_test]
async fn cpu_kernels_agree_with_burn() {
    ops::conv_agrees(&ops::CONVS, &Runtime::cpu()).await;
    ops::group_norm_agrees(&Runtime::cpu()).await;
    ops::attention_agrees(&Runtime::cpu()).await;
    gradients::gradients_agree_with_differences(&Runtime::cpu()).await;
}

/// Chromium has relaxed SIMD, so the CPU tests above use it. This test covers browsers without it.
#[wasm_bindgen_test]
async fn cpu_kernels_agree_without_relaxed_simd() {
    let runtime = Runtime::cpu();
    assert!(
        relaxed_simd::in_use(),
        "Chromium has relaxed SIMD, but the program does not use it"
    );
    for (pixels, stride) in [(1, 1), (2, 1), (4, 1), (1, 2), (2, 2), (4, 2)] {
        assert!(relaxed_simd::tiles(pixels, stride).is_some());
    }
    for channels in [1, 4] {
        assert!(relaxed_simd::products(channels).is_some());
    }
    let aside = relaxed_simd::set_aside();
    assert!(relaxed_simd::tiles(4, 1).is_none());
    ops::conv_agrees(&ops::CONVS, &runtime).await;
    gradients::gradients_agree_with_differences(&runtime).await;
    drop(aside);
    assert!(relaxed_simd::in_use());
}

/// Only some sizes, because SwiftShader takes long to compile each pipeline.
#[wasm_bindgen_test]
async fn webgpu_kernels_agree_with_burn() {
    let gpu = webgpu().await;
    ops::conv_agrees(&ops::CONVS[..6], &gpu).await;
    ops::group_norm_agrees(&gpu).await;
    ops::attention_agrees(&gpu).await;
    vectors::noise_agrees(&gpu).await;
    vectors::adam_agrees(&gpu).await;
    vectors::flatten_agrees(&gpu).await;
}

#[wasm_bindgen_test]
async fn webgpu_kernels_of_other_adapters_agree_with_burn() {
    ops::others_agree(&ops::CONVS[..2], &webgpu().await).await;
}

#[wasm_bindgen_test]
async fn cpu_taps_see_what_is_documented() {
    taps::activations_are_as_documented(&Runtime::cpu()).await;
    taps::attention_map_reproduces_attention(&Runtime::cpu()).await;
}

#[wasm_bindgen_test]
async fn webgpu_taps_see_what_is_documented() {
    let gpu = webgpu().await;
    taps::activations_are_as_documented(&gpu).await;
    taps::attention_map_reproduces_attention(&gpu).await;
}

#[wasm_bindgen_test]
async fn webgpu_gradients_agree_with_differences() {
    gradients::gradients_agree_with_differences(&webgpu().await).await;
}

#[wasm_bindgen_test]
async fn webgpu_evaluation_agrees_with_the_cpu() {
    evaluation::the_classifier_agrees(&webgpu().await).await;
    evaluation::the_measures_agree(&webgpu().await).await;
}
