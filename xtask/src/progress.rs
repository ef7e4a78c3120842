//! The progress of a long build: on a terminal one line that is redrawn, elsewhere (a log, CI) a line when a task begins
//! or ends and one every 30 seconds.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often a log gets a line while nothing begins or ends.
const LOG_EVERY: Duration = Duration::from_secs(30);

/// Several tasks, some of them at the same time, shown in one line: the time so far, how far the running tasks are, and
/// which tasks are left.
pub struct Progress {
    start: Instant,
    /// Absent where standard error is no terminal.
    bar: Option<ProgressBar>,
    entries: Arc<Mutex<Vec<Entry>>>,
}

struct Entry {
    name: String,
    stage: Stage,
}

enum Stage {
    Waiting,
    /// With a word on how far it is, if there is one.
    Running(String),
    Done,
}

/// A running task; it is done when dropped.
pub struct Task<'a> {
    progress: &'a Progress,
    index: usize,
}

impl Progress {
    /// Tasks by name, in the order in which they will be listed as left to do.
    pub fn new<S: Into<String>>(tasks: impl IntoIterator<Item = S>) -> Self {
        let entries = tasks.into_iter().map(|name| Entry {
            name: name.into(),
            stage: Stage::Waiting,
        });
        let start = Instant::now();
        let entries = Arc::new(Mutex::new(entries.collect()));
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        if bar.is_none() {
            let entries = Arc::downgrade(&entries);
            thread::spawn(move || {
                loop {
                    thread::sleep(LOG_EVERY);
                    // Gone when the build has ended.
                    let Some(entries) = entries.upgrade() else {
                        break;
                    };
                    log(start, &line(&locked(&entries)));
                }
            });
        }
        Self {
            start,
            bar,
            entries,
        }
    }

    /// Begins a task of that name; one that was not announced is added to the list.
    pub fn begin(&self, name: &str) -> Task<'_> {
        let index = {
            let mut entries = locked(&self.entries);
            let index = entries
                .iter()
                .position(|entry| entry.name == name)
                .unwrap_or_else(|| {
                    entries.push(Entry {
                        name: name.to_owned(),
                        stage: Stage::Waiting,
                    });
                    entries.len() - 1
                });
            entries[index].stage = Stage::Running(String::new());
            index
        };
        self.log(&format!("{name}: begins"));
        self.draw();
        Task {
            progress: self,
            index,
        }
    }

    /// Prints a line of text above the line that moves.
    pub fn print(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| println!("{text}")),
            None => println!("{text}"),
        }
    }

    /// Prints a warning or another remark above the line that moves.
    pub fn remark(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    fn log(&self, text: &str) {
        if self.bar.is_none() {
            log(self.start, text);
        }
    }

    fn set(&self, index: usize, stage: Stage) {
        locked(&self.entries)[index].stage = stage;
        self.draw();
    }

    fn draw(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message(line(&locked(&self.entries)));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Task<'_> {
    /// Says how far the task is.
    pub fn at(&self, text: &str) {
        self.progress
            .set(self.index, Stage::Running(text.to_owned()));
    }

    /// Prints a warning or another remark above the line that moves.
    pub fn remark(&self, text: &str) {
        self.progress.remark(text);
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        self.progress.set(self.index, Stage::Done);
        let name = locked(&self.progress.entries)[self.index].name.clone();
        self.progress.log(&format!("{name}: ended"));
    }
}

fn locked(entries: &Mutex<Vec<Entry>>) -> MutexGuard<'_, Vec<Entry>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A line of a log.
fn log(start: Instant, text: &str) {
    eprintln!("{} {text}", clock(start.elapsed()));
}

/// The running tasks, then those that are left.
fn line(entries: &[Entry]) -> String {
    let mut running = Vec::new();
    let mut waiting = Vec::new();
    for Entry { name, stage } in entries {
        match stage {
            Stage::Waiting => waiting.push(name.as_str()),
            Stage::Running(text) if text.is_empty() => running.push(name.clone()),
            Stage::Running(text) => running.push(format!("{name} {text}")),
            Stage::Done => {}
        }
    }
    let mut line = running.join(", ");
    if !waiting.is_empty() {
        line.push_str(" | left: ");
        line.push_str(&waiting.join(", "));
    }
    line
}

/// Minutes and seconds.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{:3}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::{Entry, Stage, clock, line};
    use std::time::Duration;

    #[test]
    fn the_line_says_what_runs_and_what_is_left() {
        let entry = |name: &str, stage| Entry {
            name: name.into(),
            stage,
        };
        let mut entries = vec![
            entry("npm packages", Stage::Done),
            entry("page-cpu", Stage::Running("12/240 (burn)".into())),
            entry("wasm-bindgen", Stage::Running(String::new())),
            entry("page-gpu", Stage::Waiting),
            entry("wasm-opt", Stage::Waiting),
        ];
        assert_eq!(
            line(&entries),
            "page-cpu 12/240 (burn), wasm-bindgen | left: page-gpu, wasm-opt"
        );
        for entry in &mut entries {
            entry.stage = Stage::Done;
        }
        assert_eq!(line(&entries), "");
    }

    #[test]
    fn times_read_as_minutes_and_seconds() {
        assert_eq!(clock(Duration::from_secs(754)), " 12:34");
        assert_eq!(clock(Duration::from_millis(900)), "  0:00");
    }
}
