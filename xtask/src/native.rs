//! The parts of the tests that compile for this machine: `native`, and `mpi`, which starts several processes.

use crate::parts::counted;
use crate::process::{self, command};
use crate::tally::Tally;
use anyhow::Result;

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

/// Builds the library by which the program reaches MPI, and runs the tests that start it with `mpirun`.
///
/// # Errors
/// As [`counted`]; also if the library has warnings or does not compile.
pub fn test_ranks() -> Result<Tally> {
    let library = |words: &[&str]| {
        let mut cargo = command("cargo");
        cargo.args(words).args(["--package", MPI_LIBRARY]);
        cargo
    };
    process::run(library(&["clippy"]).args(["--", "-D", "warnings"]))?;
    process::run(&mut library(&["build"]))?;
    counted(
        command("cargo")
            .arg("test")
            .args(SELECTION)
            .args(["--no-fail-fast", "--test", "ranks", "--", "--ignored"])
            // Each test starts several processes.
            .args(["--test-threads", "1"]),
    )
}
