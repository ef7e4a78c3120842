//! [`Context`]: the device and how kernels are launched on it, handed down to every operation.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::tensor::Device;

use super::Capabilities;

/// A device, what its adapter can do, and whether kernels are launched or only collected.
///
/// Every operation of this module takes one, and everything that is built of operations (layers, networks, samplers,
/// training steps) keeps one. Clones are cheap and share the dry run and the lock.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "gpu"),
    expect(dead_code, reason = "only a GPU's kernels look at them")
)]
pub struct Context {
    device: Device,
    capabilities: Capabilities,
    dry_run: Option<DryRun>,
    memory: Arc<Mutex<()>>,
}

impl Context {
    /// A context for `device`. `capabilities` counts on a GPU only; the CPU's kernels do not look at it.
    pub fn new(device: Device, capabilities: Capabilities) -> Self {
        Self {
            device,
            capabilities,
            dry_run: None,
            memory: Arc::default(),
        }
    }

    /// The device that holds the tensors.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// What the adapter can do.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// The same device with other capabilities: tests reach the shaders of other adapters so, and the bench switches
    /// 16 bits off.
    #[must_use]
    pub fn with_capabilities(&self, capabilities: Capabilities) -> Self {
        Self {
            capabilities,
            ..self.clone()
        }
    }

    /// The texts of the shaders that `work` would launch. `work` gets a context of its own, in which this project's GPU
    /// kernels are not launched: their outputs hold arbitrary numbers. burn's own kernels do run.
    pub fn collect_shaders(&self, work: impl FnOnce(&Self)) -> Vec<String> {
        let dry_run = DryRun::default();
        work(&Self {
            dry_run: Some(dry_run.clone()),
            ..self.clone()
        });
        dry_run.texts().drain().collect()
    }

    /// Where shaders are collected in place of being launched, if this context is that of a dry run.
    #[cfg(feature = "gpu")]
    pub(super) fn dry_run(&self) -> Option<&DryRun> {
        self.dry_run.as_ref()
    }

    /// Held by whoever captures a graph or gives the device's free memory back. Both act on the whole device: memory given
    /// back by one thread would be missing in the graph that another captures.
    #[cfg(feature = "gpu")]
    pub(super) fn lock_memory(&self) -> MutexGuard<'_, ()> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The shaders of a dry run.
#[derive(Debug, Clone, Default)]
pub(super) struct DryRun(Arc<Mutex<HashSet<String>>>);

impl DryRun {
    /// The texts collected so far.
    fn texts(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Collect a shader's text.
    #[cfg(feature = "gpu")]
    pub fn collect(&self, text: String) {
        self.texts().insert(text);
    }
}
