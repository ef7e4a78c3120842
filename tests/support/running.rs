//! For tests that start programs. Each is waited for only so long: one that hangs is ended and fails its own test, and the tests
//! after it run.

#![allow(dead_code, reason = "each test binary uses only a part of this module")]

use std::io::{ErrorKind, Read};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How long a program may take where a test sets no other limit. Only a test that fails waits for so long.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// How long a program that a test gives up may take to end by itself.
const GRACE: Duration = Duration::from_secs(10);

/// What a program has printed so far.
#[derive(Default)]
struct Printed {
    streams: Mutex<Streams>,
    /// Notified of every change.
    changed: Condvar,
}

#[derive(Default)]
struct Streams {
    /// The bytes of standard output and of standard error.
    bytes: [Vec<u8>; 2],
    /// How many of the two have ended.
    ended: usize,
}

impl Printed {
    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Streams)) {
        change(&mut self.streams());
        self.changed.notify_all();
    }
}

impl Streams {
    /// The complete lines of standard output.
    fn lines(&self) -> String {
        let [output, _] = &self.bytes;
        let complete = output.iter().rposition(|&byte| byte == b'\n');
        let complete = complete.map_or(0, |last| last + 1);
        String::from_utf8_lossy(&output[..complete]).into_owned()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.concat()).into_owned()
    }
}

/// Reads a stream of a program to its end, on a thread of its own: a program whose output nobody reads waits until somebody does.
fn read(mut stream: impl Read + Send + 'static, number: usize, printed: Arc<Printed>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        loop {
            match stream.read(&mut bytes) {
                Ok(0) => break,
                Ok(count) => {
                    printed.change(|streams| streams.bytes[number].extend(&bytes[..count]));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => (),
                Err(_) => break,
            }
        }
        printed.change(|streams| streams.ended += 1);
    });
}

/// A program that a test has started. It is killed when this is dropped.
pub struct Running {
    child: Child,
    /// Its command, for messages.
    command: String,
    printed: Arc<Printed>,
}

impl Running {
    /// Starts a program without input.
    pub fn start(command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let command = format!("{command:?}");
        let mut child = child.unwrap_or_else(|error| panic!("{command}: {error}"));
        let printed = Arc::new(Printed::default());
        read(child.stdout.take().unwrap(), 0, printed.clone());
        read(child.stderr.take().unwrap(), 1, printed.clone());
        Self {
            child,
            command,
            printed,
        }
    }

    /// Sends it a signal, such as -INT.
    pub fn signal(&self, name: &str) {
        signal(&self.child.id().to_string(), name);
    }

    /// Waits until it has printed a line with `words` on standard output, and gives all lines that it has printed there.
    pub fn wait_for(&self, words: &str) -> String {
        let missing = |streams: &mut Streams| streams.ended < 2 && !streams.lines().contains(words);
        self.wait_while(PATIENCE, missing);
        let lines = self.printed.streams().lines();
        assert!(
            lines.contains(words),
            "{} has not said {words:?}. {}",
            self.command,
            self.report()
        );
        lines
    }

    /// Waits until `condition` is true of what it does, and fails if it ends before.
    ///
    /// * `what`: the condition in words
    pub fn wait_until(&mut self, what: &str, mut condition: impl FnMut() -> bool) {
        let start = Instant::now();
        while !condition() {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && start.elapsed() < PATIENCE,
                "{} was to run until {what}; after {} s it has {}. {}",
                self.command,
                start.elapsed().as_secs(),
                ended.map_or("not come to that".into(), |status| format!(
                    "ended with {status}"
                )),
                self.report()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until it has ended.
    pub fn output(self) -> Output {
        self.output_within(PATIENCE)
    }

    /// Waits until it has ended, and fails if it takes longer than `limit`.
    pub fn output_within(mut self, limit: Duration) -> Output {
        let start = Instant::now();
        // It ends after its streams, or at the same time.
        self.wait_while(limit, |streams| streams.ended < 2);
        let status = loop {
            let all_read = self.printed.streams().ended == 2;
            if let (true, Some(status)) = (all_read, self.child.try_wait().unwrap()) {
                break status;
            }
            assert!(
                start.elapsed() < limit,
                "{} has not ended after {} s. {}",
                self.command,
                limit.as_secs(),
                self.report()
            );
            std::thread::sleep(Duration::from_millis(1));
        };
        let [stdout, stderr] = std::mem::take(&mut self.printed.streams().bytes);
        Output {
            status,
            stdout,
            stderr,
        }
    }

    /// Waits while `condition` is true of what it has printed, for `limit` at most.
    fn wait_while(&self, limit: Duration, condition: impl FnMut(&mut Streams) -> bool) {
        let streams = self.printed.streams();
        let waited = self
            .printed
            .changed
            .wait_timeout_while(streams, limit, condition);
        drop(waited.unwrap());
    }

    /// What it has printed, for messages.
    fn report(&self) -> String {
        format!("It has printed:\n{}", self.printed.streams().text())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() && matches!(self.child.try_wait(), Ok(None)) {
            // The test has failed while the program runs. `mpirun` ends its processes if it is asked to end, and leaves them
            // behind if it is killed.
            let process = self.child.id().to_string();
            let _ = Command::new("kill").args(["-TERM", &process]).status();
            let start = Instant::now();
            while start.elapsed() < GRACE && matches!(self.child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end.
pub fn output(command: &mut Command) -> Output {
    Running::start(command).output()
}

/// Sends a signal to a process.
pub fn signal(process: &str, name: &str) {
    let sent = Command::new("kill").args([name, process]).status();
    assert!(sent.unwrap().success(), "kill {name} {process}");
}

/// What `ldd` says of a program or library: the libraries that it is linked to, and those that they are linked to.
#[cfg(target_os = "linux")]
pub fn linked(path: &std::path::Path) -> String {
    let output = output(Command::new("ldd").arg(path));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ldd {}: {errors}", path.display());
    String::from_utf8(output.stdout).unwrap()
}
