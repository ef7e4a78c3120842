//! A sampler on a GPU: one step captured, the others replayed.

use burn::tensor::Tensor;

use super::{DeviceSampler, PlanStep, SampleNoise, Sampler};
use crate::diffusion::{Clip, Denoiser, PrecomputedEmbeddings};
use crate::ops::{CapturedGraph, Context, GpuSamplerState, GpuSamplerStep};

/// The network: images and embedding in, output out.
type Forward = Box<dyn Fn(Tensor<4>, Tensor<2>) -> Tensor<4> + Send + Sync>;

/// A draw whose every step is the same launches on the same buffers: the device itself looks up the step's coefficients
/// and makes its noise. Once a step is captured, a step costs the host no more than handing its launches over.
pub(super) struct CapturedSampler {
    /// First, so that it is dropped before the buffers that its launches read and write.
    graph: CapturedGraph,
    state: GpuSamplerState,
    forward: Forward,
}

impl CapturedSampler {
    /// The draw before its first step, at `x`. `None` where it cannot be left to the device: without a GPU, where the plan
    /// has a step that is not the sampler's own, or where clipping x̂₀ needs more than a pixel's own number.
    pub fn new(
        ctx: &Context,
        model: &dyn Denoiser,
        sampler: &dyn Sampler,
        x: &Tensor<4>,
        noise: SampleNoise,
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
        if indices.is_empty() || !GpuSamplerState::supports(ctx, x) {
            return None;
        }
        let timesteps: Vec<usize> = indices
            .iter()
            .map(|&index| sampler.timesteps().t(index))
            .collect();
        let steps: Vec<GpuSamplerStep> = (1..)
            .zip(&indices)
            .map(|(number, &index)| GpuSamplerStep {
                coefficients: sampler.coefficients(index, model.prediction(), number > 1),
                noise: noise.of_step(number),
            })
            .collect();
        let PrecomputedEmbeddings {
            times,
            classes,
            cfg_scale,
            output,
        } = model.embedded(&timesteps)?;
        let state = GpuSamplerState::new(ctx, x.clone(), times, classes, cfg_scale, clip, &steps);
        Some(Self {
            // A step leaves nothing to the next, so one step is warm-up enough.
            graph: CapturedGraph::new(ctx, 1),
            state,
            forward: output,
        })
    }
}

impl DeviceSampler for CapturedSampler {
    fn captured(&self) -> Result<(), String> {
        self.graph.captured()
    }

    fn images(&self) -> Tensor<4> {
        self.state.images()
    }

    fn step(&mut self) {
        let (state, forward) = (&self.state, &self.forward);
        let step = || {
            let (x, embedding) = state.begin_step();
            state.end_step(forward(x, embedding));
        };
        // SAFETY: `state` and `forward` live as long as the graph. All buffers are this draw's own but the parameters,
        // which nothing writes.
        unsafe { self.graph.step(step, Vec::new, || ()) }
    }
}
