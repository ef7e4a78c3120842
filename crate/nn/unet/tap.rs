//! Taps, which read intermediate values of a forward pass.

use burn::tensor::Tensor;

use crate::ops::attention_map;

/// Is shown the intermediate values of a forward pass ([`UNet::forward_tapped`](super::UNet::forward_tapped)), and may change
/// what the skip connections carry. The methods do nothing by default; the tap `()` keeps nothing and costs nothing.
///
/// Values have the names of the parameters that they come from. In the order in which they are computed, with channels and
/// pixels, these are `conv_in` (c₁, 28×28), `down.0` (c₁, 28×28), `down.1` (c₂, 14×14), `mid.block1`, `mid.attn` and
/// `mid.block2` (c₃, 7×7), `up.0` (c₂, 14×14) and `up.1` (c₁, 28×28). Those of `down` are the values before downsampling,
/// which the skip connections carry. A level with attention gives its values after it, and its attention has the name
/// `down.0.attn`, `down.1.attn`, `mid.attn`, `up.0.attn` or `up.1.attn`.
pub trait Tap {
    /// Called with the output of the part `name`. To keep it, clone it: a clone copies only a handle.
    ///
    /// # Shapes
    /// `output`: [B, H, W, C], channels-last
    fn activation(&mut self, name: &str, output: &Tensor<4>) {
        let _ = (name, output);
    }

    /// Called with what the skip connection from the part `name` carries; gives what arrives at its end, which is the same
    /// unless the tap changes it.
    ///
    /// # Shapes
    /// `skip`: [B, H, W, C] → [B, H, W, C]
    fn skip(&mut self, name: &str, skip: Tensor<4>) -> Tensor<4> {
        let _ = name;
        skip
    }

    /// Called with the queries, keys and values of the attention `name`, one after another in each token, and the number of
    /// its heads. [`attention_map`] computes the attention map from them.
    ///
    /// # Shapes
    /// `qkv`: [B, H·W, 3C]
    fn attention(&mut self, name: &str, qkv: &Tensor<3>, heads: usize) {
        let _ = (name, qkv, heads);
    }
}

impl Tap for () {}

/// A tap that keeps all outputs and attention maps.
#[derive(Debug, Default)]
pub struct Activations {
    /// The outputs of the network's parts, in the order in which they are computed, each [B, H, W, C].
    pub outputs: Vec<(String, Tensor<4>)>,
    /// The attention maps, each [B, heads, H·W, H·W]. Row i of a head holds the weights with which token i attends to each
    /// token; they sum to 1.
    pub attention_maps: Vec<(String, Tensor<4>)>,
}

impl Tap for Activations {
    fn activation(&mut self, name: &str, output: &Tensor<4>) {
        self.outputs.push((name.into(), output.clone()));
    }

    fn attention(&mut self, name: &str, qkv: &Tensor<3>, heads: usize) {
        self.attention_maps
            .push((name.into(), attention_map(qkv.clone(), heads)));
    }
}
