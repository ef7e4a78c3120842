//! The self-attention block over the pixels of an image.

use burn::tensor::Tensor;

use super::Tap;
use crate::nn::layers::{GroupNorm, Linear};
use crate::nn::var_builder::VarBuilder;
use crate::ops::{Context, self_attention};

/// GroupNorm, multi-head self-attention over H·W tokens (49 at 7×7, 196 at 14×14) of C channels, a linear projection, and
/// a residual connection. The projection is initialised to 0, so that the block begins as the identity.
#[derive(Debug, Clone)]
pub struct SelfAttention {
    ctx: Context,
    norm: GroupNorm,
    /// C → 3C: the first C rows of the weight give the query, the next the key, the last the value.
    qkv: Linear,
    /// C → C, applied to the attention's output.
    proj: Linear,
    /// The number of heads; each attends with C/heads channels.
    heads: usize,
}

impl SelfAttention {
    /// The block with the parameters `norm`, `qkv` and `proj` below the builder's prefix.
    pub fn new(vb: &VarBuilder, channels: usize, groups: usize, heads: usize) -> Self {
        Self {
            ctx: vb.context().clone(),
            norm: GroupNorm::new(&vb.push_prefix("norm"), channels, groups),
            qkv: Linear::new(&vb.push_prefix("qkv"), channels, 3 * channels),
            proj: Linear::zero(&vb.push_prefix("proj"), channels, channels),
            heads,
        }
    }

    /// The block's output. `tap` is shown queries, keys and values under the name `name`.
    ///
    /// # Shapes
    /// `x`: [B, H, W, C] → [B, H, W, C]
    pub fn forward(&self, x: Tensor<4>, name: &str, tap: &mut impl Tap) -> Tensor<4> {
        let shape @ [batch, height, width, channels] = x.dims();
        let tokens = height * width;
        let qkv = self.qkv.forward_pixels(self.norm.forward(x.clone()));
        let qkv = qkv.reshape([batch, tokens, 3 * channels]);
        tap.attention(name, &qkv, self.heads);
        let attended = self_attention(&self.ctx, qkv, self.heads);
        self.proj.forward_pixels_added(attended.reshape(shape), x)
    }
}
