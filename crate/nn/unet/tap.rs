//! A way out for intermediate values of the network.

use burn::tensor::Tensor;

use crate::ops::attention_map;

/// Sees intermediate values of a forward pass ([`UNet::forward_tapped`](super::UNet::forward_tapped)). Every method does
/// nothing unless it is written, and the tap `()` sees nothing and costs nothing.
///
/// Names are those of the parameters: `conv_in`, `down.0`, `down.1`, `mid.block1`, `mid.attn`, `mid.block2`, `up.0`,
/// `up.1`.
pub trait Tap {
    /// The output of the part `name`, channels-last, [B, H, W, C]. Clone it to keep it: a clone is a handle.
    fn activation(&mut self, name: &str, output: &Tensor<4>) {
        let _ = (name, output);
    }

    /// Queries, keys and values of the attention `name`, one after another in each token, [B, H·W, 3C].
    /// [`attention_map`] makes the map of it.
    fn attention(&mut self, name: &str, qkv: &Tensor<3>) {
        let _ = (name, qkv);
    }
}

impl Tap for () {}

/// A tap that keeps everything.
#[derive(Debug, Default)]
pub struct Activations {
    /// The outputs of the network's parts, in the order in which they are computed, each [B, H, W, C].
    pub outputs: Vec<(String, Tensor<4>)>,
    /// The attention maps, [B, N, N]: row i says how much token i takes from each token; rows sum to 1.
    pub attention_maps: Vec<(String, Tensor<3>)>,
}

impl Tap for Activations {
    fn activation(&mut self, name: &str, output: &Tensor<4>) {
        self.outputs.push((name.into(), output.clone()));
    }

    fn attention(&mut self, name: &str, qkv: &Tensor<3>) {
        self.attention_maps
            .push((name.into(), attention_map(qkv.clone())));
    }
}
