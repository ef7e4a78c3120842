//! The device that the page computes on. The worker's script decides which one before it fetches a program, because the
//! page has a program for each.

#[cfg(all(target_arch = "wasm32", feature = "cpu"))]
mod cpu;
#[cfg(all(target_arch = "wasm32", feature = "gpu"))]
mod gpu;

use std::rc::Rc;

use super::host::{ShaderCompiler, SubmissionQueue};
use super::protocol::DeviceInfo;
use crate::nn::unet::{UNet, UNetConfig};
use crate::runtime::Runtime;

/// The bytes that a thread of the program for the CPU can use: the 4 GiB that wasm32 can address, less a quarter for the
/// training images, files, and gaps between arrays.
const CPU_MEMORY: u64 = 3 << 30;

/// The bytes that training such a network takes ([`UNetConfig::training_bytes`]).
pub fn training_bytes(unet: &UNetConfig, batch: u64) -> u64 {
    unet.training_bytes(UNet::layout(unet).len(), batch)
}

/// The fact of the device panel that tells how many threads compute.
const THREADS: &str = "Threads";

/// The open device.
pub struct OpenDevice {
    /// burn's device, how kernels are launched on it, and the threads that help.
    pub runtime: Runtime,
    /// Facts for the page's device panel.
    pub info: DeviceInfo,
    /// `None` on a CPU.
    pub gpu: Option<GpuAccess>,
}

/// What the tasks need of a GPU besides tensors.
pub struct GpuAccess {
    /// The queue that burn submits to.
    pub queue: Rc<dyn SubmissionQueue>,
    /// Compiles shaders before they are launched.
    pub shaders: Rc<dyn ShaderCompiler>,
    /// Bytes of the largest array that a shader takes.
    pub largest_array: u64,
}

impl OpenDevice {
    /// The largest batch of this network that can be trained: on a GPU its arrays must not be larger than what a shader takes,
    /// on the CPU each thread's share must fit in a WebAssembly memory.
    pub fn most_images(&self, unet: &UNetConfig) -> u32 {
        let most = if let Some(gpu) = &self.gpu {
            gpu.largest_array / (4 * unet.largest_activation() as u64)
        } else {
            let none = training_bytes(unet, 0);
            let image = training_bytes(unet, 1) - none;
            CPU_MEMORY.saturating_sub(none) / image * self.runtime.pool().threads() as u64
        };
        u32::try_from(most).unwrap_or(u32::MAX)
    }

    /// [`info`](Self::info) of a CPU that computes with so many threads.
    pub fn info_with_threads(&self, threads: usize) -> DeviceInfo {
        let mut info = self.info.clone();
        info.name = cpu_name(threads);
        for (fact, value) in &mut info.facts {
            if fact == THREADS {
                *value = threads.to_string();
            }
        }
        info
    }
}

fn cpu_name(threads: usize) -> String {
    let threads = match threads {
        1 => "one thread".into(),
        more => format!("{more} threads"),
    };
    format!("CPU (WebAssembly SIMD, {threads})")
}

/// How frames get from the device to a canvas.
#[cfg(target_arch = "wasm32")]
pub enum Frames {
    /// They are read back and copied to a 2D canvas.
    Copied,
    /// The GPU paints them from the tensor's own buffer, by burn's own device and queue.
    #[cfg(feature = "gpu")]
    Shared(burn_wgpu::WgpuSetup),
}

/// Open the device that was chosen. `shared`: whether the GPU itself is to paint the canvases. `shims` are needed for
/// WebGPU only.
///
/// # Errors
/// If the device cannot be opened, or if this program has no backend for it: the end of a sentence that says why.
#[cfg(target_arch = "wasm32")]
pub async fn open(
    chosen: DeviceInfo,
    shared: bool,
    shims: Option<crate::runtime::WebGpuShims>,
) -> Result<(OpenDevice, Frames), String> {
    #[cfg(feature = "gpu")]
    if let ("webgpu", Some(shims)) = (&*chosen.kind, &shims) {
        return gpu::open(chosen, shared, shims.clone()).await;
    }
    #[cfg(feature = "cpu")]
    if chosen.kind == "cpu" {
        return Ok((cpu::open(chosen), Frames::Copied));
    }
    let _ = (shared, shims);
    Err(format!("this program has no {} to compute on", chosen.kind))
}
