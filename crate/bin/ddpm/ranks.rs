//! Commands that several processes share, which `mpirun` has started.

use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::anyhow;
use ddpm::distributed::{
    CollectiveError, Communicator, Launch, MpiTransport, Ranks, SumFormat, meet,
};
use ddpm::training::TrainError;

use super::files;

/// The options of all commands that ranks share.
#[derive(clap::Args, Debug, Clone)]
pub struct RankArgs {
    /// Under mpirun: end the run if a process does not answer for so many seconds
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    rank_timeout: u64,
}

/// An error that every rank has come to by itself, so that one of them may tell it for all.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct KnownToAll(pub String);

/// True where every rank meets this error by itself: rank 0 alone then prints it, because the others would print the same.
fn is_known_to_all(error: &anyhow::Error) -> bool {
    let is_disagreement = |error: &CollectiveError| matches!(error, CollectiveError::Disagree(_));
    error.is::<KnownToAll>()
        || error.downcast_ref().is_some_and(is_disagreement)
        || matches!(error.downcast_ref(), Some(TrainError::Ranks(error)) if is_disagreement(error))
}

/// Runs `work` in each of the processes that a launcher has started together, or in this one, if it was started alone. An
/// error or a panic of one rank ends all of them, as does an error that all have, which rank 0 alone says; in these cases the
/// function does not return.
///
/// # Errors
/// Those of `work`; also if MPI is missing, a rank keeps silent, or ranks were started with different things.
pub fn run<T>(
    command: &str,
    args: &RankArgs,
    format: SumFormat,
    work: impl FnOnce(&Ranks) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let Some(launch) = Launch::of_environment() else {
        return work(&Ranks::alone());
    };
    let limit = Duration::from_secs(args.rank_timeout);
    let open = move || MpiTransport::open(launch);
    let communicator = Communicator::start(open, limit, format)
        .map_err(|error| anyhow!("rank {}: {error}", launch.rank))?;
    let communicator = Rc::new(communicator);
    // A panic that left this function would drop the communicator, whose end waits for the other ranks.
    let outcome = catching(|| {
        meet(&communicator, command)?;
        work(&Ranks::of(communicator.clone()))
    });
    match outcome {
        Err(error) if is_known_to_all(&error) => {
            // Before MPI is ended: after that, `mpirun` ends all others as soon as one process has exited with 1.
            if launch.rank == 0 {
                say(&format!("error: {error:#}\n"));
            }
            drop(communicator);
            std::process::exit(1)
        }
        Err(error) => {
            say(&format!(
                "error: rank {} (machine {}, process {}): {error:#}; the run is ended\n",
                launch.rank,
                communicator.host(),
                std::process::id()
            ));
            ddpm::distributed::Collective::abort(&*communicator)
        }
        done => done,
    }
}

/// Writes a line to standard error at once: `eprintln!` would write it in pieces, between which `mpirun` and other ranks write.
pub fn say(line: &str) {
    // Where standard error is closed, nobody can be told.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Does `work`; a panic becomes an error.
///
/// # Errors
/// That of `work`, or what the panic says.
pub fn catching<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    // Unwind safety does not matter here: the process ends after the error, and reads nothing that `work` has left half done.
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<&str>().copied();
        let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Err(anyhow!(
            "the program has met a case that it was not written for: {}. This is a fault of the program; please report it \
             with the lines above",
            words.unwrap_or("it does not say which")
        ))
    })
}

/// Gives what this rank has found out without the others, if all of them had success. Ranks that have the same error say it
/// once.
///
/// * `what`: what they have found out, in words
///
/// # Errors
/// In every rank those of all ranks; also if a rank keeps silent.
pub fn all_have<T>(ranks: &Ranks, what: &str, found: anyhow::Result<T>) -> anyhow::Result<T> {
    let Some(collective) = ranks.collective() else {
        return found;
    };
    let words = found.as_ref().err().map(|error| format!("{error:#}"));
    let all = collective.all_gather(what, words.unwrap_or_default().into_bytes())?;
    let all: Vec<_> = all
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes))
        .collect();
    if !all[0].is_empty() && all.iter().all(|words| *words == all[0]) {
        return Err(KnownToAll(all[0].to_string()).into());
    }
    let errors = all
        .iter()
        .enumerate()
        .filter(|(_, words)| !words.is_empty());
    let errors: Vec<_> = errors
        .map(|(rank, words)| format!("rank {rank}: {words}"))
        .collect();
    if !errors.is_empty() {
        return Err(KnownToAll(errors.join("; ")).into());
    }
    found
}

/// Refuses a command that processes do not share, if several were started.
///
/// # Errors
/// Says so.
pub fn refuse(command: &str) -> anyhow::Result<()> {
    match Launch::of_environment() {
        None => Ok(()),
        Some(launch) => Err(anyhow!(
            "this is process {} of {} that were started together, and `ddpm {command}` does not share its work out (train, sample and \
             evaluate do): start it without mpirun",
            launch.rank,
            launch.size
        )),
    }
}

/// A file that rank 0 reads for all ranks, so that no other machine needs to have it.
///
/// # Errors
/// If it cannot be read; then the other ranks are ended.
pub fn read_for_all(ranks: &Ranks, path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = match ranks.is_first() {
        true => files::read(path)?,
        false => Vec::new(),
    };
    match ranks.collective() {
        Some(collective) => {
            Ok(collective.broadcast(&format!("the file {}", path.display()), bytes)?)
        }
        None => Ok(bytes),
    }
}

#[cfg(test)]
pub mod tests {
    use std::cell::RefCell;

    use anyhow::bail;
    use ddpm::distributed::{Collective, PendingSum};

    use super::*;

    /// One rank of several, the others of which send what the test says, or nothing.
    pub struct Scripted {
        pub rank: usize,
        /// The bytes that each rank sends to this one in the test, by rank; nobody reads the entry of this rank.
        pub others: Vec<Vec<u8>>,
        /// The purpose that each call of the collective was given, in the order of the calls.
        pub calls: RefCell<Vec<String>>,
    }

    impl Scripted {
        pub fn new(rank: usize, others: Vec<Vec<u8>>) -> Rc<Self> {
            Rc::new(Self {
                rank,
                others,
                calls: RefCell::default(),
            })
        }
    }

    impl Collective for Scripted {
        fn rank(&self) -> usize {
            self.rank
        }

        fn size(&self) -> usize {
            self.others.len()
        }

        fn local(&self) -> (usize, usize) {
            (self.rank, self.others.len())
        }

        fn start_sum(&self, _: &str, _: Vec<f32>, _: Vec<u8>) -> Box<dyn PendingSum> {
            unreachable!("nothing is trained")
        }

        fn all_to_all(
            &self,
            what: &str,
            mut to_each: Vec<Vec<u8>>,
        ) -> Result<Vec<Vec<u8>>, CollectiveError> {
            self.calls.borrow_mut().push(what.to_owned());
            let mut received = self.others.clone();
            received[self.rank] = std::mem::take(&mut to_each[self.rank]);
            Ok(received)
        }

        fn bytes_sent(&self) -> u64 {
            0
        }

        fn seconds_waited(&self) -> f64 {
            0.0
        }

        fn abort(&self) -> ! {
            unreachable!("no test ends the program")
        }
    }

    #[test]
    fn an_error_that_all_ranks_have_is_told_once() {
        // The error that rank 1 of three returns when it has found `own`, and the other ranks report `others`.
        let told = |own: Result<u8, &str>, others: [&str; 3]| {
            let others = others.map(|words| words.as_bytes().to_vec()).to_vec();
            let ranks = Ranks::of(Scripted::new(1, others));
            let found = all_have(
                &ranks,
                "the options",
                own.map_err(|words| anyhow!("{words}")),
            );
            found.map_err(|error| {
                assert!(is_known_to_all(&error), "{error}");
                error.to_string()
            })
        };
        let bad = "--count must be at least 1";
        assert_eq!(told(Ok(7), ["", "", ""]), Ok(7));
        assert_eq!(told(Err(bad), [bad, "", bad]), Err(bad.into()));
        assert_eq!(told(Err(bad), ["", "", ""]), Err(format!("rank 1: {bad}")));
        assert_eq!(
            told(Ok(7), ["a full disk", "", bad]),
            Err(format!("rank 0: a full disk; rank 2: {bad}"))
        );
        let alone = all_have(
            &Ranks::alone(),
            "the options",
            Err::<u8, _>(anyhow!("{bad}")),
        );
        assert_eq!(alone.unwrap_err().to_string(), bad);
    }

    #[test]
    fn a_panic_becomes_an_error_that_names_it() {
        let words = |work: fn() -> anyhow::Result<u8>| catching(work).map_err(|e| e.to_string());
        assert_eq!(words(|| Ok(3)), Ok(3));
        assert_eq!(words(|| bail!("no file")), Err("no file".into()));
        for (work, expected) in [
            ((|| panic!("a plain text")) as fn() -> _, "a plain text"),
            (|| panic!("the number {}", 7), "the number 7"),
            (|| std::panic::panic_any(7), "it does not say which"),
        ] {
            let error = words(work).unwrap_err();
            assert!(error.contains(expected), "{error}");
            assert!(error.contains("fault of the program"), "{error}");
        }
    }
}
