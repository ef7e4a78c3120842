//! A static file server for the built page: what any static host does, and the headers we want from one.

use crate::mime;
use anyhow::{Result, anyhow};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

/// A page needs a handful of files at once; a slow download must not hold up the others.
const THREADS: usize = 8;

/// Cross-origin isolation gives precise timers and `SharedArrayBuffer`; `no-cache` because the file
/// names carry no hash and a rebuilt page must never meet yesterday's wasm.
const HEADERS: [(&str, &str); 5] = [
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-cache"),
];

/// A running server; it stops when dropped.
pub struct Served {
    server: Arc<Server>,
    workers: Vec<JoinHandle<()>>,
    port: u16,
}

impl Served {
    /// Serves a directory on this machine's own address; port 0 takes any free one.
    pub fn start(dir: &Path, port: u16) -> Result<Self> {
        // Only for this machine: a server of unfinished work has no business on the network.
        let server = Server::http(("127.0.0.1", port)).map_err(|error| {
            anyhow!("cannot listen on port {port} ({error}); choose another with --port N")
        })?;
        let port = server.server_addr().to_ip().map_or(port, |at| at.port());
        let server = Arc::new(server);
        let workers = (0..THREADS)
            .map(|_| {
                let server = Arc::clone(&server);
                let dir = dir.to_owned();
                thread::spawn(move || {
                    for request in server.incoming_requests() {
                        answer(&dir, request);
                    }
                })
            })
            .collect();
        Ok(Self {
            server,
            workers,
            port,
        })
    }

    /// The address to open; by name, because browsers count it as secure (WebGPU asks for that).
    pub fn address(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }

    /// Serves until the process is stopped.
    pub fn wait(mut self) {
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        for _ in &self.workers {
            self.server.unblock();
        }
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("our own headers are well formed")
}

fn answer(dir: &Path, request: Request) {
    let plain = |status: u16, text: &str| {
        let mut response = Response::from_string(text).with_status_code(status);
        for (name, value) in HEADERS {
            response.add_header(header(name, value));
        }
        response
    };
    // A reader who closes the tab breaks the connection: not our failure, so results are dropped.
    if !matches!(request.method(), Method::Get | Method::Head) {
        let _ = request.respond(plain(405, "only GET and HEAD\n"));
        return;
    }
    let Some(path) = resolve(dir, request.url()) else {
        let _ = request.respond(plain(404, "no such file\n"));
        return;
    };
    let opened = File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let Ok((length, file)) = opened else {
        let _ = request.respond(plain(404, "no such file\n"));
        return;
    };
    let mut headers: Vec<Header> = HEADERS.iter().map(|(n, v)| header(n, v)).collect();
    headers.push(header("Content-Type", mime::of(&path)));
    let response = Response::new(
        StatusCode(200),
        headers,
        file,
        usize::try_from(length).ok(),
        None,
    )
    // Above its threshold tiny_http would drop the length, and with it the page's progress bars.
    .with_chunked_threshold(usize::MAX);
    let _ = request.respond(response);
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
