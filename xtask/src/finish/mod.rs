//! The last step of every build of the page, for `cargo xtask` and, as its hook, for Trunk.
//!
//! In release builds it shrinks the wasm with the wasm-opt that is at hand (Trunk's own would have to be downloaded) and
//! says how large the page is. In every build it stamps `index.html` with a hash of the content, which the page adds to
//! the URLs that it loads: the file names themselves never change. Then it lists all files with their own hashes, for the
//! service worker.

mod list;
mod sizes;
mod wasm_opt;

pub use wasm_opt::shrink;

use crate::workspace;
use anyhow::{Context as _, Result, ensure};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The attribute of `index.html`'s tag for the hash, which goes into the tag's `content`.
const STAMP: &str = "name=\"build\"";

/// `cargo xtask finish`: finishes the page in `dir`, by default the one that Trunk names in the environment.
pub fn run(dir: Option<PathBuf>, release: bool) -> Result<()> {
    let dir = dir
        .or_else(|| env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from))
        .unwrap_or_else(workspace::dist);
    let release = release || env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release");
    let index = dir.join("index.html");
    ensure!(index.is_file(), "there is no page in {}", dir.display());

    if release {
        for wasm in files_below(&dir)?
            .iter()
            .filter(|path| has_extension(path, "wasm"))
        {
            shrink(wasm, &stem(wasm), &|text| eprintln!("{text}"))?;
        }
    }
    stamp(&dir, release)
}

/// Writes the hash of the page in `dir` into its `index.html`, and the list of its files; with `sizes`, says how large the
/// page is.
///
/// # Errors
///
/// When a file cannot be read or written.
pub fn stamp(dir: &Path, sizes: bool) -> Result<()> {
    let mut files = files_below(dir)?;
    files.retain(|file| *file != dir.join(list::NAME));
    let index = dir.join("index.html");
    let html = fs::read_to_string(&index)?;
    let build = content_hash(dir, &files)?;
    match stamped(&html, &build) {
        Some(html) => {
            fs::write(&index, html)?;
            list::write(dir, &files, &build)?;
        }
        None => eprintln!(
            "warning: index.html has no <meta {STAMP} content=\"dev\">, so browsers may mix files of two builds"
        ),
    }
    if sizes {
        sizes::report(&files)?;
    }
    Ok(())
}

/// A file's name without its extension, which names its entries in [`cached`].
pub fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into()
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension == wanted)
}

/// All files of the page in an order that does not depend on the file system.
pub fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        let entries =
            fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))?;
        for entry in entries {
            let path = entry?.path();
            match path.is_dir() {
                true => dirs.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    Ok(files)
}

fn content_hash(dir: &Path, files: &[PathBuf]) -> Result<String> {
    let mut hash = Fnv::default();
    for file in files {
        let name = file.strip_prefix(dir).unwrap_or(file).to_string_lossy();
        hash.update(name.as_bytes());
        hash.update(&fs::read(file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    Ok(hash.hex())
}

/// `html` with the hash in its build tag, or `None` if it has no such tag.
fn stamped(html: &str, hash: &str) -> Option<String> {
    let name = html.find(STAMP)?;
    let tag = html[..name].rfind('<')?;
    let end = name + html[name..].find('>')?;
    let key = "content=\"";
    let value = tag + html[tag..end].find(key)? + key.len();
    let close = value + html[value..end].find('"')?;
    Some(format!("{}{hash}{}", &html[..value], &html[close..]))
}

/// FNV-1a, 64 bits. It tells builds apart and is no defence against forged ones.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn hex(&self) -> String {
        format!("{:016x}", self.0)
    }
}

/// A result that takes long and depends on nothing but its key. The last one of each kind is kept under `target/`, so that
/// a second build of an unchanged page is quick.
fn cached(kind: &str, key: &Fnv, make: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let dir = workspace::scratch("finish")?;
    let file = dir.join(format!("{}.{kind}", key.hex()));
    if let Ok(bytes) = fs::read(&file) {
        return Ok(bytes);
    }
    let bytes = make()?;
    for entry in fs::read_dir(&dir)?.flatten() {
        if has_extension(&entry.path(), kind) {
            let _ = fs::remove_file(entry.path());
        }
    }
    fs::write(&file, &bytes).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Fnv, content_hash, files_below, run, stamped};
    use std::fs;

    #[test]
    fn stamps_the_build_tag_only() {
        let html = "<meta name=\"x\" content=\"dev\"><meta name=\"build\" content=\"dev\" /><p content=\"dev\">";
        assert_eq!(
            stamped(html, "abc").as_deref(),
            Some(
                "<meta name=\"x\" content=\"dev\"><meta name=\"build\" content=\"abc\" /><p content=\"dev\">"
            )
        );
        let turned = "<meta content=\"dev\" name=\"build\">";
        assert_eq!(
            stamped(turned, "abc").as_deref(),
            Some("<meta content=\"abc\" name=\"build\">")
        );
        assert_eq!(stamped("<p>", "abc"), None);
        assert_eq!(
            stamped("<meta name=\"build\"><p content=\"dev\">", "abc"),
            None
        );
    }

    #[test]
    fn fnv_agrees_with_its_published_vectors() {
        let hash = |text: &str| {
            let mut hash = Fnv::default();
            hash.update(text.as_bytes());
            hash.hex()
        };
        assert_eq!(hash(""), "cbf29ce484222325");
        assert_eq!(hash("a"), "af63dc4c8601ec8c");
        assert_eq!(hash("foobar"), "85944171f73967e8");
    }

    #[test]
    fn the_hash_sees_names_and_content() {
        let dir = tempfile::tempdir().unwrap();
        let hash = || content_hash(dir.path(), &files_below(dir.path()).unwrap()).unwrap();
        fs::create_dir(dir.path().join("www")).unwrap();
        fs::write(dir.path().join("www/a.js"), "1").unwrap();
        let first = hash();
        assert_eq!(first, hash());
        fs::write(dir.path().join("www/a.js"), "2").unwrap();
        let second = hash();
        fs::rename(dir.path().join("www/a.js"), dir.path().join("www/b.js")).unwrap();
        assert!(first != second && second != hash());
    }

    #[test]
    fn a_dev_build_is_stamped_and_an_empty_directory_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(run(Some(dir.path().to_owned()), false).is_err());
        let index = dir.path().join("index.html");
        fs::write(&index, "<meta name=\"build\" content=\"dev\">").unwrap();
        run(Some(dir.path().to_owned()), false).unwrap();
        let html = fs::read_to_string(&index).unwrap();
        assert!(!html.contains("dev") && html.len() > 40, "{html}");
        let list = fs::read_to_string(dir.path().join("files.json")).unwrap();
        let build = html.split('"').nth(3).unwrap();
        assert!(list.contains(&format!("\"build\": \"{build}\"")), "{list}");
    }
}
