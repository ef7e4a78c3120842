//! The residual block.

use burn::tensor::Tensor;

use crate::ops::Geometry;
use crate::nn::layers::{Conv2d, GroupNorm, Linear};
use crate::nn::var_builder::Source;

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
        source: &mut impl Source,
        input: usize,
        output: usize,
        embedding: usize,
        groups: usize,
    ) -> Self {
        let norm1 = source.scoped("norm1", |s| GroupNorm::new(s, input, groups));
        let conv1 = source.scoped("conv1", |s| Conv2d::new(s, input, output, Geometry::Same));
        let emb = source.scoped("emb", |s| Linear::new(s, embedding, output));
        Self {
            norm1,
            emb: emb.plus_bias(&conv1),
            conv1,
            norm2: source.scoped("norm2", |s| GroupNorm::new(s, output, groups)),
            conv2: source.scoped("conv2", |s| Conv2d::zero(s, output, output)),
            skip: (input != output).then(|| {
                source.scoped("skip", |s| {
                    Conv2d::new(s, input, output, Geometry::Pointwise)
                })
            }),
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
