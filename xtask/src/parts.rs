//! The parts of the tests: what each is about, needs and runs.

use crate::process::{self, command, run_watched};
use crate::server::Server;
use crate::setup::{self, Need};
use crate::tally::Tally;
use crate::{native, package, page, workspace};
use anyhow::{Context as _, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Parts of one lane run one after the other. Those of two lanes run at the same time, and share no build directory of cargo's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// This machine's code.
    Rust,
    /// What runs in a browser: the page, which first has to be built, and the browser tests that wasm-pack compiles. Its processes go
    /// first where the processors do not suffice for both, because a browser that gets too little time is late for its tests.
    Page,
}

/// A part of the tests: passes or fails as a whole, and may count tests of its own.
pub struct Part {
    pub name: &'static str,
    pub lane: Lane,
    pub about: &'static str,
    pub needs: &'static [Need],
    /// Needs that it can do without and that make its result better.
    pub helped_by: &'static [Need],
    /// The part whose result it uses.
    pub after: Option<&'static str>,
    pub run: fn() -> Result<Tally>,
}

pub const PARTS: [Part; 11] = [
    Part {
        name: "fmt",
        lane: Lane::Rust,
        about: "Rust is formatted (cargo fmt)",
        needs: &[Need::Rustfmt],
        helped_by: &[],
        after: None,
        run: || whole(command("cargo").args(["fmt", "--all", "--check"])),
    },
    Part {
        name: "js",
        lane: Lane::Rust,
        about: "the page's JavaScript type-checks (tsc)",
        needs: &[Need::Npm],
        helped_by: &[],
        after: None,
        run: || {
            // A service worker has other globals than a page. Both configurations skip the check of declaration files, so the
            // protocol's is checked by itself: a type may be used there and not declared.
            for what in [
                ["-p", "www/jsconfig.json"],
                ["-p", "service-worker/jsconfig.json"],
                ["--strict", "www/protocol.d.ts"],
            ] {
                whole(
                    command("node")
                        .args(["node_modules/typescript/bin/tsc", "--noEmit"])
                        .args(what),
                )?;
            }
            Ok(ONE)
        },
    },
    Part {
        name: "clippy",
        lane: Lane::Rust,
        about: "Rust compiles, tests and benches included, without warnings of rustc or clippy",
        needs: &[Need::Clippy],
        helped_by: &[Need::Mpi],
        after: None,
        run: || native::lint().map(|()| ONE),
    },
    Part {
        name: "native",
        lane: Lane::Rust,
        about: "unit, property and golden tests on this machine (cargo test)",
        needs: &[Need::Clippy, Need::Vulkan],
        helped_by: &[Need::Mpi],
        after: None,
        run: native::test,
    },
    Part {
        name: "mpi",
        lane: Lane::Rust,
        about: "several processes that train and draw together (mpirun)",
        needs: &[Need::Clippy, Need::Mpi],
        helped_by: &[],
        after: None,
        run: native::test_ranks,
    },
    Part {
        name: "page",
        lane: Lane::Page,
        about: "the release page builds",
        needs: &setup::FOR_PAGE,
        helped_by: &[Need::Npm],
        after: None,
        run: || page::build(RELEASE, None).map(|()| ONE),
    },
    Part {
        name: "trunk",
        lane: Lane::Rust,
        about: "`trunk build --release` gives the same files",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Trunk],
        helped_by: &[Need::Npm],
        after: Some("page"),
        run: trunk,
    },
    Part {
        name: "e2e",
        lane: Lane::Page,
        about: "the served release page, driven like a user would (tests/e2e/run.mjs)",
        needs: &[Need::Npm, Need::Browser],
        helped_by: &[],
        after: Some("page"),
        run: || e2e(&[]),
    },
    Part {
        name: "engines",
        lane: Lane::Page,
        about: "page and npm package in Firefox and WebKit, with Chromium's digits and losses",
        needs: &[
            Need::Npm,
            // `Need::Package` would do. Together with the part `package`, npm would then install the same folder twice.
            Need::PackageTests,
            Need::Browser,
            Need::Firefox,
            Need::WebKit,
        ],
        helped_by: &[],
        after: Some("page"),
        run: engines,
    },
    Part {
        name: "package",
        lane: Lane::Page,
        about: "the npm package: as npm publishes it, its types, and each way to use it in Chromium",
        needs: &[Need::Npm, Need::PackageTests, Need::Browser],
        helped_by: &[],
        after: Some("page"),
        run: || {
            make_package()?;
            e2e(&["package"])
        },
    },
    Part {
        name: "wasm",
        lane: Lane::Page,
        about: "the same code in headless Chromium (wasm-pack test)",
        needs: &[
            Need::WasmTarget,
            Need::WasmBindgen,
            Need::WasmPack,
            Need::Browser,
        ],
        helped_by: &[],
        after: None,
        run: wasm,
    },
];

/// A part without tests of its own counts as one.
const ONE: Tally = Tally {
    passed: 1,
    failed: 0,
    ignored: 0,
};

/// The needs are installed before the parts run.
const RELEASE: page::Options = page::Options {
    release: true,
    install: false,
};

fn whole(command: &mut Command) -> Result<Tally> {
    process::run(command).map(|()| ONE)
}

/// Runs a command that counts its tests in its output.
pub fn counted(command: &mut Command) -> Result<Tally> {
    let mut tally = Tally::default();
    let success = run_watched(command, |line| tally.read(line))?;
    match (success, tally) {
        (true, Tally { passed: 0, .. }) => bail!("no test ran"),
        // It failed without counting a failure: a test did not compile, or ended the whole program.
        (false, Tally { failed: 0, .. }) => tally.failed = 1,
        _ => {}
    }
    Ok(tally)
}

fn wasm() -> Result<Tally> {
    let mut wasm_pack = command("wasm-pack");
    wasm_pack.args(["test", "--headless", "--chrome"]);
    if let Some(driver) = setup::driver() {
        wasm_pack.arg("--chromedriver").arg(driver);
    }
    // Compiling all of a test program with burn takes minutes, so only those with browser tests are named.
    wasm_pack.args(["--", "--profile", "web-tests"]);
    let targets = browser_tests(workspace::root())?;
    ensure!(!targets.is_empty(), "nothing uses wasm_bindgen_test");
    wasm_pack.args(targets);
    // A software GPU compiles each shader at its first use, which takes seconds.
    wasm_pack.env("WASM_BINDGEN_TEST_TIMEOUT", "3000");
    counted(&mut wasm_pack)
}

/// cargo's arguments for the test targets that hold browser tests.
pub fn browser_tests(root: &Path) -> Result<Vec<String>> {
    let mut arguments = Vec::new();
    if uses_browser_tests(&root.join("crate")) {
        arguments.push("--lib".to_owned());
    }
    let mut names = Vec::new();
    let entries = fs::read_dir(root.join("tests")).context("there is no tests directory")?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_target =
            path.extension().is_some_and(|e| e == "rs") || path.join("main.rs").is_file();
        if is_target && uses_browser_tests(&path) {
            names.extend(
                path.file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned()),
            );
        }
    }
    names.sort();
    for name in names {
        arguments.extend(["--test".to_owned(), name]);
    }
    Ok(arguments)
}

/// True if a Rust file, or any below a directory, has a test marked for the browser.
fn uses_browser_tests(path: &Path) -> bool {
    if let Ok(entries) = fs::read_dir(path) {
        return entries
            .flatten()
            .any(|entry| uses_browser_tests(&entry.path()));
    }
    path.extension().is_some_and(|extension| extension == "rs")
        && fs::read_to_string(path).is_ok_and(|text| text.contains("wasm_bindgen_test"))
}

/// The page that the part `page` has built.
fn built_page() -> Result<PathBuf> {
    let dist = workspace::dist();
    ensure!(
        dist.join("index.html").is_file(),
        "there is no built page: run the part `page` first"
    );
    Ok(dist)
}

/// Builds the page with Trunk as well. cargo finds all crates compiled, because Trunk calls it with the same arguments.
fn trunk() -> Result<Tally> {
    let ours = built_page()?;
    let theirs = workspace::scratch("trunk")?;
    let mut trunk = command("trunk");
    trunk
        .args(["build", "--release", "--dist"])
        .arg(&theirs)
        .env("TRUNK_SKIP_VERSION_CHECK", "true");
    // By custom any value of NO_COLOR counts; Trunk refuses all but these two.
    if !matches!(
        std::env::var("NO_COLOR").as_deref(),
        Ok("true" | "false") | Err(_)
    ) {
        trunk.env("NO_COLOR", "true");
    }
    process::run(&mut trunk)?;
    let differing = page::differing_files(&ours, &theirs)?;
    ensure!(
        differing.is_empty(),
        "Trunk's files differ from those of `cargo xtask`: {}",
        differing.join(", ")
    );
    Ok(ONE)
}

/// The end-to-end tests' program, which is told where Chromium is.
fn end_to_end() -> Command {
    let mut node = command("node");
    // Of hundreds of tests of browsers under load one may meet a race; it is named in the summary all the same.
    node.args(["tests/e2e/run.mjs", "--again"]);
    // The other lane compiles meanwhile.
    process::unless_set(&mut node, "E2E_PATIENCE", "3");
    if let Some(chrome) = setup::chrome() {
        node.env("CHROME", chrome);
    }
    node
}

/// The end-to-end tests of these topics, by default those of the page, with the page that the part `page` has built.
fn e2e(topics: &[&str]) -> Result<Tally> {
    let dist = built_page()?;
    let server = Server::start(&dist, 0)?;
    counted(end_to_end().args(topics).env("E2E_BASE", server.address()))
}

/// Makes the npm package in `pkg/` as `cargo xtask package --built` does, with the programs of the page that the part `page` has
/// built. The tests take it from there.
fn make_package() -> Result<()> {
    built_page()?;
    package::run(true, RELEASE.install)
}

/// The tests serve the page themselves, with and without the headers that isolate it.
fn engines() -> Result<Tally> {
    make_package()?;
    let programs = [&setup::FIREFOX, &setup::WEBKIT].map(|engine| engine.variables());
    counted(
        end_to_end()
            .arg("engines")
            .envs(programs.into_iter().flatten()),
    )
}
