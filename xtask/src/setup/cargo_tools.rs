//! The tools that `cargo install` installs. Only tests and `cargo xtask fuzz` need them: `cargo xtask serve` builds the page without.

use crate::process::{answer, command, find, run};
use crate::version::Version;
use crate::workspace;
use anyhow::{Context as _, Result, bail};

/// The versions of a tool that are accepted.
enum Accept {
    /// This version alone: the tool reads files of one version only.
    Exactly,
    /// Newer ones too, which have the same command line; a newer one that a user has is not replaced.
    AtLeast,
}

/// A program that `cargo install` provides.
pub struct Tool {
    package: &'static str,
    programs: &'static [&'static str],
    version: Version,
    accept: Accept,
    /// Install with the versions of dependencies that the tool was released with.
    locked: bool,
}

/// For the test that Trunk builds the same page. The newest version that rustc 1.95 compiles: 0.22 asks for 1.96.
pub const TRUNK: Tool = Tool {
    package: "trunk",
    programs: &["trunk"],
    version: Version(0, 21, 14),
    accept: Accept::AtLeast,
    locked: true,
};

pub const WASM_PACK: Tool = Tool {
    package: "wasm-pack",
    programs: &["wasm-pack"],
    version: Version(0, 15, 1),
    accept: Accept::AtLeast,
    locked: true,
};

/// For `cargo xtask fuzz`.
pub const CARGO_FUZZ: Tool = Tool {
    package: "cargo-fuzz",
    programs: &["cargo-fuzz"],
    version: Version(0, 13, 2),
    accept: Accept::AtLeast,
    locked: true,
};

/// For wasm-pack and Trunk. The CLI rewrites descriptions that the `wasm-bindgen` crate left in the wasm, so the two have
/// to be of one version.
pub fn wasm_bindgen() -> Result<Tool> {
    let locked = workspace::locked_version("wasm-bindgen")?;
    Ok(Tool {
        package: "wasm-bindgen-cli",
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        version: Version::find(&locked).context("Cargo.lock has no version for wasm-bindgen")?,
        accept: Accept::Exactly,
        // The lock file of 0.2.130 names a crate that some mirrors of the registry lack.
        locked: false,
    })
}

impl Tool {
    pub fn check(&self) -> Result<()> {
        for program in self.programs {
            let path = find(program).with_context(|| format!("no `{program}` on the path"))?;
            let version = answer(path, &["--version"])
                .and_then(|text| Version::find(&text))
                .with_context(|| format!("`{program} --version` tells nothing"))?;
            let wanted = self.version;
            match self.accept {
                Accept::Exactly if version != wanted => {
                    bail!("`{program}` is {version}, and must be {wanted} as in Cargo.lock")
                }
                Accept::AtLeast if version < wanted => {
                    bail!("`{program}` is {version}, and must be {wanted} or newer")
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn arguments(&self) -> Vec<String> {
        let mut words = vec!["install".to_owned(), self.package.to_owned()];
        words.extend(["--version".to_owned(), self.version.to_string()]);
        if self.locked {
            words.push("--locked".to_owned());
        }
        // An installed version that is not accepted is replaced.
        words.push("--force".to_owned());
        words
    }

    pub fn install(&self) -> Result<()> {
        // One target directory, so that crates which the tools have in common compile once; and a release profile that does
        // not optimise, because a test run compiles the tools for longer than it uses them: wasm-bindgen's library takes 52 s
        // of CPU time at opt-level 0 and 130 s at 1.
        run(command("cargo")
            .args(self.arguments())
            .env("CARGO_TARGET_DIR", workspace::scratch("tools")?)
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"))
    }

    pub fn remedy(&self) -> String {
        format!("cargo {}", self.arguments().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::{TRUNK, wasm_bindgen};

    #[test]
    fn remedies_can_be_typed() {
        assert_eq!(
            TRUNK.remedy(),
            "cargo install trunk --version 0.21.14 --locked --force"
        );
        let version = crate::workspace::locked_version("wasm-bindgen").unwrap();
        assert_eq!(
            wasm_bindgen().unwrap().remedy(),
            format!("cargo install wasm-bindgen-cli --version {version} --force")
        );
    }
}
