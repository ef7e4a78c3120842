//! Building the page, with Trunk.

use crate::diffusion::{command, run};
use anyhow::{Context as _, Result};

/// Builds the page into `dist/`.
pub fn build(release: bool) -> Result<()> {
    let mut trunk = command("trunk");
    trunk.arg("build").env("TRUNK_SKIP_VERSION_CHECK", "true");
    if release {
        trunk.arg("--release");
    }
    // By custom any value of NO_COLOR counts; Trunk stops at all but these two.
    match std::env::var("NO_COLOR").as_deref() {
        Ok("true" | "false") | Err(_) => {}
        Ok(_) => {
            trunk.env("NO_COLOR", "true");
        }
    }
    run(&mut trunk).context("the page was not built")
}
