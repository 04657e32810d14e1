//! From JSON to a value by its Connect schema (`JsonSchemaData.toConnectData`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ferry_sdk::data::{Arena, Entry, Schema, SchemaType, ValueRef, java};
use ferry_sdk::{Error, Result};

use super::schema::{is_union, string_keys};
use super::tree::Tree;
use ferry_sdk::java::logical::{self, Logical};

/// Reads into `arena`.
pub struct Reader<'a> {
    /// Where values and copies of texts go.
    pub arena: &'a Arena,
}

impl<'a> Reader<'a> {
    /// The value of `tree`; `None` is a missing one.
    pub fn value(&self, schema: Option<&'a Schema>, tree: Option<&Tree<'_>>) -> Result<ValueRef<'a>> {
        let Some(schema) = schema else { return self.plain(tree) };
        let Some(tree) = tree.filter(|tree| **tree != Tree::Null) else {
            if let Some(default) = schema.default_value().filter(|v| !v.is_null()) {
                return Ok(default);
            }
            if tree.is_none() || schema.is_optional() {
                return Ok(ValueRef::NULL);
            }
            let kind = schema.kind().name();
            return Err(Error::data(format!("Invalid null value for required {kind} field")));
        };
        match Logical::of(schema) {
            Some(logical) => self.logical(schema, logical, tree),
            None => self.typed(schema, tree),
        }
    }

    fn plain(&self, tree: Option<&Tree<'_>>) -> Result<ValueRef<'a>> {
        Ok(match tree {
            None | Some(Tree::Null) => ValueRef::NULL,
            Some(Tree::Bool(value)) => ValueRef::bool(*value),
            Some(tree @ Tree::Number(_)) if tree.is_integral() => ValueRef::int64(tree.long()),
            Some(tree @ Tree::Number(_)) => ValueRef::float64(tree.double()),
            Some(Tree::Text(text)) => ValueRef::str(self.arena.str(text)),
            Some(Tree::Array(items)) => self.array(None, items.iter())?,
            Some(Tree::Object(members)) => self.object(None, members)?,
        })
    }

    fn typed(&self, schema: &'a Schema, tree: &Tree<'_>) -> Result<ValueRef<'a>> {
        Ok(match schema.kind() {
            SchemaType::Boolean => ValueRef::bool(*tree == Tree::Bool(true)),
            SchemaType::Int8 => ValueRef::int8(tree.long() as i8),
            SchemaType::Int16 => ValueRef::int16(tree.long() as i16),
            SchemaType::Int32 => ValueRef::int32(tree.long() as i32),
            SchemaType::Int64 => ValueRef::int64(tree.long()),
            SchemaType::Float32 => ValueRef::float32(tree.float()),
            SchemaType::Float64 => ValueRef::float64(tree.double()),
            SchemaType::String => match tree {
                Tree::Text(text) => ValueRef::str(self.arena.str(text)),
                _ => ValueRef::NULL,
            },
            SchemaType::Bytes => match tree {
                Tree::Text(text) => ValueRef::bytes(self.arena.bytes(&binary(text, "Invalid bytes field")?)),
                _ => {
                    return Err(Error::data(format!("Invalid bytes field: found {}", tree.kind())));
                }
            },
            SchemaType::Array => match tree {
                Tree::Array(items) => self.array(schema.value_schema(), items.iter())?,
                Tree::Object(members) => self.array(schema.value_schema(), members.iter().map(|(_, v)| v))?,
                _ => ValueRef::array(&[]),
            },
            SchemaType::Map => self.map(schema, tree)?,
            SchemaType::Struct if is_union(schema) => self.union(schema, tree)?,
            SchemaType::Struct => self.structure(schema, tree)?,
        })
    }

    fn array<'t, 's: 't>(
        &self,
        schema: Option<&'a Schema>,
        items: impl Iterator<Item = &'t Tree<'s>>,
    ) -> Result<ValueRef<'a>> {
        let items: Vec<_> = items.map(|item| self.value(schema, Some(item))).collect::<Result<_>>()?;
        Ok(ValueRef::array(self.arena.values(&items)))
    }

    fn object(
        &self,
        schema: Option<&'a Schema>,
        members: &[(std::borrow::Cow<'_, str>, Tree<'_>)],
    ) -> Result<ValueRef<'a>> {
        let entry = |(name, tree): &(std::borrow::Cow<'_, str>, Tree<'_>)| {
            let key = ValueRef::str(self.arena.str(name));
            self.value(schema, Some(tree)).map(|value| Entry { key, value })
        };
        let entries = members.iter().map(entry).collect::<Result<_>>()?;
        Ok(self.hashed(entries))
    }

    /// In the order of Java's `HashMap`.
    fn hashed(&self, mut entries: Vec<Entry<'a>>) -> ValueRef<'a> {
        java::hash_map_order(&mut entries, 16);
        ValueRef::map(self.arena.entries(&entries))
    }

    fn map(&self, schema: &'a Schema, tree: &Tree<'_>) -> Result<ValueRef<'a>> {
        let (keys, values) = (schema.key_schema(), schema.value_schema());
        if keys.is_none_or(string_keys) {
            let Tree::Object(members) = tree else {
                return Err(Error::data(format!(
                    "Maps with string fields should be encoded as JSON objects, but found {}",
                    tree.kind()
                )));
            };
            return self.object(values, members);
        }
        let Tree::Array(items) = tree else {
            return Err(Error::data(format!(
                "Maps with non-string fields should be encoded as JSON array of objects, but found {}",
                tree.kind()
            )));
        };
        let mut entries = Vec::with_capacity(items.len());
        for item in items {
            let Tree::Object(members) = item else {
                return Err(Error::data(format!(
                    "Found invalid map entry instead of object: {}",
                    item.kind()
                )));
            };
            if members.len() != 2 {
                return Err(Error::data(format!(
                    "Found invalid map entry, expected length 2 but found :{}",
                    members.len()
                )));
            }
            let key = self.value(keys, item.get("key"))?;
            entries.push(Entry { key, value: self.value(values, item.get("value"))? });
        }
        Ok(self.hashed(entries))
    }

    fn structure(&self, schema: &'a Schema, tree: &Tree<'_>) -> Result<ValueRef<'a>> {
        let Tree::Object(_) = tree else {
            return Err(Error::data(format!(
                "Structs should be encoded as JSON objects, but found {}",
                tree.kind()
            )));
        };
        let field =
            |field: &'a ferry_sdk::data::Field| self.value(Some(field.schema()), tree.get(field.name()));
        let values: Vec<_> = schema.fields().iter().map(field).collect::<Result<_>>()?;
        Ok(ValueRef::structure(self.arena.values(&values)))
    }

    fn union(&self, schema: &'a Schema, tree: &Tree<'_>) -> Result<ValueRef<'a>> {
        let fields = schema.fields();
        let mut best = (0, None);
        for (at, field) in fields.iter().enumerate() {
            if is_simple_value(field.schema(), tree) {
                best = (usize::MAX, Some(at));
                break;
            }
            let matching = matching(field.schema(), tree);
            if matching > best.0 {
                best = (matching, Some(at));
            }
        }
        let Some(at) = best.1 else {
            return Err(Error::data("Did not find matching oneof field for data"));
        };
        let mut values = vec![ValueRef::NULL; fields.len()];
        values[at] = self.value(Some(fields[at].schema()), Some(tree))?;
        Ok(ValueRef::structure(self.arena.values(&values)))
    }

    fn logical(&self, schema: &Schema, logical: Logical, tree: &Tree<'_>) -> Result<ValueRef<'a>> {
        let wrong = |wanted: &str| {
            Err(Error::data(format!(
                "Invalid type for {}, underlying representation should be {wanted} but was {}",
                logical.name(),
                tree.kind()
            )))
        };
        match (logical, tree) {
            (Logical::Decimal, Tree::Number(text)) => {
                let decimal = java::parse_decimal(text);
                let decimal =
                    decimal.ok_or_else(|| Error::data(format!("Invalid number for Decimal: {text}")))?;
                Ok(ValueRef::decimal(self.arena.decimal(&decimal.unscaled, decimal.scale)))
            }
            (Logical::Decimal, Tree::Text(text)) => {
                let bytes = binary(text, "Invalid bytes for Decimal field")?;
                let scale = logical::scale(schema)?;
                Ok(ValueRef::decimal(self.arena.decimal(logical::minimal(&bytes), scale)))
            }
            (Logical::Decimal, _) => wrong("numeric or bytes"),
            (Logical::Timestamp, tree) if !tree.is_integral() => wrong("integral"),
            (Logical::Date | Logical::Time, tree)
                if !tree.is_integral() || i32::try_from(tree.long()).is_err() =>
            {
                wrong("integer")
            }
            _ => Ok(ValueRef::instant(logical.decode(tree.long())?)),
        }
    }
}

fn binary(text: &str, what: &str) -> Result<Vec<u8>> {
    STANDARD
        .decode(text.as_bytes())
        .map_err(|error| Error::data(what).caused_by(Error::data(error.to_string())))
}

/// `isInstanceOfSchemaTypeForSimpleSchema`
fn is_simple_value(schema: &Schema, tree: &Tree<'_>) -> bool {
    match schema.kind() {
        SchemaType::Int8 | SchemaType::Int16 | SchemaType::Int32 | SchemaType::Int64 => tree.is_integral(),
        SchemaType::Float32 | SchemaType::Float64 => matches!(tree, Tree::Number(_)),
        SchemaType::Boolean => matches!(tree, Tree::Bool(_)),
        SchemaType::String => matches!(tree, Tree::Text(_)),
        SchemaType::Bytes => matches!(tree, Tree::Number(_)) && !tree.is_integral(),
        SchemaType::Array => matches!(tree, Tree::Array(_)),
        SchemaType::Map => matches!(tree, Tree::Object(_) | Tree::Array(_)),
        SchemaType::Struct => false,
    }
}

/// How many fields fit (`matchStructSchema`).
fn matching(schema: &Schema, tree: &Tree<'_>) -> usize {
    let (SchemaType::Struct, Tree::Object(_)) = (schema.kind(), tree) else { return 0 };
    let found = schema.fields().iter().filter_map(|field| Some((field, tree.get(field.name())?)));
    found.map(|(field, value)| 1 + matching(field.schema(), value)).sum()
}
