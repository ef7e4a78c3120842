//! The kernels and their gradients, compared with the same operations in burn's own operators, on sizes that are not
//! multiples of a tile.

use burn::tensor::activation::{silu, softmax};
use burn::tensor::module::{conv2d, interpolate};
use burn::tensor::ops::{ConvOptions, InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor, TensorData};
use ddpm::ops::{
    Capabilities, Context, GROUP_NORM_EPS, Geometry, conv, conv_added, conv_prepare, conv_prepared,
    group_norm, self_attention,
};
use ddpm::rng::{Purpose, Stream};
use ddpm::runtime::Runtime;

use super::{assert_close, read};

/// Gaussian numbers that depend on `id` and the shape only.
pub(super) fn gaussian<const D: usize>(id: u64, shape: [usize; D], device: &Device) -> Tensor<D> {
    let mut values = vec![0.0; shape.iter().product()];
    Stream::new(7, Purpose::Init, id).fill_gaussian(&mut values);
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The convolution in burn's operators.
fn conv_in_burn(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<2>, geometry: Geometry) -> Tensor<4> {
    let x = x.permute([0, 3, 1, 2]);
    let x = match geometry {
        Geometry::Doubling => interpolate(
            x,
            InterpolateOptions::new(InterpolateMode::Nearest).with_scale_factor([2.0, 2.0]),
        ),
        _ => x,
    };
    let stride = if geometry == Geometry::Halving { 2 } else { 1 };
    let padding = weight.dims()[2] / 2;
    let options = ConvOptions::new([stride; 2], [padding; 2], [1; 2], 1);
    let [rows, channels] = bias.dims();
    conv2d(x, weight, None, options).permute([0, 2, 3, 1]) + bias.reshape([rows, 1, 1, channels])
}

/// GroupNorm in burn's operators.
fn group_norm_in_burn(
    x: Tensor<4>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    groups: usize,
) -> Tensor<4> {
    let shape @ [batch, height, width, channels] = x.dims();
    let x = x.permute([0, 3, 1, 2]);
    let x = x.reshape([batch, groups, channels / groups * height * width]);
    let centred = x.clone() - x.mean_dim(2);
    let variance = (centred.clone() * centred.clone()).mean_dim(2);
    let normal = centred / (variance + GROUP_NORM_EPS).sqrt();
    let normal = normal
        .reshape([batch, channels, height, width])
        .permute([0, 2, 3, 1]);
    assert_eq!(normal.dims(), shape);
    normal * weight.unsqueeze() + bias.unsqueeze()
}

/// The attention kernel with query, key and value as tensors of their own, [B, N, C] each. Returns [B, N, 1, C].
pub(super) fn attention_of_parts(
    ctx: &Context,
    q: Tensor<3>,
    k: Tensor<3>,
    v: Tensor<3>,
    heads: usize,
) -> Tensor<4> {
    self_attention(ctx, Tensor::cat(vec![q, k, v], 2), heads).unsqueeze_dim(2)
}

/// Attention in burn's operators, head by head, [B, N, 1, C].
fn attention_in_burn(q: Tensor<3>, k: Tensor<3>, v: Tensor<3>, heads: usize) -> Tensor<4> {
    let attend = |((q, k), v): ((Tensor<3>, Tensor<3>), Tensor<3>)| {
        let depth = q.dims()[2];
        let scores = q.matmul(k.swap_dims(1, 2)) / (depth as f64).sqrt();
        softmax(scores, 2).matmul(v)
    };
    let split = |x: Tensor<3>| x.chunk(heads, 2).into_iter();
    let parts = split(q).zip(split(k)).zip(split(v)).map(attend).collect();
    Tensor::cat(parts, 2).unsqueeze_dim(2)
}

/// Reads back f(inputs) and the gradients of Σ f·dy.
pub(super) async fn with_gradients<const A: usize, const B: usize, const C: usize>(
    inputs: (Tensor<A>, Tensor<B>, Tensor<C>),
    dy: Tensor<4>,
    f: impl Fn(Tensor<A>, Tensor<B>, Tensor<C>) -> Tensor<4>,
) -> [Vec<f32>; 4] {
    let (a, b, c) = inputs;
    let (a, b, c) = (
        a.autodiff().require_grad(),
        b.autodiff().require_grad(),
        c.autodiff().require_grad(),
    );
    let y = f(a.clone(), b.clone(), c.clone());
    let mut gradients = (y.clone() * dy.autodiff()).sum().backward();
    [
        read(y.inner()).await,
        read(a.grad_remove(&mut gradients).expect("x takes part")).await,
        read(
            b.grad_remove(&mut gradients)
                .expect("the weight takes part"),
        )
        .await,
        read(c.grad_remove(&mut gradients).expect("the bias takes part")).await,
    ]
}

fn assert_all(what: &str, found: &[Vec<f32>; 4], expected: &[Vec<f32>; 4]) {
    for (name, (found, expected)) in ["output", "dx", "dweight", "dbias"]
        .iter()
        .zip(found.iter().zip(expected))
    {
        assert_close(&format!("{what}: {name}"), found, expected, 1e-4);
    }
}

/// Capabilities of other adapters: the tiles of a GPU and of a software adapter, with and without quads and 16 bits as far
/// as this adapter has them.
fn capabilities_of_others(here: Capabilities) -> Vec<Capabilities> {
    let variants = |has: bool| if has { vec![false, true] } else { vec![false] };
    let mut all = Vec::new();
    for software in [false, true] {
        for quads in variants(here.quads) {
            for f16 in variants(here.f16) {
                all.push(Capabilities::new(quads, software, f16));
            }
        }
    }
    all.retain(|capabilities| *capabilities != here);
    all
}

/// The kernels that are chosen on other adapters. With 16-bit numbers only prepared weights are tested, because only they
/// are 16 bits.
pub async fn others_agree(sizes: &[[usize; 5]], runtime: &Runtime) {
    let here = runtime.context();
    for capabilities in capabilities_of_others(here.capabilities()) {
        let other = runtime.with_context(&here.with_capabilities(capabilities));
        if capabilities.f16 {
            half_convs_agree(sizes, &other).await;
        } else {
            conv_agrees(sizes, &other).await;
            group_norm_agrees(&other).await;
        }
    }
}

/// Sizes of convolutions, [batch, height, width, in, out]: one input channel, one output channel, channels that are no
/// multiple of 4, whole tiles, rows with each remainder of a tile; and sizes for which Winograd's algorithm is used, even
/// and odd.
pub const CONVS: [[usize; 5]; 8] = [
    [1, 5, 7, 3, 5],
    [2, 14, 14, 12, 24],
    [1, 1, 1, 1, 1],
    [3, 7, 4, 6, 33],
    [5, 6, 29, 1, 32],
    [2, 3, 28, 32, 1],
    [2, 14, 14, 32, 32],
    [1, 3, 13, 32, 48],
];

/// The most different of [`CONVS`], for tests of many variants: for each variant a software GPU compiles dozens of shaders.
pub const FEW_CONVS: [[usize; 5]; 3] = [CONVS[0], CONVS[4], CONVS[7]];

const GEOMETRIES: [Geometry; 4] = [
    Geometry::Pointwise,
    Geometry::Same,
    Geometry::Halving,
    Geometry::Doubling,
];

/// Compares convolutions with prepared weights with burn's.
async fn prepared_agrees(
    ctx: &Context,
    what: &str,
    (x, weight, bias): (Tensor<4>, Tensor<4>, Tensor<2>),
    addend: Tensor<4>,
    geometry: Geometry,
    bound: f32,
) {
    let prepared = conv_prepare(ctx, weight.clone(), geometry);
    let plain = conv_prepared(ctx, x.clone(), prepared.clone(), bias.clone(), geometry);
    let added = conv_added(
        ctx,
        x.clone(),
        prepared,
        bias.clone(),
        addend.clone(),
        geometry,
    );
    let expected = conv_in_burn(x, weight, bias, geometry);
    for (name, found, expected) in [
        ("prepared", plain, expected.clone()),
        ("added", added, expected + addend),
    ] {
        let (found, expected) = (read(found).await, read(expected).await);
        assert_close(&format!("{what}: {name}"), &found, &expected, bound);
    }
}

/// Convolutions with 16-bit prepared weights, as a sampler uses them. A result is a sum of some hundred products of numbers
/// around 1 and weights around 1/n, each with a relative error of up to 2⁻¹⁰.
pub async fn half_convs_agree(sizes: &[[usize; 5]], runtime: &Runtime) {
    let device = runtime.device();
    for (case, size) in sizes.iter().enumerate() {
        let [batch, height, width, input, output] = *size;
        for geometry in GEOMETRIES {
            let id = 1000 + case as u64 * 16;
            let k = geometry.kernel();
            let [h, w] = geometry.output([height, width]);
            let inputs = (
                gaussian(id, [batch, height, width, input], device),
                gaussian(id + 1, [output, input, k, k], device) / (input * k * k) as f64,
                gaussian(id + 2, [1, output], device),
            );
            let addend = gaussian(id + 3, [batch, h, w, output], device);
            let what = format!("{geometry:?} {batch}×{height}×{width}, {input}→{output}");
            prepared_agrees(runtime.context(), &what, inputs, addend, geometry, 2e-3).await;
        }
    }
}

/// Convolutions of all geometries, with prepared weights and with gradients.
pub async fn conv_agrees(sizes: &[[usize; 5]], runtime: &Runtime) {
    let device = runtime.device();
    for (case, size) in sizes.iter().enumerate() {
        let [batch, height, width, input, output] = *size;
        for geometry in GEOMETRIES {
            let id = case as u64 * 16;
            let k = geometry.kernel();
            let [h, w] = geometry.output([height, width]);
            // Even cases have one bias for the batch, odd ones a bias for each image.
            let rows = if case % 2 == 0 { 1 } else { batch };
            let inputs = (
                gaussian(id, [batch, height, width, input], device),
                gaussian(id + 1, [output, input, k, k], device) / (input * k * k) as f64,
                gaussian(id + 2, [rows, output], device),
            );
            let dy = gaussian(id + 3, [batch, h, w, output], device);
            let what = format!("{geometry:?} {batch}×{height}×{width}, {input}→{output}");
            prepared_agrees(
                runtime.context(),
                &what,
                inputs.clone(),
                dy.clone(),
                geometry,
                1e-4,
            )
            .await;
            let found = with_gradients(inputs.clone(), dy.clone(), |x, w, b| {
                conv(runtime.context(), x, w, b, geometry)
            });
            let expected = with_gradients(inputs, dy, |x, w, b| conv_in_burn(x, w, b, geometry));
            assert_all(&what, &found.await, &expected.await);
        }
    }
}

/// GroupNorm with and without SiLU, and its gradients.
pub async fn group_norm_agrees(runtime: &Runtime) {
    let device = runtime.device();
    // [batch, height, width, channels, groups]
    let sizes = [
        [1, 1, 3, 4, 4],
        [3, 5, 7, 12, 4],
        [2, 7, 7, 64, 8],
        [1, 28, 28, 6, 3],
        [2, 3, 2, 300, 3],
    ];
    for (case, [batch, height, width, channels, groups]) in sizes.into_iter().enumerate() {
        for with_silu in [false, true] {
            let id = 1000 + case as u64 * 16;
            let shape = [batch, height, width, channels];
            let inputs = (
                gaussian(id, shape, device) * 3.0 + 1.0,
                gaussian(id + 1, [channels], device),
                gaussian(id + 2, [channels], device),
            );
            let dy = gaussian(id + 3, shape, device);
            let found = with_gradients(inputs.clone(), dy.clone(), |x, w, b| {
                group_norm(runtime.context(), x, w, b, groups, with_silu)
            });
            let expected = with_gradients(inputs, dy, |x, w, b| {
                let y = group_norm_in_burn(x, w, b, groups);
                if with_silu { silu(y) } else { y }
            });
            let what = format!("SiLU {with_silu}, {shape:?}, {groups} groups");
            assert_all(&what, &found.await, &expected.await);
        }
    }
}

/// Attention and its gradients.
pub async fn attention_agrees(runtime: &Runtime) {
    let device = runtime.device();
    // [batch, tokens, channels] and heads: the network's sizes at 7×7, 14×14 and 28×28 pixels, one token, sizes that do not
    // fill a tile, and sizes that a GPU's kernels do not take: heads whose channels are no multiple of 4, or more than 128.
    let sizes = [
        ([2, 49, 64], 1),
        ([1, 1, 4], 1),
        ([3, 50, 12], 1),
        ([2, 13, 24], 1),
        ([1, 60, 8], 1),
        ([2, 5, 6], 1),
        ([2, 196, 64], 1),
        ([2, 196, 64], 4),
        ([1, 49, 24], 2),
        ([2, 17, 12], 3),
        ([1, 1, 8], 2),
        ([1, 81, 12], 2),
        ([1, 9, 144], 1),
        ([1, 60, 128], 1),
        ([1, 60, 264], 2),
        ([1, 784, 32], 2),
    ];
    for (case, (shape @ [batch, tokens, channels], heads)) in sizes.into_iter().enumerate() {
        let id = 2000 + case as u64 * 16;
        let inputs = (
            gaussian(id, shape, device) * 2.0,
            gaussian(id + 1, shape, device),
            gaussian(id + 2, shape, device),
        );
        let dy = gaussian(id + 3, [batch, tokens, 1, channels], device);
        let found = with_gradients(inputs.clone(), dy.clone(), |q, k, v| {
            attention_of_parts(runtime.context(), q, k, v, heads)
        });
        let expected = with_gradients(inputs, dy, |q, k, v| attention_in_burn(q, k, v, heads));
        let what = format!("attention, {shape:?}, {heads} heads");
        assert_all(&what, &found.await, &expected.await);
    }
}

/// A convolution that adds up four channels of ones, at 5×5: an operation small enough to count its shaders.
pub fn sums(ctx: &Context) -> Tensor<4> {
    let device = ctx.device();
    let ones = |shape: [usize; 4]| Tensor::<4>::ones(shape, device);
    let bias = Tensor::<2>::zeros([1, 4], device);
    conv(
        ctx,
        ones([1, 5, 5, 4]),
        ones([4, 4, 1, 1]),
        bias,
        Geometry::Pointwise,
    )
}

/// The result of [`sums`] is 4 everywhere.
pub async fn sums_agree(runtime: &Runtime) {
    assert_eq!(read(sums(runtime.context())).await, [4.0; 100]);
}
