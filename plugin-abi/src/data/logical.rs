//! The logical types of `org.apache.kafka.connect.data`, all version 1.

use crate::raw::{Schema, SchemaRef, SchemaType};

use super::SchemaBuilder;

/// BYTES with parameter `scale`; values are [`crate::data::View::Decimal`].
pub const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";
/// INT32 days; values are [`crate::data::View::Instant`] at midnight UTC.
pub const DATE: &str = "org.apache.kafka.connect.data.Date";
/// INT32 milliseconds of the day; values are [`crate::data::View::Instant`] on 1970-01-01.
pub const TIME: &str = "org.apache.kafka.connect.data.Time";
/// INT64 milliseconds; values are [`crate::data::View::Instant`].
pub const TIMESTAMP: &str = "org.apache.kafka.connect.data.Timestamp";

impl SchemaBuilder {
    /// A Decimal with `scale` digits after the point.
    pub fn decimal(scale: i32) -> Self {
        Self::new(SchemaType::Bytes).name(DECIMAL).version(1).parameter("scale", scale.to_string())
    }
    /// A Date.
    pub fn date() -> Self {
        Self::new(SchemaType::Int32).name(DATE).version(1)
    }
    /// A Time.
    pub fn time() -> Self {
        Self::new(SchemaType::Int32).name(TIME).version(1)
    }
    /// A Timestamp.
    pub fn timestamp() -> Self {
        Self::new(SchemaType::Int64).name(TIMESTAMP).version(1)
    }
}

macro_rules! constants {
    ($($required:ident $optional:ident $kind:ident)*) => { impl Schema {
        $(
            #[doc = concat!("`Schema.", stringify!($kind), "_SCHEMA`, required.")]
            pub fn $required() -> &'static SchemaRef {
                static SCHEMA: std::sync::OnceLock<SchemaRef> = std::sync::OnceLock::new();
                SCHEMA.get_or_init(|| SchemaBuilder::new(SchemaType::$kind).build())
            }
            #[doc = concat!("`Schema.OPTIONAL_", stringify!($kind), "_SCHEMA`.")]
            pub fn $optional() -> &'static SchemaRef {
                static SCHEMA: std::sync::OnceLock<SchemaRef> = std::sync::OnceLock::new();
                SCHEMA.get_or_init(|| SchemaBuilder::new(SchemaType::$kind).optional().build())
            }
        )*
    } };
}

constants! {
    int8 optional_int8 Int8
    int16 optional_int16 Int16
    int32 optional_int32 Int32
    int64 optional_int64 Int64
    float32 optional_float32 Float32
    float64 optional_float64 Float64
    boolean optional_boolean Boolean
    string optional_string String
    bytes optional_bytes Bytes
}
