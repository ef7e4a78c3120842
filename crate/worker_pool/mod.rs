//! A batch shared out among threads.
//!
//! Natively this thread works alone: the CPU's kernels share out a batch's images among rayon's threads. A browser's
//! thread is a worker with a program and a memory of its own, and what passes between workers has to be copied. Little has
//! to if each worker holds the whole network and computes some images of the batch: the images go one way, outputs or one
//! gradient come back, and the parameters travel only when they have changed.
//!
//! [`WorkerPool`] is how workers are reached (`crate/web/shared_memory_pool.rs` implements it for a page), [`Job`] what one
//! is given, [`Worker`] what carries jobs out, and [`PoolHandle::share`] cuts a batch into shards. None of it knows *what*
//! is computed: that is a [`JobKind`], defined beside the code that computes the same for the whole batch
//! (`crate/model.rs`, `crate/training/gradient.rs`).

mod job;
mod shard;

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::Tensor;

pub use job::{Fields, Job, JobKind, LoadedNetwork, Worker, numbers};
pub use shard::{Field, Shard};

use crate::nn::unet::UNetConfig;

/// A network's parameters as jobs refer to them.
#[derive(Debug, Clone)]
pub struct SharedNetwork {
    /// The network's shape.
    pub config: UNetConfig,
    /// Flat, [P].
    pub params: Tensor<1>,
    /// Two clones of one network have the same identity, two networks never have.
    identity: Rc<()>,
}

impl SharedNetwork {
    /// A network with these flat parameters, [P], which stay as they are.
    pub fn new(config: UNetConfig, params: Tensor<1>) -> Self {
        Self {
            config,
            params,
            identity: Rc::new(()),
        }
    }

    /// Whether both are clones of one network, so that workers that hold the one need not be sent the other.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.identity, &other.identity)
    }

    /// The parameters in memory, for workers that cannot see this thread's tensors. On the CPU only: a GPU's tensors are
    /// not read without waiting.
    pub fn values(&self) -> Vec<f32> {
        numbers(self.params.clone())
    }
}

/// Threads that compute beside this one.
pub trait WorkerPool {
    /// The number of workers.
    fn workers(&self) -> usize;

    /// Start one job each on the first `jobs.len()` workers; there are at most [`WorkerPool::workers`] jobs.
    fn start(&mut self, network: &SharedNetwork, jobs: &[Job]);

    /// Wait for the jobs that were started. Their outputs in order, or `None` if one of them failed.
    fn finish(&mut self) -> Option<Vec<Vec<f32>>>;
}

/// The worker pool in use, if there is one. Clones share it.
#[derive(Clone, Default)]
pub struct PoolHandle(Rc<RefCell<Option<Box<dyn WorkerPool>>>>);

impl PoolHandle {
    /// Use `pool` from now on, in place of another; `None`: compute on this thread alone.
    pub fn set(&self, pool: Option<Box<dyn WorkerPool>>) {
        self.0.replace(pool);
    }

    /// How many threads compute, this one included.
    pub fn threads(&self) -> usize {
        1 + self.0.borrow().as_ref().map_or(0, |pool| pool.workers())
    }
}

impl std::fmt::Debug for PoolHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PoolHandle({} threads)", self.threads())
    }
}
