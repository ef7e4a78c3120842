//! Running other programs: found in one way, shown before they run, their output streamed.

use anyhow::{Context as _, Result, bail};
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// `PATH` with cargo's own `bin` in front: what `cargo install` has just put there must be found
/// even by somebody whose shell does not look there.
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

/// Where a program is, if it is anywhere on the path.
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
    // cargo describes xtask to xtask; a build script further down must not take that for itself,
    // nor compile anew because it was started from here and not from a shell.
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

/// Sets a variable of a command's environment, unless ours has it: whoever set it knows better.
pub fn unless_set(command: &mut Command, name: &str, value: impl AsRef<OsStr>) {
    if env::var_os(name).is_none() {
        command.env(name, value);
    }
}

/// A command as one could type it.
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

/// Runs a command with its output going where ours goes.
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

/// What a command prints, or `None` if it is absent or fails. For asking, so it stays silent.
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

/// A program given by an environment variable, else the first of these names on the path. A variable
/// that names no file is a mistake to be told, not to be worked around: then there is no program.
pub fn find_any(variable: &str, names: &[&str]) -> Option<PathBuf> {
    let named: Option<OsString> = env::var_os(variable).filter(|value| !value.is_empty());
    match named {
        Some(path) => Some(PathBuf::from(path)).filter(|path| path.is_file()),
        None => names.iter().find_map(|name| find(name)),
    }
}
