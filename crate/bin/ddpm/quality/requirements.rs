//! The requirements that the shipped weights have to meet, the "bars" of docs/quality.md.

use serde_json::Value;

use super::comparison::name;
use super::{Quality, SamplerResult};

/// A requirement and the measurement.
pub struct Requirement {
    /// The figure.
    pub figure: String,
    /// The bound that it has to keep.
    pub bound: String,
    /// The figure's value.
    pub measured: String,
    /// The same figure by another classifier, if it was measured (tests/quality/second_opinion.py).
    pub second_opinion: Option<String>,
    /// True if the measured value is within the bound.
    pub met: bool,
}

/// The requirements whose figures were measured. `other` is the content of `second-opinion.json`.
pub fn requirements(quality: &Quality, other: Option<&Value>) -> Vec<Requirement> {
    let figures = &quality.report.figures;
    let second_opinion = |name: &str| other.and_then(|found| found[name].as_f64());
    let percent = |fraction: f64| format!("{:.2} %", 100.0 * fraction);
    let guidance = quality.report.draw_settings.as_ref();
    let guidance = guidance.and_then(|settings| settings["cfg_scale"].as_f64());
    let mut requirements = Vec::new();
    if let Some(set) = &figures.conditional {
        if let Some(accuracy) = &set.accuracy {
            requirements.push(Requirement {
                figure: match guidance {
                    Some(scale) => {
                        format!("accuracy of {} digits with guidance {scale}", set.count)
                    }
                    None => format!("accuracy of {} digits", set.count),
                },
                bound: "≥ 99.0 %".into(),
                measured: percent(accuracy.all),
                second_opinion: second_opinion("accuracy").map(percent),
                met: accuracy.all >= 0.99,
            });
        }
        if let Some(cas) = &set.cas {
            requirements.push(Requirement {
                figure: format!("classification accuracy score from {} digits", set.count),
                bound: "≥ 97.5 %".into(),
                measured: percent(cas.samples),
                second_opinion: second_opinion("classification_accuracy_score").map(percent),
                met: cas.samples >= 0.975,
            });
        }
        if let Some(found) = &set.neighbours {
            let both = |[samples, real]: [f64; 2]| format!("{samples:.3}, {real:.3}");
            let means = ["nearest_of_samples", "nearest_of_tests"].map(second_opinion);
            requirements.push(Requirement {
                figure: "mean distance to the nearest training image: digits, test images".into(),
                bound: "not below".into(),
                measured: both([found.samples.mean, found.real.mean]),
                second_opinion: match means {
                    [Some(samples), Some(real)] => Some(both([samples, real])),
                    _ => None,
                },
                met: found.samples.mean >= found.real.mean,
            });
        }
    }
    if let Some((all_steps, few_steps)) = quality.reference.split_last() {
        let by_other = |result: &SamplerResult| {
            other?["frechet_ratio_to_reference"][name(result.sampler)].as_f64()
        };
        let times = |ratio: f64| format!("{ratio:.2}×");
        requirements.extend(few_steps.iter().map(|result| {
            let ratio = result.frechet / all_steps.frechet;
            Requirement {
                figure: format!(
                    "Fréchet distance of {} in {} steps by DDPM's in {}",
                    name(result.sampler),
                    result.steps,
                    all_steps.steps
                ),
                bound: "≤ 1.3×".into(),
                measured: times(ratio),
                second_opinion: by_other(result).map(times),
                met: ratio <= 1.3,
            }
        }));
    }
    if let Some(set) = &figures.unconditional {
        let ends = |fractions: &[f64]| {
            let [low, high] = [f64::min as fn(f64, f64) -> f64, f64::max]
                .map(|pick| fractions.iter().copied().reduce(pick).unwrap_or_default());
            (low, high)
        };
        let range = |(low, high): (f64, f64)| format!("{}, {}", percent(low), percent(high));
        let (low, high) = ends(&set.histogram);
        let by_other = other.and_then(|found| {
            let fractions = found["unconditional_histogram"].as_array()?;
            let fractions: Vec<f64> = fractions.iter().filter_map(Value::as_f64).collect();
            Some(range(ends(&fractions)))
        });
        requirements.push(Requirement {
            figure: format!("rarest and commonest of {} unconditional digits", set.count),
            bound: "≥ 5 %, ≤ 16 %".into(),
            measured: range((low, high)),
            second_opinion: by_other,
            met: low >= 0.05 && high <= 0.16,
        });
    }
    requirements
}
