//! The sampler's state on a GPU ([`GpuSamplerState`]) and the launches of `shaders/sampler/`. The device counts the passes
//! itself, so that every pass is the same launches. What a pass is, `crate/samplers/mod.rs` says; the types here are named
//! after the reverse step that belongs to it.

use burn::tensor::Tensor;
use burn_wgpu::{CubeBackend, CubeTensor, SourceTemplate};

use super::super::Gaussians;
use super::{
    Context, FrameKeeper, Shader, dims, empty, fits, from_gpu, launch, on_gpu, template, uploaded,
};
use crate::diffusion::ReverseStep;

/// The number of words of a pass in the table: six name its noise, ten are coefficients.
const WORDS: usize = 16;
/// Invocations of a workgroup.
const INVOCATIONS: usize = 64;

/// `shaders/sampler/begin_step.wgsl`: copies the pass's row of the table and makes its embedding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BeginStepShader {
    /// The number of values of an embedding, E.
    width: usize,
}

/// `shaders/sampler/reverse_step.wgsl`: guidance, x0_hat, clipping, the next x with its noise, and the counter of passes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReverseStepShader {
    /// The number of values of an image.
    width: usize,
    /// Whether the network's output has two branches, with class and without, which guidance combines.
    guided: bool,
    /// Whether the network's output has a second channel.
    has_variance: bool,
    /// Whether the noise is multiplied by the standard deviation that the second channel says.
    learned_variance: bool,
    /// Whether x0_hat is clipped to −1 … 1.
    clip: bool,
}

impl BeginStepShader {
    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        template(
            include_str!("../../../shaders/sampler/begin_step.wgsl"),
            [
                ("width", self.width.to_string()),
                ("words", WORDS.to_string()),
                ("invocations", INVOCATIONS.to_string()),
            ],
        )
    }
}

impl ReverseStepShader {
    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        let [x_doubled_binding, model_output, store_doubled] = if self.guided {
            [
                "@group(0) @binding(5) var<storage, read_write> x_doubled: array<f32>;",
                "mix(output[of_output + rows * CHANNELS * WIDTH], output[of_output], factor(7u))",
                "x_doubled[at] = next; x_doubled[at + rows * WIDTH] = next;",
            ]
        } else {
            ["", "output[of_output]", ""]
        };
        let sigma = if self.learned_variance {
            "exp(0.5 * (factor(8u) * output[of_output + WIDTH] + factor(9u)))"
        } else {
            "1.0"
        };
        let clip = if self.clip { "clamp_to_images" } else { "" };
        template(
            include_str!("../../../shaders/sampler/reverse_step.wgsl"),
            [
                ("width", self.width.to_string()),
                ("words", WORDS.to_string()),
                ("invocations", INVOCATIONS.to_string()),
                (
                    "philox",
                    include_str!("../../../shaders/noise/philox.wgsl").into(),
                ),
                ("x_doubled_binding", x_doubled_binding.into()),
                ("model_output", model_output.into()),
                ("store_doubled", store_doubled.into()),
                ("channels", (1 + u32::from(self.has_variance)).to_string()),
                ("sigma", sigma.into()),
                ("clip", clip.into()),
            ],
        )
    }
}

/// The numbers of one pass in a [`GpuSamplerState`].
#[derive(Debug, Clone, Copy)]
pub struct GpuSamplerStep {
    /// The factors of the reverse step's terms.
    pub coefficients: ReverseStep,
    /// The noise z that the pass adds.
    pub noise: Gaussians,
}

impl GpuSamplerStep {
    /// The pass's row of the table, as `shaders/sampler/reverse_step.wgsl` reads it.
    fn words(&self, cfg_scale: f64) -> [u32; WORDS] {
        let step = &self.coefficients;
        let x0 = step.x0.map_or([0.0; 2], |x0| [x0.output, x0.x_t]);
        let ln_variance = step
            .ln_variance
            .map_or([0.0; 2], |v| [v.output, v.constant]);
        let coefficients = [
            x0[0],
            x0[1],
            step.x_t,
            step.x0_hat,
            step.output,
            step.prev_x0,
            step.z,
            cfg_scale,
            ln_variance[0],
            ln_variance[1],
        ];
        let mut words = [0; WORDS];
        words[..6].copy_from_slice(&self.noise.words());
        for (word, coefficient) in words[6..].iter_mut().zip(coefficients) {
            *word = (coefficient as f32).to_bits();
        }
        words
    }
}

/// Everything that a sampler's passes read and write, on a GPU. The device counts the passes itself and looks up each one's
/// numbers in a table. So every pass is the same launches on the same buffers, and can be captured once and replayed
/// ([`CapturedGraph`](super::CapturedGraph)). A pass is [`GpuSamplerState::begin_step`], the network, and
/// [`GpuSamplerState::end_step`].
#[derive(Debug)]
pub struct GpuSamplerState {
    ctx: Context,
    /// The number of passes done, `[1]`.
    counter: CubeTensor,
    /// The numbers of all passes, [passes, [`WORDS`]].
    table: CubeTensor,
    /// The time embedding of each pass, [passes, E].
    time_embeddings: CubeTensor,
    /// The class embedding of each row, [B or 2B, E].
    class_embeddings: CubeTensor,
    /// The current pass's row of the table, the binding `numbers` of the shaders, [[`WORDS`]].
    numbers: CubeTensor,
    /// The images, [B, 1, H, W].
    x: CubeTensor,
    /// With guidance: two copies of x, [2B, 1, H, W], which the network reads with class and without.
    x_doubled: Option<CubeTensor>,
    /// x0_hat of the pass before.
    prev_x0: CubeTensor,
    /// Whether x0_hat is clipped to −1 … 1.
    clip: bool,
    /// Whether the noise of the passes has a learned variance.
    learned_variance: bool,
}

/// The guidance scale of a pass: 1 if there is no guidance.
pub(super) fn scale_of(cfg_scales: Option<&[f64]>, pass: usize) -> f64 {
    cfg_scales.map_or(1.0, |scales| scales[pass])
}

/// The buffer of a tensor of this state.
fn buffer<const D: usize>(ctx: &Context, tensor: Tensor<D>) -> CubeTensor {
    on_gpu(ctx, tensor).expect("the sampler's state is on a GPU")
}

impl GpuSamplerState {
    /// Whether `x` is on a device that can hold such a state, a GPU that has room for the kernels.
    pub fn supports(ctx: &Context, x: &Tensor<4>) -> bool {
        fits(ctx) && x.clone().try_into_primitive::<CubeBackend>().is_ok()
    }

    /// The state before the first pass.
    ///
    /// * `cfg_scales`: the guidance scale of each pass, if there is guidance
    /// * `clip`: whether x0_hat is clipped to −1 … 1
    ///
    /// # Shapes
    /// * `x`: [B, 1, H, W]
    /// * `time_embeddings`: [passes, E]
    /// * `class_embeddings`: [B, E]; with guidance [2B, E], with class and then without
    ///
    /// # Panics
    /// If a tensor is not on a GPU ([`GpuSamplerState::supports`]).
    pub fn new(
        ctx: &Context,
        x: Tensor<4>,
        time_embeddings: Tensor<2>,
        class_embeddings: Tensor<2>,
        cfg_scales: Option<&[f64]>,
        clip: bool,
        steps: &[GpuSamplerStep],
    ) -> Self {
        let words: Vec<[u8; 4]> = steps
            .iter()
            .enumerate()
            .flat_map(|(pass, step)| step.words(scale_of(cfg_scales, pass)).map(u32::to_le_bytes))
            .collect();
        let x_doubled = cfg_scales.map(|_| buffer(ctx, Tensor::cat(vec![x.clone(), x.clone()], 0)));
        let prev_x0 = buffer(ctx, x.zeros_like());
        // Passes overwrite this buffer, so it is made a copy that no other tensor shares.
        let x = buffer(ctx, x + 0.0);
        Self {
            ctx: ctx.clone(),
            counter: uploaded(&x, &[[0; 4]]),
            table: uploaded(&x, &words),
            time_embeddings: buffer(ctx, time_embeddings),
            class_embeddings: buffer(ctx, class_embeddings),
            numbers: empty(&x, [WORDS]),
            prev_x0,
            x,
            x_doubled,
            clip,
            learned_variance: steps
                .iter()
                .any(|step| step.coefficients.ln_variance.is_some()),
        }
    }

    /// The images after the last pass, [B, 1, H, W]. The tensor shares the state's buffer, so later passes change it.
    pub fn images(&self) -> Tensor<4> {
        from_gpu(self.x.clone())
    }

    /// Begins a pass: copies its numbers from the table and returns the network's inputs, the images and their
    /// embedding.
    ///
    /// # Shapes
    /// images [B, 1, H, W], embedding [B, E]; with guidance [2B, 1, H, W] and [2B, E]
    pub fn begin_step(&self) -> (Tensor<4>, Tensor<2>) {
        let shape @ [rows, width] = dims(&self.class_embeddings);
        let embedding = empty(&self.class_embeddings, shape);
        launch(
            &self.ctx,
            Shader::BeginStep(BeginStepShader { width }),
            INVOCATIONS,
            [rows, 1, 1],
            &[
                &self.counter,
                &self.table,
                &self.time_embeddings,
                &self.class_embeddings,
                &self.numbers,
                &embedding,
            ],
        );
        let x = self.x_doubled.as_ref().unwrap_or(&self.x).clone();
        (from_gpu(x), from_gpu(embedding))
    }

    /// Keeps the pass's frame, between the network and [`GpuSamplerState::end_step`].
    ///
    /// # Shapes
    /// `output`: as in [`GpuSamplerState::end_step`]
    ///
    /// # Panics
    /// If `output` is not on a GPU.
    pub fn keep_frame(&self, keeper: &FrameKeeper, output: &Tensor<4>) {
        let output = buffer(&self.ctx, output.clone());
        keeper.keep(&self.counter, &self.x, &output, self.x_doubled.is_some());
    }

    /// Ends a pass: computes the next images from the network's `output` and advances the counter.
    ///
    /// # Shapes
    /// `output`: [B, 1, H, W], or [B, 2, H, W] of a network that says its variance; with guidance [2B, …]
    ///
    /// # Panics
    /// If `output` is not on a GPU.
    pub fn end_step(&self, output: Tensor<4>) {
        let output = buffer(&self.ctx, output);
        let [_, outputs, ..] = dims::<4>(&output);
        let [rows, channels, height, edge] = dims(&self.x);
        let width = channels * height * edge;
        let shader = ReverseStepShader {
            width,
            has_variance: outputs == 2,
            learned_variance: self.learned_variance,
            guided: self.x_doubled.is_some(),
            clip: self.clip,
        };
        let mut buffers = vec![
            &self.numbers,
            &self.x,
            &output,
            &self.prev_x0,
            &self.counter,
        ];
        buffers.extend(&self.x_doubled);
        launch(
            &self.ctx,
            Shader::ReverseStep(shader),
            INVOCATIONS,
            [width.div_ceil(2 * INVOCATIONS), rows, 1],
            &buffers,
        );
    }
}
