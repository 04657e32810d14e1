//! Groups: committed offsets, rebalances, who may commit.

use super::{LIMIT, Seen, numbers, take, texts, topic, unique, write};
use crate::{Client, ClientConfig, Consumer, ErrorKind, RebalanceEvent, Subscription, TopicPartition};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn member(client: &dyn Client, group: &str, topic: &str, settings: &[(&str, &str)]) -> Member {
    let config: ClientConfig =
        [("group.id", group), ("auto.offset.reset", "earliest")].iter().chain(settings).copied().collect();
    let mut consumer = client.consumer(&config).expect("consumer");
    consumer.subscribe(&Subscription::Topics(vec![topic.to_owned()])).expect("subscribe");
    Member { consumer, seen: Vec::new(), events: Vec::new() }
}

struct Member {
    consumer: Box<dyn Consumer>,
    seen: Vec<Seen>,
    events: Vec<RebalanceEvent>,
}

impl Member {
    /// Polls once; on a revocation commits what it has seen, as a task does.
    fn step(&mut self) {
        let seen = &mut self.seen;
        let event = self
            .consumer
            .poll(Duration::from_millis(50), usize::MAX, usize::MAX, &mut |record| {
                seen.push(Seen::from(record))
            })
            .expect("poll");
        if let Some(RebalanceEvent::Revoked { partitions, lost: false }) = &event {
            let offsets: Vec<_> = partitions
                .iter()
                .filter_map(|place| Some((place.clone(), self.consumer.position(place)?)))
                .collect();
            self.consumer.commit(&offsets, true).expect("commit of partitions that are still owned");
        }
        self.events.extend(event);
    }

    fn owned(&self) -> Vec<i32> {
        self.consumer.assignment().iter().map(|place| place.partition).collect()
    }

    /// What the events add up to.
    fn told(&self) -> Vec<i32> {
        let mut owned = BTreeMap::new();
        for event in &self.events {
            match event {
                RebalanceEvent::Assigned(added) => {
                    owned.extend(added.iter().map(|place| (place.partition, ())))
                }
                RebalanceEvent::Revoked { partitions, .. } => owned
                    .retain(|partition, ()| !partitions.iter().any(|place| place.partition == *partition)),
            }
        }
        owned.into_keys().collect()
    }
}

/// Polls all until `done`.
fn until(members: &mut [&mut Member], what: &str, done: impl Fn(&[&mut Member]) -> bool) {
    let start = Instant::now();
    while !done(members) {
        let owned: Vec<_> = members.iter().map(|member| (member.owned(), member.seen.len())).collect();
        assert!(start.elapsed() < LIMIT, "{what} did not happen; (owned, seen) are {owned:?}");
        for member in &mut *members {
            member.step();
        }
    }
}

/// A new member goes on after the committed offset, not after the last one read.
pub fn group_resumes_after_commit(client: &dyn Client) {
    let (topic, group) = (topic(client, "resume", 1), unique("group"));
    write(client, &topic, 0, &numbers(0..10));
    let place = TopicPartition::new(topic.as_str(), 0);
    let mut first = member(client, &group, &topic, &[]);
    assert_eq!(first.consumer.committed(std::slice::from_ref(&place)).expect("committed"), [None]);
    assert_eq!(texts(&take(&mut *first.consumer, 10)), numbers(0..10));
    first.consumer.commit(&[(place.clone(), 6)], true).expect("commit");
    first.consumer.close().expect("close");
    let mut second = member(client, &group, &topic, &[]);
    assert_eq!(texts(&take(&mut *second.consumer, 4)), numbers(6..10));
    assert_eq!(second.consumer.committed(&[place]).expect("committed"), [Some(6)]);
}

fn rebalance(client: &dyn Client, settings: &[(&str, &str)]) -> (Vec<RebalanceEvent>, Vec<RebalanceEvent>) {
    let (topic, group) = (topic(client, "rebalance", 4), unique("group"));
    for partition in 0..4 {
        write(client, &topic, partition, &numbers(partition * 10..partition * 10 + 5));
    }
    let mut first = member(client, &group, &topic, settings);
    until(&mut [&mut first], "the first member reading all", |members| members[0].seen.len() == 20);
    assert_eq!(first.told(), [0, 1, 2, 3]);
    let mut second = member(client, &group, &topic, settings);
    until(&mut [&mut first, &mut second], "two partitions each", |members| {
        members.iter().all(|member| member.owned().len() == 2)
    });
    let mut all = [first.owned(), second.owned()].concat();
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2, 3]);
    assert_eq!((first.told(), second.told()), (first.owned(), second.owned()));
    for partition in 0..4 {
        write(client, &topic, partition, &numbers(partition * 10 + 5..partition * 10 + 10));
    }
    until(&mut [&mut first, &mut second], "ten records each", |members| {
        members[0].seen.len() == 30 && members[1].seen.len() == 10
    });
    // Nothing twice, nothing lost, in order: the offsets committed at the handover were used.
    let mut by_partition: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for record in first.seen.iter().chain(&second.seen) {
        by_partition.entry(record.partition).or_default().push(record.offset);
    }
    let wanted: BTreeMap<i32, Vec<i64>> = (0..4).map(|partition| (partition, (0..10).collect())).collect();
    assert_eq!(by_partition, wanted);
    let (first_events, Member { consumer, events, .. }) = (first.events.clone(), second);
    consumer.close().expect("close");
    until(&mut [&mut first], "the first member owning all again", |members| members[0].owned().len() == 4);
    assert_eq!(first.told(), [0, 1, 2, 3]);
    (first_events, events)
}

fn revoked(events: &[RebalanceEvent]) -> Vec<usize> {
    let count = |event: &RebalanceEvent| match event {
        RebalanceEvent::Revoked { partitions, lost: false } => Some(partitions.len()),
        _ => None,
    };
    events.iter().filter_map(count).collect()
}

/// Eagerly, everything is revoked, then assigned anew.
pub fn rebalance_eager(client: &dyn Client) {
    let (first, _) = rebalance(client, &[]);
    assert_eq!(revoked(&first)[0], 4, "{first:?}");
}

/// Cooperatively, only what moves is revoked.
pub fn rebalance_cooperative(client: &dyn Client) {
    let strategy = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
    let (first, second) = rebalance(client, &[("partition.assignment.strategy", strategy)]);
    assert_eq!(revoked(&first), [2], "{first:?}");
    assert_eq!(revoked(&second), [0; 0], "{second:?}");
}

/// A member that is busy for longer than `max.poll.interval.ms` keeps its partitions with
/// [`Consumer::keep_alive`], is shown nothing meanwhile, and goes on without a gap.
pub fn busy_member_keeps_its_partitions(client: &dyn Client) {
    let (topic, group) = (topic(client, "busy", 2), unique("group"));
    // Long, so that a machine that stands still for a while does not put a member out.
    let interval = Duration::from_secs(20);
    let settings = [("max.poll.interval.ms", "20000"), ("session.timeout.ms", "20000")];
    let mut busy = member(client, &group, &topic, &settings);
    let mut other = member(client, &group, &topic, &settings);
    until(&mut [&mut busy, &mut other], "one partition each", |members| {
        members.iter().all(|member| member.owned().len() == 1)
    });
    assert_eq!(busy.consumer.max_poll_interval(), interval);
    let owned = busy.owned();
    write(client, &topic, owned[0], &numbers(0..5));
    until(&mut [&mut busy, &mut other], "five records", |members| members[0].seen.len() == 5);
    let start = Instant::now();
    let mut written = 5;
    while start.elapsed() < interval + Duration::from_secs(2) {
        if written < 20 {
            write(client, &topic, owned[0], &numbers(written..written + 1));
            written += 1;
        }
        assert_eq!(busy.consumer.keep_alive().expect("keep alive"), None);
        other.step();
    }
    assert_eq!((busy.owned(), other.told().len()), (owned, 1));
    until(&mut [&mut busy, &mut other], "the rest", |members| members[0].seen.len() == 20);
    assert_eq!(busy.seen.iter().map(|record| record.offset).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
}

/// Offsets of a partition that somebody else owns cannot be committed.
pub fn commit_after_loss_is_refused(client: &dyn Client) {
    let (topic, group) = (topic(client, "stranger", 1), unique("group"));
    write(client, &topic, 0, &numbers(0..3));
    let mut owner = member(client, &group, &topic, &[]);
    until(&mut [&mut owner], "the owner reading", |members| members[0].seen.len() == 3);
    let place = TopicPartition::new(topic.as_str(), 0);
    let mut stranger = client.consumer(&ClientConfig::new().with("group.id", &group)).expect("consumer");
    let error = stranger.commit(&[(place.clone(), 1)], true).expect_err("commit of a stranger");
    assert_eq!(error.kind(), ErrorKind::NotOwner, "{error}");
    owner.consumer.commit(&[(place.clone(), 3)], true).expect("commit of the owner");
    assert_eq!(owner.consumer.committed(&[place]).expect("committed"), [Some(3)]);
}

/// The outcome of an asynchronous commit comes out of `poll_commits`.
pub fn asynchronous_commits_are_reported(client: &dyn Client) {
    let (topic, group) = (topic(client, "async", 1), unique("group"));
    write(client, &topic, 0, &numbers(0..3));
    let mut owner = member(client, &group, &topic, &[]);
    until(&mut [&mut owner], "reading", |members| members[0].seen.len() == 3);
    let place = TopicPartition::new(topic.as_str(), 0);
    owner.consumer.commit(&[(place.clone(), 2)], false).expect("commit");
    let mut done = Vec::new();
    let start = Instant::now();
    while done.is_empty() {
        assert!(start.elapsed() < LIMIT, "the commit was never reported");
        owner.step();
        owner.consumer.poll_commits(&mut done);
    }
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].offsets, [(place.clone(), 2)]);
    done[0].result.as_ref().expect("committed");
    assert_eq!(owner.consumer.committed(&[place]).expect("committed"), [Some(2)]);
}
