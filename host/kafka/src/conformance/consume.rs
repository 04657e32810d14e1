//! Consuming without a group, and patterns.

use super::{LIMIT, Seen, numbers, reader, take, texts, topic, unique, write};
use crate::{Client, ClientConfig, RebalanceEvent, Subscription, TopicPartition};
use std::time::{Duration, Instant};

/// A poll shows no more than asked for, and at least one record.
pub fn bounded_polls(client: &dyn Client) {
    let topic = topic(client, "bounds", 1);
    write(client, &topic, 0, &numbers(100..200));
    let mut consumer = reader(client, &topic, 1, &[]);
    let mut seen = Vec::new();
    let start = Instant::now();
    for (max_records, max_bytes) in [(7, usize::MAX), (usize::MAX, 1), (usize::MAX, 30)].into_iter().cycle() {
        let before = seen.len();
        consumer
            .poll(Duration::from_secs(5), max_records, max_bytes, &mut |record| seen.push(Seen::from(record)))
            .expect("poll");
        let count = seen.len() - before;
        // 30 bytes are ten records of three bytes.
        let most = max_records.min(if max_bytes == 1 { 1 } else { 10 });
        assert!(count <= most, "{count} records where {max_records} or {max_bytes} bytes were asked for");
        if seen.len() == 100 {
            break;
        }
        assert!(start.elapsed() < LIMIT, "only {} records", seen.len());
    }
    assert_eq!(texts(&seen), numbers(100..200));
    assert_eq!(consumer.position(&TopicPartition::new(topic, 0)), Some(100));
}

/// A paused partition is silent and goes on where it was; a seek moves both ways.
pub fn pause_resume_seek(client: &dyn Client) {
    let topic = topic(client, "pause", 2);
    let (first, second) = (TopicPartition::new(topic.as_str(), 0), TopicPartition::new(topic.as_str(), 1));
    write(client, &topic, 0, &numbers(0..10));
    let mut consumer = reader(client, &topic, 2, &[]);
    assert_eq!(texts(&take(&mut *consumer, 10)), numbers(0..10));
    consumer.pause(std::slice::from_ref(&first)).expect("pause");
    write(client, &topic, 0, &numbers(10..20));
    write(client, &topic, 1, &numbers(100..105));
    let seen = take(&mut *consumer, 5);
    assert!(seen.iter().all(|record| record.partition == 1), "{seen:?}");
    // The paused one stays silent while the other is read.
    consumer
        .poll(Duration::from_millis(300), usize::MAX, usize::MAX, &mut |record| {
            panic!("{record:?} while paused")
        })
        .expect("poll");
    consumer.resume(std::slice::from_ref(&first)).expect("resume");
    assert_eq!(texts(&take(&mut *consumer, 10)), numbers(10..20));
    consumer.seek(&first, 15).expect("seek");
    assert_eq!(texts(&take(&mut *consumer, 5)), numbers(15..20));
    consumer.seek(&second, 0).expect("seek");
    assert_eq!(texts(&take(&mut *consumer, 5)), numbers(100..105));
    assert_eq!(consumer.position(&first), Some(20));
    assert_eq!(consumer.position(&second), Some(5));
    assert_eq!(consumer.assignment(), [first.clone(), second.clone()]);
    assert_eq!(consumer.beginning_offsets(&[first.clone(), second.clone()]).expect("beginning"), [0, 0]);
    assert_eq!(consumer.end_offsets(&[first, second]).expect("end"), [20, 5]);
    consumer.close().expect("close");
}

/// Reading starts where it was told to, else as `auto.offset.reset` says.
pub fn start_offsets(client: &dyn Client) {
    let topic = topic(client, "start", 1);
    write(client, &topic, 0, &numbers(0..10));
    let place = TopicPartition::new(topic.as_str(), 0);
    let open = |reset: &str, start| {
        let mut consumer =
            client.consumer(&ClientConfig::new().with("auto.offset.reset", reset)).expect("consumer");
        consumer.assign(&[(place.clone(), start)]).expect("assign");
        consumer
    };
    assert_eq!(texts(&take(&mut *open("latest", Some(4)), 6)), numbers(4..10));
    assert_eq!(texts(&take(&mut *open("earliest", None), 10)), numbers(0..10));
    // Out of range is reset.
    assert_eq!(texts(&take(&mut *open("earliest", Some(99)), 10)), numbers(0..10));
    let mut none = open("none", Some(99));
    let start = Instant::now();
    let error = loop {
        assert!(start.elapsed() < LIMIT, "no error although there is no offset to start at");
        let polled =
            none.poll(Duration::from_millis(100), 10, usize::MAX, &mut |record| panic!("{record:?}"));
        if let Err(error) = polled {
            break error;
        }
    };
    assert_eq!(error.kind(), crate::ErrorKind::Invalid, "{error}");
}

/// A pattern matches whole names and finds topics made later.
pub fn pattern_finds_later_topics(client: &dyn Client) {
    let stem = unique("pattern");
    let make = |suffix: &str| {
        super::create(
            client,
            crate::NewTopic { partitions: 1, ..crate::NewTopic::new(format!("{stem}{suffix}")) },
        )
    };
    make(".a");
    make(".a-not");
    let config = ClientConfig::new()
        .with("group.id", unique("group"))
        .with("auto.offset.reset", "earliest")
        .with("metadata.max.age.ms", "300");
    let mut consumer = client.consumer(&config).expect("consumer");
    consumer
        .subscribe(&Subscription::Pattern(format!("{}\\.[ab]", stem.replace('.', "\\."))))
        .expect("subscribe");
    for name in [".a", ".a-not", ".b"] {
        if name == ".b" {
            make(name);
        }
        write(client, &format!("{stem}{name}"), 0, &[format!("in {name}")]);
    }
    let (mut seen, mut owned) = (Vec::new(), Vec::new());
    let start = Instant::now();
    while seen.len() < 2 {
        assert!(start.elapsed() < LIMIT, "owned {owned:?}, seen {seen:?}");
        let event = consumer
            .poll(Duration::from_millis(100), usize::MAX, usize::MAX, &mut |record| {
                seen.push(Seen::from(record))
            })
            .expect("poll");
        match event {
            Some(RebalanceEvent::Assigned(added)) => owned.extend(added),
            Some(RebalanceEvent::Revoked { partitions, .. }) => {
                // As a task does, so that nothing is shown twice.
                let offsets: Vec<_> = partitions
                    .iter()
                    .filter_map(|place| Some((place.clone(), consumer.position(place)?)))
                    .collect();
                consumer.commit(&offsets, true).expect("commit");
                owned.retain(|place| !partitions.contains(place));
            }
            None => {}
        }
    }
    let mut found = texts(&seen);
    found.sort();
    assert_eq!(found, ["in .a", "in .b"]);
    owned.sort();
    assert_eq!(
        owned,
        [TopicPartition::new(format!("{stem}.a"), 0), TopicPartition::new(format!("{stem}.b"), 0)]
    );
}
