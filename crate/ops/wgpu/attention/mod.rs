//! Self-attention on a GPU. [`PairsShader`] keeps the matrix of all pairs of tokens in a workgroup's memory: the fastest for
//! one head over the 49 tokens of a 7×7 image. [`OnlineAttentionShader`] goes through the tokens a tile at a time and never
//! holds the matrix: for several heads, and for images with more tokens.

mod online;
mod pairs;

use burn_wgpu::CubeTensor;

use super::Context;
pub use online::OnlineAttentionShader;
pub use pairs::PairsShader;

/// The kernel for a network's attention.
pub enum Attention {
    /// All pairs at once.
    Pairs(PairsShader),
    /// A tile at a time.
    Online(OnlineAttentionShader),
}

impl Attention {
    /// The kernel for such a `qkv`, [B, N, 3C], forward or, if `backward`, for its gradient. `None` if neither can.
    pub fn new(ctx: &Context, qkv: &CubeTensor, heads: usize, backward: bool) -> Option<Self> {
        let pairs = (heads == 1).then(|| PairsShader::new(ctx, qkv, backward));
        match pairs.flatten() {
            Some(shader) => Some(Self::Pairs(shader)),
            None => OnlineAttentionShader::new(ctx, qkv, heads).map(Self::Online),
        }
    }

    /// The attention of every image, see [`crate::ops::self_attention`].
    ///
    /// # Shapes
    /// `qkv`: [B, N, 3C] → [B, N, C]
    pub fn forward(self, ctx: &Context, qkv: CubeTensor) -> CubeTensor {
        match self {
            Self::Pairs(shader) => shader.forward(ctx, qkv),
            Self::Online(shader) => shader.forward(ctx, qkv),
        }
    }

    /// The gradient with respect to `qkv`.
    ///
    /// # Shapes
    /// * `qkv` and the result: [B, N, 3C]
    /// * `dy`, the gradient with respect to the output: [B, N, C]
    pub fn backward(self, ctx: &Context, qkv: CubeTensor, dy: CubeTensor) -> CubeTensor {
        match self {
            Self::Pairs(shader) => shader.backward(ctx, qkv, dy),
            Self::Online(shader) => shader.backward(ctx, qkv, dy),
        }
    }
}
