//! Opens a device of a server.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use burn::remote::{ConnectError, RemoteHost};
use burn::tensor::Device;

use super::super::Runtime;
use super::{ServerAddress, Token, credential};
use crate::distributed::Ranks;
use crate::ops::{Capabilities, Context};

/// This program, as it calls itself to a server.
pub fn program() -> String {
    credential::program()
}

/// Opens a device of the server: of several ranks each takes another one, in turn.
///
/// # Errors
/// What is wrong and what to do: nothing answers, the token or the version is another one.
pub fn open(address: &ServerAddress, token: &Token, ranks: &Ranks) -> Result<Runtime, String> {
    let host = RemoteHost::websocket(&address.to_string());
    let host = host.with_credential(token.credential(&program()));
    let device = device(&host, ranks.rank()).map_err(|error| words(address, &error))?;
    // On the server the operations look at its own device's capabilities.
    let runtime = Runtime::new(Context::new(device, Capabilities::PLAIN));
    Ok(runtime.with_ranks(ranks.clone()))
}

/// The device that the rank of this number takes.
fn device(host: &RemoteHost, rank: usize) -> Result<Device, ConnectError> {
    if rank == 0 {
        return Device::remote_options(host).init();
    }
    let devices = host.devices()?.into_vec();
    let index = rank % devices.len();
    Device::remote_options(host).device_index(index).init()
}

/// What hindered the connection, and what to do.
fn words(address: &ServerAddress, error: &ConnectError) -> String {
    match error {
        ConnectError::Unauthorized => format!(
            "the server {address} refuses this client: --token (or the variable DDPM_TOKEN) is not the one that `ddpm serve` \
             was started with or has printed, or the server is of another version of the program (this is {}); the server's \
             output says which",
            program()
        ),
        ConnectError::Unreachable { reason } => format!(
            "nothing that serves devices answers at {address}: {reason}. Start `ddpm serve` there, and compare the address with \
             the one that it prints"
        ),
        ConnectError::NoSuchDevice { device_count } => format!(
            "the server {address} offers {device_count} devices only: start fewer processes"
        ),
        ConnectError::IncompatibleProtocol {
            client_version,
            server_version,
        } => format!(
            "the server {address} is of another version of the program: it speaks version {server_version} of burn's protocol, \
             and this program ({}) version {client_version}. Build both from the same commit",
            program()
        ),
        error => format!(
            "no session with the server {address}: {error}. Is it `ddpm serve` that listens there, of the same version as this \
             program ({})?",
            program()
        ),
    }
}

/// Whether the server's process answers within `limit`: it is asked for a page over HTTP, which it does not have, and says so
/// whatever its devices are busy with.
pub fn answers(address: &ServerAddress, limit: Duration) -> bool {
    let end = Instant::now() + limit;
    let left = || {
        let left = end.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    };
    let ask = || -> Option<()> {
        let socket = address.socket();
        let connect = |to| TcpStream::connect_timeout(&to, left()?).ok();
        let mut stream = socket.to_socket_addrs().ok()?.find_map(connect)?;
        stream.set_read_timeout(Some(left()?)).ok()?;
        stream.set_write_timeout(Some(left()?)).ok()?;
        let request = format!("GET / HTTP/1.1\r\nHost: {socket}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        stream.read_exact(&mut [0]).ok()
    };
    ask().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn each_hindrance_says_what_to_do() {
        let address: ServerAddress = "ws://gpu:3000".parse().unwrap();
        let reason = String::from("it is full");
        for (error, parts) in [
            (ConnectError::Unauthorized, ["--token", "ddpm "]),
            (
                ConnectError::Unreachable {
                    reason: reason.clone(),
                },
                ["it is full", "ddpm serve"],
            ),
            (
                ConnectError::NoSuchDevice { device_count: 2 },
                ["2 devices", "fewer"],
            ),
            (
                ConnectError::IncompatibleProtocol {
                    client_version: 3,
                    server_version: 4,
                },
                ["version 4", "same commit"],
            ),
            (
                ConnectError::Handshake { reason },
                ["it is full", "same version"],
            ),
        ] {
            let words = words(&address, &error);
            for part in parts {
                assert!(words.contains(part), "{words}");
            }
            assert!(words.contains("ws://gpu:3000"), "{words}");
        }
    }

    /// Processes that share the work take the devices in turn.
    #[cfg(feature = "cpu")]
    #[test]
    fn ranks_take_the_devices_in_turn() {
        use super::super::Serving;
        use burn::backend::DispatchDevice;

        let token: Token = "secret".parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let two = [Runtime::cpu(), Runtime::cpu()];
        let serving = Serving::start(&two, listener, &token, |_| ()).unwrap();
        let host = RemoteHost::websocket(&format!("ws://{}", serving.address()));
        let host = host.with_credential(token.credential(&program()));
        let taken = [0, 1, 2, 3].map(|rank| match device(&host, rank).unwrap().as_dispatch() {
            DispatchDevice::Remote(device) => device.device_index(),
            other => panic!("{other:?} is no device of a server"),
        });
        assert_eq!(taken, [0, 1, 0, 1]);
    }

    /// A process that accepts connections without answering is taken for silent, as is one that does not listen.
    #[test]
    fn silence_is_noticed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let address: ServerAddress = format!("ws://127.0.0.1:{port}").parse().unwrap();
        assert!(!answers(&address, Duration::from_millis(200)));
        let answering = std::thread::spawn(move || {
            // The connection of the call before comes first.
            for stream in listener.incoming().take(2) {
                let _ = stream.unwrap().write_all(b"HTTP/1.1 404 Not Found\r\n\r\n");
            }
        });
        assert!(answers(&address, Duration::from_secs(20)));
        answering.join().unwrap();
        assert!(!answers(&address, Duration::from_secs(20)));
    }
}
