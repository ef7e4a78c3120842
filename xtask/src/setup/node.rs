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

/// Packages of a package.json.
pub struct Packages {
    /// The folder of the package.json, relative to the root.
    folder: &'static str,
    /// A package that is there when all are.
    last: &'static str,
    /// npm's further options.
    options: &'static [&'static str],
}

/// wasm-opt alone, which is enough for building the page.
pub const WASM_OPT: Packages = Packages {
    folder: ".",
    last: "binaryen",
    options: &["--omit=dev"],
};
/// Everything that the tests need, wasm-opt included.
pub const TOOLS: Packages = Packages {
    folder: ".",
    last: "playwright-core",
    options: &[],
};
pub const BENCH: Packages = Packages {
    folder: "bench",
    last: "onnxruntime-web",
    options: &[],
};

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

fn check_node() -> Result<()> {
    let version = find("node")
        .and_then(|node| answer(node, &["--version"]))
        .and_then(|text| Version::find(&text))
        .context("there is no Node.js")?;
    ensure!(version >= OLDEST, "Node.js {version} is too old");
    Ok(())
}

impl Packages {
    pub fn check(&self) -> Result<()> {
        check_node()?;
        let folder = root().join(self.folder);
        let lock = modified(&folder.join("package-lock.json")).context("no package-lock.json")?;
        // npm writes this list last, so an interrupted install lacks it.
        let list = folder.join("node_modules/.package-lock.json");
        let installed = modified(&list).context("node_modules is missing")?;
        ensure!(
            installed >= lock,
            "node_modules is older than package-lock.json"
        );
        let list = std::fs::read_to_string(list)?;
        ensure!(
            list.contains(&format!("\"node_modules/{}\"", self.last)),
            "node_modules lacks {}",
            self.last
        );
        Ok(())
    }

    pub fn install(&self) -> Result<()> {
        check_node()?;
        let mut npm = command(NPM);
        npm.args(["ci", "--no-audit", "--no-fund", "--prefix", self.folder])
            .args(self.options);
        run_captured(npm, |_| {}).map(drop)
    }

    pub fn remedy(&self) -> String {
        let install = match self.folder {
            "." => "npm ci".to_owned(),
            folder => format!("npm ci --prefix {folder}"),
        };
        match check_node() {
            Ok(()) => install,
            Err(_) => format!("{NODE_HINT}, then: {install}"),
        }
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}
