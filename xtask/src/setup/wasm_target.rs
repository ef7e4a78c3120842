//! The standard library for wasm32: from rustup, else built from the distribution's copy of its source.

use super::debian_std;
use crate::diffusion::{answer, command, find, run};
use anyhow::{Context as _, Result, ensure};
use std::path::PathBuf;

pub const TARGET: &str = "wasm32-unknown-unknown";
pub const REMEDY: &str = "rustup target add wasm32-unknown-unknown   \
    (without rustup: your distribution's package, e.g. apt-get install libstd-rust-dev-wasm32)";

/// Where this toolchain keeps, or would keep, the target's libraries.
pub fn library_dir() -> Result<PathBuf> {
    answer("rustc", &["--print", "target-libdir", "--target", TARGET])
        .map(PathBuf::from)
        .context("rustc does not know the target")
}

/// Looks at the files rather than at rustup's list, which knows nothing of the second way.
pub fn check() -> Result<()> {
    let dir = library_dir()?;
    let has_core = std::fs::read_dir(&dir).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
    });
    ensure!(has_core, "{} holds no libraries", dir.display());
    Ok(())
}

pub fn install() -> Result<()> {
    let by_rustup = match find("rustup") {
        Some(rustup) => run(command(rustup).args(["target", "add", TARGET])),
        None => Err(anyhow::anyhow!("rustup is not installed")),
    };
    // Never both: two copies of one crate in the sysroot collide.
    if check().is_ok() {
        return Ok(());
    }
    if let Err(error) = by_rustup {
        eprintln!("{error:#}");
    }
    eprintln!("trying the standard library's source from the Debian archive instead");
    debian_std::install()
}
