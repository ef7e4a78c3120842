//! From a binary of the workspace to the two files that a browser loads: cargo, then wasm-bindgen.

use super::links::Program;
use crate::process::{command, find, run_captured, run_cargo};
use crate::progress::{Progress, Task};
use crate::workspace;
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};

const TARGET: &str = "wasm32-unknown-unknown";
/// The task that compiles `xtask/bindgen`.
pub const BINDGEN: &str = "wasm-bindgen";

impl Program {
    /// cargo's arguments, the same as Trunk's: whichever of the two builds second finds all crates compiled.
    pub fn cargo_arguments(&self, release: bool) -> Vec<&str> {
        let mut arguments = vec!["build", "--target", TARGET, "--bin", &self.bin];
        if release {
            arguments.extend(["--profile", &self.release_profile]);
        }
        arguments.extend(["--no-default-features", "--features", &self.features]);
        arguments
    }

    /// Compiles the program and returns its wasm file, as rustc leaves it.
    ///
    /// # Errors
    ///
    /// When it does not compile; the error holds all of cargo's output.
    pub fn compile(&self, release: bool, task: &Task<'_>) -> Result<PathBuf> {
        let mut cargo = command("cargo");
        cargo.args(self.cargo_arguments(release));
        run_cargo(cargo, task)?;
        let profile = if release {
            &self.release_profile
        } else {
            "debug"
        };
        Ok(workspace::target_dir()
            .join(TARGET)
            .join(profile)
            .join(&self.bin)
            .with_extension("wasm"))
    }
}

/// wasm-bindgen's part of a build: makes `NAME.js` and `NAME_bg.wasm` of a wasm file that rustc wrote.
pub struct Bindgen(PathBuf);

impl Bindgen {
    /// Compiles `xtask/bindgen`, which takes the place of the wasm-bindgen CLI.
    ///
    /// It is made for running beside the compilation of the page's first program: with one job, and with low priority
    /// where `nice` is there, it mostly takes the time of the core that is idle while that program is linked.
    ///
    /// # Errors
    ///
    /// When it does not compile.
    pub fn compile(progress: &Progress) -> Result<Self> {
        let task = progress.begin(BINDGEN);
        // A directory of its own: cargo lets one build at a time into a target directory.
        let target_dir = workspace::scratch("tools")?;
        let mut cargo = match find("nice") {
            Some(nice) => {
                let mut low = command(nice);
                low.arg("cargo");
                low
            }
            None => command("cargo"),
        };
        cargo
            .args(["build", "--package", "page-bindgen", "--profile", "tools"])
            .args(["--jobs", "1", "--target-dir"])
            .arg(&target_dir);
        run_cargo(cargo, &task)?;
        let file = format!("tools/page-bindgen{}", std::env::consts::EXE_SUFFIX);
        Ok(Self(target_dir.join(file)))
    }

    /// Writes the files into an emptied directory.
    ///
    /// # Errors
    ///
    /// When wasm-bindgen does not understand the wasm file.
    pub fn run(&self, wasm: &Path, out: &Path, name: &str) -> Result<()> {
        let _ = fs::remove_dir_all(out);
        let mut bindgen = command(&self.0);
        bindgen.arg(wasm).arg(out).arg(name);
        run_captured(bindgen, |_| {}).context("wasm-bindgen failed")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Program;

    #[test]
    fn cargo_is_called_as_trunk_calls_it() {
        let program = Program {
            bin: "page-gpu".into(),
            features: "page,gpu".into(),
            release_profile: "web".into(),
        };
        let common = "--no-default-features --features page,gpu";
        assert_eq!(
            program.cargo_arguments(true).join(" "),
            format!("build --target wasm32-unknown-unknown --bin page-gpu --profile web {common}")
        );
        assert_eq!(
            program.cargo_arguments(false).join(" "),
            format!("build --target wasm32-unknown-unknown --bin page-gpu {common}")
        );
    }
}
