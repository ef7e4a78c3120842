//! Frames of a draw, kept on the GPU as bytes ([`GpuFrames`]), and the launches of `shaders/sampler/keep_frame.wgsl` and
//! `show_frame.wgsl`.

use std::ops::Range;

use burn::tensor::{DType, Tensor};
use burn_wgpu::{CubeTensor, SourceTemplate};

use super::sampler_state::scale_of;
use super::{
    Context, Shader, dims, empty, empty_of, from_gpu, launch, on_gpu, template, tensor_of, uploaded,
};
use crate::diffusion::LinearCoefficients;

/// The number of words of a pass in the table: two say where its frame goes, five are factors.
const COLUMNS: usize = 7;
/// The place of a frame that is not kept.
const NOT_KEPT: u32 = u32::MAX;
/// Invocations of a workgroup.
const INVOCATIONS: usize = 64;
/// The planes of a frame: x_t, x̂₀ and ε̂.
const PLANES: usize = 3;

/// `shaders/sampler/keep_frame.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeepFrameShader {
    /// The number of values of an image, a multiple of 4.
    width: usize,
    /// The largest |ε̂| that is kept.
    eps_range: u32,
    estimates: Estimates,
}

/// Where x̂₀ and ε̂ come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Estimates {
    /// From the network's output, as in `reverse_step.wgsl`.
    Output {
        /// Whether the output has two branches, with the class and without, which the shader combines by guidance.
        guided: bool,
        /// Whether the output has a second channel, which says the variance.
        has_variance: bool,
    },
    /// Other kernels have computed x̂₀ and ε̂.
    Given,
}

impl KeepFrameShader {
    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        let factor = |number: usize| format!("bitcast<f32>(table[numbers + {number}u])");
        let combine = |name: &str, first: usize| {
            format!(
                "let {name} = {} * model_output + {} * x_t;",
                factor(first),
                factor(first + 1)
            )
        };
        let (channels, about_output, eps_hat_binding, estimates) = match self.estimates {
            Estimates::Output {
                guided,
                has_variance,
            } => {
                let output = if guided {
                    format!(
                        "mix(output[of_output + rows * CHANNELS * WIDTH], output[of_output], {})",
                        factor(6)
                    )
                } else {
                    "output[of_output]".into()
                };
                let estimates = format!(
                    "let model_output = {output}; {} {}",
                    combine("x0_hat", 2),
                    combine("eps_hat", 4)
                );
                let about = "The network's output, as in reverse_step.wgsl.";
                (1 + u32::from(has_variance), about, "", estimates)
            }
            Estimates::Given => (
                1,
                "x0_hat, [rows, WIDTH].",
                "@group(0) @binding(5) var<storage, read_write> eps: array<f32>;",
                "let x0_hat = output[of_output]; let eps_hat = eps[at];".into(),
            ),
        };
        template(
            include_str!("../../../shaders/sampler/keep_frame.wgsl"),
            [
                ("width", self.width.to_string()),
                ("words", (self.width / 4).to_string()),
                ("columns", COLUMNS.to_string()),
                ("channels", channels.to_string()),
                ("eps_range", format!("{}.0", self.eps_range)),
                ("invocations", INVOCATIONS.to_string()),
                ("about_output", about_output.into()),
                ("eps_hat_binding", eps_hat_binding.into()),
                ("estimates", estimates),
            ],
        )
    }
}

/// `shaders/sampler/show_frame.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShowFrameShader {
    /// The number of values of an image, a multiple of 4.
    width: usize,
}

impl ShowFrameShader {
    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        template(
            include_str!("../../../shaders/sampler/show_frame.wgsl"),
            [
                ("words", (self.width / 4).to_string()),
                ("invocations", INVOCATIONS.to_string()),
            ],
        )
    }
}

/// How a captured pass keeps its frame.
#[derive(Debug, Clone, Copy)]
pub struct FramePass {
    /// The frame's place among those kept; `None` if it is not kept.
    pub place: Option<usize>,
    /// How x̂₀ follows from the network's output and x_t.
    pub x0: LinearCoefficients,
    /// How ε̂ follows from them.
    pub eps: LinearCoefficients,
}

impl FramePass {
    /// The pass's row of the table, as `shaders/sampler/keep_frame.wgsl` reads it.
    fn words(&self, places: usize, cfg_scale: f64) -> [[u8; 4]; COLUMNS] {
        let factors = [
            self.x0.output,
            self.x0.x_t,
            self.eps.output,
            self.eps.x_t,
            cfg_scale,
        ];
        let mut words = [[0; 4]; COLUMNS];
        let place = self.place.map_or(NOT_KEPT, |place| place as u32);
        words[0] = place.to_le_bytes();
        words[1] = (places as u32).to_le_bytes();
        for (word, factor) in words[2..].iter_mut().zip(factors) {
            *word = (factor as f32).to_le_bytes();
        }
        words
    }
}

/// x_t, x̂₀ and ε̂ of some passes of a draw, as bytes on a GPU: [3, images, places, pixels], four bytes to a word. Values from
/// −1 to 1 are bytes from 0 to 255; ε̂ is first divided by a range. Clones share the buffer.
#[derive(Debug, Clone)]
pub struct GpuFrames {
    ctx: Context,
    words: CubeTensor,
    images: usize,
    places: usize,
    /// The number of values of an image.
    width: usize,
    eps_range: u32,
}

/// How the passes of a captured draw keep their frames, and where
/// ([`GpuSamplerState::keep_frame`](super::GpuSamplerState::keep_frame)).
#[derive(Debug)]
pub struct FrameKeeper {
    frames: GpuFrames,
    /// The rows of all passes, [passes, [`COLUMNS`]].
    table: CubeTensor,
}

impl GpuFrames {
    /// Room for `places` frames of images like `x`, [B, 1, H, W], with arbitrary content. `None` if `x` is not on a GPU that
    /// has room for the kernels, or if an image is no whole number of words.
    pub fn new(ctx: &Context, x: &Tensor<4>, places: usize, eps_range: u32) -> Option<Self> {
        let x = on_gpu(ctx, x.clone())?;
        let [images, channels, height, edge] = dims(&x);
        let width = channels * height * edge;
        (width % 4 == 0).then(|| Self {
            ctx: ctx.clone(),
            words: empty_of(&x, [PLANES, images, places, width / 4], DType::U32),
            images,
            places,
            width,
            eps_range,
        })
    }

    /// Keeps a frame that was not computed by a captured pass.
    ///
    /// # Shapes
    /// all tensors as the `x` of [`GpuFrames::new`]
    ///
    /// # Panics
    /// If a tensor is not on a GPU.
    pub fn keep(&self, place: usize, x_t: Tensor<4>, x0_hat: Tensor<4>, eps_hat: Tensor<4>) {
        let [x_t, x0_hat, eps_hat] = [x_t, x0_hat, eps_hat]
            .map(|tensor| on_gpu(&self.ctx, tensor).expect("a frame is where the draw is"));
        let unused = LinearCoefficients {
            output: 0.0,
            x_t: 0.0,
        };
        let row = FramePass {
            place: Some(place),
            x0: unused,
            eps: unused,
        };
        let table = uploaded(&x_t, &row.words(self.places, 1.0));
        let counter = uploaded(&x_t, &[[0; 4]]);
        let buffers = [&counter, &table, &x_t, &x0_hat, &self.words, &eps_hat];
        self.launch(Estimates::Given, &buffers);
    }

    fn launch(&self, estimates: Estimates, buffers: &[&CubeTensor]) {
        let shader = KeepFrameShader {
            width: self.width,
            eps_range: self.eps_range,
            estimates,
        };
        launch(
            &self.ctx,
            Shader::KeepFrame(shader),
            INVOCATIONS,
            self.workgroups(),
            buffers,
        );
    }

    /// A workgroup for each [`INVOCATIONS`] words of each image.
    fn workgroups(&self) -> [usize; 3] {
        [(self.width / 4).div_ceil(INVOCATIONS), self.images, 1]
    }

    /// The frame at a place, as values from −1 to 1 that show the bytes kept.
    ///
    /// * `plane`: 0 x_t, 1 x̂₀, 2 ε̂
    ///
    /// # Shapes
    /// result: [images, pixels]
    pub fn frame(&self, plane: usize, place: usize) -> Tensor<2> {
        let images = empty(&self.words, [self.images, self.width]);
        let wanted = [plane, place, self.places].map(|number| (number as u32).to_le_bytes());
        let wanted = uploaded(&self.words, &wanted);
        launch(
            &self.ctx,
            Shader::ShowFrame(ShowFrameShader { width: self.width }),
            INVOCATIONS,
            self.workgroups(),
            &[&wanted, &self.words, &images],
        );
        from_gpu(images)
    }

    /// The bytes of some images in a plane, [images, places, pixels], those of places without a frame arbitrary. They lie
    /// side by side, so nothing else is read back.
    ///
    /// # Errors
    /// If the device does not give them back.
    pub async fn read(&self, plane: usize, images: Range<usize>) -> Result<Vec<u8>, String> {
        let image = self.places * self.width;
        let before = (plane * self.images + images.start) * image;
        let bytes = images.len() * image;
        let after = (PLANES * self.images * image) - before - bytes;
        let part = self.words.handle.clone();
        let part = part.offset_start(before as u64).offset_end(after as u64);
        // The type does not matter, because the bytes are taken as they are.
        let part = tensor_of(&self.words, [bytes / 4], part, DType::F32);
        let data = from_gpu::<1>(part).into_data_async().await;
        let data =
            data.map_err(|error| format!("The device did not give the frames back: {error:?}"))?;
        Ok(data.as_bytes().to_vec())
    }
}

impl FrameKeeper {
    /// Keeps the frames of these passes, one after another. `cfg_scales`: the guidance scale of each, if there is guidance.
    pub fn new(frames: GpuFrames, passes: &[FramePass], cfg_scales: Option<&[f64]>) -> Self {
        let words: Vec<[u8; 4]> = passes
            .iter()
            .enumerate()
            .flat_map(|(pass, it)| it.words(frames.places, scale_of(cfg_scales, pass)))
            .collect();
        let table = uploaded(&frames.words, &words);
        Self { frames, table }
    }

    /// Launches the keeping of a pass.
    ///
    /// * `counter`: the number of passes done, `[1]`
    ///
    /// # Shapes
    /// as in [`GpuSamplerState::end_step`](super::GpuSamplerState::end_step)
    pub(super) fn keep(
        &self,
        counter: &CubeTensor,
        x: &CubeTensor,
        output: &CubeTensor,
        guided: bool,
    ) {
        let [_, channels, ..] = dims::<4>(output);
        let estimates = Estimates::Output {
            guided,
            has_variance: channels == 2,
        };
        let buffers = [counter, &self.table, x, output, &self.frames.words];
        self.frames.launch(estimates, &buffers);
    }
}
