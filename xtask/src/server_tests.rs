use super::Server;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

fn site() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let site = dir.path().join("dist");
    fs::create_dir_all(site.join("www/data")).unwrap();
    fs::write(dir.path().join("secret"), "secret").unwrap();
    fs::write(site.join("index.html"), "<p>page").unwrap();
    fs::write(site.join("page-cpu.js"), "1").unwrap();
    fs::write(site.join("page-cpu_bg.wasm"), "1").unwrap();
    fs::write(site.join("www/data/x.gz"), vec![7_u8; 100_000]).unwrap();
    fs::write(site.join("www/small.safetensors"), "1").unwrap();
    dir
}

fn ask(port: u16, request: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let body = bytes.split_off(end.unwrap() + 4);
    (String::from_utf8(bytes).unwrap().to_ascii_lowercase(), body)
}

#[test]
fn serves_with_the_headers_that_the_page_counts_on() {
    let dir = site();
    let server = Server::start(&dir.path().join("dist"), 0).unwrap();
    let (head, body) = ask(server.port, "GET /www/data/x.gz?v=1");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, vec![7; 100_000]);
    for line in [
        "cross-origin-opener-policy: same-origin",
        "cross-origin-embedder-policy: require-corp",
        "cache-control: no-cache",
        "content-length: 100000",
    ] {
        assert!(head.contains(line), "{line} is not in {head}");
    }
    // The page inflates the data itself, and a browser must not take an older file for a new one.
    for absent in ["content-encoding", "transfer-encoding", "last-modified"] {
        assert!(!head.contains(absent), "{absent} is in {head}");
    }
    let (head, body) = ask(server.port, "HEAD /");
    assert!(head.contains("content-type: text/html"), "{head}");
    assert!(body.is_empty());
    assert!(ask(server.port, "POST /").0.starts_with("http/1.1 405"));
}

/// Browsers refuse module scripts and streaming compilation of wasm under another type.
#[test]
fn content_types_are_those_that_a_browser_insists_on() {
    let dir = site();
    let server = Server::start(&dir.path().join("dist"), 0).unwrap();
    for (file, kind) in [
        ("page-cpu.js", "text/javascript"),
        ("page-cpu_bg.wasm", "application/wasm"),
        ("www/small.safetensors", "application/octet-stream"),
        ("www/data/x.gz", "application/gzip"),
    ] {
        let (head, _) = ask(server.port, &format!("GET /{file}"));
        assert!(head.contains(&format!("content-type: {kind}")), "{head}");
    }
}

#[test]
fn a_missing_file_is_missing_and_nothing_outside_is_served() {
    let dir = site();
    let server = Server::start(&dir.path().join("dist"), 0).unwrap();
    for path in [
        "/page-gpu.js",
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
    ] {
        let (head, body) = ask(server.port, &format!("GET {path}"));
        assert!(head.starts_with("http/1.1 404"), "{path}: {head}");
        assert!(head.contains("cross-origin-embedder-policy"), "{head}");
        assert!(body.is_empty());
    }
}

#[test]
fn a_connection_that_stays_open_does_not_keep_others_waiting() {
    let dir = site();
    let server = Server::start(&dir.path().join("dist"), 0).unwrap();
    let connect = || TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let mut open: Vec<TcpStream> = (0..12).map(|_| connect()).collect();
    for connection in open.iter_mut().rev() {
        connection
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        connection
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        let mut start = [0; 12];
        connection
            .read_exact(&mut start)
            .expect("an answer in time");
        assert_eq!(&start, b"HTTP/1.1 200");
    }
}
