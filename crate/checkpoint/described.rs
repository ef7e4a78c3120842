//! Weights of any network, with a description that the caller defines.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::container::{Accept, Container};
use super::json::check_keys;
use super::metadata::Version;
use super::{CheckpointError, Dtype, encode_tensors, expected};
use crate::nn::var_builder::Layout;

/// Makes a weights file of `values`, which are in the order of `layout`. `description` becomes a JSON string under `key`
/// of the file's metadata; its field `format`, a number, is the oldest format whose programs read the file. The same
/// arguments always give the same bytes.
///
/// # Errors
/// `not_finite`, `f16_overflow`, `wrong_length`, as [`super::encode`].
pub fn encode_described(
    key: &str,
    description: &impl Serialize,
    layout: &Layout,
    values: &[f32],
    dtype: Dtype,
) -> Result<Vec<u8>, CheckpointError> {
    encode_tensors(layout, values, &entries(key, description), dtype)
}

/// Reads what [`encode_described`] wrote under `key`: the description, and the parameters in the order of `layout`.
/// `newest` is the newest format that the caller reads, `absent` the error for a file without such a description.
///
/// # Errors
/// `absent`, `bad_metadata` if the description needs a newer program or cannot be read, and those of
/// [`super::decode`] about tensors.
pub fn decode_described<D: DeserializeOwned>(
    bytes: &[u8],
    key: &str,
    newest: u32,
    absent: CheckpointError,
    layout: &Layout,
) -> Result<(D, Vec<f32>), CheckpointError> {
    let file = Container::open(bytes)?;
    let text = file.metadata(key)?.ok_or(absent)?;
    check_keys(text.as_bytes(), CheckpointError::bad_metadata)?;
    Version::check(text, newest)?;
    let description = serde_json::from_str(text).map_err(CheckpointError::bad_metadata)?;
    let values = file.read(&expected(layout), Accept::Floats)?;
    Ok((description, values))
}

/// A file's metadata: the description under `key`, and `format: pt`, by which other tools (`safetensors` for PyTorch,
/// Hugging Face) recognise tensors in PyTorch's shapes.
pub(super) fn entries<'a>(key: &'a str, description: &impl Serialize) -> BTreeMap<&'a str, String> {
    let text = serde_json::to_string(description).expect("plain data becomes JSON");
    BTreeMap::from([(key, text), ("format", "pt".to_owned())])
}
