//! [`Serving`]: this machine's devices, offered to clients.

use std::collections::{HashMap, VecDeque};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use burn::backend::DispatchDevice;
#[cfg(feature = "cpu")]
use burn::backend::Flex;
use burn::server::telemetry::{TelemetryEvent, TelemetryProbe, TelemetrySubscription};
use burn::server::{AuthorizationRequest, ClientId, RemoteServer, WebSocketTransport};

use super::super::Runtime;
use super::Token;
use crate::ops::{ServedDevices, operations};

/// What happens on a server.
#[derive(Debug, Clone, PartialEq)]
pub enum ServeEvent {
    /// A client has a session.
    Opened {
        /// The number of the session, from 1.
        session: u64,
        /// Where the client connects from.
        client: String,
        /// The number of the device, from 0.
        device: u32,
    },
    /// A client was refused.
    Refused {
        /// Where it connects from.
        client: String,
        /// Why.
        reason: String,
    },
    /// A session has ended: the client has closed it or is gone, or an operation failed.
    Ended {
        /// Its number.
        session: u64,
        /// How long it was open.
        after: Duration,
    },
}

/// Events of sessions that burn tells, which have to be kept until they are read. Every operation is one, too.
const BACKLOG: usize = 1 << 14;

/// What burn's server is told of a client that was refused, and writes into its log; the reason is in
/// [`ServeEvent::Refused`].
pub const REFUSED: &str = "refused by ddpm";

/// How long the threads of the server may take to end.
const END: Duration = Duration::from_secs(2);

/// A server that runs until this is dropped.
pub struct Serving {
    address: SocketAddr,
    tokio: Option<tokio::runtime::Runtime>,
    failed: mpsc::Receiver<String>,
}

impl Serving {
    /// Offers the devices, all of one kind, to clients that connect to `listener` and show the token. `report` is called with
    /// what happens, from threads of the server.
    ///
    /// # Errors
    /// If the system refuses threads or the listener is not usable.
    ///
    /// # Panics
    /// If there are no devices.
    pub fn start(
        devices: &[Runtime],
        listener: TcpListener,
        token: &Token,
        report: impl Fn(ServeEvent) + Send + Sync + 'static,
    ) -> Result<Self, String> {
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let report = Arc::new(report);
        let accepted = Arc::new(Accepted::default());
        let (probe, sessions) = TelemetryProbe::channel(BACKLOG);

        let authorizer = token.authorizer();
        let (refusing, waiting) = (report.clone(), accepted.clone());
        let authorize = move |request: AuthorizationRequest<'_>| {
            let client = match request.client {
                ClientId::WebSocket(address) => address.to_string(),
                other => other.to_string(),
            };
            match authorizer.check(&request) {
                Ok(()) => {
                    waiting.push(request.device_index, client);
                    Ok(())
                }
                Err(reason) => {
                    refusing(ServeEvent::Refused { client, reason });
                    Err(REFUSED.to_owned())
                }
            }
        };
        let server = RemoteServer::new(devices.iter().map(|runtime| runtime.device().clone()))
            .with_authorizer(authorize)
            .with_telemetry(probe);
        let server = with_operations(server, devices);

        let tokio = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("ddpm-serve")
            .build()
            .map_err(|error| format!("the server's threads cannot be started: {error}"))?;
        tokio.spawn(tell_sessions(sessions, accepted, move |event| {
            report(event)
        }));
        let (tell, failed) = mpsc::channel();
        let serving = server.serve_async(WebSocketTransport::from_listener(listener));
        tokio.spawn(async move {
            let words = match serving.await {
                Ok(()) => "the server has stopped by itself".to_owned(),
                Err(error) => error.to_string(),
            };
            // Nobody waits for it while the program ends.
            let _ = tell.send(words);
        });
        Ok(Self {
            address,
            tokio: Some(tokio),
            failed,
        })
    }

    /// Where it listens; where port 0 was asked for, the port that the system has chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the server fails, for `time` at most.
    ///
    /// # Errors
    /// Why it failed.
    pub fn wait(&self, time: Duration) -> Result<(), String> {
        match self.failed.recv_timeout(time) {
            Ok(words) => Err(words),
            Err(_) => Ok(()),
        }
    }
}

impl Drop for Serving {
    /// Ends all sessions.
    fn drop(&mut self) {
        if let Some(tokio) = self.tokio.take() {
            tokio.shutdown_timeout(END);
        }
    }
}

/// The server with this program's operations on its devices' backend.
fn with_operations(server: RemoteServer, devices: &[Runtime]) -> RemoteServer {
    let contexts = devices.iter().map(|runtime| runtime.context().clone());
    match devices[0].device().as_dispatch() {
        #[cfg(feature = "cpu")]
        DispatchDevice::Flex(_) => {
            let served = contexts.filter_map(|ctx| match ctx.device().as_dispatch() {
                DispatchDevice::Flex(device) => Some((*device, ctx)),
                _ => None,
            });
            server.with_custom_ops(operations::<Flex>(&ServedDevices::new(served)))
        }
        #[cfg(feature = "gpu")]
        DispatchDevice::Cube(_) => {
            let served = contexts.filter_map(|ctx| match ctx.device().as_dispatch() {
                DispatchDevice::Cube(device) => Some((device.clone(), ctx)),
                _ => None,
            });
            server.with_custom_ops(operations::<burn_wgpu::CubeBackend>(&ServedDevices::new(
                served,
            )))
        }
        _ => unreachable!("this program opens no other devices of this machine"),
    }
}

/// Clients that were let in and whose sessions burn has not opened yet, by device. burn does not say which client a session
/// belongs to; it opens them in this order, but for two that ask for a device at the same moment.
#[derive(Default)]
struct Accepted(Mutex<HashMap<u32, VecDeque<String>>>);

impl Accepted {
    fn push(&self, device: u32, client: String) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.entry(device).or_default().push_back(client);
    }

    fn pop(&self, device: u32) -> Option<String> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.get_mut(&device)?.pop_front()
    }
}

/// Reports the sessions that burn opens and closes.
async fn tell_sessions(
    mut sessions: TelemetrySubscription,
    accepted: Arc<Accepted>,
    report: impl Fn(ServeEvent),
) {
    let mut open = HashMap::new();
    let mut last = 0;
    while let Some(event) = sessions.recv().await {
        match &*event {
            TelemetryEvent::SessionOpened { session, device } => {
                last += 1;
                open.insert(*session, (last, Instant::now()));
                report(ServeEvent::Opened {
                    session: last,
                    client: accepted.pop(*device).unwrap_or_default(),
                    device: *device,
                });
            }
            TelemetryEvent::SessionClosed { session } => {
                if let Some((session, since)) = open.remove(session) {
                    let after = since.elapsed();
                    report(ServeEvent::Ended { session, after });
                }
            }
            _ => {}
        }
    }
}
