//! The device in use. Which one that is, the worker's script decides before it fetches a program (`www/worker/device-choice.js`):
//! the page's programs have one each.

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "gpu")]
mod gpu;

use burn::tensor::Device;

#[cfg(feature = "gpu")]
pub use gpu::Gpu;

use super::protocol::DeviceInfo;
use crate::nn::unet::UNetConfig;

/// The device in use.
pub struct Opened {
    pub device: Device,
    /// What there is of it if it is a GPU.
    #[cfg(feature = "gpu")]
    pub gpu: Option<Gpu>,
    pub info: DeviceInfo,
}

/// Open the device that was chosen. `shared`: whether canvases are to be painted by the GPU itself, from its tensors.
///
/// # Errors
/// If it cannot be opened, or if it is one that this program does without; the sentence's end says why.
pub async fn open(chosen: DeviceInfo, shared: bool) -> Result<Opened, String> {
    #[cfg(feature = "gpu")]
    if chosen.kind == "webgpu" {
        return gpu::open(chosen, shared).await;
    }
    #[cfg(feature = "cpu")]
    if chosen.kind == "cpu" {
        return Ok(cpu::open(chosen));
    }
    let _ = shared;
    Err(format!("this program has no {} to compute on", chosen.kind))
}

impl Opened {
    /// The largest batch of this network that the device can take, if there is one.
    pub fn most_images(&self, unet: &UNetConfig) -> Option<u64> {
        let image = 4 * unet.largest_activation() as u64;
        #[cfg(feature = "gpu")]
        let largest = self.gpu.as_ref().map(|gpu| gpu.largest_array);
        #[cfg(not(feature = "gpu"))]
        let largest: Option<u64> = None;
        largest.map(|bytes| bytes / image)
    }
}
