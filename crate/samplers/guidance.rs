//! [`GuidedModel`]: the model that a sampler calls, with a class for each image and guidance.

use std::rc::Rc;

use burn::tensor::{Int, Tensor, TensorData};

use crate::diffusion::{
    Denoiser, GuidanceInterval, MAX_CFG_SCALE, PrecomputedEmbeddings, Prediction, split_variance,
};
use crate::model::Model;

/// A model with the classes of a batch and guidance.
///
/// Guidance compares two estimates, a better one b and a worse one u, and gives u + `cfg_scale`·(b − u). A scale of 0 is the
/// worse one, 1 the better one, and larger scales go on in the direction from the one to the other.
///
/// * Where a class is asked for it is classifier-free (Ho & Salimans 2022, eq. 6): b is the network's output with the class and u
///   that without. Larger scales exaggerate the class. (`cfg_scale` is 1 + w for the paper's w, and the `guidance_scale` of
///   diffusers.) It acts in the steps of [`Model::cfg_interval`] only.
/// * Where no image has a class and the model has a [guide](Model::guide), it is autoguidance (Karras et al. 2024, eq. 3): b is the
///   network's output and u that of its guide, both without a class. What the guide does badly the network does badly, too, only
///   less so, and is led away from. (`cfg_scale` is the paper's w.) It acts in the steps of [`Model::guide_interval`] only.
///
/// The result is the same whether ε, x_0 or v is combined, because each is a linear function of the others.
#[derive(Debug, Clone)]
pub struct GuidedModel {
    model: Model,
    /// The rows of the class embedding, `[B]`; with classifier-free guidance `[2B]`, those of the labels and then B times that of
    /// "no class".
    y: Tensor<1, Int>,
    /// The estimate that the network's output is compared with; `None` if no guidance compares it with any.
    guidance: Option<Guidance>,
}

/// The worse estimate of guidance, and the scale.
#[derive(Debug, Clone)]
struct Guidance {
    cfg_scale: f64,
    /// The steps in which there is guidance, of a schedule of `timesteps` steps.
    interval: GuidanceInterval,
    timesteps: usize,
    /// The guide, with the rows of its class embedding, `[B]`; `None` for the network itself without a class.
    guide: Option<(Rc<Model>, Tensor<1, Int>)>,
}

impl Guidance {
    /// The scale at step `t`: 1 where there is no guidance.
    fn scale_at(&self, t: usize) -> f64 {
        if self.interval.contains(t, self.timesteps) {
            self.cfg_scale
        } else {
            1.0
        }
    }
}

/// The numbers of rows of a table of the model's, on its device, `[rows]`.
fn rows(model: &Model, rows: Vec<i32>) -> Tensor<1, Int> {
    let shape = [rows.len()];
    Tensor::from_data(TensorData::new(rows, shape), model.context().device())
}

impl GuidedModel {
    /// The model for images with these `labels`, each a class of the network or [`NO_CLASS`](crate::nn::unet::NO_CLASS),
    /// and a `cfg_scale` from 0 to [`MAX_CFG_SCALE`]. A scale of 1 is no guidance, and without a class there is none unless the
    /// model has a guide. The two estimates of classifier-free guidance are computed in one forward pass of 2B images.
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
        let timesteps = model.schedule.timesteps();
        let guidance = |guide: Option<_>| {
            let interval = match guide {
                Some(_) => model.guide_interval,
                None => model.cfg_interval,
            };
            Some(Guidance {
                cfg_scale,
                interval,
                timesteps,
                guide,
            })
        };
        let (y, guidance) = if cfg_scale == 1.0 {
            (classes, None)
        } else if classes == none {
            let guide = model.guide.clone().map(|guide| {
                let none = vec![guide.config().no_class() as i32; labels.len()];
                let y = rows(&guide, none);
                (guide, y)
            });
            (none, guide.and_then(|guide| guidance(Some(guide))))
        } else if cfg_scale == 0.0 {
            (none, None)
        } else {
            ([classes, none].concat(), guidance(None))
        };
        Ok(Self {
            y: rows(&model, y),
            model,
            guidance,
        })
    }
}

/// The time embeddings of `timesteps`, [steps, E].
fn embed_times(model: &Model, timesteps: &[usize]) -> Tensor<2> {
    let t = timesteps.iter().map(|&t| t as i32).collect();
    model.unet.embed_time(model.times.rows(rows(model, t)))
}

impl Denoiser for GuidedModel {
    fn prediction(&self) -> Prediction {
        self.model.prediction
    }

    fn output(&self, x_t: Tensor<4>, t: usize) -> Tensor<4> {
        let Some(guidance) = &self.guidance else {
            return self.model.forward_at(x_t, t, self.y.clone());
        };
        let cfg_scale = guidance.scale_at(t);
        if cfg_scale == 1.0 {
            let better = self.y.clone().narrow(0, 0, x_t.dims()[0]);
            return self.model.forward_at(x_t, t, better);
        }
        let (better, worse) = match &guidance.guide {
            Some((guide, y)) => (
                self.model.forward_at(x_t.clone(), t, self.y.clone()),
                guide.forward_at(x_t, t, y.clone()),
            ),
            None => {
                let x_doubled = Tensor::cat(vec![x_t.clone(), x_t], 0);
                let output = self.model.forward_at(x_doubled, t, self.y.clone());
                let mut branches = output.chunk(2, 0);
                let worse = branches.remove(1);
                (branches.remove(0), worse)
            }
        };
        let (worse, _) = split_variance(worse);
        let (better, variance) = split_variance(better);
        let guided = worse.clone() + (better - worse) * cfg_scale;
        match variance {
            // Guidance is for the mean; the variance is that of the better estimate, as in Dhariwal & Nichol's code and in DiT's.
            Some(variance) => Tensor::cat(vec![guided, variance], 1),
            None => guided,
        }
    }

    fn precompute_embeddings(&self, timesteps: &[usize]) -> Option<PrecomputedEmbeddings> {
        let network = self.model.unet.clone();
        let times = embed_times(&self.model, timesteps);
        let classes = network.embed_class(self.y.clone());
        let cfg_scales = self
            .guidance
            .as_ref()
            .map(|it| timesteps.iter().map(|&t| it.scale_at(t)).collect());
        let guide = self.guidance.as_ref().and_then(|it| it.guide.clone());
        let Some((guide, y)) = guide else {
            return Some(PrecomputedEmbeddings {
                times,
                classes,
                cfg_scales,
                output: Box::new(move |x_t, emb| network.forward_embedded(x_t, emb)),
            });
        };
        // The two networks' embeddings lie side by side in one row, so that the launch which makes a pass's embedding makes both.
        let [images, width] = classes.dims();
        let guide_classes = guide.unet.embed_class(y);
        let guide_width = guide_classes.dims()[1];
        let guide_times = embed_times(&guide, timesteps);
        let guide = guide.unet.clone();
        let output = move |x_t: Tensor<4>, emb: Tensor<2>| {
            let half = |first| x_t.clone().narrow(0, first, images);
            let better = emb.clone().narrow(1, 0, width);
            let worse = emb.narrow(1, width, guide_width);
            let better = network.forward_embedded(half(0), better);
            let worse = guide.forward_embedded(half(images), worse);
            Tensor::cat(vec![better, worse], 0)
        };
        Some(PrecomputedEmbeddings {
            times: Tensor::cat(vec![times, guide_times], 1),
            classes: Tensor::cat(vec![classes, guide_classes], 1),
            cfg_scales,
            output: Box::new(output),
        })
    }
}
