//! What every [`Client`] has to do, as plain functions that panic where it does not.
//!
//! Each function works on topics and groups of its own, so that they may run in any order, side by
//! side, and again on the same cluster. [`SUITE`] lists them all.

mod consume;
mod group;
mod produce;
mod topics;
mod transaction;

pub use consume::*;
pub use group::*;
pub use produce::*;
pub use topics::*;
pub use transaction::*;

use crate::{
    Client, ClientConfig, Consumer, ConsumerRecord, Delivery, Error, NewTopic, Producer, ProducerRecord,
    RebalanceEvent, TopicPartition,
};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One check of the suite.
pub type Check = fn(&dyn Client);

/// All checks by name.
pub const SUITE: &[(&str, Check)] = &[
    ("order_and_offsets", order_and_offsets),
    ("nulls_empties_headers_and_timestamps", nulls_empties_headers_and_timestamps),
    ("keys_choose_partitions_as_in_java", keys_choose_partitions_as_in_java),
    ("unknown_partition_is_refused", unknown_partition_is_refused),
    ("large_record", large_record),
    ("too_large_record_fails_alone", too_large_record_fails_alone),
    ("a_low_limit_divides_what_is_sent", a_low_limit_divides_what_is_sent),
    ("bounded_polls", bounded_polls),
    ("pause_resume_seek", pause_resume_seek),
    ("start_offsets", start_offsets),
    ("pattern_finds_later_topics", pattern_finds_later_topics),
    ("group_resumes_after_commit", group_resumes_after_commit),
    ("rebalance_eager", rebalance_eager),
    ("rebalance_cooperative", rebalance_cooperative),
    ("busy_member_keeps_its_partitions", busy_member_keeps_its_partitions),
    ("commit_after_loss_is_refused", commit_after_loss_is_refused),
    ("asynchronous_commits_are_reported", asynchronous_commits_are_reported),
    ("create_describe_delete_topics", create_describe_delete_topics),
    ("list_offsets_by_time", list_offsets_by_time),
    ("administer_group_offsets", administer_group_offsets),
    ("cluster_id_is_stable", cluster_id_is_stable),
    ("transaction_commit", transaction_commit),
    ("transaction_abort", transaction_abort),
    ("a_low_limit_divides_a_transaction", a_low_limit_divides_a_transaction),
    ("older_producer_is_fenced", older_producer_is_fenced),
    ("topic_log_reads_what_is_committed", topic_log_reads_what_is_committed),
    ("topic_is_read_behind_its_last_record", topic_is_read_behind_its_last_record),
];

/// How long anything may take before a check fails, on a machine that does ten other things.
pub(crate) const LIMIT: Duration = Duration::from_secs(300);

/// A name nobody else uses.
pub(crate) fn unique(stem: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_micros());
    format!("{stem}-{}-{time:x}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed))
}

/// A new topic with that many partitions.
pub(crate) fn topic(client: &dyn Client, stem: &str, partitions: i32) -> String {
    let name = unique(stem);
    create(client, NewTopic { partitions, ..NewTopic::new(&name) });
    name
}

/// A new topic that keeps records however old their timestamps are.
pub(crate) fn topic_for_ever(client: &dyn Client, stem: &str, partitions: i32) -> String {
    let mut new = NewTopic { partitions, ..NewTopic::new(unique(stem)) };
    new.configs.insert("retention.ms".to_owned(), "-1".to_owned());
    let name = new.name.clone();
    create(client, new);
    name
}

pub(crate) fn create(client: &dyn Client, new: NewTopic) {
    let admin = client.admin(&ClientConfig::new()).expect("admin");
    for result in admin.create_topics(std::slice::from_ref(&new)).expect("create_topics") {
        result.expect("create topic");
    }
    // A cluster tells its brokers one after the other.
    let start = Instant::now();
    loop {
        let found = admin.describe_topics(&[&new.name]).expect("describe_topics").remove(0);
        if found.is_some_and(|topic| {
            !topic.partitions.is_empty() && topic.partitions.iter().all(|part| part.leader.is_some())
        }) {
            return;
        }
        assert!(start.elapsed() < LIMIT, "topic {} did not appear", new.name);
        std::thread::yield_now();
    }
}

/// A consumed record, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp: Option<i64>,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Seen {
    pub(crate) fn from(record: ConsumerRecord<'_>) -> Self {
        let headers = record.headers.iter();
        Self {
            topic: record.topic.to_string(),
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: headers.map(|(name, value)| ((*name).to_owned(), value.map(<[u8]>::to_vec))).collect(),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.value.as_deref().unwrap_or(b"null")).into_owned()
    }
}

/// Sends one after the other and waits for all; results in the order of sending.
pub(crate) fn deliver(
    producer: &mut dyn Producer,
    records: &[ProducerRecord<'_>],
) -> Vec<Result<(i32, i64), Error>> {
    let mut deliveries = Vec::new();
    for (token, record) in records.iter().enumerate() {
        if let Err(error) = producer.send_or_wait(record, token as u64, &mut deliveries) {
            deliveries.push(Delivery { token: token as u64, result: Err(error) });
        }
    }
    producer.flush(LIMIT, &mut deliveries).expect("flush");
    assert_eq!(producer.in_flight(), 0);
    deliveries.sort_by_key(|delivery| delivery.token);
    let tokens: Vec<u64> = deliveries.iter().map(|delivery| delivery.token).collect();
    assert_eq!(tokens, (0..records.len() as u64).collect::<Vec<_>>(), "each record is answered once");
    deliveries
        .into_iter()
        .map(|delivery| delivery.result.map(|place| (place.partition, place.offset)))
        .collect()
}

/// Writes values without keys to one partition.
pub(crate) fn write(client: &dyn Client, topic: &str, partition: i32, values: &[String]) {
    let mut producer = client.producer(&ClientConfig::new()).expect("producer");
    let records: Vec<ProducerRecord<'_>> = values
        .iter()
        .map(|value| ProducerRecord {
            topic,
            partition: Some(partition),
            value: Some(value.as_bytes()),
            ..Default::default()
        })
        .collect();
    for result in deliver(&mut *producer, &records) {
        result.expect("delivered");
    }
}

pub(crate) fn numbers(range: std::ops::Range<i32>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

/// A consumer that reads these partitions from the start.
pub(crate) fn reader(
    client: &dyn Client,
    topic: &str,
    partitions: i32,
    settings: &[(&str, &str)],
) -> Box<dyn Consumer> {
    let config: ClientConfig = [("auto.offset.reset", "earliest")].iter().chain(settings).copied().collect();
    let mut consumer = client.consumer(&config).expect("consumer");
    let places: Vec<_> =
        (0..partitions).map(|partition| (TopicPartition::new(topic, partition), Some(0))).collect();
    consumer.assign(&places).expect("assign");
    consumer
}

/// Reads until there are `count` records; fails where more come with them.
pub(crate) fn take(consumer: &mut dyn Consumer, count: usize) -> Vec<Seen> {
    let mut seen = Vec::new();
    let start = Instant::now();
    while seen.len() < count {
        assert!(start.elapsed() < LIMIT, "only {} of {count} records came: {seen:?}", seen.len());
        let event = consumer
            .poll(Duration::from_millis(200), usize::MAX, usize::MAX, &mut |record| {
                seen.push(Seen::from(record))
            })
            .expect("poll");
        if let Some(RebalanceEvent::Revoked { partitions, .. }) = event {
            panic!("unexpected loss of {partitions:?}");
        }
    }
    assert_eq!(seen.len(), count, "{seen:?}");
    seen
}

pub(crate) fn texts(seen: &[Seen]) -> Vec<String> {
    seen.iter().map(Seen::text).collect()
}
