//! The requirements that the shipped weights have to meet, the "bars" of docs/quality.md.

use ddpm::evaluation::bootstrap::Estimate;
use ddpm::evaluation::figures::{SetFigures, WithReference, number, percent};
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
    let mut requirements = Vec::new();
    if let Some(set) = &figures.conditional {
        let guidance = quality.report.draw_settings.as_ref();
        let guidance = guidance.and_then(|settings| settings["cfg_scale"].as_f64());
        requirements.extend(of_conditional(set, guidance, other));
    }
    if let Some((all_steps, few_steps)) = quality.reference.split_last() {
        requirements.extend(
            few_steps
                .iter()
                .map(|few| of_few_steps(few, all_steps, other)),
        );
    }
    if let Some(set) = &figures.unconditional {
        requirements.extend(of_unconditional(set, other));
    }
    requirements.extend(of_bits_per_dim(quality));
    requirements
}

/// The number that `second-opinion.json` has under `name`.
fn second_opinion(other: Option<&Value>, name: &str) -> Option<f64> {
    other.and_then(|found| found[name].as_f64())
}

/// The share that `second-opinion.json` has under `name`, in percent.
fn second_share(other: Option<&Value>, name: &str) -> Option<String> {
    second_opinion(other, name).map(|share| percent(&Estimate::exact(share)))
}

/// The requirements of digits that were drawn for given labels with this guidance.
fn of_conditional(
    set: &SetFigures,
    guidance: Option<f64>,
    other: Option<&Value>,
) -> Vec<Requirement> {
    let mut requirements = Vec::new();
    if let Some(accuracy) = &set.accuracy {
        let with = guidance.map_or_else(String::new, |scale| format!(" with guidance {scale}"));
        requirements.push(Requirement {
            figure: format!("accuracy of {} digits{with}", set.count),
            bound: "≥ 99.0 %".into(),
            measured: percent(&accuracy.all),
            second_opinion: second_share(other, "accuracy"),
            met: accuracy.all.value >= 0.99,
        });
    }
    if let Some(cas) = &set.cas {
        requirements.push(Requirement {
            figure: format!("classification accuracy score from {} digits", set.count),
            bound: "≥ 98.9 %".into(),
            measured: percent(&cas.samples),
            second_opinion: second_share(other, "classification_accuracy_score"),
            met: cas.samples.value >= 0.989,
        });
    }
    if let Some(distance) = second_opinion(other, "frechet_distance") {
        let real = second_opinion(other, "frechet_distance_of_real_digits");
        let real = real.map_or_else(String::new, |real| format!(" (real digits: {real:.2})"));
        requirements.push(Requirement {
            figure: format!(
                "Fréchet distance of {} digits by another classifier{real}",
                set.count
            ),
            bound: "≤ 2.7".into(),
            measured: String::new(),
            second_opinion: Some(format!("{distance:.2}")),
            met: distance <= 2.7,
        });
    }
    if let Some(found) = &set.neighbours {
        let means = ["nearest_of_samples", "nearest_of_tests"];
        let means = means.map(|name| second_opinion(other, name));
        requirements.push(Requirement {
            figure: "mean distance to the nearest training image: digits, test images".into(),
            bound: "not below".into(),
            measured: [&found.samples.mean, &found.real.mean]
                .map(|mean| number(mean, 3))
                .join(", "),
            second_opinion: match means {
                [Some(samples), Some(real)] => Some(format!("{samples:.3}, {real:.3}")),
                _ => None,
            },
            met: found.samples.mean.value >= found.real.mean.value,
        });
    }
    requirements
}

/// The requirement of digits that were drawn in few steps, beside those of all steps.
fn of_few_steps(few: &SamplerResult, all: &SamplerResult, other: Option<&Value>) -> Requirement {
    let ratio = few.frechet.ratio(&all.frechet);
    let by_other = || {
        let ratios = &other?["frechet_ratio_to_reference"];
        let key = format!("{}-{}", name(few.sampler), few.steps);
        ratios[&key].as_f64()
    };
    Requirement {
        figure: format!(
            "Fréchet distance of {} in {} steps by {}'s in {}",
            name(few.sampler),
            few.steps,
            name(all.sampler),
            all.steps
        ),
        bound: "≤ 1.05×".into(),
        measured: format!("{}×", number(&ratio, 2)),
        second_opinion: by_other().map(|ratio| format!("{ratio:.2}×")),
        met: ratio.value <= 1.05,
    }
}

/// The requirements of digits that were drawn without labels.
fn of_unconditional(set: &SetFigures, other: Option<&Value>) -> Vec<Requirement> {
    let [low, high] = set.rarest_and_commonest();
    let shares = || {
        let shares = other?["unconditional_histogram"].as_array()?;
        let shares = shares.iter().filter_map(Value::as_f64);
        let (low, high) = shares.fold((1.0, 0.0), |(low, high), share| {
            (f64::min(low, share), f64::max(high, share))
        });
        Some(
            [low, high]
                .map(|share| percent(&Estimate::exact(share)))
                .join(", "),
        )
    };
    let WithReference { samples, real } = &set.recognised;
    let count = set.count;
    vec![
        Requirement {
            figure: format!("Fréchet distance of {count} unconditional digits"),
            bound: "≤ 0.15".into(),
            measured: number(&set.frechet.samples, 4),
            second_opinion: second_opinion(other, "unconditional_frechet_distance")
                .map(|distance| format!("{distance:.2}")),
            met: set.frechet.samples.value <= 0.15,
        },
        Requirement {
            figure: format!(
                "of {count} unconditional digits, recognised with more than 95 % confidence (real images: {})",
                percent(real)
            ),
            bound: "≥ real − 4 points".into(),
            measured: percent(samples),
            second_opinion: second_share(other, "unconditional_recognised"),
            met: samples.value >= real.value - 0.04,
        },
        Requirement {
            figure: format!("rarest and commonest of {count} unconditional digits"),
            bound: "≥ 5 %, ≤ 16 %".into(),
            measured: [&low, &high].map(percent).join(", "),
            second_opinion: shares(),
            met: low.value >= 0.05 && high.value <= 0.16,
        },
    ]
}

/// The requirement of bits/dim, which the better of the measured models has to meet.
fn of_bits_per_dim(quality: &Quality) -> Option<Requirement> {
    let of_weights = quality
        .report
        .figures
        .bits
        .iter()
        .map(|bits| (bits, None::<&str>));
    let of_bound = quality
        .bound
        .iter()
        .map(|bound| (&bound.bits, Some(bound.weights.file.as_str())));
    let (total, images, file) = of_weights
        .chain(of_bound)
        .filter_map(|(bits, file)| Some((bits.least()?.total, bits.images, file)))
        .min_by(|(a, ..), (b, ..)| a.value.total_cmp(&b.value))?;
    let by = file.map_or_else(String::new, |file| format!(" by `{file}`"));
    Some(Requirement {
        figure: format!("bits/dim of {images} test images{by}"),
        bound: "≤ 1.15".into(),
        measured: number(&total, 3),
        second_opinion: None,
        met: total.value <= 1.15,
    })
}
