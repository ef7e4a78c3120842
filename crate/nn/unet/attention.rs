//! Self-attention over the pixels of the smallest image.

use burn::tensor::Tensor;

use crate::ops::attention;
use crate::nn::layers::{GroupNorm, Linear};
use crate::nn::var_builder::Source;

/// One head over H·W tokens (49 at 7×7) of C channels, with a residual connection; the projection
/// starts at zero, so that the block begins as the identity.
#[derive(Debug, Clone)]
pub struct Attention {
    norm: GroupNorm,
    /// Rows 0…C−1 give the query, then key, then value.
    qkv: Linear,
    proj: Linear,
}

impl Attention {
    pub fn new(source: &mut impl Source, channels: usize, groups: usize) -> Self {
        Self {
            norm: source.scoped("norm", |s| GroupNorm::new(s, channels, groups)),
            qkv: source.scoped("qkv", |s| Linear::new(s, channels, 3 * channels)),
            proj: source.scoped("proj", |s| Linear::zero(s, channels, channels)),
        }
    }

    /// [B, H, W, C] → the same shape.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let shape @ [batch, height, width, channels] = x.dims();
        let tokens = height * width;
        let qkv = self.qkv.forward_pixels(self.norm.forward(x.clone()));
        let mixed = attention(qkv.reshape([batch, tokens, 3 * channels]));
        self.proj.forward_pixels_added(mixed.reshape(shape), x)
    }
}
