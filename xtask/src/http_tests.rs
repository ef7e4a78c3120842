use super::{Served, decode, resolve};
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
    fs::write(site.join(".hidden"), "hidden").unwrap();
    fs::write(site.join("www/a b.js"), "1").unwrap();
    fs::write(site.join("www/data/x.gz"), vec![7_u8; 100_000]).unwrap();
    dir
}

#[test]
fn finds_files_directories_and_encoded_names() {
    let dir = site();
    let site = dir.path().join("dist");
    let index = Some(site.join("index.html"));
    assert_eq!(resolve(&site, "/"), index);
    assert_eq!(resolve(&site, "/?device=cpu"), index);
    assert_eq!(resolve(&site, "/./index.html#x"), index);
    assert_eq!(
        resolve(&site, "/www/a%20b.js?v=1"),
        Some(site.join("www/a b.js"))
    );
}

#[test]
fn never_leaves_its_directory() {
    let dir = site();
    let site = dir.path().join("dist");
    for url in [
        "/../secret",
        "/www/../../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/www/..%5c..%5csecret",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/.hidden",
        "/index.html%00.js",
        "/%zz",
        "/%e9",
        "/www",
        "/nothing",
        "secret",
        "",
    ] {
        assert_eq!(resolve(&site, url), None, "{url}");
    }
}

#[test]
fn decodes_percent_signs() {
    assert_eq!(decode("a%20%C3%A9").as_deref(), Some("a é"));
    assert_eq!(decode("a%2"), None);
    assert_eq!(decode("%"), None);
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
fn serves_with_the_headers_the_page_counts_on() {
    let dir = site();
    let served = Served::start(&dir.path().join("dist"), 0).unwrap();
    let (head, body) = ask(served.port, "GET /www/data/x.gz");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, vec![7; 100_000]);
    for line in [
        "cross-origin-opener-policy: same-origin",
        "cross-origin-embedder-policy: require-corp",
        "cache-control: no-cache",
        "content-type: application/octet-stream",
        "content-length: 100000",
    ] {
        assert!(head.contains(line), "{line} is not in {head}");
    }
    assert!(!head.contains("content-encoding"));
    assert!(!head.contains("transfer-encoding"));

    let (head, body) = ask(served.port, "HEAD /");
    assert!(head.contains("content-type: text/html"), "{head}");
    assert!(body.is_empty());
    assert!(
        ask(served.port, "GET /../secret")
            .0
            .starts_with("http/1.1 404")
    );
    assert!(ask(served.port, "POST /").0.starts_with("http/1.1 405"));
}

#[test]
fn every_connection_is_answered_however_many_are_kept_open() {
    let dir = site();
    // As a browser's first page load does: several at once, none of them closed. Which of them a server
    // might forget is a matter of luck, so it gets many chances.
    for _ in 0..30 {
        let served = Served::start(&dir.path().join("dist"), 0).unwrap();
        let connect = || TcpStream::connect(("127.0.0.1", served.port)).unwrap();
        let mut open: Vec<TcpStream> = (0..12).map(|_| connect()).collect();
        for connection in &mut open {
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
}
