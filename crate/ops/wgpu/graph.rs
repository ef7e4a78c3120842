//! Graph capture: the device keeps the launches of one step and replays them from then on ([`CapturedGraph`]).

use burn::backend::{Backend, BackendTypes, Dispatch, ExecutionError};
use burn::tensor::Tensor;

use super::Context;

type Graph = <Dispatch as BackendTypes>::GraphPrimitive;

/// A step that is taken again and again on a GPU. Once captured, a step costs the host no more than handing its launches
/// over: burn builds no bind groups and allocates nothing.
///
/// **What a step is told must lie in a buffer that stays the same.** A replay repeats the launches of the step that was
/// captured: a number that the host put into a kernel's arguments, into a shader's text or into a fresh tensor is frozen at
/// that step's value. Numbers that change from step to step go through the state's buffers
/// ([`GpuTrainState::write_inputs`](super::GpuTrainState::write_inputs)), or through a table that the device reads by a
/// counter of its own ([`GpuSamplerState`](super::GpuSamplerState)).
pub struct CapturedGraph {
    ctx: Context,
    state: CaptureState,
}

/// How the next step is taken.
enum CaptureState {
    /// The number of steps that are still launched one by one, the capture being part of the last of them.
    Warmup(usize),
    /// Steps are replayed.
    Captured(Graph),
    /// The device refused the capture with this error. All further steps are launched one by one.
    Refused(String),
}

impl CapturedGraph {
    /// A graph that is captured after `warmup` steps, at least 1, which are launched one by one. They allocate the memory
    /// that the captured step needs, because nothing can be allocated during a capture. Steps of which each leaves
    /// something in memory for the next, as autodiff does, need 2: the second uses more memory than the first.
    pub fn new(ctx: &Context, warmup: usize) -> Self {
        Self {
            ctx: ctx.clone(),
            state: CaptureState::Warmup(warmup),
        }
    }

    /// Whether the next step is a replay.
    ///
    /// # Errors
    /// The reason why it is not: the warm-up is not over, or the device refused the capture.
    pub fn captured(&self) -> Result<(), String> {
        match &self.state {
            CaptureState::Warmup(_) => Err("The first steps have not been taken.".into()),
            CaptureState::Captured(_) => Ok(()),
            CaptureState::Refused(why) => Err(why.clone()),
        }
    }

    /// Takes the next step: launches it, launches and captures it, or replays it.
    ///
    /// * `step` launches the step.
    /// * `spare` makes tensors that are kept during the last step of the warm-up and freed before the capture, so that the
    ///   captured step finds more free memory than that step used.
    /// * `save` copies everything that the step changes. A refused capture leaves the step's buffers unreadable, so `save`
    ///   is called right before the capture. It is called once before that, while allocation is still possible, so that the
    ///   second call can write to the same copies.
    ///
    /// # Panics
    /// If the device refuses to replay a graph that it captured.
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
                return replayed.expect("the device replays what it captured");
            }
            CaptureState::Refused(_) => return step(),
            CaptureState::Warmup(left) => {
                *left -= 1;
                *left
            }
        };
        // Persistent allocations have exactly the requested sizes, so the same step always fits into them again. A page of
        // burn's shared pool may have been divided up for another use in the meantime.
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

    /// Launches one step, then captures the same launches without running them.
    fn capture(
        &self,
        step: &dyn Fn(),
        spare: &dyn Fn() -> Vec<Tensor<1>>,
        mut save: impl FnMut(),
    ) -> Result<Graph, ExecutionError> {
        let device = self.ctx.device().as_dispatch();
        let prepared = Dispatch::graph_prepare(device);
        let spare_tensors = spare();
        step();
        drop(spare_tensors);
        save();
        prepared?;
        Dispatch::graph_start_capture(device)?;
        step();
        Dispatch::graph_stop_capture(device)
    }
}

impl Drop for CapturedGraph {
    /// Returns the graph's memory to the device at once: its allocations have sizes that no other work requests.
    fn drop(&mut self) {
        self.state = CaptureState::Warmup(0);
        let _lock = self.ctx.lock_memory();
        Dispatch::memory_cleanup(self.ctx.device().as_dispatch());
    }
}
