//! The parts of the tests that compile for this machine: `native`, and `mpi`, which starts several processes.

use crate::parts::counted;
use crate::process::{self, command};
use crate::tally::Tally;
use crate::workspace;
use anyhow::{Context as _, Result};
use std::io::ErrorKind;

/// The package that is compiled against MPI.
const MPI_LIBRARY: &str = "ddpm-mpi";

/// Arguments of cargo that select all packages but the one for MPI, with the devices of other machines. Cargo chooses the features
/// of dependencies by the packages and features that are built together, so the parts that compile for this machine have to select
/// the same, or burn is compiled twice.
pub const SELECTION: [&str; 5] = [
    "--workspace",
    "--exclude",
    MPI_LIBRARY,
    "--features",
    "ddpm/remote",
];

/// Runs the tests of all packages on this machine.
///
/// # Errors
/// As [`counted`].
pub fn test() -> Result<Tally> {
    let mut cargo = command("cargo");
    cargo.arg("test").args(SELECTION).arg("--no-fail-fast");
    // Mesa's software Vulkan complains without one, on every device.
    process::unless_set(&mut cargo, "XDG_RUNTIME_DIR", std::env::temp_dir());
    // lavapipe, Mesa's software Vulkan, compiles each shader for a few runs: optimising them would take longest.
    process::unless_set(&mut cargo, "GALLIVM_PERF", "nopt");
    counted(&mut cargo)
}

/// Builds the program with the feature `mpi`, which brings the library by which it reaches MPI, and runs the tests that start it with
/// `mpirun`.
///
/// Of what the part `native` has compiled, only the package `ddpm` is compiled again: the feature asks for no other features of
/// burn and the crates below it.
///
/// # Errors
/// As [`counted`]; also if the library has warnings or does not compile.
pub fn test_ranks() -> Result<Tally> {
    remove_library()?;
    let with_mpi = |subcommand: &str| {
        let mut cargo = command("cargo");
        cargo.arg(subcommand).args(SELECTION);
        cargo.args(["--features", "ddpm/mpi"]);
        cargo
    };
    // Of each package only the library; that for MPI is one of them.
    process::run(with_mpi("clippy").args(["--lib", "--", "-D", "warnings"]))?;
    counted(
        with_mpi("test")
            .args(["--no-fail-fast", "--test", "ranks", "--", "--ignored"])
            // Each test starts several processes.
            .args(["--test-threads", "1"]),
    )
}

/// Removes the library that `cargo build --package ddpm-mpi` leaves beside the program, which takes it before that of the feature,
/// in `deps`.
fn remove_library() -> Result<()> {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    let name = format!("{DLL_PREFIX}ddpm_mpi{DLL_SUFFIX}");
    let path = workspace::target_dir().join("debug").join(name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
