//! [`TrainBatch`], the inputs and targets of a training step, and [`BatchBuilder`], which makes batches.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::TrainConfig;
use crate::diffusion::schedule::Schedule;
use crate::diffusion::{Prediction, per_image, q_sample};
use crate::nn::unet::{SIZE, TimeTable, UNetConfig};
use crate::ops::{self, Context, Gaussians};

/// Declares [`TrainBatch`] with its fields in the order in which they are packed, and from that declaration its packing,
/// its unpacking and its division into shards.
macro_rules! train_batch {
    ($($(#[$about:meta])* $field:ident: $type:ty = |$shape:ident| $dims:expr;)*) => {
        /// A batch of noisy images with the network's other inputs, its targets and the weights in the loss.
        ///
        /// The GPU's captured step and the workers get a batch packed ([`TrainBatch::pack`]), the host's step gets it as it
        /// is. A new field is one line of the declaration in `crate/training/batch.rs` and reaches all three.
        #[derive(Debug, Clone)]
        pub struct TrainBatch {
            $($(#[$about])* pub $field: $type,)*
        }

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
            pub fn unpack(shape: &BatchShape, fields: impl IntoIterator<Item = Tensor<1>>) -> Self {
                let mut fields = fields.into_iter();
                Self {
                    $($field: {
                        let $shape = shape;
                        BatchField::unpack($dims, &mut fields)
                    },)*
                }
            }

            /// The part of the batch with these images.
            pub fn shard(&self, images: Range<usize>) -> Self {
                Self {
                    $($field: BatchField::shard(&self.$field, &images),)*
                }
            }
        }

        impl BatchShape {
            /// The number of values for each image of each packed field.
            pub fn widths(&self) -> Vec<usize> {
                [$({
                    let $shape = self;
                    width(&$dims)
                }),*].into_iter().flatten().collect()
            }
        }
    };
}

train_batch! {
    /// The noisy images, [B, 1, 28, 28].
    x_t: Tensor<4> = |shape| shape.per_image([1, SIZE, SIZE]);
    /// The target of the network's output, ε, x₀ or v, [B, 1, 28, 28].
    target: Tensor<4> = |shape| shape.per_image([1, SIZE, SIZE]);
    /// The embeddings of t, rows of the [`TimeTable`], [B, c₁].
    time: Tensor<2> = |shape| shape.per_image([shape.time_width]);
    /// The classes, 0 to 9 or [`NO_CLASS`](crate::nn::unet::NO_CLASS), `[B]`.
    y: Tensor<1, Int> = |shape| shape.per_image([]);
    /// The weight of each image in the loss, [B, 1, 1, 1]; `None` if all have weight 1.
    weight: Option<Tensor<4>> = |shape| shape.weighted.then(|| shape.per_image([1, 1, 1])).flatten();
}

/// The sizes of a [`TrainBatch`]'s fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchShape {
    images: usize,
    /// The width of the embedding of t, c₁.
    time_width: usize,
    /// Whether images have weights in the loss.
    weighted: bool,
}

impl BatchShape {
    /// The shape of batches of `images` images for a network of shape `unet`. `weighted`: whether images have weights in the
    /// loss.
    pub fn new(images: usize, unet: &UNetConfig, weighted: bool) -> Self {
        Self {
            images,
            time_width: unet.channels[0],
            weighted,
        }
    }

    /// The shape of a batch that was packed into this number of fields.
    pub fn of_fields(images: usize, unet: &UNetConfig, fields: usize) -> Self {
        let weighted = Self::new(images, unet, true);
        Self {
            weighted: fields == weighted.widths().len(),
            ..weighted
        }
    }

    /// The number of values of each packed field.
    pub fn lengths(&self) -> Vec<usize> {
        self.widths()
            .iter()
            .map(|width| self.images * width)
            .collect()
    }

    /// The dimensions of a field that has a tensor of dimensions `rest` for each image.
    fn per_image<const D: usize>(&self, rest: [usize; D]) -> Option<Vec<usize>> {
        Some([&[self.images], &rest[..]].concat())
    }
}

/// The number of values for each image of a field of these dimensions; `None` if the batch does not have the field.
fn width(dims: &Option<Vec<usize>>) -> Option<usize> {
    dims.as_ref().map(|dims| dims[1..].iter().product())
}

/// A type that a field of [`TrainBatch`] can have.
trait BatchField: Sized {
    /// Appends the field as a flat tensor, if the batch has it.
    fn pack(self, fields: &mut Vec<Tensor<1>>);
    /// Takes the field of these dimensions from the packed ones. The dimensions are `None` if the batch does not have it.
    fn unpack(dims: Option<Vec<usize>>, fields: &mut impl Iterator<Item = Tensor<1>>) -> Self;
    /// The field for some of the images.
    fn shard(&self, images: &Range<usize>) -> Self;
}

/// The next packed field.
fn next_field(fields: &mut impl Iterator<Item = Tensor<1>>) -> Tensor<1> {
    fields.next().expect("as many fields as the shape has")
}

impl<const D: usize> BatchField for Tensor<D> {
    fn pack(self, fields: &mut Vec<Tensor<1>>) {
        fields.push(self.flatten(0, D as isize - 1));
    }

    fn unpack(dims: Option<Vec<usize>>, fields: &mut impl Iterator<Item = Tensor<1>>) -> Self {
        let dims: [usize; D] = dims
            .and_then(|dims| dims.try_into().ok())
            .expect("the declared rank");
        next_field(fields).reshape(dims)
    }

    fn shard(&self, images: &Range<usize>) -> Self {
        self.clone().narrow(0, images.start, images.len())
    }
}

/// Integers are packed as floats, which are exact up to 2²⁴.
impl BatchField for Tensor<1, Int> {
    fn pack(self, fields: &mut Vec<Tensor<1>>) {
        fields.push(self.float());
    }

    fn unpack(_dims: Option<Vec<usize>>, fields: &mut impl Iterator<Item = Tensor<1>>) -> Self {
        next_field(fields).int()
    }

    fn shard(&self, images: &Range<usize>) -> Self {
        self.clone().narrow(0, images.start, images.len())
    }
}

impl<F: BatchField> BatchField for Option<F> {
    fn pack(self, fields: &mut Vec<Tensor<1>>) {
        if let Some(field) = self {
            field.pack(fields);
        }
    }

    fn unpack(dims: Option<Vec<usize>>, fields: &mut impl Iterator<Item = Tensor<1>>) -> Self {
        dims.is_some().then(|| F::unpack(dims, fields))
    }

    fn shard(&self, images: &Range<usize>) -> Self {
        self.as_ref().map(|field| field.shard(images))
    }
}

impl TrainBatch {
    /// The number of images, B.
    pub fn images(&self) -> usize {
        self.x_t.dims()[0]
    }

    /// The sizes of the fields.
    pub fn shape(&self, unet: &UNetConfig) -> BatchShape {
        BatchShape::new(self.images(), unet, self.weight.is_some())
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
}

impl BatchBuilder {
    /// The builder for a valid recipe ([`TrainConfig::validate`]).
    pub fn new(ctx: &Context, unet: &UNetConfig, config: &TrainConfig) -> Self {
        let schedule = config.build_schedule();
        Self {
            ctx: ctx.clone(),
            times: TimeTable::new(unet, schedule.timesteps(), ctx.device()),
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
    /// * `y`: `[B]`, 0 to 9 or [`NO_CLASS`](crate::nn::unet::NO_CLASS)
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

    /// The batch for noisy images and their targets: adds the embeddings of t and the weights in the loss.
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
        TrainBatch {
            x_t,
            time: self.times.rows(rows),
            y,
            target,
            weight,
        }
    }
}
