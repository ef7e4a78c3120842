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

/// Opens a GPU in a native program.
///
/// # Errors
/// If there is no usable adapter, or the quad probe fails.
#[cfg(not(target_arch = "wasm32"))]
pub fn open() -> Result<Runtime, String> {
    let (device, setup) = options()
        .init_with_setup()
        .map_err(|error| format!("No usable GPU adapter: {error}"))?;
    let subgroups = setup.device.features().contains(wgpu::Features::SUBGROUP)
        && setup.adapter.get_info().subgroup_max_size >= QUAD;
    pollster::block_on(runtime(subgroups, &setup, device))
}
