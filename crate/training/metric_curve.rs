//! What else is known of a run's steps than their losses: running means of the loss by t, and all of it against the step in bounded
//! memory.

use serde::{Deserialize, Serialize};

use super::ImageLoss;

/// The number of parts of 0 … T−1 whose losses are told apart.
pub const TENTHS: usize = 10;
/// The number of images that a running mean looks back on.
const MEMORY: f64 = 50.0;

/// The running mean of the loss in each tenth of 0 … T−1: the loss of a batch depends as much on its t as on the network.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TenthMeans {
    /// Sums of losses that lose a part of themselves with every image, and the sums of the images' weights in them.
    sums: [(f64, f64); TENTHS],
}

impl TenthMeans {
    /// The means that go on from these, each as if it came from one image.
    pub fn from_means(means: [Option<f32>; TENTHS]) -> Self {
        let share = 1.0 / MEMORY;
        let sum =
            |mean: Option<f32>| mean.map_or((0.0, 0.0), |mean| (f64::from(mean) * share, share));
        Self {
            sums: means.map(sum),
        }
    }

    /// Takes note of an image, whose t is below `timesteps`. A loss that is not finite is left out.
    pub fn push(&mut self, image: ImageLoss, timesteps: u32) {
        if !image.loss.is_finite() {
            return;
        }
        let tenth = (image.t as usize * TENTHS / timesteps.max(1) as usize).min(TENTHS - 1);
        let (sum, weight) = &mut self.sums[tenth];
        *sum += (f64::from(image.loss) - *sum) / MEMORY;
        *weight += (1.0 - *weight) / MEMORY;
    }

    /// The means, from the smallest t to the largest; `None` where no image had such a t.
    pub fn means(&self) -> [Option<f32>; TENTHS] {
        // Divided by the sum of the weights, a mean is right from the first image on.
        self.sums
            .map(|(sum, weight)| (weight > 0.0).then(|| (sum / weight) as f32))
    }
}

/// What is known of a step, or of the last of several and their means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct MetricPoint {
    /// The step, counted from 1.
    pub step: u32,
    /// The L2 norm of the gradient before clipping: the mean of the steps.
    pub grad_norm: f32,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// Training images a second, over the last seconds.
    pub images_per_s: f32,
    /// The running mean of the loss in each tenth of 0 … T−1 ([`TenthMeans`]).
    pub tenths: [Option<f32>; TENTHS],
}

/// The most points that are kept: they are part of the description in a run's file.
const MOST: usize = 512;

/// A run's [`MetricPoint`]s. When there would be too many, neighbours are merged, and from then on each covers twice as many
/// steps.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricCurve {
    points: Vec<MetricPoint>,
    /// The number of steps that a point covers.
    width: u32,
    /// The number of steps that the last point covers so far.
    covered: u32,
}

impl Default for MetricCurve {
    fn default() -> Self {
        Self {
            points: Vec::new(),
            width: 1,
            covered: 0,
        }
    }
}

impl MetricCurve {
    /// The curve that goes on from these points, which [`MetricCurve::points`] gave.
    pub fn from_points(points: Vec<MetricPoint>) -> Self {
        let gap = |pair: &[MetricPoint]| pair[1].step.saturating_sub(pair[0].step);
        let width = points.windows(2).map(gap).max().unwrap_or(1).max(1);
        let mut curve = Self {
            points,
            width,
            covered: width,
        };
        while curve.points.len() > MOST {
            curve.merge();
        }
        curve
    }

    /// Adds a step.
    pub fn push(&mut self, point: MetricPoint) {
        if let Some(last) = self.points.last_mut()
            && self.covered < self.width
        {
            *last = merged(*last, f64::from(self.covered), point, 1.0);
            self.covered += 1;
            return;
        }
        if self.points.len() >= MOST {
            self.merge();
            // The last point covers as many steps as it has to, or is a single one without a neighbour.
            if self.covered < self.width {
                self.push(point);
                return;
            }
        }
        self.points.push(point);
        self.covered = 1;
    }

    /// The points so far: the last step that each covers.
    pub fn points(&self) -> &[MetricPoint] {
        &self.points
    }

    fn merge(&mut self) {
        self.covered = match self.points.len() % 2 {
            0 => self.covered.saturating_add(self.width),
            _ => self.covered,
        };
        let pairs = self.points.chunks(2).map(|pair| match *pair {
            [a, b] => merged(a, 1.0, b, 1.0),
            [single, ..] => single,
            [] => unreachable!("chunks are not empty"),
        });
        self.points = pairs.collect();
        // Points from a file may be as far apart as any two steps.
        self.width = self.width.saturating_mul(2);
    }
}

/// Two neighbours as one, with the weights of their means.
fn merged(a: MetricPoint, of_a: f64, b: MetricPoint, of_b: f64) -> MetricPoint {
    let mean =
        |a: f32, b: f32| ((f64::from(a) * of_a + f64::from(b) * of_b) / (of_a + of_b)) as f32;
    MetricPoint {
        grad_norm: mean(a.grad_norm, b.grad_norm),
        ..b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(step: u32) -> MetricPoint {
        MetricPoint {
            step,
            grad_norm: (step % 8) as f32,
            learning_rate: 1e-3,
            images_per_s: 100.0,
            tenths: [Some(0.5); TENTHS],
        }
    }

    #[test]
    fn a_tenth_is_the_mean_of_its_images() {
        let mut tenths = TenthMeans::default();
        assert_eq!(tenths.means(), [None; TENTHS]);
        for (t, loss) in [(0, 1.0), (99, 3.0), (100, 5.0), (999, 7.0), (999, f32::NAN)] {
            tenths.push(ImageLoss { t, loss }, 1000);
        }
        let means = tenths.means();
        let recent = means[0].unwrap();
        assert!(
            (2.0..2.1).contains(&recent),
            "the newer counts a little more: {recent}"
        );
        assert_eq!((means[1], means[2], means[9]), (Some(5.0), None, Some(7.0)));
        let again = TenthMeans::from_means(means).means();
        for (again, mean) in again.iter().zip(&means) {
            assert_eq!(again.is_some(), mean.is_some());
            let difference = again.unwrap_or_default() - mean.unwrap_or_default();
            assert!(difference.abs() < 1e-6);
        }
        // T need not be divisible by ten, and a t beyond it is of the last.
        tenths.push(ImageLoss { t: 13, loss: 1.0 }, 11);
    }

    /// With one image of each tenth in every step, the tenths average to the running mean of the steps' losses.
    #[test]
    fn tenths_average_to_the_loss() {
        let mut tenths = TenthMeans::default();
        let (mut sum, mut weight) = (0.0, 0.0);
        for step in 0..200u32 {
            let loss = |tenth: u32| (1.0 + f64::from(step * 10 + tenth).sin()) as f32;
            let mut total = 0.0;
            for tenth in 0..10 {
                total += f64::from(loss(tenth));
                let t = tenth * 100 + step % 100;
                tenths.push(
                    ImageLoss {
                        t,
                        loss: loss(tenth),
                    },
                    1000,
                );
            }
            sum += (total / 10.0 - sum) / MEMORY;
            weight += (1.0 - weight) / MEMORY;
            let means = tenths.means();
            let mean = means
                .iter()
                .flatten()
                .map(|&mean| f64::from(mean))
                .sum::<f64>()
                / 10.0;
            assert!((mean - sum / weight).abs() < 1e-6, "{mean} at step {step}");
        }
    }

    #[test]
    fn short_runs_keep_every_step_and_long_ones_are_bounded() {
        let mut curve = MetricCurve::default();
        for step in 1..=MOST as u32 {
            curve.push(point(step));
        }
        assert_eq!(curve.points().len(), MOST);
        assert_eq!(curve.points()[7], point(8));
        for step in MOST as u32 + 1..=100_000 {
            curve.push(point(step));
            assert_eq!(curve.points().last().unwrap().step, step);
        }
        let points = curve.points();
        assert!(
            (MOST / 2..=MOST).contains(&points.len()),
            "{}",
            points.len()
        );
        assert!(points.windows(2).all(|pair| pair[0].step < pair[1].step));
        // Those but the last cover whole rounds of eight.
        assert!(
            points[..points.len() - 1]
                .iter()
                .all(|it| (it.grad_norm - 3.5).abs() < 1e-3)
        );

        let again = MetricCurve::from_points(points.to_vec());
        assert_eq!(again.points(), points);
        let many = vec![point(1); 5000];
        assert!(MetricCurve::from_points(many).points().len() <= MOST);
    }
}
