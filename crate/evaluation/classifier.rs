//! The classifier behind the [evaluator](super::evaluator): a small residual network that recognises digits.
//!
//! Four levels, 28×28 → 14×14 → 7×7 → 4×4, then the mean over the 16 pixels: [`FEATURES`] numbers for each image. One
//! linear layer turns these into the logits of the ten digits, and the Fréchet distance compares them.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::bootstrap::Estimate;
use super::{Progress, count};
use crate::nn::layers::{Conv2d, GroupNorm, Linear};
use crate::nn::unet::{CLASSES, PIXELS, SIZE};
use crate::nn::var_builder::{Layout, VarBuilder, flat_tensor};
use crate::ops::{Context, Geometry, read};

/// Channels at 28×28, 14×14, 7×7 and 4×4.
const CHANNELS: [usize; 4] = [16, 32, 64, 128];
/// Residual blocks at 14×14 and at 7×7.
const BLOCKS: [usize; 2] = [1, 2];
/// Groups of each GroupNorm.
const GROUPS: usize = 8;
/// Length of the penultimate layer's output, the features of one image.
pub const FEATURES: usize = CHANNELS[3];
/// Images in one forward pass of [`Classifier::classify`].
const BATCH: usize = 250;

/// The network with its parameters.
#[derive(Debug, Clone)]
pub struct Classifier {
    conv_in: Conv2d,
    stages: Vec<Stage>,
    last: Halving,
    norm_out: GroupNorm,
    head: Linear,
}

/// The layers of one level: a halving of the edge, then residual blocks.
#[derive(Debug, Clone)]
struct Stage {
    halving: Halving,
    blocks: Vec<Residual>,
}

/// GroupNorm, SiLU and a 3×3 convolution with stride 2, which halves the edge.
#[derive(Debug, Clone)]
struct Halving {
    norm: GroupNorm,
    conv: Conv2d,
}

/// GroupNorm, SiLU and a 3×3 convolution, twice; the input is added to the result. (He et al. 2016, arXiv 1603.05027:
/// activation before the convolution.) The second convolution starts at zero, so a fresh block is the identity.
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
    /// Builds the network with the parameters that `vb` returns, taken in layout order.
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

    /// The names, shapes and initial values of the parameters.
    pub fn layout() -> Layout {
        Layout::of(Classifier::new)
    }

    /// Builds the network from its parameters as one flat buffer in layout order.
    ///
    /// # Panics
    /// If the length of `params` is not that of [`Classifier::layout`].
    pub fn load(params: &[f32], ctx: &Context) -> Self {
        let params = flat_tensor(params, ctx.device());
        Self::new(&VarBuilder::from_flat(ctx, params))
    }

    /// The penultimate layer's output, from images as [`images_tensor`] makes them.
    ///
    /// # Shapes
    /// * `images`: `[B, 28, 28, 1]`
    /// * result: `[B, FEATURES]`
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

    /// The unnormalised log-probabilities of the ten digits, from the output of [`Classifier::features`].
    ///
    /// # Shapes
    /// * `features`: `[B, FEATURES]`
    /// * result: `[B, 10]`
    pub fn logits(&self, features: Tensor<2>) -> Tensor<2> {
        self.head.forward(features)
    }

    /// Classifies `images`, 250 in each forward pass.
    ///
    /// # Errors
    /// A device that fails to return numbers, and the error that `progress` returned.
    ///
    /// # Panics
    /// If the last image is not whole.
    pub async fn classify(
        &self,
        images: &[u8],
        ctx: &Context,
        mut progress: impl Progress,
    ) -> Result<ClassifierOutput, String> {
        let mut output = ClassifierOutput {
            features: Vec::with_capacity(count(images) * FEATURES),
            probabilities: Vec::with_capacity(count(images) * CLASSES),
        };
        let mut done = 0;
        for batch in images.chunks(BATCH * PIXELS) {
            let features = self.features(images_tensor(batch, ctx.device()));
            let probabilities = softmax(self.logits(features.clone()), 1);
            // One read returns both: each read waits for the device.
            let rows = read(Tensor::cat(vec![features, probabilities], 1)).await?;
            for row in rows.chunks(FEATURES + CLASSES) {
                let (features, probabilities) = row.split_at(FEATURES);
                output.features.extend_from_slice(features);
                output.probabilities.extend_from_slice(probabilities);
            }
            done += count(batch);
            progress(done as f64 / count(images) as f64).await?;
        }
        Ok(output)
    }
}

/// The output of a [`Classifier`] for N images.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassifierOutput {
    /// The features, N × [`FEATURES`], one image after the other.
    pub features: Vec<f32>,
    /// The probabilities of the ten digits, N × 10; the ten of an image add up to 1.
    pub probabilities: Vec<f32>,
}

impl ClassifierOutput {
    /// The share of the images of which the classifier is more than 95 % sure that they are one digit, whichever: a
    /// measure of digits that were drawn without a class.
    pub fn recognised(&self) -> Estimate {
        let sure = |confidence| confidence > SURE;
        Estimate::share(self.confidences().into_iter().map(sure))
    }

    /// The probability of the most probable digit of each image, 0.1 to 1.
    pub fn confidences(&self) -> Vec<f32> {
        let best = |row: &[f32]| row.iter().copied().fold(0.0, f32::max);
        self.probabilities.chunks(CLASSES).map(best).collect()
    }

    /// The most probable digit of each image.
    pub fn classes(&self) -> Vec<u8> {
        let best = |row: &[f32]| {
            (0..CLASSES)
                .max_by(|&a, &b| row[a].total_cmp(&row[b]))
                .expect("ten classes") as u8
        };
        self.probabilities.chunks(CLASSES).map(best).collect()
    }
}

/// The classifier recognises an image if it gives one digit a probability above this.
pub const SURE: f32 = 0.95;

/// Converts bytes to the classifier's input, in 0 … 1. The background is 0, like the padding of the convolutions; the
/// diffusion network's −1 would give every image an edge.
///
/// # Shapes
/// * result: `[B, 28, 28, 1]`
///
/// # Panics
/// If the last image is not whole.
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
    fn the_weights_fit_into_a_megabyte() {
        let parameters = Classifier::layout().len();
        assert!((200_000..450_000).contains(&parameters), "{parameters}");
    }

    #[test]
    fn an_images_output_does_not_depend_on_its_batch() {
        let layout = Classifier::layout();
        let classifier = Classifier::load(&layout.initial(4), &cpu());
        let images: Vec<u8> = (0..(BATCH + 3) * PIXELS)
            .map(|i| (i * i / 7 % 256) as u8)
            .collect();
        let mut reported = Vec::new();
        let classify = |images: &[u8], reported: &mut Vec<f64>| {
            let progress = async |done| {
                reported.push(done);
                Ok(())
            };
            pollster::block_on(classifier.classify(images, &cpu(), progress)).unwrap()
        };
        let all = classify(&images, &mut reported);
        assert_eq!(reported, [BATCH as f64 / (BATCH + 3) as f64, 1.0]);
        assert_eq!(all.features.len(), (BATCH + 3) * FEATURES);
        assert_eq!(all.classes().len(), BATCH + 3);
        let sums = all
            .probabilities
            .chunks(CLASSES)
            .map(|p| p.iter().sum::<f32>());
        assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-5));
        let last = classify(&images[BATCH * PIXELS..], &mut reported);
        for (a, b) in all.features[BATCH * FEATURES..].iter().zip(&last.features) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    #[test]
    fn an_error_from_progress_ends_the_measure() {
        let classifier = Classifier::load(&Classifier::layout().initial(4), &cpu());
        let images = vec![0; 3 * BATCH * PIXELS];
        let mut reports = 0;
        let progress = async |_| {
            reports += 1;
            if reports == 2 {
                Err("enough".into())
            } else {
                Ok(())
            }
        };
        let output = pollster::block_on(classifier.classify(&images, &cpu(), progress));
        assert_eq!((output, reports), (Err("enough".into()), 2));
    }

    #[test]
    fn classes_are_the_most_probable_ones() {
        let mut probabilities = vec![0.05; 2 * CLASSES];
        probabilities[3] = 0.55;
        probabilities[CLASSES + 9] = 0.55;
        let output = ClassifierOutput {
            features: Vec::new(),
            probabilities,
        };
        assert_eq!(output.classes(), [3, 9]);
    }
}
