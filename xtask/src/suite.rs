//! `cargo xtask test`: every test there is, and a summary at the end.
//!
//! Two lanes of parts run at the same time ([`Lane`]): compiling keeps the processors busy, and driving a page is mostly waiting. Each
//! part runs in a process of its own, this program with `--only PART`, so that its output can be told from the other lane's.

use crate::heading;
use crate::parts::{Lane, PARTS, Part};
use crate::process::{command, find, run_lines};
use crate::setup::{self, Missing, Need};
use crate::tally::Tally;
use anyhow::{Context as _, Result, ensure};
use std::collections::HashMap;
use std::env;
use std::process::Command;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// `cargo xtask test --list`.
pub fn list() -> Result<()> {
    for part in &PARTS {
        println!("{:8} {}", part.name, part.about);
    }
    Ok(())
}

fn chosen(only: &[String]) -> Result<Vec<&'static Part>> {
    for name in only {
        ensure!(
            PARTS.iter().any(|part| part.name == name),
            "there is no part {name}; see `cargo xtask test --list`"
        );
    }
    let wanted = |part: &&Part| only.is_empty() || only.iter().any(|name| name == part.name);
    Ok(PARTS.iter().filter(wanted).collect())
}

fn union(lists: impl Iterator<Item = &'static [Need]>) -> Vec<Need> {
    let mut union = Vec::new();
    for need in lists.flatten() {
        if !union.contains(need) {
            union.push(*need);
        }
    }
    union
}

/// Runs the parts, all or those named, and fails if anything in them did.
///
/// # Errors
/// If no part has one of the names, or a part cannot be started. Where a test fails the process ends here, with 1.
pub fn run(only: &[String], install: bool) -> Result<()> {
    let start = Instant::now();
    let parts = chosen(only)?;
    let results = match parts[..] {
        [part] => vec![alone(part, install)],
        _ => together(&parts, install)?,
    };
    let mut total = Tally::default();
    println!("\npart        seconds  result");
    for (line, tally) in &results {
        total.add(*tally);
        println!("{line}");
    }
    println!("{:8} {:10.1}", "all", start.elapsed().as_secs_f64());
    // The last line is for scripts to read, so the process ends here where a part has failed.
    println!("{total}");
    if total.failed > 0 {
        std::process::exit(1);
    }
    Ok(())
}

/// Runs one part in this process, after what it needs is there. Returns its line of the summary and what it counted.
fn alone(part: &'static Part, install: bool) -> (String, Tally) {
    let began = Instant::now();
    let missing = setup::ensure(part.needs, part.helped_by, install);
    let result = if missing.is_empty() {
        heading(&format!("{}: {}", part.name, part.about));
        (part.run)()
    } else {
        Err(anyhow::anyhow!("not run: {}", setup::report(&missing)))
    };
    let (tally, note) = match result {
        Ok(tally) => (tally, String::new()),
        Err(error) => (Tally::FAILED, format!("{error:#}")),
    };
    let seconds = began.elapsed().as_secs_f64();
    (summary_line(part.name, seconds, tally, &note), tally)
}

/// What the lanes tell one another: the parts that have ended, and which of them failed.
#[derive(Default)]
struct Ended {
    failed: Mutex<HashMap<&'static str, bool>>,
    one_more: Condvar,
}

impl Ended {
    fn note(&self, part: &Part, failed: bool) {
        let mut ended = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        ended.insert(part.name, failed);
        self.one_more.notify_all();
    }

    /// Waits until a part has ended. True: it failed.
    fn wait(&self, name: &str) -> bool {
        let ended = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = self
            .one_more
            .wait_while(ended, |ended| !ended.contains_key(name))
            .unwrap_or_else(PoisonError::into_inner);
        ended[name]
    }
}

/// Runs parts in their lanes. Returns a line of the summary and the counts for each, in the order of the parts.
fn together(parts: &[&'static Part], install: bool) -> Result<Vec<(String, Tally)>> {
    // Here, because two package managers at once would wait for one another's lock; what is compiled is left to the lanes.
    let quick = |need: &Need| !need.is_compiled();
    let mut required = union(parts.iter().map(|part| part.needs));
    required.retain(quick);
    let mut helpful = union(parts.iter().map(|part| part.helped_by));
    helpful.retain(|need| quick(need) && !required.contains(need));
    let missing: Vec<Missing> = setup::ensure(&required, &helpful, install);
    if !missing.is_empty() {
        eprintln!("\n{}", setup::report(&missing));
    }

    let ended = Ended::default();
    let results = thread::scope(|scope| {
        let lanes = [Lane::Rust, Lane::Page].map(|lane| {
            let ended = &ended;
            let own = parts.iter().filter(move |part| part.lane == lane);
            scope.spawn(move || {
                own.map(|part| {
                    // A part that was not asked for counts as passed: what it makes may be there.
                    let before = part
                        .after
                        .filter(|after| parts.iter().any(|part| part.name == *after));
                    let result = match before {
                        Some(before) if ended.wait(before) => not_run(part, before),
                        _ => in_a_process(part, install),
                    };
                    ended.note(part, result.1.failed > 0);
                    (part.name, result)
                })
                .collect::<Vec<_>>()
            })
        });
        let mut results = HashMap::new();
        for lane in lanes {
            match lane.join() {
                Ok(found) => results.extend(found),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    Ok(parts
        .iter()
        .filter_map(|part| results.get(part.name).cloned())
        .collect())
}

fn not_run(part: &Part, before: &str) -> (String, Tally) {
    let note = format!("not run: it needs `{before}`, which failed");
    let line = summary_line(part.name, 0.0, Tally::FAILED, &note);
    println!("{line}");
    (line, Tally::FAILED)
}

/// Runs a part in a process of its own, and prints its output with the part's name before each line.
fn in_a_process(part: &Part, install: bool) -> (String, Tally) {
    let began = Instant::now();
    let name = part.name;
    // The summary of one part ends with its line, the time for all and the counts.
    let mut line = None;
    let mut tally = None;
    let mut failures = Vec::new();
    let result = own_program(part, install).and_then(|program| {
        run_lines(program, |text, _| {
            println!("{name:8}| {text}");
            if names_a_failure(text) {
                failures.push(text.to_owned());
            }
            if text.starts_with(&format!("{name:8} ")) {
                line = Some(text.to_owned());
            }
            tally = Tally::of(text).or(tally);
        })
    });
    match (result, line, tally) {
        (Ok(status), Some(line), Some(tally)) if status.success() == (tally.failed == 0) => {
            // The other lane has printed a lot since, and a log may be cut.
            let lines = std::iter::once(line).chain(failures);
            (lines.collect::<Vec<_>>().join("\n         "), tally)
        }
        (result, ..) => {
            let note = match result {
                Ok(_) => "its process ended before its summary".to_owned(),
                Err(error) => format!("{error:#}"),
            };
            let seconds = began.elapsed().as_secs_f64();
            (
                summary_line(name, seconds, Tally::FAILED, &note),
                Tally::FAILED,
            )
        }
    }
}

/// This program with one part, in the lane `Rust` with low priority where `nice` is there.
fn own_program(part: &Part, install: bool) -> Result<Command> {
    let program = env::current_exe().context("this program's own file is not known")?;
    let mut command = match (part.lane, find("nice")) {
        (Lane::Rust, Some(nice)) => {
            let mut low = command(nice);
            low.arg(program);
            low
        }
        _ => command(program),
    };
    command.args(["test", "--only", part.name]);
    if !install {
        command.arg("--no-install");
    }
    Ok(command)
}

/// True for a line that names a failed test: libtest's, or those of the end-to-end tests' summary.
fn names_a_failure(line: &str) -> bool {
    ["failed: ", "flaky: "]
        .iter()
        .any(|word| line.starts_with(word))
        || (line.starts_with("test ") && line.ends_with(" ... FAILED"))
}

fn summary_line(name: &str, seconds: f64, tally: Tally, note: &str) -> String {
    let word = if tally.failed == 0 { "ok  " } else { "FAIL" };
    let space = if note.is_empty() { "" } else { "  " };
    format!("{name:8} {seconds:10.1}  {word} {tally}{space}{note}")
}

#[cfg(test)]
#[path = "suite_tests.rs"]
mod tests;
