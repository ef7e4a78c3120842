//! The operations that the network spends its time in, as one burn extension.
//!
//! Activations are channels-last, [B, H, W, C], so that a pixel's channels are neighbours in memory:
//! on the CPU they fill SIMD registers, on a GPU they make `vec4` loads. Weights keep PyTorch's shapes.
//!
//! Every operation has a plain-burn body ([`reference`]), which runs where a backend has no kernel of
//! its own. Those of the CPU are the package `cpu_kernels`, put to the flex backend by [`cpu`]; those of the
//! GPU are in `shaders/`, launched by [`wgpu`](self::wgpu).

mod adam;
mod autodiff;
mod capabilities;
mod context;
#[cfg(feature = "cpu")]
mod cpu;
mod noise;
mod reference;
#[cfg(feature = "gpu")]
mod wgpu;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, TensorData};

pub use adam::{AdamCoefficients, AdamState, adam};
pub use capabilities::Capabilities;
pub use context::Context;
pub use cpu_kernels::Geometry;
pub use noise::{Gaussians, gaussian, q_sample};

#[cfg(all(feature = "gpu", feature = "bench"))]
pub use self::wgpu::Roofline;
#[cfg(feature = "gpu")]
pub use self::wgpu::{CapturedGraph, GpuSamplerState, GpuSamplerStep, GpuTrainState};

/// PyTorch's default, used by every GroupNorm here.
pub const GROUP_NORM_EPS: f64 = 1e-5;

/// Operations with kernels of their own. Gradients are methods too: [`autodiff`] calls them.
#[cfg_attr(
    all(feature = "cpu", feature = "gpu"),
    backend_extension(Autodiff, Cube, Flex)
)]
#[cfg_attr(
    all(feature = "cpu", not(feature = "gpu")),
    backend_extension(Autodiff, Flex)
)]
#[cfg_attr(
    all(feature = "gpu", not(feature = "cpu")),
    backend_extension(Autodiff, Cube)
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

    /// Gradient of [`conv`] with respect to x, [B, H, W, in]; `input`: [H, W].
    fn conv_input_gradient(
        _ctx: &Context,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
        input: [usize; 2],
    ) -> FloatTensor<Self> {
        reference::conv_input_gradient::<Self>(weight, output_gradient, geometry, input)
    }

    /// Gradient of [`conv`] with respect to its weight, [out, in, k, k].
    fn conv_weight_gradient(
        _ctx: &Context,
        x: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        reference::conv_weight_gradient::<Self>(x, output_gradient, geometry)
    }

    /// Sum over the pixels, [B, H, W, C] → [B, C]: the gradient of a bias.
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

    /// Gradients of [`group_norm`] with respect to x, weight and bias.
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

    /// See [`attention`].
    fn self_attention(_ctx: &Context, qkv: FloatTensor<Self>) -> FloatTensor<Self> {
        reference::attention::<Self>(qkv, reference::broadcast_product::<Self>)
    }

    /// Gradient of [`attention`] with respect to qkv, [B, N, 3C].
    fn self_attention_gradient(
        _ctx: &Context,
        qkv: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        reference::attention_gradient::<Self>(
            qkv,
            output_gradient,
            reference::broadcast_product::<Self>,
        )
    }

    /// See [`adam()`].
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

    /// See [`gaussian`]; `anchor` is any tensor of the device.
    fn gaussian(
        _ctx: &Context,
        anchor: FloatTensor<Self>,
        noise: Gaussians,
        shape: [usize; 4],
    ) -> FloatTensor<Self> {
        noise::gaussian_reference::<Self>(anchor, noise, shape)
    }

    /// See [`q_sample`]; `rates`: √ᾱ and √(1−ᾱ) of each image, [B, 2].
    fn q_sample(
        _ctx: &Context,
        x0: FloatTensor<Self>,
        rates: FloatTensor<Self>,
        noise: Gaussians,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        noise::q_sample_reference::<Self>(x0, rates, noise)
    }

    /// See [`quad_probe`].
    fn quad_firsts(_ctx: &Context, numbers: FloatTensor<Self>) -> FloatTensor<Self> {
        reference::quad_firsts::<Self>(numbers)
    }
}

/// Convolution of channels-last images.
///
/// * `x`: [B, H, W, in]
/// * `weight`: [out, in, k, k], k as `geometry` has it
/// * `bias`: [1, out], or [B, out]: one for each image
///
/// Gives [B, H', W', out], H' and W' as `geometry` has them.
pub fn conv(
    ctx: &Context,
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<2>,
    geometry: Geometry,
) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::conv(
        ctx,
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        geometry,
    ))
}

/// The weight of [`conv`], [out, in, k, k], in the order in which this device's kernel reads it: to be made once where it
/// serves many convolutions.
pub fn conv_prepare(ctx: &Context, weight: Tensor<4>, geometry: Geometry) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::conv_prepare(
        ctx,
        weight.into_dispatch(),
        geometry,
    ))
}

/// [`conv`] with a weight from [`conv_prepare`]. It has no gradient.
pub fn conv_prepared(
    ctx: &Context,
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<2>,
    geometry: Geometry,
) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::conv_prepared(
        ctx,
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        geometry,
    ))
}

/// [`conv_prepared`], plus `addend` of the output's shape.
pub fn conv_added(
    ctx: &Context,
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<2>,
    addend: Tensor<4>,
    geometry: Geometry,
) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::conv_added(
        ctx,
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        addend.into_dispatch(),
        geometry,
    ))
}

/// Group normalisation (Wu & He 2018) of [B, H, W, C] over each image's groups of C/`groups`
/// channels, then scale and shift per channel ([C] each), then SiLU if asked for.
pub fn group_norm(
    ctx: &Context,
    x: Tensor<4>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    groups: usize,
    silu: bool,
) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::group_norm(
        ctx,
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        groups,
        silu,
    ))
}

/// Scaled dot-product self-attention of one head (Vaswani et al. 2017, equation 1): [B, N, 3C], each token's query,
/// key and value → softmax(query·keyᵀ/√C)·value, [B, N, C].
pub fn attention(ctx: &Context, qkv: Tensor<3>) -> Tensor<3> {
    Tensor::from_dispatch(Dispatch::self_attention(ctx, qkv.into_dispatch()))
}

/// The weights of [`attention`], softmax(query·keyᵀ/√C), for showing them: burn's own operations on every device.
///
/// # Shapes
/// `qkv`: [B, N, 3C] → [B, N, N], row i for query i
pub fn attention_map(qkv: Tensor<3>) -> Tensor<3> {
    let [batch, tokens, width] = qkv.dims();
    let channels = width / 3;
    let part = |part: usize| qkv.clone().narrow(2, part * channels, channels);
    // Not `matmul`: burn's matrix product for the GPU would be a fifth of the page's program.
    let queries = part(0).reshape([batch, tokens, 1, channels]);
    let keys = part(1).reshape([batch, 1, tokens, channels]);
    let products = (queries * keys).sum_dim(3).reshape([batch, tokens, tokens]);
    softmax(products / (channels as f64).sqrt(), 2)
}

/// A flat tensor's consecutive parts, as many numbers each as `lengths` says. On a GPU seven parts are copied by a launch;
/// elsewhere they are views.
///
/// # Shapes
/// `flat`: [Σ `lengths`] → one [length] each
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

/// Tensors one after another in one flat tensor; the inverse of [`unflatten`].
///
/// # Shapes
/// one [length] each → [Σ lengths]
pub fn flatten(ctx: &Context, parts: Vec<Tensor<1>>) -> Tensor<1> {
    #[cfg(feature = "gpu")]
    if let Some(flat) = self::wgpu::flatten(ctx, &parts) {
        return flat;
    }
    let _ = ctx;
    Tensor::cat(parts, 0)
}

/// Whether each four neighbouring invocations of a workgroup form a quad on this device, which must have subgroups. WGSL
/// leaves open which invocations are neighbours in a quad, so a small shader tries it ([`Capabilities::quads`]).
///
/// # Errors
/// The device's error if it does not give the answer back.
pub async fn quad_probe(ctx: &Context) -> Result<bool, String> {
    let numbers: Vec<f32> = (0..64).map(|i| i as f32).collect();
    let expected: Vec<f32> = (0..64).map(|i| (i / 4 * 4) as f32).collect();
    let numbers = Tensor::<1>::from_data(TensorData::new(numbers, [64]), ctx.device());
    let firsts = Tensor::<1>::from_dispatch(Dispatch::quad_firsts(ctx, numbers.into_dispatch()));
    Ok(read(firsts).await? == expected)
}

/// A tensor's numbers, in memory.
///
/// # Errors
/// The device's error if it does not give the numbers back.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    let lost = |error: &dyn std::fmt::Debug| {
        format!("The device did not give the numbers back: {error:?}")
    };
    let data: TensorData = tensor.into_data_async().await.map_err(|e| lost(&e))?;
    data.convert::<f32>().try_into_vec().map_err(|e| lost(&e))
}
