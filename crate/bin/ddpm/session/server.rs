//! [`Server`]: connects a [`Session`](super::Session) to a server, watches that it answers, and turns its loss into one message.

use std::cell::RefCell;
use std::net::TcpStream;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use burn::tensor::Device;
use ddpm::distributed::Ranks;
use ddpm::runtime::{Runtime, ServerAddress, answers};

use super::super::device::DeviceArgs;
use super::super::ranks::{catching, say};

/// The longest time between two signs of life that are asked for.
const INTERVAL: Duration = Duration::from_secs(10);

/// The connection to a server.
pub struct Server {
    /// A sentence that tells the user which part of the command's work is on disk if the server goes away.
    kept: Arc<Mutex<String>>,
    /// The device, once it is open.
    device: RefCell<Option<Device>>,
}

impl Server {
    pub fn new(kept: &str) -> Self {
        Self {
            kept: Arc::new(Mutex::new(kept.to_owned())),
            device: RefCell::default(),
        }
    }

    pub fn keep(&self, kept: String) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }

    fn kept(&self) -> String {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }

    /// Connects, and has a thread watch the server from then on.
    pub fn open(
        &self,
        address: &ServerAddress,
        args: &DeviceArgs,
        ranks: &Ranks,
    ) -> anyhow::Result<Runtime> {
        let token = args.server_token()?;
        if self.device.borrow().is_none() {
            let limit = Duration::from_secs(args.server_timeout);
            let (watched, kept) = (address.clone(), self.kept.clone());
            std::thread::spawn(move || watch(&watched, limit, &kept));
            let refused = TcpStream::connect(address.socket())
                .is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused);
            if refused && ranks.is_first() {
                say(&format!(
                    "note: nothing listens at {address} yet; trying again for 16 s\n"
                ));
            }
        }
        let runtime = Runtime::open_remote(address, &token, ranks).map_err(anyhow::Error::msg)?;
        *self.device.borrow_mut() = Some(runtime.device().clone());
        Ok(runtime)
    }

    /// True if the server no longer answers on this session. The program asks after an error, to tell a lost server from other errors.
    fn is_lost(&self) -> bool {
        let device = self.device.borrow().clone();
        // A device that could not be opened has its own error.
        device.is_some_and(|device| {
            let synced = std::panic::catch_unwind(AssertUnwindSafe(|| device.sync()));
            !matches!(synced, Ok(Ok(())))
        })
    }

    pub fn guard<T>(
        &self,
        address: &ServerAddress,
        work: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        keep_panics_silent();
        let outcome = catching(work);
        let Err(error) = outcome else {
            return outcome;
        };
        if self.is_lost() {
            let there = answers(address, Duration::from_secs(5));
            let how = match there {
                true => "has ended this session; its output says why",
                false => "is gone: it was stopped, or the connection broke off",
            };
            return Err(anyhow!("the server {address} {how}. {}", self.kept()));
        }
        for words in panics().drain(..) {
            say(&words);
        }
        Err(error)
    }
}

/// The messages of the panics that [`keep_panics_silent`] has kept from standard error.
fn panics() -> std::sync::MutexGuard<'static, Vec<String>> {
    static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    PANICS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on panics are not written out when they occur, but kept: those of burn's client that come of a lost server are no
/// fault of the program.
fn keep_panics_silent() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| panics().push(format!("{panic}\n"))));
    });
}

/// Asks the server for signs of life, and ends the program when there is none for `limit`. The thread that computes cannot do it:
/// it waits for numbers that do not come.
fn watch(address: &ServerAddress, limit: Duration, kept: &Mutex<String>) {
    let interval = INTERVAL.min(limit / 2);
    let mut last_sign = Instant::now();
    loop {
        std::thread::sleep(interval);
        let left = limit.saturating_sub(last_sign.elapsed());
        // If this process itself was stopped for a while, the server still gets the time to answer once.
        if answers(address, left.max(interval)) {
            last_sign = Instant::now();
        } else if last_sign.elapsed() >= limit {
            let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            say(&format!(
                "error: the server {address} did not answer for {} s (--server-timeout sets how many seconds it may take). \
                 {kept}\n",
                limit.as_secs()
            ));
            std::process::exit(1);
        }
    }
}
