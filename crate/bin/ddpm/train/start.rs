//! How a run begins that does not begin from nothing: with weights, or with the state of an earlier one.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use ddpm::checkpoint::{self, RunRecord};
use ddpm::data::Dataset;
use ddpm::distributed::Ranks;
use ddpm::nn::unet::{UNet, grow};
use ddpm::nn::var_builder::flat_tensor;
use ddpm::runtime::Runtime;
use ddpm::training::{Decides, OptimizerState, TrainConfig, Trainer};

use super::super::files;
use super::super::ranks;
use super::Args;

/// A run that begins with the weights at `path`. Network and meaning of the outputs are those of the weights, but for what the
/// command line names (`given`): the network then grows, and the weights are taught another schedule or prediction, from which
/// they are not far. With it what those weights are, for [`RunAbout::begun_with`].
pub fn begin_with(
    path: &Path,
    args: &Args,
    given: &[String],
    data: Arc<Dataset>,
    runtime: &Runtime,
) -> anyhow::Result<(Trainer, String)> {
    let bytes = ranks::read_for_all(runtime.ranks(), path)?;
    let weights = files::decode_weights(path, &bytes)?;
    let [asked, mut meant] = [&args.recipe, &weights.meta.train].map(serde_json::to_value);
    let (asked, meant) = (asked?, meant.as_mut().map_err(|error| anyhow!("{error}"))?);
    let mut taught = Vec::new();
    for field in TrainConfig::fields() {
        let named = given.iter().any(|id| id == field.name);
        if field.decides == Decides::Outputs && named && meant[field.name] != asked[field.name] {
            taught.push(format!(
                "--{} {} in place of {}",
                field.name.replace('_', "-"),
                asked[field.name],
                meant[field.name]
            ));
            meant[field.name] = asked[field.name].clone();
        }
    }
    if !taught.is_empty() && runtime.ranks().is_first() {
        eprintln!(
            "note: the weights of {} are taught another meaning of their outputs: {}",
            path.display(),
            taught.join(", ")
        );
    }
    if weights.meta.guide.is_some() && runtime.ranks().is_first() {
        eprintln!(
            "note: the weights of {} have a guide, and what is trained from them will have none; `ddpm guide` gives it one",
            path.display()
        );
    }
    let recipe = args.recipe.clone();
    let recipe = recipe.continuing(&serde_json::from_value(meant.take())?);
    let unet = args.grown(&weights.meta.unet, given, &data)?;
    let values = grow(
        &weights.values,
        &weights.meta.unet,
        &unet,
        recipe.seed.into(),
    )
    .map_err(|reason| anyhow!("{}: {reason}", path.display()))?;
    let state = OptimizerState::new(flat_tensor(&values, runtime.device()));
    let trainer = Trainer::from_state(recipe, unet, data, runtime, state);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let words = format!("{name} ({} steps)", weights.meta.step);
    Ok((trainer.map_err(anyhow::Error::msg)?, words))
}

/// The run whose state is at `path`, the loss that the state names, and what was seen of the run.
pub fn resume(
    path: &Path,
    data: Arc<Dataset>,
    runtime: &Runtime,
    ranks: &Ranks,
) -> anyhow::Result<(Trainer, Option<f64>, RunRecord)> {
    let bytes = ranks::read_for_all(ranks, path)
        .with_context(|| format!("there is no state to resume from at {}", path.display()))?;
    let state = checkpoint::decode_state(&bytes, UNet::layout)
        .with_context(|| path.display().to_string())?;
    if let Some(note) = state.meta.note().filter(|_| ranks.is_first()) {
        eprintln!("note: {}: {note}", path.display());
    }
    // A run that was begun in a browser may have held some of the images out.
    let held_out = state
        .record
        .as_ref()
        .map_or(0, |record| record.about.held_out as usize);
    let data = match held_out {
        0 => data,
        count if count < data.len() => {
            let [_, rest] = data.hold_out(count);
            Arc::new(rest)
        }
        count => bail!(
            "{}: the run has held out {count} images, and {} has {}",
            path.display(),
            data.name,
            data.len()
        ),
    };
    let trainer = state
        .trainer(data, runtime)
        .map_err(|error| anyhow!("{}: {error}", path.display()))?;
    Ok((trainer, state.meta.loss, state.record.unwrap_or_default()))
}
