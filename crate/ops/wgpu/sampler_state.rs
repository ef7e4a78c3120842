//! A sampler's walk that the device takes by itself: `shaders/sampler/begin_step.wgsl` and `shaders/sampler/reverse_step.wgsl`.

use burn::backend::wgpu::{CubeBackend, CubeTensor, SourceTemplate};
use burn::tensor::Tensor;

use super::super::Gaussians;
use super::{Shader, dims, empty, from_gpu, launch, on_gpu, ours, template, uploaded};
use crate::diffusion::ReverseStep;

/// Of a step: six of the noise's stream, eight factors, and two to make it even.
const WORDS: usize = 16;
const INVOCATIONS: usize = 64;

/// `shaders/sampler/begin_step.wgsl`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Begin {
    /// Of the embedding.
    width: usize,
}

/// `shaders/sampler/reverse_step.wgsl`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Take {
    /// Numbers of an image.
    width: usize,
    guided: bool,
    clip: bool,
}

impl Begin {
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

impl Take {
    pub fn source(&self) -> SourceTemplate {
        let [twice_binding, said, twice] = if self.guided {
            [
                "@group(0) @binding(5) var<storage, read_write> twice: array<f32>;",
                "mix(output[at + rows * WIDTH], output[at], factor(7u))",
                "twice[at] = next; twice[at + rows * WIDTH] = next;",
            ]
        } else {
            ["", "output[at]", ""]
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
                ("twice_binding", twice_binding.into()),
                ("said", said.into()),
                ("twice", twice.into()),
                ("clip", clip.into()),
            ],
        )
    }
}

/// A step of a [`GpuSamplerState`].
#[derive(Debug, Clone, Copy)]
pub struct GpuSamplerStep {
    pub reverse: ReverseStep,
    pub noise: Gaussians,
}

impl GpuSamplerStep {
    fn words(&self, cfg_scale: f64) -> [u32; WORDS] {
        let step = &self.reverse;
        let x0 = step.x0.map_or([0.0; 2], |mix| [mix.output, mix.x_t]);
        let factors = [
            x0[0],
            x0[1],
            step.x_t,
            step.x0_hat,
            step.output,
            step.prev_x0,
            step.z,
            cfg_scale,
        ];
        let mut words = [0; WORDS];
        words[..6].copy_from_slice(&self.noise.words());
        for (word, factor) in words[6..].iter_mut().zip(factors) {
            *word = (factor as f32).to_bits();
        }
        words
    }
}

/// Everything that a sampler's steps read and write, on a GPU, which counts them itself: step for step the same launches
/// with the same buffers, so that they can be recorded once and replayed.
#[derive(Debug)]
pub struct GpuSamplerState {
    counter: CubeTensor,
    table: CubeTensor,
    times: CubeTensor,
    classes: CubeTensor,
    now: CubeTensor,
    x: CubeTensor,
    /// With guidance, x twice: what the network reads.
    twice: Option<CubeTensor>,
    prev_x0: CubeTensor,
    clip: bool,
}

fn held<const D: usize>(tensor: Tensor<D>) -> CubeTensor {
    on_gpu(tensor).expect("a walk is on a GPU")
}

impl GpuSamplerState {
    /// Whether the tensor is on a device that can do it, which is a GPU.
    pub fn suits(x: &Tensor<4>) -> bool {
        ours() && x.clone().try_into_primitive::<CubeBackend>().is_ok()
    }

    /// Before the first step; all of it on a GPU ([`GpuSamplerState::suits`]).
    ///
    /// * `x`: [B, 1, H, W]
    /// * `times`: what each step's t adds to the embedding, [steps, E]
    /// * `classes`: what each row's class adds, [B, E]; with guidance [2B, E], with class and without
    /// * `cfg_scale`: of guidance, if there is any
    /// * `clip`: whether x̂₀ is held in −1 … 1
    ///
    /// # Panics
    /// If something is not on a GPU.
    pub fn new(
        x: Tensor<4>,
        times: Tensor<2>,
        classes: Tensor<2>,
        cfg_scale: Option<f64>,
        clip: bool,
        steps: &[GpuSamplerStep],
    ) -> Self {
        let words: Vec<[u8; 4]> = steps
            .iter()
            .flat_map(|step| step.words(cfg_scale.unwrap_or(1.0)).map(u32::to_le_bytes))
            .collect();
        let twice = cfg_scale.map(|_| held(Tensor::cat(vec![x.clone(), x.clone()], 0)));
        let prev_x0 = held(x.zeros_like());
        // Steps overwrite it, so it is nobody else's.
        let x = held(x + 0.0);
        Self {
            counter: uploaded(&x, &[[0; 4]]),
            table: uploaded(&x, &words),
            times: held(times),
            classes: held(classes),
            now: empty(&x, [WORDS]),
            prev_x0,
            x,
            twice,
            clip,
        }
    }

    /// The images as they stand, [B, 1, H, W]. The buffer is that of all steps: what was handed out changes with them.
    pub fn images(&self) -> Tensor<4> {
        from_gpu(self.x.clone())
    }

    /// What the network is asked of in this step: the images, with guidance twice, [B or 2B, 1, H, W], and its
    /// embedding, [B or 2B, E].
    pub fn begin(&self) -> (Tensor<4>, Tensor<2>) {
        let shape @ [rows, width] = dims(&self.classes);
        let embedding = empty(&self.classes, shape);
        launch(
            Shader::BeginStep(Begin { width }),
            INVOCATIONS,
            [rows, 1, 1],
            &[
                &self.counter,
                &self.table,
                &self.times,
                &self.classes,
                &self.now,
                &embedding,
            ],
        );
        let asked = self.twice.as_ref().unwrap_or(&self.x).clone();
        (from_gpu(asked), from_gpu(embedding))
    }

    /// The rest of the step, for the network's `output`, of the shape of what it was asked of.
    pub fn take(&self, output: Tensor<4>) {
        let output = held(output);
        let [rows, channels, height, edge] = dims(&self.x);
        let width = channels * height * edge;
        let shader = Take {
            width,
            guided: self.twice.is_some(),
            clip: self.clip,
        };
        let mut buffers = vec![&self.now, &self.x, &output, &self.prev_x0, &self.counter];
        buffers.extend(&self.twice);
        launch(
            Shader::ReverseStep(shader),
            INVOCATIONS,
            [width.div_ceil(2 * INVOCATIONS), rows, 1],
            &buffers,
        );
    }
}
