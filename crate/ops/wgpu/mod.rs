//! The kernels of the wgpu backend: each file fills in the WGSL templates of one family in `shaders/` and launches them.
//!
//! A [`Shader`] holds everything that a shader's text depends on, and is the key of its compiled pipeline. Sizes are
//! constants in the text, so that the compiler knows the lengths of loops. The batch size is not among them, it is the
//! number of workgroups, so one pipeline serves every batch size.

mod adam;
mod attention;
mod backend;
mod conv;
mod flatten;
mod frames;
mod graph;
mod noise;
mod norm;
mod quad_probe;
#[cfg(feature = "bench")]
mod roofline;
mod sampler_state;
mod train_state;

use burn::tensor::{DType, Shape, Tensor};
use burn_wgpu::{
    CubeBackend, CubeDim, CubeTensor, KernelSource, SourceKernel, SourceTemplate, into_contiguous,
};
use cubecl::prelude::{CubeCount, KernelId};
use cubecl::server::{Handle, KernelArguments};

use super::Context;
use adam::AdamShader;
use attention::{OnlineAttentionShader, PairsShader};
use conv::{ConvShader, PackShader, WeightGradientShader, WeightGradientSumShader};
use flatten::FlattenShader;
pub use flatten::{flatten, unflatten};
pub use frames::{FrameKeeper, FramePass, GpuFrames};
pub use graph::CapturedGraph;
use noise::NoiseShader;
use norm::{BiasGradientShader, GroupNormShader};
use quad_probe::QuadProbe;
#[cfg(feature = "bench")]
pub use roofline::Roofline;
pub use sampler_state::{GpuSamplerState, GpuSamplerStep};
pub use train_state::GpuTrainState;

/// The names of a `vec4`'s components.
const COMPONENTS: [char; 4] = ['x', 'y', 'z', 'w'];

/// A shader with everything that its text depends on. Equal values share one compiled pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Shader {
    Conv(ConvShader),
    Pack(PackShader),
    WeightGradient(WeightGradientShader),
    WeightGradientSum(WeightGradientSumShader),
    BiasGradient(BiasGradientShader),
    GroupNorm(GroupNormShader),
    PairsAttention(PairsShader),
    OnlineAttention(OnlineAttentionShader),
    QuadProbe(QuadProbe),
    Adam(AdamShader),
    Noise(NoiseShader),
    Flatten(FlattenShader),
    BeginStep(sampler_state::BeginStepShader),
    ReverseStep(sampler_state::ReverseStepShader),
    KeepFrame(frames::KeepFrameShader),
    ShowFrame(frames::ShowFrameShader),
    #[cfg(feature = "bench")]
    Roofline(Roofline),
}

impl KernelSource for Shader {
    fn source(&self) -> SourceTemplate {
        match self {
            Shader::Conv(shader) => shader.source(),
            Shader::Pack(shader) => shader.source(),
            Shader::WeightGradient(shader) => shader.source(),
            Shader::WeightGradientSum(shader) => shader.source(),
            Shader::BiasGradient(shader) => shader.source(),
            Shader::GroupNorm(shader) => shader.source(),
            Shader::PairsAttention(shader) => shader.source(),
            Shader::OnlineAttention(shader) => shader.source(),
            Shader::QuadProbe(shader) => shader.source(),
            Shader::Adam(shader) => shader.source(),
            Shader::Noise(shader) => shader.source(),
            Shader::Flatten(shader) => shader.source(),
            Shader::BeginStep(shader) => shader.source(),
            Shader::ReverseStep(shader) => shader.source(),
            Shader::KeepFrame(shader) => shader.source(),
            Shader::ShowFrame(shader) => shader.source(),
            #[cfg(feature = "bench")]
            Shader::Roofline(shader) => shader.source(),
        }
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.clone())
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// A template with the values of its placeholders, which are written `{{ name }}`.
fn template<const N: usize>(text: &str, values: [(&str, String); N]) -> SourceTemplate {
    values
        .into_iter()
        .fold(SourceTemplate::new(text), |template, (name, value)| {
            template.register(name, value)
        })
}

/// Launches a shader over `workgroups` of `invocations` each, with the buffers bound in the given order. In a dry run
/// ([`Context::collect_shaders`]) it collects the text and launches nothing.
fn launch(
    ctx: &Context,
    shader: Shader,
    invocations: usize,
    workgroups: [usize; 3],
    buffers: &[&CubeTensor],
) {
    if let Some(dry_run) = ctx.dry_run() {
        return dry_run.collect(shader.source().complete());
    }
    let size = CubeDim::new_1d(invocations as u32);
    let [x, y, z] = workgroups.map(|n| n as u32);
    buffers[0].client.launch(
        Box::new(SourceKernel::new(shader, size)),
        CubeCount::Static(x, y, z),
        KernelArguments::new().with_buffers(
            buffers
                .iter()
                .map(|tensor| tensor.handle.clone().binding())
                .collect(),
        ),
    );
}

/// A new tensor of f32 on the device of `like`; its values are arbitrary.
fn empty<const D: usize>(like: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    empty_of(like, shape, DType::F32)
}

/// [`empty`] with another type of number.
fn empty_of<const D: usize>(like: &CubeTensor, shape: [usize; D], dtype: DType) -> CubeTensor {
    let count: usize = shape.iter().product();
    let buffer = like.client.empty(count * dtype.size());
    tensor_of(like, shape, buffer, dtype)
}

/// Uploads numbers of four bytes each to the device of `like`, as a flat tensor.
fn uploaded(like: &CubeTensor, numbers: &[[u8; 4]]) -> CubeTensor {
    let buffer = like.client.create_from_slice(numbers.as_flattened());
    tensor_of(like, [numbers.len()], buffer, DType::F32)
}

/// The tensor of `shape` in a buffer on the device of `like`.
fn tensor_of<const D: usize>(
    like: &CubeTensor,
    shape: [usize; D],
    buffer: Handle,
    dtype: DType,
) -> CubeTensor {
    CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        Shape::from(shape),
        buffer,
        dtype,
    )
}

/// The most workgroups along one axis of a grid made by [`in_rows`]; WebGPU allows 65,535.
const ROW: usize = 32768;

/// A grid of at least so many workgroups in rows of [`ROW`]: one axis of a launch does not hold them all. The last row may
/// have workgroups beyond the number, whose invocations the shader has to leave idle.
fn in_rows(workgroups: usize) -> [usize; 3] {
    [workgroups.min(ROW), workgroups.div_ceil(ROW), 1]
}

/// The directive at the head of a shader that uses quads, and the parameter of its `main`; two empty texts without quads.
fn quad_directives(quads: bool) -> (&'static str, &'static str) {
    // Browsers require the directive for quad functions; naga, the native compiler, does not know it.
    let enable = if cfg!(target_arch = "wasm32") {
        "enable subgroups;"
    } else {
        ""
    };
    if quads {
        (enable, "@builtin(subgroup_invocation_id) lane: u32,")
    } else {
        ("", "")
    }
}

/// Whether the adapter has room for this project's kernels. In a browser it always has, because the page does not use an
/// adapter without (`crate/runtime/gpu.rs`); so burn's own kernels, a tenth of the page's program, are left out of it.
fn fits(ctx: &Context) -> bool {
    cfg!(target_arch = "wasm32") || ctx.capabilities().kernels
}

/// The GPU's tensor behind `tensor`, made contiguous. `None` if it is not on a GPU that has room for the kernels.
fn on_gpu<const D: usize>(ctx: &Context, tensor: Tensor<D>) -> Option<CubeTensor> {
    if !fits(ctx) {
        return None;
    }
    let tensor = tensor.try_into_primitive::<CubeBackend>().ok()?;
    Some(into_contiguous(tensor))
}

/// The inverse of [`on_gpu`].
fn from_gpu<const D: usize>(tensor: CubeTensor) -> Tensor<D> {
    Tensor::from_primitive::<CubeBackend>(tensor)
}

/// The tensor's shape.
fn dims<const D: usize>(tensor: &CubeTensor) -> [usize; D] {
    tensor.meta.shape().dims()
}

/// The number of channels that a shader loads at a time: 4 if the channel count is a multiple of 4, else 1.
fn vector_width(channels: usize) -> usize {
    if channels.is_multiple_of(4) { 4 } else { 1 }
}

/// The WGSL type of a buffer's elements: `vec4<f32>` if the channel count is a multiple of 4, else `f32`.
fn element_type(channels: usize) -> String {
    match vector_width(channels) {
        4 => "vec4<f32>".into(),
        _ => "f32".into(),
    }
}

/// The body of a WGSL function that loads 4 channels of a pixel of `buffer`. Components beyond the last channel are
/// arbitrary numbers of the buffer: their weights are 0, or the sum is not stored.
fn load_body(buffer: &str, channels: usize) -> String {
    if channels.is_multiple_of(4) {
        return format!("return {buffer}[pixel * {}u + channel];", channels / 4);
    }
    let lane = |lane: usize| format!("{buffer}[min(at + {lane}u, last)]");
    format!(
        "let at = pixel * {channels}u + channel * 4u; let last = arrayLength(&{buffer}) - 1u; \
         return vec4({}, {}, {}, {});",
        lane(0),
        lane(1),
        lane(2),
        lane(3)
    )
}
