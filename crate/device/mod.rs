//! Where tensors live.

use burn::backend::wgpu::WgpuSetup;
use burn::tensor::wgpu::WgpuOptions;
use burn::tensor::{Device, Tensor, TensorData};

#[cfg(target_arch = "wasm32")]
mod relaxed;
#[cfg(target_arch = "wasm32")]
mod subgroups;

use crate::kernels::{Abilities, quads_work};

/// The two backends that every build has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
pub enum DeviceKind {
    /// burn's flex backend: plain Rust with SIMD.
    #[default]
    #[cfg_attr(not(target_arch = "wasm32"), value(name = "flex"))]
    Cpu,
    /// burn's wgpu backend: WebGPU in a browser; Vulkan, Metal or DX12 natively.
    Wgpu,
}

/// The CPU device.
pub fn cpu() -> Device {
    #[cfg(target_arch = "wasm32")]
    relaxed::take_in();
    Device::flex()
}

/// A tensor's numbers, in memory.
///
/// # Errors
/// What the device says when it does not give them back.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    let lost = |error: &dyn std::fmt::Debug| {
        format!("The device did not give the numbers back: {error:?}")
    };
    let data: TensorData = tensor.into_data_async().await.map_err(|e| lost(&e))?;
    data.convert::<f32>().try_into_vec().map_err(|e| lost(&e))
}

/// Tell the kernels what the adapter allows. `subgroups`: whether the device has them, of four lanes or more.
async fn announce(subgroups: bool, setup: &WgpuSetup, device: &Device) -> Result<(), String> {
    let limits = setup.device.limits();
    let fit = Abilities::fit(
        limits.max_compute_invocations_per_workgroup,
        limits.max_compute_workgroup_storage_size,
        limits.max_storage_buffers_per_shader_stage,
    );
    let quads = fit && subgroups && quads_work(device).await?;
    let software = setup.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
    let f16 = setup.device.features().contains(wgpu::Features::SHADER_F16);
    Abilities {
        kernels: fit,
        ..Abilities::new(quads, software, f16)
    }
    .announce();
    Ok(())
}

/// Lanes of a quad.
const QUAD: u32 = 4;

/// Most launches handed to the GPU at a time: about a sampling step. Each handing over costs a browser as much as twenty
/// launches, and burn's 32 cut a step in two.
const TASKS: usize = 64;

fn options() -> WgpuOptions {
    Device::wgpu_options().tasks_max(TASKS)
}

/// Open a browser's GPU.
///
/// # Errors
/// What the browser says when it does not, or that the GPU has no room for the kernels.
#[cfg(target_arch = "wasm32")]
pub async fn open_webgpu() -> Result<(Device, WgpuSetup), String> {
    let wish = subgroups::Wish::new();
    let (device, setup) = options()
        .init_with_setup_async()
        .await
        .map_err(|error| error.to_string())?;
    let subgroups = wish.granted().is_some_and(|lanes| lanes >= QUAD);
    announce(subgroups, &setup, &device).await?;
    if !Abilities::announced().kernels {
        return Err("its workgroups are smaller than WebGPU promises".into());
    }
    Ok((device, setup))
}

/// Open a device natively. In a browser: `open_webgpu`.
///
/// # Errors
/// If there is no usable GPU adapter.
#[cfg(not(target_arch = "wasm32"))]
pub fn open(kind: DeviceKind) -> Result<Device, String> {
    match kind {
        DeviceKind::Cpu => Ok(cpu()),
        DeviceKind::Wgpu => {
            let (device, setup) = options()
                .init_with_setup()
                .map_err(|error| format!("No usable GPU adapter: {error}"))?;
            let subgroups = setup.device.features().contains(wgpu::Features::SUBGROUP)
                && setup.adapter.get_info().subgroup_max_size >= QUAD;
            pollster::block_on(announce(subgroups, &setup, &device))?;
            Ok(device)
        }
    }
}
