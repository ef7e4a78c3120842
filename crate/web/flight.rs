//! How far ahead of the GPU the worker runs.

use std::collections::VecDeque;

use async_channel::Receiver;
use burn::tensor::Device;

/// Pieces of work that a GPU may have before it: enough that it never waits for the worker, few enough that a Pause is
/// felt soon and the picture keeps up with the step shown.
const AHEAD: usize = 3;

/// Work handed to a GPU and not known to be done. Without a GPU work is done when it returns.
pub struct Flight {
    queue: Option<wgpu::Queue>,
    under_way: VecDeque<Receiver<()>>,
}

impl Flight {
    pub fn new(queue: Option<wgpu::Queue>) -> Self {
        Self {
            queue,
            under_way: VecDeque::new(),
        }
    }

    /// A piece of work has been launched on `device`, the queue's: hand it over, and wait until less than [`AHEAD`] are
    /// under way. Nothing is read back.
    ///
    /// # Errors
    /// What the device says when it takes no more.
    pub async fn launched(&mut self, device: &Device) -> Result<(), String> {
        let Some(queue) = &self.queue else {
            return Ok(());
        };
        device.flush().map_err(|error| format!("{error:?}"))?;
        let (done, wait) = async_channel::bounded(1);
        queue.on_submitted_work_done(move || {
            let _ = done.try_send(());
        });
        self.under_way.push_back(wait);
        while self.under_way.len() >= AHEAD {
            if let Some(first) = self.under_way.pop_front() {
                let _ = first.recv().await;
            }
        }
        Ok(())
    }
}
