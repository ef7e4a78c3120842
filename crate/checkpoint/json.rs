//! JSON objects in which a key stands twice: readers of JSON take one of the two values in silence, and not all the same.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// The first key that stands twice in one object of this JSON text, at any depth.
///
/// # Errors
/// If the text is no JSON.
pub(super) fn duplicate_key(text: &[u8]) -> Result<Option<String>, serde_json::Error> {
    let mut duplicate = None;
    let mut reader = serde_json::Deserializer::from_slice(text);
    Search(&mut duplicate).deserialize(&mut reader)?;
    reader.end()?;
    Ok(duplicate)
}

/// Walks through a value and notes the first duplicate key.
struct Search<'a>(&'a mut Option<String>);

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
            if self.0.is_none() && keys.contains(&key) {
                *self.0 = Some(key.clone());
            }
            keys.insert(key);
            entries.next_value_seed(Search(&mut *self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::duplicate_key;

    #[test]
    fn a_key_that_stands_twice_is_found_at_any_depth() {
        let of = |text: &str| duplicate_key(text.as_bytes()).unwrap();
        assert_eq!(
            of(r#"{"a": 1, "b": [{"a": 2}, null, "a", -1.5, true]}"#),
            None
        );
        assert_eq!(of(r#"{"a": 1, "b": 2, "a": 3}"#).as_deref(), Some("a"));
        assert_eq!(
            of(r#"{"b": [{"c": {"x": 1, "x": 1}}]}"#).as_deref(),
            Some("x")
        );
        assert!(duplicate_key(b"{").is_err() && duplicate_key(b"{} {}").is_err());
        let deep = "[".repeat(100_000);
        assert!(duplicate_key(deep.as_bytes()).is_err());
    }
}
