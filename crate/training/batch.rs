//! [`TrainBatch`]: what the network reads in a training step and what it should answer; and how one is made.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::TrainConfig;
use crate::diffusion::schedule::Schedule;
use crate::diffusion::{Prediction, per_image, q_sample};
use crate::nn::unet::{SIZE, TimeTable, UNetConfig};
use crate::ops::{self, Context, Gaussians};

/// Declares [`TrainBatch`] with its fields in the order in which they are packed, and from that declaration its packing,
/// its unpacking and its cutting into shards.
macro_rules! train_batch {
    ($($(#[$about:meta])* $field:ident: $type:ty = |$shape:ident| $dims:expr;)*) => {
        /// A batch of noisy images, what the network is told of them, and what it should answer.
        ///
        /// The host's step, the GPU's captured step and the workers all get it by way of [`TrainBatch::pack`]: a new field
        /// is a line of the declaration in `crate/training/batch.rs`, and reaches all three.
        #[derive(Debug, Clone)]
        pub struct TrainBatch {
            $($(#[$about])* pub $field: $type,)*
        }

        impl TrainBatch {
            /// The fields as flat tensors of floats, one a field that is there, in the order of the declaration.
            pub fn pack(self) -> Vec<Tensor<1>> {
                let mut fields = Vec::new();
                $(BatchField::pack(self.$field, &mut fields);)*
                fields
            }

            /// The batch of packed fields.
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

            /// The images of one shard.
            pub fn shard(&self, images: Range<usize>) -> Self {
                Self {
                    $($field: BatchField::shard(&self.$field, &images),)*
                }
            }
        }

        impl BatchShape {
            /// Numbers an image of each packed field.
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
    /// What the network should answer, ε, x₀ or v, [B, 1, 28, 28].
    target: Tensor<4> = |shape| shape.per_image([1, SIZE, SIZE]);
    /// The embeddings of t, rows of the [`TimeTable`], [B, c₁].
    time: Tensor<2> = |shape| shape.per_image([shape.time_width]);
    /// The classes, 0 to 9 or [`NO_CLASS`](crate::nn::unet::NO_CLASS), [B].
    y: Tensor<1, Int> = |shape| shape.per_image([]);
    /// Each image's weight in the loss, [B, 1, 1, 1]; `None` weighs all alike.
    weight: Option<Tensor<4>> = |shape| shape.weighted.then(|| shape.per_image([1, 1, 1])).flatten();
}

/// The sizes of a [`TrainBatch`]'s fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchShape {
    images: usize,
    time_width: usize,
    weighted: bool,
}

impl BatchShape {
    /// The shape of batches of `images` images for such a network; `weighted`: whether images have weights in the loss.
    pub fn new(images: usize, unet: &UNetConfig, weighted: bool) -> Self {
        Self {
            images,
            time_width: unet.channels[0],
            weighted,
        }
    }

    /// The shape of a batch that was packed into so many fields.
    pub fn of_fields(images: usize, unet: &UNetConfig, fields: usize) -> Self {
        let weighted = Self::new(images, unet, true);
        Self {
            weighted: fields == weighted.widths().len(),
            ..weighted
        }
    }

    /// Numbers of each packed field.
    pub fn lengths(&self) -> Vec<usize> {
        self.widths()
            .iter()
            .map(|width| self.images * width)
            .collect()
    }

    /// The dimensions of a field with so many numbers an image.
    fn per_image<const D: usize>(&self, rest: [usize; D]) -> Option<Vec<usize>> {
        Some([&[self.images], &rest[..]].concat())
    }
}

/// Numbers an image of a field of these dimensions; `None` for a field that is not there.
fn width(dims: &Option<Vec<usize>>) -> Option<usize> {
    dims.as_ref().map(|dims| dims[1..].iter().product())
}

/// A type that a field of [`TrainBatch`] can have.
trait BatchField: Sized {
    /// Append the field as a flat tensor, unless it is not there.
    fn pack(self, fields: &mut Vec<Tensor<1>>);
    /// Take the field of these dimensions from the packed ones; `None`: it is not there.
    fn unpack(dims: Option<Vec<usize>>, fields: &mut impl Iterator<Item = Tensor<1>>) -> Self;
    /// The field of some images.
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

/// Whole numbers travel as floats, which are exact to 2²⁴.
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
    /// Images of the batch.
    pub fn images(&self) -> usize {
        self.x_t.dims()[0]
    }

    /// The sizes of the fields.
    pub fn shape(&self, unet: &UNetConfig) -> BatchShape {
        BatchShape::new(self.images(), unet, self.weight.is_some())
    }
}

/// Makes batches of images and noise, as a recipe says: at which noise level, with which target and weight.
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

    /// A batch of given images and noise.
    ///
    /// * `t`: the step of each image, below T
    ///
    /// # Shapes
    /// * `x0`, `eps`: [B, 1, 28, 28]
    /// * `y`: [B], 0 to 9 or [`NO_CLASS`](crate::nn::unet::NO_CLASS)
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

    /// As [`BatchBuilder::batch`], with the noise made on the device.
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

    fn alpha_bars(&self, t: &[usize]) -> Vec<f64> {
        t.iter().map(|&t| self.schedule.alpha_bars()[t]).collect()
    }

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
