//! Tells the linker what browsers need, and the native command line which commit it is built from, so that weights files can name it.
//!
//! Release builds for this machine only: elsewhere a new commit would mean compiling the crate anew
//! for nothing. Without a repository around the sources (a published package) nothing is told.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=crate/build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_ARCH", "wasm32") {
        // For functions that are taken in at run time (`crate/runtime/relaxed.rs`).
        println!("cargo::rustc-link-arg=--growable-table");
        return;
    }
    if !is("PROFILE", "release") {
        return;
    }
    // Sources unpacked inside another repository are not of its commits.
    if git(&["rev-parse", "--show-prefix"]).is_none_or(|prefix| !prefix.is_empty()) {
        return;
    }
    let Some(commit) = git(&["describe", "--always", "--dirty"]) else {
        return;
    };
    println!("cargo::rustc-env=DDPM_COMMIT={commit}");
    // What makes it another commit, and what makes it dirty.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]);
    let watched = ["Cargo.toml", "Cargo.lock", "crate", "shaders"];
    for path in watched.into_iter().chain(log.as_deref()) {
        if Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
}

/// What git prints, or nothing where it is not there or has nothing to say.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
