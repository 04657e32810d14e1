//! From JSON to a value, driven by its schema (`JsonConverter.convertToConnect`).
//!
//! Jackson reads the whole text before Connect looks at it. Reading and converting at once gives the
//! same values; for errors, see [`Reader::structure`] and `known`.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use ferry_sdk::data::{Arena, Entry, Schema, SchemaType, ValueRef, View, java};
use ferry_sdk::{Error, ErrorKind, Result};

use super::config::Settings;
use super::scan::{Cursor, Fail, Kind, Scan};
use ferry_sdk::java::logical::{self, Logical};

/// Reads values from one text.
pub struct Reader<'a, 's> {
    pub cursor: Cursor<'a>,
    arena: &'a Arena,
    settings: &'s Settings,
    /// Whether a value of another type became null where the schema wants a value.
    suspect: bool,
}

fn data<T>(message: impl Into<String>) -> Scan<T> {
    Err(Error::data(message).into())
}

impl<'a, 's> Reader<'a, 's> {
    pub fn new(cursor: Cursor<'a>, arena: &'a Arena, settings: &'s Settings) -> Self {
        Self { cursor, arena, settings, suspect: false }
    }

    /// The next value.
    pub fn value(&mut self, schema: Option<&'a Schema>) -> Scan<ValueRef<'a>> {
        let kind = self.cursor.kind()?;
        self.typed(kind, schema)
    }

    /// The value that stands for no value at all.
    pub fn missing(&mut self, schema: Option<&'a Schema>) -> Scan<ValueRef<'a>> {
        self.typed(Kind::Missing, schema)
    }

    /// Objects and arrays go their own way: only they recurse, and only their frames pile up.
    fn typed(&mut self, kind: Kind, schema: Option<&'a Schema>) -> Scan<ValueRef<'a>> {
        match (kind, schema) {
            (Kind::Object, None) => self.object(None),
            (Kind::Array, None) => self.array(kind, None),
            (Kind::Object | Kind::Array, Some(schema))
                if schema.name().is_none() || Logical::of(schema).is_none() =>
            {
                match schema.kind() {
                    SchemaType::Struct => self.structure(kind, schema),
                    SchemaType::Array => self.array(kind, schema.value_schema()),
                    SchemaType::Map => self.map(kind, schema),
                    _ => self.scalar(kind, Some(schema)),
                }
            }
            _ => self.scalar(kind, schema),
        }
    }

    #[inline(never)]
    fn scalar(&mut self, kind: Kind, schema: Option<&'a Schema>) -> Scan<ValueRef<'a>> {
        let Some(schema) = schema else { return self.plain(kind) };
        if kind == Kind::Null {
            self.cursor.null()?;
            return self.null(schema);
        }
        if let Some(logical) = Logical::of(schema) {
            return self.logical(kind, logical, schema);
        }
        match schema.kind() {
            SchemaType::String if kind == Kind::String => self.text(),
            SchemaType::Int8 => Ok(ValueRef::int8(self.integer(kind)? as i8)),
            SchemaType::Int16 => Ok(ValueRef::int16(self.integer(kind)? as i16)),
            SchemaType::Int32 => Ok(ValueRef::int32(self.integer(kind)? as i32)),
            SchemaType::Int64 => Ok(ValueRef::int64(self.integer(kind)?)),
            SchemaType::Float32 if kind == Kind::Number => {
                Ok(ValueRef::float32(self.cursor.number()?.as_f32()))
            }
            SchemaType::Float64 if kind == Kind::Number => {
                Ok(ValueRef::float64(self.cursor.number()?.as_f64()))
            }
            SchemaType::Boolean if kind == Kind::Boolean => Ok(ValueRef::bool(self.cursor.boolean()?)),
            SchemaType::Bytes if kind == Kind::String => self.binary(),
            SchemaType::Array => self.array(kind, schema.value_schema()),
            SchemaType::Map => self.map(kind, schema),
            SchemaType::Struct => self.structure(kind, schema),
            other => {
                self.pass(kind)?;
                Ok(match other {
                    SchemaType::Float32 => ValueRef::float32(0.0),
                    SchemaType::Float64 => ValueRef::float64(0.0),
                    SchemaType::Boolean => ValueRef::bool(false),
                    _ => {
                        self.suspect |= !schema.is_optional();
                        ValueRef::NULL
                    }
                })
            }
        }
    }

    fn pass(&mut self, kind: Kind) -> Scan<()> {
        if kind == Kind::Missing { Ok(()) } else { self.cursor.skip().map(drop) }
    }

    fn plain(&mut self, kind: Kind) -> Scan<ValueRef<'a>> {
        Ok(match kind {
            Kind::Null => {
                self.cursor.null()?;
                ValueRef::NULL
            }
            Kind::Missing => ValueRef::NULL,
            Kind::Boolean => ValueRef::bool(self.cursor.boolean()?),
            Kind::Number => {
                let number = self.cursor.number()?;
                if number.integral {
                    ValueRef::int64(number.as_i64())
                } else {
                    ValueRef::float64(number.as_f64())
                }
            }
            Kind::String => self.text()?,
            Kind::Array => self.array(kind, None)?,
            Kind::Object => self.object(None)?,
        })
    }

    fn null(&mut self, schema: &'a Schema) -> Scan<ValueRef<'a>> {
        match schema.default_value() {
            Some(default) if self.settings.replace_null && !default.is_null() => Ok(default),
            _ if schema.is_optional() => Ok(ValueRef::NULL),
            _ => data(format!("Invalid null value for required {} field", schema.kind().name())),
        }
    }

    fn text(&mut self) -> Scan<ValueRef<'a>> {
        Ok(match self.cursor.string()? {
            std::borrow::Cow::Borrowed(text) => ValueRef::str(text),
            std::borrow::Cow::Owned(text) => ValueRef::str(self.arena.str(&text)),
        })
    }

    fn integer(&mut self, kind: Kind) -> Scan<i64> {
        if kind == Kind::Number {
            return Ok(self.cursor.number()?.as_i64());
        }
        self.pass(kind)?;
        Ok(0)
    }

    fn bytes(&mut self) -> Scan<Result<Vec<u8>>> {
        const JACKSON: GeneralPurpose =
            GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
        let text = self.cursor.string()?;
        // Jackson takes four characters at a time, so white space may stand between the fours and
        // padding in the middle: seldom seen, so only looked at when the usual way fails.
        let decoded = JACKSON.decode(&*text).or_else(|error| {
            let (mut out, mut rest) = (Vec::new(), text.as_bytes());
            while let [first, tail @ ..] = rest {
                if *first <= b' ' {
                    rest = tail;
                    continue;
                }
                let four = rest.split_at_checked(4).ok_or(error.clone())?;
                out.extend(JACKSON.decode(four.0)?);
                rest = four.1;
            }
            Ok(out)
        });
        Ok(decoded.map_err(|e: base64::DecodeError| Error::data(e.to_string()).class("java.io.IOException")))
    }

    fn binary(&mut self) -> Scan<ValueRef<'a>> {
        match self.bytes()? {
            Ok(bytes) => Ok(ValueRef::bytes(self.arena.bytes(&bytes))),
            Err(cause) => Err(cause.context(ErrorKind::Data, "Invalid bytes field").into()),
        }
    }

    fn logical(&mut self, kind: Kind, logical: Logical, schema: &Schema) -> Scan<ValueRef<'a>> {
        let wrong = |what: &str| {
            let (name, found) = (logical.name(), kind.name());
            data(format!(
                "Invalid type for {name}, underlying representation should be {what} but was {found}"
            ))
        };
        match (logical, kind) {
            (Logical::Decimal, Kind::Number) => {
                let number = self.cursor.number()?;
                match number.as_decimal() {
                    Some(decimal) => {
                        Ok(ValueRef::decimal(self.arena.decimal(&decimal.unscaled, decimal.scale)))
                    }
                    None => Err(Fail::Syntax(format!("{} is out of range", number.text))),
                }
            }
            (Logical::Decimal, Kind::String) => {
                let decoded = self.bytes()?.and_then(|b| match b.is_empty() {
                    true => {
                        Err(Error::data("Zero length BigInteger").class("java.lang.NumberFormatException"))
                    }
                    false => Ok((b, logical::scale(schema)?)),
                });
                match decoded {
                    Ok((unscaled, scale)) => Ok(ValueRef::decimal(self.arena.decimal(&unscaled, scale))),
                    Err(cause) => {
                        Err(cause.context(ErrorKind::Data, "Invalid bytes for Decimal field").into())
                    }
                }
            }
            (Logical::Decimal, _) => wrong("numeric or bytes"),
            (Logical::Timestamp, Kind::Number) => {
                let number = self.cursor.number()?;
                if number.integral { Ok(ValueRef::instant(number.as_i64())) } else { wrong("integral") }
            }
            (Logical::Timestamp, _) => wrong("integral"),
            (_, Kind::Number) => match self.cursor.number()?.as_i32() {
                Some(number) => Ok(ValueRef::instant(logical.decode(number.into())?)),
                None => wrong("integer"),
            },
            _ => wrong("integer"),
        }
    }

    fn array(&mut self, kind: Kind, element: Option<&'a Schema>) -> Scan<ValueRef<'a>> {
        let mut items = Vec::new();
        let mut first = true;
        match kind {
            Kind::Array => {
                self.cursor.open()?;
                while self.cursor.next_item(&mut first)? {
                    items.push(self.value(element)?);
                }
            }
            // A JSON object is iterable too: its values, each name once.
            Kind::Object => {
                self.cursor.open()?;
                let mut names = Vec::new();
                while let Some(name) = self.cursor.next_key(&mut first)? {
                    let item = self.value(element)?;
                    match names.iter().position(|n| *n == name) {
                        Some(at) => items[at] = item,
                        None => {
                            names.push(name);
                            items.push(item);
                        }
                    }
                }
            }
            _ => self.pass(kind)?,
        }
        Ok(ValueRef::array(self.arena.values(&items)))
    }

    fn map(&mut self, kind: Kind, schema: &'a Schema) -> Scan<ValueRef<'a>> {
        let (keys, values) = (schema.key_schema(), schema.value_schema());
        if keys.is_none_or(|k| k.kind() == SchemaType::String) {
            if kind != Kind::Object {
                return data(format!(
                    "Maps with string fields should be encoded as JSON objects, but found {}",
                    kind.name()
                ));
            }
            return self.object(values);
        }
        if kind != Kind::Array {
            return data(format!(
                "Maps with non-string fields should be encoded as JSON array of tuples, but found {}",
                kind.name()
            ));
        }
        let mut entries = Vec::new();
        let mut first = true;
        self.cursor.open()?;
        while self.cursor.next_item(&mut first)? {
            let found = self.cursor.kind()?;
            if found != Kind::Array {
                return data(format!("Found invalid map entry instead of array tuple: {}", found.name()));
            }
            entries.push(self.pair(keys, values)?);
        }
        java::hash_map_order(&mut entries, 16);
        Ok(ValueRef::map(self.arena.entries(&entries)))
    }

    fn pair(&mut self, keys: Option<&'a Schema>, values: Option<&'a Schema>) -> Scan<Entry<'a>> {
        let start = self.cursor.clone();
        let mut size = 0;
        let mut first = true;
        self.cursor.open()?;
        while self.cursor.next_item(&mut first)? {
            self.cursor.skip()?;
            size += 1;
        }
        if size != 2 {
            return data(format!("Found invalid map entry, expected length 2 but found :{size}"));
        }
        self.cursor.back_to(&start);
        let mut first = true;
        self.cursor.open()?;
        self.cursor.next_item(&mut first)?;
        let key = self.value(keys)?;
        self.cursor.next_item(&mut first)?;
        let value = self.value(values)?;
        self.cursor.next_item(&mut first)?;
        Ok(Entry { key, value })
    }

    fn object(&mut self, values: Option<&'a Schema>) -> Scan<ValueRef<'a>> {
        let mut entries = Vec::new();
        let mut first = true;
        self.cursor.open()?;
        while let Some(name) = self.cursor.next_key(&mut first)? {
            let key = match name {
                std::borrow::Cow::Borrowed(name) => ValueRef::str(name),
                std::borrow::Cow::Owned(name) => ValueRef::str(self.arena.str(&name)),
            };
            entries.push(Entry { key, value: self.value(values)? });
        }
        java::hash_map_order(&mut entries, 16);
        Ok(ValueRef::map(self.arena.entries(&entries)))
    }

    /// A struct. Members may come in any order and more than once, and the last one counts: so an
    /// error of a member is kept until the end, where the first one in the order of fields is told.
    fn structure(&mut self, kind: Kind, schema: &'a Schema) -> Scan<ValueRef<'a>> {
        if kind != Kind::Object {
            return data(format!("Structs should be encoded as JSON objects, but found {}", kind.name()));
        }
        let fields = schema.fields();
        let mut values = vec![ValueRef::NULL; fields.len()];
        // Seldom used: fields whose value of another type became null, which no default replaces.
        let mut coerced: Vec<usize> = Vec::new();
        let mut errors: Vec<(usize, Box<Error>)> = Vec::new();
        let (mut next, mut first) = (0, true);
        self.cursor.open()?;
        while let Some(name) = self.cursor.next_key(&mut first)? {
            // Mostly written in the order of fields.
            let at = match fields.get(next) {
                Some(field) if field.name() == name => Some(next),
                _ => fields.iter().position(|f| f.name() == name),
            };
            let Some(at) = at else {
                self.cursor.skip()?;
                continue;
            };
            next = at + 1;
            errors.retain(|(of, _)| *of != at);
            coerced.retain(|of| *of != at);
            let start = self.cursor.clone();
            if self.cursor.kind()? == Kind::Null {
                self.cursor.null()?;
                values[at] = ValueRef::NULL;
                continue;
            }
            match self.member(fields[at].name(), fields[at].schema()) {
                Ok(value) => {
                    values[at] = value;
                    if value.is_null() {
                        coerced.push(at);
                    }
                }
                Err(Fail::Data(error)) => {
                    errors.push((at, error));
                    self.cursor.back_to(&start);
                    self.cursor.skip()?;
                }
                Err(syntax) => return Err(syntax),
            }
        }
        for (at, field) in fields.iter().enumerate() {
            if let Some(found) = errors.iter().position(|(of, _)| *of == at) {
                return Err(Fail::Data(errors.swap_remove(found).1));
            }
            if values[at].is_null() && !coerced.contains(&at) {
                values[at] = self.null(field.schema())?;
            }
        }
        Ok(ValueRef::structure(self.arena.values(&values)))
    }

    /// A member of a struct, checked as `Struct.put` checks it.
    fn member(&mut self, name: &str, schema: &'a Schema) -> Scan<ValueRef<'a>> {
        let outer = std::mem::take(&mut self.suspect);
        let value = self.value(Some(schema))?;
        if std::mem::replace(&mut self.suspect, outer) {
            no_nulls(schema, value, &format!("field: \"{name}\""))?;
        }
        Ok(value)
    }
}

/// `ConnectSchema.validateValue`, for the one fault that reading can bring about.
pub fn no_nulls(schema: &Schema, value: ValueRef<'_>, place: &str) -> Result<()> {
    match (value.view(), schema.value_schema()) {
        (View::Null, _) if !schema.is_optional() => Err(Error::data(format!(
            "Invalid value: null used for required {place}, schema type: {}",
            schema.kind().name()
        ))),
        (View::Array(items), Some(element)) => {
            items.iter().try_for_each(|item| no_nulls(element, *item, &format!("element of array {place}")))
        }
        (View::Map(entries), Some(values)) => entries.iter().try_for_each(|entry| {
            if let Some(keys) = schema.key_schema() {
                no_nulls(keys, entry.key, &format!("key of map {place}"))?;
            }
            no_nulls(values, entry.value, &format!("value of map {place}"))
        }),
        _ => Ok(()),
    }
}
