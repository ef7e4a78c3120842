//! How fast something goes and how long it will take, from a clock that the caller reads.

/// Measures work done in bursts: pauses do not count.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// Seconds of finished bursts.
    before: f64,
    /// When the running burst began.
    since: Option<f64>,
    /// Recent (seconds spent working, work done), oldest first.
    recent: std::collections::VecDeque<(f64, f64)>,
}

/// The rate is that of the last so many seconds.
const WINDOW_S: f64 = 10.0;

impl Pace {
    /// A burst begins at `now` (seconds on any clock).
    pub fn start(&mut self, now: f64) {
        self.since = Some(now);
    }

    /// The burst ends.
    pub fn stop(&mut self, now: f64) {
        self.before = self.elapsed(now);
        self.since = None;
    }

    /// Seconds spent working.
    pub fn elapsed(&self, now: f64) -> f64 {
        self.before + self.since.map_or(0.0, |since| now - since)
    }

    /// `done` units of work are done by `now`.
    pub fn record(&mut self, now: f64, done: f64) {
        let elapsed = self.elapsed(now);
        self.recent.push_back((elapsed, done));
        while self.recent.len() > 2 && elapsed - self.recent[0].0 > WINDOW_S {
            self.recent.pop_front();
        }
    }

    /// Units a second over the last seconds; 0 while nothing is known.
    pub fn rate(&self) -> f64 {
        match (self.recent.front(), self.recent.back()) {
            (Some(first), Some(last)) if last.0 > first.0 => {
                (last.1 - first.1) / (last.0 - first.0)
            }
            _ => 0.0,
        }
    }

    /// Seconds for `work` units more at the present rate; `None` while the rate is unknown.
    pub fn left(&self, work: f64) -> Option<f64> {
        let rate = self.rate();
        (rate > 0.0).then(|| work / rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_do_not_count() {
        let mut pace = Pace::default();
        assert_eq!(pace.left(1.0), None);
        pace.start(100.0);
        pace.record(100.0, 0.0);
        pace.record(102.0, 4.0);
        assert_eq!(pace.rate(), 2.0);
        assert_eq!(pace.left(6.0), Some(3.0));
        pace.stop(102.0);
        assert_eq!(pace.elapsed(500.0), 2.0);
        pace.start(500.0);
        assert_eq!(pace.elapsed(501.0), 3.0);
        pace.record(501.0, 6.0);
        assert_eq!(pace.rate(), 2.0);
    }

    #[test]
    fn the_rate_follows_the_last_seconds() {
        let mut pace = Pace::default();
        pace.start(0.0);
        for second in 0..100 {
            let speed = if second < 50 { 1.0 } else { 5.0 };
            let done = if second < 50 {
                f64::from(second)
            } else {
                50.0 + 5.0 * f64::from(second - 50)
            };
            pace.record(f64::from(second), done);
            if second > 70 {
                assert!((pace.rate() - speed).abs() < 0.5);
            }
        }
    }
}
