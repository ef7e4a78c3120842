//! The safetensors container: eight bytes of header length, a JSON header, the tensors' bytes.
//!
//! The `safetensors` crate has the last word on whether a file is sound. It is asked late: its
//! errors do not tell a reader what to do, and it adds offsets from the file without looking for
//! overflow. Whatever comes from outside is therefore measured against the file's length first.
//!
//! Writing is ours, because the crate keeps metadata in a hash map: the same weights would give
//! other bytes at each saving.

use std::collections::{BTreeMap, BTreeSet};

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorInfo};
use serde::Deserialize;

use super::error::CheckpointError;

/// Bytes of the header's length.
const PREFIX: usize = 8;
/// Longest header accepted, in bytes; the largest network's has some tens of thousands.
pub(super) const MAX_HEADER: u64 = 1 << 20;

/// A file whose header was read and whose tensors all lie within it.
pub(super) struct Container<'a> {
    bytes: &'a [u8],
    header: Header,
}

#[derive(Deserialize)]
struct Header {
    #[serde(rename = "__metadata__")]
    metadata: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    tensors: BTreeMap<String, Entry>,
}

/// A tensor as the header declares it. Like the crate's `TensorInfo`, with a dtype that may be
/// unknown and numbers that may be beyond this machine's `usize`.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// What a reader needs a tensor to be.
pub(super) struct Wanted<'a> {
    pub name: &'a str,
    pub shape: &'a [usize],
}

/// Kinds of number that a reader accepts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accept {
    Floats,
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
    /// Reads the header. Allocates in proportion to the header, which is at most 1 MiB.
    ///
    /// # Errors
    /// `not_safetensors`, `header_too_large`, `truncated`, `trailing`.
    pub fn open(bytes: &'a [u8]) -> Result<Self, CheckpointError> {
        let not_safetensors = |reason: String| CheckpointError::NotSafetensors { reason };
        let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX>() else {
            let reason = format!("it has {} bytes, too few for any", bytes.len());
            return Err(not_safetensors(reason));
        };
        // The format demands a brace here. Asked before the length, this tells any other file
        // from a safetensors file that declares too much.
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

    pub fn has(&self, name: &str) -> bool {
        self.header.tensors.contains_key(name)
    }

    /// The values of the wanted tensors, one after the other. The file must have these tensors
    /// and no others.
    ///
    /// # Errors
    /// `missing_tensor`, `unknown_tensor`, `wrong_shape`, `wrong_dtype`, `not_finite`,
    /// `not_safetensors` (tensors that overlap, or whose shape and bytes disagree).
    pub fn read(&self, wanted: &[Wanted<'_>], accept: Accept) -> Result<Vec<f32>, CheckpointError> {
        for want in wanted {
            self.check(want, accept)?;
        }
        let named: BTreeSet<_> = wanted.iter().map(|w| w.name).collect();
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
        for want in wanted {
            let tensor = file.tensor(want.name).map_err(unsound)?;
            let start = values.len();
            append(&mut values, tensor.dtype(), tensor.data());
            check_finite(want.name, &values[start..])?;
        }
        Ok(values)
    }

    fn check(&self, want: &Wanted<'_>, accept: Accept) -> Result<(), CheckpointError> {
        let name = || want.name.to_owned();
        let Some(entry) = self.header.tensors.get(want.name) else {
            return Err(CheckpointError::MissingTensor { name: name() });
        };
        if !entry
            .shape
            .iter()
            .copied()
            .eq(want.shape.iter().map(|&d| d as u64))
        {
            return Err(CheckpointError::WrongShape {
                name: name(),
                expected: want.shape.to_vec(),
                // A number beyond this machine's is wrong all the same; which one does not matter.
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

/// Appends the numbers in `data`, little-endian as the format has them.
fn append(values: &mut Vec<f32>, dtype: Dtype, data: &[u8]) {
    let pairs = || data.as_chunks::<2>().0.iter();
    match dtype {
        Dtype::F32 => values.extend(data.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b))),
        Dtype::F16 => values.extend(pairs().map(|&b| half::f16::from_le_bytes(b).to_f32())),
        Dtype::BF16 => values.extend(pairs().map(|&b| half::bf16::from_le_bytes(b).to_f32())),
        other => unreachable!("{other} is refused by `check`"),
    }
}

/// # Errors
/// `not_finite`, naming the tensor and the first offending element.
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

/// A file of these tensors (name, shape, bytes), in this order and with this metadata. The same
/// arguments give the same bytes.
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
    // Readers that map the file into memory want the tensors aligned to eight bytes.
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
