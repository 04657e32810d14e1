//! The loop of a sink task's thread.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferry_kafka::{Consumer, RebalanceEvent, Subscription, TopicPartition};
use ferry_plugin_abi::api::{SinkContext, SinkTask, TopicPartition as PluginPartition};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::Batch;
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::Requests;
use super::offsets::SinkOffsets;
use crate::chain::{Chain, Converters, ErrorPolicy, Origin, Verdict};
use crate::crash;
use crate::errors::from_kafka;
use crate::executor::{Control, TaskEvent, lock};

/// What a sink loop is made of.
pub struct Parts {
    /// The plugin's task.
    pub task: Box<dyn SinkTask>,
    /// Its consumer, not subscribed yet.
    pub consumer: Box<dyn Consumer>,
    /// `topics` or `topics.regex`
    pub subscription: Subscription,
    /// Its converters.
    pub converters: Converters,
    /// Its transforms.
    pub chain: Chain,
    /// Its rules for errors.
    pub policy: ErrorPolicy,
    /// Its control.
    pub control: Arc<Control>,
    /// What it asks for.
    pub requests: Arc<Mutex<Requests>>,
    /// Memory of one batch, in bytes.
    pub max_bytes: usize,
    /// `offset.flush.interval.ms`
    pub flush_interval: Duration,
}

/// A running sink task.
pub struct SinkLoop {
    parts: Parts,
    offsets: SinkOffsets,
    /// Refused by `put` with a retriable error: offered again first.
    retained: Option<Batch>,
    backoff: Duration,
    next_commit: Instant,
    paused: bool,
    topics: Vec<Arc<str>>,
}

/// How long one wait for records lasts: also how late an order to stop may be seen.
const POLL: Duration = Duration::from_millis(100);
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LAST_BACKOFF: Duration = Duration::from_secs(10);
/// Records of one `put` where the user does not say `max.poll.records`.
const MAX_RECORDS: usize = 4000;

impl SinkLoop {
    /// A loop that has not begun.
    pub fn new(parts: Parts) -> Self {
        let next_commit = Instant::now() + parts.flush_interval;
        Self {
            parts,
            offsets: SinkOffsets::default(),
            retained: None,
            backoff: FIRST_BACKOFF,
            next_commit,
            paused: false,
            topics: Vec::new(),
        }
    }

    /// Runs until the task is to stop or fails; `report` tells its listener.
    pub fn run(
        mut self,
        context: SinkContext,
        config: &ConfigMap,
        report: &mut dyn FnMut(TaskEvent),
    ) -> Result<()> {
        let control = self.parts.control.clone();
        if control.paused() {
            report(TaskEvent::Paused);
            while control.wait_paused(Duration::from_secs(1)) {}
        }
        if control.stopping() {
            return Ok(());
        }
        self.parts.consumer.subscribe(&self.parts.subscription).map_err(from_kafka)?;
        control.calling("start", || self.parts.task.start(context, config))?;
        report(TaskEvent::Running);
        let ran = self.work(&control, report);
        let closed = if control.abandoned() { Ok(()) } else { self.give_up_all(ran.is_ok()) };
        let stopped = control.calling("stop", || self.parts.task.stop());
        let left = self.parts.consumer.close().map_err(from_kafka);
        ran?;
        for result in [closed, stopped, left] {
            if let Err(error) = result {
                tracing::warn!(error = error.trace(), "sink task did not end cleanly");
            }
        }
        Ok(())
    }

    fn work(&mut self, control: &Control, report: &mut dyn FnMut(TaskEvent)) -> Result<()> {
        while !control.stopping() {
            self.follow_pause(control.paused(), report)?;
            let timeout = self.follow_requests()?;
            if Instant::now() >= self.next_commit {
                self.commit(None, false)?;
            }
            match self.retained.take() {
                Some(batch) => self.offer_again(batch)?,
                None => {
                    if let Some(batch) = self.consume(timeout, report)? {
                        self.put(batch)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn follow_pause(&mut self, pause: bool, report: &mut dyn FnMut(TaskEvent)) -> Result<()> {
        if pause == self.paused {
            return Ok(());
        }
        let owned = self.offsets.partitions();
        if pause {
            self.parts.consumer.pause(&owned).map_err(from_kafka)?;
            self.commit(None, false)?;
            report(TaskEvent::Paused);
        } else {
            self.parts.consumer.resume(&owned).map_err(from_kafka)?;
            report(TaskEvent::Running);
        }
        self.paused = pause;
        Ok(())
    }

    /// Does what the task asked for; returns how long to wait for records.
    fn follow_requests(&mut self) -> Result<Duration> {
        let Requests { rewind, pause, commit, timeout } = std::mem::take(&mut *lock(&self.parts.requests));
        for (partition, offset) in rewind {
            let partition = from_plugin(partition);
            if self.offsets.owns(&partition) {
                self.parts.consumer.seek(&partition, offset).map_err(from_kafka)?;
                self.offsets.rewind(&partition, offset);
            }
        }
        for (partition, paused) in pause {
            let partition = [from_plugin(partition)];
            if paused {
                self.parts.consumer.pause(&partition).map_err(from_kafka)?;
            } else {
                self.parts.consumer.resume(&partition).map_err(from_kafka)?;
            }
        }
        if commit {
            self.next_commit = Instant::now();
        }
        Ok(timeout.unwrap_or(POLL).min(POLL))
    }

    /// The next batch, maybe empty; `None` where a rebalance came instead.
    fn consume(&mut self, timeout: Duration, report: &mut dyn FnMut(TaskEvent)) -> Result<Option<Batch>> {
        let Self { parts, offsets, topics, .. } = self;
        let Parts { consumer, converters, chain, policy, max_bytes, .. } = parts;
        let mut event = None;
        let batch = Batch::build(|out| {
            let arena = out.arena();
            let mut failed = None;
            // The name of a topic is put into the batch once, not once per record.
            let mut topic: Option<(Arc<str>, &str)> = None;
            event = consumer
                .poll(timeout, MAX_RECORDS, *max_bytes, &mut |consumed| {
                    if failed.is_some() {
                        return;
                    }
                    let name = match &topic {
                        Some((known, name)) if Arc::ptr_eq(known, consumed.topic) => name,
                        _ => {
                            if !topics.iter().any(|t| t == consumed.topic) {
                                topics.push(consumed.topic.clone());
                                report(TaskEvent::Topic(consumed.topic.clone()));
                            }
                            let name = arena.str(consumed.topic);
                            topic = Some((consumed.topic.clone(), name));
                            name
                        }
                    };
                    offsets.consumed(consumed.topic, consumed.partition, consumed.offset);
                    let origin =
                        Origin::Sink { topic: name, partition: consumed.partition, offset: consumed.offset };
                    let converted = converters.to_record(&consumed, name, arena, policy).and_then(
                        |verdict| match verdict {
                            Verdict::Skip => Ok(None),
                            Verdict::Go(mut record) => {
                                let verdict = chain.apply(&mut record, arena, policy, &origin)?;
                                Ok((verdict == Verdict::Go(())).then_some(record))
                            }
                        },
                    );
                    match converted {
                        Ok(Some(record)) => out.push(record),
                        Ok(None) => {}
                        Err(error) => failed = Some(error),
                    }
                })
                .map_err(from_kafka)?;
            failed.map_or(Ok(()), Err)
        })?;
        let mut done = Vec::new();
        self.parts.consumer.poll_commits(&mut done);
        for commit in done {
            if let Err(error) = commit.result {
                tracing::warn!(error = %error, "offset commit failed, trying again at the next one");
                self.offsets.not_committed(&commit.offsets);
            }
        }
        match event {
            None => Ok(Some(batch)),
            Some(RebalanceEvent::Assigned(partitions)) => self.assigned(&partitions).map(|()| None),
            Some(RebalanceEvent::Revoked { partitions, lost }) => {
                self.give_up(&partitions, !lost).map(|()| None)
            }
        }
    }

    fn put(&mut self, batch: Batch) -> Result<()> {
        crash::point("put");
        let Parts { task, control, .. } = &mut self.parts;
        match control.calling("put", || task.put(batch.clone())) {
            Ok(()) => {
                self.offsets.put();
                self.backoff = FIRST_BACKOFF;
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Retriable => {
                tracing::warn!(
                    error = error.trace(),
                    backoff_ms = self.backoff.as_millis(),
                    "put failed, offering the same batch again"
                );
                self.retained = Some(batch);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Panic => Err(error),
            Err(error) => {
                Err(error.context(ErrorKind::Fatal, "Exiting WorkerSinkTask due to unrecoverable exception."))
            }
        }
    }

    /// Waits, keeping the group membership alive with all partitions paused, then puts again.
    fn offer_again(&mut self, batch: Batch) -> Result<()> {
        let owned = self.offsets.partitions();
        self.parts.consumer.pause(&owned).map_err(from_kafka)?;
        let until = Instant::now() + lock(&self.parts.requests).timeout.take().unwrap_or(self.backoff);
        self.backoff = (self.backoff * 2).min(LAST_BACKOFF);
        while Instant::now() < until && !self.parts.control.stopping() {
            let left = until.saturating_duration_since(Instant::now()).min(POLL);
            let mut stray = 0_usize;
            match self.parts.consumer.poll(left, 1, 1, &mut |_| stray += 1).map_err(from_kafka)? {
                None if stray > 0 => {
                    return Err(Error::fatal(
                        "a paused consumer showed a record; its task cannot go on in order",
                    ));
                }
                None => {}
                Some(RebalanceEvent::Assigned(partitions)) => {
                    self.assigned(&partitions)?;
                    self.parts.consumer.pause(&partitions).map_err(from_kafka)?;
                }
                Some(RebalanceEvent::Revoked { partitions, lost }) => self.give_up(&partitions, !lost)?,
            }
        }
        if self.parts.control.stopping() {
            return Ok(());
        }
        let batch = self.without_lost(batch)?;
        self.put(batch)?;
        if self.retained.is_none() && !self.paused {
            let owned = self.offsets.partitions();
            self.parts.consumer.resume(&owned).map_err(from_kafka)?;
        }
        Ok(())
    }

    /// The batch without records of partitions that are no longer the task's.
    fn without_lost(&self, batch: Batch) -> Result<Batch> {
        let owned = self.offsets.partitions();
        let is_owned = |topic: &str, partition: i32| {
            owned.iter().any(|p| p.partition == partition && *p.topic == *topic)
        };
        let kept = |r: &ferry_plugin_abi::data::Record<'_>| {
            is_owned(r.original_topic().unwrap_or_default(), r.original_partition().unwrap_or(-1))
        };
        if batch.records().iter().all(kept) {
            return Ok(batch);
        }
        batch.derive(|records, out| {
            records.iter().filter(|r| kept(r)).for_each(|r| out.push(*r));
            Ok(())
        })
    }

    fn assigned(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let fresh: Vec<_> = partitions.iter().filter(|p| !self.offsets.owns(p)).cloned().collect();
        for partition in &fresh {
            // -1: nothing consumed yet, so nothing to commit.
            let position = self.parts.consumer.position(partition).unwrap_or(-1);
            self.offsets.assign(partition.clone(), position);
        }
        if self.paused {
            self.parts.consumer.pause(&fresh).map_err(from_kafka)?;
        }
        if fresh.is_empty() {
            return Ok(());
        }
        let Parts { task, control, .. } = &mut self.parts;
        control.calling("open", || task.open(&to_plugin(&fresh)))
    }

    /// Commits, closes and forgets `partitions`.
    fn give_up(&mut self, partitions: &[TopicPartition], commit: bool) -> Result<()> {
        let mine: Vec<_> = partitions.iter().filter(|p| self.offsets.owns(p)).cloned().collect();
        let committed = if commit && !mine.is_empty() { self.commit(Some(&mine), true) } else { Ok(()) };
        let Parts { task, control, .. } = &mut self.parts;
        let closed =
            if mine.is_empty() { Ok(()) } else { control.calling("close", || task.close(&to_plugin(&mine))) };
        for partition in &mine {
            self.offsets.revoke(partition);
        }
        committed.and(closed)
    }

    fn give_up_all(&mut self, commit: bool) -> Result<()> {
        let all = self.offsets.partitions();
        self.give_up(&all, commit)
    }

    /// Asks the task what is durable and commits that (`WorkerSinkTask.commitOffsets`). A task that cannot
    /// say rewinds to what is committed, unless its partitions are being given up.
    fn commit(&mut self, only: Option<&[TopicPartition]>, sync: bool) -> Result<()> {
        self.next_commit = Instant::now() + self.parts.flush_interval;
        // Topics that were reset meanwhile are told of again.
        self.topics.clear();
        let put = self.offsets.put_offsets(only);
        if put.is_empty() || self.parts.control.abandoned() {
            return Ok(());
        }
        crash::point("pre-commit");
        let Parts { task, control, consumer, .. } = &mut self.parts;
        let asked: Vec<_> = put.iter().map(|(p, o)| (plugin_partition(p), *o)).collect();
        let durable = match control.calling("pre_commit", || task.pre_commit(&asked)) {
            Ok(durable) => durable,
            Err(error) if error.kind() == ErrorKind::Panic => return Err(error),
            Err(error) => {
                tracing::error!(error = error.trace(), "pre_commit failed, offsets not committed");
                if !sync {
                    self.rewind_to_committed(&put)?;
                }
                return Ok(());
            }
        };
        let durable = durable.into_iter().map(|(p, o)| (from_plugin(p), o)).collect();
        let offsets = self.offsets.committable(durable);
        if offsets.is_empty() {
            return Ok(());
        }
        match consumer.commit(&offsets, sync) {
            Ok(()) => self.offsets.committed(&offsets),
            Err(error) => tracing::warn!(error = %error, "offset commit failed"),
        }
        crash::point("sink-commit");
        Ok(())
    }

    fn rewind_to_committed(&mut self, put: &[(TopicPartition, i64)]) -> Result<()> {
        let partitions: Vec<_> = put.iter().map(|(p, _)| p.clone()).collect();
        let committed = self.parts.consumer.committed(&partitions).map_err(from_kafka)?;
        let beginning = self.parts.consumer.beginning_offsets(&partitions).map_err(from_kafka)?;
        for ((partition, committed), first) in partitions.iter().zip(committed).zip(beginning) {
            let offset = committed.unwrap_or(first);
            self.parts.consumer.seek(partition, offset).map_err(from_kafka)?;
            self.offsets.rewind(partition, offset);
        }
        Ok(())
    }
}

fn plugin_partition(partition: &TopicPartition) -> PluginPartition {
    PluginPartition { topic: partition.topic.to_string(), partition: partition.partition }
}
fn to_plugin(partitions: &[TopicPartition]) -> Vec<PluginPartition> {
    partitions.iter().map(plugin_partition).collect()
}
fn from_plugin(partition: PluginPartition) -> TopicPartition {
    TopicPartition { topic: partition.topic.into(), partition: partition.partition }
}
