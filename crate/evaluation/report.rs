//! The figures of an evaluation, and the table that tells them: on the page as in a terminal.

use std::collections::BTreeMap;

use serde::Serialize;

use super::accuracy::{accuracy, accuracy_by_class, histogram};
use super::likelihood::{BitsPerDim, Estimate, TENTHS};
use super::neighbours::Spread;
use super::reference::Verdict;
use crate::nn::unet::CLASSES;

/// Everything that was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    pub classifier: Judge,
    /// Digits drawn with their labels.
    pub conditional: Option<Set>,
    /// Digits drawn without.
    pub unconditional: Option<Set>,
    pub eps_error: Option<EpsError>,
    pub bits: Option<Bits>,
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

/// A line of the table: what, for samples, for real images.
pub type Row = [String; 3];

impl Figures {
    /// Nothing measured yet. `accuracy`: the judge's own, on the test images.
    pub fn new(accuracy: f64) -> Self {
        Self {
            classifier: Judge { accuracy },
            conditional: None,
            unconditional: None,
            eps_error: None,
            bits: None,
        }
    }

    /// The few that say most, by names that people read: for [`crate::checkpoint::Metadata::figures`].
    pub fn summary(&self) -> BTreeMap<String, f64> {
        let mut found = BTreeMap::new();
        let mut note = |name: &str, value: f64| {
            found.insert(name.to_owned(), value);
        };
        if let Some(set) = &self.conditional {
            note("Fréchet distance", set.frechet.samples);
            note("Fréchet distance of real digits", set.frechet.real);
            if let Some(accuracy) = &set.accuracy {
                note("Accuracy, %", 100.0 * accuracy.all);
            }
            if let Some(cas) = &set.cas {
                note("Classification accuracy score, %", 100.0 * cas.samples);
            }
        }
        let bounds = self.bits.iter().flat_map(|bits| &bits.bounds);
        if let Some(bits) = bounds.map(|bound| bound.total.mean).reduce(f64::min) {
            note("Bits/dim", bits);
        }
        found
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

impl Set {
    /// What is quick to measure. `verdict` is the judge's on the samples, `floor` the Fréchet distance of
    /// as many real images; `labels` are what was asked for, if anything was.
    ///
    /// # Panics
    /// If there are not as many labels as images.
    pub fn new(verdict: &Verdict, floor: f64, labels: Option<&[u8]>) -> Self {
        let classes = &verdict.classes;
        Self {
            count: classes.len(),
            seconds: None,
            frechet: Beside {
                samples: verdict.frechet,
                real: floor,
            },
            accuracy: labels.map(|labels| Accuracy {
                all: accuracy(classes, labels),
                by_class: accuracy_by_class(classes, labels),
            }),
            histogram: histogram(classes),
            neighbours: None,
            cas: None,
        }
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
    fn the_summary_has_what_was_measured() {
        let verdict = Verdict {
            frechet: 0.5,
            classes: vec![1, 2, 3, 4],
        };
        let mut figures = Figures::new(0.997);
        assert!(figures.summary().is_empty());
        figures.conditional = Some(Set::new(&verdict, 0.25, Some(&[1, 2, 3, 0])));
        let expected = [
            ("Accuracy, %", 75.0),
            ("Fréchet distance", 0.5),
            ("Fréchet distance of real digits", 0.25),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(figures.summary(), BTreeMap::from(expected));
    }
}
