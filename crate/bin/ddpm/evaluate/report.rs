//! The figures, and how they are told.

use std::path::Path;

use ddpm::checkpoint::Checkpoint;
use ddpm::eval::denoising::{BitsPerDim, Estimate, TENTHS};
use ddpm::eval::neighbours::Spread;
use ddpm::sampler::fingerprint;
use ddpm::unet::CLASSES;
use serde::Serialize;

use super::super::files;
use super::bench::Bench;

/// Everything that was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub weights: Option<Weights>,
    /// How samples were drawn; none where they came in a file.
    pub manner: Option<serde_json::Value>,
    pub classifier: Judge,
    /// Digits drawn with their labels.
    pub conditional: Option<Set>,
    /// Digits drawn without.
    pub unconditional: Option<Set>,
    pub eps_error: Option<EpsError>,
    pub bits: Option<Bits>,
}

/// Which weights.
#[derive(Debug, Clone, Serialize)]
pub struct Weights {
    pub file: String,
    /// Of the whole file.
    pub fingerprint: String,
    pub parameters: usize,
    pub step: u64,
    pub epoch: f64,
    /// Where they came from, in their own words.
    pub origin: String,
    #[serde(skip)]
    pub checkpoint: Checkpoint,
}

/// Which classifier.
#[derive(Debug, Clone, Serialize)]
pub struct Judge {
    /// Share of the test images it gets right, as its file says.
    pub accuracy: f64,
}

/// A figure for samples and the same for real images.
#[derive(Debug, Clone, Serialize)]
pub struct Beside<T> {
    pub samples: T,
    pub real: T,
}

/// What was measured of one set of images.
#[derive(Debug, Clone, Serialize)]
pub struct Set {
    pub count: usize,
    /// Time it took to draw them, if they were drawn here.
    pub seconds: Option<f64>,
    /// From the test images; `real`: of as many training images, of the same classes where samples
    /// have some.
    pub frechet: Beside<f64>,
    pub accuracy: Option<Accuracy>,
    /// Shares of the digits that the classifier sees.
    pub histogram: [f64; CLASSES],
    /// Distances to the nearest training image; `real`: of test images.
    pub neighbours: Option<Beside<Spread>>,
    /// Classification accuracy score.
    pub cas: Option<Beside<f64>>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Accuracy {
    pub all: f64,
    pub by_class: [Option<f64>; CLASSES],
}

#[derive(Debug, Clone, Serialize)]
pub struct EpsError {
    /// Test images looked at.
    pub images: usize,
    pub tenths: [Estimate; TENTHS],
}

#[derive(Debug, Clone, Serialize)]
pub struct Bits {
    /// Test images looked at.
    pub images: usize,
    /// Values of t for each of them, besides 0.
    pub strata: usize,
    pub bounds: Vec<BitsPerDim>,
}

impl Weights {
    /// A weights file, described.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let checkpoint = files::read_weights(path)?;
        Ok(Self {
            file: path.display().to_string(),
            fingerprint: fingerprint(&files::read(path)?),
            parameters: checkpoint.values.len(),
            step: checkpoint.meta.step,
            epoch: checkpoint.meta.epoch,
            origin: checkpoint.meta.origin.clone(),
            checkpoint,
        })
    }
}

/// A line of the table: what, for samples, for real images.
pub type Row = [String; 3];

impl Report {
    /// Nothing measured yet.
    pub fn new(bench: &Bench) -> Self {
        Self {
            weights: None,
            manner: None,
            classifier: Judge {
                accuracy: bench.classifier_meta.accuracy,
            },
            conditional: None,
            unconditional: None,
            eps_error: None,
            bits: None,
        }
    }

    /// The figures as a table; the first row is its head.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = vec![row("measure", "samples", "real images")];
        if let Some(set) = &self.conditional {
            rows.extend(self.set_rows("conditional", set));
        }
        if let Some(set) = &self.unconditional {
            rows.extend(self.set_rows("unconditional", set));
        }
        if let Some(bits) = &self.bits {
            rows.extend(bits.rows());
        }
        if let Some(error) = &self.eps_error {
            for (tenth, estimate) in error.tenths.iter().enumerate() {
                let what = format!(
                    "ε-MSE, t in {}–{} % of T ({} test images)",
                    10 * tenth,
                    10 * (tenth + 1),
                    error.images
                );
                rows.push(row(what, "", with_error(estimate, 5)));
            }
        }
        rows
    }

    fn set_rows(&self, name: &str, set: &Set) -> Vec<Row> {
        let mut rows = vec![row(
            format!("{name}: {} digits, Fréchet distance", set.count),
            format!("{:.4}", set.frechet.samples),
            format!("{:.4}", set.frechet.real),
        )];
        let mut push = |what: &str, samples: String, real: String| {
            rows.push(row(format!("{name}: {what}"), samples, real));
        };
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        if let Some(seconds) = set.seconds {
            let rate = set.count as f64 / seconds;
            push("drawn a second", format!("{rate:.1}"), String::new());
        }
        if let Some(accuracy) = &set.accuracy {
            push(
                "accuracy",
                percent(accuracy.all),
                percent(self.classifier.accuracy),
            );
            let (digit, worst) = (0..CLASSES)
                .filter_map(|class| Some((class, accuracy.by_class[class]?)))
                .min_by(|a, b| a.1.total_cmp(&b.1))
                .expect("at least one digit occurs");
            push(
                &format!("accuracy of the worst digit, {digit}"),
                percent(worst),
                String::new(),
            );
        }
        let (rarest, commonest) = set
            .histogram
            .iter()
            .fold((1.0f64, 0.0f64), |(low, high), &v| {
                (low.min(v), high.max(v))
            });
        push(
            "rarest and commonest digit",
            format!("{}, {}", percent(rarest), percent(commonest)),
            String::new(),
        );
        if let Some(Beside { samples, real }) = &set.neighbours {
            for (what, samples, real) in [
                ("mean", samples.mean, real.mean),
                ("median", samples.median, real.median),
                ("1st percentile", samples.percentile_1, real.percentile_1),
                ("smallest", samples.smallest, real.smallest),
            ] {
                push(
                    &format!("distance to the nearest training image, {what}"),
                    format!("{samples:.3}"),
                    format!("{real:.3}"),
                );
            }
        }
        if let Some(cas) = &set.cas {
            push(
                "classification accuracy score",
                percent(cas.samples),
                percent(cas.real),
            );
        }
        rows
    }
}

impl Bits {
    fn rows(&self) -> Vec<Row> {
        let of = |bound: &BitsPerDim| {
            let kind = serde_json::to_value(bound.variance_type).expect("a name");
            let name = format!("bits/dim, σ² {} ", kind.as_str().unwrap_or_default());
            [
                (format!("({} test images)", self.images), bound.total),
                ("of which L_T".into(), bound.l_t),
                ("of which L_{t−1}".into(), bound.l),
                ("of which L_0".into(), bound.l_0),
            ]
            .map(|(part, estimate)| row(format!("{name}{part}"), "", with_error(&estimate, 4)))
        };
        self.bounds.iter().flat_map(of).collect()
    }
}

fn row(what: impl Into<String>, samples: impl Into<String>, real: impl Into<String>) -> Row {
    [what.into(), samples.into(), real.into()]
}

/// Mean ± standard error with so many digits after the point, or as many as it takes to see something.
fn with_error(estimate: &Estimate, digits: usize) -> String {
    let number = |value: f64| {
        if value != 0.0 && value.abs() < 10f64.powi(1 - digits as i32) {
            format!("{value:.1e}")
        } else {
            format!("{value:.digits$}")
        }
    };
    match estimate.standard_error {
        Some(error) => format!("{} ± {}", number(estimate.mean), number(error)),
        None => number(estimate.mean),
    }
}

/// For a terminal.
pub fn columns(rows: &[Row]) -> String {
    let width = |column: usize| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.max().unwrap_or(0)
    };
    let [first, second, third] = [width(0), width(1), width(2)];
    rows.iter()
        .map(|[what, samples, real]| {
            format!("{what:<first$}  {samples:>second$}  {real:>third$}\n")
        })
        .collect()
}

/// For a page.
pub fn markdown(rows: &[Row]) -> String {
    let line = |row: &Row| format!("| {} |\n", row.join(" | "));
    let (head, body) = rows.split_first().expect("a head");
    let body: String = body.iter().map(line).collect();
    format!("{}| --- | ---: | ---: |\n{body}", line(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_estimates_keep_their_digits() {
        let text = |mean, standard_error| {
            let estimate = Estimate {
                mean,
                standard_error,
            };
            with_error(&estimate, 4)
        };
        assert_eq!(text(1.70034, Some(0.05164)), "1.7003 ± 0.0516");
        assert_eq!(text(0.000_015, Some(0.0)), "1.5e-5 ± 0.0000");
        assert_eq!(text(2.0, None), "2.0000");
    }

    #[test]
    fn tables_line_up() {
        let rows = [row("measure", "samples", "real images"), row("σ²", "1", "")];
        assert_eq!(
            columns(&rows),
            "measure  samples  real images\nσ²             1             \n"
        );
        assert_eq!(
            markdown(&rows),
            "| measure | samples | real images |\n| --- | ---: | ---: |\n| σ² | 1 |  |\n"
        );
    }
}
