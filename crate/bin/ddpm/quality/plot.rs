//! Line plots as SVG.

use std::ops::Range;
use std::path::Path;

use anyhow::anyhow;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;

/// A line of a plot.
pub struct Series {
    /// The name in the legend.
    pub name: String,
    /// The points (x, y), from left to right.
    pub points: Vec<(f64, f64)>,
}

/// The title and the axes of a plot.
pub struct Axes {
    /// The title.
    pub title: &'static str,
    /// The label of the x axis.
    pub x: &'static str,
    /// The label of the y axis.
    pub y: &'static str,
    /// If true for an axis, [x, y], the plot spaces its values by their logarithms, and they must be above 0.
    pub log: [bool; 2],
}

const INK: RGBColor = RGBColor(60, 60, 60);
const COLOURS: [RGBColor; 5] = [
    RGBColor(31, 119, 180),
    RGBColor(214, 110, 20),
    RGBColor(44, 140, 60),
    RGBColor(150, 60, 160),
    INK,
];

/// Writes a plot of lines with a mark at each point.
///
/// # Errors
/// If the file cannot be written.
pub fn lines(path: &Path, axes: &Axes, series: &[Series]) -> anyhow::Result<()> {
    let failed = |error: &dyn std::fmt::Display| anyhow!("cannot draw {}: {error}", path.display());
    let place = |(x, y): (f64, f64)| {
        let [log_x, log_y] = axes.log;
        (
            if log_x { x.log10() } else { x },
            if log_y { y.log10() } else { y },
        )
    };
    let points: Vec<(f64, f64)> = series
        .iter()
        .flat_map(|s| s.points.iter().copied().map(place))
        .collect();
    let x = Axis::over(points.iter().map(|p| p.0), axes.log[0]);
    let y = Axis::over(points.iter().map(|p| p.1), axes.log[1]);

    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (720, 420)).into_drawing_area();
        area.fill(&WHITE).map_err(|e| failed(&e))?;
        let mut chart = ChartBuilder::on(&area)
            .caption(axes.title, ("sans-serif", 18).into_font().color(&INK))
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(76)
            .build_cartesian_2d(x, y)
            .map_err(|e| failed(&e))?;
        chart
            .configure_mesh()
            .x_desc(axes.x)
            .y_desc(axes.y)
            .x_label_formatter(&|v| label(*v, axes.log[0]))
            .y_label_formatter(&|v| label(*v, axes.log[1]))
            .light_line_style(WHITE)
            .label_style(("sans-serif", 13))
            .draw()
            .map_err(|e| failed(&e))?;
        for (series, colour) in series.iter().zip(COLOURS.iter().cycle()) {
            let placed: Vec<(f64, f64)> = series.points.iter().copied().map(place).collect();
            chart
                .draw_series(LineSeries::new(placed.clone(), colour.stroke_width(2)))
                .map_err(|e| failed(&e))?
                .label(series.name.clone())
                .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
            let marks = placed.iter().map(|&at| Circle::new(at, 3, colour.filled()));
            chart.draw_series(marks).map_err(|e| failed(&e))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.85))
            .border_style(INK.mix(0.3))
            .label_font(("sans-serif", 13))
            .draw()
            .map_err(|e| failed(&e))?;
        area.present().map_err(|e| failed(&e))?;
    }
    super::files::write(path, svg.as_bytes())
}

/// An axis: a range of numbers (their logarithms, if it is logarithmic) and the positions of the labels.
struct Axis {
    range: Range<f64>,
    ticks: Vec<f64>,
}

impl Axis {
    /// An axis from the smallest to the largest value, with a margin of 5 %. A linear axis begins at 0.
    fn over(values: impl Iterator<Item = f64>, log: bool) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        let low = if log { low } else { low.min(0.0) };
        let room = 0.05 * (high - low).max(0.1);
        let range = if log {
            low - room..high + room
        } else {
            low..high + room
        };
        Self {
            ticks: ticks(range.clone(), log),
            range,
        }
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let fraction = (value - self.range.start) / (self.range.end - self.range.start);
        from + (fraction * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

/// The round numbers in a range: 1, 2 and 5 times the powers of ten on a logarithmic axis, multiples of one such number
/// on a linear one.
fn ticks(range: Range<f64>, log: bool) -> Vec<f64> {
    let decades = |low: f64, high: f64| {
        (low.floor() as i32..=high.floor() as i32)
            .flat_map(|decade| [1.0, 2.0, 5.0].map(|m: f64| m.log10() + f64::from(decade)))
    };
    if log {
        let all = decades(range.start, range.end);
        return all.filter(|tick| range.contains(tick)).collect();
    }
    let length = range.end - range.start;
    // The smallest step with at most ten labels.
    let step = decades(length.log10() - 2.0, length.log10())
        .map(|tick| 10f64.powf(tick))
        .find(|step| length / step <= 10.0)
        .unwrap_or(length);
    let first = (range.start / step).ceil() as i64;
    let last = (range.end / step).floor() as i64;
    (first..=last).map(|k| k as f64 * step).collect()
}

/// The text of the label at `value`.
fn label(value: f64, log: bool) -> String {
    let value = if log { 10f64.powf(value) } else { value };
    // Three significant digits.
    let digits = (2 - value.abs().max(1e-9).log10().floor() as i32).clamp(0, 6) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short() {
        for (value, log, expected) in [
            (0.0, false, "0"),
            (1500.0, false, "1500"),
            (0.25, false, "0.25"),
            (2.0, true, "100"),
            (-2.0, true, "0.01"),
            (0.5, true, "3.16"),
        ] {
            assert_eq!(label(value, log), expected);
        }
    }

    #[test]
    fn ticks_are_round() {
        let close = |found: Vec<f64>, expected: &[f64]| {
            assert_eq!(found.len(), expected.len(), "{found:?}");
            let pairs = found.iter().zip(expected);
            assert!(
                pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-9),
                "{found:?}"
            );
        };
        close(
            ticks(0.0..0.47, false),
            &[0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45],
        );
        close(
            ticks(0.0..9.5, false),
            &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
        );
        let expected = [10f64, 20.0, 50.0, 100.0].map(f64::log10);
        close(ticks(0.9..2.1, true), &expected);
    }

    #[test]
    fn a_plot_names_its_series() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plot.svg");
        let axes = Axes {
            title: "title",
            x: "steps",
            y: "distance",
            log: [true, true],
        };
        let series = Series {
            name: "the series".into(),
            points: vec![(10.0, 5.0), (1000.0, 0.5)],
        };
        lines(&path, &axes, &[series]).unwrap();
        let svg = std::fs::read_to_string(path).unwrap();
        for part in ["<svg", "title", "the series", "steps", "distance"] {
            assert!(svg.contains(part), "{part} is missing");
        }
    }
}
