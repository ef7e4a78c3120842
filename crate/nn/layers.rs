//! Layers: parameters in PyTorch's layouts, activations channels-last (see [`crate::ops`]).

use burn::tensor::Tensor;

use crate::nn::var_builder::{Init, VarBuilder};
use crate::ops::{Context, Geometry, conv, conv_added, conv_prepare, conv_prepared, group_norm};

/// y = x·Wᵀ + b over the last axis; `weight`: [out, in]. A 1×1 convolution, which has kernels.
#[derive(Debug, Clone)]
pub struct Linear(Conv2d);

impl Linear {
    pub fn new(vb: &VarBuilder, input: usize, output: usize) -> Self {
        Self::with_init(vb, input, output, Init::FanIn(input))
    }

    /// A layer whose first output is 0.
    pub fn zero(vb: &VarBuilder, input: usize, output: usize) -> Self {
        Self::with_init(vb, input, output, Init::Zeros)
    }

    fn with_init(vb: &VarBuilder, input: usize, output: usize, init: Init) -> Self {
        let weight = vb.get("weight", [output, input], init);
        let bias = vb.get("bias", [output], init);
        let weight = weight.unsqueeze_dims(&[2, 3]);
        Self(Conv2d::from_parts(vb, weight, bias, Geometry::Pointwise))
    }

    /// The same layer, its output plus the bias of `other`.
    pub fn plus_bias(self, other: &Conv2d) -> Self {
        Self(Conv2d {
            bias: self.0.bias + other.bias.clone(),
            ..self.0
        })
    }

    /// [N, in] → [N, out].
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.0
            .forward(x.unsqueeze_dims(&[1, 2]))
            .squeeze_dims(&[1, 2])
    }

    /// The same at every pixel, [B, H, W, in] → [B, H, W, out].
    pub fn forward_pixels(&self, x: Tensor<4>) -> Tensor<4> {
        self.0.forward(x)
    }

    /// As [`Linear::forward_pixels`], plus `addend` of the output's shape.
    pub fn forward_pixels_added(&self, x: Tensor<4>, addend: Tensor<4>) -> Tensor<4> {
        self.0.forward_added(x, addend)
    }
}

/// A square convolution; `weight`: [out, in, k, k].
#[derive(Debug, Clone)]
pub struct Conv2d {
    ctx: Context,
    weight: Tensor<4>,
    /// Whether the weight is as [`conv_prepare`] made it.
    prepared: bool,
    /// [1, out]
    bias: Tensor<2>,
    geometry: Geometry,
}

impl Conv2d {
    pub fn new(vb: &VarBuilder, input: usize, output: usize, geometry: Geometry) -> Self {
        let edge = geometry.kernel();
        Self::with_init(
            vb,
            input,
            output,
            geometry,
            Init::FanIn(input * edge * edge),
        )
    }

    /// 3×3 that keeps the image's size; its first output is 0 (Ho et al. 2020, appendix B: the
    /// network begins as the zero function, each residual block as the identity).
    pub fn zero(vb: &VarBuilder, input: usize, output: usize) -> Self {
        Self::with_init(vb, input, output, Geometry::Same, Init::Zeros)
    }

    fn with_init(
        vb: &VarBuilder,
        input: usize,
        output: usize,
        geometry: Geometry,
        init: Init,
    ) -> Self {
        let edge = geometry.kernel();
        let weight = vb.get("weight", [output, input, edge, edge], init);
        let bias = vb.get("bias", [output], init);
        Self::from_parts(vb, weight, bias, geometry)
    }

    fn from_parts(vb: &VarBuilder, weight: Tensor<4>, bias: Tensor<1>, geometry: Geometry) -> Self {
        let prepared = !vb.trains();
        Self {
            ctx: vb.context().clone(),
            weight: if prepared {
                conv_prepare(vb.context(), weight, geometry)
            } else {
                weight
            },
            prepared,
            bias: bias.unsqueeze(),
            geometry,
        }
    }

    /// [B, H, W, in] → [B, H', W', out], H' and W' as the geometry has them.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward_biased(x, self.bias.clone())
    }

    /// As [`Conv2d::forward`] with another bias, [B, out] or [1, out].
    pub fn forward_biased(&self, x: Tensor<4>, bias: Tensor<2>) -> Tensor<4> {
        if self.prepared {
            conv_prepared(&self.ctx, x, self.weight.clone(), bias, self.geometry)
        } else {
            conv(&self.ctx, x, self.weight.clone(), bias, self.geometry)
        }
    }

    /// As [`Conv2d::forward`], plus `addend` of the output's shape.
    pub fn forward_added(&self, x: Tensor<4>, addend: Tensor<4>) -> Tensor<4> {
        if self.prepared {
            let weight = self.weight.clone();
            conv_added(
                &self.ctx,
                x,
                weight,
                self.bias.clone(),
                addend,
                self.geometry,
            )
        } else {
            self.forward(x) + addend
        }
    }
}

/// Group normalisation (Wu & He 2018) with a learned scale and shift per channel.
#[derive(Debug, Clone)]
pub struct GroupNorm {
    ctx: Context,
    weight: Tensor<1>,
    bias: Tensor<1>,
    groups: usize,
}

impl GroupNorm {
    pub fn new(vb: &VarBuilder, channels: usize, groups: usize) -> Self {
        Self {
            ctx: vb.context().clone(),
            weight: vb.get("weight", [channels], Init::Ones),
            bias: vb.get("bias", [channels], Init::Zeros),
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
        group_norm(
            &self.ctx,
            x,
            self.weight.clone(),
            self.bias.clone(),
            self.groups,
            silu,
        )
    }
}
