//! What was measured of what, and how it is told.

use std::path::{Path, PathBuf};

use ddpm::checkpoint::Checkpoint;
use ddpm::evaluation::report::{Figures, Row};
use ddpm::images::fingerprint;
use serde::Serialize;

use super::super::files;
use super::bench::Bench;

/// Everything that was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub weights: Option<Weights>,
    /// How samples were drawn; none where they came in a file.
    pub manner: Option<serde_json::Value>,
    #[serde(flatten)]
    pub figures: Figures,
}

/// Which weights.
#[derive(Debug, Clone, Serialize)]
pub struct Weights {
    /// Where they are, for people.
    pub file: String,
    #[serde(skip)]
    pub path: PathBuf,
    /// Of the numbers and of what they were trained for.
    pub fingerprint: String,
    pub parameters: usize,
    pub step: u64,
    pub epoch: f64,
    /// Where they came from, in their own words.
    pub origin: String,
    #[serde(skip)]
    pub checkpoint: Checkpoint,
}

impl Weights {
    /// A weights file, described.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let checkpoint = files::read_weights(path)?;
        Ok(Self {
            file: path.display().to_string(),
            path: path.to_owned(),
            fingerprint: of_network(&checkpoint)?,
            parameters: checkpoint.values.len(),
            step: checkpoint.meta.step,
            epoch: checkpoint.meta.epoch,
            origin: checkpoint.meta.origin.clone(),
            checkpoint,
        })
    }
}

/// Of all that decides what is drawn: not of the figures that `--record` writes into the file.
fn of_network(checkpoint: &Checkpoint) -> anyhow::Result<String> {
    let Checkpoint { meta, values } = checkpoint;
    let mut bytes = serde_json::to_vec(&(&meta.unet, &meta.train))?;
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    Ok(fingerprint(&bytes))
}

impl Report {
    /// Nothing measured yet.
    pub fn new(bench: &Bench) -> Self {
        Self {
            weights: None,
            manner: None,
            figures: Figures::new(bench.classifier_meta.accuracy),
        }
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
    fn tables_line_up() {
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
