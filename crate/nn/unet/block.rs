//! The residual block.

use burn::tensor::Tensor;

use crate::nn::layers::{Conv2d, GroupNorm, Linear};
use crate::nn::var_builder::VarBuilder;
use crate::ops::Geometry;

/// GroupNorm, SiLU, 3×3 convolution, twice, with the embedding added per channel in between.
#[derive(Debug, Clone)]
pub struct ResidualBlock {
    norm1: GroupNorm,
    conv1: Conv2d,
    /// Gives what is added to the output of `conv1`, its bias included.
    emb: Linear,
    norm2: GroupNorm,
    conv2: Conv2d,
    /// 1×1, only where the channel count changes.
    skip: Option<Conv2d>,
}

impl ResidualBlock {
    pub fn new(
        vb: &VarBuilder,
        input: usize,
        output: usize,
        embedding: usize,
        groups: usize,
    ) -> Self {
        let norm1 = GroupNorm::new(&vb.push_prefix("norm1"), input, groups);
        let conv1 = Conv2d::new(&vb.push_prefix("conv1"), input, output, Geometry::Same);
        let emb = Linear::new(&vb.push_prefix("emb"), embedding, output);
        Self {
            norm1,
            emb: emb.plus_bias(&conv1),
            conv1,
            norm2: GroupNorm::new(&vb.push_prefix("norm2"), output, groups),
            conv2: Conv2d::zero(&vb.push_prefix("conv2"), output, output),
            skip: (input != output)
                .then(|| Conv2d::new(&vb.push_prefix("skip"), input, output, Geometry::Pointwise)),
        }
    }

    /// `x`: [B, H, W, in]; `emb`: [B, E], already activated. Gives [B, H, W, out].
    pub fn forward(&self, x: Tensor<4>, emb: Tensor<2>) -> Tensor<4> {
        let h = self.norm1.forward_silu(x.clone());
        let h = self.conv1.forward_biased(h, self.emb.forward(emb));
        let h = self.norm2.forward_silu(h);
        let x = match &self.skip {
            Some(skip) => skip.forward(x),
            None => x,
        };
        self.conv2.forward_added(h, x)
    }
}
