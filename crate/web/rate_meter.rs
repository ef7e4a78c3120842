//! How fast work goes, how long the rest of it will take, and how much of it a GPU is handed at a time; all from a clock
//! that the caller reads.

/// The seconds between two progress events of a task, so that the page is not busy showing them.
pub const REPORT_EVERY_S: f64 = 0.2;

/// Measures work done in bursts: pauses do not count.
#[derive(Debug, Clone, Default)]
pub struct RateMeter {
    /// Seconds of finished bursts.
    before: f64,
    /// When the running burst began.
    since: Option<f64>,
    /// Recent (seconds spent working, work done), oldest first.
    recent: std::collections::VecDeque<(f64, f64)>,
}

/// Seconds that the rate is the mean of.
const WINDOW_S: f64 = 10.0;

impl RateMeter {
    /// A burst begins at `now` (seconds on any clock).
    pub fn start(&mut self, now: f64) {
        self.since = Some(now);
    }

    /// The burst ends.
    pub fn stop(&mut self, now: f64) {
        self.before = self.elapsed(now);
        self.since = None;
    }

    /// Forget the rate, because work of another kind follows. `elapsed`: the seconds spent working, which still count.
    pub fn begin_again(&mut self, elapsed: f64) {
        let last = self.recent.back().map(|&(_, done)| (elapsed, done));
        self.recent = last.into_iter().collect();
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

/// Seconds of work that a GPU is handed at a time: no more than a frame of the browser's, so that every frame can show
/// another step, and a Pause is felt at once.
const BATCH_S: f64 = 0.016;

/// Most steps of a batch.
const LONGEST: usize = 32;

/// How many steps to submit before asking when they are done. The answer costs a thread a wake-up, which is more than a
/// short step is worth.
#[derive(Debug, Clone, Default)]
pub struct SubmissionBatch {
    /// Seconds a step, a running mean of the last batches.
    step_s: Option<f64>,
    /// When the last batch that is known to be done was done.
    done: f64,
    /// Steps of the next batch, 0 before anything is known.
    next: usize,
}

impl SubmissionBatch {
    /// A batch of `steps`, begun at `begun` at the earliest, was done at `done` (seconds on any clock). It had to wait for
    /// the batches before.
    pub fn record(&mut self, steps: usize, begun: f64, done: f64) {
        let took = (done - self.done.max(begun)).max(0.0) / steps as f64;
        // Two batches whose ends become known together look like a slow and a quick one: their mean is right.
        self.step_s = Some(self.step_s.map_or(took, |before| (before + took) / 2.0));
        self.done = done;
        // At most doubled, since one measurement may be far off.
        let fit = BATCH_S / self.step_s.unwrap_or(BATCH_S);
        self.next = (fit as usize).clamp(1, (2 * self.steps()).min(LONGEST));
    }

    /// Steps of the next batch, 1 until something is known.
    pub fn steps(&self) -> usize {
        self.next.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps that a batch settles at on a device that takes `step_s` for a step, with `ahead` batches submitted before the
    /// first is waited for.
    fn settled(step_s: f64, ahead: usize) -> usize {
        let mut batch = SubmissionBatch::default();
        let mut under_way = std::collections::VecDeque::new();
        let mut free = 5.0;
        let mut now = 5.0;
        for _ in 0..100 {
            let steps = batch.steps();
            free = f64::max(free, now) + step_s * steps as f64;
            under_way.push_back((steps, now, free));
            if under_way.len() >= ahead {
                let (steps, begun, done) = under_way.pop_front().unwrap();
                now = f64::max(now, done);
                batch.record(steps, begun, done);
            }
        }
        batch.steps()
    }

    #[test]
    fn a_batch_is_as_many_steps_as_fit_a_frame() {
        assert_eq!(SubmissionBatch::default().steps(), 1);
        assert_eq!(settled(0.5, 3), 1);
        assert_eq!(settled(0.0101, 3), 1);
        for ahead in [1, 3] {
            assert_eq!(settled(0.0019, ahead), 8);
            assert_eq!(settled(1e-5, ahead), LONGEST);
            assert_eq!(settled(0.0, ahead), LONGEST);
        }
    }

    #[test]
    fn a_slow_step_shortens_a_batch_at_once_and_a_pause_does_not() {
        let mut batch = SubmissionBatch::default();
        for number in 0..50 {
            batch.record(1, 0.0, 0.0011 * f64::from(number));
        }
        let long = batch.steps();
        assert!(long > 8, "{long}");
        batch.record(long, 100.0, 100.0 + 0.0011 * long as f64);
        assert_eq!(batch.steps(), long);
        batch.record(long, 100.0, 101.0);
        assert_eq!(batch.steps(), 1);
    }

    #[test]
    fn pauses_do_not_count() {
        let mut rate = RateMeter::default();
        assert_eq!(rate.left(1.0), None);
        rate.start(100.0);
        rate.record(100.0, 0.0);
        rate.record(102.0, 4.0);
        assert_eq!(rate.rate(), 2.0);
        assert_eq!(rate.left(6.0), Some(3.0));
        rate.stop(102.0);
        assert_eq!(rate.elapsed(500.0), 2.0);
        rate.start(500.0);
        assert_eq!(rate.elapsed(501.0), 3.0);
        rate.record(501.0, 6.0);
        assert_eq!(rate.rate(), 2.0);
    }

    #[test]
    fn the_rate_follows_the_last_seconds() {
        let mut rate = RateMeter::default();
        rate.start(0.0);
        for second in 0..100 {
            let speed = if second < 50 { 1.0 } else { 5.0 };
            let done = if second < 50 {
                f64::from(second)
            } else {
                50.0 + 5.0 * f64::from(second - 50)
            };
            rate.record(f64::from(second), done);
            if second > 70 {
                assert!((rate.rate() - speed).abs() < 0.5);
            }
        }
    }
}
