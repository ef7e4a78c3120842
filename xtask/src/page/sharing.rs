//! A test that the page's programs share the crates that they have in common.

use super::links;
use crate::process::command;
use crate::workspace;
use std::collections::{BTreeMap, BTreeSet};

/// The feature sets of each crate in a program, for the program and for the macros and build scripts that compile it.
fn features(program: &super::Program) -> BTreeMap<String, BTreeSet<String>> {
    let output = command("cargo")
        .args(["tree", "--target", "wasm32-unknown-unknown"])
        .args(["--no-default-features", "--features", &program.features])
        .args(["--edges", "normal,build", "--prefix", "none"])
        .args(["--format", "{p}\t{f}"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut crates: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        if let Some((name, features)) = line.split_once('\t') {
            let sets = crates.entry(name.to_owned()).or_default();
            // The mark of a crate that was listed before.
            sets.insert(features.trim_end_matches(" (*)").to_owned());
        }
    }
    crates
}

/// cargo compiles a crate once more for other features of it or of a crate below it. burn's backends are features of
/// burn's own crates; `xtask/workspace-hack` evens out all others. A macro or build script of one program alone may have
/// other features still.
#[test]
fn crates_other_than_burns_have_the_same_features_in_all_programs() {
    let source = std::fs::read_to_string(workspace::root().join("index.html")).unwrap();
    let programs = links::read(&source).unwrap().programs;
    let first = features(&programs[0]);
    for program in &programs[1..] {
        let second = features(program);
        for (name, sets) in &first {
            let Some(others) = second.get(name) else {
                continue;
            };
            if !name.starts_with("burn") && !name.starts_with("ddpm") {
                assert!(sets.is_subset(others), "{name}: {sets:?} and {others:?}");
            }
        }
    }
}
