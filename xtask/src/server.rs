//! The server of `cargo xtask serve` and of the end-to-end tests: `tower-http`'s `ServeDir`, with the headers that the
//! page wants from a host.

use anyhow::{Context as _, Result, anyhow};
use hyper::header::{HeaderValue, LAST_MODIFIED};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::path::Path;
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::runtime;
use tower_http::services::ServeDir;

/// Headers of every response. The first two make the page cross-origin isolated, which gives it `SharedArrayBuffer`
/// and precise timers; the third keeps the files to the page's own origin. `no-cache`: the file names carry no hash, so a browser
/// must ask again after every build. `hosting_tests.rs` says which of them the hosts of `examples/hosting/` send as well.
pub const HEADERS: [(&str, &str); 5] = [
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-cache"),
];

/// A server that runs on a thread of its own until the process ends.
pub struct Server {
    thread: JoinHandle<()>,
    port: u16,
}

impl Server {
    /// Serves a directory on 127.0.0.1; port 0 takes any free one.
    ///
    /// # Errors
    ///
    /// When the port is taken.
    pub fn start(dir: &Path, port: u16) -> Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .context("cannot start the server")?;
        // Only the loopback address: builds under development are for this machine alone.
        let listener = runtime
            .block_on(TcpListener::bind(("127.0.0.1", port)))
            .map_err(|error| {
                anyhow!("cannot listen on port {port} ({error}); choose another with --port N")
            })?;
        let port = listener.local_addr()?.port();
        let files = ServeDir::new(dir);
        let thread = std::thread::spawn(move || runtime.block_on(accept(listener, files)));
        Ok(Self { thread, port })
    }

    /// The address to open. It says `localhost` because browsers offer WebGPU to secure origins only, and count that
    /// name among them.
    pub fn address(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }

    /// Serves until the process is stopped.
    pub fn wait(self) {
        let _ = self.thread.join();
    }
}

/// Answers each connection in a task of its own: browsers open several and leave some of them silent.
async fn accept(listener: TcpListener, files: ServeDir) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, for example: open connections go on and end, then there are some again.
            tokio::task::yield_now().await;
            continue;
        };
        let files = files.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let mut files = files.clone();
                async move {
                    let mut response = files.try_call(request).await?;
                    let headers = response.headers_mut();
                    for (name, value) in HEADERS {
                        headers.insert(name, HeaderValue::from_static(value));
                    }
                    // Its unit is a second, and a build may write a file twice in one: a browser that asks "modified
                    // since?" would keep the older file.
                    headers.remove(LAST_MODIFIED);
                    Ok::<_, std::io::Error>(response)
                }
            });
            // An error means that the browser closed the connection.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
