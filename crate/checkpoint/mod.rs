//! Weights and training runs as safetensors files.
//!
//! Two kinds of file have the same container and the same description, [`Metadata`], a JSON string under the key `ddpm`
//! of the file's metadata:
//!
//! - Weights ([`encode`], [`decode`]): one tensor for each parameter, named and shaped as in PyTorch, in f32 or f16. The
//!   page saves and loads these.
//! - The state of a training run, from which it is resumed ([`encode_state`], [`decode_state`]): four flat vectors,
//!   always in f32.
//!
//! Weights may come with a second network, their guide ([`Guide`]), whose tensors' names begin with `guide.`.
//!
//! Weights of another kind of network, such as the evaluation's classifier, are in the same container with a description
//! of their own ([`encode_described`], [`decode_described`]).
//!
//! A description names the oldest format whose programs can read the file, and a program of format n reads every file
//! whose number is at most n ([`FORMAT`], [`Metadata::format`]).
//!
//! A file may come from anywhere, so every number in it is checked before it is used as a size or reaches a loop.

mod container;
mod described;
#[cfg(not(target_arch = "wasm32"))]
mod disk;
mod error;
mod guide;
mod header;
mod json;
mod metadata;
mod resume;
mod state;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use described::{decode_described, encode_described};
#[cfg(not(target_arch = "wasm32"))]
pub use disk::{check_writable, write_atomically};
pub use error::CheckpointError;
pub use guide::Guide;
pub use metadata::Metadata;
pub use state::{RunAbout, RunRecord, TrainState, decode_state, encode_state, is_training_state};

use container::{Accept, Container, Expected};

use crate::nn::unet::UNetConfig;
use crate::nn::var_builder::Layout;
use crate::training::TrainConfig;

/// The newest format of [`Metadata`] that this program reads. It is raised by a field of the recipe that names a later
/// format (`since`), and older files are still read: fields that they lack have the value that the recipe declares for
/// that (`missing`). The guide came with [`guide::FORMAT`].
pub const FORMAT: u32 = if TrainConfig::FORMAT > guide::FORMAT {
    TrainConfig::FORMAT
} else {
    guide::FORMAT
};

/// The number format of the weights in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Dtype {
    /// 32 bits: the weights as they are.
    F32,
    /// 16 bits, half the size. Each weight is rounded to 11 significant bits; none may exceed ±65504.
    F16,
}

impl Dtype {
    /// The smallest format that represents every one of `values` exactly.
    pub fn exact(values: &[f32]) -> Self {
        if values.iter().all(|&v| half::f16::from_f32(v).to_f32() == v) {
            Self::F16
        } else {
            Self::F32
        }
    }
}

/// The contents of a weights file.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The description.
    pub meta: Metadata,
    /// The values of all parameters in the order of the layout, all finite.
    pub values: Vec<f32>,
    /// The parameters of the guide that the description names, in the order of its layout, all finite; empty if there is none.
    pub guide: Vec<f32>,
}

impl Checkpoint {
    /// Weights without a guide, even if `meta`, which may be that of the weights that training began with, names one.
    pub fn new(meta: Metadata, values: Vec<f32>) -> Self {
        let guide = None;
        Self {
            meta: Metadata { guide, ..meta },
            values,
            guide: Vec::new(),
        }
    }

    /// The smallest format that represents every parameter exactly.
    pub fn exact_dtype(&self) -> Dtype {
        match [&self.values, &self.guide].map(|values| Dtype::exact(values)) {
            [Dtype::F16, Dtype::F16] => Dtype::F16,
            _ => Dtype::F32,
        }
    }
}

/// Makes a weights file. `layout_of` returns the parameters of a network of a given shape. The same arguments always give the
/// same bytes.
///
/// # Errors
/// `not_finite` and `f16_overflow`, which name the tensor; `wrong_config` if the description is out of range, so that [`decode`]
/// would refuse the file; `wrong_length` if there are not as many values as parameters, a mistake in the caller.
pub fn encode(
    checkpoint: &Checkpoint,
    layout_of: impl Fn(&UNetConfig) -> Layout,
    dtype: Dtype,
) -> Result<Vec<u8>, CheckpointError> {
    let Checkpoint {
        meta,
        values,
        guide,
    } = checkpoint;
    meta.validate()?;
    let (layout, _) = meta.layout(layout_of);
    let values = [&values[..], guide].concat();
    encode_tensors(&layout, &values, &meta.entries(false), dtype)
}

/// Makes a file with the metadata `entries` and one tensor for each parameter of `layout`.
fn encode_tensors(
    layout: &Layout,
    values: &[f32],
    entries: &BTreeMap<&str, String>,
    dtype: Dtype,
) -> Result<Vec<u8>, CheckpointError> {
    check_length("values", values, layout)?;
    let mut tensors = Vec::with_capacity(layout.specs.len());
    for spec in &layout.specs {
        let tensor = &values[spec.offset..][..spec.len()];
        container::check_finite(&spec.name, tensor)?;
        let bytes = match dtype {
            Dtype::F32 => f32_bytes(tensor),
            Dtype::F16 => f16_bytes(tensor, &spec.name)?,
        };
        tensors.push((&spec.name[..], &spec.shape[..], bytes));
    }
    let dtype = match dtype {
        Dtype::F32 => safetensors::Dtype::F32,
        Dtype::F16 => safetensors::Dtype::F16,
    };
    Ok(container::write(entries, dtype, &tensors))
}

/// Reads a weights file. `layout_of` returns the parameters of a network of a given shape; it is called only with a shape
/// that passed [`UNetConfig::validate`]. Tensors may be in F32, F16, BF16 or F64 and in any order. Where other programs save
/// weights of the same network otherwise (names with a common prefix, additional tensors of one number or none, no
/// description), that is taken, and [`Metadata::note`] says so.
///
/// # Errors
/// Any [`CheckpointError`] except those of writing. The length that a file declares for its header decides between
/// `truncated` and `header_too_large`: up to 1 MiB it may be a header that was cut short, beyond that it is no header of
/// this program.
pub fn decode(
    bytes: &[u8],
    layout_of: impl Fn(&UNetConfig) -> Layout,
) -> Result<Checkpoint, CheckpointError> {
    let file = Container::open(bytes)?;
    let mut meta = match Metadata::parse(&file) {
        Err(CheckpointError::NoMetadata) => Metadata::assumed(&file)?,
        described => described?,
    };
    if state::is_state(&file) {
        return Err(CheckpointError::IsTrainingState);
    }
    let (layout, parameters) = meta.layout(layout_of);
    let expected = expected(&layout);
    let mut values = file.read(&expected, Accept::Floats)?;
    let guide = values.split_off(parameters);
    // Not replaced: what the description says otherwise than it stands in the file was noted before.
    meta.remarks.extend(file.notes(&expected));
    Ok(Checkpoint {
        meta,
        values,
        guide,
    })
}

/// The tensors of all parameters of `layout`, in its order.
fn expected(layout: &Layout) -> Vec<Expected<'_>> {
    let specs = layout.specs.iter();
    specs
        .map(|spec| Expected {
            name: &spec.name,
            shape: &spec.shape,
        })
        .collect()
}

/// Reads the description alone, of a weights file or a training run; the tensors are not read.
///
/// # Errors
/// `not_safetensors`, `header_too_large`, `too_many_names`, `truncated`, `trailing`, `no_metadata`, `bad_metadata`,
/// `wrong_config`.
pub fn read_metadata(bytes: &[u8]) -> Result<Metadata, CheckpointError> {
    Metadata::parse(&Container::open(bytes)?)
}

fn check_length(name: &str, values: &[f32], layout: &Layout) -> Result<(), CheckpointError> {
    if values.len() == layout.len() {
        return Ok(());
    }
    Err(CheckpointError::WrongLength {
        name: name.to_owned(),
        expected: layout.len(),
        found: values.len(),
    })
}

fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn f16_bytes(values: &[f32], name: &str) -> Result<Vec<u8>, CheckpointError> {
    let limit = half::f16::MAX.to_f32();
    if let Some(&value) = values.iter().find(|v| v.abs() > limit) {
        return Err(CheckpointError::F16Overflow {
            name: name.to_owned(),
            value,
        });
    }
    let rounded = values.iter().map(|&v| half::f16::from_f32(v));
    Ok(rounded.flat_map(half::f16::to_le_bytes).collect())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
