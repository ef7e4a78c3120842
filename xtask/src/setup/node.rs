//! Node.js packages: the tests' browser driver, the type checker, wasm-opt. The page needs none.

use crate::process::{answer, command, find, run};
use crate::version::Version;
use crate::workspace::root;
use anyhow::{Context as _, Result, ensure};
use std::path::Path;
use std::time::SystemTime;

/// How to get Node.js itself: the one thing that we leave to its user, who often manages versions.
const NODE_HINT: &str = "install Node.js 20 or newer \
    (Debian, Ubuntu: sudo apt-get install -y nodejs npm; macOS: brew install node)";

/// What playwright-core asks for.
const OLDEST: Version = Version(20, 0, 0);

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

fn check_node() -> Result<()> {
    let version = find("node")
        .and_then(|node| answer(node, &["--version"]))
        .and_then(|text| Version::find(&text))
        .context("there is no Node.js")?;
    ensure!(version >= OLDEST, "Node.js {version} is too old");
    Ok(())
}

pub fn check() -> Result<()> {
    check_node()?;
    let lock = modified(&root().join("package-lock.json")).context("no package-lock.json")?;
    // npm writes this file last, so it also tells an interrupted install from a whole one.
    let installed = modified(&root().join("node_modules/.package-lock.json"))
        .context("node_modules is missing")?;
    ensure!(
        installed >= lock,
        "node_modules is older than package-lock.json"
    );
    Ok(())
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

pub fn install() -> Result<()> {
    check_node()?;
    run(command(NPM).args(["ci", "--no-audit", "--no-fund"]))
}

pub fn remedy() -> String {
    match check_node() {
        Ok(()) => "npm ci".into(),
        Err(_) => format!("{NODE_HINT}, then: npm ci"),
    }
}
