//! Writing records the short way.
//!
//! What is copied here costs a copy per record. Sources in a hurry build [`Record`]s from the
//! [`Records::arena`] themselves, share one partition value, and let values point into buffers that
//! [`Arena::keep`] holds.

use ferry_plugin_abi::data::{Arena, Header, Record, Records, Schema, SchemaRef, Value, ValueRef};

/// Starts records.
pub trait Emit<'a> {
    /// A record for `topic`; finish it with [`Draft::send`].
    fn to(&mut self, topic: &str) -> Draft<'_, 'a>;
}

impl<'a> Emit<'a> for Records<'a> {
    fn to(&mut self, topic: &str) -> Draft<'_, 'a> {
        let record = Record::to(self.arena().str(topic));
        Draft { records: self, record, headers: Vec::new() }
    }
}

/// A record in the making. Values are copied into the batch.
#[must_use = "nothing is sent without `send`"]
pub struct Draft<'r, 'a> {
    records: &'r mut Records<'a>,
    record: Record<'a>,
    headers: Vec<Header<'a>>,
}

impl<'a> Draft<'_, 'a> {
    /// The key; its schema follows from its type.
    pub fn key(mut self, key: impl IntoData) -> Self {
        let (schema, key) = key.into_data(self.records.arena());
        self.record.set_key(schema, key);
        self
    }
    /// The value; its schema follows from its type.
    pub fn value(mut self, value: impl IntoData) -> Self {
        let (schema, value) = value.into_data(self.records.arena());
        self.record.set_value(schema, value);
        self
    }
    /// The value with a schema of one's own.
    pub fn value_with(mut self, schema: &SchemaRef, value: &Value) -> Self {
        let arena = self.records.arena();
        self.record.set_value(Some(arena.schema(schema)), value.put(arena));
        self
    }
    /// One more header.
    pub fn header(mut self, name: &str, value: impl IntoData) -> Self {
        let arena = self.records.arena();
        let (schema, value) = value.into_data(arena);
        self.headers.push(Header::new(arena.str(name), schema, value));
        self
    }
    /// The timestamp, in milliseconds since the epoch.
    pub fn timestamp(mut self, millis: i64) -> Self {
        self.record.set_timestamp(Some(millis));
        self
    }
    /// The Kafka partition.
    pub fn partition(mut self, partition: i32) -> Self {
        self.record.set_partition(Some(partition));
        self
    }
    /// Where in the source it was read; both are maps ([`Value::map`]). After a restart
    /// [`crate::api::SourceContext::offset`] of this partition is the offset of the last record that
    /// reached Kafka.
    pub fn offset(mut self, partition: &Value, offset: &Value) -> Self {
        let arena = self.records.arena();
        self.record = self.record.from_source(partition.put(arena), offset.put(arena));
        self
    }
    /// Adds the record to the batch.
    pub fn send(mut self) {
        if !self.headers.is_empty() {
            let headers = self.records.arena().headers(&self.headers);
            self.record.set_headers(headers);
        }
        self.records.push(self.record);
    }
}

/// A Rust value with an obvious schema.
pub trait IntoData {
    /// Copies it into `arena`.
    fn into_data<'a>(self, arena: &'a Arena) -> (Option<&'a Schema>, ValueRef<'a>);
}

macro_rules! scalars {
    ($($type:ty, $schema:ident, $optional:ident, $make:expr;)*) => { $(
        impl IntoData for $type {
            fn into_data<'a>(self, arena: &'a Arena) -> (Option<&'a Schema>, ValueRef<'a>) {
                (Some(Schema::$schema()), $make(self, arena))
            }
        }
        impl IntoData for Option<$type> {
            fn into_data<'a>(self, arena: &'a Arena) -> (Option<&'a Schema>, ValueRef<'a>) {
                (Some(Schema::$optional()), self.map_or(ValueRef::NULL, |value| $make(value, arena)))
            }
        }
    )* };
}
scalars! {
    bool, boolean, optional_boolean, |v, _| ValueRef::bool(v);
    i8, int8, optional_int8, |v, _| ValueRef::int8(v);
    i16, int16, optional_int16, |v, _| ValueRef::int16(v);
    i32, int32, optional_int32, |v, _| ValueRef::int32(v);
    i64, int64, optional_int64, |v, _| ValueRef::int64(v);
    f32, float32, optional_float32, |v, _| ValueRef::float32(v);
    f64, float64, optional_float64, |v, _| ValueRef::float64(v);
    &str, string, optional_string, |v, arena: &'a Arena| ValueRef::str(arena.str(v));
    String, string, optional_string, |v: String, arena: &'a Arena| ValueRef::str(arena.str(&v));
    &String, string, optional_string, |v: &String, arena: &'a Arena| ValueRef::str(arena.str(v));
    &[u8], bytes, optional_bytes, |v, arena: &'a Arena| ValueRef::bytes(arena.bytes(v));
    Vec<u8>, bytes, optional_bytes, |v: Vec<u8>, arena: &'a Arena| ValueRef::bytes(arena.bytes(&v));
}

/// Without a schema.
impl IntoData for &Value {
    fn into_data<'a>(self, arena: &'a Arena) -> (Option<&'a Schema>, ValueRef<'a>) {
        (None, self.put(arena))
    }
}
