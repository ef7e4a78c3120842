//! How far ahead of the GPU the worker runs.

#[cfg(feature = "gpu")]
use std::collections::VecDeque;

#[cfg(feature = "gpu")]
use async_channel::Receiver;
use burn::tensor::Device;

use super::adapter::Opened;
use super::event_loop::yield_now;

/// Pieces of work that a GPU may have before it: enough that it never waits for the worker, few enough that a Pause is
/// felt soon and the picture keeps up with the step shown.
#[cfg(feature = "gpu")]
const AHEAD: usize = 3;

/// Work handed to a GPU and not known to be done. Without a GPU work is done when it returns.
pub struct Flight {
    #[cfg(feature = "gpu")]
    queue: Option<wgpu::Queue>,
    #[cfg(feature = "gpu")]
    under_way: VecDeque<Receiver<()>>,
}

impl Flight {
    #[cfg_attr(not(feature = "gpu"), expect(unused_variables))]
    pub fn new(on: &Opened) -> Self {
        Self {
            #[cfg(feature = "gpu")]
            queue: on.gpu.as_ref().map(|gpu| gpu.queue.clone()),
            #[cfg(feature = "gpu")]
            under_way: VecDeque::new(),
        }
    }

    /// A piece of work has been launched on `device`, the queue's: hand it over, and wait until less than `AHEAD` are
    /// under way. Nothing is read back. The event loop has had its turn afterwards, in one way or the other.
    ///
    /// # Errors
    /// What the device says when it takes no more.
    #[cfg_attr(not(feature = "gpu"), expect(unused_variables))]
    pub async fn launched(&mut self, device: &Device) -> Result<(), String> {
        #[cfg(feature = "gpu")]
        if let Some(queue) = &self.queue {
            device.flush().map_err(|error| format!("{error:?}"))?;
            let (done, wait) = async_channel::bounded(1);
            queue.on_submitted_work_done(move || {
                let _ = done.try_send(());
            });
            self.under_way.push_back(wait);
            let mut waited = false;
            while self.under_way.len() >= AHEAD {
                if let Some(first) = self.under_way.pop_front() {
                    // What is done already is no reason to wait, and the event loop gets no turn by it.
                    waited |= first.is_empty();
                    let _ = first.recv().await;
                }
            }
            if waited {
                return Ok(());
            }
        }
        yield_now().await;
        Ok(())
    }
}
