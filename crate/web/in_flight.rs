//! The submission limit: how many steps the worker launches ahead of the GPU.

use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::host::{Host, LocalFuture, SubmissionQueue};
use super::rate_meter::SubmissionBatch;

/// Submission batches that a GPU may have before it: enough that it never waits for the worker, few enough that a Pause
/// is felt soon and the picture keeps up with the step shown.
const AHEAD: usize = 3;

/// Steps launched on a device and not known to be done.
///
/// On a GPU, a few [batches](SubmissionBatch) of steps are handed over before the first is waited for. On a CPU a step is
/// done when it returns, so there is no limit, and the event loop gets a turn after each step.
pub struct InFlight {
    host: Rc<dyn Host>,
    gpu: Option<Submissions>,
}

struct Submissions {
    queue: Rc<dyn SubmissionQueue>,
    batch: SubmissionBatch,
    /// Steps launched since the last submission.
    next: Launched,
    under_way: VecDeque<(Launched, LocalFuture<'static, Option<f64>>)>,
}

/// A number of steps.
#[derive(Clone, Copy, Default)]
struct Launched {
    steps: usize,
    /// When the first of them was launched, in seconds.
    begun: f64,
}

impl InFlight {
    /// No steps yet. `queue` is the GPU's, `None` on a CPU.
    pub fn new(queue: Option<Rc<dyn SubmissionQueue>>, host: Rc<dyn Host>) -> Self {
        let gpu = queue.map(|queue| Submissions {
            queue,
            batch: SubmissionBatch::default(),
            next: Launched::default(),
            under_way: VecDeque::new(),
        });
        Self { host, gpu }
    }

    /// Note that a step has been launched. If it completes a batch, the batch is submitted, and the future waits until
    /// fewer than `AHEAD` batches are under way. Nothing is read back. The answer is whether the event loop had a turn,
    /// by that wait or by one that this function gave it.
    ///
    /// # Errors
    /// What the device says when it takes no more.
    pub async fn launched(&mut self) -> Result<bool, String> {
        let waited = match &mut self.gpu {
            Some(gpu) => gpu.launched(&*self.host).await?,
            None => Some(false),
        };
        match waited {
            None => Ok(false),
            Some(true) => Ok(true),
            Some(false) => {
                self.host.turn().await;
                Ok(true)
            }
        }
    }
}

impl Submissions {
    /// `None` while the batch is not complete, else whether a batch had to be waited for.
    async fn launched(&mut self, host: &dyn Host) -> Result<Option<bool>, String> {
        if self.next.steps == 0 {
            self.next.begun = host.now();
        }
        self.next.steps += 1;
        if self.next.steps < self.batch.steps() {
            return Ok(None);
        }
        let done = self.queue.submit()?;
        self.under_way
            .push_back((std::mem::take(&mut self.next), done));
        let mut waited = false;
        while self.under_way.len() >= AHEAD {
            let Some((Launched { steps, begun }, mut done)) = self.under_way.pop_front() else {
                break;
            };
            // A batch that is done already is not waited for, and the event loop gets no turn by it.
            let moment = match done.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(moment) => moment,
                Poll::Pending => {
                    waited = true;
                    done.await
                }
            };
            if let Some(moment) = moment {
                self.batch.record(steps, begun, moment);
            }
        }
        Ok(Some(waited))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// A clock that stands still, and an event loop that counts its turns.
    #[derive(Default)]
    struct Counting {
        turns: Cell<usize>,
    }

    impl Host for Counting {
        fn now(&self) -> f64 {
            0.0
        }

        fn turn(&self) -> LocalFuture<'_, ()> {
            self.turns.set(self.turns.get() + 1);
            Box::pin(std::future::ready(()))
        }

        fn frame_due(&self) -> bool {
            true
        }

        fn random(&self) -> f64 {
            0.5
        }
    }

    /// A GPU that is done with the batches whose flags have been set.
    #[derive(Default)]
    struct Queue {
        done: RefCell<Vec<Rc<Cell<bool>>>>,
    }

    impl SubmissionQueue for Queue {
        fn submit(&self) -> Result<LocalFuture<'static, Option<f64>>, String> {
            let done = Rc::<Cell<bool>>::default();
            self.done.borrow_mut().push(done.clone());
            Ok(Box::pin(std::future::poll_fn(move |_| {
                if done.get() {
                    // A second a step: one step a batch.
                    Poll::Ready(Some(1.0))
                } else {
                    Poll::Pending
                }
            })))
        }
    }

    fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
        std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_cpu_gives_the_event_loop_a_turn_after_each_step() {
        let host = Rc::new(Counting::default());
        let mut in_flight = InFlight::new(None, host.clone());
        for step in 1..4 {
            assert_eq!(poll(in_flight.launched()), Poll::Ready(Ok(true)));
            assert_eq!(host.turns.get(), step);
        }
    }

    #[test]
    fn a_gpu_is_waited_for_when_three_batches_are_under_way() {
        let (host, queue) = (Rc::new(Counting::default()), Rc::new(Queue::default()));
        let mut in_flight = InFlight::new(Some(queue.clone()), host.clone());
        for _ in 0..2 {
            assert_eq!(poll(in_flight.launched()), Poll::Ready(Ok(true)));
        }
        assert_eq!(host.turns.get(), 2);
        let mut third = Box::pin(in_flight.launched());
        assert!(poll(&mut third).is_pending());
        queue.done.borrow()[0].set(true);
        assert_eq!(poll(&mut third), Poll::Ready(Ok(true)));
        assert_eq!(host.turns.get(), 2, "the wait was the turn");
    }
}
