//! The build tools that cargo itself installs.

use crate::diffusion::{answer, command, find, run};
use crate::version::Version;
use crate::workspace;
use anyhow::{Context as _, Result, bail};

/// Which versions of a tool will do.
enum Accept {
    /// The tool reads files of one version only.
    Exactly,
    /// Newer ones keep the command line; a user's own is left alone.
    AtLeast,
}

/// A program that `cargo install` provides.
pub struct Tool {
    package: &'static str,
    programs: &'static [&'static str],
    version: Version,
    accept: Accept,
    /// Whether to install with the versions that the tool was released with.
    locked: bool,
}

/// The newest that rustc 1.95 compiles: 0.22 asks for 1.96.
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

/// The CLI rewrites what the `wasm-bindgen` crate wrote into the wasm, so the two must agree.
pub fn wasm_bindgen() -> Result<Tool> {
    let locked = workspace::locked_version("wasm-bindgen")?;
    Ok(Tool {
        package: "wasm-bindgen-cli",
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        version: Version::find(&locked).context("Cargo.lock has no version for wasm-bindgen")?,
        accept: Accept::Exactly,
        // Its lock file names a crate that registries have been seen without.
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
        // We only come here when what is installed, by whomever, will not do.
        words.push("--force".to_owned());
        words
    }

    pub fn install(&self) -> Result<()> {
        // One target directory, so that what the tools have in common compiles once; and a lighter
        // release profile than theirs: trunk, wasm-pack and wasm-bindgen took 261, 82 and 95 s on
        // two cores in this order, and speed of the tools themselves is no concern here.
        run(command("cargo")
            .args(self.arguments())
            .env("CARGO_TARGET_DIR", workspace::scratch("tools")?)
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "2")
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
