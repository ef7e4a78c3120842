//! A transport between threads of one process, for tests.

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use super::Transport;

/// The end of one rank.
pub struct Threads {
    rank: usize,
    to: Vec<Sender<Vec<u8>>>,
    from: Vec<Receiver<Vec<u8>>>,
}

impl Threads {
    /// The ends of `size` ranks that are connected with one another.
    pub fn connect(size: usize) -> Vec<Self> {
        let mut ends: Vec<Self> = (0..size)
            .map(|rank| Self {
                rank,
                to: Vec::new(),
                from: Vec::new(),
            })
            .collect();
        for from in 0..size {
            for to in 0..size {
                let (sender, receiver) = channel();
                ends[from].to.push(sender);
                ends[to].from.push(receiver);
            }
        }
        ends
    }
}

impl Transport for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.to.len()
    }

    fn local(&self) -> (usize, usize) {
        (self.rank, self.to.len())
    }

    fn host(&self) -> String {
        "here".into()
    }

    fn send(&mut self, to: usize, message: Vec<u8>) -> Result<(), String> {
        self.to[to].send(message).map_err(|error| error.to_string())
    }

    fn receive(&mut self, from: usize) -> Result<Option<Vec<u8>>, String> {
        match self.from[from].try_recv() {
            Ok(message) => Ok(Some(message)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err("it has ended".into()),
        }
    }

    fn unsent(&mut self) -> Result<Vec<usize>, String> {
        Ok(Vec::new())
    }

    fn abort(&mut self) -> ! {
        panic!("rank {} aborts", self.rank)
    }
}
