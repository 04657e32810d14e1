//! The sentences of `errors.log.enable` (`LogReporter`).

use ferry_plugin_abi::data::java::{append_i64, to_string};
use ferry_plugin_abi::data::{Header, Record, Schema, TimestampType, ValueRef};

use super::{Failure, Origin, Original};
use crate::executor::TaskId;

/// What Connect writes to the log for a failed record; `include` is `errors.log.include.messages`.
pub(super) fn sentence(task: &TaskId, failure: &Failure<'_>, origin: &Origin<'_>, include: bool) -> String {
    let mut out = format!(
        "Error encountered in task {task}. Executing stage '{}' with class '{}'",
        failure.stage.name(),
        failure.class
    );
    if include {
        match origin {
            Origin::Source(record) => {
                out.push_str(", where source record is = ");
                out.push_str(&source_record(record));
            }
            Origin::Sink(original) => {
                out.push_str(", where consumed record is ");
                out.push_str(&consumed(*original));
            }
        }
    }
    out.push('.');
    out
}

fn consumed(original: Original<'_>) -> String {
    let mut out = format!(
        "{{topic='{}', partition={}, offset={}",
        original.topic(),
        original.partition(),
        original.offset()
    );
    let kind = match original.timestamp_type() {
        TimestampType::None => None,
        TimestampType::CreateTime => Some("CreateTime"),
        TimestampType::LogAppendTime => Some("LogAppendTime"),
    };
    if let Some(kind) = kind {
        let timestamp = original.timestamp().unwrap_or(-1);
        out.push_str(&format!(", timestamp={timestamp}, timestampType={kind}"));
    }
    out.push('}');
    out
}

/// `SourceRecord.toString`.
fn source_record(record: &Record<'_>) -> String {
    let number = |number: Option<i64>| {
        let mut out = Vec::new();
        match number {
            Some(number) => append_i64(&mut out, number),
            None => out.extend_from_slice(b"null"),
        }
        String::from_utf8(out).unwrap_or_default()
    };
    format!(
        "SourceRecord{{sourcePartition={}, sourceOffset={}}} ConnectRecord{{topic='{}', kafkaPartition={}, \
         key={}, keySchema={}, value={}, valueSchema={}, timestamp={}, headers={}}}",
        to_string(None, record.source_partition()),
        to_string(None, record.source_offset()),
        record.topic(),
        number(record.partition().map(i64::from)),
        shown(record.key_schema(), record.key()),
        schema(record.key_schema()),
        shown(record.value_schema(), record.value()),
        schema(record.value_schema()),
        number(record.timestamp()),
        headers(record.headers()),
    )
}

fn shown(schema: Option<&Schema>, value: ValueRef<'_>) -> String {
    to_string(schema, value)
}

/// `ConnectSchema.toString`.
fn schema(schema: Option<&Schema>) -> String {
    let Some(schema) = schema else { return "null".to_owned() };
    let kind = schema.kind().name().to_ascii_uppercase();
    match schema.name() {
        Some(name) => format!("Schema{{{name}:{kind}}}"),
        None => format!("Schema{{{kind}}}"),
    }
}

/// `ConnectHeaders.toString`.
fn headers(headers: &[Header<'_>]) -> String {
    if headers.is_empty() {
        return "ConnectHeaders(headers=)".to_owned();
    }
    let one = |header: &Header<'_>| {
        format!(
            "ConnectHeader(key={}, value={}, schema={})",
            header.key(),
            shown(header.schema(), header.value()),
            schema(header.schema())
        )
    };
    let all: Vec<_> = headers.iter().map(one).collect();
    format!("ConnectHeaders(headers=[{}])", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::StageName;
    use ferry_plugin_abi::Error;
    use ferry_plugin_abi::data::{Entry, Scratch};

    fn said(origin: &Origin<'_>, include: bool) -> String {
        let task = TaskId { connector: "c".into(), task: 0 };
        let error = Error::data("bad");
        let failure = Failure { stage: StageName::ValueConverter, class: "x.Y", error: &error };
        sentence(&task, &failure, origin, include)
    }

    #[test]
    fn a_consumed_record_is_told_as_connect_tells_it() {
        let record = Record::to("t").from_kafka("t", 0, 1, TimestampType::CreateTime).with_timestamp(1000);
        let origin = Origin::Sink(Original::of(&record));
        let start = "Error encountered in task c-0. Executing stage 'VALUE_CONVERTER' with class 'x.Y'";
        assert_eq!(said(&origin, false), format!("{start}."));
        assert_eq!(
            said(&origin, true),
            format!(
                "{start}, where consumed record is {{topic='t', partition=0, offset=1, timestamp=1000, \
                 timestampType=CreateTime}}."
            )
        );
        let record = Record::to("t").from_kafka("t", 0, 1, TimestampType::None);
        let origin = Origin::Sink(Original::of(&record));
        assert!(said(&origin, true).ends_with("{topic='t', partition=0, offset=1}."));
    }

    #[test]
    fn a_source_record_is_told_as_connect_tells_it() {
        let scratch = Scratch::new();
        let map = |key: &'static str, value| {
            ValueRef::map(scratch.arena().entries(&[Entry { key: ValueRef::str(key), value }]))
        };
        let headers = [Header::new("h", Some(Schema::string()), ValueRef::str("v"))];
        let record = Record::to("t")
            .with_value(Some(Schema::string()), ValueRef::str("line"))
            .with_headers(&headers)
            .from_source(map("filename", ValueRef::str("f")), map("position", ValueRef::int64(7)));
        assert!(said(&Origin::Source(&record), true).ends_with(
            ", where source record is = SourceRecord{sourcePartition={filename=f}, sourceOffset={position=7}} \
             ConnectRecord{topic='t', kafkaPartition=null, key=null, keySchema=null, value=line, \
             valueSchema=Schema{STRING}, timestamp=null, headers=ConnectHeaders(headers=[ConnectHeader(key=h, \
             value=v, schema=Schema{STRING})])}."
        ));
        assert!(
            said(&Origin::Source(&Record::to("t")), true).ends_with("headers=ConnectHeaders(headers=)}.")
        );
    }
}
