//! Layers: parameters in PyTorch's layouts, activations channels-last (see [`crate::kernels`]).

use burn::tensor::Tensor;

use crate::kernels::{Geometry, conv, group_norm};
use crate::params::{Init, Source};

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
        let [rows, input] = x.dims();
        let [output, _] = self.weight.dims();
        self.forward_pixels(x.reshape([rows, 1, 1, input]))
            .reshape([rows, output])
    }

    /// The same at every pixel, [B, H, W, in] → [B, H, W, out]: a 1×1 convolution, which has kernels.
    pub fn forward_pixels(&self, x: Tensor<4>) -> Tensor<4> {
        let [output, input] = self.weight.dims();
        conv(
            x,
            self.weight.clone().reshape([output, input, 1, 1]),
            self.bias.clone().unsqueeze(),
            Geometry::Pointwise,
        )
    }
}

/// A square convolution; `weight`: [out, in, k, k].
#[derive(Debug, Clone)]
pub struct Conv2d {
    weight: Tensor<4>,
    bias: Tensor<1>,
    geometry: Geometry,
}

impl Conv2d {
    pub fn new(source: &mut impl Source, input: usize, output: usize, geometry: Geometry) -> Self {
        let edge = geometry.kernel();
        Self::with_init(
            source,
            input,
            output,
            geometry,
            Init::FanIn(input * edge * edge),
        )
    }

    /// 3×3 that keeps the image's size; its first output is 0 (Ho et al. 2020, appendix B: the
    /// network begins as the zero function, each residual block as the identity).
    pub fn zero(source: &mut impl Source, input: usize, output: usize) -> Self {
        Self::with_init(source, input, output, Geometry::Same, Init::Zeros)
    }

    fn with_init(
        source: &mut impl Source,
        input: usize,
        output: usize,
        geometry: Geometry,
        init: Init,
    ) -> Self {
        let edge = geometry.kernel();
        Self {
            weight: source.take("weight", [output, input, edge, edge], init),
            bias: source.take("bias", [output], init),
            geometry,
        }
    }

    /// [B, H, W, in] → [B, H', W', out], H' and W' as the geometry has them.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.convolve(x, self.bias.clone().unsqueeze())
    }

    /// As [`Conv2d::forward`], plus `shift`, [B, out], at every pixel.
    pub fn forward_shifted(&self, x: Tensor<4>, shift: Tensor<2>) -> Tensor<4> {
        self.convolve(x, shift + self.bias.clone().unsqueeze())
    }

    fn convolve(&self, x: Tensor<4>, bias: Tensor<2>) -> Tensor<4> {
        conv(x, self.weight.clone(), bias, self.geometry)
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

    /// [B, H, W, C] → the same, mean 0 and variance 1 over each group of C/groups channels before
    /// scale and shift.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.normalise(x, false)
    }

    /// SiLU of [`GroupNorm::forward`].
    pub fn forward_silu(&self, x: Tensor<4>) -> Tensor<4> {
        self.normalise(x, true)
    }

    fn normalise(&self, x: Tensor<4>, silu: bool) -> Tensor<4> {
        group_norm(x, self.weight.clone(), self.bias.clone(), self.groups, silu)
    }
}
