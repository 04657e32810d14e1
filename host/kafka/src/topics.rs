//! `ferry topics`: lists, reads, writes, creates and deletes topics of a cluster or an embedded log.
//!
//! The binary parses the command line into these option structs; output goes to any [`Write`].

use crate::{
    Client, ClientConfig, ConsumerRecord, Delivery, Error, ErrorKind, NewTopic, OffsetSpec, ProducerRecord,
    Result, TopicPartition, pattern::is_internal,
};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, ErrorKind as IoKind, Write};
use std::time::{Duration, Instant};

/// How long one look for records lasts.
const LOOK: Duration = Duration::from_millis(100);
/// After this long without a record the broker is taken to be gone.
const PATIENCE: Duration = Duration::from_secs(120);

/// Options of [`read`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// Topic to read.
    pub topic: String,
    /// From the first record; otherwise only what comes from now on, which needs `follow`.
    pub from_beginning: bool,
    /// Stop after that many records.
    pub max: Option<u64>,
    /// Only this partition.
    pub partition: Option<i32>,
    /// Go on waiting for new records after the end.
    pub follow: bool,
    /// How a record is shown.
    pub format: Format,
}

impl ReadOptions {
    /// All of `topic`, values only.
    pub fn new(topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            from_beginning: true,
            max: None,
            partition: None,
            follow: false,
            format: Format::Value,
        }
    }
}

/// How [`read`] shows a record, one per line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The bytes of the value.
    #[default]
    Value,
    /// The bytes of key and value with `=` between them.
    KeyValue,
    /// A JSON object with everything the record holds; bytes that are not UTF-8 are in `…Base64`.
    Json,
}

impl std::str::FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "value" => Ok(Self::Value),
            "key=value" => Ok(Self::KeyValue),
            "json" => Ok(Self::Json),
            _ => Err(Error::new(ErrorKind::Config, format!("format {text} is not value, key=value or json"))),
        }
    }
}

/// Options of [`write()`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOptions {
    /// Topic to write to.
    pub topic: String,
    /// What separates key and value in a line; lines without it have no key.
    pub key_separator: Option<String>,
    /// Only this partition.
    pub partition: Option<i32>,
}

/// How an answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// For people.
    Text,
    /// One JSON value, for programs.
    Json,
}

impl Shape {
    fn show(
        self,
        out: &mut dyn Write,
        text: impl FnOnce() -> String,
        json: &serde_json::Value,
    ) -> Result<()> {
        match self {
            Self::Text => put(out, text().as_bytes()),
            Self::Json => put(out, format!("{json:#}\n").as_bytes()),
        }
    }
}

/// Lists the topics with their number of partitions, internal ones only where asked for.
pub fn list(
    client: &dyn Client,
    config: &ClientConfig,
    internal: bool,
    shape: Shape,
    out: &mut dyn Write,
) -> Result<()> {
    let admin = client.admin(config)?;
    let names = admin.list_topics()?;
    let names: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| internal || !is_internal(name)).collect();
    let topics: Vec<_> = admin.describe_topics(&names)?.into_iter().flatten().collect();
    let json = topics.iter().map(|topic| json!({"topic": topic.name, "partitions": topic.partitions.len()}));
    let text = || {
        let width = topics.iter().map(|topic| topic.name.len()).max().unwrap_or(0).max("TOPIC".len());
        let mut text = format!("{:width$}  PARTITIONS\n", "TOPIC");
        for topic in &topics {
            let _ = writeln!(text, "{:width$}  {}", topic.name, topic.partitions.len());
        }
        text
    };
    shape.show(out, text, &json.collect())
}

/// Shows a topic's partitions with their offsets and its settings.
pub fn describe(
    client: &dyn Client,
    config: &ClientConfig,
    topic: &str,
    shape: Shape,
    out: &mut dyn Write,
) -> Result<()> {
    let admin = client.admin(config)?;
    let partitions = partitions(client, config, topic)?;
    let first = admin.list_offsets(&partitions, OffsetSpec::Earliest)?;
    let last = admin.list_offsets(&partitions, OffsetSpec::Latest)?;
    let settings = admin.topic_config(topic)?;
    let offsets: Vec<_> =
        partitions.iter().zip(first).zip(last).map(|((p, f), l)| (p.partition, f, l)).collect();
    let json = json!({
        "topic": topic,
        "partitions": offsets
            .iter()
            .map(|(partition, first, last)| json!({"partition": partition, "first": first, "end": last}))
            .collect::<Vec<_>>(),
        "config": settings,
    });
    let text = || {
        let mut text = format!("topic {topic}, {} partitions\n", offsets.len());
        for (partition, first, last) in &offsets {
            let _ = writeln!(text, "  partition {partition}: offsets {first} to {last}");
        }
        for (name, value) in &settings {
            let _ = writeln!(text, "  {name}={value}");
        }
        text
    };
    shape.show(out, text, &json)
}

/// Creates a topic.
pub fn create(
    client: &dyn Client,
    config: &ClientConfig,
    topic: &NewTopic,
    shape: Shape,
    out: &mut dyn Write,
) -> Result<()> {
    client.admin(config)?.create_topics(std::slice::from_ref(topic))?.into_iter().collect::<Result<()>>()?;
    shape.show(out, || format!("created topic {}\n", topic.name), &json!({"created": topic.name}))
}

/// Reads a setting of the form `name=value`, as `--config` takes it.
pub fn setting(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(Error::new(ErrorKind::Config, format!("'{text}' is not of the form name=value"))),
    }
}

/// Deletes a topic and all its records.
pub fn delete(
    client: &dyn Client,
    config: &ClientConfig,
    topic: &str,
    shape: Shape,
    out: &mut dyn Write,
) -> Result<()> {
    client.admin(config)?.delete_topics(&[topic])?.into_iter().collect::<Result<()>>()?;
    shape.show(out, || format!("deleted topic {topic}\n"), &json!({"deleted": topic}))
}

/// Shows the records of a topic; says how many. Without `follow` it ends where the topic ended
/// when it began.
pub fn read(
    client: &dyn Client,
    config: &ClientConfig,
    options: &ReadOptions,
    out: &mut dyn Write,
) -> Result<u64> {
    let mut places = partitions(client, config, &options.topic)?;
    if let Some(partition) = options.partition {
        places.retain(|place| place.partition == partition);
        if places.is_empty() {
            return Err(Error::new(
                ErrorKind::UnknownTopic,
                format!("topic {} has no partition {partition}", options.topic),
            ));
        }
    }
    // Markers of transactions and compacted records have offsets too: only the cluster can tell that nothing follows.
    let config = config.clone().with("auto.offset.reset", "earliest").with("enable.partition.eof", "true");
    let mut consumer = client.consumer(&config)?;
    let ends = consumer.end_offsets(&places)?;
    let begins = if options.from_beginning { consumer.beginning_offsets(&places)? } else { ends.clone() };
    let mut open: BTreeMap<TopicPartition, i64> = places
        .iter()
        .zip(&begins)
        .zip(&ends)
        .filter(|((_, begin), end)| begin < end)
        .map(|((place, _), end)| (place.clone(), *end))
        .collect();
    let starts: Vec<_> = places.into_iter().zip(begins.into_iter().map(Some)).collect();
    consumer.assign(&starts)?;
    let (mut count, mut line, mut failed) = (0, Vec::new(), Ok(()));
    let mut last_record = Instant::now();
    while options.max.is_none_or(|max| count < max) && (options.follow || !open.is_empty()) {
        let before = count;
        let left = options.max.map_or(usize::MAX, |max| usize::try_from(max - count).unwrap_or(usize::MAX));
        consumer.poll(LOOK, left, 1 << 20, &mut |record| {
            // What was written since belongs to `follow`.
            let beyond = !options.follow && open.get(&place(&record)).is_none_or(|end| record.offset >= *end);
            if failed.is_ok() && !beyond {
                line.clear();
                show(options.format, &record, &mut line);
                failed = put(out, &line);
                count += 1;
            }
        })?;
        std::mem::replace(&mut failed, Ok(()))?;
        if count > before {
            last_record = Instant::now();
        }
        // By position, for the last offsets may be gaps.
        open.retain(|place, end| consumer.position(place).is_none_or(|position| position < *end));
        if !options.follow && !open.is_empty() && last_record.elapsed() > PATIENCE {
            return Err(Error::new(
                ErrorKind::TimedOut,
                format!(
                    "topic {} was not read to its end: no record came for {} s; is the broker there?",
                    options.topic,
                    PATIENCE.as_secs()
                ),
            ));
        }
    }
    out.flush().or_else(closed)?;
    consumer.close()?;
    Ok(count)
}

/// Writes each line of `input` as a record; says how many.
pub fn write(
    client: &dyn Client,
    config: &ClientConfig,
    options: &WriteOptions,
    input: &mut dyn BufRead,
) -> Result<u64> {
    let mut producer = client.producer(config)?;
    let (mut count, mut line, mut deliveries) = (0, Vec::new(), Vec::new());
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line);
        if read.map_err(|error| Error::new(ErrorKind::Fatal, format!("cannot read the input: {error}")))? == 0
        {
            break;
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        let (key, value) = match options.key_separator.as_deref().filter(|separator| !separator.is_empty()) {
            Some(separator) => split(&line, separator.as_bytes()),
            None => (None, line.as_slice()),
        };
        let record = ProducerRecord {
            topic: &options.topic,
            partition: options.partition,
            key,
            value: Some(value),
            ..Default::default()
        };
        producer.send_or_wait(&record, count, &mut deliveries)?;
        count += 1;
        if count % 1000 == 0 {
            producer.poll(Duration::ZERO, &mut deliveries)?;
            check(&mut deliveries)?;
        }
    }
    producer.flush(Duration::from_secs(120), &mut deliveries)?;
    check(&mut deliveries)?;
    Ok(count)
}

fn check(deliveries: &mut Vec<Delivery>) -> Result<()> {
    deliveries.drain(..).try_for_each(|delivery| {
        delivery
            .result
            .map(|_| ())
            .map_err(|error| error.context(format_args!("line {}", delivery.token + 1)))
    })
}

fn split<'a>(line: &'a [u8], separator: &[u8]) -> (Option<&'a [u8]>, &'a [u8]) {
    match line.windows(separator.len()).position(|window| window == separator) {
        Some(at) => (Some(&line[..at]), &line[at + separator.len()..]),
        None => (None, line),
    }
}

fn partitions(client: &dyn Client, config: &ClientConfig, topic: &str) -> Result<Vec<TopicPartition>> {
    let described = client.admin(config)?.describe_topics(&[topic])?.into_iter().flatten().next();
    let described = described
        .ok_or_else(|| Error::new(ErrorKind::UnknownTopic, format!("topic {topic} does not exist")))?;
    Ok(described.partitions.iter().map(|part| TopicPartition::new(topic, part.partition)).collect())
}

fn place(record: &ConsumerRecord<'_>) -> TopicPartition {
    TopicPartition { topic: record.topic.clone(), partition: record.partition }
}

fn show(format: Format, record: &ConsumerRecord<'_>, line: &mut Vec<u8>) {
    match format {
        Format::Value => line.extend_from_slice(record.value.unwrap_or_default()),
        Format::KeyValue => {
            line.extend_from_slice(record.key.unwrap_or_default());
            line.push(b'=');
            line.extend_from_slice(record.value.unwrap_or_default());
        }
        Format::Json => line.extend_from_slice(json(record).as_bytes()),
    }
    line.push(b'\n');
}

fn json(record: &ConsumerRecord<'_>) -> String {
    let mut text = format!("{{\"partition\":{},\"offset\":{}", record.partition, record.offset);
    if let Some(timestamp) = record.timestamp {
        let _ = write!(text, ",\"timestamp\":{timestamp}");
    }
    text.push(',');
    field(&mut text, "key", record.key);
    text.push(',');
    field(&mut text, "value", record.value);
    text.push_str(",\"headers\":[");
    for (index, (name, value)) in record.headers.iter().enumerate() {
        text.push_str(if index == 0 { "{\"name\":" } else { ",{\"name\":" });
        quote(&mut text, name);
        text.push(',');
        field(&mut text, "value", *value);
        text.push('}');
    }
    text.push_str("]}");
    text
}

fn field(text: &mut String, name: &str, bytes: Option<&[u8]>) {
    match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => drop(write!(text, "\"{name}\":null")),
        Some((_, Ok(string))) => {
            let _ = write!(text, "\"{name}\":");
            quote(text, string);
        }
        Some((bytes, Err(_))) => {
            let _ = write!(text, "\"{name}Base64\":\"{}\"", base64(bytes));
        }
    }
}

fn quote(text: &mut String, string: &str) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c < ' ' => drop(write!(text, "\\u{:04x}", c as u32)),
            c => text.push(c),
        }
    }
    text.push('"');
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().enumerate().fold(0u32, |bits, (i, byte)| bits | u32::from(*byte) << (16 - 8 * i));
        for i in 0..4 {
            text.push(if i <= chunk.len() {
                ALPHABET[(bits >> (18 - 6 * i) & 63) as usize] as char
            } else {
                '='
            });
        }
    }
    text
}

fn put(out: &mut dyn Write, bytes: &[u8]) -> Result<()> {
    out.write_all(bytes).or_else(closed)
}

/// The error of a write to the output; `ferry topics read | head` closes it early.
fn closed(error: std::io::Error) -> Result<()> {
    let kind = if error.kind() == IoKind::BrokenPipe {
        "the reader of the output has gone"
    } else {
        "cannot write the output"
    };
    Err(Error::new(ErrorKind::Fatal, format!("{kind}: {error}")))
}
