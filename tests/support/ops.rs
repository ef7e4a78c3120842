//! Every kernel against the same thing in burn's own operators, and its gradients against
//! differences, on sizes that no tile divides.

use burn::tensor::activation::{silu, softmax};
use burn::tensor::module::{conv2d, interpolate};
use burn::tensor::ops::{ConvOptions, InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor, TensorData};
use ddpm::ops::{
    Capabilities, Context, GROUP_NORM_EPS, Geometry, attention, conv, conv_added, conv_prepare,
    conv_prepared, group_norm,
};
use ddpm::rng::{Purpose, Stream};
use ddpm::runtime::Runtime;

use super::{assert_close, read};

/// Numbers around 0, the same for the same id.
pub(super) fn gaussian<const D: usize>(id: u64, shape: [usize; D], device: &Device) -> Tensor<D> {
    let mut values = vec![0.0; shape.iter().product()];
    Stream::new(7, Purpose::Init, id).fill_gaussian(&mut values);
    Tensor::from_data(TensorData::new(values, shape), device)
}

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

/// Query, key and value, [B, N, C] each → [B, N, 1, C].
fn attention_of_parts(ctx: &Context, q: Tensor<3>, k: Tensor<3>, v: Tensor<3>) -> Tensor<4> {
    attention(ctx, Tensor::cat(vec![q, k, v], 2)).unsqueeze_dim(2)
}

fn attention_in_burn(q: Tensor<3>, k: Tensor<3>, v: Tensor<3>) -> Tensor<4> {
    let [_, _, channels] = q.dims();
    let scores = q.matmul(k.swap_dims(1, 2)) / (channels as f64).sqrt();
    softmax(scores, 2).matmul(v).unsqueeze_dim(2)
}

/// f(inputs) and the gradients of Σ f·dy, all read back.
async fn with_gradients<const A: usize, const B: usize, const C: usize>(
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

/// What other adapters than this one have: a GPU's and software's tiles, with quads and 16 bits where they can be had here.
fn capabilities_of_others(here: Capabilities) -> Vec<Capabilities> {
    let either = |has: bool| if has { vec![false, true] } else { vec![false] };
    let mut all = Vec::new();
    for software in [false, true] {
        for quads in either(here.quads) {
            for f16 in either(here.f16) {
                all.push(Capabilities::new(quads, software, f16));
            }
        }
    }
    all.retain(|capabilities| *capabilities != here);
    all
}

/// Kernels as other adapters have them. Where there are 16 bits, only prepared weights are.
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

/// [batch, height, width, in, out]: one channel in, one out, no multiple of 4, whole tiles, rows of
/// every length that a tile can leave over; and what Winograd's way takes, even and odd.
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

/// Of these the ones that differ most: for what is tested in many variants, each of which has a software GPU compile dozens
/// of shaders.
pub const FEW_CONVS: [[usize; 5]; 3] = [CONVS[0], CONVS[4], CONVS[7]];

const GEOMETRIES: [Geometry; 4] = [
    Geometry::Pointwise,
    Geometry::Same,
    Geometry::Halving,
    Geometry::Doubling,
];

/// Convolutions with prepared weights, against burn's.
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

/// The convolutions of a walk where weights are 16 bits. Of what is added up, some hundred products of numbers around 1
/// and weights around 1/n, each is off by up to 2⁻¹⁰ of itself.
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

pub async fn conv_agrees(sizes: &[[usize; 5]], runtime: &Runtime) {
    let device = runtime.device();
    for (case, size) in sizes.iter().enumerate() {
        let [batch, height, width, input, output] = *size;
        for geometry in GEOMETRIES {
            let id = case as u64 * 16;
            let k = geometry.kernel();
            let [h, w] = geometry.output([height, width]);
            // A bias for all in some cases, one an image in others.
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

pub async fn attention_agrees(runtime: &Runtime) {
    let device = runtime.device();
    // [batch, tokens, channels]: the network's, one token, tiles that hang over, and what no kernel takes: too many
    // tokens, channels that do not come in fours.
    let sizes = [
        [2, 49, 64],
        [1, 1, 4],
        [3, 50, 12],
        [2, 13, 24],
        [1, 60, 8],
        [2, 5, 6],
    ];
    for (case, shape @ [batch, tokens, channels]) in sizes.into_iter().enumerate() {
        let id = 2000 + case as u64 * 16;
        let inputs = (
            gaussian(id, shape, device) * 2.0,
            gaussian(id + 1, shape, device),
            gaussian(id + 2, shape, device),
        );
        let dy = gaussian(id + 3, [batch, tokens, 1, channels], device);
        let found = with_gradients(inputs.clone(), dy.clone(), |q, k, v| {
            attention_of_parts(runtime.context(), q, k, v)
        });
        let expected = with_gradients(inputs, dy, attention_in_burn);
        let what = format!("attention, {shape:?}");
        assert_all(&what, &found.await, &expected.await);
    }
}

/// Gradients against central differences of the kernel itself.
pub async fn gradients_agree_with_differences(runtime: &Runtime) {
    let device = runtime.device();
    let step = 1e-2;
    for geometry in [
        Geometry::Pointwise,
        Geometry::Same,
        Geometry::Halving,
        Geometry::Doubling,
    ] {
        let k = geometry.kernel();
        let [h, w] = geometry.output([3, 5]);
        let inputs = (
            gaussian(1, [2, 3, 5, 3], device),
            gaussian(2, [5, 3, k, k], device),
            gaussian(3, [2, 5], device),
        );
        let dy = gaussian(4, [2, h, w, 5], device);
        let f = |x, w, b| conv(runtime.context(), x, w, b, geometry);
        differences_agree(&format!("{geometry:?}"), inputs, dy, step, f).await;
    }
    for with_silu in [false, true] {
        let inputs = (
            gaussian(5, [2, 3, 3, 6], device),
            gaussian(6, [6], device),
            gaussian(7, [6], device),
        );
        let dy = gaussian(8, [2, 3, 3, 6], device);
        let f = |x, w, b| group_norm(runtime.context(), x, w, b, 2, with_silu);
        differences_agree(&format!("norm, SiLU {with_silu}"), inputs, dy, step, f).await;
    }
    let shape = [2, 9, 8];
    let inputs = (
        gaussian(9, shape, device),
        gaussian(10, shape, device),
        gaussian(14, shape, device),
    );
    let dy = gaussian(15, [2, 9, 1, 8], device);
    differences_agree("attention", inputs, dy, step, |q, k, v| {
        attention_of_parts(runtime.context(), q, k, v)
    })
    .await;
}

/// Along one random direction for each input: d/dh Σ f(input + h·direction)·dy at 0.
async fn differences_agree<const A: usize, const B: usize, const C: usize>(
    what: &str,
    inputs: (Tensor<A>, Tensor<B>, Tensor<C>),
    dy: Tensor<4>,
    step: f64,
    f: impl Fn(Tensor<A>, Tensor<B>, Tensor<C>) -> Tensor<4>,
) {
    let device = dy.device();
    let (a, b, c) = inputs.clone();
    let directions = (
        gaussian(11, a.dims(), &device),
        gaussian(12, b.dims(), &device),
        gaussian(13, c.dims(), &device),
    );
    let [_, da, db, dc] = with_gradients(inputs, dy.clone(), &f).await;
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let expected = [
        dot(&da, &read(directions.0.clone()).await),
        dot(&db, &read(directions.1.clone()).await),
        dot(&dc, &read(directions.2.clone()).await),
    ];
    for (which, expected) in expected.into_iter().enumerate() {
        let mut sides = [0.0; 2];
        for (side, sign) in sides.iter_mut().zip([step, -step]) {
            let along = |index: usize| if index == which { sign } else { 0.0 };
            let y = f(
                a.clone() + directions.0.clone() * along(0),
                b.clone() + directions.1.clone() * along(1),
                c.clone() + directions.2.clone() * along(2),
            );
            *side = read((y * dy.clone()).sum().unsqueeze::<1>()).await[0];
        }
        let found = (sides[0] - sides[1]) / (2.0 * step as f32);
        let bound = 0.02 * (1.0 + expected.abs());
        assert!(
            (found - expected).abs() < bound,
            "{what}, input {which}: differences give {found}, the gradient {expected}"
        );
    }
}

/// Four channels added up, at 5×5.
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

pub async fn sums_agree(runtime: &Runtime) {
    assert_eq!(read(sums(runtime.context())).await, [4.0; 100]);
}
