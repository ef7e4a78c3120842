//! burn's wgpu backend, opened with what the kernels count on.

use burn::tensor::Device;
use burn::tensor::wgpu::WgpuOptions;
use burn_wgpu::WgpuSetup;

use super::Runtime;
use crate::ops::{Capabilities, Context, quad_probe};

/// A runtime on an open device, its adapter's capabilities found out. `subgroups`: whether the device has subgroups of
/// four lanes or more.
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

/// Lanes of a quad.
const QUAD: u32 = 4;

/// Most launches handed to the GPU at a time: about a sampling step. Each handing over costs a browser as much as twenty
/// launches, and burn's 32 cut a step in two.
const TASKS: usize = 64;

fn options() -> WgpuOptions {
    Device::wgpu_options().tasks_max(TASKS)
}

/// Open a browser's GPU, with `shims` in place while it is opened.
///
/// # Errors
/// What the browser says when it does not, or that the GPU has no room for the kernels.
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

/// Open a GPU natively.
///
/// # Errors
/// If there is no usable adapter.
#[cfg(not(target_arch = "wasm32"))]
pub fn open() -> Result<Runtime, String> {
    let (device, setup) = options()
        .init_with_setup()
        .map_err(|error| format!("No usable GPU adapter: {error}"))?;
    let subgroups = setup.device.features().contains(wgpu::Features::SUBGROUP)
        && setup.adapter.get_info().subgroup_max_size >= QUAD;
    pollster::block_on(runtime(subgroups, &setup, device))
}
