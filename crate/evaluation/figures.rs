//! The figures of an evaluation and their table, which the page and the command line both show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::accuracy::{accuracy, accuracy_by_class, confusion, histogram};
use super::bits_per_dim::BitsPerDim;
use super::bootstrap::Estimate;
use super::eps_error::TENTHS;
use super::evaluator::SetEvaluation;
use super::neighbours::DistanceSummary;
use crate::nn::unet::CLASSES;

/// All figures of an evaluation. A measure that was left out is `None`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Figures {
    /// The classifier that the figures depend on.
    pub classifier: ClassifierFigures,
    /// The digits that were drawn for given labels.
    pub conditional: Option<SetFigures>,
    /// The digits that were drawn without labels.
    pub unconditional: Option<SetFigures>,
    /// The network's error in the noise.
    pub eps_error: Option<EpsErrorFigures>,
    /// The variational bound.
    pub bits: Option<BitsPerDimFigures>,
}

/// The quality of the classifier.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct ClassifierFigures {
    /// The fraction of the test images that it classifies correctly.
    pub accuracy: Estimate,
}

/// A figure of the samples and, for comparison, the same figure of real images.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct WithReference<T> {
    /// The figure of the samples.
    pub samples: T,
    /// The figure of the real images.
    pub real: T,
}

/// The figures of one set of images.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct SetFigures {
    /// The number of images.
    pub count: usize,
    /// The time that drawing took, in seconds; `None` for images read from a file.
    pub seconds: Option<f64>,
    /// The Fréchet distance from the test images. The reference is that of as many training images, of the same classes
    /// if the samples have labels.
    pub frechet: WithReference<Estimate>,
    /// The fraction of images that the classifier is more than 95 % sure of, whichever digit it sees; the reference is that
    /// of the same training images.
    pub recognised: WithReference<Estimate>,
    /// The fraction of images that the classifier assigns to their label; `None` for images without labels.
    pub accuracy: Option<Accuracy>,
    /// The fraction of the images that the classifier assigns to each digit.
    pub histogram: [Estimate; CLASSES],
    /// The distances to the nearest training image. The reference is that of test images.
    pub neighbours: Option<WithReference<DistanceSummary>>,
    /// The classification accuracy score (see [`super::cas`]). The reference is that of as many training images of the
    /// same classes.
    pub cas: Option<WithReference<Estimate>>,
}

/// The evaluation of real images, to compare that of samples with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// The Fréchet distance from the test images.
    pub frechet: Estimate,
    /// The fraction of the images that the classifier is sure of.
    pub recognised: Estimate,
}

impl From<SetEvaluation> for Reference {
    fn from(evaluation: SetEvaluation) -> Self {
        Self {
            frechet: evaluation.frechet,
            recognised: evaluation.recognised,
        }
    }
}

/// An accuracy, as fractions in 0 … 1.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Accuracy {
    /// The accuracy on all images.
    pub all: Estimate,
    /// The accuracy on the images of each class; `None` for a class without images.
    pub by_class: [Option<Estimate>; CLASSES],
    /// How many images of each label the classifier assigns to each digit, `[label][digit]`.
    pub confusion: [[u32; CLASSES]; CLASSES],
}

/// The squared error of the predicted noise (see [`super::eps_error`]).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct EpsErrorFigures {
    /// The number of test images used.
    pub images: usize,
    /// The error for t in each tenth of 0 … T − 1.
    pub tenths: [Estimate; TENTHS],
}

/// The variational bound (see [`super::bits_per_dim`]).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct BitsPerDimFigures {
    /// The number of test images used.
    pub images: usize,
    /// The number of t drawn for each image, besides t = 0.
    pub strata: usize,
    /// The bound for each variance of the reverse process.
    pub bounds: Vec<BitsPerDim>,
}

/// A row of the table: the measure, its value for the samples, its value for real images.
pub type Row = [String; 3];

impl Figures {
    /// Figures with no measure in them yet; `accuracy` is that of the classifier on the test images.
    pub fn new(accuracy: Estimate) -> Self {
        Self {
            classifier: ClassifierFigures { accuracy },
            conditional: None,
            unconditional: None,
            eps_error: None,
            bits: None,
        }
    }

    /// The most important figures by their names for people, as [`crate::checkpoint::Metadata::figures`] stores them.
    pub fn summary(&self) -> BTreeMap<String, f64> {
        let mut found = BTreeMap::new();
        let mut add = |name: &str, value: f64| {
            found.insert(name.to_owned(), value);
        };
        if let Some(set) = &self.conditional {
            add("Fréchet distance", set.frechet.samples.value);
            add("Fréchet distance of real digits", set.frechet.real.value);
            if let Some(accuracy) = &set.accuracy {
                add("Accuracy, %", 100.0 * accuracy.all.value);
            }
            if let Some(cas) = &set.cas {
                add(
                    "Classification accuracy score, %",
                    100.0 * cas.samples.value,
                );
            }
        }
        if let Some(least) = self.bits.as_ref().and_then(BitsPerDimFigures::least) {
            add("Bits/dim", least.total.value);
        }
        found
    }

    /// The figures as a table; the first row is the header.
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
                let measure = format!(
                    "ε-MSE, t in {}–{} % of T ({} test images)",
                    10 * tenth,
                    10 * (tenth + 1),
                    error.images
                );
                rows.push(row(measure, "", number(estimate, 5)));
            }
        }
        rows
    }

    /// The rows of one set, whose measures begin with `name`.
    fn set_rows(&self, name: &str, set: &SetFigures) -> Vec<Row> {
        let mut rows = vec![row(
            format!("{name}: {} digits, Fréchet distance", set.count),
            number(&set.frechet.samples, 4),
            number(&set.frechet.real, 4),
        )];
        let mut push = |measure: &str, samples: String, real: String| {
            rows.push(row(format!("{name}: {measure}"), samples, real));
        };
        if let Some(seconds) = set.seconds {
            let rate = set.count as f64 / seconds;
            push("drawn a second", format!("{rate:.1}"), String::new());
        }
        if let Some(accuracy) = &set.accuracy {
            push(
                "accuracy",
                percent(&accuracy.all),
                percent(&self.classifier.accuracy),
            );
            let (digit, worst) = (0..CLASSES)
                .filter_map(|class| Some((class, accuracy.by_class[class]?)))
                .min_by(|a, b| a.1.value.total_cmp(&b.1.value))
                .expect("at least one digit occurs");
            push(
                &format!("accuracy of the worst digit, {digit}"),
                percent(&worst),
                String::new(),
            );
        }
        push(
            "recognised with more than 95 % confidence",
            percent(&set.recognised.samples),
            percent(&set.recognised.real),
        );
        let [rarest, commonest] = set.rarest_and_commonest();
        push("share of the rarest digit", percent(&rarest), String::new());
        push(
            "share of the commonest digit",
            percent(&commonest),
            String::new(),
        );
        if let Some(WithReference { samples, real }) = &set.neighbours {
            for (statistic, samples, real) in [
                ("mean", &samples.mean, &real.mean),
                ("median", &samples.median, &real.median),
                ("1st percentile", &samples.percentile_1, &real.percentile_1),
                ("smallest", &samples.smallest, &real.smallest),
            ] {
                push(
                    &format!("distance to the nearest training image, {statistic}"),
                    number(samples, 3),
                    number(real, 3),
                );
            }
        }
        if let Some(cas) = &set.cas {
            push(
                "classification accuracy score",
                percent(&cas.samples),
                percent(&cas.real),
            );
        }
        rows
    }
}

impl SetFigures {
    /// The figures that follow from an `evaluation` of the samples. `reference` is that of as many real images, `labels` are
    /// the labels that the samples were drawn for, if any.
    ///
    /// # Panics
    /// If the number of labels is not that of the images.
    pub fn new(evaluation: &SetEvaluation, reference: &Reference, labels: Option<&[u8]>) -> Self {
        let classes = &evaluation.classes;
        Self {
            count: classes.len(),
            seconds: None,
            frechet: WithReference {
                samples: evaluation.frechet,
                real: reference.frechet,
            },
            recognised: WithReference {
                samples: evaluation.recognised,
                real: reference.recognised,
            },
            accuracy: labels.map(|labels| Accuracy {
                all: accuracy(classes, labels),
                by_class: accuracy_by_class(classes, labels),
                confusion: confusion(classes, labels),
            }),
            histogram: histogram(classes),
            neighbours: None,
            cas: None,
        }
    }

    /// The shares of the rarest and of the commonest digit.
    pub fn rarest_and_commonest(&self) -> [Estimate; 2] {
        let order = |a: &&Estimate, b: &&Estimate| a.value.total_cmp(&b.value);
        let shares = self.histogram.iter();
        let ends = [shares.clone().min_by(order), shares.max_by(order)];
        ends.map(|end| *end.expect("ten digits"))
    }
}

impl BitsPerDimFigures {
    /// The bound with the variance that makes it smallest.
    pub fn least(&self) -> Option<&BitsPerDim> {
        let order = |a: &&BitsPerDim, b: &&BitsPerDim| a.total.value.total_cmp(&b.total.value);
        self.bounds.iter().min_by(order)
    }

    fn rows(&self) -> Vec<Row> {
        let rows = |bound: &BitsPerDim| {
            let kind = serde_json::to_value(bound.variance_type).expect("a name");
            let name = format!("bits/dim, σ² {} ", kind.as_str().unwrap_or_default());
            [
                (format!("({} test images)", self.images), bound.total),
                ("of which L_T".into(), bound.l_t),
                ("of which L_{t−1}".into(), bound.l),
                ("of which L_0".into(), bound.l_0),
            ]
            .map(|(part, estimate)| row(format!("{name}{part}"), "", number(&estimate, 4)))
        };
        self.bounds.iter().flat_map(rows).collect()
    }
}

fn row(measure: impl Into<String>, samples: impl Into<String>, real: impl Into<String>) -> Row {
    [measure.into(), samples.into(), real.into()]
}

/// "value (low to high)" with `digits` digits after the point; a number too small for these is written with an exponent.
pub fn number(estimate: &Estimate, digits: usize) -> String {
    with_interval(estimate, "", |value| {
        if value != 0.0 && value.abs() < 10f64.powi(1 - digits as i32) {
            format!("{value:.1e}")
        } else {
            format!("{value:.digits$}")
        }
    })
}

/// "value % (low to high)" of a fraction, with two digits after the point.
pub fn percent(fraction: &Estimate) -> String {
    with_interval(fraction, " %", |value| format!("{:.2}", 100.0 * value))
}

/// The value with its unit and the ends of its interval without it.
fn with_interval(estimate: &Estimate, unit: &str, text: impl Fn(f64) -> String) -> String {
    let value = text(estimate.value);
    match estimate.interval {
        Some([low, high]) => format!("{value}{unit} ({} to {})", text(low), text(high)),
        None => format!("{value}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_estimates_keep_their_digits() {
        let text = |value, interval| number(&Estimate { value, interval }, 4);
        let some = Some([1.6513, 1.751]);
        assert_eq!(text(1.70034, some), "1.7003 (1.6513 to 1.7510)");
        let small = text(0.000_015, Some([0.0, 0.1]));
        assert_eq!(small, "1.5e-5 (0.0000 to 0.1000)");
        assert_eq!(text(2.0, None), "2.0000");
        assert_eq!(percent(&Estimate::exact(0.99712)), "99.71 %");
    }

    #[test]
    fn the_summary_contains_what_was_measured() {
        let evaluation = SetEvaluation {
            frechet: Estimate::exact(0.5),
            classes: vec![1, 2, 3, 4],
            confidences: vec![1.0; 4],
            recognised: Estimate::exact(1.0),
        };
        let reference = Reference {
            frechet: Estimate::exact(0.25),
            recognised: Estimate::exact(1.0),
        };
        let mut figures = Figures::new(Estimate::exact(0.997));
        assert!(figures.summary().is_empty());
        figures.conditional = Some(SetFigures::new(
            &evaluation,
            &reference,
            Some(&[1, 2, 3, 0]),
        ));
        let expected = [
            ("Accuracy, %", 75.0),
            ("Fréchet distance", 0.5),
            ("Fréchet distance of real digits", 0.25),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(figures.summary(), BTreeMap::from(expected));
    }
}
