//! What the project needs from the machine, checked first and installed only when missing.
//!
//! Every need knows three things: what is wrong (`check`), how to put it right (`install`), and the
//! command to name when that did not work (`remedy`). Problems are collected and told together.

mod apt;
mod browser;
mod cargo_tools;
mod components;
mod debian_std;
mod node;
mod wasm_target;

pub use browser::{chrome, driver};

use crate::heading;
use anyhow::{Result, bail};
use std::time::Instant;

/// One thing that has to be on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Rustfmt,
    Clippy,
    WasmTarget,
    WasmBindgen,
    Trunk,
    WasmPack,
    Npm,
    BenchNpm,
    Browser,
    Vulkan,
}

/// What it takes to build the page.
pub const FOR_PAGE: [Need; 3] = [Need::WasmTarget, Need::WasmBindgen, Need::Trunk];

/// Everything, for `cargo xtask setup`.
const ALL: [Need; 9] = [
    Need::Rustfmt,
    Need::Clippy,
    Need::WasmTarget,
    Need::Npm,
    Need::Browser,
    Need::WasmBindgen,
    Need::Trunk,
    Need::WasmPack,
    Need::Vulkan,
];

/// A need that is not met, and the command that would mend it.
pub struct Missing {
    pub need: Need,
    pub why: String,
    pub remedy: String,
}

impl Need {
    /// `Err` says what is wrong. Quick, and changes nothing.
    fn check(self) -> Result<()> {
        match self {
            Self::Rustfmt => components::check("fmt"),
            Self::Clippy => components::check("clippy"),
            Self::WasmTarget => wasm_target::check(),
            Self::WasmBindgen => cargo_tools::wasm_bindgen()?.check(),
            Self::Trunk => cargo_tools::TRUNK.check(),
            Self::WasmPack => cargo_tools::WASM_PACK.check(),
            Self::Npm => node::check(node::TOOLS),
            Self::BenchNpm => node::check(node::BENCH),
            Self::Browser => browser::check(),
            Self::Vulkan => browser::check_vulkan(),
        }
    }

    fn install(self) -> Result<()> {
        match self {
            Self::Rustfmt => components::install("rustfmt"),
            Self::Clippy => components::install("clippy"),
            Self::WasmTarget => wasm_target::install(),
            Self::WasmBindgen => cargo_tools::wasm_bindgen()?.install(),
            Self::Trunk => cargo_tools::TRUNK.install(),
            Self::WasmPack => cargo_tools::WASM_PACK.install(),
            Self::Npm => node::install(node::TOOLS),
            Self::BenchNpm => node::install(node::BENCH),
            Self::Browser => browser::install(),
            Self::Vulkan => browser::install_vulkan(),
        }
    }

    fn remedy(self) -> String {
        match self {
            Self::Rustfmt => "rustup component add rustfmt".into(),
            Self::Clippy => "rustup component add clippy".into(),
            Self::WasmTarget => wasm_target::REMEDY.into(),
            Self::WasmBindgen => match cargo_tools::wasm_bindgen() {
                Ok(tool) => tool.remedy(),
                Err(_) => "cargo generate-lockfile".into(),
            },
            Self::Trunk => cargo_tools::TRUNK.remedy(),
            Self::WasmPack => cargo_tools::WASM_PACK.remedy(),
            Self::Npm => node::remedy(node::TOOLS),
            Self::BenchNpm => node::remedy(node::BENCH),
            Self::Browser => browser::remedy(),
            Self::Vulkan => apt::command_line(browser::VULKAN_PACKAGES),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rustfmt => "rustfmt",
            Self::Clippy => "clippy",
            Self::WasmTarget => "Rust's wasm32-unknown-unknown target",
            Self::WasmBindgen => "wasm-bindgen CLI",
            Self::Trunk => "trunk",
            Self::WasmPack => "wasm-pack",
            Self::Npm => "npm packages",
            Self::BenchNpm => "npm packages of the bench",
            Self::Browser => "Chromium and chromedriver",
            Self::Vulkan => "a Vulkan driver (software will do)",
        }
    }

    /// What is missing, after an attempt to install it if that is allowed.
    fn missing(self, install: bool) -> Option<Missing> {
        let mut why = format!("{:#}", self.check().err()?);
        if install {
            heading(&format!("installing {}: {why}", self.name()));
            let installed = self.install();
            match (installed, self.check()) {
                // The check has the last word: an installer may fail after doing enough.
                (_, Ok(())) => return None,
                (Err(error), Err(_)) => why = format!("{error:#}"),
                (Ok(()), Err(error)) => why = format!("still, after installing: {error:#}"),
            }
        }
        Some(Missing {
            need: self,
            why,
            remedy: self.remedy(),
        })
    }
}

/// Meets these needs as far as it can. Returns those that are required and not met; for those that
/// merely help it warns.
pub fn ensure(required: &[Need], helpful: &[Need], install: bool) -> Vec<Missing> {
    let start = Instant::now();
    let missing: Vec<Missing> = required
        .iter()
        .filter_map(|need| need.missing(install))
        .collect();
    for lacking in helpful.iter().filter_map(|need| need.missing(install)) {
        eprintln!("warning: going on without {}", describe(&lacking));
    }
    if missing.is_empty() {
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("tools: all there ({seconds:.1} s)");
    }
    missing
}

/// One error that names every missing thing with its remedy.
pub fn refuse_if_any(missing: &[Missing]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    bail!("{}", report(missing));
}

/// Every missing thing with its remedy, one a paragraph.
pub fn report(missing: &[Missing]) -> String {
    let mut text = format!("{} missing:", missing.len());
    for lacking in missing {
        text.push_str("\n  ");
        text.push_str(&describe(lacking));
    }
    text
}

fn describe(missing: &Missing) -> String {
    let Missing { need, why, remedy } = missing;
    format!("{}: {why}\n    mend it with: {remedy}", need.name())
}

/// `cargo xtask setup`.
pub fn run(install: bool) -> Result<()> {
    refuse_if_any(&ensure(&ALL, &[], install))
}
