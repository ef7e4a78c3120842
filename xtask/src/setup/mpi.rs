//! MPI, for the tests of several processes that train together, and libclang, by which the crate `mpi-sys` reads MPI's header.

use super::apt;
use crate::process::{answer, find};
use anyhow::{Context as _, Result, ensure};
use std::path::Path;

const PACKAGES: &[&str] = &["openmpi-bin", "libopenmpi-dev", "libclang-dev"];

pub fn check() -> Result<()> {
    for program in ["mpirun", "mpicc"] {
        find(program).with_context(|| format!("no `{program}` on the path"))?;
    }
    // The tests give `mpirun` options of OpenMPI's.
    let version = answer("mpirun", &["--version"]);
    ensure!(
        version.is_some_and(|words| words.contains("Open MPI")),
        "`mpirun` is not OpenMPI's, for which the tests are written"
    );
    ensure!(has_libclang(), "libclang is not installed");
    Ok(())
}

/// Whether libclang is where bindgen looks for it: in `$LIBCLANG_PATH`, in LLVM's own folder, or among the system's libraries.
fn has_libclang() -> bool {
    let mut folders: Vec<String> = std::env::var("LIBCLANG_PATH").into_iter().collect();
    folders.extend(answer("llvm-config", &["--libdir"]));
    folders.extend(
        [
            "/usr/lib",
            "/usr/lib64",
            "/usr/local/lib",
            "/opt/homebrew/opt/llvm/lib",
        ]
        .map(String::from),
    );
    folders.push(format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    let llvm = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten();
    let llvm = llvm.filter(|entry| entry.file_name().to_string_lossy().starts_with("llvm-"));
    folders.extend(llvm.map(|entry| entry.path().join("lib").display().to_string()));
    folders
        .iter()
        .any(|folder| contains_libclang(Path::new(folder)))
}

fn contains_libclang(folder: &Path) -> bool {
    // A path to the library itself will do, too.
    let is_libclang = |path: &Path| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| {
            // libclang-cpp is another library, which Mesa's drivers bring along.
            name.starts_with("libclang")
                && !name.starts_with("libclang-cpp")
                && (name.contains(".so") || name.ends_with(".dylib"))
        })
    };
    if folder.is_file() {
        return is_libclang(folder);
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| is_libclang(&entry.path()))
}

pub fn install() -> Result<()> {
    apt::install_alone(PACKAGES)
}

pub fn remedy() -> String {
    format!(
        "{}   (elsewhere: install OpenMPI and LLVM, e.g. macOS: brew install open-mpi llvm)",
        apt::command_line(PACKAGES)
    )
}

#[cfg(test)]
mod tests {
    use super::contains_libclang;

    #[test]
    fn libclang_is_found_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!contains_libclang(folder.path()));
        std::fs::write(folder.path().join("libclang.rs"), "").unwrap();
        assert!(!contains_libclang(folder.path()));
        std::fs::write(folder.path().join("libclang-cpp.so.19"), "").unwrap();
        assert!(!contains_libclang(folder.path()));
        let library = folder.path().join("libclang-19.so.19");
        std::fs::write(&library, "").unwrap();
        assert!(contains_libclang(folder.path()));
        assert!(contains_libclang(&library));
    }
}
