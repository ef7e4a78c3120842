//! The progress display of long commands: a bar on a terminal, a line every minute in a log.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// The time between two lines of a log.
const LINE_INTERVAL: Duration = Duration::from_secs(60);

/// The progress of a task with a known number of units. It disappears when it is dropped.
pub struct ProgressDisplay {
    bar: ProgressBar,
    what: String,
    last_line: Instant,
}

impl ProgressDisplay {
    /// Shows the task `what`, of `total` units, none of them done.
    pub fn new(total: u64, what: impl Into<String>) -> Self {
        let what = what.into();
        let style = ProgressStyle::with_template(
            "{bar:40} {percent:>3}% of {msg}, {elapsed} gone, {eta} left",
        );
        let bar = ProgressBar::new(total)
            .with_style(style.expect("a correct template"))
            .with_finish(ProgressFinish::AndClear);
        bar.set_message(what.clone());
        Self {
            bar,
            what,
            last_line: Instant::now(),
        }
    }

    /// Counts `units` more as done.
    pub fn add(&mut self, units: u64) {
        self.set(self.bar.position() + units);
    }

    /// Sets the number of units done.
    pub fn set(&mut self, units: u64) {
        self.bar.set_position(units);
        if self.bar.is_hidden() && self.last_line.elapsed() > LINE_INTERVAL {
            let total = self.bar.length().unwrap_or(units).max(1);
            eprintln!("{}% of {}", 100 * units / total, self.what);
            self.last_line = Instant::now();
        }
    }

    /// Prints a line on standard output, which a log keeps.
    pub fn print(&self, line: &str) {
        self.bar.suspend(|| println!("{line}"));
    }
}
