//! The parts of the tests that compile for this machine: `native`, and `mpi`, which starts several processes.

use crate::parts::counted;
use crate::process::{self, command};
use crate::setup::Need;
use crate::tally::Tally;
use anyhow::Result;

/// Arguments of cargo that select all packages, with the devices of other machines and, where MPI is there, what is compiled against
/// it. Cargo chooses the features of dependencies by the packages and features that are built together, so the parts that compile
/// for this machine have to select the same, or much is compiled twice.
pub fn selection() -> &'static [&'static str] {
    if Need::Mpi.is_met() {
        &["--workspace", "--features", "ddpm/remote,ddpm/mpi"]
    } else {
        &[
            "--workspace",
            "--exclude",
            "ddpm-mpi",
            "--features",
            "ddpm/remote",
        ]
    }
}

/// Runs the tests of all packages on this machine.
///
/// # Errors
/// As [`counted`].
pub fn test() -> Result<Tally> {
    let mut cargo = command("cargo");
    cargo.arg("test").args(selection()).arg("--no-fail-fast");
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
        command("cargo")
            .arg("test")
            .args(selection())
            .args(["--no-fail-fast", "--test", "ranks", "--", "--ignored"])
            // Each test starts several processes.
            .args(["--test-threads", "1"]),
    )
}
