//! Layers in PyTorch's layouts, written with burn's own operators. These are the reference that
//! faster kernels are measured against.

use burn::tensor::Tensor;
use burn::tensor::module::{conv2d, interpolate};
use burn::tensor::ops::{ConvOptions, InterpolateMode, InterpolateOptions};

use crate::params::{Init, Source};

/// PyTorch's default, used by every GroupNorm here.
const GROUP_NORM_EPS: f64 = 1e-5;

/// y = x·Wᵀ + b over the last axis; `weight`: [out, in].
#[derive(Debug, Clone)]
pub struct Linear {
    weight: Tensor<2>,
    bias: Tensor<1>,
}

impl Linear {
    pub fn new(source: &mut impl Source, input: usize, output: usize) -> Self {
        Self::with_init(source, input, output, Init::FanIn(input))
    }

    /// A layer whose first output is 0.
    pub fn zero(source: &mut impl Source, input: usize, output: usize) -> Self {
        Self::with_init(source, input, output, Init::Zeros)
    }

    fn with_init(source: &mut impl Source, input: usize, output: usize, init: Init) -> Self {
        Self {
            weight: source.take("weight", [output, input], init),
            bias: source.take("bias", [output], init),
        }
    }

    /// [N, in] → [N, out].
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.weight.clone().transpose()) + self.bias.clone().unsqueeze()
    }
}

/// A square convolution; `weight`: [out, in, k, k].
#[derive(Debug, Clone)]
pub struct Conv2d {
    weight: Tensor<4>,
    bias: Tensor<1>,
    stride: usize,
}

impl Conv2d {
    /// Stride 1, padded so that the image keeps its size.
    pub fn same(source: &mut impl Source, input: usize, output: usize, kernel: usize) -> Self {
        let init = Init::FanIn(input * kernel * kernel);
        Self::with_init(source, input, output, kernel, 1, init)
    }

    /// 3×3 with stride 2: halves an even edge, 7 from 14.
    pub fn halving(source: &mut impl Source, input: usize, output: usize) -> Self {
        Self::with_init(source, input, output, 3, 2, Init::FanIn(input * 9))
    }

    /// As [`Conv2d::same`], but its first output is 0 (Ho et al. 2020, appendix B: the network
    /// begins as the zero function, each residual block as the identity).
    pub fn zero(source: &mut impl Source, input: usize, output: usize, kernel: usize) -> Self {
        Self::with_init(source, input, output, kernel, 1, Init::Zeros)
    }

    fn with_init(
        source: &mut impl Source,
        input: usize,
        output: usize,
        kernel: usize,
        stride: usize,
        init: Init,
    ) -> Self {
        Self {
            weight: source.take("weight", [output, input, kernel, kernel], init),
            bias: source.take("bias", [output], init),
            stride,
        }
    }

    /// [B, in, H, W] → [B, out, H/stride, W/stride].
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let padding = self.weight.dims()[2] / 2;
        conv2d(
            x,
            self.weight.clone(),
            Some(self.bias.clone()),
            ConvOptions::new([self.stride, self.stride], [padding, padding], [1, 1], 1),
        )
    }
}

/// Group normalisation (Wu & He 2018) with a learned scale and shift per channel.
#[derive(Debug, Clone)]
pub struct GroupNorm {
    weight: Tensor<1>,
    bias: Tensor<1>,
    groups: usize,
}

impl GroupNorm {
    pub fn new(source: &mut impl Source, channels: usize, groups: usize) -> Self {
        Self {
            weight: source.take("weight", [channels], Init::Ones),
            bias: source.take("bias", [channels], Init::Zeros),
            groups,
        }
    }

    /// [B, C, H, W] → the same, mean 0 and variance 1 over each group of C/groups channels before
    /// scale and shift.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = x.dims();
        let grouped = x.reshape([batch, self.groups, channels / self.groups * height * width]);
        let centred = grouped.clone() - grouped.mean_dim(2);
        let variance = (centred.clone() * centred.clone()).mean_dim(2);
        let normal = centred / (variance + GROUP_NORM_EPS).sqrt();
        normal.reshape([batch, channels, height, width])
            * self.weight.clone().reshape([1, channels, 1, 1])
            + self.bias.clone().reshape([1, channels, 1, 1])
    }
}

/// Every pixel becomes 2×2.
pub fn upsample_nearest(x: Tensor<4>) -> Tensor<4> {
    interpolate(
        x,
        InterpolateOptions::new(InterpolateMode::Nearest).with_scale_factor([2.0, 2.0]),
    )
}
