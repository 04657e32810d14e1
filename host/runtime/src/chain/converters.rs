//! The three converters of a task.

use ferry_kafka::ConsumerRecord;
use ferry_plugin_abi::Result;
use ferry_plugin_abi::api::Converter;
use ferry_plugin_abi::data::{Arena, Header, Record, Schema, TimestampType, ValueRef};

use super::{ErrorPolicy, Origin, StageName, Verdict};

/// A converter and the name of its class, for error reports.
pub struct Named {
    class: String,
    converter: Box<dyn Converter>,
}

/// Key, value and header converter.
pub struct Converters {
    key: Named,
    value: Named,
    header: Named,
    bytes: Bytes,
}

/// The bytes of one record, in buffers used again for the next.
#[derive(Default)]
struct Bytes {
    key: Vec<u8>,
    value: Vec<u8>,
    headers: Vec<u8>,
    header_ends: Vec<Option<usize>>,
}

/// A record in bytes, ready for the producer.
pub struct Converted<'b> {
    /// Key bytes.
    pub key: Option<&'b [u8]>,
    /// Value bytes.
    pub value: Option<&'b [u8]>,
    /// Header names and bytes.
    pub headers: Vec<ferry_kafka::Header<'b>>,
}

impl Converters {
    /// From class names and configured converters.
    pub fn new(
        key: (String, Box<dyn Converter>),
        value: (String, Box<dyn Converter>),
        header: (String, Box<dyn Converter>),
    ) -> Self {
        let named = |(class, converter)| Named { class, converter };
        Self { key: named(key), value: named(value), header: named(header), bytes: Bytes::default() }
    }

    /// Connect's data to bytes, in Connect's order: headers, key, value.
    pub fn to_bytes<'b>(
        &'b mut self,
        record: &Record<'b>,
        policy: &mut ErrorPolicy,
        origin: &Origin<'_>,
    ) -> Result<Verdict<Converted<'b>>> {
        let Self { key, value, header, bytes } = self;
        bytes.headers.clear();
        bytes.header_ends.clear();
        for one in record.headers() {
            let out = &mut bytes.headers;
            let verdict = policy.run(StageName::HeaderConverter, &header.class, origin, || {
                header.converter.from_connect(record.topic(), one.schema(), one.value(), out)
            })?;
            match verdict {
                Verdict::Go(some) => bytes.header_ends.push(some.then_some(bytes.headers.len())),
                Verdict::Skip => return Ok(Verdict::Skip),
            }
        }
        let mut convert =
            |stage, named: &mut Named, schema: Option<&Schema>, data: ValueRef<'_>, out: &mut Vec<u8>| {
                policy.run(stage, &named.class, origin, || {
                    out.clear();
                    named.converter.from_connect(record.topic(), schema, data, out)
                })
            };
        let Verdict::Go(has_key) =
            convert(StageName::KeyConverter, key, record.key_schema(), record.key(), &mut bytes.key)?
        else {
            return Ok(Verdict::Skip);
        };
        let Verdict::Go(has_value) = convert(
            StageName::ValueConverter,
            value,
            record.value_schema(),
            record.value(),
            &mut bytes.value,
        )?
        else {
            return Ok(Verdict::Skip);
        };
        let mut headers = Vec::new();
        let mut start = 0;
        for (one, end) in record.headers().iter().zip(&bytes.header_ends) {
            headers.push((one.key(), end.map(|end| &bytes.headers[start..end])));
            start = end.unwrap_or(start);
        }
        Ok(Verdict::Go(Converted {
            key: has_key.then_some(bytes.key.as_slice()),
            value: has_value.then_some(bytes.value.as_slice()),
            headers,
        }))
    }

    /// Bytes to Connect's data, in Connect's order: key, value, headers.
    pub fn to_record<'a>(
        &mut self,
        consumed: &ConsumerRecord<'_>,
        topic: &'a str,
        arena: &'a Arena,
        policy: &mut ErrorPolicy,
    ) -> Result<Verdict<Record<'a>>> {
        let origin = Origin::Sink { topic, partition: consumed.partition, offset: consumed.offset };
        let mut convert = |stage, named: &mut Named, bytes: Option<&[u8]>| {
            // The converter may point into the bytes, so they live where the batch does.
            let bytes = bytes.map(|bytes| arena.bytes(bytes));
            policy.run(stage, &named.class, &origin, || named.converter.to_connect(topic, bytes, arena))
        };
        let Verdict::Go((key_schema, key)) = convert(StageName::KeyConverter, &mut self.key, consumed.key)?
        else {
            return Ok(Verdict::Skip);
        };
        let Verdict::Go((value_schema, value)) =
            convert(StageName::ValueConverter, &mut self.value, consumed.value)?
        else {
            return Ok(Verdict::Skip);
        };
        let kind = match consumed.timestamp_type {
            ferry_kafka::TimestampType::None => TimestampType::None,
            ferry_kafka::TimestampType::Create => TimestampType::CreateTime,
            ferry_kafka::TimestampType::LogAppend => TimestampType::LogAppendTime,
        };
        let mut record = Record::to(topic)
            .with_key(key_schema, key)
            .with_value(value_schema, value)
            .from_kafka(topic, consumed.partition, consumed.offset, kind);
        record.set_timestamp(consumed.timestamp);
        if !consumed.headers.is_empty() {
            let mut headers = Vec::with_capacity(consumed.headers.len());
            for (name, bytes) in consumed.headers {
                let Verdict::Go((schema, value)) =
                    convert(StageName::HeaderConverter, &mut self.header, *bytes)?
                else {
                    return Ok(Verdict::Skip);
                };
                headers.push(Header::new(arena.str(name), schema, value));
            }
            record.set_headers(arena.headers(&headers));
        }
        Ok(Verdict::Go(record))
    }
}
