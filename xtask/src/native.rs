//! The parts of the tests that compile for this machine: `clippy`, `native`, and `mpi`, which starts several processes.

use crate::parts::counted;
use crate::process::{self, command};
use crate::setup::Need;
use crate::tally::Tally;
use anyhow::Result;
use std::process::Command;

/// A call of `cargo test` for all packages, with the devices of other machines, the benches and, where MPI is there, what is compiled
/// against it. cargo chooses the features of dependencies by the packages and features that are built together, so the parts that
/// compile for this machine have to select the same, or much is compiled twice.
///
/// clippy's driver compiles the workspace's own crates: it is rustc with clippy's lints. `cargo clippy` would call it as well, but
/// only to check, for which each dependency would have to be compiled once more.
fn cargo_test() -> Command {
    let mut cargo = command("cargo");
    cargo.args(["test", "--workspace"]);
    let features = if Need::Mpi.is_met() {
        "ddpm/bench,ddpm/remote,ddpm/mpi"
    } else {
        cargo.args(["--exclude", "ddpm-mpi"]);
        "ddpm/bench,ddpm/remote"
    };
    cargo
        .args(["--features", features])
        .env("RUSTC_WORKSPACE_WRAPPER", CLIPPY)
        .env(CLIPPY_ARGS.0, CLIPPY_ARGS.1);
    cargo
}

/// clippy's driver.
const CLIPPY: &str = "clippy-driver";
/// How `cargo clippy -- -D warnings` hands its arguments to the driver: a variable and its value.
const CLIPPY_ARGS: (&str, &str) = (
    "CLIPPY_ARGS",
    "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__",
);

/// Compiles all packages, tests and benches included; a warning of rustc or clippy is an error.
///
/// # Errors
/// If cargo cannot be started, or something has a warning or does not compile.
pub fn lint() -> Result<()> {
    process::run(cargo_test().args(["--all-targets", "--no-run"]))
}

/// Runs the tests of all packages on this machine.
///
/// # Errors
/// As [`counted`].
pub fn test() -> Result<Tally> {
    let mut cargo = cargo_test();
    cargo.arg("--no-fail-fast");
    // Mesa's software Vulkan complains without one, on every device.
    process::unless_set(&mut cargo, "XDG_RUNTIME_DIR", std::env::temp_dir());
    // lavapipe, Mesa's software Vulkan, compiles each shader for a few runs: optimising them would take longest.
    process::unless_set(&mut cargo, "GALLIVM_PERF", "nopt");
    counted(&mut cargo)
}

/// Runs the tests that start the program with `mpirun`, which the part `native` has compiled and left out.
///
/// # Errors
/// As [`counted`].
pub fn test_ranks() -> Result<Tally> {
    counted(
        cargo_test()
            .args(["--no-fail-fast", "--test", "ranks", "--", "--ignored"])
            // Each test starts several processes.
            .args(["--test-threads", "1"]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `CLIPPY_ARGS` is a matter between `cargo clippy` and its driver, which a new version may change.
    #[test]
    fn a_lint_of_clippy_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("lint.rs");
        std::fs::write(&file, "pub fn one() -> u32 {\n    return 1;\n}\n").unwrap();
        let compile = |arguments: &str| {
            let mut driver = command(CLIPPY);
            // Called by cargo, the driver gets the compiler's name first.
            driver.args(["rustc", "--crate-type", "lib", "--emit", "metadata"]);
            driver.arg("--out-dir").arg(dir.path()).arg(&file);
            driver.env(CLIPPY_ARGS.0, arguments).output().unwrap()
        };
        assert!(compile("").status.success());
        let refused = compile(CLIPPY_ARGS.1);
        assert!(!refused.status.success());
        let message = String::from_utf8_lossy(&refused.stderr);
        assert!(message.contains("clippy::needless_return"), "{message}");
    }
}
