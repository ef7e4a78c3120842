//! [`Session`]: the device that a command has opened, and what becomes of the command if it is a server's and the server goes away.
//!
//! burn's remote backend gives an error where the server is asked for numbers and is gone, and panics elsewhere. So the command's
//! work is done in [`Session::guard`], which turns either into one message if the connection is lost. A server that keeps silent
//! without closing the connection is noticed by a thread that asks it for a sign of life (`watch`).

use ddpm::distributed::Ranks;
use ddpm::runtime::Runtime;

use super::device::{DeviceArgs, DeviceChoice};

#[cfg(feature = "remote")]
mod server;

/// A command's device.
pub struct Session<'a> {
    args: &'a DeviceArgs,
    #[cfg(feature = "remote")]
    server: server::Server,
}

impl<'a> Session<'a> {
    /// The session of a command that has not opened its device yet. `kept`: what there is of the command's work if the server goes
    /// away, as a sentence ([`Session::keep`]).
    #[cfg_attr(not(feature = "remote"), expect(unused_variables))]
    pub fn new(args: &'a DeviceArgs, kept: &str) -> Self {
        Self {
            args,
            #[cfg(feature = "remote")]
            server: server::Server::new(kept),
        }
    }

    /// Opens the device for one of several ranks.
    ///
    /// # Errors
    /// If there is no such device, or the server cannot be reached or refuses.
    pub fn open(&self, ranks: &Ranks) -> anyhow::Result<Runtime> {
        match &self.args.device {
            DeviceChoice::Local(kind) => {
                Runtime::open_for(*kind, ranks).map_err(anyhow::Error::msg)
            }
            #[cfg(feature = "remote")]
            DeviceChoice::Remote(address) => self.server.open(address, self.args, ranks),
        }
    }

    /// Replaces what is said to be there if the server goes away from now on.
    #[cfg_attr(not(feature = "remote"), expect(unused_variables))]
    pub fn keep(&self, kept: String) {
        #[cfg(feature = "remote")]
        self.server.keep(kept);
    }

    /// Does the work of the command.
    ///
    /// # Errors
    /// That of `work`; if the server is lost, that it is, and what there is of the work.
    pub fn guard<T>(&self, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        match &self.args.device {
            DeviceChoice::Local(_) => work(),
            #[cfg(feature = "remote")]
            DeviceChoice::Remote(address) => self.server.guard(address, work),
        }
    }
}
