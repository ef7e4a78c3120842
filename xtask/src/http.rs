//! A static file server for the built page: what any static host does, and the headers we want from one.

use crate::mime;
use anyhow::{Context as _, Result, anyhow};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// Cross-origin isolation gives precise timers and `SharedArrayBuffer`; `no-cache` because the file
/// names carry no hash and a rebuilt page must never meet yesterday's wasm.
const HEADERS: [(&str, &str); 5] = [
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-cache"),
];

/// A running server; it stops when dropped.
pub struct Served {
    runtime: Runtime,
    accepting: JoinHandle<()>,
    port: u16,
}

impl Served {
    /// Serves a directory on this machine's own address; port 0 takes any free one.
    pub fn start(dir: &Path, port: u16) -> Result<Self> {
        let runtime = Runtime::new().context("cannot start the server's threads")?;
        // Only for this machine: a server of unfinished work has no business on the network.
        let listener = runtime
            .block_on(TcpListener::bind(("127.0.0.1", port)))
            .map_err(|error| {
                anyhow!("cannot listen on port {port} ({error}); choose another with --port N")
            })?;
        let port = listener.local_addr()?.port();
        let accepting = runtime.spawn(accept(listener, dir.into()));
        Ok(Self {
            runtime,
            accepting,
            port,
        })
    }

    /// The address to open; by name, because browsers count it as secure (WebGPU asks for that).
    pub fn address(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }

    /// Serves until the process is stopped.
    pub fn wait(self) {
        let _ = self.runtime.block_on(self.accepting);
    }
}

/// Every connection is a task of its own: browsers open several, and leave some of them silent.
async fn accept(listener: TcpListener, dir: Arc<Path>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, say: the connections there are go on, and end.
            tokio::task::yield_now().await;
            continue;
        };
        let dir = Arc::clone(&dir);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let response = answer(&dir, &request);
                async { Ok::<_, Infallible>(response) }
            });
            // A reader who closes the tab breaks the connection: not our failure.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn answer(dir: &Path, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let (status, kind, body) = if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let text = "only GET and HEAD\n".into();
        (StatusCode::METHOD_NOT_ALLOWED, "text/plain", text)
    } else {
        // The path as it was sent: what it means is for `resolve` to say.
        let target = request.uri().path();
        match resolve(dir, target)
            .and_then(|path| Some((mime::of(&path), std::fs::read(path).ok()?)))
        {
            Some((kind, content)) => (StatusCode::OK, kind, content.into()),
            None => (StatusCode::NOT_FOUND, "text/plain", "no such file\n".into()),
        }
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The file that a request names, or `None` where there is none that we would give away.
fn resolve(dir: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?;
    let mut file = dir.to_owned();
    for segment in path.split('/') {
        let segment = decode(segment)?;
        // `..` leaves the directory; other dots are Trunk's staging area and editors' leavings; the
        // rest would be read by some system as a separator, a drive or an end of string.
        if segment.starts_with('.') && segment != "." || segment.contains(['/', '\\', ':', '\0']) {
            return None;
        }
        if !segment.is_empty() && segment != "." {
            file.push(segment);
        }
    }
    if file.is_dir() {
        file.push("index.html");
    }
    file.is_file().then_some(file)
}

/// Undoes percent-encoding; `None` for what does not decode to text.
fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let value = digit(rest.next())? * 16 + digit(rest.next())?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
