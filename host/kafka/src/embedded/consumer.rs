//! A consumer of the embedded log: a cursor per partition over batches shared with the engine.

use super::cursor::Cursor;
use super::group::{Membership, Wanted};
use super::signal::Signal;
use super::store::{Store, unknown};
use super::topic::Topic;
use crate::config::Settings;
use crate::pattern::TopicPattern;
use crate::{
    CommitResult, Consumer, ConsumerRecord, Error, ErrorKind, RebalanceEvent, Result, Subscription,
    TopicPartition,
};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

/// Bytes of batches taken from the engine at once, per partition.
const READ_BYTES: usize = 1 << 20;

pub(super) struct EmbeddedConsumer {
    store: Arc<Store>,
    signal: Arc<Signal>,
    group: Option<String>,
    membership: Option<Membership>,
    cursors: Vec<Cursor>,
    /// Where the next poll starts looking, so that no partition starves another.
    turn: usize,
    committed_only: bool,
    reset: Reset,
    max_poll_records: usize,
    poll_limit: Duration,
    cooperative: bool,
    auto_create: bool,
    commits: Vec<CommitResult>,
}

/// `auto.offset.reset`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reset {
    Earliest,
    Latest,
    None,
}

impl EmbeddedConsumer {
    pub(super) fn new(store: Arc<Store>, settings: &Settings<'_>) -> Result<Self> {
        let reset = match settings.get("auto.offset.reset").unwrap_or("latest") {
            "earliest" | "beginning" | "smallest" => Reset::Earliest,
            "latest" | "end" | "largest" => Reset::Latest,
            "none" | "error" => Reset::None,
            other => {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!("auto.offset.reset={other} is not earliest, latest or none"),
                ));
            }
        };
        let max_poll_records = settings.number("max.poll.records", i64::MAX)?;
        Ok(Self {
            store,
            signal: Arc::default(),
            group: settings.get("group.id").map(str::to_owned),
            membership: None,
            cursors: Vec::new(),
            turn: 0,
            committed_only: settings.get("isolation.level") == Some("read_committed"),
            reset,
            max_poll_records: usize::try_from(max_poll_records.max(1)).unwrap_or(usize::MAX),
            poll_limit: settings.duration("max.poll.interval.ms", Duration::from_secs(300))?,
            cooperative: settings.is_cooperative(),
            auto_create: settings.flag("allow.auto.create.topics", true)?,
            commits: Vec::new(),
        })
    }

    fn group(&self) -> Result<&str> {
        self.group
            .as_deref()
            .ok_or_else(|| Error::new(ErrorKind::Config, "group.id is missing from the consumer's settings"))
    }

    fn add_cursor(&mut self, place: TopicPartition, topic: Arc<Topic>, start: Option<i64>) -> Result<()> {
        let part = topic.partition(place.partition)?;
        part.watchers.add(&self.signal);
        let committed = self
            .group
            .as_deref()
            .and_then(|group| self.store.groups.committed(group, std::slice::from_ref(&place))[0]);
        let position = start.or(committed).or_else(|| self.reset_position(&topic, place.partition));
        self.cursors.push(Cursor { place, topic, position, paused: false, batches: VecDeque::new(), at: 0 });
        Ok(())
    }

    fn reset_position(&self, topic: &Topic, partition: i32) -> Option<i64> {
        let part = topic.partition(partition).ok()?;
        match self.reset {
            Reset::Earliest => Some(part.start.load(SeqCst)),
            Reset::Latest => Some(part.visible(self.committed_only)),
            Reset::None => None,
        }
    }

    fn drop_cursors(&mut self, gone: impl Fn(&Cursor) -> bool) {
        let signal = &self.signal;
        self.cursors.retain(|cursor| {
            let gone = gone(cursor);
            if gone && let Ok(part) = cursor.topic.partition(cursor.place.partition) {
                part.watchers.remove(signal);
            }
            !gone
        });
    }

    /// Makes the cursors those of the partitions the group gave this member.
    fn follow_group(&mut self) -> Result<Option<RebalanceEvent>> {
        let Some(mut me) = self.membership.take() else { return Ok(None) };
        let event = if me.has_news(&self.store) { self.store.follow(&mut me) } else { None };
        if event.is_some() || me.owned.len() != self.cursors.len() {
            self.drop_cursors(|cursor| !me.owned.contains(&cursor.place));
            for place in &me.owned {
                if !self.cursors.iter().any(|cursor| cursor.place == *place)
                    && let Some(topic) = self.store.topic(&place.topic)
                {
                    self.add_cursor(place.clone(), topic, None)?;
                }
            }
        }
        self.membership = Some(me);
        Ok(event)
    }

    fn leave(&mut self) {
        self.drop_cursors(|_| true);
        if let Some(mut me) = self.membership.take() {
            self.store.leave(&mut me);
        }
    }

    fn cursor(&mut self, place: &TopicPartition) -> Option<&mut Cursor> {
        self.cursors.iter_mut().find(|cursor| cursor.place == *place)
    }

    fn topic(&self, place: &TopicPartition) -> Result<Arc<Topic>> {
        let topic = self.store.existing(&place.topic)?;
        topic.partition(place.partition)?;
        Ok(topic)
    }

    /// Shows what is there; says how many records that were.
    fn show(
        &mut self,
        max_records: usize,
        max_bytes: usize,
        on_record: &mut dyn FnMut(ConsumerRecord<'_>),
    ) -> Result<usize> {
        let count = self.cursors.len();
        let (mut records, mut bytes) = (0, 0);
        for step in 0..count {
            let index = (self.turn + step) % count;
            loop {
                if records >= max_records || bytes >= max_bytes {
                    self.turn = index;
                    return Ok(records);
                }
                if !self.fill(index)? {
                    break;
                }
                let cursor = &mut self.cursors[index];
                let shown = cursor.show(max_records - records, max_bytes - bytes, on_record);
                let (more_records, more_bytes) = shown.map_err(|error| error.context(&cursor.place))?;
                records += more_records;
                bytes += more_bytes;
            }
        }
        if count > 0 {
            self.turn = (self.turn + 1) % count;
        }
        Ok(records)
    }

    /// Gets batches for a cursor that has none; false where there is nothing to show.
    fn fill(&mut self, index: usize) -> Result<bool> {
        let cursor = &self.cursors[index];
        if cursor.paused {
            return Ok(false);
        }
        if !cursor.batches.is_empty() {
            return Ok(true);
        }
        if cursor.topic.is_deleted() {
            // Made again under the same name, it is another topic.
            let Some(topic) = self.store.topic(&cursor.place.topic) else { return Ok(false) };
            let Ok(part) = topic.partition(cursor.place.partition) else { return Ok(false) };
            part.watchers.add(&self.signal);
            let position = self.reset_position(&topic, cursor.place.partition);
            let cursor = &mut self.cursors[index];
            (cursor.topic, cursor.position) = (topic, position);
        }
        let cursor = &self.cursors[index];
        let part = cursor.topic.partition(cursor.place.partition)?;
        let (start, end) = (part.start.load(SeqCst), part.end.load(SeqCst));
        let position = match cursor.position {
            Some(position) if position >= start && position <= end => position,
            found => match self.reset_position(&cursor.topic, cursor.place.partition) {
                Some(position) => {
                    if let Some(found) = found {
                        tracing::info!(partition = %cursor.place, offset = found, reset = position, "offset is out of range and was reset");
                    }
                    position
                }
                None => {
                    let what = found.map_or("no committed offset".to_owned(), |offset| {
                        format!("offset {offset} out of range")
                    });
                    return Err(Error::new(
                        ErrorKind::Invalid,
                        format!("{}: {what}, and auto.offset.reset=none forbids to choose one", cursor.place),
                    ));
                }
            },
        };
        let until = part.visible(self.committed_only);
        let cursor = &mut self.cursors[index];
        cursor.position = Some(position);
        if position >= until {
            return Ok(false);
        }
        let Cursor { topic, place, batches, .. } = cursor;
        self.store.read(topic, place.partition, position, until, READ_BYTES, batches)?;
        cursor.at = 0;
        if cursor.batches.is_empty() {
            // What was there has been aborted or compacted away.
            cursor.position = Some(until);
            return Ok(false);
        }
        Ok(true)
    }

    fn has_work(&self) -> bool {
        self.membership.as_ref().is_some_and(|me| me.has_news(&self.store))
            || self.cursors.iter().any(|cursor| {
                !cursor.paused
                    && cursor.topic.partition(cursor.place.partition).is_ok_and(|part| {
                        cursor.position.is_none_or(|position| position < part.visible(self.committed_only))
                    })
            })
    }
}

impl Consumer for EmbeddedConsumer {
    fn subscribe(&mut self, subscription: &Subscription) -> Result<()> {
        let group = self.group()?.to_owned();
        let wanted = match subscription {
            Subscription::Topics(topics) => {
                if self.auto_create {
                    for topic in topics {
                        match self.store.topic_or_create(topic) {
                            Err(error) if error.kind() != ErrorKind::UnknownTopic => return Err(error),
                            _ => {}
                        }
                    }
                }
                Wanted::Topics(topics.iter().cloned().collect())
            }
            Subscription::Pattern(pattern) => Wanted::Pattern(TopicPattern::new(pattern)?),
        };
        self.leave();
        self.store.topic_watchers.add(&self.signal);
        self.membership =
            Some(Membership::new(group, wanted, self.cooperative, self.poll_limit, self.signal.clone()));
        Ok(())
    }

    fn assign(&mut self, partitions: &[(TopicPartition, Option<i64>)]) -> Result<()> {
        self.leave();
        for (place, start) in partitions {
            let topic =
                if self.auto_create { self.store.topic_or_create(&place.topic)? } else { self.topic(place)? };
            self.add_cursor(place.clone(), topic, *start)?;
        }
        Ok(())
    }

    fn poll(
        &mut self,
        timeout: Duration,
        max_records: usize,
        max_bytes: usize,
        on_record: &mut dyn FnMut(ConsumerRecord<'_>),
    ) -> Result<Option<RebalanceEvent>> {
        let start = Instant::now();
        let max_records = max_records.min(self.max_poll_records);
        loop {
            if let Some(event) = self.follow_group()? {
                return Ok(Some(event));
            }
            if self.show(max_records, max_bytes.max(1), on_record)? > 0 || max_records == 0 {
                return Ok(None);
            }
            let Some(left) = timeout.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) else {
                return Ok(None);
            };
            self.signal.arm();
            if !self.has_work() {
                self.signal.wait(left.min(Duration::from_secs(1)).min(self.poll_limit / 4));
            }
        }
    }

    fn keep_alive(&mut self) -> Result<Option<RebalanceEvent>> {
        self.follow_group()
    }

    fn max_poll_interval(&self) -> Duration {
        self.poll_limit
    }

    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        for place in partitions {
            if let Some(cursor) = self.cursor(place) {
                cursor.paused = true;
            }
        }
        Ok(())
    }

    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        for place in partitions {
            if let Some(cursor) = self.cursor(place) {
                cursor.paused = false;
            }
        }
        Ok(())
    }

    fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<()> {
        let cursor = self.cursor(partition).ok_or_else(|| not_assigned(partition))?;
        cursor.position = Some(offset);
        cursor.batches.clear();
        cursor.at = 0;
        Ok(())
    }

    fn position(&self, partition: &TopicPartition) -> Option<i64> {
        self.cursors.iter().find(|cursor| cursor.place == *partition)?.position
    }

    fn committed(&mut self, partitions: &[TopicPartition]) -> Result<Vec<Option<i64>>> {
        Ok(self.store.groups.committed(self.group()?, partitions))
    }

    fn assignment(&self) -> Vec<TopicPartition> {
        let mut all: Vec<_> = self.cursors.iter().map(|cursor| cursor.place.clone()).collect();
        all.sort();
        all
    }

    fn commit(&mut self, offsets: &[(TopicPartition, i64)], sync: bool) -> Result<()> {
        let result =
            self.store.commit_offsets(self.group()?, self.membership.as_ref(), offsets).map_err(|error| {
                match (error.kind(), &self.membership) {
                    // To a consumer without membership a group with members is somebody else's.
                    (ErrorKind::GroupNotEmpty, None) => Error::new(ErrorKind::NotOwner, error.message()),
                    _ => error,
                }
            });
        if sync {
            return result;
        }
        self.commits.push(CommitResult { offsets: offsets.to_vec(), result });
        Ok(())
    }

    fn poll_commits(&mut self, done: &mut Vec<CommitResult>) {
        done.append(&mut self.commits);
    }

    fn beginning_offsets(&mut self, partitions: &[TopicPartition]) -> Result<Vec<i64>> {
        let start = |place| Ok(self.topic(place)?.partition(place.partition)?.start.load(SeqCst));
        partitions.iter().map(start).collect()
    }

    fn end_offsets(&mut self, partitions: &[TopicPartition]) -> Result<Vec<i64>> {
        let end = |place: &TopicPartition| {
            let topic = self.store.topic(&place.topic).ok_or_else(|| unknown(&place.topic))?;
            Ok(topic.partition(place.partition)?.visible(self.committed_only))
        };
        partitions.iter().map(end).collect()
    }

    fn close(mut self: Box<Self>) -> Result<()> {
        self.leave();
        Ok(())
    }
}

impl Drop for EmbeddedConsumer {
    fn drop(&mut self) {
        self.leave();
    }
}

fn not_assigned(partition: &TopicPartition) -> Error {
    Error::new(ErrorKind::Invalid, format!("cannot seek {partition}: it is not assigned to this consumer"))
}
