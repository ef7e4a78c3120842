//! Multi-head self-attention and its gradient, without the N×N products of all queries and keys in memory at once.
//!
//! Queries are worked on in blocks as wide as a tile of channels. Scores, weights and their gradients of a block lie as
//! [key][query], so that a SIMD vector holds a few queries: maximum, exponential and sum of the softmax go over keys, lane
//! by lane. All products are the convolutions' loop over tiles ([`Tiles`]), in which keys or queries take the place of
//! pixels.

#![allow(
    clippy::extra_unused_type_parameters,
    reason = "`with_simd` needs the parameter: it stands for the processor features that a loop is compiled for"
)]

mod pack;
mod softmax;

use macerator::{Scalar, Simd};

use pack::{Rows, pack_columns, pack_panels};
use softmax::{softmax_gradient, softmax_numerators};

use crate::conv::loops::VECTORS;
use crate::conv::tile::{NO_BIAS, Tiles};
use crate::parallel::for_each_chunk;

/// A self-attention (Vaswani et al. 2017, eq. 1 and section 3.2.2): with D = `channels`/`heads`, head h computes
/// softmax(query·keyᵀ/√D)·value of the channels h·D to (h + 1)·D − 1 of query, key and value.
#[derive(Debug, Clone, Copy)]
pub struct Attention {
    /// N, the number of tokens of an image.
    pub tokens: usize,
    /// C, the number of channels of the query, as of the key and the value.
    pub channels: usize,
    /// The number of heads, which divides C.
    pub heads: usize,
}

impl Attention {
    /// D, the number of channels of a head.
    fn depth(&self) -> usize {
        self.channels / self.heads
    }

    /// The factor of the products of queries and keys.
    fn scale(&self) -> f32 {
        1.0 / (self.depth() as f32).sqrt()
    }

    /// The attention of a batch of images.
    ///
    /// # Shapes
    /// `qkv`: [B, N, 3C], the query, the key and the value of each token one after another → [B, N, C]
    ///
    /// # Panics
    /// If `heads` does not divide the channels, or `qkv` holds no whole number of images.
    pub fn forward(&self, qkv: &[f32]) -> Vec<f32> {
        let size = self.tokens * self.channels;
        assert!(self.channels.is_multiple_of(self.heads) && qkv.len().is_multiple_of(3 * size));
        let mut out = vec![0.0; qkv.len() / 3];
        for_each_chunk(&mut out, size, Buffers::default, |buffers, image, out| {
            forward_one(self, &qkv[image * 3 * size..][..3 * size], buffers, out);
        });
        out
    }

    /// The gradient of `qkv`, from that of the result.
    ///
    /// # Shapes
    /// * `qkv` and the result: [B, N, 3C]
    /// * `gradients`: [B, N, C]
    ///
    /// # Panics
    /// If `heads` does not divide the channels, or `qkv` and `gradients` do not hold the same whole number of images.
    pub fn backward(&self, qkv: &[f32], gradients: &[f32]) -> Vec<f32> {
        let size = self.tokens * self.channels;
        assert!(self.channels.is_multiple_of(self.heads) && gradients.len().is_multiple_of(size));
        assert_eq!(qkv.len(), 3 * gradients.len(), "as many images");
        let mut out = vec![0.0; qkv.len()];
        for_each_chunk(
            &mut out,
            3 * size,
            Buffers::default,
            |buffers, image, out| {
                let qkv = &qkv[image * 3 * size..][..3 * size];
                let gradient = &gradients[image * size..][..size];
                backward_one(self, qkv, gradient, buffers, out);
            },
        );
        out
    }
}

/// Room for one head of one image, kept from image to image. W is the tile's width.
#[derive(Default)]
struct Buffers {
    /// Keys channel by channel, [D, N].
    keys: Vec<f32>,
    /// Values channel by channel, [D, N].
    values: Vec<f32>,
    /// Keys in panels ([`pack_panels`]).
    key_panels: Vec<f32>,
    /// Values in panels.
    value_panels: Vec<f32>,
    /// A block of queries, or of output gradients, as the panel [D, W].
    block: Vec<f32>,
    /// A block of queries, or of output gradients, in panels.
    block_panels: Vec<f32>,
    /// The softmax of a block of queries, [N, W].
    weights: Vec<f32>,
    /// The gradient of the block's scores, [N, W].
    gradients: Vec<f32>,
    /// What a block of queries adds to a block of channels of the keys' or the values' gradient, [N, W].
    sums: Vec<f32>,
}

/// The product of a source, whose rows are `STRIDE` floats apart if they are pixels of the loop over tiles, with one panel.
#[inline(always)]
fn product<S: Simd, const STRIDE: usize>(
    source: &[f32],
    [pixels, channels]: [usize; 2],
    source_channel: usize,
    panel: &[f32],
    target: &mut [f32],
    target_pixel: usize,
    target_channels: usize,
) {
    let tiles = Tiles {
        taps: &[0],
        source,
        source_channels: channels,
        source_channel,
        target_pixel,
        panel,
        bias: &NO_BIAS,
        target_channels,
    };
    tiles.row::<S, STRIDE>(pixels, target);
}

/// Calls a function with the tile's width on this processor as a constant.
macro_rules! with_width {
    ($function:ident($($argument:expr),*)) => {
        match VECTORS * f32::lanes::<S>() {
            8 => $function::<S, 8>($($argument),*),
            16 => $function::<S, 16>($($argument),*),
            32 => $function::<S, 32>($($argument),*),
            width => unreachable!("no SIMD vectors of {} floats are known", width / VECTORS),
        }
    };
}

/// The attention of one image; `qkv`: [N, 3C], `out`: [N, C].
#[macerator::with_simd]
fn forward_one<S: Simd>(of: &Attention, qkv: &[f32], buffers: &mut Buffers, out: &mut [f32]) {
    with_width!(forward_wide(of, qkv, buffers, out));
}

/// The gradient of one image; `qkv` and `out`, which is 0 before: [N, 3C], `gradient`: [N, C].
#[macerator::with_simd]
fn backward_one<S: Simd>(
    of: &Attention,
    qkv: &[f32],
    gradient: &[f32],
    buffers: &mut Buffers,
    out: &mut [f32],
) {
    with_width!(backward_wide(of, qkv, gradient, buffers, out));
}

/// Query, key and value of a head, [N, D] each.
#[inline(always)]
fn parts<'a>(of: &Attention, qkv: &'a [f32], head: usize) -> [Rows<'a>; 3] {
    core::array::from_fn(|part| Rows {
        values: &qkv[part * of.channels + head * of.depth()..],
        stride: 3 * of.channels,
        rows: of.tokens,
        cols: of.depth(),
    })
}

/// Fills `weights`, [N, W], with the softmax's numerators of a block of queries, which it takes from `queries`, and returns
/// 1/(their sum) of each query. Lanes beyond the block's queries hold equal weights.
#[inline(always)]
fn attend<S: Simd, const W: usize>(
    of: &Attention,
    queries: Rows,
    buffers: &mut Buffers,
) -> [f32; W] {
    let size = [of.tokens, of.depth()];
    pack_columns(queries, W, of.scale(), &mut buffers.block);
    buffers.weights.resize(of.tokens * W, 0.0);
    let (keys, block, weights) = (&buffers.keys, &buffers.block, &mut buffers.weights);
    product::<S, 1>(keys, size, of.tokens, block, weights, W, W);
    softmax_numerators::<W>(weights)
}

#[inline(always)]
fn forward_wide<S: Simd, const W: usize>(
    of: &Attention,
    qkv: &[f32],
    buffers: &mut Buffers,
    out: &mut [f32],
) {
    let (tokens, depth) = (of.tokens, of.depth());
    for head in 0..of.heads {
        let [queries, keys, values] = parts(of, qkv, head);
        pack_columns(keys, tokens, 1.0, &mut buffers.keys);
        pack_panels(values, W, &mut buffers.value_panels);
        for first in (0..tokens).step_by(W) {
            let count = W.min(tokens - first);
            let inverse_sums = attend::<S, W>(of, queries.slice(first, count), buffers);
            let target = &mut out[first * of.channels + head * depth..];
            let panels = buffers.value_panels.chunks_exact(tokens * W);
            for (panel, channel) in panels.zip((0..depth).step_by(W)) {
                let (weights, target) = (&buffers.weights, &mut target[channel..]);
                let channels = W.min(depth - channel);
                product::<S, 1>(
                    weights,
                    [count, tokens],
                    W,
                    panel,
                    target,
                    of.channels,
                    channels,
                );
            }
            for (row, factor) in target.chunks_mut(of.channels).zip(inverse_sums).take(count) {
                row[..depth].iter_mut().for_each(|value| *value *= factor);
            }
        }
    }
}

#[inline(always)]
fn backward_wide<S: Simd, const W: usize>(
    of: &Attention,
    qkv: &[f32],
    gradient: &[f32],
    buffers: &mut Buffers,
    out: &mut [f32],
) {
    let (tokens, depth, stride) = (of.tokens, of.depth(), 3 * of.channels);
    for head in 0..of.heads {
        let [queries, keys, values] = parts(of, qkv, head);
        let output_gradients = Rows {
            values: &gradient[head * depth..],
            stride: of.channels,
            rows: tokens,
            cols: depth,
        };
        let place = |part: usize, token: usize| token * stride + part * of.channels + head * depth;
        pack_columns(keys, tokens, 1.0, &mut buffers.keys);
        pack_panels(keys, W, &mut buffers.key_panels);
        pack_columns(values, tokens, 1.0, &mut buffers.values);
        for first in (0..tokens).step_by(W) {
            let count = W.min(tokens - first);
            let queries = queries.slice(first, count);
            let output_gradients = output_gradients.slice(first, count);
            let inverse_sums = attend::<S, W>(of, queries, buffers);
            for row in buffers.weights.as_chunks_mut::<W>().0 {
                row.iter_mut()
                    .zip(inverse_sums)
                    .for_each(|(p, factor)| *p *= factor);
            }
            pack_columns(output_gradients, W, 1.0, &mut buffers.block);
            buffers.gradients.resize(tokens * W, 0.0);
            let (values, block) = (&buffers.values, &buffers.block);
            product::<S, 1>(
                values,
                [tokens, depth],
                tokens,
                block,
                &mut buffers.gradients,
                W,
                W,
            );
            softmax_gradient::<W>(&buffers.weights, &mut buffers.gradients, of.scale());

            let panels = buffers.key_panels.chunks_exact(tokens * W);
            for (panel, channel) in panels.zip((0..depth).step_by(W)) {
                let target = &mut out[place(0, first) + channel..];
                let channels = W.min(depth - channel);
                let scores = &buffers.gradients;
                product::<S, 1>(scores, [count, tokens], W, panel, target, stride, channels);
            }
            pack_panels(queries, W, &mut buffers.block_panels);
            let (panels, sums) = (&buffers.block_panels, &mut buffers.sums);
            let target = &mut out[place(1, 0)..];
            add_products::<S, W>(of, &buffers.gradients, count, panels, sums, target);
            pack_panels(output_gradients, W, &mut buffers.block_panels);
            let (panels, sums) = (&buffers.block_panels, &mut buffers.sums);
            let target = &mut out[place(2, 0)..];
            add_products::<S, W>(of, &buffers.weights, count, panels, sums, target);
        }
    }
}

/// Adds the product of `factors`, [N, W], of which the first `count` columns exist, and the matrix [`count`, D] in `panels`
/// to `target`, whose rows are those of `qkv`.
#[inline(always)]
fn add_products<S: Simd, const W: usize>(
    of: &Attention,
    factors: &[f32],
    count: usize,
    panels: &[f32],
    sums: &mut Vec<f32>,
    target: &mut [f32],
) {
    let depth = of.depth();
    sums.resize(of.tokens * W, 0.0);
    for (panel, channel) in panels.chunks_exact(count * W).zip((0..depth).step_by(W)) {
        product::<S, W>(factors, [of.tokens, count], 1, panel, sums, W, W);
        let channels = W.min(depth - channel);
        let rows = target[channel..].chunks_mut(3 * of.channels);
        for (row, sums) in rows.zip(sums.as_chunks::<W>().0) {
            row[..channels]
                .iter_mut()
                .zip(sums)
                .for_each(|(to, sum)| *to += sum);
        }
    }
}
