//! The model as a sampler sees it: with classes, and with guidance.

use burn::tensor::{Int, Tensor, TensorData};

use crate::diffusion::{Denoiser, PrecomputedEmbeddings, Prediction};
use crate::model::Model;
use crate::nn::unet::NO_CLASS;

/// Largest guidance scale.
pub const MAX_CFG_SCALE: f64 = 8.0;
/// What the command line and the page begin with: of the shipped weights' digits more are what was asked for than
/// without guidance, and DPM-Solver++'s are nearer to real ones (docs/evaluation.md, "Guidance").
pub const DEFAULT_CFG_SCALE: f64 = 1.5;

/// A model with the classes of a batch, and with classifier-free guidance (Ho & Salimans 2022).
///
/// The output is that without class + `cfg_scale`·(that with class − that without): 0 is the
/// unconditional model, 1 the plain conditional one, more exaggerates the class. (`cfg_scale` is
/// 1 + w of the paper's w, and the `guidance_scale` of diffusers.) It is all the same whether ε, x_0 or
/// v is combined so.
#[derive(Debug, Clone)]
pub struct GuidedModel {
    model: Model,
    /// [B], or [2B] with guidance: the labels, then no class.
    y: Tensor<1, Int>,
    /// `None` where one branch says it all.
    cfg_scale: Option<f64>,
}

impl GuidedModel {
    /// `labels`: a class 0 to 9 or [`NO_CLASS`] for each image. `cfg_scale`: 0 to [`MAX_CFG_SCALE`].
    /// Both branches are computed, in one forward pass, unless the scale is 0 or 1 or no image has a
    /// class.
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
        let twice = Tensor::cat(vec![x_t.clone(), x_t], 0);
        let mut branches = self.model.forward_at(twice, t, self.y.clone()).chunk(2, 0);
        let without = branches.remove(1);
        let with = branches.remove(0);
        without.clone() + (with - without) * cfg_scale
    }

    fn embedded(&self, timesteps: &[usize]) -> Option<PrecomputedEmbeddings> {
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
