//! Where tensors live.

use burn::tensor::{Device, Tensor, TensorData};

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

/// Open a device natively. In a browser the GPU is opened asynchronously (see `web::adapter`).
///
/// # Errors
/// If there is no usable GPU adapter.
#[cfg(not(target_arch = "wasm32"))]
pub fn open(kind: DeviceKind) -> Result<Device, String> {
    match kind {
        DeviceKind::Cpu => Ok(cpu()),
        DeviceKind::Wgpu => Device::wgpu_options()
            .init()
            .map_err(|error| format!("No usable GPU adapter: {error}")),
    }
}
