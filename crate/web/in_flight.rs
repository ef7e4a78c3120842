//! How far ahead of the GPU the worker runs.

#[cfg(feature = "gpu")]
use std::collections::VecDeque;

#[cfg(feature = "gpu")]
use async_channel::Receiver;
use burn::tensor::Device;

use super::device::Opened;
use super::event_loop::yield_now;
#[cfg(feature = "gpu")]
use super::{event_loop::now, rate_meter::SubmissionBatch};

/// Strides that a GPU may have before it: enough that it never waits for the worker, few enough that a Pause is
/// felt soon and the picture keeps up with the step shown.
#[cfg(feature = "gpu")]
const AHEAD: usize = 3;

/// Steps handed to a GPU and not known to be done. Without a GPU a step is done when it returns.
pub struct InFlight {
    #[cfg(feature = "gpu")]
    queue: Option<wgpu::Queue>,
    #[cfg(feature = "gpu")]
    stride: SubmissionBatch,
    /// Launched, and nobody has asked yet when they are done.
    #[cfg(feature = "gpu")]
    next: Launched,
    #[cfg(feature = "gpu")]
    under_way: VecDeque<(Launched, Receiver<f64>)>,
}

/// So many steps.
#[cfg(feature = "gpu")]
#[derive(Clone, Copy, Default)]
struct Launched {
    steps: usize,
    /// When the first of them was.
    begun: f64,
}

impl InFlight {
    #[cfg_attr(not(feature = "gpu"), expect(unused_variables))]
    pub fn new(on: &Opened) -> Self {
        Self {
            #[cfg(feature = "gpu")]
            queue: on.gpu.as_ref().map(|gpu| gpu.queue.clone()),
            #[cfg(feature = "gpu")]
            stride: SubmissionBatch::default(),
            #[cfg(feature = "gpu")]
            next: Launched::default(),
            #[cfg(feature = "gpu")]
            under_way: VecDeque::new(),
        }
    }

    /// A step has been launched on `device`, the queue's. If it ends a stride: hand it over, and wait until less than
    /// `AHEAD` are under way. Nothing is read back. Whether the event loop has had its turn, in one way or the other.
    ///
    /// # Errors
    /// What the device says when it takes no more.
    #[cfg_attr(not(feature = "gpu"), expect(unused_variables))]
    pub async fn launched(&mut self, device: &Device) -> Result<bool, String> {
        #[cfg(feature = "gpu")]
        if let Some(queue) = &self.queue {
            if self.next.steps == 0 {
                self.next.begun = now();
            }
            self.next.steps += 1;
            if self.next.steps < self.stride.steps() {
                return Ok(false);
            }
            device.flush().map_err(|error| format!("{error:?}"))?;
            let (done, wait) = async_channel::bounded(1);
            queue.on_submitted_work_done(move || {
                let _ = done.try_send(now());
            });
            let launched = std::mem::take(&mut self.next);
            self.under_way.push_back((launched, wait));
            let mut waited = false;
            while self.under_way.len() >= AHEAD {
                if let Some((Launched { steps, begun }, wait)) = self.under_way.pop_front() {
                    // What is done already is no reason to wait, and the event loop gets no turn by it.
                    waited |= wait.is_empty();
                    if let Ok(done) = wait.recv().await {
                        self.stride.record(steps, begun, done);
                    }
                }
            }
            if waited {
                return Ok(true);
            }
        }
        yield_now().await;
        Ok(true)
    }
}
