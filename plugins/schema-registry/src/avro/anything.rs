//! The schema of schemaless data (`AvroData.ANYTHING_SCHEMA`).

use std::sync::OnceLock;

use super::schema::{Avro, Names};

const TEXT: &str = r#"{"type":"record","name":"Anything","namespace":"io.confluent.connect.avro","fields":[
{"name":"boolean","type":["null","boolean"],"default":null},{"name":"bytes","type":["null","bytes"],"default":null},
{"name":"double","type":["null","double"],"default":null},{"name":"float","type":["null","float"],"default":null},
{"name":"int","type":["null","int"],"default":null},{"name":"long","type":["null","long"],"default":null},
{"name":"string","type":["null","string"],"default":null},
{"name":"array","type":["null",{"type":"array","items":"Anything"}],"default":null},
{"name":"map","type":["null",{"type":"array","items":{"type":"record","name":"MapEntry","fields":[
{"name":"key","type":"Anything"},{"name":"value","type":"Anything"}]}}],"default":null}]}"#;

/// The fields of the record, in its order: exactly one holds the value, none is null.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    Boolean,
    Bytes,
    Double,
    Float,
    Int,
    Long,
    String,
    Array,
    Map,
}

impl Slot {
    /// All, in the order of the record.
    pub const ALL: [Self; 9] = [
        Self::Boolean,
        Self::Bytes,
        Self::Double,
        Self::Float,
        Self::Int,
        Self::Long,
        Self::String,
        Self::Array,
        Self::Map,
    ];
}

/// The schema.
pub fn schema() -> &'static Avro {
    static SCHEMA: OnceLock<Avro> = OnceLock::new();
    SCHEMA.get_or_init(|| Names::default().parse(TEXT).expect("the text above is a schema"))
}
