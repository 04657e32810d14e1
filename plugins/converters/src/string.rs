//! `StringConverter`: the text that Java's `toString` prints.

use std::borrow::Cow;

use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::{ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Width};
use ferry_sdk::data::{Arena, Schema, ValueRef, View, java};
use ferry_sdk::{Error, ErrorKind, Result};

use crate::class;

/// `org.apache.kafka.connect.storage.StringConverter`
#[derive(Debug, Default)]
pub struct StringConverter {
    encoding: Encoding,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Encoding {
    #[default]
    Utf8,
    Latin1,
    Ascii,
    Utf16Be,
    Utf16Le,
    /// Big-endian with a byte order mark when written, either when read.
    Utf16,
}

/// What it accepts.
pub fn config_def() -> ConfigDef {
    let mut encoding = ConfigKey::new(
        "converter.encoding",
        ConfigType::String,
        Importance::High,
        "The name of the Java character set to use for encoding strings as byte arrays.",
    )
    .or("UTF-8");
    encoding.width = Width::Medium;
    "Encoding".clone_into(&mut encoding.display_name);
    ConfigDef::new().define(class::converter_type()).define(encoding)
}

impl Converter for StringConverter {
    fn configure(&mut self, config: &ConfigMap, role: Role) -> Result<()> {
        let config = class::parse(&config_def(), config, role)?;
        let name = config.string("converter.encoding").unwrap_or_default();
        self.encoding = Encoding::of(&name).ok_or_else(|| unsupported(&name))?;
        Ok(())
    }

    fn from_connect(
        &mut self,
        _: &str,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        match (value.view(), self.encoding) {
            (View::Null, _) => return Ok(false),
            (View::Str(text), Encoding::Utf8) => out.extend_from_slice(text.as_bytes()),
            (_, Encoding::Utf8) => java::append(out, schema, value),
            (_, encoding) => encoding.write(&java::to_string(schema, value), out),
        }
        Ok(true)
    }

    fn to_connect<'a>(
        &mut self,
        _: &str,
        bytes: Option<&'a [u8]>,
        arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        let value = match bytes {
            None => ValueRef::NULL,
            Some(bytes) => match self.encoding {
                Encoding::Utf8 => match simdutf8::basic::from_utf8(bytes) {
                    Ok(text) => ValueRef::str(text),
                    Err(_) => ValueRef::str(arena.str(&java::decode(bytes))),
                },
                encoding => ValueRef::str(arena.str(&encoding.read(bytes))),
            },
        };
        Ok((Some(Schema::optional_string()), value))
    }
}

/// What Kafka's `StringSerializer` says about a name that is no charset's.
fn unsupported(name: &str) -> Error {
    let mut bytes = name.bytes();
    let legal = bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"-+.:_".contains(&b));
    let class = if legal { "UnsupportedCharsetException" } else { "IllegalCharsetNameException" };
    let cause = Error::data(name).class(format!("java.nio.charset.{class}"));
    cause
        .context(ErrorKind::Config, format!("Unsupported encoding {name}"))
        .class("org.apache.kafka.common.errors.SerializationException")
}

impl Encoding {
    fn of(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_str() {
            "UTF-8" | "UTF8" | "UNICODE-1-1-UTF-8" => Self::Utf8,
            "ISO-8859-1" | "ISO8859-1" | "ISO8859_1" | "ISO_8859-1" | "LATIN1" | "L1" => Self::Latin1,
            "US-ASCII" | "ASCII" | "ISO646-US" => Self::Ascii,
            "UTF-16" | "UTF16" | "UTF_16" | "UNICODE" => Self::Utf16,
            "UTF-16BE" | "UTF_16BE" | "UNICODEBIGUNMARKED" => Self::Utf16Be,
            "UTF-16LE" | "UTF_16LE" | "UNICODELITTLEUNMARKED" => Self::Utf16Le,
            _ => return None,
        })
    }

    fn write(self, text: &str, out: &mut Vec<u8>) {
        let narrow = |out: &mut Vec<u8>, end| {
            out.extend(text.chars().map(|c| if (c as u32) < end { c as u8 } else { b'?' }))
        };
        match self {
            Self::Utf8 => out.extend_from_slice(text.as_bytes()),
            Self::Latin1 => narrow(out, 0x100),
            Self::Ascii => narrow(out, 0x80),
            Self::Utf16Be => out.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
            Self::Utf16Le => out.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
            Self::Utf16 if text.is_empty() => {}
            Self::Utf16 => {
                out.extend_from_slice(&[0xFE, 0xFF]);
                out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
            }
        }
    }

    fn read(self, bytes: &[u8]) -> Cow<'_, str> {
        let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
            let (pairs, rest) = bytes.as_chunks::<2>();
            Cow::Owned(utf16(pairs.iter().map(|pair| unit(*pair)), !rest.is_empty()))
        };
        match (self, bytes) {
            (Self::Utf8, _) => java::decode(bytes),
            (Self::Latin1, _) => bytes.iter().map(|b| char::from(*b)).collect::<String>().into(),
            (Self::Ascii, _) => bytes
                .iter()
                .map(|b| if b.is_ascii() { char::from(*b) } else { '\u{FFFD}' })
                .collect::<String>()
                .into(),
            (Self::Utf16, [0xFF, 0xFE, rest @ ..]) => wide(rest, u16::from_le_bytes),
            (Self::Utf16, [0xFE, 0xFF, rest @ ..]) => wide(rest, u16::from_be_bytes),
            (Self::Utf16 | Self::Utf16Be, _) => wide(bytes, u16::from_be_bytes),
            (Self::Utf16Le, _) => wide(bytes, u16::from_le_bytes),
        }
    }
}

/// The text; what is malformed becomes U+FFFD as often as in the JDK, which takes a high surrogate and the unit after
/// it, or whatever is left of one, for a single fault.
fn utf16(mut units: impl Iterator<Item = u16>, odd_byte: bool) -> String {
    const MALFORMED: char = char::REPLACEMENT_CHARACTER;
    let mut text = String::new();
    while let Some(first) = units.next() {
        let second = (0xD800..0xDC00).contains(&first).then(|| units.next());
        if second == Some(None) {
            text.push(MALFORMED);
            return text;
        }
        let units = [Some(first), second.flatten()];
        let decoded = char::decode_utf16(units.into_iter().flatten()).next();
        text.push(decoded.and_then(Result::ok).unwrap_or(MALFORMED));
    }
    if odd_byte {
        text.push(MALFORMED);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::{Scratch, Value};

    fn converter(encoding: &str) -> StringConverter {
        let mut converter = StringConverter::default();
        converter.configure(&ConfigMap::from([("converter.encoding", encoding)]), Role::Value).unwrap();
        converter
    }

    #[test]
    fn writes_to_string_of_any_value() {
        let scratch = Scratch::new();
        for (value, text) in [
            (Value::from("h\u{e9}"), Some("h\u{e9}")),
            (Value::Null, None),
            (Value::Float64(1e10), Some("1.0E10")),
            (Value::Array(vec![1.into(), "a".into()]), Some("[1, a]")),
            (Value::map([("a", 1)]), Some("{a=1}")),
        ] {
            let mut out = Vec::new();
            let some = StringConverter::default()
                .from_connect("t", None, value.put(scratch.arena()), &mut out)
                .unwrap();
            assert_eq!(some.then_some(&out[..]), text.map(str::as_bytes));
        }
    }

    #[test]
    fn reads_optional_strings_without_a_copy() {
        let scratch = Scratch::new();
        let bytes = b"text";
        let (schema, value) =
            StringConverter::default().to_connect("t", Some(bytes), scratch.arena()).unwrap();
        assert_eq!((schema, value.as_str()), (Some(&**Schema::optional_string()), Some("text")));
        assert!(value.same(ValueRef::str(std::str::from_utf8(bytes).unwrap())));
        let (schema, value) = StringConverter::default().to_connect("t", None, scratch.arena()).unwrap();
        assert_eq!((schema, value), (Some(&**Schema::optional_string()), ValueRef::NULL));
        let (_, value) =
            StringConverter::default().to_connect("t", Some(b"a\xED\xA0\x80"), scratch.arena()).unwrap();
        assert_eq!(value.as_str(), Some("a\u{FFFD}"));
    }

    #[test]
    fn knows_the_encodings_every_jdk_has() {
        let scratch = Scratch::new();
        for (encoding, bytes) in [
            ("ISO-8859-1", &b"h\xE9?"[..]),
            ("us-ascii", b"h??"),
            ("UTF-16", b"\xFE\xFF\0h\0\xE9\x20\xAC"),
            ("UTF-16LE", b"h\0\xE9\0\xAC\x20"),
        ] {
            let mut out = Vec::new();
            converter(encoding).from_connect("t", None, ValueRef::str("h\u{e9}\u{20AC}"), &mut out).unwrap();
            assert_eq!(out, bytes, "{encoding}");
        }
        let read = |encoding: &str, bytes: &'static [u8]| {
            let (_, value) = converter(encoding).to_connect("t", Some(bytes), scratch.arena()).unwrap();
            value.as_str().unwrap().to_owned()
        };
        assert_eq!(read("latin1", b"h\xE9"), "h\u{e9}");
        assert_eq!(read("UTF-16", b"\xFF\xFEh\0"), "h");
        assert_eq!(read("UTF-16BE", b"\0h\0"), "h\u{FFFD}");
        assert_eq!(read("US-ASCII", b"h\xE9"), "h\u{FFFD}");
        let error = StringConverter::default()
            .configure(&ConfigMap::from([("converter.encoding", "EBCDIC")]), Role::Value)
            .unwrap_err();
        assert_eq!(
            error.trace(),
            "org.apache.kafka.common.errors.SerializationException: Unsupported encoding EBCDIC\n\
             Caused by: java.nio.charset.UnsupportedCharsetException: EBCDIC\n"
        );
    }
}
