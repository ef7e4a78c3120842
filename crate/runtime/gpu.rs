//! Opens burn's wgpu backend and determines the adapter's [`Capabilities`].

use burn::tensor::Device;
use burn::tensor::wgpu::WgpuOptions;
use burn_wgpu::WgpuSetup;

use super::Runtime;
use crate::ops::{Capabilities, Context, quad_probe};

/// The runtime for an open device, with the capabilities of its adapter. `subgroups`: whether the device has subgroups of
/// four invocations or more.
///
/// # Errors
/// If the device does not return the result of the quad probe.
async fn runtime(subgroups: bool, setup: &WgpuSetup, device: Device) -> Result<Runtime, String> {
    let limits = setup.device.limits();
    let fit = Capabilities::fit(
        limits.max_compute_invocations_per_workgroup,
        limits.max_compute_workgroup_storage_size,
        limits.max_storage_buffers_per_shader_stage,
    );
    let ctx = Context::new(device, Capabilities::PLAIN);
    let quads = fit && subgroups && quad_probe(&ctx).await?;
    let software = setup.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
    let f16 = setup.device.features().contains(wgpu::Features::SHADER_F16);
    let capabilities = Capabilities {
        kernels: fit,
        ..Capabilities::new(quads, software, f16)
    };
    Ok(Runtime::new(ctx.with_capabilities(capabilities)))
}

/// The number of invocations of a quad.
const QUAD: u32 = 4;

/// The most launches that are submitted to the GPU at a time, about a sampling step. In a browser a submission costs as much
/// as twenty launches, and with burn's default of 32 a step needs two submissions.
const TASKS: usize = 64;

/// The options with which the device is opened.
fn options() -> WgpuOptions {
    Device::wgpu_options().tasks_max(TASKS)
}

/// Opens a browser's GPU, with `shims` in place while it is opened. The setup gives access to the WebGPU device that burn
/// uses, with which the page also paints.
///
/// # Errors
/// The browser's message if it gives out no device, or that the GPU has no room for the kernels.
#[cfg(target_arch = "wasm32")]
pub async fn open_webgpu(shims: &super::WebGpuShims) -> Result<(Runtime, WgpuSetup), String> {
    let opened = options().init_with_setup_async().await;
    shims.restore();
    let (device, setup) = opened.map_err(|error| error.to_string())?;
    let subgroups = shims.subgroup_lanes().is_some_and(|lanes| lanes >= QUAD);
    let runtime = runtime(subgroups, &setup, device).await?;
    if !runtime.context().capabilities().kernels {
        setup.device.destroy();
        return Err("its workgroups are smaller than WebGPU promises".into());
    }
    Ok((runtime, setup))
}

/// The number of this machine's graphics cards, as wgpu counts them.
#[cfg(not(target_arch = "wasm32"))]
fn cards() -> usize {
    let instance = wgpu::Instance::default();
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    // A card that two graphics APIs know is listed twice.
    let known_to = |backend: wgpu::Backend| {
        let infos = adapters.iter().map(wgpu::Adapter::get_info);
        let cards = infos.filter(|info| {
            info.backend == backend && info.device_type == wgpu::DeviceType::DiscreteGpu
        });
        cards.count()
    };
    let cards = [
        wgpu::Backend::Vulkan,
        wgpu::Backend::Metal,
        wgpu::Backend::Dx12,
    ]
    .map(known_to);
    cards.into_iter().max().unwrap_or(0)
}

/// The number of the card that process `number` of `processes` on this machine is to take; `None` to leave the choice to burn,
/// where there is one process or at most one card.
#[cfg(not(target_arch = "wasm32"))]
fn card((number, processes): (usize, usize)) -> Option<usize> {
    if processes == 1 {
        return None;
    }
    let cards = cards();
    (cards > 1).then(|| number % cards)
}

/// Opens a GPU in a native program. `local` is the number of this process among those of this machine that share the work, and
/// how many these are: each takes another card.
///
/// # Errors
/// If there is no usable adapter, or the quad probe fails.
#[cfg(not(target_arch = "wasm32"))]
pub fn open(local: (usize, usize)) -> Result<Runtime, String> {
    open_card(card(local))
}

/// Opens each of this machine's graphics cards, or the adapter that burn chooses where there is at most one.
///
/// # Errors
/// As [`open`].
#[cfg(feature = "remote")]
pub fn open_all() -> Result<Vec<Runtime>, String> {
    match cards() {
        0 | 1 => Ok(vec![open_card(None)?]),
        cards => (0..cards).map(|card| open_card(Some(card))).collect(),
    }
}

/// Opens the card of this number, or the adapter that burn chooses.
#[cfg(not(target_arch = "wasm32"))]
fn open_card(card: Option<usize>) -> Result<Runtime, String> {
    let options = match card {
        Some(card) => options().device_kind(burn::tensor::DeviceKind::DiscreteGpu(card)),
        None => options(),
    };
    let (device, setup) = options
        .init_with_setup()
        .map_err(|error| format!("No usable GPU adapter: {error}"))?;
    let subgroups = setup.device.features().contains(wgpu::Features::SUBGROUP)
        && setup.adapter.get_info().subgroup_max_size >= QUAD;
    pollster::block_on(runtime(subgroups, &setup, device))
}
