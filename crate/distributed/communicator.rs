//! [`Communicator`]: a [`Collective`] over any transport, on a thread of its own.
//!
//! MPI moves messages only while somebody calls it. The thread does that, so a sum travels while the rank prepares its next
//! batch; and because it never waits inside MPI, it notices when a rank keeps silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::exchange::{Exchanges, Transport};
use super::{Collective, CollectiveError, PendingSum, SumFormat, Summed, reduce};

/// What the thread is asked to do.
enum Job {
    Sum {
        what: String,
        values: Vec<f32>,
        note: Vec<u8>,
        answer: Sender<Result<Summed, CollectiveError>>,
    },
    AllToAll {
        what: String,
        to_each: Vec<Vec<u8>>,
        answer: Sender<Result<Vec<Vec<u8>>, CollectiveError>>,
    },
    Name(Vec<String>),
    Abort,
}

/// What is known of a rank when its thread has started.
struct Opened {
    rank: usize,
    size: usize,
    local: (usize, usize),
    host: String,
}

/// One of several ranks, connected by a transport that a thread of its own works.
pub struct Communicator {
    opened: Opened,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    sent: Arc<AtomicU64>,
    waited: Arc<WaitedFor>,
    /// How long the end may take.
    limit: Duration,
}

/// The nanoseconds that were spent waiting.
#[derive(Default)]
struct WaitedFor(AtomicU64);

impl WaitedFor {
    fn add(&self, time: Duration) {
        self.0.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }
}

impl Communicator {
    /// Opens a transport on a new thread. Ranks may keep silent for `limit`; parts of sums travel as `format`.
    ///
    /// # Errors
    /// Those of `open`.
    pub fn start<T: Transport>(
        open: impl FnOnce() -> Result<T, String> + Send + 'static,
        limit: Duration,
        format: SumFormat,
    ) -> Result<Self, String> {
        let (jobs, inbox) = channel();
        let (ready, opened) = channel();
        let sent = Arc::new(AtomicU64::new(0));
        let counter = sent.clone();
        let body = move || {
            let transport = match open() {
                Ok(transport) => transport,
                Err(error) => {
                    let _ = ready.send(Err(error));
                    return;
                }
            };
            let _ = ready.send(Ok(Opened {
                rank: transport.rank(),
                size: transport.size(),
                local: transport.local(),
                host: transport.host(),
            }));
            work(Exchanges::new(transport, limit), format, &inbox, &counter);
        };
        let thread = std::thread::Builder::new().name("ranks".into()).spawn(body);
        let thread = thread.map_err(|error| error.to_string())?;
        let opened = opened.recv_timeout(limit).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!(
                "the ranks did not come together within {} s: one of them hangs, or its machine cannot be reached",
                limit.as_secs()
            ),
            RecvTimeoutError::Disconnected => "the thread that was to open it has ended".to_owned(),
        })??;
        Ok(Self {
            opened,
            jobs: Some(jobs),
            thread: Some(thread),
            sent,
            waited: Arc::default(),
            limit,
        })
    }

    /// The name of the machine that this rank is on.
    pub fn host(&self) -> &str {
        &self.opened.host
    }

    /// Says what messages call the ranks.
    pub fn name(&self, names: Vec<String>) {
        self.ask(Job::Name(names));
    }

    fn ask(&self, job: Job) {
        // If the thread has ended, the answer's channel is closed, too, and waiting for it says so.
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(job);
        }
    }
}

/// The error if the thread has ended by a panic.
fn ended() -> CollectiveError {
    CollectiveError::Transport("the thread that talks to the other ranks has ended".into())
}

fn work<T: Transport>(
    mut exchanges: Exchanges<T>,
    format: SumFormat,
    inbox: &Receiver<Job>,
    sent: &AtomicU64,
) {
    while let Ok(job) = inbox.recv() {
        match job {
            Job::Sum {
                what,
                values,
                note,
                answer,
            } => {
                let summed = reduce::sum(&mut exchanges, &what, &values, format, &note);
                // Before the answer, so that whoever has it finds these bytes counted.
                sent.store(exchanges.sent, Ordering::Relaxed);
                let _ = answer.send(summed);
            }
            Job::AllToAll {
                what,
                to_each,
                answer,
            } => {
                let received = exchanges.run(&what, to_each);
                sent.store(exchanges.sent, Ordering::Relaxed);
                let _ = answer.send(received);
            }
            Job::Name(names) => exchanges.names = names,
            Job::Abort => exchanges.transport.abort(),
        }
    }
}

/// A sum that the thread works on.
struct Pending {
    answer: Receiver<Result<Summed, CollectiveError>>,
    waited: Arc<WaitedFor>,
}

impl PendingSum for Pending {
    fn wait(self: Box<Self>) -> Result<Summed, CollectiveError> {
        let start = Instant::now();
        let answer = self.answer.recv();
        self.waited.add(start.elapsed());
        answer.unwrap_or_else(|_| Err(ended()))
    }
}

impl Collective for Communicator {
    fn rank(&self) -> usize {
        self.opened.rank
    }

    fn size(&self) -> usize {
        self.opened.size
    }

    fn local(&self) -> (usize, usize) {
        self.opened.local
    }

    fn start_sum(&self, what: &str, values: Vec<f32>, note: Vec<u8>) -> Box<dyn PendingSum> {
        let (answer, receiver) = channel();
        self.ask(Job::Sum {
            what: what.into(),
            values,
            note,
            answer,
        });
        Box::new(Pending {
            answer: receiver,
            waited: self.waited.clone(),
        })
    }

    fn all_to_all(
        &self,
        what: &str,
        to_each: Vec<Vec<u8>>,
    ) -> Result<Vec<Vec<u8>>, CollectiveError> {
        let (answer, receiver) = channel();
        self.ask(Job::AllToAll {
            what: what.into(),
            to_each,
            answer,
        });
        receiver.recv().unwrap_or_else(|_| Err(ended()))
    }

    fn bytes_sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    fn seconds_waited(&self) -> f64 {
        self.waited.0.load(Ordering::Relaxed) as f64 * 1e-9
    }

    fn abort(&self) -> ! {
        self.ask(Job::Abort);
        // An idle thread aborts at once. One that works on a sum or an exchange comes to this job only after that, which may
        // be never if another rank is silent. Then, and if the thread has ended, this process exits alone, and `mpirun` ends
        // the others because a process has exited without ending MPI.
        std::thread::sleep(Duration::from_secs(5));
        std::process::exit(1)
    }
}

impl Drop for Communicator {
    fn drop(&mut self) {
        drop(self.jobs.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        // The transport's end waits for the other ranks. One that does not come must not hold this one for ever.
        let start = Instant::now();
        while !thread.is_finished() && start.elapsed() < self.limit {
            std::thread::sleep(Duration::from_millis(1));
        }
        if thread.is_finished() {
            let _ = thread.join();
        }
    }
}
