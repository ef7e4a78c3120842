//! The network: ε̂ = unet(x_t, t, y).
//!
//! 28×28 → 14 → 7 and back. Each level has one residual block on the way down and one on the way
//! up, joined by a skip connection; between them two residual blocks around self-attention at 7×7.
//! t and the class enter every residual block as one added vector per channel.

mod attention;
mod block;
mod config;

use burn::tensor::activation::silu;
use burn::tensor::{Device, Int, Tensor, TensorData};

pub use config::{CLASSES, NO_CLASS, PIXELS, Preset, SIZE, UNetConfig};

use crate::ops::Geometry;
use crate::nn::layers::{Conv2d, GroupNorm, Linear};
use crate::nn::var_builder::{Init, Layout, Recorder, Source};
use attention::Attention;
use block::ResidualBlock;

/// The network with its parameters, ready to run.
#[derive(Debug, Clone)]
pub struct UNet {
    time_mlp: [Linear; 2],
    class_embed: Tensor<2>,
    conv_in: Conv2d,
    down: [Down; 2],
    mid_block1: ResidualBlock,
    mid_attn: Attention,
    mid_block2: ResidualBlock,
    up: [Up; 2],
    norm_out: GroupNorm,
    conv_out: Conv2d,
}

#[derive(Debug, Clone)]
struct Down {
    block: ResidualBlock,
    downsample: Conv2d,
}

#[derive(Debug, Clone)]
struct Up {
    upsample: Conv2d,
    block: ResidualBlock,
}

impl UNet {
    /// Take the parameters, in layout order, from `source`.
    pub fn new(config: &UNetConfig, source: &mut impl Source) -> Self {
        let [c1, c2, c3] = config.channels;
        let groups = config.groups;
        let width = config.embedding();
        let time_mlp = source.scoped("time_mlp", |s| {
            [
                s.scoped("0", |s| Linear::new(s, c1, width)),
                s.scoped("2", |s| Linear::new(s, width, width)),
            ]
        });
        let class_embed = source.scoped("class_embed", |s| {
            s.take("weight", [CLASSES + 1, width], Init::Normal(1.0))
        });
        let conv_in = source.scoped("conv_in", |s| Conv2d::new(s, 1, c1, Geometry::Same));
        let down = source.scoped("down", |s| {
            [("0", c1, c2), ("1", c2, c3)].map(|(level, from, to)| {
                s.scoped(level, |s| Down {
                    block: s.scoped("block", |s| {
                        ResidualBlock::new(s, from, from, width, groups)
                    }),
                    downsample: s.scoped("downsample", |s| {
                        Conv2d::new(s, from, to, Geometry::Halving)
                    }),
                })
            })
        });
        let (mid_block1, mid_attn, mid_block2) = source.scoped("mid", |s| {
            (
                s.scoped("block1", |s| ResidualBlock::new(s, c3, c3, width, groups)),
                s.scoped("attn", |s| Attention::new(s, c3, groups)),
                s.scoped("block2", |s| ResidualBlock::new(s, c3, c3, width, groups)),
            )
        });
        let up = source.scoped("up", |s| {
            [("0", c3, c2), ("1", c2, c1)].map(|(level, from, to)| {
                s.scoped(level, |s| Up {
                    upsample: s
                        .scoped("upsample", |s| Conv2d::new(s, from, to, Geometry::Doubling)),
                    block: s.scoped("block", |s| {
                        ResidualBlock::new(s, 2 * to, to, width, groups)
                    }),
                })
            })
        });
        Self {
            time_mlp,
            class_embed,
            conv_in,
            down,
            mid_block1,
            mid_attn,
            mid_block2,
            up,
            norm_out: source.scoped("norm_out", |s| GroupNorm::new(s, c1, groups)),
            conv_out: source.scoped("conv_out", |s| Conv2d::zero(s, c1, 1)),
        }
    }

    /// Names, shapes and first values of the parameters of a network of this shape.
    pub fn layout(config: &UNetConfig) -> Layout {
        Recorder::layout(|source| UNet::new(config, source))
    }

    /// ε̂, [B, 1, 28, 28].
    ///
    /// * `x_t`: [B, 1, 28, 28]
    /// * `time`: [B, c₁], rows of a [`TimeTable`]
    /// * `y`: [B], class 0 to 9 or [`NO_CLASS`]
    pub fn forward(&self, x_t: Tensor<4>, time: Tensor<2>, y: Tensor<1, Int>) -> Tensor<4> {
        self.forward_embedded(x_t, self.embed(time, y))
    }

    /// What every block is told, [B, E]: the embedding that [`UNet::forward_embedded`] takes.
    pub fn embed(&self, time: Tensor<2>, y: Tensor<1, Int>) -> Tensor<2> {
        silu(self.embed_time(time) + self.embed_class(y))
    }

    /// What t adds to the embedding, [B, E]; `time`: [B, c₁], rows of a [`TimeTable`].
    pub fn embed_time(&self, time: Tensor<2>) -> Tensor<2> {
        self.time_mlp[1].forward(silu(self.time_mlp[0].forward(time)))
    }

    /// What the class adds to the embedding, [B, E]; `y`: [B], class 0 to 9 or [`NO_CLASS`].
    pub fn embed_class(&self, y: Tensor<1, Int>) -> Tensor<2> {
        self.class_embed.clone().select(0, y)
    }

    /// ε̂, [B, 1, 28, 28].
    ///
    /// * `x_t`: [B, 1, 28, 28]
    /// * `emb`: [B, E], SiLU of the sum of [`UNet::embed_time`] and [`UNet::embed_class`]: every block begins by
    ///   activating it, once is enough
    pub fn forward_embedded(&self, x_t: Tensor<4>, emb: Tensor<2>) -> Tensor<4> {
        // One channel: channels-first and channels-last are the same numbers in the same order.
        let [batch, _, height, width] = x_t.dims();
        let mut h = self.conv_in.forward(x_t.reshape([batch, height, width, 1]));
        let mut skips = Vec::with_capacity(self.down.len());
        for level in &self.down {
            h = level.block.forward(h, emb.clone());
            skips.push(h.clone());
            h = level.downsample.forward(h);
        }
        h = self.mid_block1.forward(h, emb.clone());
        h = self.mid_attn.forward(h);
        h = self.mid_block2.forward(h, emb.clone());
        for level in &self.up {
            h = level.upsample.forward(h);
            let skip = skips.pop().expect("as many levels up as down");
            h = level
                .block
                .forward(Tensor::cat(vec![h, skip], 3), emb.clone());
        }
        let eps_hat = self.conv_out.forward(self.norm_out.forward_silu(h));
        eps_hat.reshape([batch, 1, height, width])
    }
}

/// Sinusoidal embeddings of t = 0 … T−1 on the device, [T, c₁] (Vaswani et al. 2017, section 3.5).
///
/// A table made in f64, because a shader's `sin` is only accurate near 0. t is scaled by 1000/T, so
/// that the same noise level has about the same embedding whatever T is; at T = 1000 it is t itself.
#[derive(Debug, Clone)]
pub struct TimeTable(Tensor<2>);

impl TimeTable {
    pub fn new(config: &UNetConfig, timesteps: usize, device: &Device) -> Self {
        let width = config.channels[0];
        let half = width / 2;
        let mut values = Vec::with_capacity(timesteps * width);
        for t in 0..timesteps {
            let scaled = t as f64 * (1000.0 / timesteps as f64);
            let angle = |i: usize| scaled * (-(1e4f64.ln()) * i as f64 / half as f64).exp();
            values.extend((0..half).map(|i| angle(i).sin() as f32));
            values.extend((0..half).map(|i| angle(i).cos() as f32));
        }
        Self(Tensor::from_data(
            TensorData::new(values, [timesteps, width]),
            device,
        ))
    }

    /// Rows for a batch, [B, c₁]; `t`: [B], each in 0 … T−1.
    pub fn rows(&self, t: Tensor<1, Int>) -> Tensor<2> {
        self.0.clone().select(0, t)
    }
}
