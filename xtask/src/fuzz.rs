//! `cargo xtask fuzz`: libFuzzer, through cargo-fuzz, looks for files that the readers cannot bear (`fuzz/`).

use crate::process::{command, run_captured};
use crate::setup::{self, Need};
use crate::{heading, workspace};
use anyhow::{Context as _, Result, bail, ensure};
use std::time::{Duration, Instant};

/// The longest file that is tried, in bytes; the largest that libFuzzer begins from is a little shorter.
const LONGEST: usize = 1 << 19;
/// Seconds after which a single file counts as one that is never done with.
const PATIENCE_S: u32 = 10;

/// Runs the targets, all or those named, one after the other, and fails if one has found something.
pub fn run(only: &[String], minutes: f64, install: bool) -> Result<()> {
    ensure!(minutes > 0.0, "{minutes} minutes are no time");
    let targets = chosen(&targets()?, only)?;
    setup::refuse_if_any(&setup::ensure(&[Need::CargoFuzz], &[], install))?;
    let time = Duration::from_secs_f64(60.0 * minutes);
    let mut lines = Vec::new();
    let mut failed = false;
    for target in targets {
        heading(&format!("{target}: {minutes} minutes, after the build"));
        let began = Instant::now();
        let line = match fuzz(&target, time) {
            Ok(log) => format!("ok    {}", summary(&log)),
            Err(error) => {
                failed = true;
                eprintln!("{error:#}");
                "FAIL  see above".to_owned()
            }
        };
        lines.push(format!(
            "{target:12} {line}, {:.0} s",
            began.elapsed().as_secs_f64()
        ));
        println!("{}", lines[lines.len() - 1]);
    }
    println!();
    for line in &lines {
        println!("{line}");
    }
    ensure!(!failed, "a file was found that a reader cannot bear");
    Ok(())
}

/// The names of all targets, in alphabetical order.
fn targets() -> Result<Vec<String>> {
    let folder = workspace::root().join("fuzz/targets");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn chosen(all: &[String], only: &[String]) -> Result<Vec<String>> {
    if let Some(name) = only.iter().find(|name| !all.contains(name)) {
        bail!("there is no target {name}; there are {}", all.join(", "));
    }
    let wanted = |name: &&String| only.is_empty() || only.contains(name);
    Ok(all.iter().filter(wanted).cloned().collect())
}

/// Runs one target; returns what libFuzzer has written.
///
/// # Errors
/// What cargo-fuzz has written, if it found something: the file lies in `fuzz/artifacts`, and it says how to read it again.
fn fuzz(target: &str, time: Duration) -> Result<String> {
    let mut cargo = command("cargo");
    // No sanitizer, because those need a nightly compiler, and the program has next to no unsafe code.
    cargo.args(["fuzz", "run", "--sanitizer", "none", target, "--"]);
    cargo.arg(format!("-max_total_time={}", time.as_secs().max(1)));
    cargo.arg(format!("-max_len={LONGEST}"));
    cargo.arg(format!("-timeout={PATIENCE_S}"));
    cargo.arg("-print_final_stats=1");
    cargo.env("CARGO_TARGET_DIR", workspace::scratch("fuzz")?);
    run_captured(cargo, |_| {})
}

/// What libFuzzer's log says of the number of files tried and of the branches taken.
fn summary(log: &str) -> String {
    let after = |word: &str| {
        let rest = log.rsplit_once(word)?.1;
        rest.split_whitespace().next()
    };
    let executed = after("stat::number_of_executed_units:").unwrap_or("?");
    let covered = after(" cov: ").unwrap_or("?");
    format!("{executed} files tried, {covered} branches reached")
}

#[cfg(test)]
mod tests {
    use super::{chosen, summary, targets};

    /// Each target is a file and a binary of the package, and the file reads by the reader of that name.
    #[test]
    fn targets_are_declared_under_their_names() {
        let root = crate::workspace::root();
        let manifest = std::fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
        let targets = targets().unwrap();
        assert!(targets.len() >= 5, "{targets:?}");
        assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
        for name in targets {
            let path = format!("targets/{name}.rs");
            assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"{path}\"")));
            let code = std::fs::read_to_string(root.join("fuzz").join(path)).unwrap();
            assert!(code.contains(&format!("begin(\"{name}\")")), "{name}");
        }
    }

    #[test]
    fn a_target_that_is_not_there_is_named() {
        let all = ["gzip", "idx"].map(String::from);
        assert_eq!(chosen(&all, &[]).unwrap(), all);
        assert_eq!(chosen(&all, &all[1..]).unwrap(), all[1..]);
        let error = chosen(&all, &["zip".into()]).unwrap_err().to_string();
        assert!(error.contains("no target zip") && error.contains("gzip, idx"));
    }

    #[test]
    fn the_last_figures_count() {
        let log = "#2\tINITED cov: 7 ft: 9 corp: 1/1b\n#900\tNEW    cov: 124 ft: 217 corp: 34/3835b\n\
                   Done 900 runs in 1 second(s)\nstat::number_of_executed_units: 900\nstat::average_exec_per_sec:     450\n";
        assert_eq!(summary(log), "900 files tried, 124 branches reached");
    }
}
