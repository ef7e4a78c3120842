//! The network ε̂ = unet(x_t, t, y), a U-Net after Ho et al. 2020, appendix B, but smaller.
//!
//! Images go from 28×28 pixels to 14×14, to 7×7 and back. The two upper levels have one residual block on the way down and
//! one on the way up each, and a skip connection from the first to the second. At 7×7 there are two residual blocks. The
//! configuration says at which of the three sizes there is self-attention after the blocks (at 7×7 between them), and
//! whether the network is told a class. The embedding of t and of the class y is added to every pixel in every residual
//! block.

mod attention;
mod block;
mod config;
mod grow;
mod recognise;
mod tap;

use burn::tensor::activation::silu;
use burn::tensor::{Device, Int, Tensor, TensorData};

pub use config::{CLASSES, MAX_CLASSES, NO_CLASS, PIXELS, Preset, SIZE, UNetConfig};
pub use grow::grow;
pub use tap::{Activations, Tap};

use crate::nn::layers::{Conv2d, GroupNorm, Linear};
use crate::nn::var_builder::{Init, Layout, VarBuilder};
use crate::ops::Geometry;
use attention::SelfAttention;
use block::ResidualBlock;

/// The network with its parameters, ready to run.
#[derive(Debug, Clone)]
pub struct UNet {
    /// The width of the embedding, E.
    embedding: usize,
    /// c₁ → E → E, with SiLU in between.
    time_mlp: [Linear; 2],
    /// A row for each class and for "no class", [classes + 1, E]; `None` if the network is told no class.
    class_embed: Option<Tensor<2>>,
    conv_in: Conv2d,
    down: [Down; 2],
    mid_block1: ResidualBlock,
    mid_attn: Option<SelfAttention>,
    mid_block2: ResidualBlock,
    up: [Up; 2],
    norm_out: GroupNorm,
    conv_out: Conv2d,
    /// The number of the output's channels.
    out_channels: usize,
}

/// A level on the way down.
#[derive(Debug, Clone)]
struct Down {
    block: ResidualBlock,
    attn: Option<SelfAttention>,
    downsample: Conv2d,
}

/// A level on the way up; the block reads the upsampled image and the skip connection, concatenated.
#[derive(Debug, Clone)]
struct Up {
    upsample: Conv2d,
    block: ResidualBlock,
    attn: Option<SelfAttention>,
}

impl UNet {
    /// The network with the parameters that `vb` returns, taken in layout order. Their names are those of the PyTorch class
    /// in `tests/golden/unet.py`.
    pub fn new(config: &UNetConfig, vb: &VarBuilder) -> Self {
        let [c1, c2, c3] = config.channels;
        let groups = config.groups;
        let width = config.embedding();
        let vb_time = vb.push_prefix("time_mlp");
        let time_mlp = [
            Linear::new(&vb_time.push_prefix("0"), c1, width),
            Linear::new(&vb_time.push_prefix("2"), width, width),
        ];
        let class_embed = (config.classes > 0).then(|| {
            let shape = [config.classes + 1, width];
            vb.push_prefix("class_embed")
                .get("weight", shape, Init::Normal(1.0))
        });
        let attention = |level: usize, vb: &VarBuilder| {
            config.attention[level].then(|| {
                let vb = vb.push_prefix("attn");
                SelfAttention::new(&vb, config.channels[level], groups, config.heads)
            })
        };
        let conv_in = Conv2d::new(&vb.push_prefix("conv_in"), 1, c1, Geometry::Same);
        let vb_down = vb.push_prefix("down");
        let down = [(0, c1, c2), (1, c2, c3)].map(|(level, from, to)| {
            let vb = vb_down.push_prefix(&level.to_string());
            Down {
                block: ResidualBlock::new(&vb.push_prefix("block"), from, from, width, groups),
                attn: attention(level, &vb),
                downsample: Conv2d::new(&vb.push_prefix("downsample"), from, to, Geometry::Halving),
            }
        });
        let vb_mid = vb.push_prefix("mid");
        let mid_block1 = ResidualBlock::new(&vb_mid.push_prefix("block1"), c3, c3, width, groups);
        let mid_attn = attention(2, &vb_mid);
        let mid_block2 = ResidualBlock::new(&vb_mid.push_prefix("block2"), c3, c3, width, groups);
        let vb_up = vb.push_prefix("up");
        let up = [("0", 1, c3, c2), ("1", 0, c2, c1)].map(|(name, level, from, to)| {
            let vb = vb_up.push_prefix(name);
            Up {
                upsample: Conv2d::new(&vb.push_prefix("upsample"), from, to, Geometry::Doubling),
                block: ResidualBlock::new(&vb.push_prefix("block"), 2 * to, to, width, groups),
                attn: attention(level, &vb),
            }
        });
        Self {
            embedding: width,
            time_mlp,
            class_embed,
            conv_in,
            down,
            mid_block1,
            mid_attn,
            mid_block2,
            up,
            norm_out: GroupNorm::new(&vb.push_prefix("norm_out"), c1, groups),
            conv_out: Conv2d::zero(&vb.push_prefix("conv_out"), c1, config.out_channels),
            out_channels: config.out_channels,
        }
    }

    /// The parameters of a network of this shape: names, shapes, initial values and offsets.
    pub fn layout(config: &UNetConfig) -> Layout {
        Layout::of(|vb| UNet::new(config, vb))
    }

    /// The network's output, ε̂ if it was trained to predict ε. With a learned variance a second channel follows, which
    /// says where the variance lies ([`VarianceType`](crate::diffusion::schedule::VarianceType)).
    ///
    /// # Shapes
    /// * `x_t`: [B, 1, 28, 28]
    /// * `time`: [B, c₁], rows of a [`TimeTable`]
    /// * `y`: `[B]`, a class or [`UNetConfig::no_class`]
    /// * result: [B, [`UNetConfig::out_channels`], 28, 28]
    pub fn forward(&self, x_t: Tensor<4>, time: Tensor<2>, y: Tensor<1, Int>) -> Tensor<4> {
        self.forward_embedded(x_t, self.embed(time, y))
    }

    /// The embedding that [`UNet::forward_embedded`] takes, SiLU of the sum of [`UNet::embed_time`] and
    /// [`UNet::embed_class`].
    ///
    /// # Shapes
    /// `time`: [B, c₁], `y`: `[B]` → [B, E]
    pub fn embed(&self, time: Tensor<2>, y: Tensor<1, Int>) -> Tensor<2> {
        let time = self.embed_time(time);
        silu(match self.class_embed {
            Some(_) => time + self.embed_class(y),
            None => time,
        })
    }

    /// The embedding of t, an MLP of its sinusoidal embedding.
    ///
    /// # Shapes
    /// `time`: [B, c₁], rows of a [`TimeTable`] → [B, E]
    pub fn embed_time(&self, time: Tensor<2>) -> Tensor<2> {
        self.time_mlp[1].forward(silu(self.time_mlp[0].forward(time)))
    }

    /// The embedding of the class; zeros if the network is told none.
    ///
    /// # Shapes
    /// `y`: `[B]`, a class or [`UNetConfig::no_class`] → [B, E]
    pub fn embed_class(&self, y: Tensor<1, Int>) -> Tensor<2> {
        match &self.class_embed {
            Some(rows) => rows.clone().select(0, y),
            None => Tensor::zeros([y.dims()[0], self.embedding], &y.device()),
        }
    }

    /// The network's output for an embedding that is computed already. SiLU is part of the embedding: every residual block
    /// would apply it before its projection, and so it is applied once for all of them.
    ///
    /// # Shapes
    /// * `x_t`: [B, 1, 28, 28]
    /// * `emb`: [B, E], as [`UNet::embed`] computes it
    /// * result: [B, [`UNetConfig::out_channels`], 28, 28]
    pub fn forward_embedded(&self, x_t: Tensor<4>, emb: Tensor<2>) -> Tensor<4> {
        self.forward_tapped(x_t, emb, &mut ())
    }

    /// [`UNet::forward_embedded`] that also shows the intermediate values to `tap`. The output is the same bit for bit, unless the tap changes a skip connection. With
    /// the tap `()` it costs nothing, because the calls are compiled away.
    pub fn forward_tapped(&self, x_t: Tensor<4>, emb: Tensor<2>, tap: &mut impl Tap) -> Tensor<4> {
        // With one channel, channels-first and channels-last are the same numbers in the same order.
        let [batch, _, height, width] = x_t.dims();
        let mut h = self.conv_in.forward(x_t.reshape([batch, height, width, 1]));
        tap.activation("conv_in", &h);
        let mut skips = Vec::with_capacity(self.down.len());
        for (level, [name, attn_name]) in self
            .down
            .iter()
            .zip([["down.0", "down.0.attn"], ["down.1", "down.1.attn"]])
        {
            h = level.block.forward(h, emb.clone());
            if let Some(attn) = &level.attn {
                h = attn.forward(h, attn_name, tap);
            }
            tap.activation(name, &h);
            skips.push(tap.skip(name, h.clone()));
            h = level.downsample.forward(h);
        }
        h = self.mid_block1.forward(h, emb.clone());
        tap.activation("mid.block1", &h);
        if let Some(attn) = &self.mid_attn {
            h = attn.forward(h, "mid.attn", tap);
            tap.activation("mid.attn", &h);
        }
        h = self.mid_block2.forward(h, emb.clone());
        tap.activation("mid.block2", &h);
        for (level, [name, attn_name]) in self
            .up
            .iter()
            .zip([["up.0", "up.0.attn"], ["up.1", "up.1.attn"]])
        {
            h = level.upsample.forward(h);
            let skip = skips.pop().expect("as many levels up as down");
            h = level
                .block
                .forward(Tensor::cat(vec![h, skip], 3), emb.clone());
            if let Some(attn) = &level.attn {
                h = attn.forward(h, attn_name, tap);
            }
            tap.activation(name, &h);
        }
        let output = self.conv_out.forward(self.norm_out.forward_silu(h));
        if self.out_channels == 1 {
            output.reshape([batch, 1, height, width])
        } else {
            output.permute([0, 3, 1, 2])
        }
    }
}

/// The sinusoidal embeddings of t = 0 … T−1 on the device, [T, c₁] (Vaswani et al. 2017, section 3.5, with all sines before
/// all cosines).
///
/// They are computed on the CPU in f64, because a shader's `sin` is accurate only near 0. t is scaled by 1000/T, so that
/// the same noise level has about the same embedding whatever T is; at T = 1000 it is t itself.
#[derive(Debug, Clone)]
pub struct TimeTable(Tensor<2>);

impl TimeTable {
    /// The table for a network of this shape and T = `timesteps`.
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

    /// The embeddings of a batch's timesteps.
    ///
    /// # Shapes
    /// `t`: `[B]`, each from 0 to T−1 → [B, c₁]
    pub fn rows(&self, t: Tensor<1, Int>) -> Tensor<2> {
        self.0.clone().select(0, t)
    }
}
