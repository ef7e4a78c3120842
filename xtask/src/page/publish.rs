//! The last step of a build: everything that the page consists of moves into `dist/`.

use super::links::Links;
use crate::{finish, workspace};
use anyhow::{Context as _, Result};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Below `dist/`, as Trunk's, so that files move within one file system.
const STAGE: &str = ".stage";
const OLD: &str = ".old";
const INDEX: &str = "index.html";

/// Puts a page together: `index.html`, the copied directories and files, and the files of the programs that are there, each
/// in a directory of its own. All of it is written beside the page that stands, then takes its place by renaming.
///
/// # Errors
///
/// When a file cannot be read or written.
pub fn publish(links: &Links, programs: &[&Path], dist: &Path, sizes: bool) -> Result<()> {
    let stage = dist.join(STAGE);
    let _ = fs::remove_dir_all(&stage);
    fs::create_dir_all(&stage).with_context(|| format!("cannot make {}", stage.display()))?;
    fs::write(stage.join(INDEX), &links.html)?;
    for dir in &links.copied {
        copy_tree(&workspace::root().join(dir), &stage.join(dir))?;
    }
    for file in &links.beside {
        let name = Path::new(file).file_name().unwrap_or_default();
        fs::copy(workspace::root().join(file), stage.join(name))
            .with_context(|| format!("cannot copy {file}"))?;
    }
    for program in programs {
        copy_tree(program, &stage)?;
    }
    finish::stamp(&stage, sizes)?;
    replace(dist, &stage)
}

/// Copies what is in a directory into another one.
fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_tree(&path, &target)?;
        } else {
            fs::copy(&path, &target).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

/// Renames everything in `stage` into `dist`, and takes away what `dist` has beyond that. `index.html` comes last: its
/// build hash has browsers load the other files anew, which then are there.
fn replace(dist: &Path, stage: &Path) -> Result<()> {
    let names = |dir: &Path| -> Result<Vec<OsString>> {
        let entries = fs::read_dir(dir)?;
        entries.map(|entry| Ok(entry?.file_name())).collect()
    };
    let old = dist.join(OLD);
    let _ = fs::remove_dir_all(&old);
    fs::create_dir_all(&old)?;
    let mut new = names(stage)?;
    new.sort_by_key(|name| name == INDEX);
    for name in &new {
        let target = dist.join(name);
        // A directory cannot be renamed over another one.
        if target.is_dir() {
            fs::rename(&target, old.join(name))?;
        }
        fs::rename(stage.join(name), &target)
            .with_context(|| format!("cannot write {}", target.display()))?;
    }
    for name in names(dist)? {
        let stays = new.contains(&name) || name == OLD || name == STAGE;
        if !stays {
            fs::rename(dist.join(&name), old.join(&name))?;
        }
    }
    fs::remove_dir_all(&old)?;
    fs::remove_dir_all(stage)?;
    Ok(())
}

/// The files that are in only one of two directories or have other bytes there, as paths relative to the directory.
///
/// # Errors
///
/// When a file cannot be read.
pub fn differing_files(one: &Path, other: &Path) -> Result<Vec<String>> {
    let mut names: Vec<PathBuf> = Vec::new();
    for dir in [one, other] {
        for file in finish::files_below(dir)? {
            names.push(file.strip_prefix(dir)?.to_owned());
        }
    }
    names.sort();
    names.dedup();
    let same = |name: &PathBuf| match (fs::read(one.join(name)), fs::read(other.join(name))) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    let differing = names.iter().filter(|name| !same(name));
    Ok(differing.map(|name| name.display().to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::{Links, differing_files, publish};
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    fn names(dir: &Path) -> BTreeSet<String> {
        let entries = fs::read_dir(dir).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn build_hash(dist: &Path) -> String {
        fs::read_to_string(dist.join("index.html")).unwrap()
    }

    #[test]
    fn differing_files_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        for (path, text) in [
            ("one/same", "1"),
            ("other/same", "1"),
            ("one/www/a.js", "1"),
            ("other/www/a.js", "2"),
            ("other/more", "1"),
        ] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        assert_eq!(differing_files(&one, &other).unwrap(), ["more", "www/a.js"]);
        assert!(differing_files(&one, &one).unwrap().is_empty());
    }

    #[test]
    fn the_second_program_appears_with_a_new_build_hash() {
        let dir = tempfile::tempdir().unwrap();
        let dist = dir.path().join("dist");
        let out = |name: &str| {
            let out = dir.path().join(name);
            fs::create_dir_all(&out).unwrap();
            fs::write(out.join(format!("{name}.js")), name).unwrap();
            fs::write(out.join(format!("{name}_bg.wasm")), name).unwrap();
            out
        };
        let (cpu, gpu) = (out("page-cpu"), out("page-gpu"));
        // What an earlier build left, the GPU's program of yesterday among it.
        fs::create_dir_all(dist.join("xtask/stale")).unwrap();
        fs::write(dist.join("page-gpu.js"), "yesterday").unwrap();
        fs::write(dist.join("index.html"), "yesterday").unwrap();
        let links = Links {
            html: "<meta name=\"build\" content=\"dev\">".into(),
            programs: Vec::new(),
            copied: vec!["xtask/bindgen".into()],
            beside: vec!["service-worker/service-worker.js".into()],
        };

        publish(&links, &[&cpu], &dist, false).unwrap();
        let expected = [
            "files.json",
            "index.html",
            "page-cpu.js",
            "page-cpu_bg.wasm",
            "service-worker.js",
            "xtask",
        ];
        assert_eq!(names(&dist), expected.map(str::to_owned).into());
        let first = build_hash(&dist);

        publish(&links, &[&cpu, &gpu], &dist, false).unwrap();
        assert_eq!(names(&dist).len(), 8);
        assert_eq!(names(&dist.join("xtask")), ["bindgen".to_owned()].into());
        let second = build_hash(&dist);
        assert!(
            first != second && first.len() == second.len(),
            "{first} {second}"
        );

        let list = || fs::read_to_string(dist.join("files.json")).unwrap();
        let listed = list();
        publish(&links, &[&cpu, &gpu], &dist, false).unwrap();
        assert_eq!(build_hash(&dist), second);
        assert_eq!(list(), listed);
    }
}
