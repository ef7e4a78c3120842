//! Every operation in burn's own operations: slow and short. It runs on adapters without room for the kernels
//! ([`Capabilities::kernels`](super::Capabilities::kernels)), and gives the defaults of [`Kernels`](super::Kernels).
//! Shapes are those of the functions with the same names in [`crate::ops`].

use burn::backend::ops::{ConvOptions, InterpolateMode, InterpolateOptions};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{FloatDType, Shape};

use super::{GROUP_NORM_EPS, Geometry};

fn dims<B: Backend, const D: usize>(x: &FloatTensor<B>) -> [usize; D] {
    x.shape().dims()
}

fn reshape<B: Backend, const D: usize>(x: FloatTensor<B>, shape: [usize; D]) -> FloatTensor<B> {
    B::float_reshape(x, Shape::from(shape))
}

/// [B, H, W, C] → [B, C, H, W]
fn channels_first<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::float_permute(x, &[0, 3, 1, 2])
}

/// [B, C, H, W] → [B, H, W, C]
fn channels_last<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::float_permute(x, &[0, 2, 3, 1])
}

/// burn's options for a convolution of this geometry; an upsampling one is a `Same` convolution of the enlarged image.
fn options(geometry: Geometry) -> ConvOptions<2> {
    let stride = if geometry == Geometry::Halving { 2 } else { 1 };
    let padding = geometry.kernel() / 2;
    ConvOptions::new([stride; 2], [padding; 2], [1; 2], 1)
}

/// The image that burn's convolution reads, [B, H, W, C] → [B, C, H, W], enlarged to twice its size for an upsampling
/// geometry, [B, C, 2H, 2W].
fn convolved<B: Backend>(x: FloatTensor<B>, geometry: Geometry) -> FloatTensor<B> {
    let [_, height, width, _] = dims::<B, 4>(&x);
    let x = channels_first::<B>(x);
    match geometry {
        Geometry::Doubling => B::interpolate(
            x,
            [2 * height, 2 * width],
            InterpolateOptions::new(InterpolateMode::Nearest),
        ),
        _ => x,
    }
}

/// See [`crate::ops::conv`].
pub fn conv<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    geometry: Geometry,
) -> FloatTensor<B> {
    let y = B::conv2d(convolved::<B>(x, geometry), weight, None, options(geometry));
    let [rows, channels] = dims::<B, 2>(&bias);
    B::float_add(
        channels_last::<B>(y),
        reshape::<B, 4>(bias, [rows, 1, 1, channels]),
    )
}

/// See [`Kernels::conv_input_gradient`](super::Kernels::conv_input_gradient).
pub fn conv_input_gradient<B: Backend>(
    weight: FloatTensor<B>,
    output_gradient: FloatTensor<B>,
    geometry: Geometry,
    [height, width]: [usize; 2],
) -> FloatTensor<B> {
    let [batch, ..] = dims::<B, 4>(&output_gradient);
    let [_, channels, _, _] = dims::<B, 4>(&weight);
    let device = weight.device();
    let scale = if geometry == Geometry::Doubling { 2 } else { 1 };
    // burn's gradient reads only the shape of x.
    let x = B::float_zeros(
        Shape::from([batch, channels, scale * height, scale * width]),
        &device,
        FloatDType::F32,
    );
    let dx = B::conv2d_x_backward(
        x,
        weight,
        channels_first::<B>(output_gradient),
        options(geometry),
    );
    let dx = if geometry == Geometry::Doubling {
        // Each source pixel was copied to 2×2 pixels, so their gradients add up.
        let split = reshape::<B, 6>(dx, [batch, channels, height, 2, width, 2]);
        reshape::<B, 4>(
            B::float_sum_dim(B::float_sum_dim(split, 5), 3),
            [batch, channels, height, width],
        )
    } else {
        dx
    };
    channels_last::<B>(dx)
}

/// See [`Kernels::conv_weight_gradient`](super::Kernels::conv_weight_gradient).
pub fn conv_weight_gradient<B: Backend>(
    x: FloatTensor<B>,
    output_gradient: FloatTensor<B>,
    geometry: Geometry,
) -> FloatTensor<B> {
    let [_, _, _, input] = dims::<B, 4>(&x);
    let [_, _, _, output] = dims::<B, 4>(&output_gradient);
    let edge = geometry.kernel();
    // burn's gradient reads only the shape of the weight.
    let weight = B::float_zeros(
        Shape::from([output, input, edge, edge]),
        &x.device(),
        FloatDType::F32,
    );
    B::conv2d_weight_backward(
        convolved::<B>(x, geometry),
        weight,
        channels_first::<B>(output_gradient),
        options(geometry),
    )
}

/// See [`Kernels::pixel_sums`](super::Kernels::pixel_sums).
pub fn pixel_sums<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let [batch, height, width, channels] = dims::<B, 4>(&x);
    let sums = B::float_sum_dim(reshape::<B, 3>(x, [batch, height * width, channels]), 1);
    reshape::<B, 2>(sums, [batch, channels])
}

/// The normalised x, [B, HW, G, C/G], and 1/σ, [B, 1, G, 1].
fn normalised<B: Backend>(x: FloatTensor<B>, groups: usize) -> (FloatTensor<B>, FloatTensor<B>) {
    let [batch, height, width, channels] = dims::<B, 4>(&x);
    let x = reshape::<B, 4>(x, [batch, height * width, groups, channels / groups]);
    let centred = B::float_sub(x.clone(), group_means::<B>(x));
    let variance = group_means::<B>(B::float_mul(centred.clone(), centred.clone()));
    let inverse = B::float_recip(B::float_sqrt(B::float_add_scalar(
        variance,
        GROUP_NORM_EPS.into(),
    )));
    (B::float_mul(centred, inverse.clone()), inverse)
}

/// The means over the pixels and the channels of each group, [B, HW, G, C/G] → [B, 1, G, 1].
fn group_means<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::float_mean_dim(B::float_mean_dim(x, 1), 3)
}

/// A number for each channel, reshaped so that it broadcasts: `[C]` → [1, 1, G, C/G].
fn per_channel<B: Backend>(v: FloatTensor<B>, groups: usize) -> FloatTensor<B> {
    let [channels] = dims::<B, 1>(&v);
    reshape::<B, 4>(v, [1, 1, groups, channels / groups])
}

/// weight·n + bias for the normalised n, the argument of SiLU; [B, HW, G, C/G].
fn scaled<B: Backend>(
    normal: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    groups: usize,
) -> FloatTensor<B> {
    B::float_add(
        B::float_mul(normal, per_channel::<B>(weight, groups)),
        per_channel::<B>(bias, groups),
    )
}

/// See [`crate::ops::group_norm`].
pub fn group_norm<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    groups: usize,
    silu: bool,
) -> FloatTensor<B> {
    let shape = dims::<B, 4>(&x);
    let (normal, _) = normalised::<B>(x, groups);
    let z = scaled::<B>(normal, weight, bias, groups);
    let y = if silu {
        B::float_mul(z.clone(), B::sigmoid(z))
    } else {
        z
    };
    reshape::<B, 4>(y, shape)
}

/// See [`Kernels::group_norm_gradients`](super::Kernels::group_norm_gradients).
pub fn group_norm_gradients<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    output_gradient: FloatTensor<B>,
    groups: usize,
    silu: bool,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let shape @ [batch, height, width, channels] = dims::<B, 4>(&x);
    let grouped = [batch, height * width, groups, channels / groups];
    let (normal, inverse) = normalised::<B>(x, groups);
    let dy = reshape::<B, 4>(output_gradient, grouped);
    let dz = if silu {
        let z = scaled::<B>(normal.clone(), weight.clone(), bias, groups);
        let s = B::sigmoid(z.clone());
        // SiLU' = s·(1 + z·(1 − s)) = s + z·s·(1 − s)
        let zs = B::float_mul(z, s.clone());
        let slope = B::float_sub(B::float_add(s.clone(), zs.clone()), B::float_mul(zs, s));
        B::float_mul(dy, slope)
    } else {
        dy
    };
    let sum = |v: FloatTensor<B>| {
        reshape::<B, 1>(B::float_sum_dim(B::float_sum_dim(v, 1), 0), [channels])
    };
    let dweight = sum(B::float_mul(dz.clone(), normal.clone()));
    let dbias = sum(dz.clone());
    let d = B::float_mul(dz, per_channel::<B>(weight, groups));
    let mean = group_means::<B>(d.clone());
    let slope = group_means::<B>(B::float_mul(d.clone(), normal.clone()));
    let dx = B::float_mul(
        B::float_sub(B::float_sub(d, mean), B::float_mul(normal, slope)),
        inverse,
    );
    (reshape::<B, 4>(dx, shape), dweight, dbias)
}

/// The matrix product [B, N, K]·[B, K, M] → [B, N, M] by broadcasting. burn's own for the GPU, with all its variants, would
/// be a fifth of the page's wasm, and only networks of other sizes than the presets would use it.
fn product<B: Backend>(left: FloatTensor<B>, right: FloatTensor<B>) -> FloatTensor<B> {
    let [batch, n, k] = dims::<B, 3>(&left);
    let [_, _, m] = dims::<B, 3>(&right);
    let terms = B::float_mul(
        reshape::<B, 4>(left, [batch, n, k, 1]),
        reshape::<B, 4>(right, [batch, 1, k, m]),
    );
    reshape::<B, 3>(B::float_sum_dim(terms, 2), [batch, n, m])
}

/// The pairs of tokens of a 7×7 image. [`product`] may hold that many at once, each with its terms.
const PAIRS: usize = 49 * 49;

/// The fewest queries that attention pairs with all keys at a time.
const QUERIES: usize = 14;

/// The queries that attention pairs with all keys at a time, so that the pairs of an image of more than 7×7 tokens are never all
/// in memory.
fn queries_at_once(tokens: usize) -> usize {
    (PAIRS / tokens).max(QUERIES)
}

/// Query, key and value of each head as if it were an image of its own, [B·heads, N, D] each.
fn attention_parts<B: Backend>(qkv: FloatTensor<B>, heads: usize) -> [FloatTensor<B>; 3] {
    let [_, _, width] = dims::<B, 3>(&qkv);
    let channels = width / 3;
    [0, 1, 2].map(|part| {
        let range = part * channels..(part + 1) * channels;
        let part = B::float_slice(qkv.clone(), &[(..).into(), (..).into(), range.into()]);
        split_heads::<B>(part, heads)
    })
}

/// The tokens of `x` in blocks of [`queries_at_once`], of which the last may be smaller: [B, N, D] → [B, Q, D] each.
fn blocks<B: Backend>(x: FloatTensor<B>) -> impl Iterator<Item = FloatTensor<B>> {
    let [_, tokens, _] = dims::<B, 3>(&x);
    let size = queries_at_once(tokens);
    (0..tokens).step_by(size).map(move |first| {
        let range = first..(first + size).min(tokens);
        B::float_slice(x.clone(), &[(..).into(), range.into(), (..).into()])
    })
}

/// The rows of the attention map, softmax(query·keyᵀ/√D), of some queries: [B, Q, D] and [B, N, D] → [B, Q, N].
fn attention_rows<B: Backend>(queries: FloatTensor<B>, keys: FloatTensor<B>) -> FloatTensor<B> {
    let [_, _, depth] = dims::<B, 3>(&queries);
    let products = product::<B>(queries, transposed::<B>(keys));
    B::softmax(B::float_mul_scalar(products, scale(depth).into()), 2)
}

/// [B, N, C] → [B·heads, N, C/heads]
fn split_heads<B: Backend>(x: FloatTensor<B>, heads: usize) -> FloatTensor<B> {
    let [batch, tokens, channels] = dims::<B, 3>(&x);
    if heads == 1 {
        return x;
    }
    let depth = channels / heads;
    let x = reshape::<B, 4>(x, [batch, tokens, heads, depth]);
    let x = B::float_permute(x, &[0, 2, 1, 3]);
    reshape::<B, 3>(x, [batch * heads, tokens, depth])
}

/// [B·heads, N, D] → [B, N, D·heads]
fn join_heads<B: Backend>(x: FloatTensor<B>, heads: usize) -> FloatTensor<B> {
    let [all, tokens, depth] = dims::<B, 3>(&x);
    if heads == 1 {
        return x;
    }
    let batch = all / heads;
    let x = reshape::<B, 4>(x, [batch, heads, tokens, depth]);
    let x = B::float_permute(x, &[0, 2, 1, 3]);
    reshape::<B, 3>(x, [batch, tokens, heads * depth])
}

/// 1/√D, the factor of the products of queries and keys.
fn scale(depth: usize) -> f64 {
    1.0 / (depth as f64).sqrt()
}

/// [B, N, M] → [B, M, N]
fn transposed<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::float_swap_dims(x, 1, 2)
}

/// See [`crate::ops::self_attention`].
pub fn self_attention<B: Backend>(qkv: FloatTensor<B>, heads: usize) -> FloatTensor<B> {
    let [q, k, v] = attention_parts::<B>(qkv, heads);
    let outputs = blocks::<B>(q)
        .map(|q| product::<B>(attention_rows::<B>(q, k.clone()), v.clone()))
        .collect();
    join_heads::<B>(B::float_cat(outputs, 1), heads)
}

/// See [`Kernels::self_attention_gradient`](super::Kernels::self_attention_gradient).
pub fn self_attention_gradient<B: Backend>(
    qkv: FloatTensor<B>,
    output_gradient: FloatTensor<B>,
    heads: usize,
) -> FloatTensor<B> {
    let [q, k, v] = attention_parts::<B>(qkv, heads);
    let output_gradient = split_heads::<B>(output_gradient, heads);
    let mut dq = Vec::new();
    let mut sums: Option<[FloatTensor<B>; 2]> = None;
    for (q, dy) in blocks::<B>(q).zip(blocks::<B>(output_gradient)) {
        let [of_queries, dk, dv] = gradients_of_queries::<B>(q, k.clone(), v.clone(), dy);
        dq.push(of_queries);
        sums = Some(match sums {
            None => [dk, dv],
            Some([keys, values]) => [B::float_add(keys, dk), B::float_add(values, dv)],
        });
    }
    let [dk, dv] = sums.expect("an image has at least one token");
    let parts = [B::float_cat(dq, 1), dk, dv].map(|part| join_heads::<B>(part, heads));
    B::float_cat(parts.to_vec(), 2)
}

/// The gradient of some queries, and what these queries add to the gradients of the keys and the values. With p their rows of
/// the attention map and dp = dy·valueᵀ, the gradient of the scores is p·(dp − Σ p·dp), row by row.
///
/// # Shapes
/// * `q`, `dy`, the gradient of their output, and the first result: [B, Q, D]
/// * `k`, `v` and the other results: [B, N, D]
fn gradients_of_queries<B: Backend>(
    q: FloatTensor<B>,
    k: FloatTensor<B>,
    v: FloatTensor<B>,
    dy: FloatTensor<B>,
) -> [FloatTensor<B>; 3] {
    let [_, _, depth] = dims::<B, 3>(&q);
    let p = attention_rows::<B>(q.clone(), k.clone());
    let dp = product::<B>(dy.clone(), transposed::<B>(v));
    let row_sums = B::float_sum_dim(B::float_mul(p.clone(), dp.clone()), 2);
    let products = B::float_mul_scalar(
        B::float_mul(p.clone(), B::float_sub(dp, row_sums)),
        scale(depth).into(),
    );
    let dq = product::<B>(products.clone(), k);
    let dk = product::<B>(transposed::<B>(products), q);
    let dv = product::<B>(transposed::<B>(p), dy);
    [dq, dk, dv]
}

/// See [`Kernels::quad_firsts`](super::Kernels::quad_firsts).
pub fn quad_firsts<B: Backend>(numbers: FloatTensor<B>) -> FloatTensor<B> {
    let [length] = dims::<B, 1>(&numbers);
    let fours = reshape::<B, 2>(numbers, [length / 4, 4]);
    let firsts = B::float_slice(fours, &[(..).into(), (0..1).into()]);
    reshape::<B, 1>(
        B::float_expand(firsts, Shape::from([length / 4, 4])),
        [length],
    )
}
