//! Kernels of the wgpu backend, in WGSL.
//!
//! A [`Shader`] is all that a shader's text depends on: sizes are constants in it, so that the compiler
//! knows the loops. The batch is not among them (it is the number of workgroups), so that a pipeline
//! serves every batch.

mod abilities;
mod adam;
mod attention;
mod conv;
mod course;
mod noise;
mod norm;
mod pieces;
mod quads;
#[cfg(feature = "bench")]
mod roof;
mod walk;

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{
    CubeBackend, CubeDim, CubeTensor, KernelSource, SourceKernel, SourceTemplate, into_contiguous,
};
use burn::tensor::{DType, Shape, Tensor};
use cubecl::prelude::{CubeCount, KernelId};
use cubecl::server::{Handle, KernelArguments};

use super::adam::AdamCoefficients;
use super::noise::{gaussian_reference, q_sample_reference};
use super::{Gaussians, Geometry, Kernels, reference};
pub use abilities::Abilities;
use adam::Adam;
use attention::Attention;
use conv::{Apply, Pack, WeightParts, WeightSum};
pub use course::Course;
use noise::Noise;
use norm::{Norm, PixelSums};
use pieces::Pieces;
pub use pieces::{join, split};
use quads::Quads;
#[cfg(feature = "bench")]
pub use roof::Roof;
pub use walk::{Walk, WalkStep};

/// Of a `vec4`.
const COMPONENTS: [char; 4] = ['x', 'y', 'z', 'w'];

/// One pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Shader {
    Apply(Apply),
    Pack(Pack),
    WeightParts(WeightParts),
    WeightSum(WeightSum),
    PixelSums(PixelSums),
    Norm(Norm),
    Attention(Attention),
    Quads(Quads),
    Adam(Adam),
    Noise(Noise),
    Pieces(Pieces),
    WalkBegin(walk::Begin),
    WalkTake(walk::Take),
    #[cfg(feature = "bench")]
    Roof(Roof),
}

impl KernelSource for Shader {
    fn source(&self) -> SourceTemplate {
        match self {
            Shader::Apply(shader) => shader.source(),
            Shader::Pack(shader) => shader.source(),
            Shader::WeightParts(shader) => shader.source(),
            Shader::WeightSum(shader) => shader.source(),
            Shader::PixelSums(shader) => shader.source(),
            Shader::Norm(shader) => shader.source(),
            Shader::Attention(shader) => shader.source(),
            Shader::Quads(shader) => shader.source(),
            Shader::Adam(shader) => shader.source(),
            Shader::Noise(shader) => shader.source(),
            Shader::Pieces(shader) => shader.source(),
            Shader::WalkBegin(shader) => shader.source(),
            Shader::WalkTake(shader) => shader.source(),
            #[cfg(feature = "bench")]
            Shader::Roof(shader) => shader.source(),
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

/// Run a shader over `workgroups` of so many invocations. Buffers are bound in this order.
fn launch(shader: Shader, invocations: usize, workgroups: [usize; 3], buffers: &[&CubeTensor]) {
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

/// Whether the adapter has room for the kernels here. In a browser it has, or it is not used (`crate/device`): burn's own
/// would make the page's program a tenth larger.
fn ours() -> bool {
    cfg!(target_arch = "wasm32") || Abilities::current().kernels
}

/// A tensor's buffer, its numbers in order; `None` where it is not on a GPU that has room for the kernels here.
fn on_gpu<const D: usize>(tensor: Tensor<D>) -> Option<CubeTensor> {
    if !ours() {
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

impl Kernels for CubeBackend {
    fn conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !ours() {
            return reference::conv::<Self>(x, weight, bias, geometry);
        }
        conv::output(
            into_contiguous(x),
            into_contiguous(weight),
            into_contiguous(bias),
            geometry,
        )
    }

    fn conv_prepare(weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self> {
        if !ours() {
            return weight;
        }
        conv::prepare(into_contiguous(weight), geometry)
    }

    fn conv_prepared(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !ours() {
            return reference::conv::<Self>(x, weight, bias, geometry);
        }
        conv::prepared(
            into_contiguous(x),
            weight,
            into_contiguous(bias),
            None,
            geometry,
        )
    }

    fn conv_added(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        addend: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !ours() {
            return Self::float_add(Self::conv(x, weight, bias, geometry), addend);
        }
        let addend = Some(into_contiguous(addend));
        conv::prepared(
            into_contiguous(x),
            weight,
            into_contiguous(bias),
            addend,
            geometry,
        )
    }

    fn conv_input_gradient(
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
        input: [usize; 2],
    ) -> FloatTensor<Self> {
        if !ours() {
            return reference::conv_input_gradient::<Self>(
                weight,
                output_gradient,
                geometry,
                input,
            );
        }
        conv::input_gradient(
            into_contiguous(weight),
            into_contiguous(output_gradient),
            geometry,
            input,
        )
    }

    fn conv_weight_gradient(
        x: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !ours() {
            return reference::conv_weight_gradient::<Self>(x, output_gradient, geometry);
        }
        conv::weight_gradient(
            into_contiguous(x),
            into_contiguous(output_gradient),
            geometry,
        )
    }

    fn pixel_sums(x: FloatTensor<Self>) -> FloatTensor<Self> {
        if !ours() {
            return reference::pixel_sums::<Self>(x);
        }
        norm::pixel_sums(into_contiguous(x))
    }

    fn group_norm(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> FloatTensor<Self> {
        match Norm::new(&x, groups, silu, false) {
            Some(shader) => shader.forward(
                into_contiguous(x),
                into_contiguous(weight),
                into_contiguous(bias),
            ),
            None => reference::group_norm::<Self>(x, weight, bias, groups, silu),
        }
    }

    fn group_norm_gradients(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        match Norm::new(&x, groups, silu, true) {
            Some(shader) => shader.backward(
                into_contiguous(x),
                into_contiguous(weight),
                into_contiguous(bias),
                into_contiguous(output_gradient),
            ),
            None => reference::group_norm_gradients::<Self>(
                x,
                weight,
                bias,
                output_gradient,
                groups,
                silu,
            ),
        }
    }

    fn self_attention(qkv: FloatTensor<Self>) -> FloatTensor<Self> {
        match Attention::new(&qkv, false) {
            Some(shader) => shader.forward(into_contiguous(qkv)),
            None => reference::attention::<Self>(qkv, reference::broadcast_product::<Self>),
        }
    }

    fn self_attention_gradient(
        qkv: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        match Attention::new(&qkv, true) {
            Some(shader) => shader.backward(into_contiguous(qkv), into_contiguous(output_gradient)),
            None => reference::attention_gradient::<Self>(
                qkv,
                output_gradient,
                reference::broadcast_product::<Self>,
            ),
        }
    }

    fn quad_firsts(numbers: FloatTensor<Self>) -> FloatTensor<Self> {
        Quads::firsts(into_contiguous(numbers))
    }

    fn adam(
        params: FloatTensor<Self>,
        m: FloatTensor<Self>,
        v: FloatTensor<Self>,
        ema: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        norm: FloatTensor<Self>,
        coefficients: AdamCoefficients,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        if !ours() {
            return super::adam::reference::<Self>(
                [params, m, v, ema],
                gradient,
                norm,
                coefficients,
            )
            .into();
        }
        let state = [params, m, v, ema].map(into_contiguous);
        Adam::updated(state, into_contiguous(gradient), norm, coefficients).into()
    }

    fn gaussian(
        anchor: FloatTensor<Self>,
        noise: Gaussians,
        shape: [usize; 4],
    ) -> FloatTensor<Self> {
        if !ours() {
            return gaussian_reference::<Self>(anchor, noise, shape);
        }
        noise::gaussian(anchor, noise, shape)
    }

    fn q_sample(
        x0: FloatTensor<Self>,
        rates: FloatTensor<Self>,
        noise: Gaussians,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        if !ours() {
            return q_sample_reference::<Self>(x0, rates, noise);
        }
        noise::q_sample(into_contiguous(x0), into_contiguous(rates), noise)
    }
}
