//! The report of an evaluation, and its table as text and as markdown.

use ddpm::evaluation::bootstrap::Estimate;
use ddpm::evaluation::figures::{Figures, Row};
use serde::Serialize;

use super::weights::WeightsFile;

/// The figures of an evaluation with a description of the weights and of how the digits were drawn. Serialised, it is
/// the file that `--out` names.
#[derive(Debug, Clone, Serialize)]
pub struct EvaluationReport {
    /// The weights; `None` if samples from a file were evaluated without any.
    pub weights: Option<WeightsFile>,
    /// The settings with which the digits of each class were drawn; `None` for samples from a file, or if there are none.
    #[serde(rename = "manner")]
    pub draw_settings: Option<serde_json::Value>,
    /// Those with which the digits without a class were drawn.
    #[serde(rename = "unconditional_manner")]
    pub unconditional_draw_settings: Option<serde_json::Value>,
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
}

impl EvaluationReport {
    /// A report without figures yet; `classifier_accuracy` is the classifier's on the test images.
    pub fn new(classifier_accuracy: Estimate) -> Self {
        Self {
            weights: None,
            draw_settings: None,
            unconditional_draw_settings: None,
            figures: Figures::new(classifier_accuracy),
        }
    }
}

/// The table in aligned columns, for a terminal.
pub fn columns(rows: &[Row]) -> String {
    let width = |column: usize| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.max().unwrap_or(0)
    };
    let [first, second, third] = [width(0), width(1), width(2)];
    rows.iter()
        .map(|[measure, samples, real]| {
            format!("{measure:<first$}  {samples:>second$}  {real:>third$}\n")
        })
        .collect()
}

/// The table in markdown.
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
    fn columns_are_aligned() {
        let rows = [
            ["measure", "samples", "real images"].map(str::to_owned),
            ["σ²", "1", ""].map(str::to_owned),
        ];
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
