//! What librdkafka tells of its clients every `statistics.interval.ms`, for all clients of this process.

use crate::statistics::{
    ClientKind, ClientStatistics, ConsumerStatistics, Count, ProducerStatistics, Spread,
};
use rdkafka::statistics::{Partition, Statistics, Topic, Window};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The last that each client told, by the name of its handle, which is unique in the process. The callback
/// that fills it belongs to clients of all kinds, whose own data it must not reach into.
static TOLD: Mutex<BTreeMap<String, Told>> = Mutex::new(BTreeMap::new());

struct Told {
    /// When, in microseconds, with the counts of that time.
    at: i64,
    counts: Counts,
    statistics: ClientStatistics,
}

/// Counts whose growth is of interest.
#[derive(Clone, Debug, Default)]
struct Counts {
    requests: i64,
    responses: i64,
    sent_bytes: i64,
    received_bytes: i64,
    records: i64,
    record_bytes: i64,
    fetches: i64,
    /// Records and bytes.
    topics: BTreeMap<String, (u64, u64)>,
}

fn told() -> MutexGuard<'static, BTreeMap<String, Told>> {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All clients, producers first.
pub(super) fn all() -> Vec<ClientStatistics> {
    let mut all: Vec<_> = told().values().map(|told| told.statistics.clone()).collect();
    all.sort_by(|a, b| (a.kind, &a.client_id).cmp(&(b.kind, &b.client_id)));
    all
}

/// The client of this name is gone.
pub(super) fn forget(name: &str) {
    told().remove(name);
}

/// A client tells. What cannot be read is passed over: it is nothing that a client depends on.
pub(super) fn take(json: &[u8]) {
    match serde_json::from_slice::<Statistics>(json) {
        Ok(found) => {
            let before = told().get(&found.name).map(|told| (told.at, told.counts.clone()));
            let (counts, statistics) = read(&found, before.as_ref());
            told().insert(found.name.clone(), Told { at: found.ts, counts, statistics });
        }
        Err(error) => tracing::debug!(error = %error, "statistics of a kafka client cannot be read"),
    }
}

fn counts(found: &Statistics) -> Counts {
    let of_topic = |topic: &Topic| {
        let own = |partition: &&Partition| partition.partition >= 0;
        let sum = |count: fn(&Partition) -> u64| topic.partitions.values().filter(own).map(count).sum();
        (topic.topic.clone(), (sum(|partition| partition.txmsgs), sum(|partition| partition.txbytes)))
    };
    let producer = found.client_type == "producer";
    let fetches = found.brokers.values().filter_map(|broker| broker.req.get("Fetch")).sum();
    Counts {
        requests: found.tx,
        responses: found.rx,
        sent_bytes: found.tx_bytes,
        received_bytes: found.rx_bytes,
        records: if producer { found.txmsgs } else { found.rxmsgs },
        record_bytes: if producer { found.txmsg_bytes } else { found.rxmsg_bytes },
        fetches,
        topics: if producer { found.topics.values().map(of_topic).collect() } else { BTreeMap::new() },
    }
}

fn read(found: &Statistics, before: Option<&(i64, Counts)>) -> (Counts, ClientStatistics) {
    let counts = counts(found);
    let none = Counts::default();
    // Before the first look there was nothing, since the client began.
    let (seconds, earlier) = match before {
        Some((at, earlier)) => ((found.ts - at) as f64 / 1e6, earlier),
        None => (found.age as f64 / 1e6, &none),
    };
    let count = |now: f64, before: f64| Count {
        total: now,
        rate: if seconds > 0.0 { (now - before).max(0.0) / seconds } else { 0.0 },
    };
    let of = |get: fn(&Counts) -> i64| count(get(&counts) as f64, get(earlier) as f64);
    let brokers = || found.brokers.values();
    let producer = found.client_type == "producer";
    let topics = counts.topics.iter().map(|(topic, (records, bytes))| {
        let (old_records, old_bytes) = earlier.topics.get(topic).copied().unwrap_or_default();
        (topic.clone(), count(*records as f64, old_records as f64), count(*bytes as f64, old_bytes as f64))
    });
    let windows = |get: fn(&Topic) -> &Window| spread(found.topics.values().map(get), 1.0);
    let statistics = ClientStatistics {
        kind: if producer { ClientKind::Producer } else { ClientKind::Consumer },
        client_id: found.client_id.clone(),
        connections: brokers().filter(|broker| broker.state == "UP").count() as f64,
        connects: brokers().filter_map(|broker| broker.connects).sum::<i64>() as f64,
        disconnects: brokers().filter_map(|broker| broker.disconnects).sum::<i64>() as f64,
        requests: of(|counts| counts.requests),
        responses: of(|counts| counts.responses),
        sent_bytes: of(|counts| counts.sent_bytes),
        received_bytes: of(|counts| counts.received_bytes),
        in_flight: brokers().map(|broker| broker.waitresp_cnt).sum::<i64>() as f64,
        latency: spread(brokers().filter_map(|broker| broker.rtt.as_ref()), 1000.0),
        throttle: spread(brokers().filter_map(|broker| broker.throttle.as_ref()), 1.0),
        records: of(|counts| counts.records),
        record_bytes: of(|counts| counts.record_bytes),
        producer: producer.then(|| ProducerStatistics {
            queue_time: spread(brokers().filter_map(|broker| broker.int_latency.as_ref()), 1000.0),
            batch_bytes: windows(|topic| &topic.batchsize),
            batch_records: windows(|topic| &topic.batchcnt).avg,
            queued_bytes: found.msg_size as f64,
            queue_limit: found.msg_size_max as f64,
            topics: topics.collect(),
        }),
        consumer: (!producer).then(|| consumer(found, of(|counts| counts.fetches))),
    };
    (counts, statistics)
}

fn consumer(found: &Statistics, fetches: Count) -> ConsumerStatistics {
    let group = found.cgrp.as_ref();
    let rebalances = group.map_or(0, |group| group.rebalance_cnt);
    let of_topic = |topic: &Topic| {
        let lag = |partition: &Partition| {
            let known = partition.partition >= 0 && partition.desired && partition.consumer_lag >= 0;
            known.then(|| (topic.topic.clone(), partition.partition, partition.consumer_lag as f64))
        };
        topic.partitions.values().filter_map(lag).collect::<Vec<_>>()
    };
    let mut lags: Vec<_> = found.topics.values().flat_map(of_topic).collect();
    lags.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    ConsumerStatistics {
        fetches,
        assigned: group.map_or(0, |group| group.assignment_size).into(),
        rebalances: rebalances as f64,
        last_rebalance: group.filter(|_| rebalances > 0).map(|group| group.rebalance_age as f64 / 1000.0),
        lags,
    }
}

/// Windows of several brokers or topics as one, each weighing as much as it has values.
fn spread<'w>(windows: impl Iterator<Item = &'w Window>, divisor: f64) -> Spread {
    let (mut sum, mut count, mut max) = (0, 0, i64::MIN);
    for window in windows.filter(|window| window.cnt > 0) {
        sum += window.sum;
        count += window.cnt;
        max = max.max(window.max);
    }
    if count == 0 {
        return Spread { avg: f64::NAN, max: f64::NAN };
    }
    Spread { avg: sum as f64 / count as f64 / divisor, max: max as f64 / divisor }
}

#[cfg(test)]
#[path = "statistics_tests.rs"]
mod tests;
