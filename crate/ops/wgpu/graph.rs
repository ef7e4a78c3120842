//! A step on a GPU, recorded once and replayed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::backend::{Backend, BackendTypes, Dispatch, ExecutionError};
use burn::tensor::{Device, Tensor};

type Graph = <Dispatch as BackendTypes>::GraphPrimitive;

/// Of all threads one records or gives memory back. What is given back is all that is free on the whole device, another
/// thread's included, and so would be what a graph's last step before it has left for it.
static MEMORY: Mutex<()> = Mutex::new(());

fn alone_with_memory() -> MutexGuard<'static, ()> {
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One step on the device, to be taken again and again. Recorded, it costs the host no more than handing its launches over.
pub struct CapturedGraph {
    device: Device,
    step: Step,
}

enum Step {
    /// So many are to be taken as they are, the last of them before it is recorded.
    To(usize),
    Yes(Graph),
    /// What the device said.
    Refused(String),
}

impl CapturedGraph {
    /// `first`: steps that are taken as they are, at least 1. They leave the memory that a graph wants, which may not
    /// ask for more: where a step leaves something to the next (as autodiff does), the second wants more than the first.
    pub fn new(device: Device, first: usize) -> Self {
        Self {
            device,
            step: Step::To(first),
        }
    }

    /// Whether the next step is replayed, or else why not.
    ///
    /// # Errors
    /// Why not.
    pub fn recorded(&self) -> Result<(), String> {
        match &self.step {
            Step::To(_) => Err("The first steps have not been taken.".into()),
            Step::Yes(_) => Ok(()),
            Step::Refused(why) => Err(why.clone()),
        }
    }

    /// Take the next step. A graph that is refused leaves the buffers of the step unreadable: so `save` is called before
    /// it, and once more some time before that, when it may still ask for memory.
    ///
    /// `spare` is held during the last step that is taken as it is, and not during the next: room beyond what that step
    /// wants itself.
    ///
    /// # Safety
    /// `step` launches the same on the same buffers each time, and those that it did not make itself live as long as this.
    pub unsafe fn take(
        &mut self,
        step: impl Fn() + Sync,
        spare: impl Fn() -> Vec<Tensor<1>> + Sync,
        mut save: impl FnMut() + Send,
    ) {
        let left = match &mut self.step {
            Step::Yes(graph) => {
                // SAFETY: what lay in between, the graph keeps alive; the rest is the caller's.
                let replayed = unsafe { Dispatch::graph_replay(self.device.as_dispatch(), graph) };
                return replayed.expect("the device takes what it recorded");
            }
            Step::Refused(_) => return step(),
            Step::To(left) => {
                *left -= 1;
                *left
            }
        };
        // In pieces of just the sizes asked for there is always room for the same again; pages shared with others may have
        // been cut up otherwise.
        let device = self.device.as_dispatch();
        let step: &(dyn Fn() + Sync) = &step;
        if left > 0 {
            Dispatch::memory_persistent_allocations(device, step, |step| step());
            return;
        }
        let _alone = alone_with_memory();
        save();
        let record = |save| self.record(step, &spare, save);
        let recorded = Dispatch::memory_persistent_allocations(device, save, record);
        self.step = match recorded {
            Ok(graph) => Step::Yes(graph),
            Err(error) => Step::Refused(error.to_string()),
        };
    }

    /// Take a step as it is, and record the next.
    fn record(
        &self,
        step: &dyn Fn(),
        spare: &dyn Fn() -> Vec<Tensor<1>>,
        mut save: impl FnMut(),
    ) -> Result<Graph, ExecutionError> {
        let device = self.device.as_dispatch();
        let prepared = Dispatch::graph_prepare(device);
        let held = spare();
        step();
        drop(held);
        save();
        prepared?;
        Dispatch::graph_start_capture(device)?;
        step();
        Dispatch::graph_stop_capture(device)
    }
}

impl Drop for CapturedGraph {
    /// What it held is of sizes that nobody else asks for.
    fn drop(&mut self) {
        self.step = Step::To(0);
        let _alone = alone_with_memory();
        Dispatch::memory_cleanup(self.device.as_dispatch());
    }
}
