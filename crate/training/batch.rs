//! [`TrainBatch`], the inputs and targets of a training step, and [`BatchBuilder`], which makes batches.

mod packing;

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};

use packing::BatchField;
pub use packing::PackedField;

use super::{LossKind, TrainConfig};
use crate::diffusion::schedule::Schedule;
use crate::diffusion::{Prediction, VlbCoefficients, per_image, q_sample};
use crate::nn::unet::{SIZE, TimeTable, UNetConfig};
use crate::ops::{self, Context, Gaussians};

/// Declares [`TrainBatch`] with its fields in the order in which they are packed, and from that declaration its packing,
/// its unpacking, its division into shards and its sizes ([`BatchShape`]).
///
/// A field is `name: type = |unet| dimensions for one image`. An optional one goes on with `, if |recipe| condition`, which
/// says whether the batches of a recipe have it.
macro_rules! train_batch {
    ($($(#[$about:meta])* $field:ident: $type:ty = $dims:expr $(, if $present:expr)?;)*) => {
        /// A batch of noisy images with the network's other inputs, its targets and the weights in the loss.
        ///
        /// The GPU's captured step and the workers get a batch packed ([`TrainBatch::pack`]), the host's step gets it as it
        /// is. A new field is one entry of the declaration in `crate/training/batch.rs`, which reaches all three, and its
        /// value in `BatchBuilder::assemble`.
        #[derive(Debug, Clone)]
        pub struct TrainBatch {
            $($(#[$about])* pub $field: $type,)*
        }

        /// The number of fields that are declared.
        const FIELDS: usize = [$(stringify!($field)),*].len();

        impl TrainBatch {
            /// The fields as flat tensors of floats, in the order of the declaration. A field that is `None` is left out.
            ///
            /// # Shapes
            /// one tensor for each of [`BatchShape::lengths`]
            pub fn pack(self) -> Vec<Tensor<1>> {
                let mut fields = Vec::new();
                $(BatchField::pack(self.$field, &mut fields);)*
                fields
            }

            /// The batch that [`TrainBatch::pack`] packed into `fields`.
            ///
            /// # Panics
            /// If there are fewer fields than the shape has.
            pub fn unpack(
                shape: &BatchShape,
                fields: impl IntoIterator<Item = impl PackedField>,
            ) -> Self {
                let (mut dims, mut fields) = (shape.dims().into_iter(), fields.into_iter());
                Self {
                    $($field: BatchField::unpack(
                        dims.next().expect("one for each field"),
                        &mut fields,
                    ),)*
                }
            }

            /// The part of the batch with these images.
            pub fn shard(&self, images: Range<usize>) -> Self {
                Self {
                    $($field: BatchField::shard(&self.$field, &images),)*
                }
            }

            /// The sizes of the fields, for a network of shape `unet`.
            pub fn shape(&self, unet: &UNetConfig) -> BatchShape {
                BatchShape {
                    images: self.images(),
                    unet: *unet,
                    present: [$(BatchField::is_present(&self.$field)),*],
                }
            }
        }

        impl BatchShape {
            /// The shape of the batches of a recipe.
            pub fn of_recipe(unet: &UNetConfig, recipe: &TrainConfig) -> Self {
                Self {
                    images: recipe.batch_size as usize,
                    unet: *unet,
                    present: [$({
                        let _field = stringify!($field);
                        true $(&& is_in($present, recipe))?
                    }),*],
                }
            }

            /// The dimensions of each declared field; `None` for one that the batch does not have.
            fn dims(&self) -> [Option<Vec<usize>>; FIELDS] {
                let mut present = self.present.into_iter();
                [$(present
                    .next()
                    .expect("one for each field")
                    .then(|| with_images(self.images, &self.unet, $dims))),*]
            }
        }
    };
}

/// Whether the batches of `recipe` have the field with this condition.
fn is_in(condition: impl Fn(&TrainConfig) -> bool, recipe: &TrainConfig) -> bool {
    condition(recipe)
}

/// The dimensions of a field that has a tensor of dimensions `of_image` for each image.
fn with_images<const D: usize>(
    images: usize,
    unet: &UNetConfig,
    of_image: impl Fn(&UNetConfig) -> [usize; D],
) -> Vec<usize> {
    [&[images], &of_image(unet)[..]].concat()
}

train_batch! {
    /// The noisy images, [B, 1, 28, 28].
    x_t: Tensor<4> = |_| [1, SIZE, SIZE];
    /// The target of the network's output, ε, x₀ or v, [B, 1, 28, 28].
    target: Tensor<4> = |_| [1, SIZE, SIZE];
    /// The embeddings of t, rows of the [`TimeTable`], [B, c₁].
    time: Tensor<2> = |unet| [unet.channels[0]];
    /// The rows of the class embedding, each a class or [`UNetConfig::no_class`], `[B]`.
    y: Tensor<1, Int> = |_| [];
    /// The weight of each image in the loss, [B, 1, 1, 1]; `None` if all have weight 1.
    weight: Option<Tensor<4>> = |_| [1, 1, 1], if |recipe| recipe.min_snr_gamma > 0.0;
    /// The numbers of each image's term of the bound ([`VlbCoefficients`]), if the loss is L_simple plus the bound, [B, 8].
    hybrid: Option<Tensor<2>> = |_| [VlbCoefficients::COUNT], if |recipe| recipe.loss == LossKind::Hybrid;
    /// The same, if the loss is the bound alone, [B, 8].
    vlb: Option<Tensor<2>> = |_| [VlbCoefficients::COUNT], if |recipe| recipe.loss == LossKind::Vlb;
}

/// The sizes of a [`TrainBatch`]'s fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchShape {
    images: usize,
    unet: UNetConfig,
    /// Whether the batch has the field, for each declared one.
    present: [bool; FIELDS],
}

impl BatchShape {
    /// The shape with these [`BatchShape::widths`], which a worker gets with its job.
    ///
    /// # Panics
    /// If a batch for a network of shape `unet` cannot have these widths.
    pub fn of_widths(images: usize, unet: &UNetConfig, widths: &[usize]) -> Self {
        let mut present = [false; FIELDS];
        for (present, &width) in present.iter_mut().zip(widths) {
            *present = width > 0;
        }
        let shape = Self {
            images,
            unet: *unet,
            present,
        };
        assert_eq!(shape.widths(), widths, "the widths of a batch");
        shape
    }

    /// The number of values for each image of each declared field; 0 for one that the batch does not have.
    pub fn widths(&self) -> Vec<usize> {
        let width = |dims: Vec<usize>| dims[1..].iter().product();
        self.dims().map(|dims| dims.map_or(0, width)).to_vec()
    }

    /// The number of values of each field that the batch has, as [`TrainBatch::pack`] packs them.
    pub fn lengths(&self) -> Vec<usize> {
        let widths = self.widths().into_iter().filter(|&width| width > 0);
        widths.map(|width| self.images * width).collect()
    }
}

impl TrainBatch {
    /// The number of images, B.
    pub fn images(&self) -> usize {
        self.x_t.dims()[0]
    }
}

/// Makes a recipe's batches out of images: adds noise by the schedule, and computes targets and weights.
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    ctx: Context,
    schedule: Schedule,
    times: TimeTable,
    prediction: Prediction,
    min_snr_gamma: f64,
    loss: LossKind,
    /// The numbers of the bound's term for each t, if the loss contains the bound.
    vlb_coefficients: Vec<VlbCoefficients>,
}

impl BatchBuilder {
    /// The builder for a valid recipe ([`TrainConfig::validate`]).
    pub fn new(ctx: &Context, unet: &UNetConfig, config: &TrainConfig) -> Self {
        let schedule = config.build_schedule();
        let weight = match config.loss {
            LossKind::Hybrid => config.vlb_weight,
            LossKind::Simple | LossKind::Vlb => 1.0,
        };
        let vlb_coefficients = match config.loss {
            LossKind::Simple => Vec::new(),
            LossKind::Hybrid | LossKind::Vlb => (0..schedule.timesteps())
                .map(|t| {
                    VlbCoefficients::new(
                        &schedule,
                        config.variance_type,
                        config.prediction,
                        t,
                        weight,
                    )
                })
                .collect(),
        };
        Self {
            ctx: ctx.clone(),
            times: TimeTable::new(unet, schedule.timesteps(), ctx.device()),
            loss: config.loss,
            vlb_coefficients,
            schedule,
            prediction: config.prediction,
            min_snr_gamma: config.min_snr_gamma,
        }
    }

    /// The batch for the images `x0` with the noise `eps` (Ho et al. 2020, eq. 4), image i at step `t[i]`, which is below T.
    ///
    /// # Shapes
    /// * `x0`, `eps`: [B, 1, 28, 28]
    /// * `t`: B numbers
    /// * `y`: `[B]`, each a class or [`UNetConfig::no_class`]
    pub fn batch(
        &self,
        x0: Tensor<4>,
        eps: Tensor<4>,
        t: &[usize],
        y: Tensor<1, Int>,
    ) -> TrainBatch {
        let alpha_bars = self.alpha_bars(t);
        let each = per_image(alpha_bars.iter().copied(), self.device());
        let x_t = q_sample(x0.clone(), eps.clone(), each);
        let target = self.prediction.target(x0, eps, &alpha_bars);
        self.assemble(x_t, target, t, y)
    }

    /// [`BatchBuilder::batch`] with noise that the device makes.
    pub fn noised(
        &self,
        x0: Tensor<4>,
        noise: Gaussians,
        t: &[usize],
        y: Tensor<1, Int>,
    ) -> TrainBatch {
        let alpha_bars = self.alpha_bars(t);
        let (x_t, eps) = ops::q_sample(&self.ctx, x0.clone(), &alpha_bars, noise);
        let target = self.prediction.target(x0, eps, &alpha_bars);
        self.assemble(x_t, target, t, y)
    }

    fn device(&self) -> &Device {
        self.ctx.device()
    }

    /// ᾱ_t of each image.
    fn alpha_bars(&self, t: &[usize]) -> Vec<f64> {
        t.iter().map(|&t| self.schedule.alpha_bars()[t]).collect()
    }

    /// The batch for noisy images and their targets: adds the embeddings of t and the weights in the loss. An optional field
    /// is there exactly if the condition of its declaration holds.
    fn assemble(
        &self,
        x_t: Tensor<4>,
        target: Tensor<4>,
        t: &[usize],
        y: Tensor<1, Int>,
    ) -> TrainBatch {
        let device = self.device();
        let rows = t.iter().map(|&t| t as i32).collect();
        let rows = Tensor::from_data(TensorData::new::<i32, _>(rows, [t.len()]), device);
        let weight = (self.min_snr_gamma > 0.0).then(|| {
            let weight = |&t: &usize| {
                let snr = self.schedule.snr(t);
                self.prediction.min_snr_weight(snr, self.min_snr_gamma)
            };
            per_image(t.iter().map(weight), device)
        });
        let vlb_of = |loss: LossKind| {
            (self.loss == loss).then(|| {
                let numbers = t.iter().flat_map(|&t| self.vlb_coefficients[t].numbers());
                let shape = [t.len(), VlbCoefficients::COUNT];
                Tensor::from_data(
                    TensorData::new(numbers.collect::<Vec<f32>>(), shape),
                    device,
                )
            })
        };
        TrainBatch {
            x_t,
            time: self.times.rows(rows),
            y,
            target,
            weight,
            hybrid: vlb_of(LossKind::Hybrid),
            vlb: vlb_of(LossKind::Vlb),
        }
    }
}

impl TrainBatch {
    /// The batch with each image's term of the bound times another factor.
    ///
    /// # Panics
    /// If the batch has no numbers for L_vlb alone, or if there are not as many factors as images.
    #[must_use]
    pub(super) fn with_term_weights(self, weights: &[f32]) -> Self {
        let coefficients = self.vlb.expect("a batch of the loss vlb");
        let shape = coefficients.dims();
        // The weight is the last of an image's numbers.
        let factors = weights.iter().flat_map(|&weight| {
            let mut factors = [1.0; VlbCoefficients::COUNT];
            factors[VlbCoefficients::COUNT - 1] = weight;
            factors
        });
        let factors = TensorData::new(factors.collect::<Vec<f32>>(), shape);
        let factors = Tensor::from_data(factors, &coefficients.device());
        Self {
            vlb: Some(coefficients * factors),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::unet::Preset;
    use crate::runtime::Runtime;

    /// The widths tell which optional fields a batch has, and agree with what is packed.
    #[test]
    fn widths_say_which_fields_there_are() {
        let (runtime, unet) = (Runtime::cpu(), Preset::Tiny.config());
        for (min_snr_gamma, widths) in [
            (0.0, [784, 784, 12, 1, 0, 0, 0]),
            (5.0, [784, 784, 12, 1, 1, 0, 0]),
        ] {
            let recipe = TrainConfig {
                batch_size: 2,
                min_snr_gamma,
                ..TrainConfig::default()
            };
            let shape = BatchShape::of_recipe(&unet, &recipe);
            assert_eq!(shape.widths(), widths);
            assert_eq!(BatchShape::of_widths(2, &unet, &widths), shape);

            let device = runtime.device();
            let images = || Tensor::<4>::ones([2, 1, SIZE, SIZE], device);
            let y = Tensor::from_data(TensorData::from([3, 10]), device);
            let builder = BatchBuilder::new(runtime.context(), &unet, &recipe);
            let batch = builder.batch(images(), images(), &[5, 900], y);
            assert_eq!(batch.shape(&unet), shape);
            let packed = batch.pack();
            let lengths: Vec<usize> = packed.iter().map(|field| field.dims()[0]).collect();
            assert_eq!(lengths, shape.lengths());
            let unpacked = TrainBatch::unpack(&shape, packed);
            assert_eq!(unpacked.weight.is_some(), min_snr_gamma > 0.0);
            assert_eq!(unpacked.time.dims(), [2, 12]);
        }
    }
}
