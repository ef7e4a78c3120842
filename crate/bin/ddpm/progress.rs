//! How long commands say how far they are: a bar on a terminal, a line now and then in a log.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// Time between two lines of a log.
const PAUSE: Duration = Duration::from_secs(60);

/// A bar over a known number of units; dropped, it disappears.
pub struct Bar {
    bar: ProgressBar,
    what: String,
    said: Instant,
}

impl Bar {
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
            said: Instant::now(),
        }
    }

    /// So many units more are done.
    pub fn add(&mut self, units: u64) {
        self.set(self.bar.position() + units);
    }

    /// So many units are done.
    pub fn set(&mut self, units: u64) {
        self.bar.set_position(units);
        if self.bar.is_hidden() && self.said.elapsed() > PAUSE {
            let total = self.bar.length().unwrap_or(units).max(1);
            eprintln!("{}% of {}", 100 * units / total, self.what);
            self.said = Instant::now();
        }
    }

    /// A line of its own on standard output, so that a log keeps it.
    pub fn say(&self, line: &str) {
        self.bar.suspend(|| println!("{line}"));
    }
}
