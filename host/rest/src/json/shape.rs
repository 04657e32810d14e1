//! From tokens to the shapes Connect's requests have, with Jackson's complaints about other shapes.

use ferry_config::json::JsonConfig;
use serde_json::{Map, Value};

use super::fault::Place;
use super::{Fault, Reader, Token};

const TEXTS: &str = "java.util.LinkedHashMap<java.lang.String,java.lang.String>";
const OBJECTS: &str = "java.util.LinkedHashMap<java.lang.String,java.lang.Object>";

/// A class of which Jackson makes an object: its name and its properties in the order of complaints.
pub(crate) struct Bean {
    pub(crate) class: &'static str,
    pub(crate) properties: &'static [&'static str],
}

/// Reads a whole body: `None` for an empty one and for null. `class` is what Jackson binds it to.
pub(crate) fn read<T>(
    bytes: &[u8],
    class: &str,
    value: impl FnOnce(&mut Reader<'_>, Token) -> Result<T, Box<Fault>>,
) -> Result<Option<T>, Box<Fault>> {
    let mut reader = Reader::new(bytes);
    let found = match reader.next()? {
        None => return Ok(None),
        Some(Token::Null) => None,
        Some(token) => Some(value(&mut reader, token)?),
    };
    match reader.next()? {
        None => Ok(found),
        Some(token) => Err(Fault::shape(
            format!(
                "Trailing token (of type {}) found after value (bound as `{class}`): not allowed as per `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`",
                token.name()
            ),
            reader.token_place(),
        )),
    }
}

/// The complaint about a value of the wrong type.
fn mismatch(reader: &Reader<'_>, class: &str, token: &Token) -> Box<Fault> {
    let message = format!(
        "Cannot deserialize value of type `{class}` from {} (token `JsonToken.{}`)",
        token.kind(),
        token.name()
    );
    Fault::shape(message, reader.token_place())
}

/// The complaint about a single value where an object is wanted.
fn no_object(reader: &Reader<'_>, class: &str, target: &str, token: Token) -> Box<Fault> {
    let (kind, what, shown) = match token {
        Token::Text(Err(fault)) => return fault,
        Token::Text(Ok(text)) if text.trim().is_empty() => {
            let message = format!(
                "Cannot coerce empty String (\"\") to {target} (but could if coercion was enabled using `CoercionConfig`)"
            );
            return Fault::shape(message, reader.token_place());
        }
        Token::Text(Ok(text)) => ("String", "String value", format!("'{text}'")),
        Token::Integer(text) => {
            let kind = match text.parse::<i64>() {
                Ok(number) if i32::try_from(number).is_ok() => "int/Int",
                Ok(_) => "long/Long",
                Err(_) => "BigInteger",
            };
            (kind, "Number value", text)
        }
        // Jackson shows the number it made of it.
        Token::Float(text) if text.parse().is_ok_and(f64::is_infinite) => {
            let sign = if text.starts_with('-') { "-" } else { "" };
            ("double/Double", "Number value", format!("{sign}Infinity"))
        }
        Token::Float(text) => ("double/Double", "Number value", text),
        Token::True => ("boolean/Boolean", "boolean value", "true".to_owned()),
        Token::False => ("boolean/Boolean", "boolean value", "false".to_owned()),
        other => return mismatch(reader, class, &other),
    };
    let message = format!(
        "Cannot construct instance of `{class}` (although at least one Creator exists): no {kind}-argument constructor/factory method to deserialize from {what} ({shown})"
    );
    Fault::shape(message, reader.token_place())
}

impl Bean {
    /// Reads an object, each known property through `property`.
    pub(crate) fn read(
        &self,
        reader: &mut Reader<'_>,
        token: Token,
        mut property: impl FnMut(&mut Reader<'_>, &str, Token) -> Result<(), Box<Fault>>,
    ) -> Result<(), Box<Fault>> {
        if token != Token::StartObject {
            return Err(no_object(reader, self.class, &format!("`{}` value", self.class), token));
        }
        let mut unknown: Option<String> = None;
        let mut missing: Vec<&str> = self.properties.to_vec();
        loop {
            let name = match reader.inner()? {
                Token::Field(name) => name,
                // Jackson looks at unknown properties once it has the object: here, or when it has all
                // that it knows.
                _ => return unknown.map_or(Ok(()), |name| Err(self.unknown(reader.place(), &name))),
            };
            if missing.is_empty()
                && let Some(name) = unknown
            {
                return Err(self.unknown(reader.place(), &name));
            }
            let value = reader.inner()?;
            if self.properties.contains(&name.as_str()) {
                property(reader, &name, value).map_err(|fault| fault.in_field(self.class, &name))?;
                missing.retain(|property| *property != name);
            } else if missing.is_empty() {
                return Err(self.unknown(reader.place_after(&value), &name));
            } else {
                reader.skip(value)?;
                unknown.get_or_insert(name);
            }
        }
    }

    fn unknown(&self, place: Place, name: &str) -> Box<Fault> {
        let known: Vec<String> = self.properties.iter().map(|property| format!("\"{property}\"")).collect();
        let count = match known.len() {
            1 => "one known property".to_owned(),
            n => format!("{n} known properties"),
        };
        let message = format!(
            "Unrecognized field \"{name}\" (class {}), not marked as ignorable ({count}: {})",
            self.class,
            known.join(", ")
        );
        Fault::shape(message, place).in_field(self.class, name)
    }
}

/// A `String`: numbers and booleans as written.
pub(crate) fn text(reader: &Reader<'_>, token: Token) -> Result<Option<String>, Box<Fault>> {
    match token {
        Token::Text(text) => text.map(Some),
        Token::Integer(text) | Token::Float(text) => Ok(Some(text)),
        Token::True => Ok(Some("true".to_owned())),
        Token::False => Ok(Some("false".to_owned())),
        Token::Null => Ok(None),
        other => Err(mismatch(reader, "java.lang.String", &other)),
    }
}

fn map(
    reader: &mut Reader<'_>,
    token: Token,
    class: &str,
    mut entry: impl FnMut(&mut Reader<'_>, String, Token) -> Result<(), Box<Fault>>,
) -> Result<(), Box<Fault>> {
    match token {
        Token::StartObject => {}
        Token::Text(_) => {
            return Err(no_object(
                reader,
                "java.util.LinkedHashMap",
                "element of `java.util.LinkedHashMap`",
                token,
            ));
        }
        other => return Err(mismatch(reader, class, &other)),
    }
    while let Token::Field(key) = reader.inner()? {
        let value = reader.inner()?;
        entry(reader, key, value)?;
    }
    Ok(())
}

/// `Map<String, String>`.
pub(crate) fn map_of_texts(reader: &mut Reader<'_>, token: Token) -> Result<JsonConfig, Box<Fault>> {
    let mut found = JsonConfig::default();
    map(reader, token, TEXTS, |reader, key, token| {
        let value = text(reader, token).map_err(|fault| fault.in_entry(&key))?;
        // Of a key that is there twice the last one counts.
        found.nulls.retain(|null| *null != key);
        match value {
            Some(value) => found.config.insert(key, value),
            None => {
                found.config.remove(&key);
                found.nulls.push(key);
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// `Map<String, Object>`.
pub(crate) fn map_of_objects(reader: &mut Reader<'_>, token: Token) -> Result<Value, Box<Fault>> {
    if token == Token::Null {
        return Ok(Value::Null);
    }
    let mut found = Map::new();
    map(reader, token, OBJECTS, |reader, key, token| {
        let value = anything(reader, token)?;
        found.insert(key, value);
        Ok(())
    })?;
    Ok(Value::Object(found))
}

fn anything(reader: &mut Reader<'_>, token: Token) -> Result<Value, Box<Fault>> {
    let number = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(match token {
        Token::StartObject => {
            let mut found = Map::new();
            while let Token::Field(key) = reader.inner()? {
                let token = reader.inner()?;
                found.insert(key, anything(reader, token)?);
            }
            Value::Object(found)
        }
        Token::StartArray => {
            let mut found = Vec::new();
            loop {
                match reader.inner()? {
                    Token::EndArray => break Value::Array(found),
                    token => found.push(anything(reader, token)?),
                }
            }
        }
        Token::Text(text) => Value::String(text?),
        Token::Integer(text) | Token::Float(text) => number(text),
        Token::True => Value::Bool(true),
        Token::False => Value::Bool(false),
        Token::Null | Token::EndObject | Token::EndArray | Token::Field(_) => Value::Null,
    })
}

/// `List<T>`; a null item is `None`.
pub(crate) fn list<T>(
    reader: &mut Reader<'_>,
    token: Token,
    class: &str,
    mut item: impl FnMut(&mut Reader<'_>, Token) -> Result<T, Box<Fault>>,
) -> Result<Vec<Option<T>>, Box<Fault>> {
    if token != Token::StartArray {
        return Err(mismatch(reader, &format!("java.util.ArrayList<{class}>"), &token));
    }
    let mut found = Vec::new();
    loop {
        match reader.inner()? {
            Token::EndArray => return Ok(found),
            Token::Null => found.push(None),
            token => {
                let index = found.len();
                found.push(Some(item(reader, token).map_err(|fault| fault.in_item(index))?));
            }
        }
    }
}
