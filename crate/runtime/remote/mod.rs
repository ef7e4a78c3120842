//! Devices of another machine: [`Runtime::open_remote`](super::Runtime::open_remote) computes on them, and [`Serving`] offers this
//! machine's. Tensors stay on the server; burn's remote backend sends the operations over a WebSocket.
//!
//! * `address.rs`: where a server is.
//! * `credential.rs`: what a client shows and a server checks: the token, and that both are the same program.
//! * `connect.rs`: opens a device, and says what hinders it.
//! * `serving.rs`: the server.

mod address;
mod connect;
mod credential;
mod serving;

pub use address::ServerAddress;
pub(super) use connect::open;
pub use connect::{answers, program};
pub use credential::{BadToken, Token};
pub use serving::{REFUSED, ServeEvent, Serving};
