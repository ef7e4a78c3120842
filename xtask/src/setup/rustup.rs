//! The parts of a Rust toolchain: rustfmt and clippy, and the standard library for wasm32, which comes from rustup or is
//! built from the distribution's copy of its source.

use super::debian_std;
use crate::process::{answer, command, find, run};
use anyhow::{Context as _, Result, ensure};
use std::path::PathBuf;

pub const TARGET: &str = "wasm32-unknown-unknown";
pub const TARGET_REMEDY: &str = "rustup target add wasm32-unknown-unknown   \
    (without rustup: your distribution's package, e.g. apt-get install libstd-rust-dev-wasm32)";

/// Fails unless cargo has this subcommand, `fmt` or `clippy`. Minimal toolchains lack them.
pub fn check_component(subcommand: &str) -> Result<()> {
    ensure!(
        answer("cargo", &[subcommand, "--version"]).is_some(),
        "`cargo {subcommand}` does not run"
    );
    Ok(())
}

pub fn install_component(component: &str) -> Result<()> {
    run(command("rustup").args(["component", "add", component]))
}

/// The directory in which this toolchain keeps, or would keep, the target's libraries.
pub fn library_dir() -> Result<PathBuf> {
    answer("rustc", &["--print", "target-libdir", "--target", TARGET])
        .map(PathBuf::from)
        .context("rustc does not know the target")
}

/// Fails unless the target's libraries are there. It looks at the files, because rustup's list of targets lacks one that
/// was built from source.
pub fn check_target() -> Result<()> {
    let dir = library_dir()?;
    let has_core = std::fs::read_dir(&dir).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
    });
    ensure!(has_core, "{} holds no libraries", dir.display());
    Ok(())
}

pub fn install_target() -> Result<()> {
    let by_rustup = match find("rustup") {
        Some(rustup) => run(command(rustup).args(["target", "add", TARGET])),
        None => Err(anyhow::anyhow!("rustup is not installed")),
    };
    // Never both ways: two copies of one crate in the sysroot collide.
    if check_target().is_ok() {
        return Ok(());
    }
    if let Err(error) = by_rustup {
        eprintln!("{error:#}");
    }
    eprintln!("trying the standard library's source from the Debian archive instead");
    debian_std::install()
}
