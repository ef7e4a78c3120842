//! The operations that the network spends its time in, as one burn extension, [`Kernels`].
//!
//! Activations are channels-last, [B, H, W, C], so that a pixel's channels are neighbours in memory: on the CPU they fill
//! SIMD registers, on a GPU they are loaded as `vec4`. Weights keep PyTorch's shapes.
//!
//! Every operation has a body in burn's own operations (`reference.rs`), which runs on backends without a kernel for it.
//! The CPU's kernels are the package `cpu_kernels`, which `cpu.rs` calls; the GPU's kernels are in `shaders/`, and `wgpu/`
//! launches them.
//!
//! # To add an operation
//!
//! 1. Write its body in burn's operations in `reference.rs`, add a method of [`Kernels`] that calls it, and in
//!    `functional.rs` a public function that calls the method through `Dispatch`. The operation now works on every
//!    backend, and autodiff differentiates the body.
//! 2. For a CPU kernel, override the method in `cpu.rs`. For a GPU kernel, put its template into `shaders/`, add a variant
//!    to `Shader` in `wgpu/mod.rs` and a file in `wgpu/` that fills in the template and launches it, and override the
//!    method in `wgpu/backend.rs`.
//! 3. If it has a kernel and training uses it, make its gradient a method of [`Kernels`] too and override the operation in
//!    `autodiff.rs`: autodiff cannot look into a kernel.
//! 4. Have a layer call it (`crate/nn/layers.rs`) and a block of the network the layer (`crate/nn/unet/`).
//! 5. Compare it with burn's operations in `tests/support/ops.rs`, and its gradients with differences in
//!    `tests/support/gradients.rs`. `tests/native.rs`, `tests/gpu.rs` and `tests/browser.rs` call these bodies, each on its
//!    backends.
//!
//! **What an operation is told must reach a captured step through the state's buffers, or the first step's values are
//! frozen into the graph.** On a GPU, training and sampling launch one step, capture its launches and replay them
//! ([`CapturedGraph`]). A replay repeats the launches as they were: a number that the host gave the operation as an
//! argument, such as a seed, a rate or a flag in a shader's text, stays that of the captured step, and no error says so.
//! A value that differs from step to step has to be a tensor that is read from a buffer of the state. For training that
//! is an input of [`GpuTrainState`], and a new field of `TrainBatch` (`crate/training/batch.rs`) becomes one by being
//! declared there; it has values for each image, because workers get shards of a batch, and they are f32, so a number that may
//! exceed 2²⁴ has to be two fields. For sampling it is a column of the table of [`GpuSamplerState`], which the device reads by
//! its own count of the passes. Dropout, for example, may not take the number of an example as a `u64`. [`q_sample`] does take
//! one, and therefore runs before the captured step, not in it.

mod adam;
mod autodiff;
mod capabilities;
mod context;
#[cfg(feature = "cpu")]
mod cpu;
mod functional;
mod noise;
mod reference;
#[cfg(feature = "remote")]
mod remote;
#[cfg(feature = "gpu")]
mod wgpu;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::{Tensor, TensorData};

pub use adam::{AdamCoefficients, AdamState, adam};
pub use capabilities::Capabilities;
pub use context::Context;
pub use cpu_kernels::Geometry;
pub use functional::{
    attention_map, conv, conv_added, conv_prepare, conv_prepared, group_norm, self_attention,
};
pub use noise::{Gaussians, gaussian, q_sample};

#[cfg(feature = "remote")]
pub use self::remote::{OPERATIONS_FORMAT, ServedDevices, operations};
#[cfg(all(feature = "gpu", feature = "bench"))]
pub use self::wgpu::Roofline;
#[cfg(feature = "gpu")]
pub use self::wgpu::{
    CapturedGraph, FrameKeeper, FramePass, GpuFrames, GpuSamplerState, GpuSamplerStep,
    GpuTrainState,
};

/// The number that [`group_norm`] adds to the variance; PyTorch's default.
pub const GROUP_NORM_EPS: f64 = 1e-5;

/// The operations of this module as methods of a backend; each has a default body in burn's operations. Gradients are
/// methods too, which the overrides for the autodiff backend (`autodiff.rs`) call.
///
/// Callers use the functions of this module, which take tensors of any backend.
#[backend_extension(
    Autodiff,
    Cube: cfg(feature = "gpu"),
    Flex: cfg(feature = "cpu"),
    Remote: cfg(feature = "remote")
)]
pub trait Kernels: Backend {
    /// See [`conv`].
    fn conv(
        _ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        reference::conv::<Self>(x, weight, bias, geometry)
    }

    /// See [`conv_prepare`].
    fn conv_prepare(
        _ctx: &Context,
        weight: FloatTensor<Self>,
        _geometry: Geometry,
    ) -> FloatTensor<Self> {
        weight
    }

    /// See [`conv_prepared`].
    fn conv_prepared(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        Self::conv(ctx, x, weight, bias, geometry)
    }

    /// See [`conv_added`].
    fn conv_added(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        addend: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        Self::float_add(Self::conv(ctx, x, weight, bias, geometry), addend)
    }

    /// The gradient of [`conv`] with respect to its input.
    ///
    /// # Shapes
    /// * `weight`: [out, in, k, k]
    /// * `output_gradient`: [B, H', W', out]
    /// * `input`: H and W of the convolution's input
    /// * result: [B, H, W, in]
    fn conv_input_gradient(
        _ctx: &Context,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
        input: [usize; 2],
    ) -> FloatTensor<Self> {
        reference::conv_input_gradient::<Self>(weight, output_gradient, geometry, input)
    }

    /// The gradient of [`conv`] with respect to its weight.
    ///
    /// # Shapes
    /// * `x`: [B, H, W, in]
    /// * `output_gradient`: [B, H', W', out]
    /// * result: [out, in, k, k]
    fn conv_weight_gradient(
        _ctx: &Context,
        x: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        reference::conv_weight_gradient::<Self>(x, output_gradient, geometry)
    }

    /// The sum over the pixels of each image and channel, which is the gradient of [`conv`] with respect to its bias.
    ///
    /// # Shapes
    /// [B, H, W, C] → [B, C]
    fn pixel_sums(_ctx: &Context, x: FloatTensor<Self>) -> FloatTensor<Self> {
        reference::pixel_sums::<Self>(x)
    }

    /// See [`group_norm`].
    fn group_norm(
        _ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> FloatTensor<Self> {
        reference::group_norm::<Self>(x, weight, bias, groups, silu)
    }

    /// The gradients of [`group_norm`] with respect to `x`, `weight` and `bias`, each of the shape of its tensor.
    ///
    /// # Shapes
    /// * `x`, `output_gradient`: [B, H, W, C]
    /// * `weight`, `bias`: `[C]`
    fn group_norm_gradients(
        _ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        reference::group_norm_gradients::<Self>(x, weight, bias, output_gradient, groups, silu)
    }

    /// See [`self_attention`]. (Not `attention`: burn's backends have a method of that name.)
    fn self_attention(_ctx: &Context, qkv: FloatTensor<Self>, heads: usize) -> FloatTensor<Self> {
        reference::self_attention::<Self>(qkv, heads)
    }

    /// The gradient of [`self_attention`] with respect to `qkv`.
    ///
    /// # Shapes
    /// * `qkv` and the result: [B, N, 3C]
    /// * `output_gradient`: [B, N, C]
    fn self_attention_gradient(
        _ctx: &Context,
        qkv: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self> {
        reference::self_attention_gradient::<Self>(qkv, output_gradient, heads)
    }

    /// See [`adam()`].
    #[allow(
        clippy::too_many_arguments,
        reason = "burn's extension macro passes on tensors that are arguments, not those in an array"
    )]
    fn adam(
        _ctx: &Context,
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
        let state = [params, m, v, ema];
        adam::reference::<Self>(state, gradient, norm, coefficients).into()
    }

    /// See [`gaussian`]; `anchor` is any tensor on the device that is to make the noise.
    fn gaussian(
        _ctx: &Context,
        anchor: FloatTensor<Self>,
        noise: Gaussians,
        shape: [usize; 4],
    ) -> FloatTensor<Self> {
        noise::gaussian_reference::<Self>(anchor, noise, shape)
    }

    /// See [`q_sample`].
    ///
    /// # Shapes
    /// * `x0` and both results: [B, 1, H, W]
    /// * `factors`: √ᾱ and √(1−ᾱ) of each image, [B, 2]
    fn q_sample(
        _ctx: &Context,
        x0: FloatTensor<Self>,
        factors: FloatTensor<Self>,
        noise: Gaussians,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        noise::q_sample_reference::<Self>(x0, factors, noise)
    }

    /// The value of the first of each four numbers, in all four places; on a GPU it comes from the first invocation of
    /// the quad, which is what [`quad_probe`] checks.
    ///
    /// # Shapes
    /// `[4n]` → `[4n]`
    fn quad_firsts(_ctx: &Context, numbers: FloatTensor<Self>) -> FloatTensor<Self> {
        reference::quad_firsts::<Self>(numbers)
    }
}

/// Splits a flat tensor into consecutive parts of the given lengths. On a GPU the parts are copies, seven of them made by
/// one launch; on other devices they are views.
///
/// # Shapes
/// `flat`: [Σ `lengths`] → one tensor `[length]` for each length
pub fn unflatten(ctx: &Context, flat: &Tensor<1>, lengths: &[usize]) -> Vec<Tensor<1>> {
    #[cfg(feature = "gpu")]
    if let Some(parts) = self::wgpu::unflatten(ctx, flat.clone(), lengths) {
        return parts;
    }
    let _ = ctx;
    let mut offset = 0;
    let narrow = |&length: &usize| {
        offset += length;
        flat.clone().narrow(0, offset - length, length)
    };
    lengths.iter().map(narrow).collect()
}

/// Concatenates flat tensors; the inverse of [`unflatten`]. On a GPU seven parts are copied by one launch.
///
/// # Shapes
/// `parts`: one tensor `[length]` each → [Σ lengths]
pub fn flatten(ctx: &Context, parts: Vec<Tensor<1>>) -> Tensor<1> {
    #[cfg(feature = "gpu")]
    if let Some(flat) = self::wgpu::flatten(ctx, &parts) {
        return flat;
    }
    let _ = ctx;
    Tensor::cat(parts, 0)
}

/// Finds out with a small shader whether invocations 4i … 4i + 3 of a workgroup form a quad on this device, as
/// [`Capabilities::quads`] requires: WGSL leaves open which invocations do. The device must have subgroups.
///
/// # Errors
/// If the device does not return the result.
pub async fn quad_probe(ctx: &Context) -> Result<bool, String> {
    let numbers: Vec<f32> = (0..64).map(|i| i as f32).collect();
    let expected: Vec<f32> = (0..64).map(|i| (i / 4 * 4) as f32).collect();
    let numbers = Tensor::<1>::from_data(TensorData::new(numbers, [64]), ctx.device());
    let firsts = Tensor::<1>::from_dispatch(Dispatch::quad_firsts(ctx, numbers.into_dispatch()));
    Ok(read(firsts).await? == expected)
}

/// Copies a tensor's numbers into the host's memory and waits for them.
///
/// # Errors
/// If the device does not return them, for instance because it was lost.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    let lost = |error: &dyn std::fmt::Debug| {
        format!("The device did not give the numbers back: {error:?}")
    };
    let data: TensorData = tensor.into_data_async().await.map_err(|e| lost(&e))?;
    data.convert::<f32>().try_into_vec().map_err(|e| lost(&e))
}
