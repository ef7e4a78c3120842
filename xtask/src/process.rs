//! Running other programs, with their output streamed, or kept and shown only where they fail.

use crate::progress::Task;
use anyhow::{Context as _, Result, bail};
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

/// `PATH` with cargo's own `bin` in front: `cargo install` puts programs there, and a shell's `PATH` may lack it.
fn search_path() -> Vec<PathBuf> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = env::home_dir().map(|home| home.join(".cargo"));
    let mut dirs: Vec<PathBuf> = cargo_home
        .or(home)
        .map(|dir| dir.join("bin"))
        .into_iter()
        .collect();
    dirs.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    dirs
}

/// The file of a program, if one is on the path.
pub fn find(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    search_path()
        .into_iter()
        .map(|dir| dir.join(&name))
        .find(|file| file.is_file())
}

/// A command that runs in the root of the workspace.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::workspace::root());
    if let Ok(path) = env::join_paths(search_path()) {
        command.env("PATH", path);
    }
    // cargo describes the package xtask in these variables. Build scripts that are run by a cargo further down would
    // read them, and compile anew because they differ from those of a build that a shell starts.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
        {
            command.env_remove(&name);
        }
    }
    command
}

/// Sets a variable of a command's environment, unless xtask's own environment has it.
pub fn unless_set(command: &mut Command, name: &str, value: impl AsRef<OsStr>) {
    if env::var_os(name).is_none() {
        command.env(name, value);
    }
}

/// A command in the form in which a shell would take it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<String> = words
        .map(OsStr::to_string_lossy)
        .map(|word| match word.contains([' ', '*']) {
            true => format!("'{word}'"),
            false => word.into_owned(),
        })
        .collect();
    words.join(" ")
}

fn announce(command: &Command) {
    eprintln!("$ {}", shown(command));
}

/// Runs a command whose output goes where xtask's goes.
pub fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs a command, hands each line of its output to `line`, and prints it. True: it succeeded.
pub fn run_watched(command: &mut Command, mut line: impl FnMut(&str)) -> Result<bool> {
    announce(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?;
    let output = BufReader::new(child.stdout.take().context("no output to read")?);
    // Bytes, not `lines()`: one stray byte in a test's output must not end the run.
    for bytes in output.split(b'\n') {
        let bytes = bytes?;
        let text = String::from_utf8_lossy(&bytes);
        println!("{text}");
        line(&text);
    }
    Ok(child.wait()?.success())
}

/// Runs a command without showing its output. Each line of it is handed to `seen`, and so is each state of a line that
/// the command redraws. The result is the output without those redrawn states; an error holds it too.
///
/// # Errors
///
/// When the command cannot be started or does not succeed.
pub fn run_captured(command: Command, mut seen: impl FnMut(&str)) -> Result<String> {
    let name = shown(&command);
    let mut text = String::new();
    let status = run_lines(command, |line, redrawn| {
        seen(line);
        if !redrawn {
            text.push_str(line);
            text.push('\n');
        }
    })?;
    if !status.success() {
        bail!("`{name}` ended with {status}\n{text}");
    }
    Ok(text)
}

/// Runs a command and hands each line of its output and its errors to `seen`; with true, a state of a line that it redraws.
///
/// # Errors
///
/// When the command cannot be started, or its output cannot be read.
pub fn run_lines(mut command: Command, seen: impl FnMut(&str, bool)) -> Result<ExitStatus> {
    // One pipe for both streams keeps their lines in order.
    let (output, writer) = io::pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?;
    // It holds ends of the pipe, and reading would go on until they are closed.
    drop(command);
    read_lines(output, seen)?;
    Ok(child.wait()?)
}

/// Calls `line` with each line, and with each text that a carriage return lets the next text overwrite (then with true).
fn read_lines(input: impl Read, mut line: impl FnMut(&str, bool)) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut returned = false;
    for byte in BufReader::new(input).bytes() {
        let byte = byte?;
        if byte == b'\n' || returned {
            line(&String::from_utf8_lossy(&bytes), byte != b'\n');
            bytes.clear();
        }
        returned = byte == b'\r';
        if byte != b'\n' && byte != b'\r' {
            bytes.push(byte);
        }
    }
    if !bytes.is_empty() {
        line(&String::from_utf8_lossy(&bytes), false);
    }
    Ok(())
}

/// Runs a cargo command that compiles, as a task whose progress is cargo's own. Shows what the compiler warns of.
///
/// # Errors
///
/// When the command fails; the error holds its whole output.
pub fn run_cargo(mut cargo: Command, task: &Task<'_>) -> Result<()> {
    cargo
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "120")
        .env("CARGO_TERM_COLOR", "never");
    let output = run_captured(cargo, |line| {
        if let Some(crates) = crates_done(line) {
            task.at(&crates);
        }
    })?;
    let warnings = without_status(&output);
    if !warnings.is_empty() {
        task.remark(&warnings);
    }
    Ok(())
}

/// `12/240 (burn-core, serde)` out of `    Building [=>    ] 12/240: burn-core, serde`, cargo's progress bar.
fn crates_done(line: &str) -> Option<String> {
    let (_, rest) = line
        .trim_start()
        .strip_prefix("Building [")?
        .split_once("] ")?;
    Some(match rest.split_once(": ") {
        Some((count, names)) => format!("{count} ({})", names.trim_end()),
        None => rest.to_owned(),
    })
}

/// cargo's output without its status lines, which begin with a word that ends at the twelfth column.
fn without_status(output: &str) -> String {
    let is_status = |line: &str| {
        let word = line.get(..12).unwrap_or_default();
        word.trim_start().len() > 1
            && word.trim_start().chars().all(char::is_alphabetic)
            && line[12..].starts_with(' ')
    };
    let kept: Vec<&str> = output.lines().filter(|line| !is_status(line)).collect();
    kept.join("\n").trim().to_owned()
}

/// The standard output of a command, or `None` if it is absent or fails. Its complaints are dropped.
pub fn answer(program: impl AsRef<OsStr>, args: &[&str]) -> Option<String> {
    let output = command(program)
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// A program given by an environment variable, else the first of these names on the path. `None` where the variable
/// names no file: another program in its place would hide the mistake.
pub fn find_any(variable: &str, names: &[&str]) -> Option<PathBuf> {
    let named: Option<OsString> = env::var_os(variable).filter(|value| !value.is_empty());
    match named {
        Some(path) => Some(PathBuf::from(path)).filter(|path| path.is_file()),
        None => names.iter().find_map(|name| find(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::{crates_done, read_lines, run_captured, without_status};
    use std::process::Command;

    #[test]
    fn redrawn_lines_are_told_from_those_that_stay() {
        let mut seen = Vec::new();
        let input = b"   Compiling a\n Building 1\r Building 2\r   Compiling b\r\nend";
        read_lines(&input[..], |line, redrawn| {
            seen.push((line.to_owned(), redrawn))
        })
        .unwrap();
        let expected = [
            ("   Compiling a", false),
            (" Building 1", true),
            (" Building 2", true),
            ("   Compiling b", false),
            ("end", false),
        ];
        assert_eq!(
            seen,
            expected.map(|(line, redrawn)| (line.to_owned(), redrawn))
        );
    }

    #[test]
    fn cargos_bar_is_read() {
        assert_eq!(
            crates_done("    Building [====>      ] 12/240: burn-core, ddpm(bin)...   ").as_deref(),
            Some("12/240 (burn-core, ddpm(bin)...)")
        );
        assert_eq!(
            crates_done("    Building [=> ] 0/9").as_deref(),
            Some("0/9")
        );
        assert_eq!(crates_done("   Compiling burn v0.22.1"), None);
    }

    #[test]
    fn of_cargos_output_only_diagnostics_are_shown() {
        let output = "   Compiling ddpm v0.1.0 (/x)
warning: unused variable: `x`
 --> crate/lib.rs:1:2
  |
1 | let x = 1;
  |     ^

    Finished `web` profile [optimized] target(s) in 0.10s
";
        let expected = "\
warning: unused variable: `x`
 --> crate/lib.rs:1:2
  |
1 | let x = 1;
  |     ^";
        assert_eq!(without_status(output), expected);
        assert_eq!(without_status("    Finished `web`\n"), "");
    }

    #[test]
    fn a_failure_tells_all_that_was_printed() {
        let mut rustc = Command::new("rustc");
        rustc.arg("--no-such-option");
        let error = run_captured(rustc, |_| {}).unwrap_err().to_string();
        assert!(error.contains("no-such-option'"), "{error}");
        let mut rustc = Command::new("rustc");
        rustc.arg("--version");
        assert!(run_captured(rustc, |_| {}).unwrap().starts_with("rustc 1."));
    }
}
