//! The limit: the same job as a file source or a file sink, done by a loop over the raw client and nothing else.
//!
//! `raw-client produce BOOTSTRAP TOPIC FILE string|json` hands each line to a `BaseProducer`;
//! `raw-client consume BOOTSTRAP TOPIC FILE string|json COUNT` writes each value of a `BaseConsumer`.
//! The settings are the fastest that keep Connect's guarantees: order, all acknowledgements, no duplicates.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

/// What Connect's JsonConverter puts round a string.
const HEAD: &[u8] = br#"{"schema":{"type":"string","optional":false},"payload":""#;
const TAIL: &[u8] = br#""}"#;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["produce", bootstrap, topic, file, format] => produce(bootstrap, topic, file, format == "json"),
        ["consume", bootstrap, topic, file, format, count] => {
            consume(bootstrap, topic, file, format == "json", count.parse().expect("a count"));
        }
        _ => panic!("usage: raw-client produce|consume BOOTSTRAP TOPIC FILE string|json [COUNT]"),
    }
}

/// Every record must arrive.
struct AllArrive;

impl ClientContext for AllArrive {}

impl ProducerContext for AllArrive {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            panic!("a record was not delivered: {error}");
        }
    }
}

fn produce(bootstrap: &str, topic: &str, file: &str, json: bool) {
    let producer: BaseProducer<AllArrive> = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("max.in.flight", "5")
        .set("linger.ms", "5")
        .set("batch.size", "1000000")
        .set("batch.num.messages", "100000")
        .set("queue.buffering.max.messages", "1000000")
        .set("queue.buffering.max.kbytes", "131072")
        .create_with_context(AllArrive)
        .expect("a producer");
    let mut lines = BufReader::with_capacity(1 << 20, File::open(file).expect("the input"));
    let (mut line, mut value) = (Vec::new(), Vec::new());
    for sent in 0_u64.. {
        line.clear();
        if lines.read_until(b'\n', &mut line).expect("a line") == 0 {
            break;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let payload = if json {
            value.clear();
            value.extend_from_slice(HEAD);
            // The lines of the benchmark hold nothing that JSON escapes.
            value.extend_from_slice(text);
            value.extend_from_slice(TAIL);
            &value
        } else {
            text
        };
        let mut record = BaseRecord::<(), [u8]>::to(topic).partition(0).payload(payload);
        while let Err((error, back)) = producer.send(record) {
            assert!(
                matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)),
                "cannot send: {error}"
            );
            producer.poll(Duration::from_millis(10));
            record = back;
        }
        if sent % 1000 == 0 {
            producer.poll(Duration::ZERO);
        }
    }
    producer.flush(Duration::from_secs(120)).expect("all delivered");
}

fn consume(bootstrap: &str, topic: &str, file: &str, json: bool, count: u64) {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "raw-client")
        .set("enable.auto.commit", "false")
        .set("fetch.message.max.bytes", "1048576")
        .set("queued.min.messages", "100000")
        // A full queue must not stop fetching for a whole second, as it does by default.
        .set("fetch.queue.backoff.ms", "2")
        .create()
        .expect("a consumer");
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Beginning).expect("a partition");
    consumer.assign(&list).expect("assigned");
    let mut out = BufWriter::with_capacity(1 << 16, File::create(file).expect("the output"));
    let mut seen = 0;
    while seen < count {
        let Some(message) = consumer.poll(Duration::from_secs(60)) else {
            panic!("nothing came for a minute after {seen} records");
        };
        let message = message.expect("a record");
        let value = message.payload().expect("a value");
        let text = if json { &value[HEAD.len()..value.len() - TAIL.len()] } else { value };
        out.write_all(text).and_then(|()| out.write_all(b"\n")).expect("written");
        seen += 1;
    }
    out.flush().expect("written");
}
