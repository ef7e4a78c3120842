//! Node.js packages: wasm-opt, the tests' browser driver and the type checker; and the frameworks that the bench measures
//! beside the app. The page works without any.

use crate::process::{answer, command, find, run_captured};
use crate::version::Version;
use crate::workspace::root;
use anyhow::{Context as _, Result, ensure};
use std::path::Path;
use std::time::SystemTime;

/// How to get Node.js, which xtask does not install: people who use it often manage its versions themselves.
const NODE_HINT: &str = "install Node.js 20 or newer \
    (Debian, Ubuntu: sudo apt-get install -y nodejs npm; macOS: brew install node)";

/// playwright-core asks for this version.
const OLDEST: Version = Version(20, 0, 0);

/// The folders with a package.json, relative to the root.
pub const TOOLS: &str = ".";
pub const BENCH: &str = "bench";

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

fn check_node() -> Result<()> {
    let version = find("node")
        .and_then(|node| answer(node, &["--version"]))
        .and_then(|text| Version::find(&text))
        .context("there is no Node.js")?;
    ensure!(version >= OLDEST, "Node.js {version} is too old");
    Ok(())
}

pub fn check(folder: &str) -> Result<()> {
    check_node()?;
    let folder = root().join(folder);
    let lock = modified(&folder.join("package-lock.json")).context("no package-lock.json")?;
    // npm writes this file last, so an interrupted install lacks it.
    let installed = modified(&folder.join("node_modules/.package-lock.json"))
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

pub fn install(folder: &str) -> Result<()> {
    check_node()?;
    let mut npm = command(NPM);
    npm.args(["ci", "--no-audit", "--no-fund", "--prefix"])
        .arg(folder);
    run_captured(npm, |_| {}).map(drop)
}

pub fn remedy(folder: &str) -> String {
    let install = match folder {
        TOOLS => "npm ci".to_owned(),
        _ => format!("npm ci --prefix {folder}"),
    };
    match check_node() {
        Ok(()) => install,
        Err(_) => format!("{NODE_HINT}, then: {install}"),
    }
}
