//! The network computed by as many threads as there are.
//!
//! Natively that is one: the CPU's kernels share out their images among rayon's. A browser's thread is a worker with a
//! program and a memory of its own, and what passes between them has to be copied. So little does if each has the whole
//! network and some images of the batch: images one way, outputs or one gradient the other, and the parameters only
//! when they have changed.
//!
//! Who they are and how they are reached is for [`Crew`] to say (`crate/web/shared_memory_pool.rs`); here is what they are asked, by
//! whom it is answered ([`Hand`]), and how the answers are put together.

mod job;
mod shard;

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};

use burn::tensor::Tensor;

#[cfg(feature = "gpu")]
pub(crate) use crate::training::lengths;
pub use crate::training::{Batch, loss_and_gradient};
pub use job::{Hand, Order, Work};

use crate::nn::unet::{UNet, UNetConfig};

/// A network whose parameters stay as they are.
#[derive(Debug, Clone)]
pub struct Network {
    pub unet: UNetConfig,
    /// Flat, [P].
    pub params: Tensor<1>,
    /// No two networks of this program have the same.
    pub version: u32,
}

impl Network {
    pub fn new(unet: UNetConfig, params: Tensor<1>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self {
            unet,
            params,
            version: NEXT.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// The parameters, for whoever has none of this thread's tensors.
    pub fn values(&self) -> Vec<f32> {
        job::numbers(self.params.clone())
    }

    /// ε̂, [B, 1, 28, 28], as [`UNet::forward_embedded`] of `alone`, which is this network.
    pub fn forward(&self, alone: &UNet, x_t: Tensor<4>, emb: Tensor<2>) -> Tensor<4> {
        shard::forward(self, alone, &x_t, &emb).unwrap_or_else(|| alone.forward_embedded(x_t, emb))
    }

    /// As [`loss_and_gradient`].
    pub fn loss_and_gradient(&self, batch: Batch) -> (Tensor<1>, Tensor<1>) {
        shard::loss_and_gradient(self, &batch)
            .unwrap_or_else(|| loss_and_gradient(&self.unet, &self.params, batch))
    }
}

/// Threads that compute beside this one.
pub trait Crew {
    /// How many there are.
    fn hands(&self) -> usize;

    /// Have the first `orders.len()` of them begin, an order each; at most [`hands`](Self::hands).
    fn begin(&mut self, network: &Network, orders: &[Order]);

    /// Wait for what was begun: the answers in order, or nothing if one of them failed.
    fn finish(&mut self) -> Option<Vec<Vec<f32>>>;
}

thread_local! {
    static CREW: RefCell<Option<Box<dyn Crew>>> = const { RefCell::new(None) };
}

/// Have `crew` take its share of what this thread computes on the CPU from now on, in place of another. `None`: alone.
/// One that fails is let go.
pub fn hire(crew: Option<Box<dyn Crew>>) {
    CREW.set(crew);
}

/// How many threads compute, this one counted.
pub fn threads() -> usize {
    CREW.with_borrow(|crew| 1 + crew.as_ref().map_or(0, |crew| crew.hands()))
}
