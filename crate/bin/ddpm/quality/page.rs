//! docs/quality.md and what lies beside it.

use std::path::Path;

use anyhow::Context;
use ddpm::evaluation::neighbours::Spread;
use ddpm::evaluation::report::{Figures, Set};
use ddpm::samplers::SamplerKind;
use serde_json::{Value, json};

use super::super::draw::Manner;
use super::super::evaluate::{Weights, markdown};
use super::super::files;
use super::bars::bars;
use super::curve::{TIMED, name};
use super::plot::{Axes, Series, lines};
use super::{Cell, GRID, Quality};

/// `command`: the arguments that `quality` is the outcome of.
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
        curves(&quality.table, |cell| f64::from(cell.steps)),
    )?;
    plot(
        "seconds.svg",
        Axes {
            title: "Fréchet distance by time",
            x: "seconds a digit",
            y: "Fréchet distance",
            log: [true, true],
        },
        curves(&quality.table, |cell| {
            cell.seconds_a_digit.unwrap_or_default()
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

/// What another program says of weights with this fingerprint, and of digits drawn in this manner. The page does without
/// where there is nothing.
///
/// # Errors
/// If there is a file that is no JSON.
pub fn second_opinion(
    weights: &str,
    manner: &Manner,
    pictures: &Path,
) -> anyhow::Result<Option<Value>> {
    let path = pictures.join("second-opinion.json");
    let Ok(json) = std::fs::read(&path) else {
        return Ok(None);
    };
    let found: Value = serde_json::from_slice(&json).with_context(|| path.display().to_string())?;
    let of = json!({
        "sampler": manner.sampler.kind, "steps": manner.sampler.steps, "cfg_scale": manner.cfg_scale,
    });
    // What else there is to say of a manner was by default.
    let usual = manner.sampler == manner.usual_sampler() && manner.seed == 0;
    if usual && found["weights"] == weights && found["manner"] == of {
        return Ok(Some(found));
    }
    println!(
        "{} is of other weights or of digits drawn in another manner: the page does without it",
        path.display()
    );
    Ok(None)
}

fn curves(cells: &[Cell], x: impl Fn(&Cell) -> f64) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    for cell in cells {
        let name = name(cell.sampler);
        if series.last().is_none_or(|last| last.name != name) {
            series.push(Series {
                name,
                points: Vec::new(),
            });
        }
        // A distance of 0 has no place on a logarithmic axis.
        let point = (x(cell), cell.frechet.max(1e-6));
        series.last_mut().expect("just seen to").points.push(point);
    }
    series
}

fn classes(figures: &Figures) -> Vec<Series> {
    let of = |name: &str, set: &Option<Set>| {
        let set = set.as_ref()?;
        let shares = set.histogram.iter().enumerate();
        Some(Series {
            name: name.into(),
            points: shares
                .map(|(digit, &share)| (digit as f64, share))
                .collect(),
        })
    };
    let sets = [
        of("conditional, classes in turn", &figures.conditional),
        of("unconditional", &figures.unconditional),
    ];
    sets.into_iter().flatten().collect()
}

fn neighbours(figures: &Figures) -> Vec<Series> {
    let found = figures
        .conditional
        .as_ref()
        .and_then(|s| s.neighbours.as_ref());
    let Some(found) = found else {
        return Vec::new();
    };
    let both = [("samples", &found.samples), ("test images", &found.real)];
    let last = |spread: &Spread| spread.halves.iter().rposition(|&n| n > 0).unwrap_or(0);
    let end = both
        .map(|(_, spread)| last(spread))
        .into_iter()
        .max()
        .unwrap_or(0);
    both.map(|(name, spread)| {
        let total = f64::from(spread.halves.iter().sum::<u32>());
        let shares = spread.halves[..=end].iter().enumerate();
        Series {
            name: name.into(),
            points: shares
                .map(|(k, &n)| (0.5 * k as f64 + 0.25, f64::from(n) / total))
                .collect(),
        }
    })
    .into()
}

fn eps(figures: &Figures) -> Vec<Series> {
    let tenths = figures.eps_error.iter().flat_map(|e| e.tenths.iter());
    vec![Series {
        name: "test images".into(),
        points: tenths
            .enumerate()
            .map(|(tenth, error)| (0.1 * tenth as f64 + 0.05, error.mean))
            .collect(),
    }]
}

fn text(quality: &Quality, other: Option<&Value>, plots: &[String], command: &[String]) -> String {
    let report = &quality.report;
    let weights = report.weights.as_ref().map_or_else(String::new, weights);
    let manner = report
        .manner
        .as_ref()
        .map_or_else(String::new, |manner| format!("\nDrawn with `{manner}`.\n"));
    let bars = bars_table(quality, other);
    let command: Vec<_> = command.iter().map(|argument| quoted(argument)).collect();
    let command = command.join(" ");
    format!(
        "# Quality\n\n\
         Made by `cargo run --release --bin ddpm -- {command}`, which draws and measures \
         everything, but for what `--cache` keeps of an earlier run; do not edit. All figures are in [quality.json](quality.json). `crate/evaluation/` says what \
         each measure is.\n\n\
         {weights}{manner}\n\
         ![{GRID} digits](quality/samples.png)\n\n\
         The first {GRID} digits of the draw, not chosen: classes in turn, row by row.\n\n\
         ## Bars\n\n\
         {bars}\n\
         ## Measures\n\n\
         The Fréchet distance is between features of this project's own classifier ({:.2} % of the \
         test images): it cannot be compared with distances between Inception's. Beside it stands \
         that of as many training images of the same classes.\n\n\
         {}\n\
         ## Samplers\n\n\
         {}\n\
         {}",
        100.0 * report.figures.classifier.accuracy,
        markdown(&report.figures.rows()),
        table(quality),
        plots.join("\n"),
    )
}

/// An argument as a shell takes it.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,+=:".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// What the digits are to reach, and by how much they do.
fn bars_table(quality: &Quality, other: Option<&Value>) -> String {
    let mut lines = vec!["| what | bar | measured | by another classifier | |".to_owned()];
    lines.push("| --- | --- | --- | --- | --- |".into());
    for bar in bars(quality, other) {
        let met = if bar.met { "met" } else { "**missed**" };
        lines.push(format!(
            "| {} | {} | {} | {} | {met} |",
            bar.what,
            bar.wanted,
            bar.found,
            bar.other.unwrap_or_default()
        ));
    }
    let cells = quality.reference.iter().map(|cell| {
        format!(
            "{} in {} steps {:.4}",
            name(cell.sampler),
            cell.steps,
            cell.frechet
        )
    });
    let cells: Vec<_> = cells.collect();
    let count = quality.reference.first().map_or(0, |cell| cell.count);
    let theirs = if other.is_some() {
        " The other classifier is tests/quality/second_opinion.py's, in PyTorch, on digits that the command line drew \
         ([its figures](quality/second-opinion.json)); its distances are on a scale of their own."
    } else {
        ""
    };
    format!(
        "{}\n\nFréchet distances of {count} digits each: {}; as many training images of the same classes have \
         {:.4}.{theirs}\n",
        lines.join("\n"),
        cells.join(", "),
        quality.reference_floor,
    )
}

fn weights(weights: &Weights) -> String {
    format!(
        "Weights: `{}` (fingerprint {}), {} parameters, {} steps ({:.2} epochs). {}\n",
        weights.file,
        weights.fingerprint,
        weights.parameters,
        weights.step,
        weights.epoch,
        weights.origin
    )
}

/// Samplers and numbers of steps that were compared.
fn axes(quality: &Quality) -> (Vec<SamplerKind>, Vec<u32>) {
    let mut kinds: Vec<_> = quality.table.iter().map(|cell| cell.sampler).collect();
    kinds.dedup();
    let mut steps: Vec<u32> = quality.table.iter().map(|cell| cell.steps).collect();
    steps.sort_unstable();
    steps.dedup();
    (kinds, steps)
}

/// Samplers down, steps across: distance and milliseconds a digit.
fn table(quality: &Quality) -> String {
    let (kinds, steps) = axes(quality);
    let Some(first) = quality.table.first() else {
        return "No samplers were compared.\n".into();
    };
    let mut lines = vec![format!("| sampler | {} |", join(&steps, u32::to_string))];
    lines.push(format!("| --- | {} |", join(&steps, |_| "---:".into())));
    for kind in kinds {
        let cell = |steps: &u32| {
            let mut cells = quality.table.iter();
            let found = cells.find(|cell| cell.sampler == kind && cell.steps == *steps);
            found.map_or_else(String::new, |cell| {
                let milliseconds = 1000.0 * cell.seconds_a_digit.unwrap_or_default();
                format!("{:.4} ({milliseconds:.0} ms)", cell.frechet)
            })
        };
        lines.push(format!("| {} | {} |", name(kind), join(&steps, cell)));
    }
    format!(
        "Fréchet distance and time a digit, by steps, {} class-conditional digits each; as many \
         training images of the same classes have {:.4}. With so few digits all distances are larger than those of the \
         table above, so compare them with one another only; and where more steps seem to be worse, that may be \
         chance. Times are of the machine that \
         made this page, {} threads, {TIMED} digits drawn at once, one cell after the other.\n\n{}\n",
        first.count,
        quality.table_floor,
        quality.threads,
        lines.join("\n")
    )
}

fn join<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    let texts: Vec<String> = items.iter().map(text).collect();
    texts.join(" | ")
}
