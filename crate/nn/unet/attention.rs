//! Self-attention over the pixels of the smallest image.

use burn::tensor::Tensor;

use super::Tap;
use crate::nn::layers::{GroupNorm, Linear};
use crate::nn::var_builder::VarBuilder;
use crate::ops::{Context, attention};

/// Self-attention with one head over H·W tokens (49 at 7×7) of C channels, with a residual connection. The projection
/// starts at zero, so that the block begins as the identity.
#[derive(Debug, Clone)]
pub struct SelfAttention {
    ctx: Context,
    norm: GroupNorm,
    /// Rows 0…C−1 give the query, then key, then value.
    qkv: Linear,
    proj: Linear,
}

impl SelfAttention {
    /// Takes the parameters `norm`, `qkv` and `proj` below the builder's prefix.
    pub fn new(vb: &VarBuilder, channels: usize, groups: usize) -> Self {
        Self {
            ctx: vb.context().clone(),
            norm: GroupNorm::new(&vb.push_prefix("norm"), channels, groups),
            qkv: Linear::new(&vb.push_prefix("qkv"), channels, 3 * channels),
            proj: Linear::zero(&vb.push_prefix("proj"), channels, channels),
        }
    }

    /// The block's output; `tap` sees queries, keys and values under the name `name`.
    ///
    /// # Shapes
    /// `x`: [B, H, W, C] → the same
    pub fn forward(&self, x: Tensor<4>, name: &str, tap: &mut impl Tap) -> Tensor<4> {
        let shape @ [batch, height, width, channels] = x.dims();
        let tokens = height * width;
        let qkv = self.qkv.forward_pixels(self.norm.forward(x.clone()));
        let qkv = qkv.reshape([batch, tokens, 3 * channels]);
        tap.attention(name, &qkv);
        let mixed = attention(&self.ctx, qkv);
        self.proj.forward_pixels_added(mixed.reshape(shape), x)
    }
}
