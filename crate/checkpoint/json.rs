//! JSON objects in which a key stands twice: readers of JSON take one of the two values in silence, and not all the same.
//! And texts with more keys than any file of this program has, each of which takes several times its length in memory.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::error::CheckpointError;

/// The most keys that a text may have. Each tensor has four, its name among them, and the largest network has some hundreds of
/// tensors.
const MAX_KEYS: usize = 4096;

/// Checks that no key stands twice in one object of this JSON text, at any depth, and that there are at most [`MAX_KEYS`].
///
/// # Errors
/// `duplicate_name`, `too_many_names`, and what `unreadable` makes of the reader's error if the text is no JSON.
pub(super) fn check_keys(
    text: &[u8],
    unreadable: impl FnOnce(serde_json::Error) -> CheckpointError,
) -> Result<(), CheckpointError> {
    let mut found = Found::default();
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Search(&mut found).deserialize(&mut reader);
    if found.keys > MAX_KEYS {
        return Err(CheckpointError::TooManyNames { limit: MAX_KEYS });
    }
    read.and_then(|()| reader.end()).map_err(unreadable)?;
    match found.duplicate {
        Some(name) => Err(CheckpointError::DuplicateName { name }),
        None => Ok(()),
    }
}

/// What [`Search`] has found so far.
#[derive(Default)]
struct Found {
    /// The number of keys.
    keys: usize,
    /// The first key that stands twice in an object.
    duplicate: Option<String>,
}

/// Walks through a value, up to the first key that is too many.
struct Search<'a>(&'a mut Found);

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

macro_rules! leaves {
    ($($visit:ident: $of:ty),*) => {
        $(
            fn $visit<E>(self, _: $of) -> Result<(), E> {
                Ok(())
            }
        )*
    };
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    leaves!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Search(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.0.keys += 1;
            if self.0.keys > MAX_KEYS {
                return Err(A::Error::custom("too many keys"));
            }
            if self.0.duplicate.is_none() && keys.contains(&key) {
                self.0.duplicate = Some(key.clone());
            }
            keys.insert(key);
            entries.next_value_seed(Search(&mut *self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_KEYS, check_keys};
    use crate::checkpoint::CheckpointError;

    fn check(text: &str) -> Result<(), CheckpointError> {
        check_keys(text.as_bytes(), CheckpointError::bad_metadata)
    }

    #[test]
    fn a_key_that_stands_twice_is_found_at_any_depth() {
        let twice = |text: &str, name: &str| {
            let name = name.to_owned();
            assert_eq!(check(text), Err(CheckpointError::DuplicateName { name }));
        };
        assert_eq!(
            check(r#"{"a": 1, "b": [{"a": 2}, null, "a", -1.5, true]}"#),
            Ok(())
        );
        twice(r#"{"a": 1, "b": 2, "a": 3}"#, "a");
        twice(r#"{"b": [{"c": {"x": 1, "x": 1}}]}"#, "x");
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let deep = "[".repeat(100_000);
        for text in ["{", "{} {}", &deep] {
            assert_eq!(check(text).unwrap_err().code(), "bad_metadata");
        }
    }

    #[test]
    fn too_many_keys_are_not_collected() {
        let keys = |count: usize| {
            let keys: Vec<String> = (0..count).map(|i| format!("\"{i}\":0")).collect();
            format!("[{{{}}}, {{\"last\":0}}]", keys.join(","))
        };
        assert_eq!(check(&keys(MAX_KEYS - 1)), Ok(()));
        let error = check(&keys(MAX_KEYS)).unwrap_err();
        assert_eq!(error.code(), "too_many_names");
    }
}
