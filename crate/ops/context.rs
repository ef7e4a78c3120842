//! [`Context`]: the device and how kernels are launched on it, handed down to every operation.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::tensor::Device;

use super::Capabilities;

/// A device, what its adapter can do, and whether kernels are launched or only collected.
///
/// Every operation of [`crate::ops`] takes a context, and everything that is built of operations (layers, networks,
/// samplers, training steps) keeps one. Clones are cheap and share the dry run and the lock.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "gpu"),
    expect(dead_code, reason = "only a GPU's kernels look at them")
)]
pub struct Context {
    device: Device,
    capabilities: Capabilities,
    /// Set in the context of a dry run.
    dry_run: Option<DryRun>,
    /// See [`Context::lock_memory`].
    memory: Arc<Mutex<()>>,
}

impl Context {
    /// A context for `device`. Only GPU kernels look at `capabilities`; for the CPU it is [`Capabilities::PLAIN`].
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

    /// The adapter's capabilities.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// The same device with other capabilities. Tests use it to run the shaders of other adapters, the bench to switch
    /// 16-bit arithmetic off.
    #[must_use]
    pub fn with_capabilities(&self, capabilities: Capabilities) -> Self {
        Self {
            capabilities,
            ..self.clone()
        }
    }

    /// Runs `work` as a dry run and returns the texts of the shaders that it would launch, so that they can be compiled
    /// before they are needed. `work` gets a context in which this project's GPU kernels are not launched: their outputs
    /// hold arbitrary numbers. burn's own kernels do run.
    pub fn collect_shaders(&self, work: impl FnOnce(&Self)) -> Vec<String> {
        let dry_run = DryRun::default();
        work(&Self {
            dry_run: Some(dry_run.clone()),
            ..self.clone()
        });
        dry_run.texts().drain().collect()
    }

    /// The dry run that collects shaders in place of launching them, if this context is that of one.
    #[cfg(feature = "gpu")]
    pub(super) fn dry_run(&self) -> Option<&DryRun> {
        self.dry_run.as_ref()
    }

    /// Locks the device's memory while a graph is captured or free memory is returned to the device. Both act on the whole
    /// device: memory that one thread returns would be missing in the graph that another thread captures.
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

    /// Adds a shader's text.
    #[cfg(feature = "gpu")]
    pub fn collect(&self, text: String) {
        self.texts().insert(text);
    }
}
