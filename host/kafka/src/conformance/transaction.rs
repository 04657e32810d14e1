//! Transactions as `read_committed` consumers see them.

use super::produce::low_limit;
use super::{LIMIT, reader, take, texts, topic, unique, write};
use crate::topics::{self, ReadOptions};
use crate::{Client, ClientConfig, ErrorKind, Producer, ProducerRecord, TopicLog, TopicPartition};
use std::time::Duration;

fn producer(client: &dyn Client, id: &str) -> Box<dyn Producer> {
    let mut producer = client.producer(&ClientConfig::new().with("transactional.id", id)).expect("producer");
    producer.init_transactions(LIMIT).expect("init_transactions");
    producer
}

/// Sends and waits for the log to have it.
fn send(producer: &mut dyn Producer, topic: &str, partition: i32, values: &[&str]) {
    let mut deliveries = Vec::new();
    for (token, value) in values.iter().enumerate() {
        let record = ProducerRecord {
            topic,
            partition: Some(partition),
            value: Some(value.as_bytes()),
            ..Default::default()
        };
        producer.send_or_wait(&record, token as u64, &mut deliveries).expect("send");
    }
    producer.flush(LIMIT, &mut deliveries).expect("flush");
    assert_eq!(deliveries.len(), values.len());
    for delivery in deliveries {
        delivery.result.expect("delivered");
    }
}

/// What is open is hidden, and hides what follows it; committed, all of it is there.
pub fn transaction_commit(client: &dyn Client) {
    let topic = topic(client, "commit", 2);
    let mut producer = producer(client, &unique("transaction"));
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 0, &["a", "b"]);
    send(&mut *producer, &topic, 1, &["c"]);
    write(client, &topic, 0, &["plain".to_owned()]);
    let mut committed = reader(client, &topic, 2, &[("isolation.level", "read_committed")]);
    let mut uncommitted = reader(client, &topic, 2, &[]);
    assert_eq!(take(&mut *uncommitted, 4).len(), 4);
    committed
        .poll(Duration::from_millis(500), usize::MAX, usize::MAX, &mut |record| {
            panic!("{record:?} is not committed")
        })
        .expect("poll");
    assert_eq!(committed.end_offsets(&[TopicPartition::new(topic.as_str(), 0)]).expect("end"), [0]);
    producer.commit_transaction(LIMIT, &mut Vec::new()).expect("commit");
    let mut found = texts(&take(&mut *committed, 4));
    found.sort();
    assert_eq!(found, ["a", "b", "c", "plain"]);
    // And again with the same producer.
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 0, &["d"]);
    producer.commit_transaction(LIMIT, &mut Vec::new()).expect("commit");
    assert_eq!(texts(&take(&mut *committed, 1)), ["d"]);
}

/// What was aborted is never shown; what follows is.
pub fn transaction_abort(client: &dyn Client) {
    let topic = topic(client, "abort", 1);
    let mut producer = producer(client, &unique("transaction"));
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 0, &["lost 1", "lost 2"]);
    // One more that the log need not have seen.
    let record =
        ProducerRecord { topic: &topic, partition: Some(0), value: Some(b"lost 3"), ..Default::default() };
    producer.send(&record, 9).expect("send");
    let mut deliveries = Vec::new();
    producer.abort_transaction(LIMIT, &mut deliveries).expect("abort");
    assert_eq!(deliveries.iter().map(|delivery| delivery.token).collect::<Vec<_>>(), [9]);
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 0, &["kept"]);
    producer.commit_transaction(LIMIT, &mut deliveries).expect("commit");
    write(client, &topic, 0, &["plain".to_owned()]);
    let mut committed = reader(client, &topic, 1, &[("isolation.level", "read_committed")]);
    assert_eq!(texts(&take(&mut *committed, 2)), ["kept", "plain"]);
}

/// A transaction holds more than its topic takes at once; a record that does not fit by itself ends it, and the
/// next producer goes on.
pub fn a_low_limit_divides_a_transaction(client: &dyn Client) {
    let topic = low_limit(client);
    let values: Vec<String> = (0..300).map(|number| format!("{number:03}{}", "x".repeat(500))).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let large = "x".repeat(30_000);
    let id = unique("transaction");
    let mut producer = self::producer(client, &id);
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 0, &values[..200]);
    producer.commit_transaction(LIMIT, &mut Vec::new()).expect("commit");
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 0, &["lost"]);
    let record = ProducerRecord { topic: &topic, value: Some(large.as_bytes()), ..Default::default() };
    let mut deliveries = Vec::new();
    producer.send_or_wait(&record, 9, &mut deliveries).expect("send");
    let error = producer.commit_transaction(LIMIT, &mut deliveries).expect_err("it is not whole");
    assert_eq!(error.kind(), ErrorKind::AbortTransaction, "{error}");
    let refused =
        deliveries.iter().map(|delivery| delivery.result.as_ref().map(drop).map_err(crate::Error::kind));
    assert_eq!(refused.collect::<Vec<_>>(), [Err(ErrorKind::TooLarge)]);
    producer.abort_transaction(LIMIT, &mut deliveries).expect("abort");
    // librdkafka's is of no more use: what it sends next is out of sequence.
    let mut producer = self::producer(client, &id);
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 0, &values[200..]);
    producer.commit_transaction(LIMIT, &mut Vec::new()).expect("commit");
    let mut committed = reader(client, &topic, 1, &[("isolation.level", "read_committed")]);
    assert_eq!(texts(&take(&mut *committed, 300)), values);
}

/// A second producer with the same id ends the first one's transaction and shuts it out.
pub fn older_producer_is_fenced(client: &dyn Client) {
    let (topic, id) = (topic(client, "fence", 1), unique("transaction"));
    let mut older = producer(client, &id);
    older.begin_transaction().expect("begin");
    send(&mut *older, &topic, 0, &["old"]);
    let mut newer = producer(client, &id);
    newer.begin_transaction().expect("begin");
    send(&mut *newer, &topic, 0, &["new"]);
    newer.commit_transaction(LIMIT, &mut Vec::new()).expect("commit");
    let error = older.commit_transaction(LIMIT, &mut Vec::new()).expect_err("fenced");
    assert_eq!(error.kind(), ErrorKind::Fenced, "{error}");
    let mut committed = reader(client, &topic, 1, &[("isolation.level", "read_committed")]);
    assert_eq!(texts(&take(&mut *committed, 1)), ["new"]);
}

/// A topic read as a table shows each committed record once, passes over the markers of transactions, and
/// waits for those that are open.
pub fn topic_log_reads_what_is_committed(client: &dyn Client) {
    let topic = topic(client, "table", 3);
    let mut producer = producer(client, &unique("transaction"));
    let settings = ClientConfig::new().with("isolation.level", "read_committed");
    let mut log = TopicLog::new(client, &topic, &settings, &ClientConfig::new()).expect("a log");
    let mut read = |limit: Duration| {
        let mut seen = Vec::new();
        let read = log.read_to_end(client, limit, &mut |record| {
            seen.push(String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned());
        });
        seen.sort();
        read.map(|()| seen)
    };
    assert_eq!(read(LIMIT), Ok(Vec::new()));
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 0, &["a", "b"]);
    send(&mut *producer, &topic, 2, &["c"]);
    producer.commit_transaction(LIMIT, &mut Vec::new()).expect("commit");
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 0, &["lost"]);
    producer.abort_transaction(LIMIT, &mut Vec::new()).expect("abort");
    assert_eq!(read(LIMIT), Ok(["a", "b", "c"].map(str::to_owned).to_vec()));
    assert_eq!(read(LIMIT), Ok(Vec::new()));
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 1, &["d"]);
    let open = read(Duration::from_millis(300)).expect_err("a transaction is open");
    assert_eq!(open.kind(), ErrorKind::TimedOut, "{open}");
    producer.commit_transaction(LIMIT, &mut Vec::new()).expect("commit");
    assert_eq!(read(LIMIT), Ok(vec!["d".to_owned()]));
}

/// A topic that ends with the marker of a transaction, or with what was aborted, is read to its end and not for ever.
pub fn topic_is_read_behind_its_last_record(client: &dyn Client) {
    let topic = topic(client, "marked", 1);
    let mut producer = producer(client, &unique("transaction"));
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 0, &["a", "b"]);
    producer.commit_transaction(LIMIT, &mut Vec::new()).expect("commit");
    producer.begin_transaction().expect("begin");
    send(&mut *producer, &topic, 0, &["lost"]);
    producer.abort_transaction(LIMIT, &mut Vec::new()).expect("abort");
    let settings = ClientConfig::new().with("isolation.level", "read_committed");
    let mut out = Vec::new();
    let count = topics::read(client, &settings, &ReadOptions::new(&topic), &mut out).expect("read");
    assert_eq!((count, String::from_utf8_lossy(&out).as_ref()), (2, "a\nb\n"));
}
