//! The loop of a sink task's thread.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferry_kafka::{Subscription, TopicPartition};
use ferry_plugin_abi::api::{SinkContext, SinkTask};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::{Batch, Record};
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::commits::Commits;
use super::deliver::{Delivery, Outcome, Rules, Sinks};
use super::offsets::SinkOffsets;
use super::{ErrantReporter, Intake, Lent, Requests};
use crate::budget::{Reservation, TaskBudget};
use crate::chain::{
    Chain, Converters, ErrorPolicy, Failure, Origin, Original, SINK_TASK, StageName, Verdict,
};
use crate::crash;
use crate::errors::from_kafka;
use crate::executor::{Control, TaskEvent, lock};
use crate::metrics::TaskMetrics;
use crate::tap::{Observer, Stages, Unseen, What};

/// What a sink loop is made of.
pub struct Parts {
    /// The plugin's task.
    pub task: Box<dyn SinkTask>,
    /// Its consumer, not subscribed yet.
    pub intake: Arc<Mutex<Intake>>,
    /// `topics` or `topics.regex`
    pub subscription: Subscription,
    /// Its converters.
    pub converters: Converters,
    /// Its transforms.
    pub chain: Chain,
    /// Its rules for errors of records.
    pub policy: ErrorPolicy,
    /// Its rules for errors of `put`.
    pub rules: Rules,
    /// Its control.
    pub control: Arc<Control>,
    /// What it asks for.
    pub requests: Arc<Mutex<Requests>>,
    /// The batches that it may still hold.
    pub lent: Lent,
    /// Where it reports bad records, if it may.
    pub reporter: Option<Arc<ErrantReporter>>,
    /// The memory of those batches.
    pub budget: TaskBudget,
    /// The memory of the consumer.
    pub queue: Reservation,
    /// `offset.flush.interval.ms`
    pub flush_interval: Duration,
    /// `offset.flush.timeout.ms`
    pub flush_timeout: Duration,
}

/// A running sink task.
pub struct SinkLoop {
    pub(super) parts: Parts,
    pub(super) offsets: SinkOffsets,
    pub(super) commits: Commits,
    /// Refused by `put` with a retriable error: goes on at `retry_at`, before anything else is consumed.
    pub(super) delivery: Option<Delivery>,
    retry_at: Instant,
    backoff: Duration,
    /// Records refused since `put` took the last.
    refused: usize,
    /// The connector is paused.
    pub(super) paused: bool,
    pub(super) paused_by_task: BTreeSet<TopicPartition>,
    /// Told of since the last commit.
    pub(super) topics: Vec<Arc<str>>,
    /// How long a task that has nothing else to do may wait for records; `None`: no order would end that wait.
    quiet: Option<Duration>,
}

/// How long one wait lasts: also how late an order to stop may be seen.
const POLL: Duration = Duration::from_millis(100);
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LAST_BACKOFF: Duration = Duration::from_secs(10);
/// Records of one `put` where the user does not say `max.poll.records`.
const MAX_RECORDS: usize = 4000;

impl SinkLoop {
    /// A loop that has not begun.
    pub fn new(parts: Parts) -> Self {
        Self {
            offsets: SinkOffsets::default(),
            commits: Commits::new(parts.flush_interval, parts.flush_timeout),
            delivery: None,
            retry_at: Instant::now(),
            backoff: FIRST_BACKOFF,
            refused: 0,
            paused: false,
            paused_by_task: BTreeSet::new(),
            topics: Vec::new(),
            quiet: None,
            parts,
        }
    }

    /// The task's statistics.
    pub(super) fn metrics(&self) -> &TaskMetrics {
        &self.parts.policy.reporters.metrics
    }

    /// Its consumer, for the supervisor to look after.
    pub fn intake(&self) -> Arc<Mutex<Intake>> {
        self.parts.intake.clone()
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
        self.parts.policy.reporters.open()?;
        self.subscribe()?;
        control.calling("start", || self.parts.task.start(context, config))?;
        report(TaskEvent::Running);
        let ran = self.work(&control, report);
        let panicked = ran.as_ref().is_err_and(|error| error.kind() == ErrorKind::Panic);
        let closed = if control.abandoned() { Ok(()) } else { self.give_up_all(!panicked) };
        let told = self.flush_dead_letters();
        let stopped = control.calling("stop", || self.parts.task.stop());
        let consumer = lock(&self.parts.intake).close();
        let left = consumer.map_or(Ok(()), |consumer| consumer.close().map_err(from_kafka));
        ran?;
        for result in [closed, told, stopped, left] {
            if let Err(error) = result {
                tracing::warn!(error = error.trace(), "sink task did not end cleanly");
            }
        }
        Ok(())
    }

    fn subscribe(&mut self) -> Result<()> {
        let mut intake = lock(&self.parts.intake);
        intake.subscribe(&self.parts.subscription)?;
        let waker = intake.waker();
        self.quiet = waker.is_some().then(|| intake.patience());
        self.parts.control.set_waker(waker);
        Ok(())
    }

    /// How long the next poll may wait where nothing but a record or an order can bring work.
    fn patience(&self) -> Duration {
        let busy = self.parts.budget.held() > 0
            || self.parts.policy.reporters.dead_letters.as_ref().is_some_and(|queue| queue.is_busy());
        match self.quiet {
            Some(quiet) if !busy => quiet.min(self.commits.patience()),
            _ => Duration::ZERO,
        }
    }

    /// The record that ended the task is to be found in the dead letter queue.
    fn flush_dead_letters(&self) -> Result<()> {
        let queue = &self.parts.policy.reporters.dead_letters;
        queue.as_ref().map_or(Ok(()), |queue| queue.flush(self.parts.flush_timeout))
    }

    fn work(&mut self, control: &Control, report: &mut dyn FnMut(TaskEvent)) -> Result<()> {
        while !control.stopping() {
            self.follow_rebalances()?;
            self.follow_pause(control.paused(), report)?;
            self.follow_requests()?;
            self.commit_when_due()?;
            match self.delivery.take() {
                Some(delivery) => self.deliver_when_due(delivery)?,
                None => self.consume_and_deliver(report)?,
            }
        }
        Ok(())
    }

    fn follow_pause(&mut self, pause: bool, report: &mut dyn FnMut(TaskEvent)) -> Result<()> {
        if pause == self.paused {
            return Ok(());
        }
        self.paused = pause;
        self.apply_pauses()?;
        if pause {
            self.commit_now()?;
            report(TaskEvent::Paused);
        } else {
            report(TaskEvent::Running);
        }
        Ok(())
    }

    fn consume_and_deliver(&mut self, report: &mut dyn FnMut(TaskEvent)) -> Result<()> {
        let room = self.room();
        if room == 0 {
            // The task holds on to what it was given: it lets go when it is asked what is durable. Nothing is
            // fetched meanwhile; the supervisor keeps the membership.
            self.commits.request();
            self.parts.control.wait(POLL);
            return Ok(());
        }
        let Some(originals) = self.consume(room)? else { return Ok(()) };
        let batch = self.convert(&originals, report)?;
        if !originals.is_empty() {
            self.metrics().active(self.offsets.active());
        }
        self.parts.budget.set_held(self.parts.budget.held() + originals.bytes() + batch.bytes());
        self.parts.lent.lend(originals, batch.clone());
        self.deliver(Delivery::of(batch))
    }

    /// Bytes that may be consumed now.
    fn room(&mut self) -> usize {
        let held = self.parts.lent.settle();
        self.parts.budget.set_held(held);
        self.parts.budget.room()
    }

    /// The next records, maybe none; `None` where a rebalance came instead.
    fn consume(&mut self, max_bytes: usize) -> Result<Option<Batch>> {
        let asked = lock(&self.parts.requests).timeout.take();
        let timeout = asked.map_or_else(|| POLL.max(self.patience()), |asked| asked.min(POLL));
        let mut event = None;
        let originals = Batch::build(|out| {
            let arena = out.arena();
            // The name of a topic is put into the batch once, not once per record.
            let mut topic: Option<(Arc<str>, &str)> = None;
            let offsets = &mut self.offsets;
            event = lock(&self.parts.intake).poll(timeout, MAX_RECORDS, max_bytes, &mut |consumed| {
                let name = match &topic {
                    Some((known, name)) if Arc::ptr_eq(known, consumed.topic) => name,
                    _ => {
                        let name = arena.str(consumed.topic);
                        topic = Some((consumed.topic.clone(), name));
                        name
                    }
                };
                offsets.consumed(consumed.topic, consumed.partition, consumed.offset);
                out.push(Original::keep(&consumed, name, arena));
            })?;
            Ok::<_, Error>(())
        })?;
        match event {
            None => {
                if !originals.is_empty() {
                    self.metrics().consumed(originals.len());
                }
                Ok(Some(originals))
            }
            Some(event) => self.react(event).map(|()| None),
        }
    }

    /// Converts and transforms, without holding on to the consumer: an operation may be retried for long.
    fn convert(&mut self, originals: &Batch, report: &mut dyn FnMut(TaskEvent)) -> Result<Batch> {
        match self.parts.chain.begin(Stages::CONSUME) {
            None => self.convert_seen(originals, report, &mut Unseen),
            Some(mut sampler) => self.convert_seen(originals, report, &mut sampler),
        }
    }

    fn convert_seen<O: Observer>(
        &mut self,
        originals: &Batch,
        report: &mut dyn FnMut(TaskEvent),
        observer: &mut O,
    ) -> Result<Batch> {
        let Self { parts, topics, .. } = self;
        let Parts { converters, chain, policy, .. } = parts;
        originals.derive(|originals, out| {
            let arena = out.arena();
            out.reserve(originals.len());
            for original in originals {
                let original = Original::of(original);
                observer.see(Stages::CONSUME, What::Original(original));
                let Verdict::Go(mut record) = converters.to_record(original, arena, policy)? else {
                    continue;
                };
                observer.see(Stages::CONVERTER, What::Record(&record));
                if !topics.iter().any(|topic| **topic == *original.topic()) {
                    let topic: Arc<str> = original.topic().into();
                    topics.push(topic.clone());
                    report(TaskEvent::Topic(topic));
                }
                let origin = Origin::Sink(original);
                if chain.apply_seen(&mut record, arena, policy, &origin, observer)? == Verdict::Go(()) {
                    observer.see(Stages::PUT, What::Record(&record));
                    out.push(record);
                }
            }
            Ok(())
        })
    }

    fn deliver_when_due(&mut self, delivery: Delivery) -> Result<()> {
        let left = self.retry_at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return self.deliver(delivery);
        }
        self.delivery = Some(delivery);
        self.parts.control.wait(left.min(POLL));
        Ok(())
    }

    fn deliver(&mut self, delivery: Delivery) -> Result<()> {
        let Parts { task, control, policy, lent, reporter, rules, .. } = &mut self.parts;
        let mut plugin = Plugin { task: &mut **task, control, policy, lent, reporter: reporter.as_deref() };
        match delivery.run(*rules, &mut self.refused, &mut plugin) {
            Ok(Outcome::Done) => {
                self.offsets.put();
                self.backoff = FIRST_BACKOFF;
                Ok(())
            }
            Ok(Outcome::Later(rest, error)) => {
                let asked = lock(&self.parts.requests).timeout.take();
                let wait = asked.unwrap_or(self.backoff);
                self.backoff = (self.backoff * 2).min(LAST_BACKOFF);
                tracing::error!(
                    error = error.trace(),
                    backoff_ms = wait.as_millis(),
                    "RetriableException from SinkTask:"
                );
                self.retry_at = Instant::now() + wait;
                self.delivery = Some(rest);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Panic => Err(error),
            Err(error) => {
                Err(error.context(ErrorKind::Fatal, "Exiting WorkerSinkTask due to unrecoverable exception."))
            }
        }
    }
}

/// The task as a delivery sees it.
struct Plugin<'t> {
    task: &'t mut dyn SinkTask,
    control: &'t Control,
    policy: &'t ErrorPolicy,
    lent: &'t Lent,
    reporter: Option<&'t ErrantReporter>,
}

impl Sinks for Plugin<'_> {
    fn put(&mut self, batch: Batch) -> Result<()> {
        crash::point("put");
        let (records, began) = (batch.len(), Instant::now());
        self.control.calling("put", || self.task.put(batch))?;
        // Put is called without records, too, and ten times a second: that says nothing of batches.
        if records > 0 {
            self.policy.reporters.metrics.put(records, began.elapsed());
        }
        // A task that swallowed the reporter's answer ends nevertheless.
        self.reporter.map_or(Ok(()), ErrantReporter::check)
    }

    fn report(&mut self, record: &Record<'_>, error: &Error) -> Result<()> {
        self.policy.reporters.metrics.errors.gave_up(true);
        let failure = Failure { stage: StageName::TaskPut, class: SINK_TASK, error };
        let report = |original: Original<'_>| {
            self.policy.reporters.report(&failure, &Origin::Sink(original), true).map(drop)
        };
        // A transform may have taken away where the record comes from: then there is nothing to report.
        self.lent.with_original(record, report).unwrap_or_else(|| {
            tracing::error!(error = error.trace(), "a refused record that was not consumed is left out");
            Ok(())
        })
    }
}
