//! From a polled batch to acknowledged records and stored offsets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry_kafka::{Delivery, Producer};
use ferry_plugin_abi::api::Ack;
use ferry_plugin_abi::data::{Batch, Scratch};
use ferry_plugin_abi::{Error, Result};

use super::guarantee::Guarantee;
use super::pending::Pending;
use super::send::{LOOK, Sent, settle};
use super::topics::TopicCreator;
use crate::budget::{Reservation, TaskBudget};
use crate::chain::{Chain, Converters, ErrorPolicy};
use crate::crash;
use crate::errors::from_kafka;
use crate::executor::{Aside, Control, TaskId};
use crate::metrics::TaskMetrics;
use crate::tap::{Observer, Stages, Unseen};

/// The producing half of a source task. The task's thread holds its lock while it sends; between
/// polls that take long the supervisor takes it to store offsets.
pub struct Pipeline {
    pub(super) id: TaskId,
    pub(super) chain: Chain,
    pub(super) converters: Converters,
    pub(super) policy: ErrorPolicy,
    pub(super) producer: Box<dyn Producer>,
    pub(super) control: Arc<Control>,
    pub(super) guarantee: Guarantee,
    pub(super) pending: Pending,
    pub(super) deliveries: Vec<Delivery>,
    /// What of the last batch could not be sent yet.
    pub(super) rest: Option<Rest>,
    /// The token after the last record that was sent or left out.
    pub(super) dispatched: u64,
    /// Topics that were told of since offsets were stored.
    pub(super) topics: Vec<Arc<str>>,
    /// Offsets were stored and the task was not told yet.
    pub(super) commit_due: bool,
    pub(super) creator: Option<TopicCreator>,
    pub(super) scratch: Scratch,
    budget: TaskBudget,
    _queue: Reservation,
    /// Found by the supervisor, for the task's thread to fail with.
    failure: Option<Error>,
}

/// What a pipeline is made of.
pub struct Parts {
    /// The task.
    pub id: TaskId,
    /// Its transforms.
    pub chain: Chain,
    /// Its converters.
    pub converters: Converters,
    /// Its rules for errors.
    pub policy: ErrorPolicy,
    /// Its producer.
    pub producer: Box<dyn Producer>,
    /// What it promises, and where its offsets go.
    pub guarantee: Guarantee,
    /// Makes its topics; `None`: the broker does, if at all.
    pub creator: Option<TopicCreator>,
    /// The task's control.
    pub control: Arc<Control>,
    /// Whether the task wants `commit_records`.
    pub keep_acks: bool,
    /// Memory of batches that are polled and not acknowledged.
    pub budget: TaskBudget,
    /// Memory of the producer's own queue.
    pub queue: Reservation,
}

/// A batch that is being sent.
pub(super) struct Rest {
    batch: Batch,
    /// Token of its first record.
    first: u64,
    /// Index of the next record.
    next: usize,
}

impl Pipeline {
    /// A pipeline with nothing in flight.
    pub fn new(parts: Parts) -> Self {
        Self {
            pending: Pending::new(parts.keep_acks),
            deliveries: Vec::new(),
            rest: None,
            dispatched: 0,
            topics: Vec::new(),
            commit_due: false,
            creator: parts.creator,
            scratch: Scratch::new(),
            budget: parts.budget,
            _queue: parts.queue,
            failure: None,
            id: parts.id,
            chain: parts.chain,
            converters: parts.converters,
            policy: parts.policy,
            producer: parts.producer,
            control: parts.control,
            guarantee: parts.guarantee,
        }
    }

    /// The task's statistics.
    pub fn metrics(&self) -> &Arc<TaskMetrics> {
        &self.policy.reporters.metrics
    }

    /// Sends all records of `batch`, or as many as it can: see [`Pipeline::has_rest`]. `on_topic` hears of
    /// each topic once between two commits. A task that is being stopped keeps what it has sent and leaves the
    /// rest to the next run.
    pub fn send(&mut self, batch: Batch, on_topic: &mut dyn FnMut(Arc<str>)) -> Result<()> {
        if let Guarantee::ExactlyOnce(once) = &mut self.guarantee {
            once.marks = once.boundary.marks(batch.len())?;
        }
        let first = self.pending.submit(batch.clone());
        self.count();
        self.dispatch(Rest { batch, first, next: 0 }, on_topic)
    }

    /// A poll returned nothing: transactions may end all the same.
    pub fn idle(&mut self) -> Result<()> {
        if let Guarantee::ExactlyOnce(once) = &mut self.guarantee {
            once.marks = once.boundary.marks(0)?;
        }
        self.batch_dispatched()
    }

    /// Whether passing trouble left a part of the last batch unsent: wait a little, then
    /// [`Pipeline::send_rest`]; poll nothing before.
    pub fn has_rest(&self) -> bool {
        self.rest.is_some()
    }

    /// Goes on with the rest of the last batch.
    pub fn send_rest(&mut self, on_topic: &mut dyn FnMut(Arc<str>)) -> Result<()> {
        match self.rest.take() {
            Some(rest) => self.dispatch(rest, on_topic),
            None => Ok(()),
        }
    }

    fn dispatch(&mut self, rest: Rest, on_topic: &mut dyn FnMut(Arc<str>)) -> Result<()> {
        self.control.set_quiet(None);
        match self.chain.begin(Stages::POLL) {
            None => self.dispatch_seen(rest, on_topic, &mut Unseen),
            Some(mut sampler) => self.dispatch_seen(rest, on_topic, &mut sampler),
        }
    }

    fn dispatch_seen<O: Observer>(
        &mut self,
        mut rest: Rest,
        on_topic: &mut dyn FnMut(Arc<str>),
        observer: &mut O,
    ) -> Result<()> {
        let per_record =
            matches!(&self.guarantee, Guarantee::ExactlyOnce(once) if once.boundary.per_record());
        self.metrics().batch(rest.batch.len() - rest.next);
        self.scratch.reset();
        // Held apart from `rest`, which moves on while its records are looked at.
        let batch = rest.batch.clone();
        for (index, record) in batch.records().iter().enumerate().skip(rest.next) {
            rest.next = index;
            match self.send_one(record, rest.first + index as u64, on_topic, observer)? {
                Sent::Done { dropped } => self.dispatched(&batch, index, dropped, per_record)?,
                Sent::Later => {
                    self.rest = Some(rest);
                    return Ok(());
                }
                Sent::Stopped => return Ok(()),
            }
        }
        self.poll_deliveries(Duration::ZERO)?;
        self.batch_dispatched()
    }

    /// Takes note of a record that is on its way, or was left out.
    fn dispatched(&mut self, batch: &Batch, index: usize, dropped: bool, per_record: bool) -> Result<()> {
        let Guarantee::ExactlyOnce(once) = &mut self.guarantee else { return Ok(()) };
        if !dropped {
            once.size += 1;
            once.latest.advance(batch, index);
        }
        self.dispatched = self.pending.next_token() - (batch.len() - index - 1) as u64;
        if !per_record {
            return Ok(());
        }
        let ending = once.marks.on_record(index, &batch.records()[index])?;
        self.end_transaction(ending, false)
    }

    /// Waits until the task may take in more, looking after what is in flight. `Ok(false)`: the task has to be
    /// told first of what is done with, which is held until then.
    pub fn make_room(&mut self) -> Result<bool> {
        while self.budget.room() == 0 && !self.control.stopping() && !self.control.paused() {
            if self.producer.in_flight() > 0 {
                self.poll_deliveries(LOOK)?;
            } else if self.pending.is_done() && self.held() > 0 {
                // Nothing but its own batches, which no time sets free.
                return self.end_early();
            } else {
                self.budget.wait_for_room(LOOK);
            }
            self.upkeep()?;
        }
        Ok(true)
    }

    /// What the task holds: batches that are not acknowledged, in a transaction that is not committed, or that the
    /// task was not told of.
    fn held(&self) -> usize {
        let committed = match &self.guarantee {
            Guarantee::AtLeastOnce(_) => 0,
            Guarantee::ExactlyOnce(once) => once.committed.iter().map(|(batch, _)| batch.bytes()).sum(),
        };
        self.pending.bytes() + committed
    }

    fn count(&mut self) {
        self.budget.set_held(self.held());
    }

    /// Takes in what the broker has acknowledged; waits up to `timeout` for something.
    pub fn poll_deliveries(&mut self, timeout: Duration) -> Result<()> {
        self.producer.poll(timeout, &mut self.deliveries).map_err(from_kafka)?;
        self.settle()
    }

    pub(super) fn settle(&mut self) -> Result<()> {
        let settled = settle(&mut self.deliveries, &mut self.pending, &mut self.policy, &mut self.guarantee);
        self.count();
        let done = self.pending.take_done();
        if done.records > 0 {
            self.metrics().written(done.records, done.left_out);
        }
        settled
    }

    /// Takes in acknowledgements and stores offsets when it is time.
    pub fn upkeep(&mut self) -> Result<()> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.poll_deliveries(Duration::ZERO)?;
        self.check_transaction()?;
        if let Guarantee::AtLeastOnce(at_least) = &self.guarantee
            && Instant::now() >= at_least.next
            && let Err(error) = self.flush_offsets()
        {
            tracing::error!(error = error.trace(), "offsets not stored, trying again at the next interval");
        }
        if let Guarantee::AtLeastOnce(at_least) = &self.guarantee {
            self.control.set_quiet(self.is_quiet().then_some(at_least.next));
        }
        Ok(())
    }

    /// [`Pipeline::upkeep`] on the supervisor's thread: a failure waits for the task's own.
    pub fn upkeep_aside(&mut self) {
        if let Err(error) = self.upkeep() {
            self.failure = Some(error);
        }
        self.wake_for_news();
    }

    /// Ends the wait of a `poll` that has nothing: the task fails, or is told what was stored, between two polls.
    fn wake_for_news(&self) {
        let finished = match &self.guarantee {
            Guarantee::AtLeastOnce(_) => self.pending.has_finished(),
            Guarantee::ExactlyOnce(once) => !once.committed.is_empty(),
        };
        if finished || self.commit_due || self.failure.is_some() {
            self.control.wake_up();
        }
    }

    /// Whether nothing is on its way.
    pub fn is_quiet(&self) -> bool {
        self.producer.in_flight() == 0 && self.rest.is_none()
    }

    /// Whether an open transaction should be committed now although its task is busy elsewhere.
    pub fn is_overdue(&self) -> bool {
        // Between two batches only: a part of one is no place to end a transaction.
        matches!(&self.guarantee, Guarantee::ExactlyOnce(once) if self.rest.is_none() && once.is_overdue())
    }

    /// Commits it, as [`Pipeline::upkeep_aside`]; waits for the broker.
    pub fn commit_aside(&mut self) {
        if self.is_overdue()
            && let Err(error) = self.batch_dispatched()
        {
            self.failure = Some(error);
        }
        self.wake_for_news();
    }

    /// Stores the offsets of all that is acknowledged. A failure keeps them for the next time.
    pub fn flush_offsets(&mut self) -> Result<()> {
        if matches!(self.guarantee, Guarantee::ExactlyOnce(_)) {
            return Ok(());
        }
        let began = Instant::now();
        let stored = self.store_offsets();
        self.metrics().committed(began.elapsed(), stored.is_ok());
        stored
    }

    fn store_offsets(&mut self) -> Result<()> {
        let Guarantee::AtLeastOnce(at_least) = &mut self.guarantee else { return Ok(()) };
        at_least.next = Instant::now() + at_least.interval;
        for (partition, offset) in self.pending.committable() {
            match at_least.unstored.iter_mut().find(|(p, _)| *p == partition) {
                Some((_, old)) => *old = offset,
                None => at_least.unstored.push((partition, offset)),
            }
        }
        if !at_least.unstored.is_empty() && !self.control.abandoned() {
            crash::point("offset-write");
            let offsets: Vec<_> =
                at_least.unstored.iter().map(|(p, o)| (p.clone(), Some(o.clone()))).collect();
            at_least.offsets.put(&self.id.connector, &offsets)?;
            at_least.unstored.clear();
        }
        self.commit_due = true;
        // Topics that were reset meanwhile are told of again.
        self.topics.clear();
        crash::point("commit");
        Ok(())
    }

    /// Batches that are done with, for `commit_records`; those of a transaction once it is committed.
    pub fn take_finished(&mut self) -> Vec<(Batch, Vec<Ack>)> {
        let finished = match &mut self.guarantee {
            Guarantee::AtLeastOnce(_) => self.pending.take_finished(),
            Guarantee::ExactlyOnce(once) => std::mem::take(&mut once.committed),
        };
        self.count();
        finished
    }

    /// The task pauses: a transaction must not stay open meanwhile.
    pub fn rest(&mut self) -> Result<()> {
        self.commit_final(false)
    }

    /// The task ends. At least once: waits up to `timeout` for what is in flight, then stores the offsets of
    /// what arrived, after a failure too. Exactly once: commits, or after a failure drops, what is open.
    pub fn finish(&mut self, timeout: Duration, failed: bool) -> Result<()> {
        if matches!(self.guarantee, Guarantee::ExactlyOnce(_)) {
            return if failed { self.drop_transaction() } else { self.commit_final(true) };
        }
        let flushed = self.producer.flush(timeout, &mut self.deliveries).map_err(from_kafka);
        let settled = self.settle();
        let stored = self.flush_offsets();
        flushed.and(settled).and(stored)
    }
}

impl Aside for Pipeline {
    fn look_after(&mut self, inside: bool) {
        if inside {
            self.upkeep_aside();
        }
    }
    fn is_overdue(&self) -> bool {
        Pipeline::is_overdue(self)
    }
    fn catch_up(&mut self) {
        self.commit_aside();
    }
}
