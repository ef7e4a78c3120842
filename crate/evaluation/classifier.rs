//! The judge: a small residual network that tells digits apart.
//!
//! 28×28 → 14 → 7 → 4, then the mean over the pixels: [`FEATURES`] numbers, from which one linear
//! layer makes the logits. The features are what the Fréchet distance compares.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::{Progress, count};
use crate::nn::layers::{Conv2d, GroupNorm, Linear};
use crate::nn::unet::{CLASSES, PIXELS, SIZE};
use crate::nn::var_builder::{Layout, VarBuilder, flat_tensor};
use crate::ops::{Context, Geometry, read};

/// Channels at 28×28, 14×14, 7×7 and 4×4.
const CHANNELS: [usize; 4] = [16, 32, 64, 128];
/// Residual blocks at 14×14 and at 7×7.
const BLOCKS: [usize; 2] = [1, 2];
/// Groups of every GroupNorm.
const GROUPS: usize = 8;
/// Penultimate numbers an image.
pub const FEATURES: usize = CHANNELS[3];
/// Images in one forward pass where a caller has no reason to choose.
const BATCH: usize = 250;

/// The network with its parameters, ready to run.
#[derive(Debug, Clone)]
pub struct Classifier {
    conv_in: Conv2d,
    stages: Vec<Stage>,
    last: Halving,
    norm_out: GroupNorm,
    head: Linear,
}

/// A halving, then residual blocks.
#[derive(Debug, Clone)]
struct Stage {
    halving: Halving,
    blocks: Vec<Residual>,
}

/// GroupNorm, SiLU, 3×3 convolution to half the edge.
#[derive(Debug, Clone)]
struct Halving {
    norm: GroupNorm,
    conv: Conv2d,
}

/// GroupNorm, SiLU, 3×3 convolution, twice, added to what came in.
#[derive(Debug, Clone)]
struct Residual {
    norm1: GroupNorm,
    conv1: Conv2d,
    norm2: GroupNorm,
    conv2: Conv2d,
}

impl Halving {
    fn new(vb: &VarBuilder, input: usize, output: usize) -> Self {
        Self {
            norm: GroupNorm::new(&vb.push_prefix("norm"), input, GROUPS),
            conv: Conv2d::new(&vb.push_prefix("conv"), input, output, Geometry::Halving),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.conv.forward(self.norm.forward_silu(x))
    }
}

impl Residual {
    fn new(vb: &VarBuilder, channels: usize) -> Self {
        Self {
            norm1: GroupNorm::new(&vb.push_prefix("norm1"), channels, GROUPS),
            conv1: Conv2d::new(&vb.push_prefix("conv1"), channels, channels, Geometry::Same),
            norm2: GroupNorm::new(&vb.push_prefix("norm2"), channels, GROUPS),
            conv2: Conv2d::zero(&vb.push_prefix("conv2"), channels, channels),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = self.conv1.forward(self.norm1.forward_silu(x.clone()));
        self.conv2.forward_added(self.norm2.forward_silu(h), x)
    }
}

impl Stage {
    fn new(vb: &VarBuilder, level: usize) -> Self {
        let channels = CHANNELS[level + 1];
        let block = |block| Residual::new(&vb.push_prefix(&format!("block{block}")), channels);
        Self {
            halving: Halving::new(&vb.push_prefix("halving"), CHANNELS[level], channels),
            blocks: (0..BLOCKS[level]).map(block).collect(),
        }
    }
}

impl Classifier {
    /// The network with the parameters that `vb` gives, in layout order.
    pub fn new(vb: &VarBuilder) -> Self {
        let stage = |level| Stage::new(&vb.push_prefix(&format!("stage{level}")), level);
        Self {
            conv_in: Conv2d::new(&vb.push_prefix("conv_in"), 1, CHANNELS[0], Geometry::Same),
            stages: (0..BLOCKS.len()).map(stage).collect(),
            last: Halving::new(&vb.push_prefix("last"), CHANNELS[2], FEATURES),
            norm_out: GroupNorm::new(&vb.push_prefix("norm_out"), FEATURES, GROUPS),
            head: Linear::new(&vb.push_prefix("head"), FEATURES, CLASSES),
        }
    }

    /// Names, shapes and first values of the parameters.
    pub fn layout() -> Layout {
        Layout::of(Classifier::new)
    }

    /// The network with flat parameters that are in memory, in layout order.
    pub fn load(params: &[f32], ctx: &Context) -> Self {
        let params = flat_tensor(params, ctx.device());
        Self::new(&VarBuilder::from_flat(ctx, params))
    }

    /// Penultimate features, [B, [`FEATURES`]]; `images`: [B, 28, 28, 1] as [`images_tensor`] makes
    /// them.
    pub fn features(&self, images: Tensor<4>) -> Tensor<2> {
        let mut h = self.conv_in.forward(images);
        for stage in &self.stages {
            h = stage.halving.forward(h);
            for block in &stage.blocks {
                h = block.forward(h);
            }
        }
        let h = self.norm_out.forward_silu(self.last.forward(h));
        let [batch, height, width, channels] = h.dims();
        h.reshape([batch, height * width, channels])
            .mean_dim(1)
            .squeeze_dim(1)
    }

    /// [B, 10], from [`Classifier::features`].
    pub fn logits(&self, features: Tensor<2>) -> Tensor<2> {
        self.head.forward(features)
    }

    /// What the network makes of `images`, a few hundred at a time.
    ///
    /// # Errors
    /// If the device does not give the numbers back; what `watch` says.
    pub async fn judge(
        &self,
        images: &[u8],
        ctx: &Context,
        mut watch: impl Progress,
    ) -> Result<Judgement, String> {
        let mut judgement = Judgement {
            features: Vec::with_capacity(count(images) * FEATURES),
            probabilities: Vec::with_capacity(count(images) * CLASSES),
        };
        let mut done = 0;
        for batch in images.chunks(BATCH * PIXELS) {
            let features = self.features(images_tensor(batch, ctx.device()));
            let probabilities = softmax(self.logits(features.clone()), 1);
            // One read for both.
            let both = read(Tensor::cat(vec![features, probabilities], 1)).await?;
            for row in both.chunks(FEATURES + CLASSES) {
                let (features, probabilities) = row.split_at(FEATURES);
                judgement.features.extend_from_slice(features);
                judgement.probabilities.extend_from_slice(probabilities);
            }
            done += count(batch);
            watch(done as f64 / count(images) as f64).await?;
        }
        Ok(judgement)
    }
}

/// What a [`Classifier`] says of N images.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// N × [`FEATURES`].
    pub features: Vec<f32>,
    /// N × 10, each ten adding up to 1.
    pub probabilities: Vec<f32>,
}

impl Judgement {
    /// The likeliest digit of each image.
    pub fn classes(&self) -> Vec<u8> {
        let best = |row: &[f32]| {
            (0..CLASSES)
                .max_by(|&a, &b| row[a].total_cmp(&row[b]))
                .expect("ten classes") as u8
        };
        self.probabilities.chunks(CLASSES).map(best).collect()
    }
}

/// Bytes as the classifier takes them, [B, 28, 28, 1] in 0 … 1: the background is 0, as the padding of
/// its convolutions is.
pub fn images_tensor(images: &[u8], device: &Device) -> Tensor<4> {
    let values: Vec<f32> = images.iter().map(|&byte| f32::from(byte) / 255.0).collect();
    Tensor::from_data(
        TensorData::new(values, [count(images), SIZE, SIZE, 1]),
        device,
    )
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::evaluation::tests::cpu;

    #[test]
    fn the_weights_fit_in_a_megabyte() {
        let parameters = Classifier::layout().len();
        assert!((200_000..450_000).contains(&parameters), "{parameters}");
    }

    #[test]
    fn judging_does_not_depend_on_the_company() {
        let layout = Classifier::layout();
        let classifier = Classifier::load(&layout.initial(4), &cpu());
        let images: Vec<u8> = (0..(BATCH + 3) * PIXELS)
            .map(|i| (i * i / 7 % 256) as u8)
            .collect();
        let mut told = Vec::new();
        let judge = |images: &[u8], told: &mut Vec<f64>| {
            let watch = async |share| {
                told.push(share);
                Ok(())
            };
            pollster::block_on(classifier.judge(images, &cpu(), watch)).unwrap()
        };
        let all = judge(&images, &mut told);
        assert_eq!(told, [BATCH as f64 / (BATCH + 3) as f64, 1.0]);
        assert_eq!(all.features.len(), (BATCH + 3) * FEATURES);
        assert_eq!(all.classes().len(), BATCH + 3);
        let sums = all
            .probabilities
            .chunks(CLASSES)
            .map(|p| p.iter().sum::<f32>());
        assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-5));
        let last = judge(&images[BATCH * PIXELS..], &mut told);
        for (a, b) in all.features[BATCH * FEATURES..].iter().zip(&last.features) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    #[test]
    fn whoever_watches_can_end_it() {
        let classifier = Classifier::load(&Classifier::layout().initial(4), &cpu());
        let images = vec![0; 3 * BATCH * PIXELS];
        let mut told = 0;
        let watch = async |_| {
            told += 1;
            if told == 2 {
                Err("enough".into())
            } else {
                Ok(())
            }
        };
        let judgement = pollster::block_on(classifier.judge(&images, &cpu(), watch));
        assert_eq!((judgement, told), (Err("enough".into()), 2));
    }

    #[test]
    fn the_likeliest_class_is_taken() {
        let mut probabilities = vec![0.05; 2 * CLASSES];
        probabilities[3] = 0.55;
        probabilities[CLASSES + 9] = 0.55;
        let judgement = Judgement {
            features: Vec::new(),
            probabilities,
        };
        assert_eq!(judgement.classes(), [3, 9]);
    }
}
