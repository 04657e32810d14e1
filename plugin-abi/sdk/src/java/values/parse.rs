//! From a header text to the most fitting type (`Values.parseString`).

use crate::data::{DATE, Schema, SchemaBuilder, SchemaRef, SchemaType, TIME, Value};
use crate::java;

use super::temporal::{self, DAY};
use super::tokens::{Tokens, is_blank, trim};

/// What a text is.
pub enum Parsed<'t> {
    /// The literal `null`.
    Null,
    /// A string, a part of the text.
    Text(&'t str),
    /// Anything else.
    Value(SchemaRef, Value),
}

/// Parses all of `text`.
pub fn parse(text: &str) -> Parsed<'_> {
    if text.is_empty() {
        return Parsed::Text(text);
    }
    let mut parser = Parser { tokens: Tokens::new(text), depth: 0 };
    match parser.value(false) {
        Ok(None) => Parsed::Null,
        Ok(Some(Found::Text(text))) => Parsed::Text(text),
        Ok(Some(Found::Value(schema, value))) => Parsed::Value(schema, value),
        Err(NoContainer) => Parsed::Text(text),
    }
}

enum Found<'t> {
    Text(&'t str),
    Value(SchemaRef, Value),
}

impl Found<'_> {
    fn parts(self) -> (SchemaRef, Value) {
        match self {
            Self::Text(text) => (Schema::string().clone(), text.into()),
            Self::Value(schema, value) => (schema, value),
        }
    }
}

/// It is no array and no map after all (Connect's `DataException`).
struct NoContainer;

/// The JVM's stack ends at some depth too; deeper texts are plain strings.
const DEEPEST: usize = 256;

struct Parser<'t> {
    tokens: Tokens<'t>,
    depth: usize,
}

type Step<T> = Result<T, NoContainer>;

impl<'t> Parser<'t> {
    fn literal(&mut self, embedded: bool, literal: &str) -> bool {
        let start = self.tokens.mark();
        // At the top only if nothing follows: `true}` is a string.
        if self.tokens.take(literal) && (embedded || !self.tokens.has_next()) {
            return true;
        }
        self.tokens.rewind(start);
        false
    }

    fn value(&mut self, embedded: bool) -> Step<Option<Found<'t>>> {
        if !self.tokens.has_next() {
            return Ok(None);
        }
        if embedded && self.tokens.take("\"") {
            return Ok(Some(self.quoted()));
        }
        if self.literal(embedded, "null") {
            return Ok(None);
        }
        for (literal, value) in [("true", true), ("false", false)] {
            if self.literal(embedded, literal) {
                return Ok(Some(Found::Value(Schema::boolean().clone(), value.into())));
            }
        }
        let start = self.tokens.mark();
        self.depth += 1;
        let container = if self.depth > DEEPEST {
            Err(NoContainer)
        } else if self.tokens.take("[") {
            self.array().map(Some)
        } else if self.tokens.take("{") {
            self.map().map(Some)
        } else {
            Ok(None)
        };
        self.depth -= 1;
        match container {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(NoContainer) => self.tokens.rewind(start),
        }
        let token = self.tokens.next();
        if is_blank(token) {
            return Ok(Some(Found::Text(token)));
        }
        self.word(embedded, trim(token)).map(Some)
    }

    fn word(&mut self, embedded: bool, token: &'t str) -> Step<Found<'t>> {
        let first = token.chars().next().unwrap_or(' ');
        let digit = java::digit(first).is_some();
        if digit && let Some((schema, value)) = self.temporal(token) {
            return Ok(Found::Value(schema, value));
        }
        if (digit || matches!(first, '+' | '-'))
            && let Some((schema, value)) = number(token)
        {
            return Ok(Found::Value(schema, value));
        }
        if embedded { Err(NoContainer) } else { Ok(Found::Text(self.tokens.original())) }
    }

    /// A time holds colons, which are delimiters: it may span five tokens.
    fn temporal(&mut self, token: &str) -> Option<(SchemaRef, Value)> {
        let start = self.tokens.mark();
        if let Some(rest) = self.tokens.next_many(4)
            && let Some(found) = temporal::parse(&format!("{token}{rest}"))
        {
            return Some(found);
        }
        self.tokens.rewind(start);
        temporal::parse(token)
    }

    fn quoted(&mut self) -> Found<'t> {
        let mut content = String::new();
        while self.tokens.has_next() && !self.tokens.take("\"") {
            content.push_str(self.tokens.next());
        }
        match temporal::parse(&content) {
            Some((schema, value)) => Found::Value(schema, value),
            None => Found::Value(Schema::string().clone(), content.into()),
        }
    }

    fn array(&mut self) -> Step<Found<'t>> {
        let mut items = Vec::new();
        let mut element = Common::default();
        while self.tokens.has_next() {
            if self.tokens.take("]") {
                let Some(schema) = element.schema else {
                    return Ok(Found::Value(
                        SchemaBuilder::new(SchemaType::Array).build(),
                        Value::Array(items),
                    ));
                };
                let items = items.into_iter().map(|i| align(&schema, i)).collect::<Step<_>>()?;
                return Ok(Found::Value(SchemaBuilder::array(schema).build(), Value::Array(items)));
            }
            if self.tokens.take(",") {
                return Err(NoContainer);
            }
            items.push(element.add(self.value(true)?));
            let mark = self.tokens.mark();
            if self.tokens.take("]") {
                self.tokens.rewind(mark);
            } else if !self.tokens.take(",") {
                return Err(NoContainer);
            }
        }
        Err(NoContainer)
    }

    fn map(&mut self) -> Step<Found<'t>> {
        let mut entries: Vec<(Value, Value)> = Vec::new();
        let (mut keys, mut values) = (Common::default(), Common::default());
        while self.tokens.has_next() {
            if self.tokens.take("}") {
                return finish(entries, keys.schema, values.schema);
            }
            if self.tokens.take(",") {
                return Err(NoContainer);
            }
            let key = self.value(true)?.ok_or(NoContainer)?;
            if !self.tokens.take(":") {
                return Err(NoContainer);
            }
            let value = self.value(true)?;
            self.tokens.take(",");
            let key = keys.add(Some(key));
            let value = values.add(value);
            match entries.iter_mut().find(|(k, _)| *k == key) {
                Some(old) => old.1 = value,
                None => entries.push((key, value)),
            }
        }
        Err(NoContainer)
    }
}

fn finish<'t>(
    entries: Vec<(Value, Value)>,
    keys: Option<SchemaRef>,
    values: Option<SchemaRef>,
) -> Step<Found<'t>> {
    let align = |schema: &Option<SchemaRef>, value| match schema {
        Some(schema) => align(schema, value),
        None => Ok(value),
    };
    let values = values.filter(|_| keys.is_some());
    let entries = entries
        .into_iter()
        .map(|(k, v)| Ok((align(&keys, k)?, align(&values, v)?)))
        .collect::<Step<Vec<_>>>()?;
    let schema = match (keys, values) {
        (Some(keys), Some(values)) => SchemaBuilder::map(keys, values),
        (Some(keys), None) => SchemaBuilder::map_with_null_values(keys),
        (None, _) => SchemaBuilder::new(SchemaType::Map),
    };
    Ok(Found::Value(schema.build(), Value::Map(entries)))
}

/// The one schema that fits all values seen (`Values.SchemaMerger`).
#[derive(Default)]
struct Common {
    schema: Option<SchemaRef>,
    none_fits: bool,
}

impl Common {
    fn add(&mut self, found: Option<Found<'_>>) -> Value {
        let Some(found) = found else { return Value::Null };
        let (schema, value) = found.parts();
        if !self.none_fits {
            self.schema = match self.schema.take() {
                None => Some(schema),
                Some(previous) => merge(previous, schema),
            };
            self.none_fits = self.schema.is_none();
        }
        value
    }
}

/// Numbers widen; other types must be the same.
fn merge(previous: SchemaRef, new: SchemaRef) -> Option<SchemaRef> {
    if previous.kind() == new.kind() {
        return Some(new);
    }
    match (width(previous.kind()), width(new.kind())) {
        (Some(old), Some(added)) => Some(if added > old { new } else { previous }),
        _ => None,
    }
}

fn width(kind: SchemaType) -> Option<usize> {
    use SchemaType::{Float32, Float64, Int8, Int16, Int32, Int64};
    [Int8, Int16, Int32, Int64, Float32, Float64].iter().position(|k| *k == kind)
}

/// Brings a value to the common schema (`Values.convertTo`); null fits none.
fn align(schema: &Schema, value: Value) -> Step<Value> {
    let whole = |value: &Value| match value {
        Value::Float32(v) => *v as i64,
        Value::Float64(v) => *v as i64,
        other => other.as_i64().unwrap_or(0),
    };
    let real = |value: &Value| match value {
        Value::Float32(v) => f64::from(*v),
        Value::Float64(v) => *v,
        other => other.as_i64().unwrap_or(0) as f64,
    };
    Ok(match (schema.kind(), value) {
        (_, Value::Null) => return Err(NoContainer),
        (_, value @ Value::Decimal { .. }) => value,
        // What kind of time it was is not known here, so it is no number either.
        (_, Value::Instant(_)) if schema.name().is_none() => return Err(NoContainer),
        (_, value @ Value::Instant(_)) => value,
        (SchemaType::Int32, value) if schema.name() == Some(DATE) => {
            Value::Instant(i64::from(whole(&value) as i32) * DAY)
        }
        (SchemaType::Int32, value) if schema.name() == Some(TIME) => match i64::from(whole(&value) as i32) {
            millis @ 0..=DAY => Value::Instant(millis),
            _ => return Err(NoContainer),
        },
        (SchemaType::Int32 | SchemaType::Int64, value) if schema.name().is_some() => {
            Value::Instant(whole(&value))
        }
        (SchemaType::Int8, value) => Value::Int8(whole(&value) as i8),
        (SchemaType::Int16, value) => Value::Int16(whole(&value) as i16),
        (SchemaType::Int32, value) => Value::Int32(whole(&value) as i32),
        (SchemaType::Int64, value) => Value::Int64(whole(&value)),
        (SchemaType::Float32, value) => Value::Float32(real(&value) as f32),
        (SchemaType::Float64, value) => Value::Float64(real(&value)),
        (_, value) => value,
    })
}

/// The smallest type that holds the number; `None`: it is not one.
fn number(token: &str) -> Option<(SchemaRef, Value)> {
    let decimal = java::parse_decimal(token)?;
    if let Some(value) = decimal.to_i64_exact() {
        return Some(if let Ok(value) = i8::try_from(value) {
            (Schema::int8().clone(), value.into())
        } else if let Ok(value) = i16::try_from(value) {
            (Schema::int16().clone(), value.into())
        } else if let Ok(value) = i32::try_from(value) {
            (Schema::int32().clone(), value.into())
        } else {
            (Schema::int64().clone(), value.into())
        });
    }
    if decimal.scale != 0 && decimal.to_f32().is_finite() {
        return Some((Schema::float32().clone(), decimal.to_f32().into()));
    }
    if decimal.scale != 0 && decimal.to_f64().is_finite() {
        return Some((Schema::float64().clone(), decimal.to_f64().into()));
    }
    let schema = SchemaBuilder::decimal(decimal.scale).build();
    Some((schema, Value::Decimal { unscaled: decimal.unscaled, scale: decimal.scale }))
}
