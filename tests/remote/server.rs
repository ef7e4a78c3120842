//! Starts `ddpm serve` and commands that use it.

use std::process::{Command, Output};

use tempfile::TempDir;

use super::program::DDPM;
use super::running::{self, Running};

/// A server on a free port of this machine, with the token `secret`. It ends with this value.
pub struct Server {
    run: Running,
    pub address: String,
}

impl Server {
    pub fn start(folder: &TempDir, device: &str) -> Self {
        Self::listening(folder, device, ":0")
    }

    /// A server that listens on the address `listen`.
    pub fn listening(folder: &TempDir, device: &str, listen: &str) -> Self {
        let words = ["serve", "--listen", listen, "--device", device];
        let run = Running::start(command(folder).args(words).args(["--token", "secret"]));
        let said = run.wait_for("Ctrl-C ends it");
        let address = said
            .split_whitespace()
            .find(|word| word.starts_with("ws://"));
        let address = address.unwrap().to_owned();
        Self { run, address }
    }

    /// Waits until the server has said this, and gives all that it has said.
    pub fn wait_for(&self, words: &str) -> String {
        self.run.wait_for(words)
    }

    pub fn signal(&self, name: &str) {
        self.run.signal(name);
    }

    /// Ends it as Ctrl-C does, and gives all that it has said.
    pub fn stop(self) -> String {
        self.signal("-INT");
        let output = self.run.output();
        let said = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}{errors}");
        said
    }
}

/// The program in `folder`, with one thread, because client and server share this machine with other tests.
pub fn command(folder: &TempDir) -> Command {
    let mut command = Command::new(DDPM);
    command
        .current_dir(folder.path())
        .env("RAYON_NUM_THREADS", "1")
        .env_remove("DDPM_TOKEN");
    command
}

pub fn succeed(folder: &TempDir, arguments: &[&str]) -> String {
    let output = running::output(command(folder).args(arguments));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} failed: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a command that must fail has said.
pub fn failed(output: &Output) -> String {
    let words = [&output.stdout[..], &output.stderr].concat();
    let words = String::from_utf8_lossy(&words).into_owned();
    assert!(matches!(output.status.code(), Some(1 | 2)), "{words}");
    assert!(!words.contains("panicked"), "{words}");
    words
}

/// Runs a command that must fail, and looks for these words in what it says.
pub fn fails(folder: &TempDir, arguments: &[&str], parts: &[&str]) -> String {
    let words = failed(&running::output(command(folder).args(arguments)));
    for part in parts {
        assert!(
            words.contains(part),
            "{arguments:?}: no {part:?} in {words}"
        );
    }
    words
}
