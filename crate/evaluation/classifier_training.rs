//! Training of a [`Classifier`]: cross-entropy on randomly shifted images, with the optimiser that also trains the
//! diffusion network.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::classifier::{Classifier, images_tensor};
use crate::data::{Batches, Dataset, random_offset, shifted};
use crate::nn::unet::{CLASSES, PIXELS};
use crate::nn::var_builder::{VarBuilder, flat_tensor};
use crate::ops::Context;
use crate::training::{MAX_SHIFT, OptimizerState, TrainConfig};

/// All settings of a training run. Together with the images they determine its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassifierRecipe {
    /// Images in a step, 1 to the size of the data set.
    pub batch_size: u32,
    /// Passes over the data, above 0 and at most 1000. The learning rate falls to 0 over them along half a cosine.
    pub epochs: f64,
    /// Peak learning rate, above 0 and at most 1.
    pub learning_rate: f64,
    /// Decoupled weight decay (AdamW, Loshchilov & Hutter 2019, arXiv 1711.05101), 0 to below 1.
    pub weight_decay: f64,
    /// The largest random shift of an image along either axis, in pixels, 0 to 4 ([`MAX_SHIFT`]).
    pub shift: u32,
    /// Decay of the exponential moving average of the weights, 0 to below 1.
    pub ema_decay: f64,
    /// Seed of the initial weights, the order of the data and the shifts.
    pub seed: u32,
}

/// The fraction of the steps over which the learning rate rises linearly from 0.
const WARMUP: f64 = 0.05;

impl Default for ClassifierRecipe {
    fn default() -> Self {
        Self {
            batch_size: 64,
            epochs: 15.0,
            learning_rate: 2e-3,
            weight_decay: 0.05,
            shift: 2,
            ema_decay: 0.998,
            seed: 0,
        }
    }
}

impl ClassifierRecipe {
    /// A recipe for a data set of `images` images, which may be smaller than the default batch.
    pub fn for_samples(images: usize, epochs: f64) -> Self {
        let default = Self::default();
        Self {
            batch_size: default.batch_size.min(images as u32),
            epochs,
            ..default
        }
    }

    /// The number of steps of a run on `images` images.
    pub fn steps(&self, images: usize) -> u64 {
        (self.epochs * images as f64 / f64::from(self.batch_size)).ceil() as u64
    }

    /// Checks the recipe for a run on `images` images.
    ///
    /// # Errors
    /// A sentence that names the first number out of range, with the range.
    pub fn validate(&self, images: usize) -> Result<(), String> {
        if !(self.epochs > 0.0 && self.epochs <= 1000.0) {
            return Err(format!(
                "There are {} epochs; it must be above 0 and at most 1000.",
                self.epochs
            ));
        }
        if self.shift > MAX_SHIFT {
            return Err(format!(
                "The shift is {} pixels; it must be between 0 and {MAX_SHIFT}.",
                self.shift
            ));
        }
        self.optimizer(images).validate(images)
    }

    /// The recipe in the optimiser's form. The optimiser reads no diffusion settings, so T, label dropout and the like
    /// stay at their defaults.
    fn optimizer(&self, images: usize) -> TrainConfig {
        let steps = self.steps(images);
        TrainConfig {
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            warmup_steps: (steps as f64 * WARMUP) as u32,
            decay_steps: u32::try_from(steps).unwrap_or(u32::MAX),
            ema_decay: self.ema_decay,
            weight_decay: self.weight_decay,
            seed: self.seed,
            ..TrainConfig::default()
        }
    }
}

/// A training run in progress.
pub struct ClassifierTrainer<'a> {
    data: &'a Dataset,
    optimizer: TrainConfig,
    shift: u32,
    batches: Batches,
    ctx: Context,
    state: OptimizerState,
}

impl<'a> ClassifierTrainer<'a> {
    /// Starts a run from initial weights.
    ///
    /// # Errors
    /// Those of [`ClassifierRecipe::validate`].
    pub fn new(
        recipe: &ClassifierRecipe,
        data: &'a Dataset,
        ctx: &Context,
    ) -> Result<Self, String> {
        recipe.validate(data.len())?;
        let initial = Classifier::layout().initial(u64::from(recipe.seed));
        Ok(Self {
            optimizer: recipe.optimizer(data.len()),
            shift: recipe.shift,
            batches: Batches::new(
                data.len(),
                recipe.batch_size as usize,
                u64::from(recipe.seed),
            ),
            state: OptimizerState::new(flat_tensor(&initial, ctx.device())),
            ctx: ctx.clone(),
            data,
        })
    }

    /// The number of steps done.
    pub fn step_count(&self) -> u64 {
        self.state.step
    }

    /// The number of passes over the data done, with a fraction.
    pub fn epoch(&self) -> f64 {
        self.batches.epoch(self.state.step)
    }

    /// The exponential moving average of the weights, flat and in layout order. An evaluation
    /// uses it in place of the weights themselves.
    pub fn average(&self) -> Tensor<1> {
        self.state.ema.clone()
    }

    /// Takes one step on the next batch. Returns the mean cross-entropy before the step, in nats. The value stays on the
    /// device, so this does not wait for it.
    ///
    /// # Shapes
    /// * result: `[1]`
    pub fn step(&mut self) -> Tensor<1> {
        let (images, targets) = self.batch();
        let lengths = Classifier::layout().lengths();
        let vb = VarBuilder::from_flat_tracked(&self.ctx, &self.state.params, &lengths);
        let classifier = Classifier::new(&vb);
        let leaves = vb.into_leaves();
        let logits = classifier.logits(classifier.features(images.autodiff()));
        let loss = cross_entropy(logits, targets.autodiff());
        let gradient = leaves.flat_gradient(&loss);
        self.state.update(&self.ctx, gradient, &self.optimizer);
        loss.inner()
    }

    /// The next batch: the images `[B, 28, 28, 1]`, and the one-hot labels `[B, 10]`.
    fn batch(&mut self) -> (Tensor<4>, Tensor<2>) {
        let step = self.state.step;
        let indices = self.batches.indices(step);
        let seed = u64::from(self.optimizer.seed);
        let mut images = Vec::with_capacity(indices.len() * PIXELS);
        let mut targets = vec![0.0f32; indices.len() * CLASSES];
        for (k, &index) in indices.iter().enumerate() {
            let example = step * indices.len() as u64 + k as u64;
            let offset = random_offset(seed, example, self.shift);
            images.extend(shifted(self.data.image(index as usize), offset));
            let label = usize::from(self.data.labels[index as usize]);
            targets[k * CLASSES + label] = 1.0;
        }
        let shape = [indices.len(), CLASSES];
        (
            images_tensor(&images, self.ctx.device()),
            Tensor::from_data(TensorData::new(targets, shape), self.ctx.device()),
        )
    }
}

/// The cross-entropy −Σ target·ln softmax(logits), summed over the classes and averaged over the batch, in nats.
///
/// # Shapes
/// * `logits`, `targets`: `[B, classes]`
/// * result: `[1]`
fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let [batch, _] = logits.dims();
    (log_softmax(logits, 1) * targets).sum() / -(batch as f64)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::evaluation::accuracy::accuracy;
    use crate::evaluation::tests::cpu;
    use crate::rng::{Purpose, Stream};

    /// Images of noise with labels in turn: only memorising them helps.
    fn noise(images: usize) -> Dataset {
        let mut stream = Stream::new(8, Purpose::Init, 0);
        Dataset::of_digits(
            (0..images * PIXELS)
                .map(|_| stream.below(256) as u8)
                .collect(),
            (0..images).map(|k| (k % CLASSES) as u8).collect(),
            "noise",
        )
    }

    /// A network whose gradients are right can memorise 32 images.
    #[test]
    fn thirty_two_images_can_be_memorised() {
        let data = noise(32);
        let recipe = ClassifierRecipe {
            batch_size: 32,
            epochs: 60.0,
            learning_rate: 5e-3,
            shift: 0,
            ema_decay: 0.8,
            ..ClassifierRecipe::default()
        };
        let mut trainer = ClassifierTrainer::new(&recipe, &data, &cpu()).unwrap();
        let mut losses = Vec::new();
        while trainer.step_count() < recipe.steps(data.len()) {
            losses.push(trainer.step().into_scalar::<f32>());
        }
        // Initial weights give every digit about the same probability, which costs ln 10 nats.
        assert!((losses[0] - 10f32.ln()).abs() < 0.3, "{}", losses[0]);
        assert!(losses[losses.len() - 1] < 0.05, "{losses:?}");
        let params = trainer.average().to_data().try_into_vec().unwrap();
        let output = pollster::block_on(Classifier::load(&params, &cpu()).classify(
            &data.images,
            &cpu(),
            async |_| Ok(()),
        ));
        let found = accuracy(&output.unwrap().classes(), &data.labels);
        assert_eq!(found.value, 1.0);
    }

    #[test]
    fn cross_entropy_is_that_of_the_formula() {
        let logits = Tensor::<2>::from_floats([[0.0, 1.0, 2.0], [3.0, 3.0, 3.0]], cpu().device());
        let targets = Tensor::<2>::from_floats([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], cpu().device());
        let found: f32 = cross_entropy(logits, targets).into_scalar();
        // ln(e⁰ + e¹ + e²) − 2, and ln 3.
        let expected = (0.407_606 + 1.098_612) / 2.0;
        assert!((found - expected).abs() < 1e-5, "{found}");
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let error = |recipe: ClassifierRecipe| recipe.validate(40).unwrap_err();
        let default = ClassifierRecipe {
            batch_size: 10,
            ..ClassifierRecipe::default()
        };
        assert_eq!(default.validate(40), Ok(()));
        for (recipe, part) in [
            (
                ClassifierRecipe {
                    epochs: 0.0,
                    ..default.clone()
                },
                "epochs",
            ),
            (
                ClassifierRecipe {
                    epochs: f64::NAN,
                    ..default.clone()
                },
                "epochs",
            ),
            (
                ClassifierRecipe {
                    shift: 9,
                    ..default.clone()
                },
                "shift",
            ),
            (
                ClassifierRecipe {
                    batch_size: 41,
                    ..default.clone()
                },
                "40 images",
            ),
            (
                ClassifierRecipe {
                    learning_rate: 0.0,
                    ..default
                },
                "learning rate",
            ),
        ] {
            let message = error(recipe);
            assert!(message.contains(part), "{message}");
        }
    }
}
