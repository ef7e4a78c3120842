//! The programs and libraries that the project needs from the machine. Each is checked first and installed only when it
//! is missing.
//!
//! A need has a check, which says what is wrong, an installation, and a remedy: the command to name when the installation
//! did not work. All problems are collected and told together.

mod apt;
mod browser;
mod cargo_tools;
mod debian_std;
mod engines;
mod mpi;
mod node;
mod rustup;

pub use browser::{chrome, driver};
pub use engines::{FIREFOX, WEBKIT};

use crate::heading;
use anyhow::{Result, bail};
use std::time::Instant;

/// A program or library that has to be on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Rustfmt,
    Clippy,
    WasmTarget,
    WasmBindgen,
    Trunk,
    WasmPack,
    CargoFuzz,
    WasmOpt,
    Npm,
    BenchNpm,
    Package,
    PackageTests,
    Browser,
    Firefox,
    WebKit,
    Vulkan,
    Mpi,
}

/// The needs of building the page that come before everything else. The build itself compiles wasm-bindgen and installs
/// wasm-opt, beside the programs.
pub const FOR_PAGE: [Need; 1] = [Need::WasmTarget];

/// The needs of `serve` and `test`, for `cargo xtask setup`; the quick ones come first.
const ALL: [Need; 13] = [
    Need::Rustfmt,
    Need::Clippy,
    Need::WasmTarget,
    Need::Npm,
    Need::PackageTests,
    Need::Browser,
    Need::Firefox,
    Need::WebKit,
    Need::WasmBindgen,
    Need::Trunk,
    Need::WasmPack,
    Need::Vulkan,
    Need::Mpi,
];

/// A need that is not met, and the command that would mend it.
pub struct Missing {
    pub need: Need,
    pub why: String,
    pub remedy: String,
}

impl Need {
    /// True if `cargo install` compiles it, which takes minutes.
    pub fn is_compiled(self) -> bool {
        matches!(
            self,
            Self::WasmBindgen | Self::Trunk | Self::WasmPack | Self::CargoFuzz
        )
    }

    /// True if it is on the machine.
    pub fn is_met(self) -> bool {
        self.check().is_ok()
    }

    /// Fails with what is wrong. It takes a fraction of a second and changes nothing.
    fn check(self) -> Result<()> {
        match self {
            Self::Rustfmt => rustup::check_component("fmt"),
            Self::Clippy => rustup::check_component("clippy"),
            Self::WasmTarget => rustup::check_target(),
            Self::WasmBindgen => cargo_tools::wasm_bindgen()?.check(),
            Self::Trunk => cargo_tools::TRUNK.check(),
            Self::WasmPack => cargo_tools::WASM_PACK.check(),
            Self::CargoFuzz => cargo_tools::CARGO_FUZZ.check(),
            Self::WasmOpt => node::WASM_OPT.check(),
            Self::Npm => node::TOOLS.check(),
            Self::BenchNpm => node::BENCH.check(),
            Self::Package => node::PACKAGE.check(),
            Self::PackageTests => node::PACKAGE_TESTS.check(),
            Self::Browser => browser::check(),
            Self::Firefox => FIREFOX.check(),
            Self::WebKit => WEBKIT.check(),
            Self::Vulkan => browser::check_vulkan(),
            Self::Mpi => mpi::check(),
        }
    }

    fn install(self) -> Result<()> {
        match self {
            Self::Rustfmt => rustup::install_component("rustfmt"),
            Self::Clippy => rustup::install_component("clippy"),
            Self::WasmTarget => rustup::install_target(),
            Self::WasmBindgen => cargo_tools::wasm_bindgen()?.install(),
            Self::Trunk => cargo_tools::TRUNK.install(),
            Self::WasmPack => cargo_tools::WASM_PACK.install(),
            Self::CargoFuzz => cargo_tools::CARGO_FUZZ.install(),
            Self::WasmOpt => node::WASM_OPT.install(),
            Self::Npm => node::TOOLS.install(),
            Self::BenchNpm => node::BENCH.install(),
            Self::Package => node::PACKAGE.install(),
            Self::PackageTests => node::PACKAGE_TESTS.install(),
            Self::Browser => browser::install(),
            Self::Firefox => FIREFOX.install(),
            Self::WebKit => WEBKIT.install(),
            Self::Vulkan => browser::install_vulkan(),
            Self::Mpi => mpi::install(),
        }
    }

    fn remedy(self) -> String {
        match self {
            Self::Rustfmt => "rustup component add rustfmt".into(),
            Self::Clippy => "rustup component add clippy".into(),
            Self::WasmTarget => rustup::TARGET_REMEDY.into(),
            Self::WasmBindgen => match cargo_tools::wasm_bindgen() {
                Ok(tool) => tool.remedy(),
                Err(_) => "cargo generate-lockfile".into(),
            },
            Self::Trunk => cargo_tools::TRUNK.remedy(),
            Self::WasmPack => cargo_tools::WASM_PACK.remedy(),
            Self::CargoFuzz => cargo_tools::CARGO_FUZZ.remedy(),
            Self::WasmOpt => node::WASM_OPT.remedy(),
            Self::Npm => node::TOOLS.remedy(),
            Self::BenchNpm => node::BENCH.remedy(),
            Self::Package => node::PACKAGE.remedy(),
            Self::PackageTests => node::PACKAGE_TESTS.remedy(),
            Self::Browser => browser::remedy(),
            Self::Firefox => FIREFOX.remedy(),
            Self::WebKit => WEBKIT.remedy(),
            Self::Vulkan => apt::command_line(browser::VULKAN_PACKAGES),
            Self::Mpi => mpi::remedy(),
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
            Self::CargoFuzz => "cargo-fuzz",
            Self::WasmOpt => "wasm-opt, from npm",
            Self::Npm => "npm packages",
            Self::BenchNpm => "npm packages of the bench",
            Self::Package => "npm packages that make the package",
            Self::PackageTests => "npm packages that make and check the package",
            Self::Browser => "Chromium and chromedriver",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKit's driver and a display for it",
            Self::Vulkan => "a Vulkan driver (software will do)",
            Self::Mpi => "MPI, and libclang for its crate",
        }
    }

    /// The need with its remedy, if it is not met after an attempt to install it where that is allowed. `announce` gets a
    /// line before the attempt.
    fn missing(self, install: bool, announce: impl FnOnce(&str)) -> Option<Missing> {
        let mut why = format!("{:#}", self.check().err()?);
        if install {
            announce(&format!("installing {}: {why}", self.name()));
            let installed = self.install();
            match (installed, self.check()) {
                // The check decides: an installer may fail after it has done enough.
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

/// Installs needs that are not met. Returns those of `required` that are not met in the end, and warns of those of
/// `helpful`.
pub fn ensure(required: &[Need], helpful: &[Need], install: bool) -> Vec<Missing> {
    let start = Instant::now();
    let missing: Vec<Missing> = required
        .iter()
        .filter_map(|need| need.missing(install, heading))
        .collect();
    for need in helpful {
        if let Some(lacking) = need.missing(install, heading) {
            eprintln!("{}", going_on_without(&lacking));
        }
    }
    if missing.is_empty() {
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("tools: all there ({seconds:.1} s)");
    }
    missing
}

/// Installs a need without a word, beside other work. Returns a warning if it is not met in the end.
pub fn helpful(need: Need, install: bool) -> Option<String> {
    let lacking = need.missing(install, |_| {})?;
    Some(going_on_without(&lacking))
}

fn going_on_without(missing: &Missing) -> String {
    format!("warning: going on without {}", describe(missing))
}

/// Fails with one error that names every unmet need with its remedy.
pub fn refuse_if_any(missing: &[Missing]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    bail!("{}", report(missing));
}

/// Every unmet need with its remedy, one a paragraph.
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
