//! `cargo xtask test`: every test there is, cheap ones first, and a summary at the end.

use crate::process::{self, command, run_watched};
use crate::server::Server;
use crate::setup::{self, Need};
use crate::tally::Tally;
use crate::{heading, native, page, workspace};
use anyhow::{Context as _, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// A part of the tests: passes or fails as a whole, and may count tests of its own.
struct Part {
    name: &'static str,
    about: &'static str,
    needs: &'static [Need],
    /// Needs that it can do without and that make its result better.
    helped_by: &'static [Need],
    /// The part whose result it uses.
    after: Option<&'static str>,
    run: fn() -> Result<Tally>,
}

const PARTS: [Part; 11] = [
    Part {
        name: "fmt",
        about: "Rust is formatted (cargo fmt)",
        needs: &[Need::Rustfmt],
        helped_by: &[],
        after: None,
        run: || whole(command("cargo").args(["fmt", "--all", "--check"])),
    },
    Part {
        name: "js",
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
        about: "Rust without warnings (cargo clippy)",
        needs: &[Need::Clippy],
        helped_by: &[],
        after: None,
        run: || {
            whole(
                command("cargo")
                    .arg("clippy")
                    // What is compiled against MPI is looked at in the part `mpi`.
                    .args(native::SELECTION)
                    .arg("--all-targets")
                    // Without it, `bench/native` and the page's bench would not even be compiled.
                    .args(["--features", "ddpm/bench"])
                    .args(["--", "-D", "warnings"]),
            )
        },
    },
    Part {
        name: "native",
        about: "unit, property and golden tests on this machine (cargo test)",
        needs: &[Need::Vulkan],
        helped_by: &[],
        after: None,
        run: native::test,
    },
    Part {
        name: "mpi",
        about: "several processes that train and draw together (mpirun)",
        needs: &[Need::Clippy, Need::Mpi],
        helped_by: &[],
        after: None,
        run: native::test_ranks,
    },
    Part {
        name: "page",
        about: "the release page builds",
        needs: &setup::FOR_PAGE,
        helped_by: &[Need::Npm],
        after: None,
        run: || page::build(RELEASE, None).map(|()| ONE),
    },
    Part {
        name: "trunk",
        about: "`trunk build --release` gives the same files",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Trunk],
        helped_by: &[Need::Npm],
        after: Some("page"),
        run: trunk,
    },
    Part {
        name: "wasm",
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
    Part {
        name: "e2e",
        about: "the served release page, driven like a user would (tests/e2e/run.mjs)",
        needs: &[Need::Npm, Need::Browser],
        helped_by: &[],
        after: Some("page"),
        run: || e2e(&[]),
    },
    Part {
        name: "engines",
        about: "the same page in Firefox and WebKit, with Chromium's digits and losses",
        needs: &[Need::Npm, Need::Browser, Need::Firefox, Need::WebKit],
        helped_by: &[],
        after: Some("page"),
        run: engines,
    },
    Part {
        name: "package",
        about: "the npm package: as npm publishes it, its types, and each way to use it in Chromium",
        needs: &[Need::Npm, Need::PackageTests, Need::Browser],
        helped_by: &[],
        after: Some("page"),
        run: || e2e(&["package"]),
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
    wasm_pack.env("WASM_BINDGEN_TEST_TIMEOUT", "1200");
    counted(&mut wasm_pack)
}

/// cargo's arguments for the test targets that hold browser tests.
fn browser_tests(root: &Path) -> Result<Vec<String>> {
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
    node.arg("tests/e2e/run.mjs");
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

/// The tests serve the page themselves, with and without the headers that isolate it.
fn engines() -> Result<Tally> {
    built_page()?;
    let programs = [&setup::FIREFOX, &setup::WEBKIT].map(|engine| engine.variables());
    counted(
        end_to_end()
            .arg("engines")
            .envs(programs.into_iter().flatten()),
    )
}

/// `cargo xtask test --list`.
pub fn list() -> Result<()> {
    for part in &PARTS {
        println!("{:8} {}", part.name, part.about);
    }
    Ok(())
}

fn chosen(only: &[String]) -> Result<Vec<&'static Part>> {
    for name in only {
        ensure!(
            PARTS.iter().any(|part| part.name == name),
            "there is no part {name}; see `cargo xtask test --list`"
        );
    }
    let wanted = |part: &&Part| only.is_empty() || only.iter().any(|name| name == part.name);
    Ok(PARTS.iter().filter(wanted).collect())
}

fn union(lists: impl Iterator<Item = &'static [Need]>) -> Vec<Need> {
    let mut union = Vec::new();
    for need in lists.flatten() {
        if !union.contains(need) {
            union.push(*need);
        }
    }
    union
}

/// Runs the parts, all or those named, and fails if anything in them did.
pub fn run(only: &[String], install: bool) -> Result<()> {
    let start = Instant::now();
    let parts = chosen(only)?;
    let required = union(parts.iter().map(|part| part.needs));
    let mut helpful = union(parts.iter().map(|part| part.helped_by));
    helpful.retain(|need| !required.contains(need));
    let missing = setup::ensure(&required, &helpful, install);
    if !missing.is_empty() {
        eprintln!("\n{}", setup::report(&missing));
    }

    let mut total = Tally::default();
    let mut failed: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for part in parts {
        heading(&format!("{}: {}", part.name, part.about));
        let began = Instant::now();
        let lacking = missing
            .iter()
            .find(|missing| part.needs.contains(&missing.need));
        let result = match (lacking, part.after) {
            (Some(lacking), _) => Err(anyhow::anyhow!("not run: {}", lacking.why)),
            (_, Some(after)) if failed.contains(&after) => {
                Err(anyhow::anyhow!("not run: it needs `{after}`, which failed"))
            }
            _ => (part.run)(),
        };
        let seconds = began.elapsed().as_secs_f64();
        let (tally, note) = match result {
            Ok(tally) => (tally, String::new()),
            Err(error) => (
                Tally {
                    failed: 1,
                    ..Tally::default()
                },
                format!("  {error:#}"),
            ),
        };
        if tally.failed > 0 {
            failed.push(part.name);
        }
        total.add(tally);
        lines.push(summary_line(part.name, seconds, tally, &note));
        println!("{}", lines[lines.len() - 1]);
    }

    println!("\npart        seconds  result");
    for line in &lines {
        println!("{line}");
    }
    println!("{:8} {:10.1}", "all", start.elapsed().as_secs_f64());
    if !missing.is_empty() {
        println!("{}", setup::report(&missing));
    }
    // The last line is for scripts to read, so the process ends here where a part has failed.
    println!("{} passed, {} failed", total.passed, total.failed);
    if !failed.is_empty() {
        std::process::exit(1);
    }
    Ok(())
}

fn summary_line(name: &str, seconds: f64, tally: Tally, note: &str) -> String {
    let word = if tally.failed == 0 { "ok  " } else { "FAIL" };
    let ignored = match tally.ignored {
        0 => String::new(),
        ignored => format!(", {ignored} ignored"),
    };
    format!(
        "{name:8} {seconds:10.1}  {word} {} passed, {} failed{ignored}{note}",
        tally.passed, tally.failed
    )
}

#[cfg(test)]
#[path = "suite_tests.rs"]
mod tests;
