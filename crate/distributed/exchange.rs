//! Messages between all ranks at once, with a limit on how long a rank may keep silent.

use std::time::{Duration, Instant};

use super::CollectiveError;

/// Carries messages between ranks. Messages from one rank to another arrive in the order in which they were sent. No
/// function waits.
pub trait Transport {
    /// The number of this rank, from 0.
    fn rank(&self) -> usize;

    /// The number of ranks.
    fn size(&self) -> usize;

    /// The number of this rank among those on the same machine, from 0, and how many these are.
    fn local(&self) -> (usize, usize);

    /// The name of the machine that this rank is on.
    fn host(&self) -> String;

    /// Starts to send a message to another rank.
    ///
    /// # Errors
    /// The transport's own words.
    fn send(&mut self, to: usize, message: Vec<u8>) -> Result<(), String>;

    /// The next message of another rank, if it is there.
    ///
    /// # Errors
    /// The transport's own words.
    fn receive(&mut self, from: usize) -> Result<Option<Vec<u8>>, String>;

    /// The ranks for which messages are under way that have not left this process.
    ///
    /// # Errors
    /// The transport's own words.
    fn unsent(&mut self) -> Result<Vec<usize>, String>;

    /// Ends all ranks.
    fn abort(&mut self) -> !;
}

/// The pauses between two looks for messages: none at first, because most arrive at once, then longer ones, because the rank
/// that is waited for may need this very processor.
fn pause(waited: Duration) {
    if waited < Duration::from_micros(200) {
        std::thread::yield_now();
    } else {
        std::thread::sleep(
            (waited / 16).clamp(Duration::from_micros(50), Duration::from_millis(2)),
        );
    }
}

/// The exchanges of a rank.
pub struct Exchanges<T> {
    pub transport: T,
    /// How long a rank may keep silent.
    limit: Duration,
    /// The number of exchanges so far.
    number: u64,
    /// The bytes of messages to other ranks.
    pub sent: u64,
    /// The ranks in words, once they are known.
    pub names: Vec<String>,
}

/// What a message begins with: the number of its exchange, and what that is in words, by which a rank notices one that is
/// somewhere else in the program.
fn header(number: u64, what: &str) -> Vec<u8> {
    let length = what.len() as u64;
    [
        &number.to_le_bytes(),
        &length.to_le_bytes(),
        what.as_bytes(),
    ]
    .concat()
}

/// The words of a message's header, as far as they can be read.
fn words(message: &[u8]) -> Option<&str> {
    let length = message.get(8..16)?.try_into().ok()?;
    let length = usize::try_from(u64::from_le_bytes(length)).ok()?;
    std::str::from_utf8(message[16..].get(..length)?).ok()
}

impl<T: Transport> Exchanges<T> {
    pub fn new(transport: T, limit: Duration) -> Self {
        let names = (0..transport.size()).map(|rank| format!("rank {rank}"));
        Self {
            names: names.collect(),
            transport,
            limit,
            number: 0,
            sent: 0,
        }
    }

    /// Sends `to_each[r]` to each rank r, and returns what each has sent to this one.
    ///
    /// # Errors
    /// If a rank is silent for longer than the limit, or exchanges something else.
    pub fn run(
        &mut self,
        what: &str,
        mut to_each: Vec<Vec<u8>>,
    ) -> Result<Vec<Vec<u8>>, CollectiveError> {
        let (here, size) = (self.transport.rank(), self.transport.size());
        assert_eq!(to_each.len(), size, "a message for each rank");
        let header = header(self.number, what);
        self.number += 1;
        let mut received: Vec<Option<Vec<u8>>> = vec![None; size];
        received[here] = Some(std::mem::take(&mut to_each[here]));
        // Each rank begins with another one, so that not all send to rank 0 first.
        for step in 1..size {
            let to = (here + step) % size;
            let message = [&header[..], &std::mem::take(&mut to_each[to])].concat();
            self.sent += message.len() as u64;
            let sent = self.transport.send(to, message);
            sent.map_err(|error| self.failed(to, what, error))?;
        }
        let start = Instant::now();
        let mut unsent = Vec::new();
        loop {
            for from in (0..size).filter(|&from| from != here) {
                if received[from].is_some() {
                    continue;
                }
                let message = self.transport.receive(from);
                let message = message.map_err(|error| self.failed(from, what, error))?;
                if let Some(message) = message {
                    received[from] = Some(self.open(from, what, &header, message)?);
                }
            }
            let missing = received.iter().any(Option::is_none);
            unsent.clear();
            unsent.extend(
                self.transport
                    .unsent()
                    .map_err(|error| CollectiveError::Transport(format!("{what}: {error}")))?,
            );
            if !missing && unsent.is_empty() {
                break;
            }
            if start.elapsed() > self.limit {
                let silent = (0..size).filter(|&rank| received[rank].is_none());
                let mut silent: Vec<usize> = silent.collect();
                if silent.is_empty() {
                    silent = unsent;
                }
                let names: Vec<&str> = silent.iter().map(|&rank| &*self.names[rank]).collect();
                return Err(CollectiveError::Silent {
                    ranks: names.join(", "),
                    what: what.to_owned(),
                    seconds: self.limit.as_secs(),
                });
            }
            pause(start.elapsed());
        }
        Ok(received
            .into_iter()
            .map(Option::unwrap_or_default)
            .collect())
    }

    /// A message without its header, if it belongs to this exchange.
    fn open(
        &self,
        from: usize,
        what: &str,
        header: &[u8],
        mut message: Vec<u8>,
    ) -> Result<Vec<u8>, CollectiveError> {
        if !message.starts_with(header) {
            return Err(CollectiveError::OutOfStep {
                rank: self.names[from].clone(),
                here: self.transport.rank(),
                theirs: words(&message).unwrap_or("something else").to_owned(),
                ours: what.to_owned(),
            });
        }
        message.drain(..header.len());
        Ok(message)
    }

    fn failed(&self, rank: usize, what: &str, error: String) -> CollectiveError {
        CollectiveError::Transport(format!(
            "{what}: {} cannot be reached: {error}",
            self.names[rank]
        ))
    }
}
