//! A consumer over librdkafka, with its rebalance callbacks turned into returned events.

use super::config::{Role, native};
use super::context::Connection;
use super::error::client_error;
use super::pattern_watch::PatternWatch;
use crate::config::Settings;
use crate::pattern::TopicPattern;
use crate::{
    ClientConfig, CommitResult, Consumer, ConsumerRecord, Error, ErrorKind, Header, RebalanceEvent, Result,
    Subscription, TimestampType, TopicPartition,
};
use ::rdkafka::client::ClientContext;
use ::rdkafka::config::RDKafkaLogLevel;
use ::rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, RebalanceProtocol};
use ::rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use ::rdkafka::message::{BorrowedMessage, Headers as _, Message, Timestamp};
use ::rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use ::rdkafka::types::RDKafkaRespErr;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a seek waits for a partition that is about to be read.
const SEEK_LIMIT: Duration = Duration::from_secs(10);

pub(super) struct KafkaConsumer {
    inner: Arc<BaseConsumer<Member>>,
    has_group: bool,
    watch: Option<PatternWatch>,
    watch_interval: Duration,
    /// What was returned as an event and is carried out by the next poll.
    due: Option<RebalanceEvent>,
    owned: Vec<Owned>,
    /// Index in `owned` of the partition of the last record.
    last: usize,
    max_poll_records: usize,
    api_timeout: Duration,
}

struct Owned {
    place: TopicPartition,
    /// Next offset to show, once it is known.
    position: Option<i64>,
    /// Where to start instead of the committed offset, until the assignment is carried out.
    start: Option<i64>,
    paused: bool,
}

/// What librdkafka tells the consumer while it is polled.
#[derive(Default)]
pub(super) struct Member {
    connection: Connection,
    rebalances: Mutex<VecDeque<RebalanceEvent>>,
    has_rebalance: AtomicBool,
    commits: Mutex<Vec<CommitResult>>,
    /// Nobody is left to react: partitions are given up at once.
    closing: AtomicBool,
}

impl ClientContext for Member {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        Connection::on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.connection.on_error(&error, reason);
    }
}

impl ConsumerContext for Member {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let assigned = code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.closing.load(SeqCst) {
            let done = if assigned { Ok(()) } else { give_up(consumer, list) };
            if let Err(error) = done {
                tracing::debug!(%error, "giving up partitions while closing failed");
            }
            return;
        }
        let partitions = places(list);
        let event = if assigned {
            RebalanceEvent::Assigned(partitions)
        } else {
            RebalanceEvent::Revoked { partitions, lost: consumer.assignment_lost() }
        };
        self.rebalances.lock().unwrap_or_else(PoisonError::into_inner).push_back(event);
        self.has_rebalance.store(true, SeqCst);
    }

    fn commit_callback(&self, result: KafkaResult<()>, offsets: &TopicPartitionList) {
        let list = offsets.elements();
        let failed = list.iter().find_map(|element| element.error().err());
        let result = match (result, failed) {
            // Nothing to commit is no failure.
            (Err(KafkaError::ConsumerCommit(Code::NoOffset)), _) => return,
            (Err(error), _) | (Ok(()), Some(error)) => Err(client_error(&error)),
            (Ok(()), None) => Ok(()),
        };
        let offsets = list
            .iter()
            .filter_map(|element| {
                Some((TopicPartition::new(element.topic(), element.partition()), element.offset().to_raw()?))
            })
            .collect();
        self.commits.lock().unwrap_or_else(PoisonError::into_inner).push(CommitResult { offsets, result });
    }
}

fn give_up(consumer: &BaseConsumer<Member>, list: &TopicPartitionList) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_unassign(list),
        _ => consumer.unassign(),
    }
}

pub(super) fn places(list: &TopicPartitionList) -> Vec<TopicPartition> {
    list.elements().iter().map(|element| TopicPartition::new(element.topic(), element.partition())).collect()
}

pub(super) fn list_of<'a>(partitions: impl IntoIterator<Item = &'a TopicPartition>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for place in partitions {
        list.add_partition(&place.topic, place.partition);
    }
    list
}

pub(super) fn offsets_of(offsets: &[(TopicPartition, i64)]) -> Result<TopicPartitionList> {
    let mut list = TopicPartitionList::new();
    for (place, offset) in offsets {
        list.add_partition_offset(&place.topic, place.partition, Offset::Offset(*offset))
            .map_err(|error| client_error(&error).context(place))?;
    }
    Ok(list)
}

impl KafkaConsumer {
    pub(super) fn new(config: &ClientConfig) -> Result<Self> {
        let native = native(Role::Consumer, config)?;
        let settings = Settings(config);
        let inner = native.create_with_context(Member::default()).map_err(|error| client_error(&error))?;
        let max_poll_records = settings.number("max.poll.records", i64::MAX)?.max(1);
        Ok(Self {
            inner: Arc::new(inner),
            has_group: settings.get("group.id").is_some(),
            watch: None,
            watch_interval: settings
                .duration("metadata.max.age.ms", Duration::from_secs(300))?
                .max(Duration::from_millis(10)),
            due: None,
            owned: Vec::new(),
            last: 0,
            max_poll_records: usize::try_from(max_poll_records).unwrap_or(usize::MAX),
            api_timeout: settings
                .duration("default.api.timeout.ms", Duration::from_secs(60))?
                .min(Duration::from_secs(86_400)),
        })
    }

    fn member(&self) -> &Arc<Member> {
        self.inner.context()
    }

    fn needs_group(&self) -> Result<()> {
        if self.has_group {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, "group.id is missing from the consumer's settings"))
    }

    fn owned(&mut self, place: &TopicPartition) -> Option<&mut Owned> {
        self.owned.iter_mut().find(|owned| owned.place == *place)
    }

    /// Does what the event announced that the last poll returned.
    fn carry_out(&mut self) -> Result<()> {
        let done = match self.due.take() {
            None => return Ok(()),
            Some(RebalanceEvent::Assigned(partitions)) => {
                let mut list = TopicPartitionList::new();
                for owned in self.owned.iter().filter(|owned| partitions.contains(&owned.place)) {
                    let offset = owned.start.map_or(Offset::Invalid, Offset::Offset);
                    list.add_partition_offset(&owned.place.topic, owned.place.partition, offset)
                        .map_err(|error| client_error(&error))?;
                }
                let done = match self.inner.rebalance_protocol() {
                    RebalanceProtocol::Cooperative => self.inner.incremental_assign(&list),
                    _ => self.inner.assign(&list),
                };
                let paused: Vec<_> = self
                    .owned
                    .iter()
                    .filter(|owned| owned.paused && partitions.contains(&owned.place))
                    .collect();
                if done.is_ok() && !paused.is_empty() {
                    self.inner
                        .pause(&list_of(paused.into_iter().map(|owned| &owned.place)))
                        .map_err(|error| client_error(&error))?;
                }
                for owned in &mut self.owned {
                    owned.start = None;
                }
                done
            }
            Some(RebalanceEvent::Revoked { partitions, .. }) => {
                self.owned.retain(|owned| !partitions.contains(&owned.place));
                give_up(&self.inner, &list_of(&partitions))
            }
        };
        done.map_err(|error| client_error(&error).context("rebalance"))
    }

    /// The next event librdkafka reported, now being returned.
    fn next_event(&mut self) -> Option<RebalanceEvent> {
        if !self.member().has_rebalance.load(SeqCst) {
            return None;
        }
        let event = {
            let mut events = self.member().rebalances.lock().unwrap_or_else(PoisonError::into_inner);
            let event = events.pop_front();
            self.member().has_rebalance.store(!events.is_empty(), SeqCst);
            event?
        };
        if let RebalanceEvent::Assigned(partitions) = &event {
            self.owned.extend(partitions.iter().map(|place| Owned {
                place: place.clone(),
                position: None,
                start: None,
                paused: false,
            }));
        }
        self.due = Some(event.clone());
        Some(event)
    }

    fn follow_pattern(&mut self) -> Result<()> {
        if let Some(topics) = self.watch.as_ref().and_then(PatternWatch::changed) {
            tracing::info!(topics = topics.join(", "), "topics of the pattern");
            if topics.is_empty() {
                self.inner.unsubscribe();
            } else {
                let names: Vec<&str> = topics.iter().map(String::as_str).collect();
                self.inner.subscribe(&names).map_err(|error| client_error(&error))?;
            }
        }
        Ok(())
    }

    /// Errors that end a poll; the others are the connection's own business.
    fn judge(&self, error: &KafkaError) -> Result<()> {
        let found = client_error(error);
        match (error, found.kind()) {
            (KafkaError::PartitionEOF(_) | KafkaError::NoMessageReceived, _) => Ok(()),
            // The rebalance that follows says what is lost.
            (KafkaError::MessageConsumption(Code::PollExceeded), _) => Ok(()),
            (
                _,
                ErrorKind::Retriable | ErrorKind::TimedOut | ErrorKind::UnknownTopic | ErrorKind::NotOwner,
            ) => {
                tracing::debug!(error = %found, "consumer trouble");
                self.member().connection.warn(found);
                Ok(())
            }
            _ => Err(found),
        }
    }

    /// Where a message belongs; found anew only when the partition changes.
    fn place_of(&mut self, message: &BorrowedMessage<'_>) -> Option<usize> {
        let is_it = |owned: &Owned| {
            owned.place.partition == message.partition() && *owned.place.topic == *message.topic()
        };
        if self.owned.get(self.last).is_some_and(is_it) {
            return Some(self.last);
        }
        self.last = self.owned.iter().position(is_it)?;
        Some(self.last)
    }

    fn offsets(&self, partitions: &[TopicPartition], pick: impl Fn((i64, i64)) -> i64) -> Result<Vec<i64>> {
        let ask = |place: &TopicPartition| {
            let found = self.inner.fetch_watermarks(&place.topic, place.partition, self.api_timeout);
            found.map(&pick).map_err(|error| client_error(&error).context(place))
        };
        partitions.iter().map(ask).collect()
    }

    fn shut(&mut self) {
        self.watch = None;
        self.member().closing.store(true, SeqCst);
        let events =
            std::mem::take(&mut *self.member().rebalances.lock().unwrap_or_else(PoisonError::into_inner));
        for event in self.due.take().into_iter().chain(events) {
            if let RebalanceEvent::Revoked { partitions, .. } = event {
                if let Err(error) = give_up(&self.inner, &list_of(&partitions)) {
                    tracing::debug!(%error, "giving up partitions while closing failed");
                }
            }
        }
        self.owned.clear();
    }
}

impl Drop for KafkaConsumer {
    fn drop(&mut self) {
        self.shut();
    }
}

impl Consumer for KafkaConsumer {
    fn subscribe(&mut self, subscription: &Subscription) -> Result<()> {
        self.needs_group()?;
        match subscription {
            Subscription::Topics(topics) => {
                self.watch = None;
                let names: Vec<&str> = topics.iter().map(String::as_str).collect();
                self.inner.subscribe(&names).map_err(|error| client_error(&error))
            }
            Subscription::Pattern(pattern) => {
                let pattern = TopicPattern::new(pattern)?;
                let watch = PatternWatch::start(&self.inner, pattern, self.watch_interval);
                self.watch = Some(watch.map_err(|error| {
                    Error::new(
                        ErrorKind::Fatal,
                        format!("cannot start the thread that looks for topics: {error}"),
                    )
                })?);
                Ok(())
            }
        }
    }

    fn assign(&mut self, partitions: &[(TopicPartition, Option<i64>)]) -> Result<()> {
        self.watch = None;
        let mut list = TopicPartitionList::new();
        self.owned.clear();
        for (place, start) in partitions {
            let offset = match start {
                Some(offset) => Offset::Offset(*offset),
                None if self.has_group => Offset::Stored,
                None => Offset::Invalid,
            };
            list.add_partition_offset(&place.topic, place.partition, offset)
                .map_err(|error| client_error(&error).context(place))?;
            self.owned.push(Owned { place: place.clone(), position: *start, start: None, paused: false });
        }
        self.inner.assign(&list).map_err(|error| client_error(&error))
    }

    fn poll(
        &mut self,
        timeout: Duration,
        max_records: usize,
        max_bytes: usize,
        on_record: &mut dyn FnMut(ConsumerRecord<'_>),
    ) -> Result<Option<RebalanceEvent>> {
        self.carry_out()?;
        let start = Instant::now();
        let max_records = max_records.min(self.max_poll_records);
        let (mut records, mut bytes) = (0, 0);
        let inner = self.inner.clone();
        loop {
            if records == 0 {
                self.follow_pattern()?;
                if let Some(event) = self.next_event() {
                    return Ok(Some(event));
                }
            } else if self.member().has_rebalance.load(SeqCst) {
                return Ok(None);
            }
            let left = timeout.saturating_sub(start.elapsed());
            let wait = match (records, &self.watch) {
                (0, None) => left,
                (0, Some(_)) => left.min(Duration::from_millis(100)),
                _ => Duration::ZERO,
            };
            match inner.poll(wait) {
                None if records > 0 || left.is_zero() => {
                    if records == 0 && self.member().has_rebalance.load(SeqCst) {
                        continue;
                    }
                    return Ok(None);
                }
                None => {}
                Some(Err(error)) => self.judge(&error)?,
                Some(Ok(message)) => {
                    // A record of a partition that was given up may still be queued.
                    let Some(index) = self.place_of(&message) else { continue };
                    bytes += show(&self.owned[index].place, &message, on_record);
                    self.owned[index].position = Some(message.offset() + 1);
                    records += 1;
                    if records >= max_records || bytes >= max_bytes {
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.set_paused(partitions, true)
    }

    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.set_paused(partitions, false)
    }

    fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<()> {
        let announced =
            matches!(&self.due, Some(RebalanceEvent::Assigned(places)) if places.contains(partition));
        let Some(owned) = self.owned(partition) else {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("cannot seek {partition}: it is not assigned to this consumer"),
            ));
        };
        owned.position = Some(offset);
        if announced {
            owned.start = Some(offset);
            return Ok(());
        }
        let begun = Instant::now();
        loop {
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(offset))
                .map_err(|error| client_error(&error))?;
            let sought = self
                .inner
                .seek_partitions(list, SEEK_LIMIT)
                .and_then(|list| list.elements().iter().try_for_each(|element| element.error()));
            match sought {
                Ok(()) => return Ok(()),
                // The assignment is being carried out on librdkafka's own thread.
                Err(error) if begun.elapsed() < SEEK_LIMIT && is_early(&error) => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(client_error(&error).context(format_args!("seek of {partition}"))),
            }
        }
    }

    fn position(&self, partition: &TopicPartition) -> Option<i64> {
        self.owned.iter().find(|owned| owned.place == *partition)?.position
    }

    fn committed(&mut self, partitions: &[TopicPartition]) -> Result<Vec<Option<i64>>> {
        self.needs_group()?;
        let found = self
            .inner
            .committed_offsets(list_of(partitions), self.api_timeout)
            .map_err(|error| client_error(&error))?;
        partitions
            .iter()
            .map(|place| {
                let Some(element) = found.find_partition(&place.topic, place.partition) else {
                    return Ok(None);
                };
                element.error().map_err(|error| client_error(&error).context(place))?;
                Ok(match element.offset() {
                    Offset::Offset(offset) => Some(offset),
                    _ => None,
                })
            })
            .collect()
    }

    fn assignment(&self) -> Vec<TopicPartition> {
        let mut all: Vec<_> = self.owned.iter().map(|owned| owned.place.clone()).collect();
        all.sort();
        all
    }

    fn commit(&mut self, offsets: &[(TopicPartition, i64)], sync: bool) -> Result<()> {
        self.needs_group()?;
        if offsets.is_empty() {
            return Ok(());
        }
        let mode = if sync { CommitMode::Sync } else { CommitMode::Async };
        self.inner.commit(&offsets_of(offsets)?, mode).map_err(|error| client_error(&error).context("commit"))
    }

    fn poll_commits(&mut self, done: &mut Vec<CommitResult>) {
        done.append(&mut self.member().commits.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn beginning_offsets(&mut self, partitions: &[TopicPartition]) -> Result<Vec<i64>> {
        self.offsets(partitions, |(low, _)| low)
    }

    fn end_offsets(&mut self, partitions: &[TopicPartition]) -> Result<Vec<i64>> {
        self.offsets(partitions, |(_, high)| high)
    }

    fn last_warning(&mut self) -> Option<Error> {
        self.member().connection.take_warning()
    }

    fn close(mut self: Box<Self>) -> Result<()> {
        self.shut();
        Ok(())
    }
}

impl KafkaConsumer {
    fn set_paused(&mut self, partitions: &[TopicPartition], paused: bool) -> Result<()> {
        let due = match &self.due {
            Some(RebalanceEvent::Assigned(places)) => places.clone(),
            _ => Vec::new(),
        };
        let mut now = Vec::new();
        for place in partitions {
            if let Some(owned) = self.owned(place) {
                owned.paused = paused;
                if !due.contains(place) {
                    now.push(place);
                }
            }
        }
        if now.is_empty() {
            return Ok(());
        }
        let list = list_of(now);
        let done = if paused { self.inner.pause(&list) } else { self.inner.resume(&list) };
        done.map_err(|error| client_error(&error))
    }
}

fn is_early(error: &KafkaError) -> bool {
    match error {
        KafkaError::Seek(_) => true,
        error => matches!(error.rdkafka_error_code(), Some(Code::State | Code::UnknownPartition)),
    }
}

/// Shows one message; says its size.
fn show(
    place: &TopicPartition,
    message: &BorrowedMessage<'_>,
    on_record: &mut dyn FnMut(ConsumerRecord<'_>),
) -> usize {
    let (timestamp, timestamp_type) = match message.timestamp() {
        Timestamp::NotAvailable => (None, TimestampType::None),
        Timestamp::CreateTime(time) => (Some(time), TimestampType::Create),
        Timestamp::LogAppendTime(time) => (Some(time), TimestampType::LogAppend),
    };
    let headers: Vec<Header<'_>> = match message.headers() {
        None => Vec::new(),
        Some(headers) => headers.iter().map(|header| (header.key, header.value)).collect(),
    };
    let (key, value) = (message.key(), message.payload());
    on_record(ConsumerRecord {
        topic: &place.topic,
        partition: place.partition,
        offset: message.offset(),
        timestamp,
        timestamp_type,
        key,
        value,
        headers: &headers,
    });
    key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len)
}
