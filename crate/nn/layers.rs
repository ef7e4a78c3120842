//! The network's layers. Parameters have PyTorch's names and layouts; activations are channels-last (see [`crate::ops`]).

use burn::tensor::Tensor;

use crate::nn::var_builder::{Init, VarBuilder};
use crate::ops::{Context, Geometry, conv, conv_added, conv_prepare, conv_prepared, group_norm};

/// A linear layer, y = x·Wᵀ + b over the last axis, with the parameters `weight`, [out, in], and `bias`, `[out]`. It is
/// computed as a 1×1 convolution, because there are kernels for that.
#[derive(Debug, Clone)]
pub struct Linear(Conv2d);

impl Linear {
    /// A layer with PyTorch's initialisation, whose parameters are below the builder's prefix.
    pub fn new(vb: &VarBuilder, input: usize, output: usize) -> Self {
        Self::with_init(vb, input, output, Init::FanIn(input))
    }

    /// A layer whose parameters are initialised to 0, so that its output is 0 before training.
    pub fn zero(vb: &VarBuilder, input: usize, output: usize) -> Self {
        Self::with_init(vb, input, output, Init::Zeros)
    }

    fn with_init(vb: &VarBuilder, input: usize, output: usize, init: Init) -> Self {
        let weight = vb.get("weight", [output, input], init);
        let bias = vb.get("bias", [output], init);
        let weight = weight.unsqueeze_dims(&[2, 3]);
        Self(Conv2d::from_parts(vb, weight, bias, Geometry::Pointwise))
    }

    /// The same layer with the bias of `other` added to its own, so that one addition does for both.
    pub fn plus_bias(self, other: &Conv2d) -> Self {
        Self(Conv2d {
            bias: self.0.bias + other.bias.clone(),
            ..self.0
        })
    }

    /// The layer applied to each row.
    ///
    /// # Shapes
    /// [N, in] → [N, out]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.0
            .forward(x.unsqueeze_dims(&[1, 2]))
            .squeeze_dims(&[1, 2])
    }

    /// The layer applied to each pixel.
    ///
    /// # Shapes
    /// [B, H, W, in] → [B, H, W, out]
    pub fn forward_pixels(&self, x: Tensor<4>) -> Tensor<4> {
        self.0.forward(x)
    }

    /// [`Linear::forward_pixels`] plus `addend`.
    ///
    /// # Shapes
    /// * `x`: [B, H, W, in]
    /// * `addend` and the result: [B, H, W, out]
    pub fn forward_pixels_added(&self, x: Tensor<4>, addend: Tensor<4>) -> Tensor<4> {
        self.0.forward_added(x, addend)
    }
}

/// A convolution with a square kernel and the parameters `weight`, [out, in, k, k], and `bias`, `[out]`.
#[derive(Debug, Clone)]
pub struct Conv2d {
    ctx: Context,
    /// [out, in, k, k], or the result of [`conv_prepare`].
    weight: Tensor<4>,
    /// Whether the weight is the result of [`conv_prepare`].
    prepared: bool,
    /// [1, out]
    bias: Tensor<2>,
    geometry: Geometry,
}

impl Conv2d {
    /// A layer with PyTorch's initialisation, whose parameters are below the builder's prefix.
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

    /// A 3×3 convolution that keeps the image's size. Its parameters are initialised to 0, so that its output is 0 before
    /// training: the network begins as the zero function and each residual block as the identity, as in the paper's code
    /// (Ho et al. 2020, <https://github.com/hojonathanho/diffusion>, `init_scale=0.`).
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

    /// The layer with these parameters. For inference the weight is prepared once.
    fn from_parts(vb: &VarBuilder, weight: Tensor<4>, bias: Tensor<1>, geometry: Geometry) -> Self {
        let prepared = vb.is_inference();
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

    /// The convolution plus the layer's bias. The geometry says how H' and W' follow from H and W.
    ///
    /// # Shapes
    /// [B, H, W, in] → [B, H', W', out]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward_biased(x, self.bias.clone())
    }

    /// [`Conv2d::forward`] with another bias in place of the layer's own.
    ///
    /// # Shapes
    /// * `x`: [B, H, W, in] → [B, H', W', out]
    /// * `bias`: [B, out] or [1, out]
    pub fn forward_biased(&self, x: Tensor<4>, bias: Tensor<2>) -> Tensor<4> {
        if self.prepared {
            conv_prepared(&self.ctx, x, self.weight.clone(), bias, self.geometry)
        } else {
            conv(&self.ctx, x, self.weight.clone(), bias, self.geometry)
        }
    }

    /// [`Conv2d::forward`] plus `addend`. For inference on a GPU one kernel does both.
    ///
    /// # Shapes
    /// * `x`: [B, H, W, in]
    /// * `addend` and the result: [B, H', W', out]
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

/// Group normalisation (Wu & He 2018) with a learned scale (`weight`) and shift (`bias`) for each channel, `[C]` each.
#[derive(Debug, Clone)]
pub struct GroupNorm {
    ctx: Context,
    weight: Tensor<1>,
    bias: Tensor<1>,
    /// The number of groups that the channels are divided into.
    groups: usize,
}

impl GroupNorm {
    /// A layer that begins with scale 1 and shift 0, whose parameters are below the builder's prefix.
    pub fn new(vb: &VarBuilder, channels: usize, groups: usize) -> Self {
        Self {
            ctx: vb.context().clone(),
            weight: vb.get("weight", [channels], Init::Ones),
            bias: vb.get("bias", [channels], Init::Zeros),
            groups,
        }
    }

    /// Normalises each group of C/groups channels of an image to mean 0 and variance 1, then scales and shifts.
    ///
    /// # Shapes
    /// [B, H, W, C] → [B, H, W, C]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.normalise(x, false)
    }

    /// SiLU (x·sigmoid(x)) of [`GroupNorm::forward`], in one kernel with it.
    ///
    /// # Shapes
    /// [B, H, W, C] → [B, H, W, C]
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
