//! Weights in use, and weights as safetensors files.

use burn::tensor::{Device, Tensor};

use super::protocol::{Event, ModelInfo, Refusal, Subject};
use crate::checkpoint::{self, Checkpoint, Dtype, Metadata};
use crate::diffusion::schedule::Schedule;
use crate::model::Model;
use crate::nn::unet::{Preset, UNet};
use crate::nn::var_builder::flat_tensor;
use crate::runtime::Runtime;

/// Weights on the device, with what their file or their training says of them.
#[derive(Clone)]
pub struct ModelWeights {
    /// Network, recipe and provenance.
    pub meta: Metadata,
    /// Flat parameters, `[P]`.
    pub params: Tensor<1>,
    /// A file's name, or "trained on this page".
    pub source: String,
}

impl ModelWeights {
    /// The weights of a file on `device`.
    pub fn of_file(checkpoint: Checkpoint, name: &str, device: &Device) -> Self {
        Self {
            params: flat_tensor(&checkpoint.values, device),
            meta: checkpoint.meta,
            source: name.into(),
        }
    }

    /// The network with these weights, ready to predict.
    pub fn model(&self, runtime: &Runtime) -> Model {
        let train = &self.meta.train;
        train.model(runtime, &self.meta.unet, self.params.clone())
    }

    /// The schedule that they were trained over.
    pub fn schedule(&self) -> Schedule {
        self.meta.train.build_schedule()
    }

    /// Their description for the page.
    pub fn info(&self) -> ModelInfo {
        ModelInfo {
            preset: Preset::of(&self.meta.unet),
            classes: self.meta.unet.classes as u32,
            class_names: self.meta.class_names.clone(),
            parameters: UNet::layout(&self.meta.unet).len() as u32,
            timesteps: self.meta.train.timesteps,
            source: self.source.clone(),
            assumed: self.meta.assumed,
            provenance: self.meta.provenance(),
            commit: self.meta.commit.clone(),
            recipe: self.meta.train.clone(),
            loss: self.meta.loss,
            figures: self.meta.figures.clone().into_iter().collect(),
            steps: self.meta.step as u32,
        }
    }
}

/// The content of a weights file.
///
/// # Errors
/// Why the file cannot be used, with its name.
pub fn decode(bytes: &[u8], name: &str) -> Result<Checkpoint, Refusal> {
    checkpoint::decode(bytes, UNet::layout)
        .map_err(|error| Refusal::new(Subject::Weights, error.code(), format!("{name}: {error}")))
}

/// The weights as a file, which is the answer to [`Command::Save`](super::protocol::Command::Save).
///
/// # Errors
/// If the device does not give them back, or if a weight has no place in the number format.
pub async fn encode(weights: ModelWeights, dtype: Dtype) -> Result<Event, Refusal> {
    let ModelWeights { meta, params, .. } = weights;
    let values = match params.into_data_async().await {
        Ok(data) => data.try_into_vec::<f32>().unwrap_or_default(),
        Err(error) => {
            let message = format!("{error:?}");
            return Err(Refusal::new(Subject::Save, "read_back", message));
        }
    };
    let layout = UNet::layout(&meta.unet);
    let bytes = checkpoint::encode(&layout, &values, &meta, dtype)
        .map_err(|error| Refusal::new(Subject::Save, error.code(), error.to_string()))?;
    let preset = Preset::of(&meta.unet).map_or("custom", Preset::name);
    let dtype = match dtype {
        Dtype::F32 => "f32",
        Dtype::F16 => "f16",
    };
    let name = format!("ddpm-{preset}-{}-{dtype}.safetensors", meta.step);
    Ok(Event::Weights { bytes, name })
}
