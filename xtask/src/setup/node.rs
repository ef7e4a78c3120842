//! Node.js packages: wasm-opt, the tests' browser driver and the type checker; what makes and checks the npm package; and the
//! frameworks that the bench measures beside the app. The page works without any.

use crate::process::{answer, command, find, run_captured};
use crate::version::Version;
use crate::workspace::root;
use anyhow::{Context as _, Result, bail, ensure};
use std::path::Path;
use std::time::SystemTime;

/// How to get Node.js, which xtask does not install: people who use it often manage its versions themselves.
const NODE_HINT: &str =
    "(Debian, Ubuntu: sudo apt-get install -y nodejs npm; macOS: brew install node)";

/// The versions of Node.js that packages run on: of each major version that is listed those from the listed one on, and all
/// that are newer than the last.
type Nodes = &'static [Version];

/// playwright-core asks for these.
const ANY: Nodes = &[Version(20, 0, 0)];
/// Vite asks for these.
const VITE: Nodes = &[Version(20, 19, 0), Version(22, 12, 0)];

/// Packages of a package.json.
pub struct Packages {
    /// The versions of Node.js that they run on.
    nodes: Nodes,
    /// The folder of the package.json, relative to the root.
    folder: &'static str,
    /// A package that is there when all are.
    last: &'static str,
    /// npm's further options.
    options: &'static [&'static str],
}

/// wasm-opt alone, which is enough for building the page.
pub const WASM_OPT: Packages = Packages {
    nodes: ANY,
    folder: ".",
    last: "binaryen",
    options: &["--omit=dev"],
};
/// Everything that the tests need, wasm-opt included.
pub const TOOLS: Packages = Packages {
    nodes: ANY,
    folder: ".",
    last: "playwright-core",
    options: &[],
};
pub const BENCH: Packages = Packages {
    nodes: ANY,
    folder: "bench",
    last: "onnxruntime-web",
    options: &[],
};
/// What puts the npm package together.
pub const PACKAGE: Packages = Packages {
    nodes: ANY,
    folder: "package",
    last: "esbuild",
    options: &["--omit=dev"],
};
/// That, and what checks it.
pub const PACKAGE_TESTS: Packages = Packages {
    nodes: VITE,
    folder: "package",
    last: "vite",
    options: &[],
};

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Whether packages that ask for `nodes` run on this version.
fn runs_on(version: Version, nodes: Nodes) -> bool {
    let newest = nodes.last().is_none_or(|newest| version >= *newest);
    newest || (nodes.iter()).any(|oldest| version.0 == oldest.0 && version >= *oldest)
}

/// `nodes` in words.
fn in_words(nodes: Nodes) -> String {
    let Some((newest, others)) = nodes.split_last() else {
        return "of any version".to_owned();
    };
    let short = |version: &Version| match version {
        Version(major, 0, 0) => major.to_string(),
        Version(major, minor, _) => format!("{major}.{minor}"),
    };
    let others = others.iter().map(|oldest| {
        let Version(major, ..) = oldest;
        format!("{} or a newer {major}, or ", short(oldest))
    });
    format!("{}{} or newer", others.collect::<String>(), short(newest))
}

/// Fails unless there is a Node.js that is one of `nodes`.
fn check_node(nodes: Nodes) -> Result<()> {
    let version = find("node")
        .and_then(|node| answer(node, &["--version"]))
        .and_then(|text| Version::find(&text))
        .context("there is no Node.js")?;
    if !runs_on(version, nodes) {
        bail!(
            "Node.js {version} is too old: these packages need {}",
            in_words(nodes)
        );
    }
    Ok(())
}

impl Packages {
    pub fn check(&self) -> Result<()> {
        check_node(self.nodes)?;
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
        check_node(self.nodes)?;
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
        match check_node(self.nodes) {
            Ok(()) => install,
            Err(_) => format!(
                "install Node.js {} {NODE_HINT}, then: {install}",
                in_words(self.nodes)
            ),
        }
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

#[cfg(test)]
mod tests {
    use super::{ANY, VITE, in_words, runs_on};
    use crate::version::Version;

    #[test]
    fn takes_the_versions_that_vite_runs_on() {
        let cases = [
            (Version(18, 20, 0), false, false),
            (Version(20, 0, 0), true, false),
            (Version(20, 18, 3), true, false),
            (Version(20, 19, 0), true, true),
            (Version(21, 7, 0), true, false),
            (Version(22, 11, 0), true, false),
            (Version(22, 12, 0), true, true),
            (Version(24, 0, 1), true, true),
        ];
        for (version, any, vite) in cases {
            assert_eq!(runs_on(version, ANY), any, "{version}");
            assert_eq!(runs_on(version, VITE), vite, "{version}");
        }
    }

    #[test]
    fn names_the_versions() {
        assert_eq!(in_words(ANY), "20 or newer");
        let vite = "20.19 or a newer 20, or 22.12 or newer";
        assert_eq!(in_words(VITE), vite);
    }

    /// A newer Vite may ask for others.
    #[test]
    fn vite_asks_for_them() {
        let lock = crate::workspace::root().join("package/package-lock.json");
        let lock = std::fs::read_to_string(lock).unwrap();
        let (_, vite) = lock.split_once(r#""node_modules/vite": {"#).unwrap();
        let (_, engines) = vite.split_once(r#""engines": {"#).unwrap();
        let (engines, _) = engines.split_once('}').unwrap();
        assert_eq!(engines.trim(), r#""node": "^20.19.0 || >=22.12.0""#);
    }
}
