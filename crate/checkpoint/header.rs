//! The JSON header of a safetensors file. It is read straight into what is kept of it: a tree of all values, such as
//! [`serde_json::Value`], takes up to 28 times the text's length.

use std::collections::BTreeMap;
use std::fmt;

use safetensors::tensor::TensorInfo;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::error::CheckpointError;
use super::json::check_keys;

/// The key of the header's entry that is no tensor.
const METADATA: &str = "__metadata__";
/// The most dimensions of a tensor. Those of this program have up to four.
const MAX_DIMENSIONS: usize = 8;

/// A header.
#[derive(Default)]
pub(super) struct Header {
    /// The metadata without those that are `null`.
    pub metadata: BTreeMap<String, Metadatum>,
    /// The tensors by name.
    pub tensors: BTreeMap<String, Entry>,
}

impl Header {
    /// Reads the header's text.
    ///
    /// # Errors
    /// `not_safetensors`, `duplicate_name`, `too_many_names`.
    pub fn parse(text: &[u8]) -> Result<Self, CheckpointError> {
        let unreadable = |error: serde_json::Error| CheckpointError::NotSafetensors {
            reason: format!("its header cannot be read ({error})"),
        };
        check_keys(text, unreadable)?;
        serde_json::from_slice(text).map_err(unreadable)
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Header, A::Error> {
                let mut header = Header::default();
                while let Some(name) = entries.next_key::<String>()? {
                    let wrong =
                        |error| A::Error::custom(format!("the entry for `{name}`: {error}"));
                    if name == METADATA {
                        let metadata: Option<BTreeMap<String, Option<Metadatum>>> =
                            entries.next_value().map_err(wrong)?;
                        let known = metadata.into_iter().flatten();
                        header.metadata = known.filter_map(|(key, it)| Some((key, it?))).collect();
                    } else {
                        let entry = entries.next_value().map_err(wrong)?;
                        header.tensors.insert(name, entry);
                    }
                }
                Ok(header)
            }
        }

        reader.deserialize_map(Entries)
    }
}

/// A value of the metadata.
pub(super) enum Metadatum {
    /// Text, as all should be.
    Text(String),
    /// Something else.
    Other,
}

impl<'de> Deserialize<'de> for Metadatum {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Metadatum;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_str<E>(self, text: &str) -> Result<Metadatum, E> {
                Ok(Metadatum::Text(text.to_owned()))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Metadatum, E> {
                Ok(Metadatum::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Metadatum, E> {
                Ok(Metadatum::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Metadatum, E> {
                Ok(Metadatum::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Metadatum, E> {
                Ok(Metadatum::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Metadatum, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Metadatum::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Metadatum, A::Error> {
                while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Metadatum::Other)
            }
        }

        reader.deserialize_any(Any)
    }
}

/// A tensor as the header declares it. Unlike in the crate's `TensorInfo`, the dtype may be an unknown one, and numbers may
/// be larger than `usize` holds.
#[derive(Deserialize)]
pub(super) struct Entry {
    pub dtype: String,
    #[serde(deserialize_with = "dimensions")]
    pub shape: Vec<u64>,
    pub data_offsets: (u64, u64),
}

impl Entry {
    /// Whether it holds one number or none: a counter of another program, such as `num_batches_tracked`, but no weights.
    pub fn is_incidental(&self) -> bool {
        self.shape.contains(&0) || self.shape.iter().all(|&d| d == 1)
    }

    /// The entry as the crate has it; `None` if the crate does not know the dtype, or a number is beyond `usize`.
    pub fn info(&self) -> Option<TensorInfo> {
        let size = |n: u64| usize::try_from(n).ok();
        Some(TensorInfo {
            dtype: serde_json::from_value(self.dtype.clone().into()).ok()?,
            shape: self.shape.iter().map(|&d| size(d)).collect::<Option<_>>()?,
            data_offsets: (size(self.data_offsets.0)?, size(self.data_offsets.1)?),
        })
    }
}

/// The dimensions of a shape. There are few, so that a long list of numbers does not take eight bytes for each.
fn dimensions<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<u64>, D::Error> {
    struct Few;

    impl<'de> Visitor<'de> for Few {
        type Value = Vec<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "up to {MAX_DIMENSIONS} dimensions")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<u64>, A::Error> {
            let mut shape = Vec::new();
            while let Some(dimension) = items.next_element()? {
                if shape.len() == MAX_DIMENSIONS {
                    return Err(A::Error::invalid_length(shape.len() + 1, &self));
                }
                shape.push(dimension);
            }
            Ok(shape)
        }
    }

    reader.deserialize_seq(Few)
}
