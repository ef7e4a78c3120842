//! Sets one linker flag for browsers, and `DDPM_COMMIT` for the native command line, which writes the commit that it was
//! built from into weights files.
//!
//! `DDPM_COMMIT` is set in native release builds only: in all others every commit would compile the crate anew without
//! any use. It is not set either if the sources are in no repository, as in a published package.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=crate/build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_ARCH", "wasm32") {
        // The functions with relaxed SIMD are added to the function table at run time (`crate/runtime/relaxed.rs`).
        println!("cargo::rustc-link-arg=--growable-table");
        return;
    }
    if !is("PROFILE", "release") {
        return;
    }
    // The prefix is not empty if the sources were unpacked inside another repository, whose commits say nothing of them.
    if git(&["rev-parse", "--show-prefix"]).is_none_or(|prefix| !prefix.is_empty()) {
        return;
    }
    let Some(commit) = git(&["describe", "--always", "--dirty"]) else {
        return;
    };
    println!("cargo::rustc-env=DDPM_COMMIT={commit}");
    // Rerun when HEAD moves, which changes the commit, and when a source changes, which makes it dirty.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]);
    let watched = ["Cargo.toml", "Cargo.lock", "crate", "shaders"];
    for path in watched.into_iter().chain(log.as_deref()) {
        if Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
}

/// What git prints with these arguments; `None` if git is not installed or fails.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
