//! Kernels of the wgpu backend, in WGSL.
//!
//! A [`Shader`] is all that a shader's text depends on: sizes are constants in it, so that the compiler
//! knows the loops. The batch is not among them (it is the number of workgroups), so that a pipeline
//! serves every batch.

mod adam;
mod attention;
mod backend;
mod conv;
mod flatten;
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
use attention::AttentionShader;
use conv::{ConvShader, PackShader, WeightGradientShader, WeightGradientSumShader};
use flatten::FlattenShader;
pub use flatten::{flatten, unflatten};
pub use graph::CapturedGraph;
use noise::NoiseShader;
use norm::{BiasGradient, GroupNormShader};
use quad_probe::QuadProbe;
#[cfg(feature = "bench")]
pub use roofline::Roofline;
pub use sampler_state::{GpuSamplerState, GpuSamplerStep};
pub use train_state::GpuTrainState;

/// Of a `vec4`.
const COMPONENTS: [char; 4] = ['x', 'y', 'z', 'w'];

/// A shader and all that its text depends on: one pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Shader {
    Conv(ConvShader),
    Pack(PackShader),
    WeightGradient(WeightGradientShader),
    WeightGradientSum(WeightGradientSumShader),
    BiasGradient(BiasGradient),
    GroupNorm(GroupNormShader),
    Attention(AttentionShader),
    QuadProbe(QuadProbe),
    Adam(AdamShader),
    Noise(NoiseShader),
    Flatten(FlattenShader),
    BeginStep(sampler_state::BeginStepShader),
    ReverseStep(sampler_state::ReverseStepShader),
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
            Shader::Attention(shader) => shader.source(),
            Shader::QuadProbe(shader) => shader.source(),
            Shader::Adam(shader) => shader.source(),
            Shader::Noise(shader) => shader.source(),
            Shader::Flatten(shader) => shader.source(),
            Shader::BeginStep(shader) => shader.source(),
            Shader::ReverseStep(shader) => shader.source(),
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

/// A template with its placeholders' values.
fn template<const N: usize>(text: &str, values: [(&str, String); N]) -> SourceTemplate {
    values
        .into_iter()
        .fold(SourceTemplate::new(text), |template, (name, value)| {
            template.register(name, value)
        })
}

/// Launch a shader over `workgroups` of `invocations` each, with the buffers bound in this order. In a dry run
/// ([`Context::collect_shaders`]) its text is collected and nothing is launched.
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

/// A tensor beside `like`, its values not yet written.
fn empty<const D: usize>(like: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    empty_of(like, shape, DType::F32)
}

fn empty_of<const D: usize>(like: &CubeTensor, shape: [usize; D], dtype: DType) -> CubeTensor {
    let count: usize = shape.iter().product();
    let buffer = like.client.empty(count * dtype.size());
    beside(like, shape, buffer, dtype)
}

/// A few numbers of four bytes each, beside `like`.
fn uploaded(like: &CubeTensor, numbers: &[[u8; 4]]) -> CubeTensor {
    let buffer = like.client.create_from_slice(numbers.as_flattened());
    beside(like, [numbers.len()], buffer, DType::F32)
}

/// The tensor of `shape` that a buffer of `like`'s device holds.
fn beside<const D: usize>(
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

/// Most workgroups in one dimension.
const ROW: usize = 32768;

/// So many workgroups in rows of [`ROW`], as many as there are and in the last row perhaps more.
fn in_rows(workgroups: usize) -> [usize; 3] {
    [workgroups.min(ROW), workgroups.div_ceil(ROW), 1]
}

/// What a shader that uses quads has before its text, and among the parameters of `main`.
fn quad_directives(quads: bool) -> (&'static str, &'static str) {
    // naga knows the functions and not the directive; browsers want it.
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

/// Whether the adapter has room for this project's kernels. In a browser it has: the page does not use an adapter
/// without (`crate/runtime/gpu.rs`), because burn's own kernels would make its program a tenth larger.
fn fits(ctx: &Context) -> bool {
    cfg!(target_arch = "wasm32") || ctx.capabilities().kernels
}

/// A tensor's buffer with its numbers in order; `None` where the tensor is not on a GPU that has room for the kernels.
fn on_gpu<const D: usize>(ctx: &Context, tensor: Tensor<D>) -> Option<CubeTensor> {
    if !fits(ctx) {
        return None;
    }
    let tensor = tensor.try_into_primitive::<CubeBackend>().ok()?;
    Some(into_contiguous(tensor))
}

fn from_gpu<const D: usize>(tensor: CubeTensor) -> Tensor<D> {
    Tensor::from_primitive::<CubeBackend>(tensor)
}

fn dims<const D: usize>(tensor: &CubeTensor) -> [usize; D] {
    tensor.meta.shape().dims()
}

/// Channels read at a time: 4 where they come in fours.
fn vector(channels: usize) -> usize {
    if channels.is_multiple_of(4) { 4 } else { 1 }
}

/// Components of a slice read as `array<f32>` or, where channels come in fours, `array<vec4<f32>>`.
fn element(channels: usize) -> String {
    match vector(channels) {
        4 => "vec4<f32>".into(),
        _ => "f32".into(),
    }
}

/// Body of a function that loads 4 channels of a pixel of `buffer`. What lies beyond the last channel is
/// some other number: its weights are 0, or the sum is thrown away.
fn load(buffer: &str, channels: usize) -> String {
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
