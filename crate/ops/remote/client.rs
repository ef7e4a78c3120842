//! The operations on the client's side: each is sent to the server, with the shapes of its results. A context without kernels
//! ([`Capabilities::kernels`](super::super::Capabilities::kernels)) sends the operations of its body instead.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Remote, TensorMetadata};
use burn::tensor::Shape;

use super::super::adam::{self, AdamCoefficients};
use super::super::noise::{gaussian_reference, q_sample_reference};
use super::super::{Context, Gaussians, Geometry, Kernels, reference};
use super::{
    ADAM, CONV, CONV_ADDED, CONV_INPUT_GRADIENT, CONV_PREPARED, CONV_WEIGHT_GRADIENT, GAUSSIAN,
    GROUP_NORM, GROUP_NORM_GRADIENTS, Operation, PIXEL_SUMS, Q_SAMPLE, SELF_ATTENTION,
    SELF_ATTENTION_GRADIENT,
};

/// Whether operations travel as they are.
fn carried(ctx: &Context) -> bool {
    ctx.capabilities().kernels
}

fn dims<const D: usize>(tensor: &FloatTensor<Remote>) -> [usize; D] {
    tensor.shape().dims()
}

/// The shape of a convolution's result.
fn conv_shape(x: &FloatTensor<Remote>, weight: &FloatTensor<Remote>, geometry: Geometry) -> Shape {
    let [batch, height, width, _] = dims(x);
    let [channels, ..] = dims::<4>(weight);
    let [height, width] = geometry.output([height, width]);
    Shape::from([batch, height, width, channels])
}

/// Sends one of the two convolutions of three tensors, which differ in how the server stores the weight.
fn send_conv(
    operation: &Operation<Geometry, 3, 1>,
    ctx: &Context,
    [x, weight, bias]: [FloatTensor<Remote>; 3],
    geometry: Geometry,
) -> FloatTensor<Remote> {
    if !carried(ctx) {
        return reference::conv::<Remote>(x, weight, bias, geometry);
    }
    let shape = conv_shape(&x, &weight, geometry);
    let [y] = operation.send(geometry, [x, weight, bias], [shape]);
    y
}

impl Kernels for Remote {
    fn conv(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        send_conv(&CONV, ctx, [x, weight, bias], geometry)
    }

    fn conv_prepared(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        send_conv(&CONV_PREPARED, ctx, [x, weight, bias], geometry)
    }

    fn conv_added(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        addend: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !carried(ctx) {
            let y = reference::conv::<Self>(x, weight, bias, geometry);
            return Self::float_add(y, addend);
        }
        let shape = conv_shape(&x, &weight, geometry);
        let [y] = CONV_ADDED.send(geometry, [x, weight, bias, addend], [shape]);
        y
    }

    fn conv_input_gradient(
        ctx: &Context,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
        input: [usize; 2],
    ) -> FloatTensor<Self> {
        if !carried(ctx) {
            return reference::conv_input_gradient::<Self>(
                weight,
                output_gradient,
                geometry,
                input,
            );
        }
        let [batch, ..] = dims::<4>(&output_gradient);
        let [_, channels, ..] = dims::<4>(&weight);
        let shape = Shape::from([batch, input[0], input[1], channels]);
        let inputs = [weight, output_gradient];
        let [dx] = CONV_INPUT_GRADIENT.send((geometry, input), inputs, [shape]);
        dx
    }

    fn conv_weight_gradient(
        ctx: &Context,
        x: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !carried(ctx) {
            return reference::conv_weight_gradient::<Self>(x, output_gradient, geometry);
        }
        let [.., input] = dims::<4>(&x);
        let [.., output] = dims::<4>(&output_gradient);
        let edge = geometry.kernel();
        let shape = Shape::from([output, input, edge, edge]);
        let [dw] = CONV_WEIGHT_GRADIENT.send(geometry, [x, output_gradient], [shape]);
        dw
    }

    fn pixel_sums(ctx: &Context, x: FloatTensor<Self>) -> FloatTensor<Self> {
        if !carried(ctx) {
            return reference::pixel_sums::<Self>(x);
        }
        let [batch, _, _, channels] = dims(&x);
        let [sums] = PIXEL_SUMS.send((), [x], [Shape::from([batch, channels])]);
        sums
    }

    fn group_norm(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> FloatTensor<Self> {
        if !carried(ctx) {
            return reference::group_norm::<Self>(x, weight, bias, groups, silu);
        }
        let shape = x.shape();
        let [y] = GROUP_NORM.send((groups, silu), [x, weight, bias], [shape]);
        y
    }

    fn group_norm_gradients(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        if !carried(ctx) {
            return reference::group_norm_gradients::<Self>(
                x,
                weight,
                bias,
                output_gradient,
                groups,
                silu,
            );
        }
        let shapes = [x.shape(), weight.shape(), bias.shape()];
        let inputs = [x, weight, bias, output_gradient];
        GROUP_NORM_GRADIENTS
            .send((groups, silu), inputs, shapes)
            .into()
    }

    fn self_attention(ctx: &Context, qkv: FloatTensor<Self>, heads: usize) -> FloatTensor<Self> {
        if !carried(ctx) {
            return reference::self_attention::<Self>(qkv, heads);
        }
        let [batch, tokens, width] = dims(&qkv);
        let shape = Shape::from([batch, tokens, width / 3]);
        let [y] = SELF_ATTENTION.send(heads, [qkv], [shape]);
        y
    }

    fn self_attention_gradient(
        ctx: &Context,
        qkv: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self> {
        if !carried(ctx) {
            return reference::self_attention_gradient::<Self>(qkv, output_gradient, heads);
        }
        let shape = qkv.shape();
        let [gradient] = SELF_ATTENTION_GRADIENT.send(heads, [qkv, output_gradient], [shape]);
        gradient
    }

    fn adam(
        ctx: &Context,
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
        if !carried(ctx) {
            return adam::reference::<Self>([params, m, v, ema], gradient, norm, coefficients)
                .into();
        }
        let shapes = [&params, &m, &v, &ema].map(TensorMetadata::shape);
        let inputs = [params, m, v, ema, gradient, norm];
        ADAM.send(coefficients, inputs, shapes).into()
    }

    fn gaussian(
        ctx: &Context,
        anchor: FloatTensor<Self>,
        noise: Gaussians,
        shape: [usize; 4],
    ) -> FloatTensor<Self> {
        if !carried(ctx) {
            return gaussian_reference::<Self>(anchor, noise, shape);
        }
        let [values] = GAUSSIAN.send((noise, shape), [anchor], [Shape::from(shape)]);
        values
    }

    fn q_sample(
        ctx: &Context,
        x0: FloatTensor<Self>,
        factors: FloatTensor<Self>,
        noise: Gaussians,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        if !carried(ctx) {
            return q_sample_reference::<Self>(x0, factors, noise);
        }
        let shape = x0.shape();
        let shapes = [shape.clone(), shape];
        Q_SAMPLE.send(noise, [x0, factors], shapes).into()
    }
}
