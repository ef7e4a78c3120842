//! Where tensors live.

#[cfg(feature = "gpu")]
mod gpu;
#[cfg(all(target_arch = "wasm32", feature = "cpu"))]
mod relaxed;
#[cfg(target_arch = "wasm32")]
mod webgpu_shims;

use burn::tensor::{Device, Tensor, TensorData};

#[cfg(all(target_arch = "wasm32", feature = "gpu"))]
pub use gpu::open_webgpu;
#[cfg(target_arch = "wasm32")]
pub use webgpu_shims::WebGpuShims;

#[cfg(not(any(feature = "cpu", feature = "gpu")))]
compile_error!("switch on the feature `cpu`, `gpu` or both: there is nowhere to compute");

/// The two backends.
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
#[cfg(feature = "cpu")]
pub fn cpu() -> Device {
    #[cfg(target_arch = "wasm32")]
    relaxed::take_in();
    Device::flex()
}

/// Where tensors are that nobody computes with. In a program without the CPU's backend the GPU has to be open.
pub(crate) fn placeholder() -> Device {
    #[cfg(feature = "cpu")]
    return Device::flex();
    #[cfg(not(feature = "cpu"))]
    gpu::opened()
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

/// Open a device natively. In a browser: `open_webgpu`.
///
/// # Errors
/// If there is no usable GPU adapter.
#[cfg(not(target_arch = "wasm32"))]
pub fn open(kind: DeviceKind) -> Result<Device, String> {
    match kind {
        #[cfg(feature = "cpu")]
        DeviceKind::Cpu => Ok(cpu()),
        #[cfg(feature = "gpu")]
        DeviceKind::Wgpu => gpu::open(),
        #[cfg(not(all(feature = "cpu", feature = "gpu")))]
        _ => Err("This program was built without that backend.".into()),
    }
}
