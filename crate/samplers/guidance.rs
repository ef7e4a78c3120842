//! [`GuidedModel`]: the model that a sampler calls, with a class for each image and classifier-free guidance.

use burn::tensor::{Int, Tensor, TensorData};

use crate::diffusion::{
    Denoiser, MAX_CFG_SCALE, PrecomputedEmbeddings, Prediction, split_variance,
};
use crate::model::Model;

/// A model with the classes of a batch and classifier-free guidance (Ho & Salimans 2022, eq. 6).
///
/// The output is u + `cfg_scale`·(c − u), where c is the network's output with the class and u that without. A scale of 0 is
/// the unconditional model, 1 the conditional one; larger scales exaggerate the class. (`cfg_scale` is 1 + w for the paper's
/// w, and the `guidance_scale` of diffusers.) The result is the same whether ε, x_0 or v is combined, because each is a
/// linear function of the others.
#[derive(Debug, Clone)]
pub struct GuidedModel {
    model: Model,
    /// The rows of the class embedding, `[B]`; with guidance `[2B]`, those of the labels and then B times that of "no class".
    y: Tensor<1, Int>,
    /// The guidance scale; `None` if one branch is enough.
    cfg_scale: Option<f64>,
}

impl GuidedModel {
    /// The model for images with these `labels`, each a class of the network or [`NO_CLASS`](crate::nn::unet::NO_CLASS),
    /// and a `cfg_scale` from 0 to
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
        let config = model.config();
        let index = |&label: &u8| {
            config.class_index(label).ok_or_else(|| {
                let last = config.classes - 1;
                format!("There is no class {label}: these weights know the classes 0 to {last}.")
            })
        };
        let classes: Vec<i32> = labels.iter().map(index).collect::<Result<_, _>>()?;
        let none = vec![config.no_class() as i32; labels.len()];
        let (y, cfg_scale) = if cfg_scale == 0.0 {
            (none, None)
        } else if cfg_scale == 1.0 || classes == none {
            (classes, None)
        } else {
            ([classes, none].concat(), Some(cfg_scale))
        };
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
        let (without, _) = split_variance(branches.remove(1));
        let (with, variance) = split_variance(branches.remove(0));
        let guided = without.clone() + (with - without) * cfg_scale;
        match variance {
            // Guidance is for the mean; the variance is that with the class, as in Dhariwal & Nichol's code and in DiT's.
            Some(variance) => Tensor::cat(vec![guided, variance], 1),
            None => guided,
        }
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
