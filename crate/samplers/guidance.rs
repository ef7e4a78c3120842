//! [`GuidedModel`]: the model that a sampler calls, with a class for each image and classifier-free guidance.

use burn::tensor::{Int, Tensor, TensorData};

use crate::diffusion::{Denoiser, PrecomputedEmbeddings, Prediction};
use crate::model::Model;
use crate::nn::unet::NO_CLASS;

/// The largest guidance scale.
pub const MAX_CFG_SCALE: f64 = 8.0;
/// The default guidance scale of the command line and the page. With it more of the shipped weights' digits show the
/// requested class than without guidance, and those of DPM-Solver++ are nearer to real digits (docs/evaluation.md,
/// "Guidance").
pub const DEFAULT_CFG_SCALE: f64 = 1.5;

/// A model with the classes of a batch and classifier-free guidance (Ho & Salimans 2022, eq. 6).
///
/// The output is u + `cfg_scale`·(c − u), where c is the network's output with the class and u that without. A scale of 0 is
/// the unconditional model, 1 the conditional one; larger scales exaggerate the class. (`cfg_scale` is 1 + w for the paper's
/// w, and the `guidance_scale` of diffusers.) The result is the same whether ε, x_0 or v is combined, because each is a
/// linear function of the others.
#[derive(Debug, Clone)]
pub struct GuidedModel {
    model: Model,
    /// The labels, `[B]`; with guidance `[2B]`, the labels and then B times [`NO_CLASS`].
    y: Tensor<1, Int>,
    /// The guidance scale; `None` if one branch is enough.
    cfg_scale: Option<f64>,
}

impl GuidedModel {
    /// The model for images with these `labels`, each a class 0 to 9 or [`NO_CLASS`], and a `cfg_scale` from 0 to
    /// [`MAX_CFG_SCALE`]. Both branches are computed in one forward pass of 2B images, unless the scale is 0 or 1 or no
    /// image has a class.
    ///
    /// # Errors
    /// If the scale or a label is out of range.
    pub fn new(model: Model, labels: &[u8], cfg_scale: f64) -> Result<Self, String> {
        if !(0.0..=MAX_CFG_SCALE).contains(&cfg_scale) {
            return Err(format!(
                "The guidance scale is {cfg_scale}; it must be between 0 and {MAX_CFG_SCALE} (1 is no guidance)."
            ));
        }
        if let Some(label) = labels.iter().find(|&&label| usize::from(label) > NO_CLASS) {
            return Err(format!(
                "There is no class {label}: 0 to 9, or {NO_CLASS} for none."
            ));
        }
        let none = vec![NO_CLASS as u8; labels.len()];
        let (labels, cfg_scale) = if cfg_scale == 0.0 {
            (none, None)
        } else if cfg_scale == 1.0 || labels == none {
            (labels.to_vec(), None)
        } else {
            ([labels, none.as_slice()].concat(), Some(cfg_scale))
        };
        let y: Vec<i32> = labels.into_iter().map(i32::from).collect();
        let shape = [y.len()];
        Ok(Self {
            y: Tensor::from_data(TensorData::new(y, shape), model.context().device()),
            model,
            cfg_scale,
        })
    }
}

impl Denoiser for GuidedModel {
    fn prediction(&self) -> Prediction {
        self.model.prediction
    }

    fn output(&self, x_t: Tensor<4>, t: usize) -> Tensor<4> {
        let Some(cfg_scale) = self.cfg_scale else {
            return self.model.forward_at(x_t, t, self.y.clone());
        };
        let x_doubled = Tensor::cat(vec![x_t.clone(), x_t], 0);
        let output = self.model.forward_at(x_doubled, t, self.y.clone());
        let mut branches = output.chunk(2, 0);
        let without = branches.remove(1);
        let with = branches.remove(0);
        without.clone() + (with - without) * cfg_scale
    }

    fn precompute_embeddings(&self, timesteps: &[usize]) -> Option<PrecomputedEmbeddings> {
        let Model { unet, times, .. } = &self.model;
        let device = self.model.context().device();
        let t: Vec<i32> = timesteps.iter().map(|&t| t as i32).collect();
        let t = Tensor::<1, Int>::from_data(TensorData::new(t, [timesteps.len()]), device);
        let network = unet.clone();
        Some(PrecomputedEmbeddings {
            times: unet.embed_time(times.rows(t)),
            classes: unet.embed_class(self.y.clone()),
            cfg_scale: self.cfg_scale,
            output: Box::new(move |x_t, emb| network.forward_embedded(x_t, emb)),
        })
    }
}
