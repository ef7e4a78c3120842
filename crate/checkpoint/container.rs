//! The safetensors container: the header's length in eight bytes, a JSON header, the tensors' bytes.
//!
//! Reading goes through the `safetensors` crate, which decides whether a file is sound, but not before the header has been
//! parsed here and its offsets compared with the file's length. There are two reasons: the crate's errors do not tell a
//! user what to do, and it adds offsets from the file without a check for overflow.
//!
//! Writing is done here alone, because the crate keeps metadata in a hash map: the same weights would give other bytes
//! each time they are saved.

use std::collections::{BTreeMap, BTreeSet};

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorInfo};
use serde::Deserialize;

use super::error::CheckpointError;

/// The number of bytes that hold the header's length.
const PREFIX: usize = 8;
/// The longest header that is accepted, in bytes. The largest network's has some tens of thousands.
pub(super) const MAX_HEADER: u64 = 1 << 20;

/// A file whose header has been read, and which ends where its last tensor ends.
pub(super) struct Container<'a> {
    bytes: &'a [u8],
    header: Header,
}

/// The JSON header.
#[derive(Deserialize)]
struct Header {
    #[serde(rename = "__metadata__")]
    metadata: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    tensors: BTreeMap<String, Entry>,
}

/// A tensor as the header declares it. Unlike in the crate's `TensorInfo`, the dtype may be an unknown one, and numbers may
/// be larger than `usize` holds.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// A tensor that a file must have.
pub(super) struct Expected<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its shape.
    pub shape: &'a [usize],
}

/// The number formats that a reader accepts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accept {
    /// F32, F16 and BF16.
    Floats,
    /// F32.
    F32Only,
}

impl Accept {
    fn takes(self, dtype: &str) -> bool {
        match self {
            Accept::Floats => matches!(dtype, "F32" | "F16" | "BF16"),
            Accept::F32Only => dtype == "F32",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Accept::Floats => "F32, F16 and BF16",
            Accept::F32Only => "only F32",
        }
    }
}

impl<'a> Container<'a> {
    /// Reads the header. What it allocates is proportional to the header's length, at most 1 MiB.
    ///
    /// # Errors
    /// `not_safetensors`, `header_too_large`, `truncated`, `trailing`.
    pub fn open(bytes: &'a [u8]) -> Result<Self, CheckpointError> {
        let not_safetensors = |reason: String| CheckpointError::NotSafetensors { reason };
        let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX>() else {
            let reason = format!("it has {} bytes, too few for any", bytes.len());
            return Err(not_safetensors(reason));
        };
        // The format demands a brace here. Checked before the length, it distinguishes a file of another format, whose
        // first bytes may be any number, from a safetensors file that declares too long a header.
        if rest.first().is_some_and(|&b| b != b'{') {
            return Err(not_safetensors("its header is no JSON object".into()));
        }
        let declared = u64::from_le_bytes(*prefix);
        if declared > MAX_HEADER {
            return Err(CheckpointError::HeaderTooLarge {
                declared,
                limit: MAX_HEADER,
            });
        }
        if declared > rest.len() as u64 {
            return Err(CheckpointError::Truncated {
                expected: PREFIX as u64 + declared,
                found: bytes.len() as u64,
            });
        }
        let (header, data) = rest.split_at(declared as usize);
        let header: Header = serde_json::from_slice(header)
            .map_err(|e| not_safetensors(format!("its header cannot be read ({e})")))?;

        let end = header.tensors.values().map(|t| t.data_offsets.1).max();
        let end = end.unwrap_or(0);
        let expected = (PREFIX as u64 + declared).saturating_add(end);
        let found = bytes.len() as u64;
        if end > data.len() as u64 {
            return Err(CheckpointError::Truncated { expected, found });
        }
        if end < data.len() as u64 {
            return Err(CheckpointError::Trailing { expected, found });
        }
        Ok(Self { bytes, header })
    }

    /// The string stored under `key` in the file's metadata.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        let metadata = self.header.metadata.as_ref()?;
        metadata.get(key).map(String::as_str)
    }

    /// Whether the file has a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.header.tensors.contains_key(name)
    }

    /// The length of the vector with this name; `None` if the file has no such tensor, or one of other dimensions.
    pub fn length(&self, name: &str) -> Option<usize> {
        match self.header.tensors.get(name)?.shape[..] {
            [length] => usize::try_from(length).ok(),
            _ => None,
        }
    }

    /// The values of the `expected` tensors, one after the other. The file must have these tensors and no others.
    ///
    /// # Errors
    /// `missing_tensor`, `unknown_tensor`, `wrong_shape`, `wrong_dtype`, `not_finite`, and `not_safetensors` if tensors
    /// overlap or a tensor's shape and its number of bytes disagree.
    pub fn read(
        &self,
        expected: &[Expected<'_>],
        accept: Accept,
    ) -> Result<Vec<f32>, CheckpointError> {
        for tensor in expected {
            self.check(tensor, accept)?;
        }
        let named: BTreeSet<_> = expected.iter().map(|tensor| tensor.name).collect();
        if let Some(name) = self
            .header
            .tensors
            .keys()
            .find(|n| !named.contains(n.as_str()))
        {
            return Err(CheckpointError::UnknownTensor { name: name.clone() });
        }

        let unsound = |e: safetensors::SafeTensorError| CheckpointError::NotSafetensors {
            reason: e.to_string(),
        };
        let file = SafeTensors::deserialize(self.bytes).map_err(unsound)?;
        let mut values = Vec::new();
        for Expected { name, .. } in expected {
            let tensor = file.tensor(name).map_err(unsound)?;
            let start = values.len();
            append(&mut values, tensor.dtype(), tensor.data());
            check_finite(name, &values[start..])?;
        }
        Ok(values)
    }

    /// Checks that the header declares the tensor with the expected shape and an accepted dtype.
    ///
    /// # Errors
    /// `missing_tensor`, `wrong_shape`, `wrong_dtype`.
    fn check(&self, expected: &Expected<'_>, accept: Accept) -> Result<(), CheckpointError> {
        let name = || expected.name.to_owned();
        let Some(entry) = self.header.tensors.get(expected.name) else {
            return Err(CheckpointError::MissingTensor { name: name() });
        };
        if !entry
            .shape
            .iter()
            .copied()
            .eq(expected.shape.iter().map(|&d| d as u64))
        {
            return Err(CheckpointError::WrongShape {
                name: name(),
                expected: expected.shape.to_vec(),
                // A dimension that does not fit in usize is wrong in any case, so the message may show another number.
                found: entry
                    .shape
                    .iter()
                    .map(|&d| d.try_into().unwrap_or(usize::MAX))
                    .collect(),
            });
        }
        if !accept.takes(&entry.dtype) {
            return Err(CheckpointError::WrongDtype {
                name: name(),
                found: entry.dtype.clone(),
                accepted: accept.in_words(),
            });
        }
        Ok(())
    }
}

/// Appends the numbers in `data` to `values` as f32. The format is little-endian.
fn append(values: &mut Vec<f32>, dtype: Dtype, data: &[u8]) {
    let pairs = || data.as_chunks::<2>().0.iter();
    match dtype {
        Dtype::F32 => values.extend(data.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b))),
        Dtype::F16 => values.extend(pairs().map(|&b| half::f16::from_le_bytes(b).to_f32())),
        Dtype::BF16 => values.extend(pairs().map(|&b| half::bf16::from_le_bytes(b).to_f32())),
        other => unreachable!("{other} is refused by `check`"),
    }
}

/// Checks that no value of the tensor `name` is NaN or infinite.
///
/// # Errors
/// `not_finite`, which names the tensor and the first such element.
pub(super) fn check_finite(name: &str, values: &[f32]) -> Result<(), CheckpointError> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(index) => Err(CheckpointError::NotFinite {
            name: name.to_owned(),
            index,
            value: values[index],
        }),
    }
}

/// Makes a file of these tensors (name, shape, bytes), in this order and with this metadata. The same arguments always
/// give the same bytes.
pub(super) fn write(
    metadata: &BTreeMap<&str, String>,
    dtype: Dtype,
    tensors: &[(&str, &[usize], Vec<u8>)],
) -> Vec<u8> {
    let json = |value: Result<String, serde_json::Error>| value.expect("plain data becomes JSON");
    let mut header = format!(
        "{{\"__metadata__\":{}",
        json(serde_json::to_string(metadata))
    );
    let mut end = 0;
    for (name, shape, bytes) in tensors {
        let info = TensorInfo {
            dtype,
            shape: shape.to_vec(),
            data_offsets: (end, end + bytes.len()),
        };
        end += bytes.len();
        header.push(',');
        header.push_str(&json(serde_json::to_string(name)));
        header.push(':');
        header.push_str(&json(serde_json::to_string(&info)));
    }
    header.push('}');
    // Readers that map the file into memory need the tensors to begin at a multiple of eight bytes.
    let padded = header.len().next_multiple_of(PREFIX);
    header.push_str(&" ".repeat(padded - header.len()));

    let mut file = Vec::with_capacity(PREFIX + header.len() + end);
    file.extend((header.len() as u64).to_le_bytes());
    file.extend(header.as_bytes());
    for (_, _, bytes) in tensors {
        file.extend(bytes);
    }
    file
}
