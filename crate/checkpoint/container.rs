//! The safetensors container: the header's length in eight bytes, a JSON header, the tensors' bytes.
//!
//! The `safetensors` crate decides whether a file is sound (its `Metadata`), but the header is parsed here, and its offsets
//! are compared with the file's length before. There are three reasons: the crate's errors do not tell a user what to do; it
//! refuses metadata that this program can do without, and takes duplicate names; and it adds offsets from the file without
//! a check for overflow.
//!
//! Writing is done here alone, because the crate keeps metadata in a hash map: the same weights would give other bytes
//! each time they are saved.

use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, Metadata, TensorInfo};

use super::error::CheckpointError;
use super::header::{Entry, Header, Metadatum};

/// The number of bytes that hold the header's length.
const PREFIX: usize = 8;
/// The longest header that is accepted, in bytes. The largest network's has some tens of thousands.
pub(super) const MAX_HEADER: u64 = 1 << 20;

/// What other programs put before the names of all tensors: PyTorch's wrappers for several GPUs and for compiling, and
/// packages that keep a moving average.
const PREFIXES: [&str; 4] = ["module.", "_orig_mod.", "ema_model.", "model."];
/// How many of them are taken off. Each anew is a copy of all names, and a name may be a megabyte of them.
const MAX_PREFIXES: usize = 8;

/// A file whose header has been read, and which ends where its last tensor ends.
pub(super) struct Container<'a> {
    /// The bytes of all tensors.
    data: &'a [u8],
    metadata: BTreeMap<String, Metadatum>,
    tensors: BTreeMap<String, Entry>,
    /// What stood before the names of all tensors and was taken off; mostly nothing.
    prefix: String,
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
    /// F32, F16, BF16, and F64, which is rounded to F32.
    Floats,
    /// F32.
    F32Only,
}

impl Accept {
    fn takes(self, dtype: &str) -> bool {
        match self {
            Accept::Floats => matches!(dtype, "F32" | "F16" | "BF16" | "F64"),
            Accept::F32Only => dtype == "F32",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Accept::Floats => "F32, F16, BF16 and F64",
            Accept::F32Only => "only F32",
        }
    }
}

impl<'a> Container<'a> {
    /// Reads the header. What it allocates is proportional to the header's length, at most 1 MiB.
    ///
    /// # Errors
    /// `not_safetensors`, `header_too_large`, `duplicate_name`, `too_many_names`, `truncated`, `trailing`.
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
        let Header { metadata, tensors } = Header::parse(header)?;
        let end = tensors.values().map(|tensor| tensor.data_offsets.1).max();
        let end = end.unwrap_or(0);
        let expected = (PREFIX as u64 + declared).saturating_add(end);
        let found = bytes.len() as u64;
        if end > data.len() as u64 {
            return Err(CheckpointError::Truncated { expected, found });
        }
        if end < data.len() as u64 {
            return Err(CheckpointError::Trailing { expected, found });
        }
        let mut file = Self {
            data,
            metadata,
            tensors,
            prefix: String::new(),
        };
        file.take_off_prefixes()?;
        Ok(file)
    }

    /// Takes off what other programs put before the names of all tensors but the incidental ones.
    ///
    /// # Errors
    /// `duplicate_name` if two tensors then have the same name.
    fn take_off_prefixes(&mut self) -> Result<(), CheckpointError> {
        for _ in 0..MAX_PREFIXES {
            let mut prefixes = PREFIXES.into_iter();
            let Some(prefix) = prefixes.find(|prefix| self.all_begin_with(prefix)) else {
                break;
            };
            for (name, entry) in std::mem::take(&mut self.tensors) {
                let name = name
                    .strip_prefix(prefix)
                    .map_or(name.clone(), str::to_owned);
                if self.tensors.contains_key(&name) {
                    return Err(CheckpointError::DuplicateName { name });
                }
                self.tensors.insert(name, entry);
            }
            self.prefix.push_str(prefix);
        }
        Ok(())
    }

    fn all_begin_with(&self, prefix: &str) -> bool {
        let mut weights = self
            .tensors
            .iter()
            .filter(|(_, entry)| !entry.is_incidental())
            .peekable();
        weights.peek().is_some() && weights.all(|(name, _)| name.starts_with(prefix))
    }

    /// The text stored under `key` in the file's metadata.
    ///
    /// # Errors
    /// `metadata_not_text` if there is something else than text.
    pub fn metadata(&self, key: &str) -> Result<Option<&str>, CheckpointError> {
        match self.metadata.get(key) {
            None => Ok(None),
            Some(Metadatum::Text(text)) => Ok(Some(text)),
            Some(Metadatum::Other) => Err(CheckpointError::MetadataNotText {
                key: key.to_owned(),
            }),
        }
    }

    /// Whether the file has a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The shape of the tensor with this name; `None` if the file has no such tensor, or its shape is beyond any memory.
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        let shape = &self.tensors.get(name)?.shape;
        shape.iter().map(|&d| usize::try_from(d).ok()).collect()
    }

    /// The length of the vector with this name; `None` if the file has no such tensor, or one of other dimensions.
    pub fn length(&self, name: &str) -> Option<usize> {
        match self.shape(name)?[..] {
            [length] => Some(length),
            _ => None,
        }
    }

    /// The values of the `expected` tensors, one after the other. The file must have these tensors, and besides them only
    /// tensors of one number or none, which are not read.
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
        if let Some(name) = self.unexpected(expected, false).next() {
            return Err(CheckpointError::UnknownTensor { name: name.into() });
        }
        let infos = self.sound()?;
        // A vector that begins with room for all would believe the file; the shapes have been compared with the network's.
        let mut values = Vec::with_capacity(
            expected
                .iter()
                .map(|t| t.shape.iter().product::<usize>())
                .sum(),
        );
        for Expected { name, .. } in expected {
            let Some(info) = infos.info(name) else {
                return Err(CheckpointError::MissingTensor {
                    name: (*name).to_owned(),
                });
            };
            let start = values.len();
            let (from, to) = info.data_offsets;
            append(&mut values, info.dtype, &self.data[from..to]);
            check_finite(name, &values[start..])?;
        }
        Ok(values)
    }

    /// The tensors that are not `expected`: those of one number or none if `incidental`, otherwise the others.
    fn unexpected<'b>(
        &'b self,
        expected: &'b [Expected<'_>],
        incidental: bool,
    ) -> impl Iterator<Item = &'b str> {
        self.tensors
            .iter()
            .filter(move |(_, entry)| entry.is_incidental() == incidental)
            .map(|(name, _)| &name[..])
            .filter(move |name| !expected.iter().any(|tensor| tensor.name == *name))
    }

    /// The crate's description of the file, whose offsets fit the shapes and one another.
    ///
    /// # Errors
    /// `not_safetensors`, `wrong_dtype` for a dtype that the crate does not know.
    fn sound(&self) -> Result<Metadata, CheckpointError> {
        let mut infos = Vec::with_capacity(self.tensors.len());
        for (name, entry) in &self.tensors {
            let info = entry.info().ok_or_else(|| CheckpointError::WrongDtype {
                name: name.clone(),
                found: entry.dtype.clone(),
                accepted: Accept::Floats.in_words(),
            })?;
            infos.push((name.clone(), info));
        }
        infos.sort_by_key(|(_, info)| info.data_offsets);
        Metadata::new(None, infos).map_err(|e| CheckpointError::NotSafetensors {
            reason: e.to_string(),
        })
    }

    /// Sentences about what was read otherwise than it stands in the file, if `expected` is what was read.
    pub fn notes(&self, expected: &[Expected<'_>]) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.prefix.is_empty() {
            notes.push(format!(
                "The names of its tensors begin with `{}`, which was taken off.",
                self.prefix
            ));
        }
        let skipped: Vec<&str> = self.unexpected(expected, true).collect();
        if !skipped.is_empty() {
            notes.push(format!(
                "Skipped, because no network of this program has it: `{}`.",
                skipped.join("`, `")
            ));
        }
        let rounded = expected
            .iter()
            .filter_map(|tensor| self.tensors.get(tensor.name))
            .any(|entry| entry.dtype == "F64");
        if rounded {
            notes.push("Its 64-bit numbers were rounded to 32 bits.".into());
        }
        notes
    }

    /// Checks that the header declares the tensor with the expected shape and an accepted dtype.
    ///
    /// # Errors
    /// `missing_tensor`, `wrong_shape`, `wrong_dtype`.
    fn check(&self, expected: &Expected<'_>, accept: Accept) -> Result<(), CheckpointError> {
        let name = || expected.name.to_owned();
        let Some(entry) = self.tensors.get(expected.name) else {
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
        Dtype::F64 => {
            let eights = data.as_chunks::<8>().0.iter();
            values.extend(eights.map(|&b| f64::from_le_bytes(b) as f32));
        }
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
