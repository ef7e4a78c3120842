//! A draw on a GPU that captures one pass and replays it for all others.

use burn::tensor::Tensor;

use super::{DeviceSampler, PlanStep, SampleNoise, Sampler};
use crate::diffusion::{Clip, Denoiser, PrecomputedEmbeddings};
use crate::ops::{
    CapturedGraph, Context, FrameKeeper, FramePass, GpuFrames, GpuSamplerState, GpuSamplerStep,
};

/// The network as a function of images and embedding ([`PrecomputedEmbeddings::output`]).
type Forward = Box<dyn Fn(Tensor<4>, Tensor<2>) -> Tensor<4> + Send + Sync>;

/// A draw of which every pass is the same launches on the same buffers, because the device itself looks up the pass's
/// coefficients and makes its noise. Once a pass is captured, the host only submits its launches again.
pub(super) struct CapturedSampler {
    /// First, so that it is dropped before the buffers that its launches read and write.
    graph: CapturedGraph,
    state: GpuSamplerState,
    /// Keeps the passes' frames, if they are to be kept.
    keeper: Option<FrameKeeper>,
    /// The guidance scale of each pass, if there is guidance.
    cfg_scales: Option<Vec<f64>>,
    forward: Forward,
}

impl CapturedSampler {
    /// The draw before its first pass, at `x`, [B, 1, 28, 28]. `None` if the device cannot take the passes by itself: if it is
    /// not a GPU that has room for the kernels, if the plan has jumps back up, if the clipping of x̂₀ depends
    /// on more than the pixel ([`Clip::Dynamic`]), or if the model has no precomputed embeddings.
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
        // A pass that makes no x̂₀ has none for the next, as in `Sampling`.
        let mut has_prev_x0 = false;
        let steps: Vec<GpuSamplerStep> = (1..)
            .zip(&indices)
            .map(|(number, &index)| {
                let coefficients = sampler.coefficients(index, model.prediction(), has_prev_x0);
                has_prev_x0 = coefficients.x0.is_some();
                let noise = noise.of_entry(number);
                GpuSamplerStep {
                    coefficients,
                    noise,
                }
            })
            .collect();
        let PrecomputedEmbeddings {
            times,
            classes,
            cfg_scales,
            output,
        } = model.precompute_embeddings(&timesteps)?;
        let state = GpuSamplerState::new(
            ctx,
            x.clone(),
            times,
            classes,
            cfg_scales.as_deref(),
            clip,
            &steps,
        );
        Some(Self {
            // A pass keeps no memory for the next, so one pass of warm-up is enough.
            graph: CapturedGraph::new(ctx, 1),
            state,
            keeper: None,
            cfg_scales,
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

    fn keep_frames(&mut self, frames: GpuFrames, passes: &[FramePass]) {
        self.keeper = Some(FrameKeeper::new(frames, passes, self.cfg_scales.as_deref()));
    }

    fn step(&mut self) {
        let (state, keeper, forward) = (&self.state, &self.keeper, &self.forward);
        let step = || {
            let (x, embedding) = state.begin_step();
            let output = forward(x, embedding);
            if let Some(keeper) = keeper {
                state.keep_frame(keeper, &output);
            }
            state.end_step(output);
        };
        // SAFETY: `state`, `keeper` and `forward` live as long as the graph. All buffers belong to this draw alone except the
        // parameters, which are never written.
        unsafe { self.graph.step(step, Vec::new, || ()) }
    }
}
