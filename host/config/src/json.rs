//! JSON objects of settings, read as Jackson reads a `Map<String, String>`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use ferry_plugin_abi::config::ConfigMap;

/// Settings of a JSON object: strings as they are, numbers and booleans as their source text, `null`
/// apart, because Kafka refuses it by name only later. Objects and arrays are errors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonConfig {
    /// The settings, in their order.
    pub config: ConfigMap,
    /// The keys whose value is `null`.
    pub nulls: Vec<String>,
}

/// One value as Jackson coerces it into a `String`; `None` for `null`.
pub(crate) struct Text(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <Box<RawValue>>::deserialize(deserializer)?;
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str(text).map(|s| Self(Some(s))).map_err(D::Error::custom),
            // Jackson's words for what it cannot turn into a string.
            Some(b'{') => Err(D::Error::custom(
                "Cannot deserialize value of type `java.lang.String` from Object value (token `JsonToken.START_OBJECT`)",
            )),
            Some(b'[') => Err(D::Error::custom(
                "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
            )),
            Some(b'n') => Ok(Self(None)),
            _ => Ok(Self(Some(text.to_owned()))),
        }
    }
}

impl<'de> Deserialize<'de> for JsonConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = JsonConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonConfig, A::Error> {
        let mut out = JsonConfig::default();
        while let Some((key, Text(value))) = map.next_entry::<String, Text>()? {
            // Of a key that is there twice the last one counts.
            out.nulls.retain(|null| *null != key);
            match value {
                Some(value) => out.config.insert(key, value),
                None => {
                    out.config.remove(&key);
                    out.nulls.push(key);
                }
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coerces_as_jackson_does() {
        let text = r#"{"b":"x\u00e9\n","i":-12,"f":1.50e+3,"t":true,"n":null,"big":123456789012345678901234567890,"b":"y","m":1,"m":null}"#;
        let found: JsonConfig = serde_json::from_str(text).unwrap();
        let expected = JsonConfig {
            config: ConfigMap::from_iter([
                ("b", "y"),
                ("i", "-12"),
                ("f", "1.50e+3"),
                ("t", "true"),
                ("big", "123456789012345678901234567890"),
            ]),
            nulls: vec!["n".to_owned(), "m".to_owned()],
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn refuses_nested_values() {
        let error = |text: &str| serde_json::from_str::<JsonConfig>(text).unwrap_err().to_string();
        let found =
            [error(r#"{"a":{}}"#), error(r#"{"a":[1]}"#)].map(|e| e.chars().take(74).collect::<String>());
        let expected = [
            "Cannot deserialize value of type `java.lang.String` from Object value (tok",
            "Cannot deserialize value of type `java.lang.String` from Array value (toke",
        ];
        assert_eq!(found, expected);
    }
}
