//! [`Runtime`]: the device that the program computes on and everything that belongs to it, opened once and handed down.

#[cfg(feature = "gpu")]
mod gpu;
#[cfg(all(target_arch = "wasm32", feature = "cpu"))]
mod relaxed;
#[cfg(feature = "remote")]
mod remote;
#[cfg(target_arch = "wasm32")]
mod webgpu_shims;

use burn::tensor::Device;

#[cfg(all(target_arch = "wasm32", feature = "gpu"))]
pub use gpu::open_webgpu;
#[cfg(feature = "remote")]
pub use remote::{BadToken, REFUSED, ServeEvent, ServerAddress, Serving, Token, answers, program};
#[cfg(target_arch = "wasm32")]
pub use webgpu_shims::WebGpuShims;

use crate::distributed::Ranks;
use crate::ops::Context;
use crate::worker_pool::PoolHandle;

#[cfg(all(feature = "remote", target_arch = "wasm32"))]
compile_error!("the feature `remote` is the native command line's; a page does not have it");

#[cfg(not(any(feature = "cpu", feature = "gpu")))]
compile_error!("switch on the feature `cpu`, `gpu` or both: there is nowhere to compute");

/// The two backends that the program can compute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
pub enum DeviceKind {
    /// burn's flex backend: plain Rust with SIMD.
    #[default]
    #[cfg_attr(not(target_arch = "wasm32"), value(name = "flex", alias = "cpu"))]
    Cpu,
    /// burn's wgpu backend: WebGPU in a browser; Vulkan, Metal or DX12 natively.
    Wgpu,
}

/// An open device, how kernels are launched on it, the worker threads that compute beside this one, and the other processes
/// that share the work. Clones are cheap and share all of it.
///
/// Functions that build or train a model take a runtime; the operations below them need only its [`Context`].
#[derive(Debug, Clone)]
pub struct Runtime {
    ctx: Context,
    pool: PoolHandle,
    ranks: Ranks,
}

impl Runtime {
    /// A runtime that computes with `ctx` on this thread alone.
    pub fn new(ctx: Context) -> Self {
        Self {
            ctx,
            pool: PoolHandle::default(),
            ranks: Ranks::alone(),
        }
    }

    /// A runtime on the CPU. In a browser the first call also loads the kernels' relaxed-SIMD version, if the browser
    /// supports it.
    #[cfg(feature = "cpu")]
    pub fn cpu() -> Self {
        #[cfg(target_arch = "wasm32")]
        relaxed::load();
        Self::new(Context::new(
            Device::flex(),
            crate::ops::Capabilities::PLAIN,
        ))
    }

    /// Opens a device in a native program; a page calls `open_webgpu`.
    ///
    /// # Errors
    /// If there is no usable GPU adapter, or the program was built without the backend.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open(kind: DeviceKind) -> Result<Self, String> {
        Self::open_for(kind, &Ranks::alone())
    }

    /// Opens a device for one of several ranks. Where a machine has several discrete GPUs, each of its ranks gets another one, in
    /// turn; where it has no discrete one and several virtual or integrated ones, each gets another of these.
    ///
    /// # Errors
    /// As [`Runtime::open`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open_for(kind: DeviceKind, ranks: &Ranks) -> Result<Self, String> {
        let opened = match kind {
            #[cfg(feature = "cpu")]
            DeviceKind::Cpu => Ok(Self::cpu()),
            #[cfg(feature = "gpu")]
            DeviceKind::Wgpu => gpu::open(ranks.local()),
            #[cfg(not(all(feature = "cpu", feature = "gpu")))]
            _ => Err("This program was built without that backend.".into()),
        };
        opened.map(|runtime: Self| Self {
            ranks: ranks.clone(),
            ..runtime
        })
    }

    /// Opens a device of a server (`ddpm serve`). Of several ranks each gets another of its devices, in turn.
    ///
    /// # Errors
    /// What hinders the connection, and what to do: nothing answers at the address, the token is another one, or the server is
    /// of another version of the program.
    #[cfg(feature = "remote")]
    pub fn open_remote(
        address: &ServerAddress,
        token: &Token,
        ranks: &Ranks,
    ) -> Result<Self, String> {
        remote::open(address, token, ranks)
    }

    /// Opens all devices of a kind that this machine has: the processor, or each of its graphics cards.
    ///
    /// # Errors
    /// As [`Runtime::open`].
    #[cfg(feature = "remote")]
    pub fn open_all(kind: DeviceKind) -> Result<Vec<Self>, String> {
        match kind {
            #[cfg(feature = "gpu")]
            DeviceKind::Wgpu => gpu::open_all(),
            kind => Ok(vec![Self::open(kind)?]),
        }
    }

    /// The same runtime as one of several ranks.
    #[must_use]
    pub fn with_ranks(&self, ranks: Ranks) -> Self {
        Self {
            ranks,
            ..self.clone()
        }
    }

    /// The processes that share the work, this one among them.
    pub fn ranks(&self) -> &Ranks {
        &self.ranks
    }

    /// The device and how kernels are launched on it.
    pub fn context(&self) -> &Context {
        &self.ctx
    }

    /// The device that holds the tensors.
    pub fn device(&self) -> &Device {
        self.ctx.device()
    }

    /// The worker pool among whose threads batches are divided on the CPU; it is empty until [`PoolHandle::set`].
    pub fn pool(&self) -> &PoolHandle {
        &self.pool
    }

    /// The same runtime with another context: one with other capabilities, or that of a dry run.
    #[must_use]
    pub fn with_context(&self, ctx: &Context) -> Self {
        Self {
            ctx: ctx.clone(),
            ..self.clone()
        }
    }
}
