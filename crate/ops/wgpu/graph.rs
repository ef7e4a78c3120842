//! Graph capture: a step's launches, recorded by the device once and replayed from then on.

use burn::backend::{Backend, BackendTypes, Dispatch, ExecutionError};
use burn::tensor::Tensor;

use super::Context;

type Graph = <Dispatch as BackendTypes>::GraphPrimitive;

/// A step that is taken again and again on a GPU. Once captured, a step costs the host no more than handing its launches
/// over: burn builds no bind groups and allocates nothing.
///
/// **What a step is told must lie in a buffer that stays the same.** A captured step is the very launches of the step that
/// was captured: a number that the host put into a kernel's arguments, a shader's text or a fresh tensor is frozen at that
/// step's value. Numbers that change from step to step go through the state's buffers
/// ([`GpuTrainState::write_inputs`](super::GpuTrainState::write_inputs)) or a table that the device reads by a counter of
/// its own ([`GpuSamplerState`](super::GpuSamplerState)).
pub struct CapturedGraph {
    ctx: Context,
    state: CaptureState,
}

enum CaptureState {
    /// So many steps are launched one by one before the capture.
    Warmup(usize),
    Captured(Graph),
    /// The device refused, and said why. Steps are launched one by one for good.
    Refused(String),
}

impl CapturedGraph {
    /// `warmup`: how many steps are launched one by one first, at least 1. They allocate the memory that the captured step
    /// needs, since a capture may not allocate. Where a step leaves something to the next (as autodiff does), the second
    /// needs more than the first, so such steps want 2.
    pub fn new(ctx: &Context, warmup: usize) -> Self {
        Self {
            ctx: ctx.clone(),
            state: CaptureState::Warmup(warmup),
        }
    }

    /// Whether the next step is a replay.
    ///
    /// # Errors
    /// Says why it is not: the warm-up is not over, or the device refused the capture.
    pub fn captured(&self) -> Result<(), String> {
        match &self.state {
            CaptureState::Warmup(_) => Err("The first steps have not been taken.".into()),
            CaptureState::Captured(_) => Ok(()),
            CaptureState::Refused(why) => Err(why.clone()),
        }
    }

    /// Take the next step: launch it, capture it or replay it.
    ///
    /// * `step` launches the step.
    /// * `spare` makes tensors that are held during the last step of the warm-up and freed before the capture, so that the
    ///   captured step finds more free memory than that step used.
    /// * `save` copies what the step changes. A refused capture leaves the step's buffers unreadable, so `save` is called
    ///   right before the capture, and once before that, while it may still allocate.
    ///
    /// # Panics
    /// If the device does not take a graph that it captured.
    ///
    /// # Safety
    /// `step` launches the same kernels on the same buffers each time, and the buffers that it did not make itself live as
    /// long as this graph.
    pub unsafe fn step(
        &mut self,
        step: impl Fn() + Sync,
        spare: impl Fn() -> Vec<Tensor<1>> + Sync,
        mut save: impl FnMut() + Send,
    ) {
        let device = self.ctx.device().as_dispatch();
        let left = match &mut self.state {
            CaptureState::Captured(graph) => {
                // SAFETY: the graph keeps the buffers alive that the step made itself; the others are the caller's.
                let replayed = unsafe { Dispatch::graph_replay(device, graph) };
                return replayed.expect("the device takes what it captured");
            }
            CaptureState::Refused(_) => return step(),
            CaptureState::Warmup(left) => {
                *left -= 1;
                *left
            }
        };
        // Persistent allocations are of just the sizes asked for, so the same step always fits again. In burn's shared
        // pages another use may have cut a page up in the meantime.
        let step: &(dyn Fn() + Sync) = &step;
        if left > 0 {
            Dispatch::memory_persistent_allocations(device, step, |step| step());
            return;
        }
        let _lock = self.ctx.lock_memory();
        save();
        let capture = |save| self.capture(step, &spare, save);
        let captured = Dispatch::memory_persistent_allocations(device, save, capture);
        self.state = match captured {
            Ok(graph) => CaptureState::Captured(graph),
            Err(error) => CaptureState::Refused(error.to_string()),
        };
    }

    /// Launch one step, then capture it once more without running it.
    fn capture(
        &self,
        step: &dyn Fn(),
        spare: &dyn Fn() -> Vec<Tensor<1>>,
        mut save: impl FnMut(),
    ) -> Result<Graph, ExecutionError> {
        let device = self.ctx.device().as_dispatch();
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
    /// Gives the graph's memory back at once: it is in pieces of sizes that nothing else asks for.
    fn drop(&mut self) {
        self.state = CaptureState::Warmup(0);
        let _lock = self.ctx.lock_memory();
        Dispatch::memory_cleanup(self.ctx.device().as_dispatch());
    }
}
