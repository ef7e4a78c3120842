//! The operations on the CPU: each passes the flex backend's tensors to the kernels of `cpu_kernels` as slices and makes
//! tensors of the vectors that they return.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::TensorData;

use cpu_kernels::attention::Attention;
use cpu_kernels::{Plan, conv, for_each_chunk, norm};

use super::{Context, GROUP_NORM_EPS, Geometry, Kernels};

/// The tensor with its numbers in order and without gaps.
fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.as_slice::<f32>().is_some() {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

/// The numbers of a tensor that [`contiguous`] returned.
fn values(tensor: &FlexTensor) -> &[f32] {
    tensor
        .as_slice()
        .expect("made contiguous, and f32 is the only float of this program")
}

/// A tensor of a kernel's result.
fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

impl Kernels for Flex {
    fn conv(
        _ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let [batch, height, width, _] = x.shape().dims();
        let [output, ..] = weight.shape().dims::<4>();
        let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
        let plan = Plan::forward(geometry, [height, width]);
        let panels = conv::Panels::forward(&plan, values(&weight), weight.shape().dims());
        let y = conv::apply(&plan, &panels, values(&x), Some(values(&bias)), batch);
        let [height, width] = plan.target;
        tensor(y, [batch, height, width, output])
    }

    fn conv_input_gradient(
        _ctx: &Context,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
        input: [usize; 2],
    ) -> FloatTensor<Self> {
        let [batch, ..] = output_gradient.shape().dims::<4>();
        let [_, channels, ..] = weight.shape().dims::<4>();
        let (weight, dy) = (contiguous(weight), contiguous(output_gradient));
        let plan = Plan::backward(geometry, input);
        let panels = conv::Panels::backward(&plan, values(&weight), weight.shape().dims());
        let dx = conv::apply(&plan, &panels, values(&dy), None, batch);
        tensor(dx, [batch, input[0], input[1], channels])
    }

    fn conv_weight_gradient(
        _ctx: &Context,
        x: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let [_, height, width, input] = x.shape().dims();
        let [.., output] = output_gradient.shape().dims::<4>();
        let edge = geometry.kernel();
        let (x, dy) = (contiguous(x), contiguous(output_gradient));
        let plan = Plan::forward(geometry, [height, width]);
        let dw =
            conv::weight_gradient(&plan, values(&x), values(&dy), [output, input], edge * edge);
        tensor(dw, [output, input, edge, edge])
    }

    fn pixel_sums(_ctx: &Context, x: FloatTensor<Self>) -> FloatTensor<Self> {
        let [batch, height, width, channels] = x.shape().dims();
        let x = contiguous(x);
        let images = values(&x);
        let mut sums = vec![0.0; batch * channels];
        for_each_chunk(
            &mut sums,
            channels,
            || (),
            |(), image, sums| {
                let size = height * width * channels;
                norm::add_pixels(&images[image * size..][..size], sums);
            },
        );
        tensor(sums, [batch, channels])
    }

    fn group_norm(
        _ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> FloatTensor<Self> {
        let shape @ [_, height, width, _] = x.shape().dims();
        let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
        let norm = norm::Norm {
            pixels: height * width,
            weight: values(&weight),
            bias: values(&bias),
            groups,
            eps: GROUP_NORM_EPS as f32,
            silu,
        };
        tensor(norm.forward(values(&x)), shape)
    }

    fn group_norm_gradients(
        _ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let shape @ [_, height, width, channels] = x.shape().dims();
        let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
        let dy = contiguous(output_gradient);
        let norm = norm::Norm {
            pixels: height * width,
            weight: values(&weight),
            bias: values(&bias),
            groups,
            eps: GROUP_NORM_EPS as f32,
            silu,
        };
        let (dx, dweight, dbias) = norm.backward(values(&x), values(&dy));
        (
            tensor(dx, shape),
            tensor(dweight, [channels]),
            tensor(dbias, [channels]),
        )
    }

    fn self_attention(_ctx: &Context, qkv: FloatTensor<Self>, heads: usize) -> FloatTensor<Self> {
        let [batch, tokens, width] = qkv.shape().dims();
        let qkv = contiguous(qkv);
        let attention = attention([tokens, width], heads);
        tensor(
            attention.forward(values(&qkv)),
            [batch, tokens, attention.channels],
        )
    }

    fn self_attention_gradient(
        _ctx: &Context,
        qkv: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self> {
        let shape @ [_, tokens, width] = qkv.shape().dims();
        let (qkv, dy) = (contiguous(qkv), contiguous(output_gradient));
        let attention = attention([tokens, width], heads);
        tensor(attention.backward(values(&qkv), values(&dy)), shape)
    }
}

/// The attention of images of `tokens` tokens, whose query, key and value together have `width` channels.
fn attention([tokens, width]: [usize; 2], heads: usize) -> Attention {
    Attention {
        tokens,
        channels: width / 3,
        heads,
    }
}
