//! Taps: the intermediate values of a forward pass.

use burn::tensor::{Device, Tensor};
use ddpm::nn::unet::{Activations, SIZE, Tap, UNet};
use ddpm::nn::var_builder::{VarBuilder, flat_tensor};
use ddpm::ops::{attention_map, self_attention};
use ddpm::runtime::Runtime;

use super::agreement::micro;
use super::ops::gaussian;
use super::{assert_close, read};

/// The images of the batch.
const BATCH: usize = 3;

/// A network none of whose parameters is zero, so that every part has an effect on the output.
fn network(runtime: &Runtime) -> UNet {
    let config = micro();
    let mut params = UNet::layout(&config).initial(5);
    for (index, value) in params.iter_mut().enumerate() {
        *value += 0.1 * (index as f32).sin();
    }
    let params = flat_tensor(&params, runtime.device());
    UNet::new(&config, &VarBuilder::from_flat(runtime.context(), params))
}

/// Images and an embedding, [B, 1, 28, 28] and [B, E].
fn inputs(device: &Device) -> (Tensor<4>, Tensor<2>) {
    (
        gaussian(1, [BATCH, 1, SIZE, SIZE], device),
        gaussian(2, [BATCH, micro().embedding()], device),
    )
}

/// A tap that keeps the queries, keys and values of every attention.
#[derive(Default)]
struct Projections(Vec<Tensor<3>>);

impl Tap for Projections {
    fn attention(&mut self, _name: &str, qkv: &Tensor<3>, _heads: usize) {
        self.0.push(qkv.clone());
    }
}

/// With [`Activations`] the output is that without a tap, bit for bit; outputs and attention maps have the documented names
/// and shapes; rows of a map sum to 1.
pub async fn activations_are_as_documented(runtime: &Runtime) {
    let unet = network(runtime);
    let (x_t, emb) = inputs(runtime.device());
    let mut tap = Activations::default();
    let tapped = read(unet.forward_tapped(x_t.clone(), emb.clone(), &mut tap)).await;
    let untapped = read(unet.forward_embedded(x_t, emb)).await;
    assert!(untapped.iter().all(|value| value.is_finite()));
    assert!(untapped.iter().any(|&value| value != 0.0));
    let bits = |values: &[f32]| -> Vec<u32> { values.iter().map(|v| v.to_bits()).collect() };
    assert_eq!(bits(&tapped), bits(&untapped), "the tap changes the output");

    let [c1, c2, c3] = micro().channels;
    let documented = [
        ("conv_in", [BATCH, 28, 28, c1]),
        ("down.0", [BATCH, 28, 28, c1]),
        ("down.1", [BATCH, 14, 14, c2]),
        ("mid.block1", [BATCH, 7, 7, c3]),
        ("mid.attn", [BATCH, 7, 7, c3]),
        ("mid.block2", [BATCH, 7, 7, c3]),
        ("up.0", [BATCH, 14, 14, c2]),
        ("up.1", [BATCH, 28, 28, c1]),
    ];
    let outputs: Vec<_> = tap
        .outputs
        .iter()
        .map(|(name, output)| (name.as_str(), output.dims()))
        .collect();
    assert_eq!(outputs, documented);
    for (name, output) in tap.outputs {
        let values = read(output).await;
        assert!(values.iter().all(|value| value.is_finite()), "{name}");
        assert!(values.iter().any(|&value| value != 0.0), "{name}");
    }

    let [(name, map)] = &tap.attention_maps[..] else {
        panic!("{} attention maps", tap.attention_maps.len());
    };
    assert_eq!(
        (name.as_str(), map.dims()),
        ("mid.attn", [BATCH, 1, 49, 49])
    );
    let rows = read(map.clone().sum_dim(3)).await;
    assert_close("rows", &rows, &[1.0; BATCH * 49], 1e-5);
}

/// The attention map times the values is what [`self_attention`] computes from the same queries, keys and values.
pub async fn attention_map_reproduces_attention(runtime: &Runtime) {
    let unet = network(runtime);
    let (x_t, emb) = inputs(runtime.device());
    let mut tap = Projections::default();
    unet.forward_tapped(x_t, emb, &mut tap);
    let [qkv] = &tap.0[..] else {
        panic!("{} attentions", tap.0.len());
    };
    let [batch, tokens, width] = qkv.dims();
    let channels = width / 3;
    assert_eq!([batch, tokens, channels], [BATCH, 49, micro().channels[2]]);
    let map = read(attention_map(qkv.clone(), 1)).await;
    let values = read(qkv.clone().narrow(2, 2 * channels, channels)).await;
    let mut product = vec![0.0; batch * tokens * channels];
    for (row, sums) in product.chunks_mut(channels).enumerate() {
        let image = row / tokens;
        for (token, weight) in map[row * tokens..][..tokens].iter().enumerate() {
            let value = &values[(image * tokens + token) * channels..][..channels];
            for (sum, value) in sums.iter_mut().zip(value) {
                *sum += weight * value;
            }
        }
    }
    let attended = read(self_attention(runtime.context(), qkv.clone(), 1)).await;
    assert_close("map · values", &product, &attended, 1e-5);
}
