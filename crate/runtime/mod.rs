//! [`Runtime`]: the device that the program computes on and everything that belongs to it, opened once and handed down.

#[cfg(feature = "gpu")]
mod gpu;
#[cfg(all(target_arch = "wasm32", feature = "cpu"))]
mod relaxed;
#[cfg(target_arch = "wasm32")]
mod webgpu_shims;

use burn::tensor::Device;

#[cfg(all(target_arch = "wasm32", feature = "gpu"))]
pub use gpu::open_webgpu;
#[cfg(target_arch = "wasm32")]
pub use webgpu_shims::WebGpuShims;

use crate::ops::{Capabilities, Context};
use crate::worker_pool::PoolHandle;

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

/// An open device, how kernels are launched on it, and the threads that help. Clones are cheap and share all of it.
///
/// Whoever builds a model or trains one is given a runtime; the operations below them only need its [`Context`].
#[derive(Debug, Clone)]
pub struct Runtime {
    ctx: Context,
    pool: PoolHandle,
}

impl Runtime {
    /// A runtime that computes with `ctx` on this thread alone.
    pub fn new(ctx: Context) -> Self {
        Self {
            ctx,
            pool: PoolHandle::default(),
        }
    }

    /// The CPU.
    #[cfg(feature = "cpu")]
    pub fn cpu() -> Self {
        #[cfg(target_arch = "wasm32")]
        relaxed::take_in();
        Self::new(Context::new(Device::flex(), Capabilities::PLAIN))
    }

    /// Open a device natively. In a browser: `open_webgpu`.
    ///
    /// # Errors
    /// If there is no usable GPU adapter, or the program was built without that backend.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open(kind: DeviceKind) -> Result<Self, String> {
        match kind {
            #[cfg(feature = "cpu")]
            DeviceKind::Cpu => Ok(Self::cpu()),
            #[cfg(feature = "gpu")]
            DeviceKind::Wgpu => gpu::open(),
            #[cfg(not(all(feature = "cpu", feature = "gpu")))]
            _ => Err("This program was built without that backend.".into()),
        }
    }

    /// The device and how kernels are launched on it.
    pub fn context(&self) -> &Context {
        &self.ctx
    }

    /// The device that holds the tensors.
    pub fn device(&self) -> &Device {
        self.ctx.device()
    }

    /// The worker pool that shares the CPU's batches.
    pub fn pool(&self) -> &PoolHandle {
        &self.pool
    }

    /// The same runtime with another context: other capabilities, or a dry run.
    #[must_use]
    pub fn with_context(&self, ctx: &Context) -> Self {
        Self {
            ctx: ctx.clone(),
            ..self.clone()
        }
    }
}
