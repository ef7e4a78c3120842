//! Weights in use, and weights as safetensors files.

use burn::tensor::{Device, Tensor};

use super::protocol::{Event, GuideInfo, ModelInfo, Refusal, Subject};
use crate::checkpoint::{self, Checkpoint, Dtype, Metadata};
use crate::diffusion::schedule::Schedule;
use crate::model::Model;
use crate::nn::unet::{Preset, UNet};
use crate::nn::var_builder::flat_tensor;
use crate::ops::read;
use crate::runtime::Runtime;

/// Weights on the device, with what their file or their training says of them.
#[derive(Clone)]
pub struct ModelWeights {
    /// Network, recipe and provenance.
    pub meta: Metadata,
    /// Flat parameters, `[P]`.
    pub params: Tensor<1>,
    /// Those of the guide, if there is one.
    pub guide: Option<Tensor<1>>,
    /// A file's name, or "trained on this page".
    pub source: String,
}

impl ModelWeights {
    /// The weights of a file on `device`.
    pub fn of_file(checkpoint: Checkpoint, name: &str, device: &Device) -> Self {
        let guide = checkpoint.meta.guide.as_ref();
        Self {
            params: flat_tensor(&checkpoint.values, device),
            guide: guide.map(|_| flat_tensor(&checkpoint.guide, device)),
            meta: checkpoint.meta,
            source: name.into(),
        }
    }

    /// The network with these weights, ready to predict.
    pub fn model(&self, runtime: &Runtime) -> Model {
        let (params, guide) = (self.params.clone(), self.guide.clone());
        self.meta.model(runtime, params, guide)
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
            guide: self.meta.guide.as_ref().map(|guide| GuideInfo {
                parameters: UNet::layout(&guide.unet).len() as u32,
                cfg_scale: guide.cfg_scale,
                interval: guide.interval,
            }),
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
    let ModelWeights {
        meta,
        params,
        guide,
        ..
    } = weights;
    let unread = |message| Refusal::new(Subject::Save, "read_back", message);
    let checkpoint = Checkpoint {
        values: read(params).await.map_err(unread)?,
        guide: match guide {
            Some(guide) => read(guide).await.map_err(unread)?,
            None => Vec::new(),
        },
        meta,
    };
    let bytes = checkpoint::encode(&checkpoint, UNet::layout, dtype)
        .map_err(|error| Refusal::new(Subject::Save, error.code(), error.to_string()))?;
    let meta = checkpoint.meta;
    let preset = Preset::of(&meta.unet).map_or("custom", Preset::name);
    let dtype = match dtype {
        Dtype::F32 => "f32",
        Dtype::F16 => "f16",
    };
    let name = format!("ddpm-{preset}-{}-{dtype}.safetensors", meta.step);
    Ok(Event::Weights { bytes, name })
}
