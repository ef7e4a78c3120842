//! Several processes that work on one thing: they are *ranks*, numbered from 0, and everything that they tell one another
//! goes through a [`Collective`].
//!
//! * [`Ranks`] is the handle that [`Runtime`](crate::runtime::Runtime) carries: one process alone, or one of several.
//! * [`Collective`] is what ranks can do together. [`Communicator`] does it over any [`Transport`], on a thread of its own, so
//!   that a sum travels while the rank goes on, and so that a rank that keeps silent is noticed.
//! * [`MpiTransport`] carries bytes by MPI, in native programs that `mpirun` has started.
//! * `reduce.rs` has the all-reduce: the same numbers in every rank and every run, whatever the transport does.
//!
//! burn has collectives of its own (`burn::tensor::distributed::all_reduce`). In burn 0.22.1 they exist on its backend CUDA
//! (by NCCL); Remote hands the call to its server. On the two that this program and its servers compute on, flex and wgpu, the call
//! panics (docs/scaling.md has the words; `burn_has_no_collective_on_flex` in `tests.rs`). So the gradient is read from the device, summed here, and written back.

#[cfg(not(target_arch = "wasm32"))]
mod agreement;
#[cfg(not(target_arch = "wasm32"))]
mod communicator;
#[cfg(not(target_arch = "wasm32"))]
mod exchange;
#[cfg(not(target_arch = "wasm32"))]
mod launcher;
#[cfg(not(target_arch = "wasm32"))]
mod mpi;
#[cfg(not(target_arch = "wasm32"))]
mod reduce;
#[cfg(all(test, not(target_arch = "wasm32")))]
pub mod threads;

use std::ops::Range;
use std::rc::Rc;

#[cfg(not(target_arch = "wasm32"))]
pub use agreement::{Peer, agree, meet};
#[cfg(not(target_arch = "wasm32"))]
pub use communicator::Communicator;
#[cfg(not(target_arch = "wasm32"))]
pub use exchange::Transport;
#[cfg(not(target_arch = "wasm32"))]
pub use launcher::Launch;
#[cfg(not(target_arch = "wasm32"))]
pub use mpi::MpiTransport;

/// The number format in which the parts of a sum travel between ranks. They are added in f32 either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
pub enum SumFormat {
    /// As they are, 4 bytes each.
    #[default]
    F32,
    /// Rounded to bfloat16, 2 bytes each: the range of f32 with 8 bits of precision.
    Bf16,
}

/// Why ranks cannot go on together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CollectiveError {
    /// Ranks did not take part in time: they have stopped, hang, or cannot be reached.
    #[error(
        "{ranks} did not answer for {seconds} s, in {what} (--rank-timeout sets how many seconds a process may take to answer)"
    )]
    Silent {
        /// The ranks, in words.
        ranks: String,
        /// What the others waited for.
        what: String,
        /// For how long.
        seconds: u64,
    },
    /// A rank is at another point of the program.
    #[error("{rank} is at another point of the program than rank {here}: {theirs}, not {ours}")]
    OutOfStep {
        /// That rank, in words.
        rank: String,
        /// This rank.
        here: usize,
        /// What that rank does.
        theirs: String,
        /// What this rank does.
        ours: String,
    },
    /// All ranks are there and found that they were started with different things. Every rank knows it.
    #[error("{0}")]
    Disagree(String),
    /// The transport failed.
    #[error("{0}")]
    Transport(String),
}

/// What a sum of all ranks gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Summed {
    /// The sums, the same in every rank.
    pub values: Vec<f32>,
    /// What each rank has attached, by rank.
    pub notes: Vec<Vec<u8>>,
}

/// A sum that is under way.
pub trait PendingSum {
    /// Waits for it.
    ///
    /// # Errors
    /// If a rank keeps silent, or is at another point.
    fn wait(self: Box<Self>) -> Result<Summed, CollectiveError>;
}

/// What ranks do together. Every rank makes the same calls in the same order; `what` says in words what a call is for, is
/// compared between ranks, and stands in messages.
pub trait Collective {
    /// The number of this rank, from 0.
    fn rank(&self) -> usize;

    /// The number of ranks.
    fn size(&self) -> usize;

    /// The number of this rank among those on the same machine, from 0, and how many these are.
    fn local(&self) -> (usize, usize);

    /// Starts to add the values of all ranks, which have the same number of them, and returns at once. Beside them each rank
    /// attaches a note for all others.
    fn start_sum(&self, what: &str, values: Vec<f32>, note: Vec<u8>) -> Box<dyn PendingSum>;

    /// Sends bytes to each rank (`to_each[r]` to rank r) and returns what each has sent to this one.
    ///
    /// # Errors
    /// If a rank keeps silent, or is at another point.
    fn all_to_all(
        &self,
        what: &str,
        to_each: Vec<Vec<u8>>,
    ) -> Result<Vec<Vec<u8>>, CollectiveError>;

    /// The bytes that this rank has sent to others so far.
    fn bytes_sent(&self) -> u64;

    /// How many seconds this rank has waited so far for results of [`Collective::start_sum`], when it had nothing else to do.
    fn seconds_waited(&self) -> f64;

    /// Ends all ranks, this one last. For errors that the other ranks do not know of.
    fn abort(&self) -> !;

    /// Every rank's bytes, by rank.
    ///
    /// # Errors
    /// As [`Collective::all_to_all`].
    fn all_gather(&self, what: &str, bytes: Vec<u8>) -> Result<Vec<Vec<u8>>, CollectiveError> {
        self.all_to_all(what, vec![bytes; self.size()])
    }

    /// Every rank's bytes, by rank, for rank 0; nothing for the others.
    ///
    /// # Errors
    /// As [`Collective::all_to_all`].
    fn gather(&self, what: &str, bytes: Vec<u8>) -> Result<Vec<Vec<u8>>, CollectiveError> {
        let mut to_each = vec![Vec::new(); self.size()];
        to_each[0] = bytes;
        let gathered = self.all_to_all(what, to_each)?;
        Ok(if self.rank() == 0 {
            gathered
        } else {
            Vec::new()
        })
    }

    /// Rank 0's bytes, in every rank; those of the others are not looked at.
    ///
    /// # Errors
    /// As [`Collective::all_to_all`].
    fn broadcast(&self, what: &str, bytes: Vec<u8>) -> Result<Vec<u8>, CollectiveError> {
        let to_each = match self.rank() {
            0 => vec![bytes; self.size()],
            _ => vec![Vec::new(); self.size()],
        };
        Ok(self.all_to_all(what, to_each)?.swap_remove(0))
    }

    /// Waits until every rank is here.
    ///
    /// # Errors
    /// As [`Collective::all_to_all`].
    fn barrier(&self, what: &str) -> Result<(), CollectiveError> {
        self.all_gather(what, Vec::new()).map(drop)
    }
}

/// The ranks that share the work, this one among them. Clones refer to the same ones.
#[derive(Clone, Default)]
pub struct Ranks(Option<Rc<dyn Collective>>);

impl std::fmt::Debug for Ranks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ranks({} of {})", self.rank(), self.size())
    }
}

impl Ranks {
    /// One process alone.
    pub fn alone() -> Self {
        Self(None)
    }

    /// One of those that `collective` connects.
    pub fn of(collective: Rc<dyn Collective>) -> Self {
        Self(Some(collective))
    }

    /// What the ranks do together; `None` if this process is alone.
    pub fn collective(&self) -> Option<&dyn Collective> {
        self.0.as_deref().filter(|ranks| ranks.size() > 1)
    }

    /// The number of this rank, from 0.
    pub fn rank(&self) -> usize {
        self.0.as_ref().map_or(0, |ranks| ranks.rank())
    }

    /// The number of ranks.
    pub fn size(&self) -> usize {
        self.0.as_ref().map_or(1, |ranks| ranks.size())
    }

    /// Whether this is the rank that writes files and shows progress.
    pub fn is_first(&self) -> bool {
        self.rank() == 0
    }

    /// The number of this rank among those on the same machine, from 0, and how many these are.
    pub fn local(&self) -> (usize, usize) {
        self.0.as_ref().map_or((0, 1), |ranks| ranks.local())
    }

    /// Which of `count` things are this rank's: as many for each as can be, the first ranks one more. A rank has none where
    /// there are more ranks than things.
    pub fn share(&self, count: usize) -> Range<usize> {
        share(count, self.rank(), self.size())
    }
}

/// Which of `count` things are those of rank `rank` of `size`.
pub fn share(count: usize, rank: usize, size: usize) -> Range<usize> {
    let first = |rank: usize| rank * (count / size) + rank.min(count % size);
    first(rank)..first(rank + 1)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
