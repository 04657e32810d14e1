//! A line is a JSON value (NDJSON): objects become maps without schema, in the order of the file.

use std::fmt;

use ferry_sdk::data::{Arena, Entry, ValueRef};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::Convert;

/// Integers are INT64, other numbers and integers beyond 64 bits FLOAT64, as JsonConverter has them
/// without schema.
pub struct Json;

impl Convert for Json {
    fn convert<'a>(&self, text: &'a str, arena: &'a Arena) -> Result<Option<ValueRef<'a>>, String> {
        if text.trim_ascii().is_empty() {
            return Ok(None);
        }
        let mut from = serde_json::Deserializer::from_str(text);
        let value = Node(arena).deserialize(&mut from).and_then(|value| from.end().map(|()| value));
        // serde_json counts lines of its own; the column is what helps here.
        value.map(Some).map_err(|error| error.to_string().replace("at line 1 column", "at column"))
    }
}

#[derive(Clone, Copy)]
struct Node<'a>(&'a Arena);

impl<'de> DeserializeSeed<'de> for Node<'de> {
    type Value = ValueRef<'de>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<ValueRef<'de>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'de> {
    type Value = ValueRef<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<ValueRef<'de>, E> {
        Ok(ValueRef::NULL)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<ValueRef<'de>, E> {
        Ok(ValueRef::bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<ValueRef<'de>, E> {
        Ok(ValueRef::int64(value))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<ValueRef<'de>, E> {
        Ok(i64::try_from(value).map_or(ValueRef::float64(value as f64), ValueRef::int64))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<ValueRef<'de>, E> {
        Ok(ValueRef::float64(value))
    }
    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<ValueRef<'de>, E> {
        Ok(ValueRef::str(value))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<ValueRef<'de>, E> {
        Ok(ValueRef::str(self.0.str(value)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<ValueRef<'de>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(self)? {
            values.push(value);
        }
        Ok(ValueRef::array(self.0.values(&values)))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<ValueRef<'de>, A::Error> {
        let mut map: Vec<Entry<'de>> = Vec::new();
        while let Some((key, value)) = entries.next_entry_seed(self, self)? {
            match map.iter_mut().find(|entry| entry.key == key) {
                Some(entry) => entry.value = value,
                None => map.push(Entry { key, value }),
            }
        }
        Ok(ValueRef::map(self.0.entries(&map)))
    }
}
