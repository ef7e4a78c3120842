//! cargo's own helpers, rustfmt and clippy: part of most toolchains, not of minimal ones.

use crate::diffusion::{answer, command, run};
use anyhow::{Result, ensure};

pub fn check(subcommand: &str) -> Result<()> {
    ensure!(
        answer("cargo", &[subcommand, "--version"]).is_some(),
        "`cargo {subcommand}` does not run"
    );
    Ok(())
}

pub fn install(component: &str) -> Result<()> {
    run(command("rustup").args(["component", "add", component]))
}
