//! The types that fields of [`TrainBatch`](super::TrainBatch) can have, and how each is packed, unpacked and divided.

use std::ops::Range;

use burn::tensor::{Int, Tensor};

use crate::worker_pool::FieldValues;

/// A field as [`TrainBatch::unpack`](super::TrainBatch::unpack) gets it: a tensor of the GPU's captured step, or the values
/// that a worker got with its job. A worker makes integers of the values, not of a tensor, because burn's conversion of
/// tensors would make the page's program without a GPU 13 kB larger.
pub trait PackedField {
    /// The field as a flat tensor of floats.
    fn floats(self) -> Tensor<1>;
    /// The field, whose values are whole, as a flat tensor of integers.
    fn integers(self) -> Tensor<1, Int>;
}

impl PackedField for Tensor<1> {
    fn floats(self) -> Tensor<1> {
        self
    }

    fn integers(self) -> Tensor<1, Int> {
        self.int()
    }
}

impl PackedField for FieldValues<'_> {
    fn floats(self) -> Tensor<1> {
        FieldValues::floats(self)
    }

    fn integers(self) -> Tensor<1, Int> {
        FieldValues::integers(self)
    }
}

/// A type that a field of [`TrainBatch`](super::TrainBatch) can have.
pub(super) trait BatchField: Sized {
    /// Whether the batch has this field; only an optional one can be missing.
    fn is_present(&self) -> bool {
        true
    }
    /// Appends the field as a flat tensor, if the batch has it.
    fn pack(self, fields: &mut Vec<Tensor<1>>);
    /// Takes the field of these dimensions from the packed ones. The dimensions are `None` if the batch does not have it.
    fn unpack(
        dims: Option<Vec<usize>>,
        fields: &mut impl Iterator<Item = impl PackedField>,
    ) -> Self;
    /// The field for some of the images.
    fn shard(&self, images: &Range<usize>) -> Self;
}

/// The next packed field.
fn next_field<F: PackedField>(fields: &mut impl Iterator<Item = F>) -> F {
    fields.next().expect("as many fields as the shape has")
}

impl<const D: usize> BatchField for Tensor<D> {
    fn pack(self, fields: &mut Vec<Tensor<1>>) {
        fields.push(self.flatten(0, D as isize - 1));
    }

    fn unpack(
        dims: Option<Vec<usize>>,
        fields: &mut impl Iterator<Item = impl PackedField>,
    ) -> Self {
        let dims: [usize; D] = dims
            .and_then(|dims| dims.try_into().ok())
            .expect("the declared rank");
        next_field(fields).floats().reshape(dims)
    }

    fn shard(&self, images: &Range<usize>) -> Self {
        self.clone().narrow(0, images.start, images.len())
    }
}

/// Integers are packed as floats, which are exact up to 2²⁴. A field of larger ones has to be two, for example the low and
/// the high 16 bits.
impl BatchField for Tensor<1, Int> {
    fn pack(self, fields: &mut Vec<Tensor<1>>) {
        fields.push(self.float());
    }

    fn unpack(
        _dims: Option<Vec<usize>>,
        fields: &mut impl Iterator<Item = impl PackedField>,
    ) -> Self {
        next_field(fields).integers()
    }

    fn shard(&self, images: &Range<usize>) -> Self {
        self.clone().narrow(0, images.start, images.len())
    }
}

impl<F: BatchField> BatchField for Option<F> {
    fn is_present(&self) -> bool {
        self.is_some()
    }

    fn pack(self, fields: &mut Vec<Tensor<1>>) {
        if let Some(field) = self {
            field.pack(fields);
        }
    }

    fn unpack(
        dims: Option<Vec<usize>>,
        fields: &mut impl Iterator<Item = impl PackedField>,
    ) -> Self {
        dims.is_some().then(|| F::unpack(dims, fields))
    }

    fn shard(&self, images: &Range<usize>) -> Self {
        self.as_ref().map(|field| field.shard(images))
    }
}
