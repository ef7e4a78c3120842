//! What the shipped weights' digits are to reach.

use serde_json::Value;

use super::curve::name;
use super::{Cell, Quality};

/// One of them.
pub struct Bar {
    pub what: String,
    pub wanted: String,
    pub found: String,
    /// What another classifier says.
    pub other: Option<String>,
    pub met: bool,
}

/// Those for which something was measured. `other`: `second-opinion.json`.
pub fn bars(quality: &Quality, other: Option<&Value>) -> Vec<Bar> {
    let figures = &quality.report.figures;
    let said = |name: &str| other.and_then(|found| found[name].as_f64());
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let guidance = quality.report.manner.as_ref();
    let guidance = guidance.and_then(|manner| manner["cfg_scale"].as_f64());
    let mut bars = Vec::new();
    if let Some(set) = &figures.conditional {
        if let Some(accuracy) = &set.accuracy {
            bars.push(Bar {
                what: match guidance {
                    Some(scale) => {
                        format!("accuracy of {} digits with guidance {scale}", set.count)
                    }
                    None => format!("accuracy of {} digits", set.count),
                },
                wanted: "≥ 99.0 %".into(),
                found: percent(accuracy.all),
                other: said("accuracy").map(percent),
                met: accuracy.all >= 0.99,
            });
        }
        if let Some(cas) = &set.cas {
            bars.push(Bar {
                what: format!("classification accuracy score from {} digits", set.count),
                wanted: "≥ 97.5 %".into(),
                found: percent(cas.samples),
                other: said("classification_accuracy_score").map(percent),
                met: cas.samples >= 0.975,
            });
        }
        if let Some(found) = &set.neighbours {
            let both = |[samples, real]: [f64; 2]| format!("{samples:.3}, {real:.3}");
            let means = ["nearest_of_samples", "nearest_of_tests"].map(said);
            bars.push(Bar {
                what: "mean distance to the nearest training image: digits, test images".into(),
                wanted: "not below".into(),
                found: both([found.samples.mean, found.real.mean]),
                other: match means {
                    [Some(samples), Some(real)] => Some(both([samples, real])),
                    _ => None,
                },
                met: found.samples.mean >= found.real.mean,
            });
        }
    }
    if let Some((all, few)) = quality.reference.split_last() {
        let theirs =
            |cell: &Cell| other?["frechet_ratio_to_reference"][name(cell.sampler)].as_f64();
        let times = |ratio: f64| format!("{ratio:.2}×");
        bars.extend(few.iter().map(|cell| {
            let ratio = cell.frechet / all.frechet;
            Bar {
                what: format!(
                    "Fréchet distance of {} in {} steps by DDPM's in {}",
                    name(cell.sampler),
                    cell.steps,
                    all.steps
                ),
                wanted: "≤ 1.3×".into(),
                found: times(ratio),
                other: theirs(cell).map(times),
                met: ratio <= 1.3,
            }
        }));
    }
    if let Some(set) = &figures.unconditional {
        let ends = |shares: &[f64]| {
            let [low, high] = [f64::min as fn(f64, f64) -> f64, f64::max]
                .map(|pick| shares.iter().copied().reduce(pick).unwrap_or_default());
            (low, high)
        };
        let range = |(low, high): (f64, f64)| format!("{}, {}", percent(low), percent(high));
        let (low, high) = ends(&set.histogram);
        let theirs = other.and_then(|found| {
            let shares = found["unconditional_histogram"].as_array()?;
            let shares: Vec<f64> = shares.iter().filter_map(Value::as_f64).collect();
            Some(range(ends(&shares)))
        });
        bars.push(Bar {
            what: format!("rarest and commonest of {} unconditional digits", set.count),
            wanted: "≥ 5 %, ≤ 16 %".into(),
            found: range((low, high)),
            other: theirs,
            met: low >= 0.05 && high <= 0.16,
        });
    }
    bars
}
