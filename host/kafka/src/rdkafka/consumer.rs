//! A consumer of a cluster (`KafkaConsumer` of the Java client), with rebalances as returned events.

use super::config::Translated;
use super::errors::failed_because;
use super::hold::Sizes;
use super::native::{Change, List, Message, NativeConsumer, Requests};
use super::owned::Owned;
use super::topics::TopicWatch;
use crate::pattern::TopicPattern;
use crate::{
    CommitResult, Consumer, ConsumerRecord, Error, ErrorKind, Header, OffsetSpec, RebalanceEvent, Result,
    Subscription, TopicPartition, Waker,
};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// librdkafka's "where the group left off, else as `auto.offset.reset` says".
pub(super) const STORED: i64 = -1001;

/// How long a seek waits that librdkafka could not carry out yet.
const SEEK_AGAIN: Duration = Duration::from_millis(100);

pub(super) struct KafkaConsumer {
    /// Messages taken but not shown; before `native`, whose memory they are.
    pending: VecDeque<Message>,
    pub(super) owned: Owned,
    /// The rebalance that was returned and is carried out by the next call.
    returned: Option<Change>,
    watch: Option<TopicWatch>,
    has_subscribed: bool,
    has_assigned: bool,
    /// An error found behind records that were shown: for the next call.
    failure: Option<Error>,
    warning: Option<Error>,
    group: Option<String>,
    max_poll_records: usize,
    max_poll_interval: Duration,
    sizes: Sizes,
    /// [`Consumer::keep_alive`] stopped fetching.
    pub(super) at_rest: bool,
    api_timeout: Duration,
    metadata_max_age: Duration,
    committed_only: bool,
    reset: Option<i64>,
    pub(super) native: NativeConsumer,
}

impl KafkaConsumer {
    pub(super) fn new(settings: &Translated) -> Result<Self> {
        Ok(Self {
            pending: VecDeque::new(),
            owned: Owned::default(),
            returned: None,
            watch: None,
            has_subscribed: false,
            has_assigned: false,
            failure: None,
            warning: None,
            group: settings.group.clone(),
            max_poll_records: settings.max_poll_records.unwrap_or(usize::MAX),
            max_poll_interval: settings.max_poll_interval,
            sizes: Sizes::default(),
            at_rest: false,
            api_timeout: settings.api_timeout,
            metadata_max_age: settings.metadata_max_age,
            committed_only: settings.committed_only,
            reset: settings.reset,
            native: NativeConsumer::new(settings.conf()?)?,
        })
    }

    fn group(&self) -> Result<&str> {
        self.group
            .as_deref()
            .ok_or_else(|| Error::new(ErrorKind::Config, "group.id is missing from the consumer's settings"))
    }

    /// Tells librdkafka what the caller knows since the last call.
    fn carry_out(&mut self) -> Result<()> {
        match self.returned.take() {
            None => {}
            Some(Change::Assign { partitions, incremental }) => {
                let places = partitions.places();
                // Sought between the event and now: start there.
                let starts = places.iter().map(|place| {
                    let sought = self.owned.find(place).and_then(|owned| owned.sought);
                    (place, sought.unwrap_or(STORED))
                });
                let list = List::of(starts.collect::<Vec<_>>())?;
                if incremental {
                    self.native.add(&list)?;
                } else {
                    self.native.assign(Some(&list))?;
                }
                for owned in self.owned.0.iter_mut().filter(|owned| places.contains(&owned.place)) {
                    owned.sought = None;
                }
            }
            Some(Change::Revoke { partitions, incremental, .. }) => {
                let places = if incremental { partitions.places() } else { self.owned.places() };
                self.pending.retain(|message| !is_of(message, &places));
                self.unsilence(&places)?;
                if incremental {
                    self.native.remove(&partitions)?;
                } else {
                    self.native.assign(None)?;
                }
                self.owned.remove(&places);
            }
        }
        self.carry_out_seeks()
    }

    fn carry_out_seeks(&mut self) -> Result<()> {
        for owned in self.owned.0.iter_mut() {
            if let Some(offset) = owned.sought
                && self.native.seek(&List::of([(&owned.place, offset)])?)?
            {
                owned.sought = None;
            }
        }
        Ok(())
    }

    /// The next rebalance as an event for the caller.
    fn next_event(&mut self) -> Option<RebalanceEvent> {
        let change = self.native.next_change()?;
        let event = match &change {
            Change::Assign { partitions, .. } => {
                let partitions = partitions.places();
                for place in &partitions {
                    self.owned.add(place.clone(), None);
                }
                RebalanceEvent::Assigned(partitions)
            }
            Change::Revoke { partitions, lost, .. } => {
                let partitions = partitions.places();
                if *lost {
                    for owned in self.owned.0.iter_mut().filter(|owned| partitions.contains(&owned.place)) {
                        owned.lost = true;
                    }
                }
                RebalanceEvent::Revoked { partitions, lost: *lost }
            }
        };
        self.returned = Some(change);
        Some(event)
    }

    /// Looks for topics that came or went.
    fn follow_pattern(&mut self) -> Result<()> {
        let Some(watch) = &mut self.watch else { return Ok(()) };
        match watch.changed(self.native.handle(), self.api_timeout.min(Duration::from_secs(10))) {
            Ok(None) => Ok(()),
            Ok(Some(topics)) => self.native.subscribe(&List::topics(topics.iter().map(String::as_str))?),
            Err(error) => {
                self.warning = Some(error);
                Ok(())
            }
        }
    }

    /// Sorts what the connection reported: the last passing trouble is kept as the warning.
    fn check(&mut self) -> Result<()> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        for error in self.native.take_errors() {
            match self.native.handle().fatal() {
                Some(fatal) => return Err(fatal),
                None if error.kind() == ErrorKind::Authentication || error.kind().is_denied() => {
                    return Err(error);
                }
                None => self.warning = Some(error),
            }
        }
        Ok(())
    }

    /// Shows what was taken; says how many records that were.
    fn show(
        &mut self,
        max_records: usize,
        max_bytes: usize,
        on_record: &mut dyn FnMut(ConsumerRecord<'_>),
    ) -> usize {
        let (mut records, mut bytes) = (0, 0);
        let mut overfull = false;
        let mut run: Option<(usize, i32, usize)> = None;
        let mut headers: Vec<Header<'static>> = Vec::new();
        while records < max_records && bytes < max_bytes {
            let Some(message) = self.pending.front() else { break };
            if let Some((code, reason)) = message.error() {
                if RDKafkaErrorCode::from(code) == RDKafkaErrorCode::PartitionEOF {
                    // With `enable.partition.eof`: what follows the last record are markers of transactions.
                    let (topic, partition, end) = (message.topic(), message.partition(), message.offset());
                    self.pending.pop_front();
                    run = None;
                    self.owned.reached(&topic, partition, end);
                    continue;
                }
                let error = self.unreadable(code, &message.topic(), &reason);
                self.pending.pop_front();
                run = None;
                if self.is_passing(code.into(), &error) {
                    self.warning = Some(error);
                    continue;
                }
                self.failure = Some(error);
                break;
            }
            // Runs of one partition look it up once. Topic ids hold while their messages live, which
            // is why the next message is compared before this one is dropped.
            let (id, partition) = (message.topic_id(), message.partition());
            let index = match run {
                Some((same_id, same_partition, index)) if same_id == id && same_partition == partition => {
                    index
                }
                _ => match self.owned.index(&message.topic(), partition) {
                    Some(index) => index,
                    None => {
                        self.pending.pop_front();
                        run = None;
                        continue;
                    }
                },
            };
            run = Some((id, partition, index));
            let owned = &mut self.owned.0[index];
            if owned.sought.is_none() && !owned.paused {
                let (timestamp, timestamp_type) = message.timestamp();
                let (key, value) = (message.key(), message.value());
                let mut with_headers: Vec<Header<'_>> = std::mem::take(&mut headers);
                message.headers(&mut with_headers);
                on_record(ConsumerRecord {
                    topic: &owned.place.topic,
                    partition,
                    offset: message.offset(),
                    timestamp,
                    timestamp_type,
                    key,
                    value,
                    headers: &with_headers,
                });
                owned.position = Some(message.offset() + 1);
                records += 1;
                bytes += key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len);
                headers = emptied(with_headers);
                self.pending.pop_front();
            } else if let Some(message) = self.pending.pop_front()
                && owned.sought.is_none()
            {
                owned.hold(message);
                overfull |= owned.is_full() && !owned.silenced;
            }
            if self.pending.front().is_none_or(|next| next.topic_id() != id) {
                run = None;
            }
        }
        if overfull && let Err(error) = self.silence() {
            self.failure = Some(error);
        }
        records
    }

    /// Why nothing comes of `topic`, or of all of them; a denied one in the words of the Java client.
    fn unreadable(&self, code: RDKafkaRespErr, topic: &str, reason: &str) -> Error {
        let error = failed_because(code, format!("cannot read topic {topic}"), reason);
        let words = match (error.kind(), &self.group) {
            (ErrorKind::TopicAuthorization, _) => format!("Not authorized to access topics: [{topic}]"),
            (ErrorKind::GroupAuthorization, Some(group)) => {
                format!("Not authorized to access group: {group}")
            }
            _ => return error,
        };
        Error::new(error.kind(), words)
    }

    /// True for errors of a partition that librdkafka gets over by itself.
    fn is_passing(&self, code: RDKafkaErrorCode, error: &Error) -> bool {
        self.native.handle().fatal().is_none()
            && code != RDKafkaErrorCode::AutoOffsetReset
            && !error.kind().is_denied()
            && !matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Fatal | ErrorKind::Fenced)
    }

    fn list_offsets(&mut self, partitions: &[TopicPartition], spec: OffsetSpec) -> Result<Vec<i64>> {
        Requests::new(self.native.handle(), self.api_timeout)
            .again(|requests| requests.list_offsets(partitions, spec, self.committed_only))
    }
}

impl Consumer for KafkaConsumer {
    fn subscribe(&mut self, subscription: &Subscription) -> Result<()> {
        self.group()?;
        if self.has_assigned {
            return Err(Error::new(
                ErrorKind::Invalid,
                "a consumer that assigned partitions itself cannot subscribe",
            ));
        }
        match subscription {
            Subscription::Topics(names) => {
                self.native.subscribe(&List::topics(names.iter().map(String::as_str))?)?;
                self.watch = None;
            }
            Subscription::Pattern(pattern) => {
                self.watch = Some(TopicWatch::new(TopicPattern::new(pattern)?, self.metadata_max_age));
                self.follow_pattern()?;
            }
        }
        self.has_subscribed = true;
        Ok(())
    }

    fn assign(&mut self, partitions: &[(TopicPartition, Option<i64>)]) -> Result<()> {
        if self.has_subscribed {
            return Err(Error::new(
                ErrorKind::Invalid,
                "a consumer that subscribed cannot assign partitions itself",
            ));
        }
        let mut starts = Vec::with_capacity(partitions.len());
        for (place, start) in partitions {
            let start = match (start, &self.group, self.reset) {
                (Some(start), ..) => *start,
                (None, Some(_), _) => STORED,
                (None, None, Some(reset)) => reset,
                (None, None, None) => {
                    return Err(Error::new(
                        ErrorKind::Invalid,
                        format!(
                            "nothing says where {place} starts: auto.offset.reset=none and no offset is given"
                        ),
                    ));
                }
            };
            starts.push((place, start));
        }
        // A pause belongs to the assignment that ends here.
        self.unsilence(&self.owned.places())?;
        self.pending.clear();
        self.owned.0.clear();
        self.native.assign(Some(&List::of(starts)?))?;
        for (place, start) in partitions {
            self.owned.add(place.clone(), *start);
        }
        self.has_assigned = true;
        Ok(())
    }

    fn poll(
        &mut self,
        timeout: Duration,
        max_records: usize,
        max_bytes: usize,
        on_record: &mut dyn FnMut(ConsumerRecord<'_>),
    ) -> Result<Option<RebalanceEvent>> {
        self.carry_out()?;
        self.check()?;
        if let Some(event) = self.next_event() {
            return Ok(Some(event));
        }
        self.fetch_again()?;
        self.follow_pattern()?;
        let max_records = max_records.min(self.max_poll_records);
        let start = Instant::now();
        let mut shown = self.show(max_records, max_bytes, on_record);
        loop {
            if shown > 0 || self.failure.is_some() {
                // Whatever happened meanwhile waits for a call that shows nothing.
                return if shown > 0 { Ok(None) } else { self.check().map(|()| None) };
            }
            let left = timeout.saturating_sub(start.elapsed());
            let step = self.watch.as_ref().map_or(left, |watch| left.min(watch.due()));
            // A seek that librdkafka was not ready for is tried again.
            let sought = self.owned.0.iter().any(|owned| owned.sought.is_some());
            let step = if sought { step.min(SEEK_AGAIN) } else { step };
            let most = self.sizes.records_in(max_bytes).min(max_records);
            let before = self.pending.len();
            self.native.fetch(most, step, &mut self.pending);
            self.sizes.learn(self.pending.iter().skip(before));
            shown = self.show(max_records, max_bytes, on_record);
            if shown == 0 {
                self.check()?;
                if let Some(event) = self.next_event() {
                    return Ok(Some(event));
                }
                if left.is_zero() || self.native.alarm().take() {
                    return Ok(None);
                }
                self.carry_out_seeks()?;
                self.follow_pattern()?;
            }
        }
    }

    fn waker(&self) -> Option<Waker> {
        let alarm = self.native.alarm().clone();
        Some(Arc::new(move || alarm.ring()))
    }

    fn keep_alive(&mut self) -> Result<Option<RebalanceEvent>> {
        self.carry_out()?;
        self.check()?;
        if let Some(event) = self.next_event() {
            return Ok(Some(event));
        }
        self.stop_fetching()?;
        // Rebalances stand in one line with records: those that were fetched before are taken out too.
        self.native.fetch(usize::MAX, Duration::ZERO, &mut self.pending);
        self.check()?;
        Ok(self.next_event())
    }

    fn max_poll_interval(&self) -> Duration {
        self.max_poll_interval
    }

    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        for place in partitions {
            if let Some(owned) = self.owned.find_mut(place) {
                owned.paused = true;
            }
        }
        Ok(())
    }

    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        for place in partitions {
            let Some(owned) = self.owned.find_mut(place) else { continue };
            owned.paused = false;
            // They come before everything librdkafka fetches from here on.
            for message in owned.take_held().into_iter().rev() {
                self.pending.push_front(message);
            }
        }
        self.unsilence(partitions)
    }

    fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<()> {
        let Some(owned) = self.owned.find_mut(partition) else {
            return Err(Error::new(ErrorKind::Invalid, format!("cannot seek {partition}: it is not owned")));
        };
        owned.position = Some(offset);
        owned.sought = Some(offset);
        owned.take_held();
        self.pending.retain(|message| !is_of(message, std::slice::from_ref(partition)));
        if matches!(self.returned, Some(Change::Assign { .. })) { Ok(()) } else { self.carry_out_seeks() }
    }

    fn position(&self, partition: &TopicPartition) -> Option<i64> {
        self.owned.find(partition).and_then(|owned| owned.position)
    }

    fn committed(&mut self, partitions: &[TopicPartition]) -> Result<Vec<Option<i64>>> {
        self.group()?;
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let list = List::of(partitions.iter().map(|place| (place, STORED)))?;
        self.native.committed(&list, self.api_timeout)?;
        Ok(list.rows().into_iter().map(|row| (row.offset >= 0).then_some(row.offset)).collect())
    }

    fn assignment(&self) -> Vec<TopicPartition> {
        self.owned.places()
    }

    fn commit(&mut self, offsets: &[(TopicPartition, i64)], sync: bool) -> Result<()> {
        self.group()?;
        if offsets.is_empty() {
            return Ok(());
        }
        if self.has_subscribed {
            // The broker takes any partition from any member: only we know what was taken away.
            for (place, _) in offsets {
                if self.owned.find(place).is_none_or(|owned| owned.lost) {
                    return Err(Error::new(
                        ErrorKind::NotOwner,
                        format!("cannot commit the offset of {place}: the group gave it to another member"),
                    ));
                }
            }
        }
        self.native.commit(&List::of(offsets.iter().map(|(place, offset)| (place, *offset)))?, sync)
    }

    fn poll_commits(&mut self, done: &mut Vec<CommitResult>) {
        self.native.take_commits(done);
    }

    fn beginning_offsets(&mut self, partitions: &[TopicPartition]) -> Result<Vec<i64>> {
        self.list_offsets(partitions, OffsetSpec::Earliest)
    }

    fn end_offsets(&mut self, partitions: &[TopicPartition]) -> Result<Vec<i64>> {
        self.list_offsets(partitions, OffsetSpec::Latest)
    }

    fn last_warning(&mut self) -> Option<Error> {
        self.warning.take()
    }

    fn close(mut self: Box<Self>) -> Result<()> {
        // librdkafka waits for an answer to the last rebalance before it leaves.
        while self.returned.is_some() {
            self.carry_out()?;
            self.next_event();
        }
        self.pending.clear();
        self.owned.0.clear();
        self.native.close()
    }
}

impl Drop for KafkaConsumer {
    fn drop(&mut self) {
        // Messages hold on to memory of the client.
        self.pending.clear();
        self.owned.0.clear();
    }
}

fn is_of(message: &Message, places: &[TopicPartition]) -> bool {
    places.iter().any(|place| place.partition == message.partition() && *place.topic == *message.topic())
}

/// The memory of a list of headers for the next record's.
fn emptied(mut headers: Vec<Header<'_>>) -> Vec<Header<'static>> {
    headers.clear();
    // In place: the iterator is empty and both types have one layout.
    headers.into_iter().map(|_| ("", None)).collect()
}
