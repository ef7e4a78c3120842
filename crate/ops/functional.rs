//! The network's operations as functions of tensors of any backend, as PyTorch's `torch.nn.functional` has them.

use burn::backend::Dispatch;
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

use super::{Context, Geometry, Kernels};

/// The convolution of channels-last images with a square kernel, plus a bias. `geometry` says the kernel's edge k and how
/// the output's H' and W' follow from H and W.
///
/// # Shapes
/// * `x`: [B, H, W, in]
/// * `weight`: [out, in, k, k]
/// * `bias`: [1, out] for all images, or [B, out] for each its own
/// * result: [B, H', W', out]
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

/// Rearranges the weight of [`conv`] into the order in which this device's kernel reads it, so that many convolutions
/// with one weight ([`conv_prepared`]) need to do it only once. On an adapter with 16-bit arithmetic it is rounded to 16
/// bits ([`Capabilities::f16`](super::Capabilities::f16)).
///
/// # Shapes
/// `weight`: [out, in, k, k] → a shape that depends on the device
pub fn conv_prepare(ctx: &Context, weight: Tensor<4>, geometry: Geometry) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::conv_prepare(
        ctx,
        weight.into_dispatch(),
        geometry,
    ))
}

/// [`conv`] with a weight from [`conv_prepare`]. It has no gradient.
///
/// # Shapes
/// As [`conv`], but for the weight.
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

/// [`conv_prepared`] plus `addend`, in one kernel on a GPU. It has no gradient.
///
/// # Shapes
/// * `addend`: as the result, [B, H', W', out]
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

/// Group normalisation (Wu & He 2018, eq. 1 and 2): mean 0 and variance 1 over all pixels and the C/`groups` channels of
/// each group of an image, then a scale and a shift for each channel, then SiLU (x·sigmoid(x)) if `silu`.
///
/// # Shapes
/// * `x` and the result: [B, H, W, C]
/// * `weight` (the scale), `bias` (the shift): `[C]`
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

/// Multi-head scaled dot-product self-attention (Vaswani et al. 2017, eq. 1 and section 3.2.2). With D = C/`heads`, head h
/// computes softmax(query·keyᵀ/√D)·value of the channels h·D to (h + 1)·D − 1 of query, key and value, and gives the same
/// channels of the result.
///
/// # Shapes
/// `qkv`: [B, N, 3C], the query, the key and the value of each token one after another → [B, N, C]
pub fn self_attention(ctx: &Context, qkv: Tensor<3>, heads: usize) -> Tensor<3> {
    Tensor::from_dispatch(Dispatch::self_attention(ctx, qkv.into_dispatch(), heads))
}

/// The attention map, the weights of each head of [`self_attention`], softmax(query·keyᵀ/√D), to be displayed. They are
/// computed with burn's own operations on every device, because the attention kernel does not write them to memory.
///
/// # Shapes
/// `qkv`: [B, N, 3C] → [B, heads, N, N]; row i of a head is for query i and sums to 1
pub fn attention_map(qkv: Tensor<3>, heads: usize) -> Tensor<4> {
    let [batch, tokens, width] = qkv.dims();
    let depth = width / 3 / heads;
    let part = |part: usize| qkv.clone().narrow(2, part * heads * depth, heads * depth);
    // By broadcasting, not by `matmul`: burn's matrix product for the GPU would be a fifth of the page's program.
    let queries: Tensor<5> = part(0).reshape([batch, tokens, 1, heads, depth]);
    let keys: Tensor<5> = part(1).reshape([batch, 1, tokens, heads, depth]);
    let products = (queries * keys)
        .sum_dim(4)
        .reshape([batch, tokens, tokens, heads])
        .permute([0, 3, 1, 2]);
    softmax(products / (depth as f64).sqrt(), 3)
}
