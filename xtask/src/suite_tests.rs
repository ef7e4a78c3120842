use super::{Ended, chosen, names_a_failure, summary_line, union};
use crate::parts::{PARTS, browser_tests};
use crate::setup::Need;
use crate::tally::Tally;
use std::fs;

fn names(only: &[&str]) -> Option<Vec<&'static str>> {
    let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
    let parts = chosen(&only).ok()?;
    Some(parts.iter().map(|part| part.name).collect())
}

#[test]
fn parts_run_in_their_own_order() {
    assert_eq!(names(&["e2e", "fmt"]), Some(vec!["fmt", "e2e"]));
    assert_eq!(names(&[]).map(|all| all.len()), Some(PARTS.len()));
    assert_eq!(names(&["fmt", "fnt"]), None);
}

#[test]
fn a_part_comes_after_the_one_it_needs() {
    for (index, part) in PARTS.iter().enumerate() {
        if let Some(after) = part.after {
            assert!(PARTS[..index].iter().any(|part| part.name == after));
        }
    }
}

#[test]
fn a_part_waits_for_one_of_the_other_lane() {
    let ended = Ended::default();
    let [page, trunk] = ["page", "trunk"].map(|name| {
        let part = PARTS.iter().find(|part| part.name == name);
        part.expect("a part of that name")
    });
    assert_ne!(page.lane, trunk.lane);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| ended.wait("page"));
        ended.note(trunk, false);
        ended.note(page, true);
        assert!(waiting.join().unwrap(), "the page's failure was not told");
    });
    assert!(!ended.wait("trunk"));
}

#[test]
fn needs_are_united_without_repeats() {
    let lists: [&'static [Need]; 2] = [&[Need::Npm, Need::Trunk], &[Need::Npm, Need::Browser]];
    assert_eq!(
        union(lists.into_iter()),
        [Need::Npm, Need::Trunk, Need::Browser]
    );
}

#[test]
fn only_targets_with_browser_tests_are_linked() {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let browser = "#[wasm_bindgen_test]\nasync fn x() {}";
    write("crate/lib.rs", "#[test]\nfn y() {}");
    write("tests/native.rs", "#[test]\nfn y() {}");
    write("tests/browser/main.rs", "mod cpu;");
    write("tests/browser/cpu.rs", browser);
    write("tests/alone.rs", browser);
    write("tests/common/helper.rs", browser);
    write("tests/golden/notes.txt", browser);
    assert_eq!(
        browser_tests(root.path()).unwrap(),
        ["--test", "alone", "--test", "browser"]
    );
    write(
        "crate/a/b.rs",
        "#[cfg_attr(target_arch = \"wasm32\", wasm_bindgen_test)]",
    );
    assert_eq!(browser_tests(root.path()).unwrap()[0], "--lib");
}

#[test]
fn a_summary_line_hides_nothing() {
    let tally = Tally {
        passed: 2,
        failed: 1,
        ignored: 3,
    };
    assert_eq!(
        summary_line("native", 12.34, tally, "why"),
        "native         12.3  FAIL 2 passed, 1 failed, 3 ignored  why"
    );
}

#[test]
fn failed_tests_are_named_in_the_summary() {
    for line in [
        "test a::b ... FAILED",
        "failed: runs: two tabs (3.0 s): waited in vain",
        "flaky: runs: two tabs (3.0 s): waited in vain",
    ] {
        assert!(names_a_failure(line), "{line}");
    }
    for line in [
        "test a::b ... ok",
        "FAIL  runs: two tabs (3.0 s)",
        "test result: FAILED. 1 passed; 1 failed",
    ] {
        assert!(!names_a_failure(line), "{line}");
    }
}
