//! The residual block of the U-Net.

use burn::tensor::Tensor;

use crate::nn::layers::{Conv2d, GroupNorm, Linear};
use crate::nn::var_builder::VarBuilder;
use crate::ops::Geometry;

/// Two times GroupNorm, SiLU and a 3×3 convolution, with a projection of the embedding added to every pixel in between and
/// a residual connection around all (Ho et al. 2020, appendix B). The second convolution is initialised to 0, so that the
/// block begins as the identity (or as its 1×1 convolution, if the channel count changes).
#[derive(Debug, Clone)]
pub struct ResidualBlock {
    norm1: GroupNorm,
    conv1: Conv2d,
    /// The projection of the embedding, [B, E] → [B, out], with the bias of `conv1` added to its own. Its output is the
    /// bias of `conv1` for each image.
    emb: Linear,
    norm2: GroupNorm,
    conv2: Conv2d,
    /// A 1×1 convolution in the residual connection, only if the channel count changes.
    skip: Option<Conv2d>,
}

impl ResidualBlock {
    /// The block from `input` to `output` channels for an embedding of width `embedding`, with the parameters `norm1`,
    /// `conv1`, `emb`, `norm2`, `conv2` and, if the channel count changes, `skip` below the builder's prefix.
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

    /// The block's output for images `x` and the embedding `emb`, to which SiLU has been applied already.
    ///
    /// # Shapes
    /// * `x`: [B, H, W, in] → [B, H, W, out]
    /// * `emb`: [B, E]
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
