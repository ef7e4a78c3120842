//! Starts `ddpm serve` and commands that use it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tempfile::TempDir;

use super::program::DDPM;

/// How long anything may take to be said. It is only waited for where the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server on a free port of this machine, with the token `secret`. It ends with this value.
pub struct Server {
    child: Child,
    pub address: String,
    said: Arc<(Mutex<String>, Condvar)>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    pub fn start(folder: &TempDir, device: &str) -> Self {
        let mut child = command(folder)
            .args(["serve", "--listen", ":0", "--device", device, "--token"])
            .arg("secret")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let said = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let writer = said.clone();
        let reader = std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let mut said = writer.0.lock().unwrap();
                said.push_str(&line);
                said.push('\n');
                writer.1.notify_all();
            }
        });
        let mut server = Self {
            child,
            address: String::new(),
            said,
            reader: Some(reader),
        };
        let said = server.wait_for("Ctrl-C ends it");
        let address = said
            .split_whitespace()
            .find(|word| word.starts_with("ws://"));
        server.address = address.unwrap().to_owned();
        server
    }

    /// Waits until the server has said this, and gives all that it has said.
    pub fn wait_for(&self, words: &str) -> String {
        let said = self.said.0.lock().unwrap();
        let (said, timeout) = self
            .said
            .1
            .wait_timeout_while(said, PATIENCE, |said| !said.contains(words))
            .unwrap();
        assert!(
            !timeout.timed_out(),
            "the server has not said {words:?}: {said}"
        );
        said.clone()
    }

    pub fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &process]).status();
        assert!(sent.unwrap().success(), "kill {name}");
    }

    /// Ends it as Ctrl-C does, and gives all that it has said.
    pub fn stop(mut self) -> String {
        self.signal("-INT");
        let status = self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        let said = self.said.0.lock().unwrap().clone();
        assert!(status.success(), "{said}");
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
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
    let output = command(folder).args(arguments).output().unwrap();
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
    let words = failed(&command(folder).args(arguments).output().unwrap());
    for part in parts {
        assert!(
            words.contains(part),
            "{arguments:?}: no {part:?} in {words}"
        );
    }
    words
}
