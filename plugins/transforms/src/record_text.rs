//! A record as Java prints it (`SourceRecord.toString`, `SinkRecord.toString`), for error messages.

use ferry_sdk::data::java::to_string;
use ferry_sdk::data::{Record, Schema, TimestampType};

use crate::schema::shown;

/// The whole record in one line.
pub fn record_text(record: &Record<'_>) -> String {
    let schema = |schema: Option<&Schema>| schema.map_or("null".to_owned(), shown);
    let headers: Vec<_> = record
        .headers()
        .iter()
        .map(|header| {
            let value = to_string(header.schema(), header.value());
            format!("ConnectHeader(key={}, value={value}, schema={})", header.key(), schema(header.schema()))
        })
        .collect();
    let headers = if headers.is_empty() { String::new() } else { format!("[{}]", headers.join(", ")) };
    format!(
        "{} ConnectRecord{{topic='{}', kafkaPartition={}, key={}, keySchema={}, value={}, valueSchema={}, \
         timestamp={}, headers=ConnectHeaders(headers={headers})}}",
        origin(record),
        record.topic(),
        or_null(record.partition()),
        to_string(record.key_schema(), record.key()),
        schema(record.key_schema()),
        to_string(record.value_schema(), record.value()),
        schema(record.value_schema()),
        or_null(record.timestamp()),
    )
}

fn origin(record: &Record<'_>) -> String {
    let Some(offset) = record.kafka_offset() else {
        return format!(
            "SourceRecord{{sourcePartition={}, sourceOffset={}}}",
            to_string(None, record.source_partition()),
            to_string(None, record.source_offset())
        );
    };
    let kind = match record.timestamp_type() {
        TimestampType::None => "NoTimestampType",
        TimestampType::CreateTime => "CreateTime",
        TimestampType::LogAppendTime => "LogAppendTime",
    };
    format!(
        "SinkRecord{{kafkaOffset={offset}, timestampType={kind}, originalTopic={}, originalKafkaPartition={}, \
         originalKafkaOffset={offset}}}",
        or_null(record.original_topic()),
        or_null(record.original_partition())
    )
}

fn or_null<T: ToString>(value: Option<T>) -> String {
    value.map_or("null".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::{Header, SchemaBuilder, Scratch, Value, ValueRef};

    /// Printed by Connect 4.3.1.
    #[test]
    fn shows_all_of_a_record() {
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let schema = SchemaBuilder::structure()
            .field("a", Schema::string())
            .field("n", Schema::optional_int32())
            .build();
        let value = ValueRef::structure(arena.values(&[ValueRef::str("x"), ValueRef::NULL]));
        let headers = [
            Header::new("h", Some(Schema::string()), ValueRef::str("v")),
            Header::new("i", Some(Schema::int32()), ValueRef::int32(3)),
        ];
        let sink = Record::to("t")
            .with_key(None, ValueRef::str("k"))
            .with_value(Some(arena.schema(&schema)), value)
            .with_headers(&headers)
            .from_kafka("t", 1, 5, TimestampType::None);
        assert_eq!(
            record_text(&sink),
            "SinkRecord{kafkaOffset=5, timestampType=NoTimestampType, originalTopic=t, originalKafkaPartition=1, \
             originalKafkaOffset=5} ConnectRecord{topic='t', kafkaPartition=1, key=k, keySchema=null, \
             value=Struct{a=x}, valueSchema=Schema{STRUCT}, timestamp=null, \
             headers=ConnectHeaders(headers=[ConnectHeader(key=h, value=v, schema=Schema{STRING}), \
             ConnectHeader(key=i, value=3, schema=Schema{INT32})])}"
        );
        let map = |name: &str, number: i64| Value::map([(name, number)]).put(arena);
        let source = Record::to("t").from_source(map("p", 1), map("o", 2)).with_value(None, map("a", 0));
        assert_eq!(
            record_text(&source),
            "SourceRecord{sourcePartition={p=1}, sourceOffset={o=2}} ConnectRecord{topic='t', kafkaPartition=null, \
             key=null, keySchema=null, value={a=0}, valueSchema=null, timestamp=null, \
             headers=ConnectHeaders(headers=)}"
        );
    }
}
