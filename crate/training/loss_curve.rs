//! The losses of a run of any length in bounded memory.

/// The most points that are kept.
const MOST: usize = 2048;

/// A run's loss against its steps: the mean loss of each few steps. When there would be too many points, neighbours are
/// merged, and from then on each covers twice as many steps.
#[derive(Debug, Clone, PartialEq)]
pub struct LossCurve {
    points: Vec<(u32, f32)>,
    /// The number of steps that a point covers.
    width: u32,
    /// The sum and the number of the losses since the last point.
    sum: f64,
    count: u32,
}

impl Default for LossCurve {
    fn default() -> Self {
        Self {
            points: Vec::new(),
            width: 1,
            sum: 0.0,
            count: 0,
        }
    }
}

impl LossCurve {
    /// The curve that goes on from these points, which [`LossCurve::points`] gave.
    pub fn from_points(points: Vec<(u32, f32)>) -> Self {
        let gap = |pair: &[(u32, f32)]| pair[1].0.saturating_sub(pair[0].0);
        let width = points.windows(2).map(gap).max().unwrap_or(1).max(1);
        let mut curve = Self {
            points,
            width,
            ..Self::default()
        };
        while curve.points.len() > MOST {
            curve.merge();
        }
        curve
    }

    /// Adds the loss of a step. One that is not finite is left out.
    pub fn push(&mut self, step: u32, loss: f32) {
        if !loss.is_finite() {
            return;
        }
        self.sum += f64::from(loss);
        self.count += 1;
        if self.count < self.width {
            return;
        }
        if self.points.len() >= MOST {
            // The losses since the last point are half of the next one now.
            self.merge();
            return;
        }
        let mean = self.sum / f64::from(self.count);
        self.points.push((step, mean as f32));
        (self.sum, self.count) = (0.0, 0);
    }

    /// The points so far: the last step that each covers, and the mean loss of its steps.
    pub fn points(&self) -> &[(u32, f32)] {
        &self.points
    }

    fn merge(&mut self) {
        let pairs = self.points.chunks(2).map(|pair| match *pair {
            [(_, a), (step, b)] => (step, 0.5 * (a + b)),
            [single, ..] => single,
            [] => unreachable!("chunks are not empty"),
        });
        self.points = pairs.collect();
        // Points from a file may be as far apart as any two steps.
        self.width = self.width.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_runs_keep_every_loss() {
        let mut curve = LossCurve::default();
        for step in 1..=100 {
            curve.push(step, step as f32);
        }
        curve.push(101, f32::NAN);
        assert_eq!(curve.points().len(), 100);
        assert_eq!(curve.points()[41], (42, 42.0));
    }

    #[test]
    fn long_runs_are_bounded_and_keep_their_mean() {
        let mut curve = LossCurve::default();
        for step in 1..=100_000u32 {
            curve.push(step, (step % 7) as f32);
        }
        let points = curve.points();
        assert!(
            (MOST / 2..=MOST).contains(&points.len()),
            "{}",
            points.len()
        );
        assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let mean = points.iter().map(|p| p.1).sum::<f32>() / points.len() as f32;
        assert!((mean - 3.0).abs() < 0.01, "{mean}");
    }

    /// A run that was saved and goes on has the curve of one that was never interrupted, but for the losses since the last
    /// point.
    #[test]
    fn a_curve_goes_on() {
        let mut whole = LossCurve::default();
        let mut first = LossCurve::default();
        for step in 1..=8192u32 {
            whole.push(step, step as f32);
            first.push(step, step as f32);
        }
        let mut second = LossCurve::from_points(first.points().to_vec());
        for step in 8193..=20_000u32 {
            whole.push(step, step as f32);
            second.push(step, step as f32);
        }
        assert_eq!(whole.points(), second.points());
    }

    /// A file may say anything of its steps.
    #[test]
    fn a_curve_goes_on_from_steps_that_are_far_apart() {
        let mut points = vec![(1, 1.0); MOST + 1];
        points[MOST] = (u32::MAX, 1.0);
        let mut curve = LossCurve::from_points(points);
        curve.push(2, 1.0);
        assert_eq!(curve.points().len(), MOST / 2 + 1);
    }
}
