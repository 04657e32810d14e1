//! The three converters of a task.

use ferry_plugin_abi::Result;
use ferry_plugin_abi::api::{Converter, Role};
use ferry_plugin_abi::data::{Arena, Header, Record, Schema, ValueRef};

use super::{Culprit, ErrorPolicy, Origin, Original, StageName, Verdict};

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
    /// Who was asked last.
    asked: Role,
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
        Self {
            key: named(key),
            value: named(value),
            header: named(header),
            asked: Role::Key,
            bytes: Bytes::default(),
        }
    }

    /// The converter that was asked last: the one that failed, where one did.
    pub fn culprit(&self) -> Culprit {
        let converter = match self.asked {
            Role::Key => &self.key,
            Role::Value => &self.value,
            Role::Header => &self.header,
        };
        Culprit { setting: format!("{}.converter", self.asked.name()), class: converter.class.clone() }
    }

    /// Connect's data to bytes, in Connect's order: headers, key, value. All headers are one operation.
    pub fn to_bytes<'b>(
        &'b mut self,
        record: &Record<'b>,
        policy: &mut ErrorPolicy,
        origin: &Origin<'_>,
    ) -> Result<Verdict<Converted<'b>>> {
        let Self { key, value, header, bytes, asked } = self;
        let Bytes { headers, header_ends, .. } = bytes;
        if record.headers().is_empty() {
            header_ends.clear();
        } else {
            *asked = Role::Header;
            let verdict = policy.run(StageName::HeaderConverter, &header.class, origin, || {
                write_headers(record, &mut *header.converter, headers, header_ends)
            })?;
            if verdict == Verdict::Skip {
                return Ok(Verdict::Skip);
            }
        }
        *asked = Role::Key;
        let verdict = policy.run(StageName::KeyConverter, &key.class, origin, || {
            write(&mut *key.converter, record.topic(), record.key_schema(), record.key(), &mut bytes.key)
        })?;
        let Verdict::Go(has_key) = verdict else { return Ok(Verdict::Skip) };
        *asked = Role::Value;
        let verdict = policy.run(StageName::ValueConverter, &value.class, origin, || {
            let (schema, data) = (record.value_schema(), record.value());
            write(&mut *value.converter, record.topic(), schema, data, &mut bytes.value)
        })?;
        let Verdict::Go(has_value) = verdict else { return Ok(Verdict::Skip) };
        Ok(Verdict::Go(bytes.converted(record, has_key, has_value)))
    }

    /// The same for a record that a sink task made itself and reports: any error is the caller's.
    pub fn to_bytes_or_fail<'b>(&'b mut self, record: &Record<'b>) -> Result<Converted<'b>> {
        let Self { key, value, header, bytes, .. } = self;
        let (topic, schema) = (record.topic(), record.key_schema());
        let has_key = write(&mut *key.converter, topic, schema, record.key(), &mut bytes.key)?;
        let schema = record.value_schema();
        let has_value = write(&mut *value.converter, topic, schema, record.value(), &mut bytes.value)?;
        write_headers(record, &mut *header.converter, &mut bytes.headers, &mut bytes.header_ends)?;
        Ok(bytes.converted(record, has_key, has_value))
    }

    /// Bytes to Connect's data, in Connect's order: key, value, headers. All headers are one operation. The
    /// record may point into the bytes.
    pub fn to_record<'a>(
        &mut self,
        original: Original<'a>,
        arena: &'a Arena,
        policy: &mut ErrorPolicy,
    ) -> Result<Verdict<Record<'a>>> {
        let origin = Origin::Sink(original);
        let topic = original.topic();
        let Self { key, value, header, asked, .. } = self;
        let mut convert = |role, stage, named: &mut Named, bytes| {
            *asked = role;
            policy.run(stage, &named.class, &origin, || named.converter.to_connect(topic, bytes, arena))
        };
        let Verdict::Go((key_schema, key)) =
            convert(Role::Key, StageName::KeyConverter, key, original.key())?
        else {
            return Ok(Verdict::Skip);
        };
        let Verdict::Go((value_schema, value)) =
            convert(Role::Value, StageName::ValueConverter, value, original.value())?
        else {
            return Ok(Verdict::Skip);
        };
        let mut record = Record::to(topic)
            .with_key(key_schema, key)
            .with_value(value_schema, value)
            .from_kafka(topic, original.partition(), original.offset(), original.timestamp_type());
        record.set_timestamp(original.timestamp());
        if original.headers().len() > 0 {
            *asked = Role::Header;
            let verdict = policy.run(StageName::HeaderConverter, &header.class, &origin, || {
                let read = |(name, bytes)| {
                    let (schema, value) = header.converter.to_connect(topic, bytes, arena)?;
                    Ok(Header::new(name, schema, value))
                };
                original.headers().map(read).collect::<Result<Vec<_>>>()
            })?;
            let Verdict::Go(headers) = verdict else { return Ok(Verdict::Skip) };
            record.set_headers(arena.headers(&headers));
        }
        Ok(Verdict::Go(record))
    }
}

/// Whether there are bytes, not null.
fn write(
    converter: &mut dyn Converter,
    topic: &str,
    schema: Option<&Schema>,
    data: ValueRef<'_>,
    out: &mut Vec<u8>,
) -> Result<bool> {
    out.clear();
    converter.from_connect(topic, schema, data, out)
}

impl Bytes {
    fn converted<'b>(&'b self, record: &Record<'b>, has_key: bool, has_value: bool) -> Converted<'b> {
        let mut headers = Vec::new();
        let mut start = 0;
        for (one, end) in record.headers().iter().zip(&self.header_ends) {
            headers.push((one.key(), end.map(|end| &self.headers[start..end])));
            start = end.unwrap_or(start);
        }
        Converted {
            key: has_key.then_some(self.key.as_slice()),
            value: has_value.then_some(self.value.as_slice()),
            headers,
        }
    }
}

fn write_headers(
    record: &Record<'_>,
    converter: &mut dyn Converter,
    out: &mut Vec<u8>,
    ends: &mut Vec<Option<usize>>,
) -> Result<()> {
    out.clear();
    ends.clear();
    for one in record.headers() {
        let some = converter.from_connect(record.topic(), one.schema(), one.value(), out)?;
        ends.push(some.then_some(out.len()));
    }
    Ok(())
}
