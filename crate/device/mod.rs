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

/// Tell the kernels what the adapter allows.
async fn announce(
    subgroups: bool,
    most_lanes: u32,
    setup: &WgpuSetup,
    device: &Device,
) -> Result<(), String> {
    let quads = subgroups && most_lanes >= 4 && quads_work(device).await?;
    let f16 = setup.device.features().contains(wgpu::Features::SHADER_F16);
    Abilities::new(quads, most_lanes, f16).announce();
    Ok(())
}

/// Most launches handed to the GPU at a time: about a sampling step. Each handing over costs a browser as much as twenty
/// launches, and burn's 32 cut a step in two.
const TASKS: usize = 64;

fn options() -> WgpuOptions {
    Device::wgpu_options().tasks_max(TASKS)
}

/// Open a browser's GPU.
///
/// # Errors
/// What the browser says when it does not.
#[cfg(target_arch = "wasm32")]
pub async fn open_webgpu() -> Result<(Device, WgpuSetup), String> {
    let wish = subgroups::Wish::new();
    let (device, setup) = options()
        .init_with_setup_async()
        .await
        .map_err(|error| error.to_string())?;
    let lanes = wish.granted();
    announce(lanes.is_some(), lanes.unwrap_or(0), &setup, &device).await?;
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
            let subgroups = setup.device.features().contains(wgpu::Features::SUBGROUP);
            let lanes = setup.adapter.get_info().subgroup_max_size;
            pollster::block_on(announce(subgroups, lanes, &setup, &device))?;
            Ok(device)
        }
    }
}
