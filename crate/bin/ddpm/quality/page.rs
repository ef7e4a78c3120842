//! The text of docs/quality.md and the files beside it: plots and JSON.

use std::path::Path;

use anyhow::Context;
use ddpm::evaluation::figures::{Figures, Row, SetFigures, number};
use ddpm::evaluation::neighbours::DistanceSummary;
use ddpm::samplers::{SamplerConfig, SamplerKind};
use serde_json::{Value, json};

use super::super::draw::DrawSettings;
use super::super::evaluate::{WeightsFile, markdown};
use super::super::files;
use super::comparison::{TIMED, name};
use super::plot::{Axes, Series, lines};
use super::requirements::requirements;
use super::{BoundModel, GRID, Quality, SamplerResult};

/// Writes the page, its plots and `quality.json` into the folder `docs`. `command` is the list of arguments that `quality`
/// was measured with; the page quotes it.
///
/// # Errors
/// If a file cannot be written.
pub fn write(
    quality: &Quality,
    other: Option<&Value>,
    docs: &Path,
    command: &[String],
) -> anyhow::Result<()> {
    let figures = &quality.report.figures;
    let pictures = docs.join("quality");
    let mut plots = Vec::new();
    let mut plot = |file: &str, axes: Axes, series: Vec<Series>| -> anyhow::Result<()> {
        if series.iter().any(|s| !s.points.is_empty()) {
            lines(&pictures.join(file), &axes, &series)?;
            plots.push(format!("![{}](quality/{file})\n", axes.title));
        }
        Ok(())
    };
    plot(
        "steps.svg",
        Axes {
            title: "Fréchet distance by steps",
            x: "steps",
            y: "Fréchet distance",
            log: [true, true],
        },
        curves(&quality.table, |result| f64::from(result.steps)),
    )?;
    plot(
        "seconds.svg",
        Axes {
            title: "Fréchet distance by time",
            x: "seconds a digit",
            y: "Fréchet distance",
            log: [true, true],
        },
        curves(&quality.table, |result| {
            result.seconds_a_digit.unwrap_or_default()
        }),
    )?;
    plot(
        "classes.svg",
        Axes {
            title: "Digits that the classifier sees",
            x: "digit",
            y: "share",
            log: [false, false],
        },
        classes(figures),
    )?;
    plot(
        "neighbours.svg",
        Axes {
            title: "Distance to the nearest training image",
            x: "L2 distance of pixels in 0 … 1",
            y: "share of images",
            log: [false, false],
        },
        neighbours(figures),
    )?;
    plot(
        "eps.svg",
        Axes {
            title: "ε-MSE along t",
            x: "t/T",
            y: "mean of (ε − ε̂)²",
            log: [false, true],
        },
        eps(figures),
    )?;
    files::write(
        &docs.join("quality.json"),
        &serde_json::to_vec_pretty(quality)?,
    )?;
    let page = text(quality, other, &plots, command);
    files::write(&docs.join("quality.md"), page.as_bytes())
}

/// Reads `second-opinion.json`, the figures of another program (tests/quality/second_opinion.py), if it exists and is about
/// weights with this fingerprint and digits drawn with these settings. Otherwise the page has no such figures.
///
/// # Errors
/// If the file is not JSON.
pub fn second_opinion(
    weights: &str,
    settings: &DrawSettings,
    pictures: &Path,
) -> anyhow::Result<Option<Value>> {
    let path = pictures.join("second-opinion.json");
    let Ok(json) = std::fs::read(&path) else {
        return Ok(None);
    };
    let found: Value = serde_json::from_slice(&json).with_context(|| path.display().to_string())?;
    let described = json!({
        "sampler": settings.sampler.kind, "steps": settings.sampler.steps, "cfg_scale": settings.cfg_scale,
        "cfg_t_min": settings.interval.cfg_t_min, "cfg_t_max": settings.interval.cfg_t_max, "eta": settings.sampler.eta,
    });
    // The file names no other settings, so they have to be at their defaults.
    let others = SamplerConfig {
        eta: settings.sampler.eta,
        ..settings.default_sampler()
    };
    let default = settings.sampler == others && settings.seed == 0;
    if default && found["weights"] == weights && found["manner"] == described {
        return Ok(Some(found));
    }
    println!(
        "{} describes other weights, or digits drawn with other settings: the page leaves it out",
        path.display()
    );
    Ok(None)
}

/// The Fréchet distances of `results` as one series for each sampler, over `x`.
fn curves(results: &[SamplerResult], x: impl Fn(&SamplerResult) -> f64) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    for result in results {
        let name = name(result.sampler);
        if series.last().is_none_or(|last| last.name != name) {
            series.push(Series {
                name,
                points: Vec::new(),
            });
        }
        // A logarithmic axis has no place for a distance of 0.
        let point = (x(result), result.frechet.value.max(1e-6));
        series
            .last_mut()
            .expect("a series was just pushed")
            .points
            .push(point);
    }
    series
}

/// The fractions of the ten digits, conditional and unconditional.
fn classes(figures: &Figures) -> Vec<Series> {
    let series = |name: &str, set: &Option<SetFigures>| {
        let set = set.as_ref()?;
        let fractions = set.histogram.iter().enumerate();
        Some(Series {
            name: name.into(),
            points: fractions
                .map(|(digit, fraction)| (digit as f64, fraction.value))
                .collect(),
        })
    };
    let sets = [
        series("conditional, classes in turn", &figures.conditional),
        series("unconditional", &figures.unconditional),
    ];
    sets.into_iter().flatten().collect()
}

/// The histograms of the distances to the nearest training image, up to the last bin that is not empty.
fn neighbours(figures: &Figures) -> Vec<Series> {
    let found = figures
        .conditional
        .as_ref()
        .and_then(|s| s.neighbours.as_ref());
    let Some(found) = found else {
        return Vec::new();
    };
    let both = [("samples", &found.samples), ("test images", &found.real)];
    let last =
        |summary: &DistanceSummary| summary.histogram.iter().rposition(|&n| n > 0).unwrap_or(0);
    let end = both
        .map(|(_, summary)| last(summary))
        .into_iter()
        .max()
        .unwrap_or(0);
    both.map(|(name, summary)| {
        let total = f64::from(summary.histogram.iter().sum::<u32>());
        let counts = summary.histogram[..=end].iter().enumerate();
        Series {
            name: name.into(),
            points: counts
                .map(|(k, &n)| (0.5 * k as f64 + 0.25, f64::from(n) / total))
                .collect(),
        }
    })
    .into()
}

/// The error in the noise over the middle of each tenth of t.
fn eps(figures: &Figures) -> Vec<Series> {
    let tenths = figures.eps_error.iter().flat_map(|e| e.tenths.iter());
    vec![Series {
        name: "test images".into(),
        points: tenths
            .enumerate()
            .map(|(tenth, error)| (0.1 * tenth as f64 + 0.05, error.value))
            .collect(),
    }]
}

/// The text of the page.
fn text(quality: &Quality, other: Option<&Value>, plots: &[String], command: &[String]) -> String {
    let report = &quality.report;
    let of_weights = report.weights.iter().map(|w| weights("Weights", w));
    let classless = quality.unconditional_weights.iter();
    let classless = classless.map(|file| weights("Weights for digits without a class", file));
    let of_bound = quality.bound.iter();
    let of_bound = of_bound.map(|bound| weights("Weights for bits/dim", &bound.weights));
    let weights: Vec<String> = of_weights.chain(classless).chain(of_bound).collect();
    let weights = weights.join("\n");
    let settings: String = [
        ("Drawn", &report.draw_settings),
        (
            "Unconditional digits are drawn",
            &report.unconditional_draw_settings,
        ),
    ]
    .into_iter()
    .filter_map(|(what, settings)| Some(format!("\n{what} with `{}`.\n", settings.as_ref()?)))
    .collect();
    let requirements = requirements_table(quality, other);
    let command: Vec<_> = command.iter().map(|argument| quoted(argument)).collect();
    let command = command.join(" ");
    format!(
        "# Quality\n\n\
         Made by `cargo run --release --bin ddpm -- {command}`, which draws and measures \
         everything, but for what `--cache` keeps of an earlier run; do not edit. All figures are in [quality.json](quality.json). `crate/evaluation/` says what \
         each measure is.\n\n\
         {weights}{settings}\n\
         ![{GRID} digits](quality/samples.png)\n\n\
         The first {GRID} digits of the draw, not chosen: classes in turn, row by row.\n\n\
         ## Bars\n\n\
         {requirements}\n\
         ## Measures\n\n\
         The Fréchet distance is between features of this project's own classifier ({:.2} % of the \
         test images): it cannot be compared with distances between Inception's. Beside it stands \
         that of as many training images of the same classes. In parentheses stand 95 % confidence intervals, by the \
         bootstrap (`crate/evaluation/bootstrap.rs`).\n\n\
         {}\n\
         ## Samplers\n\n\
         {}\n\
         {}",
        100.0 * report.figures.classifier.accuracy.value,
        markdown(&rows(quality)),
        table(quality),
        plots.join("\n"),
    )
}

/// An argument, quoted for a shell if it has to be.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,+=:".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// The table of the requirements, and the Fréchet distances behind it.
fn requirements_table(quality: &Quality, other: Option<&Value>) -> String {
    let mut lines = vec!["| what | bar | measured | by another classifier | |".to_owned()];
    lines.push("| --- | --- | --- | --- | --- |".into());
    for requirement in requirements(quality, other) {
        let met = if requirement.met { "met" } else { "**missed**" };
        lines.push(format!(
            "| {} | {} | {} | {} | {met} |",
            requirement.figure,
            requirement.bound,
            requirement.measured,
            requirement.second_opinion.unwrap_or_default()
        ));
    }
    let mut about = Vec::new();
    if let (Some(first), Some(real)) = (quality.reference.first(), &quality.reference_real_frechet)
    {
        let distances = quality.reference.iter().map(|result| {
            format!(
                "{} in {} steps {}",
                name(result.sampler),
                result.steps,
                number(&result.frechet, 4)
            )
        });
        about.push(format!(
            "Fréchet distances of {} digits each: {}; as many training images of the same classes have {}.",
            first.count,
            distances.collect::<Vec<_>>().join(", "),
            number(real, 4),
        ));
    }
    if other.is_some() {
        about.push(
            "The other classifier is tests/quality/second_opinion.py's, in PyTorch, on digits that the command line drew \
             ([its figures](quality/second-opinion.json)); its distances are on a scale of their own."
                .into(),
        );
    }
    let about = match about.join(" ") {
        none if none.is_empty() => none,
        sentences => format!("\n{sentences}\n"),
    };
    format!("{}\n{about}", lines.join("\n"))
}

/// The table of the measures: the figures of the weights, and the bits/dim of the other model.
fn rows(quality: &Quality) -> Vec<Row> {
    let mut rows = quality.report.figures.rows();
    if let Some(BoundModel { weights, bits }) = &quality.bound
        && let Some(least) = bits.least()
    {
        rows.push([
            format!(
                "bits/dim of `{}`, σ² {} ({} test images)",
                weights.file, least.variance_type, bits.images
            ),
            String::new(),
            number(&least.total, 4),
        ]);
    }
    rows
}

/// The paragraph that describes weights, which it calls `name`.
fn weights(name: &str, weights: &WeightsFile) -> String {
    format!(
        "{name}: `{}` (fingerprint {}), {} parameters, {} steps ({:.2} epochs). {}\n",
        weights.file,
        weights.fingerprint,
        weights.parameters,
        weights.step,
        weights.epoch,
        weights.origin
    )
}

/// The samplers and the numbers of steps that were compared.
fn axes(quality: &Quality) -> (Vec<SamplerKind>, Vec<u32>) {
    let mut kinds: Vec<_> = quality.table.iter().map(|result| result.sampler).collect();
    kinds.dedup();
    let mut steps: Vec<u32> = quality.table.iter().map(|result| result.steps).collect();
    steps.sort_unstable();
    steps.dedup();
    (kinds, steps)
}

/// The table of the comparison, with a row for each sampler and a column for each number of steps: the distance, and the
/// milliseconds for one digit.
fn table(quality: &Quality) -> String {
    let (kinds, steps) = axes(quality);
    let Some(first) = quality.table.first() else {
        return "No samplers were compared.\n".into();
    };
    let mut lines = vec![format!("| sampler | {} |", join(&steps, u32::to_string))];
    lines.push(format!("| --- | {} |", join(&steps, |_| "---:".into())));
    for kind in kinds {
        let cell = |steps: &u32| {
            let mut results = quality.table.iter();
            let found = results.find(|result| result.sampler == kind && result.steps == *steps);
            found.map_or_else(String::new, |result| {
                let milliseconds = 1000.0 * result.seconds_a_digit.unwrap_or_default();
                format!("{}, {milliseconds:.0} ms", number(&result.frechet, 4))
            })
        };
        lines.push(format!("| {} | {} |", name(kind), join(&steps, cell)));
    }
    format!(
        "Fréchet distance and time a digit, by steps, {} class-conditional digits each; as many \
         training images of the same classes have {}. In parentheses, the 95 % confidence interval. With so few digits \
         all distances are larger than those of the table above, so compare them with one another only. Times are of the machine that \
         made this page, {} threads, {TIMED} digits drawn at once, one cell after the other.\n\n{}\n",
        first.count,
        number(&quality.table_real_frechet, 4),
        quality.threads,
        lines.join("\n")
    )
}

/// The texts of `items` with cell borders between them.
fn join<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    let texts: Vec<String> = items.iter().map(text).collect();
    texts.join(" | ")
}
