//! The dependencies between modules are those of `docs/architecture.md`: a room uses only rooms below it, files do not use
//! one another in a circle, and no file below `web` names a file of the page. The tests read `use` lines and paths only,
//! which is enough to notice a new dependency.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `crate/`, from the ground up. A room may use those before it.
const ROOMS: [&[&str]; 13] = [
    &["rng", "diffusion", "cpu_kernels", "frechet", "mpi"],
    &["ops"],
    &["nn"],
    &["images", "distributed"],
    &["worker_pool"],
    &["runtime"],
    &["model"],
    &["samplers", "data"],
    &["editing", "training"],
    &["checkpoint"],
    &["evaluation"],
    &["web"],
    &["bin"],
];

/// Dependencies that the floors would allow and the design forbids.
const FORBIDDEN: [(&str, &str); 1] = [("training", "samplers")];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the crate") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The code of a file without its comments and its test modules, which may use anything; nothing of a file that is such a module.
fn code(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name == "tests.rs" || name.ends_with("_tests.rs") {
        return String::new();
    }
    let text = fs::read_to_string(path).expect("readable");
    let text = text
        .split("\n#[cfg(test)]\nmod ")
        .next()
        .and_then(|text| text.split("\n#[cfg(all(test").next())
        .unwrap_or_default();
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The room of a file: the first part of its path below `crate/`.
fn room(path: &Path, root: &Path) -> String {
    let inside = path.strip_prefix(root).expect("below the crate");
    let first = inside.components().next().expect("a name");
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

/// The floor of a room; `None` for a name that is no room (`lib.rs`, `build.rs`).
fn floor(room: &str) -> Option<usize> {
    ROOMS.iter().position(|rooms| rooms.contains(&room))
}

/// Rooms that the code names by `crate::room` or, in binaries, `ddpm::room`.
fn used_rooms(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for prefix in ["crate::", "ddpm::"] {
        for (at, _) in code.match_indices(prefix) {
            let rest = &code[at + prefix.len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            used.insert(rest[..end.unwrap_or(rest.len())].to_owned());
        }
    }
    for package in ["cpu_kernels", "frechet"] {
        if code.contains(&format!("{package}::")) {
            used.insert(package.into());
        }
    }
    used
}

#[test]
fn rooms_use_only_those_below() {
    let root = Path::new("crate");
    let mut seen = 0;
    for path in rust_files(root) {
        let here = room(&path, root);
        let Some(floor_here) = floor(&here) else {
            continue;
        };
        for used in used_rooms(&code(&path)) {
            let Some(floor_used) = floor(&used) else {
                continue;
            };
            seen += 1;
            let allowed = used == here || floor_used < floor_here;
            let allowed = allowed && !FORBIDDEN.contains(&(here.as_str(), used.as_str()));
            assert!(
                allowed,
                "{} uses {used}, which {here} must not",
                path.display()
            );
        }
    }
    assert!(
        seen > 200,
        "only {seen} arrows were found: does the test still read the code?"
    );
}

/// Each folder and file of `crate/` has a floor.
#[test]
fn every_room_is_listed() {
    for entry in fs::read_dir("crate").expect("the crate") {
        let path = entry.expect("readable").path();
        let name = room(&path, Path::new("crate"));
        let listed = ["lib", "build"].contains(&name.as_str()) || floor(&name).is_some();
        assert!(listed, "crate/{name} has no floor in tests/architecture.rs");
    }
}

/// Nothing below the page mentions the page's files.
#[test]
fn only_web_names_files_of_the_page() {
    let root = Path::new("crate");
    for path in rust_files(root) {
        let here = room(&path, root);
        if here == "web" || here == "bin" {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable");
        for word in [
            "index.html",
            "www/worker",
            "www/views",
            "www/lib",
            "www/main",
        ] {
            assert!(!text.contains(word), "{} mentions {word}", path.display());
        }
    }
}

/// The files that a file uses by `super::` and `crate::` paths, as far as they are modules with a file of their own.
fn used_files(
    path: &Path,
    modules: &BTreeMap<Vec<String>, PathBuf>,
    here: &[String],
) -> BTreeSet<PathBuf> {
    let code = code(path);
    let mut used = BTreeSet::new();
    for line in code.split([';', '{', '}', ',', '(', ')', ' ', '\n', '<', '&']) {
        let parts: Vec<&str> = line.trim().split("::").collect();
        let mut place: Vec<String> = match parts[0] {
            "crate" => Vec::new(),
            "super" => here[..here.len() - 1].to_vec(),
            "self" => here.to_vec(),
            _ => continue,
        };
        let mut rest = &parts[1..];
        while rest.first() == Some(&"super") {
            place.pop();
            rest = &rest[1..];
        }
        // The deepest module that the path names.
        let mut deepest = None;
        for part in rest {
            place.push((*part).to_owned());
            if let Some(file) = modules.get(&place) {
                deepest = Some(file.clone());
            }
        }
        used.extend(deepest.filter(|file| file != path));
    }
    used
}

/// No two files outside a `mod.rs` use one another in a circle. (A `mod.rs` and its children do: it declares them.)
#[test]
fn files_do_not_use_one_another_in_a_circle() {
    let root = Path::new("crate");
    let files: Vec<PathBuf> = rust_files(root)
        .into_iter()
        .filter(|path| !["bin", "cpu_kernels", "frechet"].contains(&room(path, root).as_str()))
        .collect();
    let mut modules = BTreeMap::new();
    for path in &files {
        let inside = path
            .strip_prefix(root)
            .expect("below the crate")
            .with_extension("");
        let mut name: Vec<String> = inside
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        if name.last().is_some_and(|last| last == "mod") {
            name.pop();
        }
        modules.insert(name, path.clone());
    }
    let mut arrows: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for (name, path) in &modules {
        if name.is_empty() || path.ends_with("mod.rs") {
            continue;
        }
        let used = used_files(path, &modules, name);
        let used = used.into_iter().filter(|file| !file.ends_with("mod.rs"));
        arrows.insert(path.clone(), used.collect());
    }
    // A file that can be reached from itself is in a circle.
    for start in arrows.keys() {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&PathBuf> = arrows[start].iter().collect();
        while let Some(file) = open.pop() {
            assert_ne!(file, start, "{} is in a circle of files", start.display());
            if reached.insert(file.clone())
                && let Some(next) = arrows.get(file)
            {
                open.extend(next);
            }
        }
    }
}

/// The lists of files in CONTRIBUTING.md (lines "- `path`: what to do" below headings "## Adding …") name files that exist.
#[test]
fn contributing_names_files_that_exist() {
    let text = fs::read_to_string("CONTRIBUTING.md").expect("CONTRIBUTING.md");
    let mut headings = 0;
    let mut paths = 0;
    let mut adding = false;
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            adding = heading.starts_with("Adding");
            headings += usize::from(adding);
        }
        let path = line
            .strip_prefix("- `")
            .and_then(|rest| rest.split_once("`: "));
        if let (true, Some((path, what))) = (adding, path) {
            paths += 1;
            let exists = if path.ends_with('/') {
                Path::new(path).is_dir()
            } else {
                Path::new(path).is_file()
            };
            assert!(exists, "CONTRIBUTING.md names {path}, which is gone");
            assert!(!what.trim().is_empty(), "{path}: what is to be done there?");
        }
    }
    assert_eq!(
        headings, 5,
        "sampler, operation, recipe field, data set, tap"
    );
    assert!(paths > 30, "only {paths} files are named");
}

/// Links of the documents to files of this project lead somewhere.
#[test]
fn documents_link_to_files_that_exist() {
    let mut documents = vec![PathBuf::from("README.md"), PathBuf::from("CONTRIBUTING.md")];
    for entry in fs::read_dir("docs").expect("docs") {
        documents.push(entry.expect("readable").path());
    }
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut links = 0;
    for document in documents {
        let text = fs::read_to_string(&document).expect("readable");
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap_or_default();
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            links += 1;
            let path = document.parent().expect("a folder").join(file);
            assert!(path.exists(), "{} links to {target}", document.display());
        }
    }
    assert!(links > 20, "only {links} links were found");
}
