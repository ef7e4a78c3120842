//! A weights file as an evaluation describes it.

use std::path::{Path, PathBuf};

use ddpm::checkpoint::Checkpoint;
use ddpm::images::fingerprint;
use serde::Serialize;

use super::super::files;

/// A weights file: its contents, and the description of them that a report contains.
#[derive(Debug, Clone, Serialize)]
pub struct WeightsFile {
    /// The file's path, as text for people.
    pub file: String,
    /// The file's path.
    #[serde(skip)]
    pub path: PathBuf,
    /// A hash of the parameters, the network's configuration and the recipe.
    pub fingerprint: String,
    /// The number of parameters.
    pub parameters: usize,
    /// The training steps taken.
    pub step: u64,
    /// The passes over the training data.
    pub epoch: f64,
    /// How the weights were made, as the file says.
    pub origin: String,
    /// The parameters and the metadata.
    #[serde(skip)]
    pub checkpoint: Checkpoint,
}

impl WeightsFile {
    /// Reads and describes a weights file.
    ///
    /// # Errors
    /// If the file cannot be read or is not a weights file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Self::decode(path, &files::read(path)?)
    }

    /// Describes the weights file `path` with these bytes.
    ///
    /// # Errors
    /// If they are no weights file.
    pub fn decode(path: &Path, bytes: &[u8]) -> anyhow::Result<Self> {
        let checkpoint = files::decode_weights(path, bytes)?;
        Ok(Self {
            file: path.display().to_string(),
            path: path.to_owned(),
            fingerprint: network_fingerprint(&checkpoint)?,
            parameters: checkpoint.values.len(),
            step: checkpoint.meta.step,
            epoch: checkpoint.meta.epoch,
            origin: checkpoint.meta.origin.clone(),
            checkpoint,
        })
    }
}

/// A hash of everything that decides which digits are drawn. The figures that `--record` writes into the file are left
/// out, so that recording them does not change it.
fn network_fingerprint(checkpoint: &Checkpoint) -> anyhow::Result<String> {
    let Checkpoint {
        meta,
        values,
        guide,
    } = checkpoint;
    let mut bytes = serde_json::to_vec(&(&meta.unet, &meta.train))?;
    if let Some(it) = &meta.guide {
        bytes.extend(serde_json::to_vec(&it.unet)?);
    }
    let values = values.iter().chain(guide);
    bytes.extend(values.flat_map(|value| value.to_le_bytes()));
    Ok(fingerprint(&bytes))
}
