//! The text of an Avro schema, byte for byte as `Schema.toString` writes it.

use serde_json::Value as Json;

use super::schema::{Avro, AvroSchema, Field, Kind, Name};
use crate::text::{json, quote};

/// The text that is registered.
pub fn text(schema: &Avro) -> String {
    let mut writer = Writer { out: Vec::new(), known: Vec::new(), space: None };
    writer.schema(schema);
    String::from_utf8_lossy(&writer.out).into_owned()
}

struct Writer<'s> {
    out: Vec<u8>,
    known: Vec<(String, &'s AvroSchema)>,
    space: Option<&'s str>,
}

impl<'s> Writer<'s> {
    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn member(&mut self, name: &str, value: &str) {
        self.raw(",");
        quote(name, &mut self.out);
        self.raw(":");
        quote(value, &mut self.out);
    }

    fn schema(&mut self, schema: &'s AvroSchema) {
        match &schema.kind {
            Kind::Union(members) => {
                self.raw("[");
                for (n, member) in members.iter().enumerate() {
                    self.raw(if n == 0 { "" } else { "," });
                    self.schema(member);
                }
                self.raw("]");
            }
            Kind::Record(_) | Kind::Enum { .. } | Kind::Fixed(_) | Kind::Recursive => self.named(schema),
            _ if schema.props.is_empty() && !matches!(schema.kind, Kind::Array(_) | Kind::Map(_)) => {
                quote(schema.type_name(), &mut self.out);
            }
            _ => {
                self.raw("{\"type\":");
                quote(schema.type_name(), &mut self.out);
                match &schema.kind {
                    Kind::Array(items) => {
                        self.raw(",\"items\":");
                        self.schema(items);
                    }
                    Kind::Map(values) => {
                        self.raw(",\"values\":");
                        self.schema(values);
                    }
                    _ => {}
                }
                self.props(&schema.props);
                self.raw("}");
            }
        }
    }

    fn props(&mut self, props: &[(String, Json)]) {
        for (name, value) in props {
            self.raw(",");
            quote(name, &mut self.out);
            self.raw(":");
            json(value, &mut self.out);
        }
    }

    fn named(&mut self, schema: &'s AvroSchema) {
        let Some(name) = &schema.name else { return };
        let full = name.full();
        let same = |(known, other): &(String, &AvroSchema)| {
            *known == full && (matches!(schema.kind, Kind::Recursive) || *other == schema)
        };
        if matches!(schema.kind, Kind::Recursive) || self.known.iter().any(same) {
            self.reference(name);
            return;
        }
        self.known.retain(|(known, _)| *known != full);
        self.known.push((full, schema));
        self.raw("{\"type\":");
        quote(schema.type_name(), &mut self.out);
        self.member("name", &name.name);
        if name.space.as_deref() != self.space {
            self.member("namespace", name.space.as_deref().unwrap_or_default());
        }
        if let Some(doc) = &schema.doc {
            self.member("doc", doc);
        }
        match &schema.kind {
            Kind::Record(fields) => {
                let outer = std::mem::replace(&mut self.space, name.space.as_deref());
                self.fields(fields);
                self.space = outer;
            }
            Kind::Enum { symbols, default } => {
                self.raw(",\"symbols\":[");
                for (n, symbol) in symbols.iter().enumerate() {
                    self.raw(if n == 0 { "" } else { "," });
                    quote(symbol, &mut self.out);
                }
                self.raw("]");
                if let Some(default) = default {
                    self.member("default", default);
                }
            }
            Kind::Fixed(size) => self.raw(&format!(",\"size\":{size}")),
            _ => {}
        }
        self.props(&schema.props);
        self.raw("}");
    }

    fn reference(&mut self, name: &Name) {
        if name.space.as_deref() == self.space || name.space.is_none() {
            quote(&name.name, &mut self.out);
        } else {
            quote(&name.full(), &mut self.out);
        }
    }

    fn fields(&mut self, fields: &'s [Field]) {
        self.raw(",\"fields\":[");
        for (n, field) in fields.iter().enumerate() {
            self.raw(if n == 0 { "{\"name\":" } else { ",{\"name\":" });
            quote(&field.name, &mut self.out);
            self.raw(",\"type\":");
            self.schema(&field.schema);
            if let Some(doc) = &field.doc {
                self.member("doc", doc);
            }
            if let Some(default) = &field.default {
                self.raw(",\"default\":");
                json(default, &mut self.out);
            }
            self.props(&field.props);
            self.raw("}");
        }
        self.raw("]");
    }
}
