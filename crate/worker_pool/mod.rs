//! Divides a batch among worker threads, each of which computes a shard of its images.
//!
//! A native program has no worker pool: the CPU's kernels divide a batch's images among rayon's threads. In a browser a
//! thread is a worker with a program and a memory of its own, and data have to be copied between workers. Each worker
//! therefore keeps the whole network and computes some images of the batch. Then the images are sent to it, outputs or one
//! gradient come back, and the parameters are sent only when they have changed.
//!
//! * [`WorkerPool`] starts jobs on workers and waits for them; `crate/web/shared_memory_pool.rs` implements it for a page.
//! * [`Job`] is one shard's work as it is sent to a worker, [`Worker`] carries it out.
//! * [`PoolHandle::run_shards`] divides a batch into shards and collects their outputs.
//! * [`JobKind`] is the computation itself. The kinds are defined beside the code that computes the same for a whole batch,
//!   `crate/model.rs` and `crate/training/gradient.rs`, and nothing here depends on them.

mod job;
mod shard;

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::Tensor;

pub use job::{FieldValues, Fields, Job, JobKind, LoadedNetwork, Worker, numbers};
pub use shard::{Field, Shard};

use crate::nn::unet::UNetConfig;

/// A network's parameters, with an identity by which a pool recognises that its workers have them already.
#[derive(Debug, Clone)]
pub struct SharedNetwork {
    /// The network's shape.
    pub config: UNetConfig,
    /// Flat, `[P]`.
    pub params: Tensor<1>,
    /// Clones have the same identity; two networks never have.
    identity: Rc<()>,
}

impl SharedNetwork {
    /// A network with these flat parameters, `[P]`, which stay as they are.
    pub fn new(config: UNetConfig, params: Tensor<1>) -> Self {
        Self {
            config,
            params,
            identity: Rc::new(()),
        }
    }

    /// Whether both are clones of one network. Then workers that have the one need not be sent the other.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.identity, &other.identity)
    }

    /// The parameters, copied into memory for workers, which cannot access this thread's tensors.
    ///
    /// # Panics
    /// On a browser's GPU, as [`numbers`] does.
    pub fn values(&self) -> Vec<f32> {
        numbers(self.params.clone())
    }
}

/// How many networks a pool and its workers keep, those of the last jobs: a draw may ask one network and its guide in turn.
pub const KEPT_NETWORKS: usize = 2;

/// Worker threads that compute beside this one.
pub trait WorkerPool {
    /// The number of workers.
    fn workers(&self) -> usize;

    /// Starts one job on each of the first `jobs.len()` workers and returns at once. There are at most
    /// [`WorkerPool::workers`] jobs.
    fn start(&mut self, network: &SharedNetwork, jobs: &[Job]);

    /// Waits for the jobs that were started and returns their outputs in order, or `None` if one of them failed.
    fn finish(&mut self) -> Option<Vec<Vec<f32>>>;
}

/// The worker pool in use, if there is one. Clones refer to the same pool.
#[derive(Clone, Default)]
pub struct PoolHandle(Rc<RefCell<Option<Box<dyn WorkerPool>>>>);

impl PoolHandle {
    /// Uses `pool` from now on in place of the present one. With `None` this thread computes alone.
    pub fn set(&self, pool: Option<Box<dyn WorkerPool>>) {
        self.0.replace(pool);
    }

    /// The number of threads that compute, this one included.
    pub fn threads(&self) -> usize {
        1 + self.0.borrow().as_ref().map_or(0, |pool| pool.workers())
    }
}

impl std::fmt::Debug for PoolHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PoolHandle({} threads)", self.threads())
    }
}
