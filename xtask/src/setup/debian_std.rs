//! The second way to the wasm32 target: Debian's `rust-src` of the same version as this rustc, built for wasm32 and put
//! where rustup would have put it.
//!
//! It is for machines that reach a Debian mirror but not Rust's own server. The mirror is the one that the machine's apt
//! uses. Another suite of it is read through a private apt configuration, and the package is unpacked, not installed, so
//! the system's packages stay as they are.

use super::apt::{self, Source};
use super::rustup::{TARGET, library_dir};
use crate::process::{answer, command, run};
use crate::version::Version;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian packages a new Rust in its development suites and hands it down to backports.
const SUITES: [&str; 6] = [
    "trixie-backports",
    "sid",
    "forky",
    "forky-backports",
    "trixie",
    "bookworm-backports",
];

pub fn install() -> Result<()> {
    let version = answer("rustc", &["--version"])
        .and_then(|text| Version::find(&text))
        .context("rustc does not tell its version")?;
    let mirror = apt::main_source().context("apt on this machine has no Debian mirror")?;
    // Outside the workspace: its .cargo/config.toml carries flags for our code, not for std.
    let work = std::env::temp_dir().join(format!("wasm32-std-{version}"));
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let result = download(&work, &mirror, version)
        .and_then(|package| unpack(&work, &package))
        .and_then(|library| build(&work, &library));
    let _ = fs::remove_dir_all(&work);
    result
}

/// apt on a private configuration: its own list of sources, its own index, its own cache.
fn private_apt(work: &Path, program: &str) -> Result<Command> {
    let mut apt = command(program);
    apt.current_dir(work);
    for dir in ["lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(work.join(dir))?;
    }
    for (option, value) in [
        ("Dir::Etc::sourcelist", work.join("one.sources")),
        ("Dir::Etc::sourceparts", "/dev/null".into()),
        ("Dir::State::Lists", work.join("lists")),
        ("Dir::Cache", work.join("cache")),
    ] {
        apt.arg("-o").arg(format!("{option}={}", value.display()));
    }
    // As root, apt would download as a user of its own, who may not write here.
    apt.args(["-o", "APT::Sandbox::User=root"]);
    Ok(apt)
}

fn download(work: &Path, mirror: &Source, version: Version) -> Result<PathBuf> {
    for suite in SUITES {
        fs::write(work.join("one.sources"), mirror.for_suite(suite))?;
        if run(private_apt(work, "apt-get")?.arg("update")).is_err() {
            continue;
        }
        let listed = private_apt(work, "apt-cache")?
            .args(["madison", "rust-src"])
            .output()?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let Some(debian_version) = find_version(&listed, version) else {
            eprintln!("{suite} has no rust-src {version}");
            continue;
        };
        run(private_apt(work, "apt-get")?
            .arg("download")
            .arg(format!("rust-src={debian_version}")))?;
        let package = fs::read_dir(work)?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "deb"));
        return package.context("apt downloaded no package");
    }
    bail!("no Debian suite on this mirror has rust-src {version}")
}

/// The full Debian version of this upstream version in `apt-cache madison`'s table.
fn find_version(madison: &str, version: Version) -> Option<&str> {
    let upstream = version.to_string();
    madison
        .lines()
        .filter_map(|line| line.split('|').nth(1))
        .map(str::trim)
        .find(|debian| {
            debian
                .strip_prefix(upstream.as_str())
                .is_some_and(|rest| rest.starts_with(['+', '-', '~']))
        })
}

/// Unpacks the package and returns the standard library's source in it.
fn unpack(work: &Path, package: &Path) -> Result<PathBuf> {
    let tree = work.join("tree");
    run(command("dpkg").arg("-x").arg(package).arg(&tree))?;
    fs::read_dir(tree.join("usr/src"))?
        .flatten()
        .map(|entry| entry.path().join("library"))
        .find(|library| library.join("std").is_dir())
        .context("the package holds no library/std")
}

fn build(work: &Path, library: &Path) -> Result<()> {
    let sysroot = answer("rustc", &["--print", "sysroot"]).context("rustc has no sysroot")?;
    let source = Path::new(&sysroot).join("lib/rustlib/src");
    let lent = !source.exists();
    if lent {
        fs::create_dir_all(source.join("rust"))
            .with_context(|| format!("cannot write to {}", source.display()))?;
        run(command("cp")
            .arg("-r")
            .arg(library)
            .arg(source.join("rust")))?;
    }
    let built = build_empty_crate(work);
    if lent {
        // Or rustup would trip over it when somebody adds the real component.
        let _ = fs::remove_dir_all(&source);
    }
    copy_libraries(&built?, &library_dir()?)
}

/// Building a crate with nothing in it leaves the standard library's own `.rlib` files behind.
fn build_empty_crate(work: &Path) -> Result<PathBuf> {
    let empty = work.join("empty");
    fs::create_dir_all(empty.join("src"))?;
    fs::write(
        empty.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n",
    )?;
    fs::write(empty.join("src/lib.rs"), "")?;
    let target_dir = work.join("target");
    run(command("cargo")
        .current_dir(&empty)
        .args(["build", "--release", "--target", TARGET])
        .arg("-Zbuild-std=std,panic_abort,proc_macro,test")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &target_dir)
        .env_remove("RUSTFLAGS"))?;
    Ok(target_dir.join(TARGET).join("release/deps"))
}

fn copy_libraries(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot write to {}", to.display()))?;
    for file in fs::read_dir(from)?.flatten() {
        let name = file.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".rlib") && !name.starts_with("libempty") {
            fs::copy(file.path(), to.join(&*name))
                .with_context(|| format!("cannot write to {}", to.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::find_version;
    use crate::version::Version;

    const MADISON: &str = "\
  rust-src | 1.95.0+dfsg1-1~bpo13+1 | mirror trixie-backports/main amd64 Packages
  rust-src | 1.85.0+dfsg3-1 | mirror trixie/main amd64 Packages
";

    #[test]
    fn takes_the_very_version_and_no_neighbour() {
        assert_eq!(
            find_version(MADISON, Version(1, 95, 0)),
            Some("1.95.0+dfsg1-1~bpo13+1")
        );
        assert_eq!(
            find_version(MADISON, Version(1, 85, 0)),
            Some("1.85.0+dfsg3-1")
        );
        assert_eq!(find_version(MADISON, Version(1, 8, 0)), None);
        assert_eq!(find_version("", Version(1, 95, 0)), None);
    }
}
