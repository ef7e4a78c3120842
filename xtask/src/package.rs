//! `cargo xtask package`: the npm package, made of the page's programs and worker. The scripts of `package/` put it together,
//! because the tools that they use (esbuild, TypeScript) are Node.js's.

use crate::page::{self, Options};
use crate::process::{self, command};
use crate::setup::{self, Need};
use crate::workspace;
use anyhow::Result;

/// Builds the page's programs as `cargo xtask serve` does, and writes the package into `pkg/`. With `built`, the programs
/// are those that are in `dist/`.
///
/// # Errors
///
/// When something that it needs cannot be installed, a program does not compile or is missing, or the package cannot be
/// written.
pub fn run(built: bool, install: bool) -> Result<()> {
    let mut needs = vec![Need::Package];
    if !built {
        needs.extend(setup::FOR_PAGE);
    }
    setup::refuse_if_any(&setup::ensure(&needs, &[], install))?;
    if !built {
        let release = Options {
            release: true,
            install,
        };
        page::build(release, None)?;
    }
    process::run(
        command("node")
            .arg("package/build.mjs")
            .arg(workspace::dist())
            .arg(workspace::root().join("pkg")),
    )
}
