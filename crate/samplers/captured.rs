//! A walk on a GPU: one step recorded, the others replayed.

use burn::tensor::Tensor;

use super::{PlanStep, Noise, Sampler};
use crate::ops::{CapturedGraph, GpuSamplerState, GpuSamplerStep};
use crate::diffusion::{Clip, Denoiser, PrecomputedEmbeddings};

/// The output for what is asked and its embedding.
type Network = Box<dyn Fn(Tensor<4>, Tensor<2>) -> Tensor<4> + Send + Sync>;

/// A walk whose every step is the same launches with the same buffers: the step's number, its factors and its noise are
/// found by the device itself. Recorded, a step costs the host no more than handing the launches over.
pub(super) struct CapturedSampler {
    /// First, so that what it reads and writes outlives it.
    graph: CapturedGraph,
    walk: GpuSamplerState,
    network: Network,
}

impl CapturedSampler {
    /// Before the first step, x there. `None` where the walk cannot be left to the device: without a GPU, where a step
    /// is not one of the sampler's own, or where x̂₀ needs more than its own pixel.
    pub fn new(
        model: &dyn Denoiser,
        sampler: &dyn Sampler,
        x: &Tensor<4>,
        noise: Noise,
        plan: &[PlanStep],
    ) -> Option<Self> {
        let clip = match sampler.clip() {
            Clip::None => false,
            Clip::Static => true,
            Clip::Dynamic { .. } => return None,
        };
        let indices: Vec<usize> = plan
            .iter()
            .map(|next| match next {
                PlanStep::Reverse(index) => Some(*index),
                PlanStep::Renoise { .. } => None,
            })
            .collect::<Option<_>>()?;
        if indices.is_empty() || !GpuSamplerState::suits(x) {
            return None;
        }
        let timesteps: Vec<usize> = indices
            .iter()
            .map(|&index| sampler.timesteps().t(index))
            .collect();
        let steps: Vec<GpuSamplerStep> = (1..)
            .zip(&indices)
            .map(|(number, &index)| GpuSamplerStep {
                reverse: sampler.coefficients(index, model.prediction(), number > 1),
                noise: noise.of_step(number),
            })
            .collect();
        let device = x.device();
        let PrecomputedEmbeddings {
            times,
            classes,
            cfg_scale,
            output,
        } = model.embedded(&timesteps)?;
        let walk = GpuSamplerState::new(x.clone(), times, classes, cfg_scale, clip, &steps);
        Some(Self {
            graph: CapturedGraph::new(device, 1),
            walk,
            network: output,
        })
    }

    /// See [`CapturedGraph::recorded`].
    pub fn recorded(&self) -> Result<(), String> {
        self.graph.recorded()
    }

    /// The images as they stand and as they will: the buffer is the same through all steps.
    pub fn images(&self) -> Tensor<4> {
        self.walk.images()
    }

    /// Take the next step; there must be one.
    pub fn step(&mut self) {
        let (walk, network) = (&self.walk, &self.network);
        let step = || {
            let (asked, embedding) = walk.begin();
            walk.take(network(asked, embedding));
        };
        // SAFETY: `walk` and `network` live as long as the graph; all of it is this walk's own but for the parameters,
        // which nobody writes.
        unsafe { self.graph.take(step, Vec::new, || ()) }
    }
}
