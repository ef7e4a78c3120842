//! `files.json`: what a build consists of, for the service worker, which keeps each file under the hash of its content
//! (`service-worker/service-worker.js`).
//!
//! The hash is SHA-256 because browsers compute it natively: the service worker checks each file that it gets or has kept.

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The list's own name. It lies beside `index.html` and does not list itself.
pub const NAME: &str = "files.json";

/// Lists these files of the page in `dir`, with the build that `index.html` names.
///
/// # Errors
///
/// When a file cannot be read, has a name that would need escapes in JSON, or the list cannot be written.
pub fn write(dir: &Path, files: &[PathBuf], build: &str) -> Result<()> {
    let mut rows = Vec::new();
    for file in files {
        rows.push(row(dir, file).with_context(|| format!("cannot list {}", file.display()))?);
    }
    let text = format!(
        "{{\n  \"build\": \"{build}\",\n  \"files\": [\n{}\n  ]\n}}\n",
        rows.join(",\n")
    );
    let list = dir.join(NAME);
    fs::write(&list, text).with_context(|| format!("cannot write {}", list.display()))
}

fn row(dir: &Path, file: &Path) -> Result<String> {
    let parts = file.strip_prefix(dir)?.components();
    let parts: Vec<_> = parts
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    let path = parts.join("/");
    let plain = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
    ensure!(
        path.chars().all(plain),
        "its name has other characters than plain ones"
    );
    let content = fs::read(file)?;
    let mut hash = String::new();
    for byte in Sha256::digest(&content) {
        write!(hash, "{byte:02x}")?;
    }
    let (bytes, unpacked) = (content.len(), unpacked(&content));
    Ok(format!(
        "    {{ \"path\": \"{path}\", \"bytes\": {bytes}, \"hash\": \"{hash}\"{unpacked} }}"
    ))
}

/// For a gzip file the length and CRC-32 of its content, which are its last eight bytes (RFC 1952). Some hosts declare such a
/// file as one that is compressed for the way, and browsers unpack it.
fn unpacked(content: &[u8]) -> String {
    let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
    match (content, content.last_chunk::<8>()) {
        ([0x1f, 0x8b, ..], Some([a, b, c, d, length @ ..])) => format!(
            ", \"unpacked\": {{ \"bytes\": {}, \"crc32\": {} }}",
            number(length),
            number(&[*a, *b, *c, *d])
        ),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::write;
    use std::fs;

    /// `printf abc | gzip -n9`.
    const ABC_GZ: [u8; 23] = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0x4b, 0x4c, 0x4a, 6, 0, 0xc2, 0x41, 0x24, 0x35, 3, 0,
        0, 0,
    ];

    #[test]
    fn files_are_listed_with_published_hashes() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            path
        };
        let files = [file("a.js", b"abc"), file("www/data/abc.gz", &ABC_GZ)];
        write(dir.path(), &files, "0123").unwrap();
        let list = fs::read_to_string(dir.path().join("files.json")).unwrap();
        // FIPS 180-2's example, and the CRC-32 of the same text.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(list.starts_with("{\n  \"build\": \"0123\",\n"), "{list}");
        assert!(
            list.contains(&format!(
                "{{ \"path\": \"a.js\", \"bytes\": 3, \"hash\": \"{abc}\" }},\n"
            )),
            "{list}"
        );
        let unpacked = format!(
            "\"unpacked\": {{ \"bytes\": 3, \"crc32\": {} }} }}\n",
            0x3524_41c2
        );
        assert!(
            list.contains("\"path\": \"www/data/abc.gz\", \"bytes\": 23"),
            "{list}"
        );
        assert!(list.contains(&unpacked), "{list}");
    }

    #[test]
    fn a_name_that_json_would_escape_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a b.js");
        fs::write(&file, "1").unwrap();
        assert!(write(dir.path(), &[file], "0123").is_err());
    }
}
