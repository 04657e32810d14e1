//! A sink task's consumer, shared with the supervisor: it keeps the group membership while the task is busy.
//!
//! The task's thread polls; while it is inside the plugin for long, the supervisor asks the consumer to stay in
//! the group ([`Intake::look_after`]), so that `max.poll.interval.ms` says whether the *worker* is alive, however
//! long a `put` takes. A rebalance that comes meanwhile waits for the task to react, for half of that time: the
//! whole group waits with it. Then it goes on without the task, which hears of it afterwards: partitions that
//! came back at once were never away, others are lost, with the same consequence as a crash: their uncommitted
//! records come again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use ferry_kafka::{
    CommitResult, Consumer, ConsumerRecord, RebalanceEvent, Subscription, TopicPartition, Waker,
};
use ferry_plugin_abi::{Error, Result};

use crate::errors::from_kafka;
use crate::executor::Aside;

/// How long the task's thread may be away before the supervisor steps in.
const AWAY: Duration = Duration::from_secs(1);

/// The consumer with what happened while the task was busy.
pub struct Intake {
    consumer: Option<Box<dyn Consumer>>,
    subscribed: bool,
    /// The last call that kept the membership.
    seen: Instant,
    away: Duration,
    /// How long a rebalance waits for the task.
    grace: Duration,
    outstanding: Option<Outstanding>,
    news: News,
    pauses: Pauses,
    /// Found by the supervisor, for the task's thread to fail with.
    failure: Option<Error>,
}

/// A rebalance that the consumer has announced and not carried out.
struct Outstanding {
    event: RebalanceEvent,
    since: Instant,
    /// The task knows and reacts.
    told: bool,
}

/// Rebalances that were carried out without the task, added up.
#[derive(Default)]
struct News {
    /// Given up and maybe coming back at once, with the position to go on from.
    limbo: BTreeMap<TopicPartition, i64>,
    lost: BTreeSet<TopicPartition>,
    gained: BTreeSet<TopicPartition>,
}

/// Partitions that show no records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pauses {
    /// All of them: the connector is paused.
    pub all: bool,
    /// Those that the task paused through its context.
    pub some: BTreeSet<TopicPartition>,
}

impl Intake {
    /// An intake of a consumer that has not subscribed yet.
    pub fn new(consumer: Box<dyn Consumer>) -> Self {
        let limit = consumer.max_poll_interval();
        Self {
            consumer: Some(consumer),
            subscribed: false,
            seen: Instant::now(),
            away: AWAY.min(limit / 4),
            grace: limit / 2,
            outstanding: None,
            news: News::default(),
            pauses: Pauses::default(),
            failure: None,
        }
    }

    /// The consumer, for everything but polling.
    ///
    /// # Errors
    /// The task was given up and its consumer closed.
    pub fn consumer(&mut self) -> Result<&mut dyn Consumer> {
        match &mut self.consumer {
            Some(consumer) => Ok(&mut **consumer),
            None => Err(Error::fatal("the task was abandoned and its consumer closed")),
        }
    }

    /// What ends a [`poll`](Self::poll) that waits, if something can.
    pub fn waker(&self) -> Option<Waker> {
        self.consumer.as_ref().and_then(|consumer| consumer.waker())
    }

    /// How long a poll may wait at most: well below `max.poll.interval.ms`.
    pub fn patience(&self) -> Duration {
        self.grace / 2
    }

    /// Joins the group.
    pub fn subscribe(&mut self, subscription: &Subscription) -> Result<()> {
        self.consumer()?.subscribe(subscription).map_err(from_kafka)?;
        (self.subscribed, self.seen) = (true, Instant::now());
        Ok(())
    }

    /// A rebalance that came while the task was busy. The task reacts, then calls [`Intake::reacted`].
    pub fn take_event(&mut self) -> Result<Option<RebalanceEvent>> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if !self.news.lost.is_empty() {
            let partitions = std::mem::take(&mut self.news.lost).into_iter().collect();
            return Ok(Some(RebalanceEvent::Revoked { partitions, lost: true }));
        }
        if !self.news.gained.is_empty() {
            let partitions = std::mem::take(&mut self.news.gained).into_iter().collect();
            return Ok(Some(RebalanceEvent::Assigned(partitions)));
        }
        Ok(self.outstanding.as_mut().filter(|outstanding| !outstanding.told).map(|outstanding| {
            outstanding.told = true;
            outstanding.event.clone()
        }))
    }

    /// The task is through with the event it was told last: it may be carried out.
    pub fn reacted(&mut self) {
        self.outstanding = self.outstanding.take().filter(|outstanding| !outstanding.told);
    }

    /// Shows records, or returns a rebalance to react to; see [`Consumer::poll`].
    pub fn poll(
        &mut self,
        timeout: Duration,
        max_records: usize,
        max_bytes: usize,
        on_record: &mut dyn FnMut(ConsumerRecord<'_>),
    ) -> Result<Option<RebalanceEvent>> {
        if let Some(event) = self.take_event()? {
            return Ok(Some(event));
        }
        self.outstanding = None;
        let event = self.consumer()?.poll(timeout, max_records, max_bytes, on_record).map_err(from_kafka)?;
        self.seen = Instant::now();
        if let Some(event) = &event {
            self.outstanding = Some(Outstanding { event: event.clone(), since: self.seen, told: true });
            self.pause_new(event)?;
        }
        Ok(event)
    }

    /// Outcomes of asynchronous commits.
    pub fn poll_commits(&mut self, done: &mut Vec<CommitResult>) {
        if let Some(consumer) = &mut self.consumer {
            consumer.poll_commits(done);
        }
    }

    /// From now on these partitions show no records, and all others do.
    pub fn set_pauses(&mut self, pauses: Pauses) -> Result<()> {
        if pauses == self.pauses {
            return Ok(());
        }
        let consumer = self.consumer()?;
        let (pause, resume): (Vec<_>, Vec<_>) =
            consumer.assignment().into_iter().partition(|place| pauses.all || pauses.some.contains(place));
        consumer.pause(&pause).map_err(from_kafka)?;
        consumer.resume(&resume).map_err(from_kafka)?;
        self.pauses = pauses;
        Ok(())
    }

    fn pause_new(&mut self, event: &RebalanceEvent) -> Result<()> {
        let RebalanceEvent::Assigned(partitions) = event else { return Ok(()) };
        let Pauses { all, some } = &self.pauses;
        let paused: Vec<_> = partitions.iter().filter(|p| *all || some.contains(p)).cloned().collect();
        if paused.is_empty() { Ok(()) } else { self.consumer()?.pause(&paused).map_err(from_kafka) }
    }

    /// Leaves the group.
    pub fn close(&mut self) -> Option<Box<dyn Consumer>> {
        self.consumer.take()
    }

    /// As if the task's thread had been away for long.
    #[cfg(test)]
    pub(super) fn never_seen(&mut self) {
        self.away = Duration::ZERO;
    }

    fn keep_alive(&mut self) -> Result<()> {
        if let Some(Outstanding { event: RebalanceEvent::Revoked { partitions, .. }, told: false, .. }) =
            &self.outstanding
        {
            tracing::warn!(
                partitions = partitions.len(),
                "a rebalance goes on without the task, which is busy for more than half of max.poll.interval.ms"
            );
            let consumer = self.consumer.as_deref();
            let position = |place| consumer.and_then(|consumer| consumer.position(place));
            for place in partitions {
                self.news.give_up(place, position(place));
            }
        }
        self.outstanding = None;
        let event = self.consumer()?.keep_alive().map_err(from_kafka)?;
        self.seen = Instant::now();
        let Some(event) = event else { return Ok(()) };
        match &event {
            RebalanceEvent::Revoked { partitions, lost: true } => {
                partitions.iter().for_each(|place| self.news.give_up(place, None));
            }
            RebalanceEvent::Revoked { lost: false, .. } => {
                let since = self.seen;
                self.outstanding = Some(Outstanding { event, since, told: false });
            }
            RebalanceEvent::Assigned(partitions) => {
                for (place, position) in self.news.take_over(partitions) {
                    self.consumer()?.seek(&place, position).map_err(from_kafka)?;
                }
                self.pause_new(&event)?;
            }
        }
        Ok(())
    }
}

impl Aside for Intake {
    fn look_after(&mut self, _inside: bool) {
        let waits = |o: &Outstanding| o.since.elapsed() < self.grace;
        if !self.subscribed
            || self.consumer.is_none()
            || self.failure.is_some()
            || self.seen.elapsed() < self.away
            || self.outstanding.as_ref().is_some_and(waits)
        {
            return;
        }
        self.failure = self.keep_alive().err();
    }

    fn abandon(&mut self) {
        // Whoever takes over must not wait for this member to be put out of the group.
        if let Some(consumer) = self.consumer.take() {
            let close = move || {
                if let Err(error) = consumer.close() {
                    tracing::warn!(error = %error, "the consumer of an abandoned task did not leave its group");
                }
            };
            if let Err(error) = std::thread::Builder::new().name("leave-group".to_owned()).spawn(close) {
                tracing::warn!(error = %error, "the consumer of an abandoned task was dropped");
            }
        }
    }
}

impl News {
    fn give_up(&mut self, place: &TopicPartition, position: Option<i64>) {
        if self.gained.remove(place) {
            return;
        }
        match position {
            Some(position) if !self.lost.contains(place) => {
                self.limbo.insert(place.clone(), position);
            }
            _ => {
                self.limbo.remove(place);
                self.lost.insert(place.clone());
            }
        }
    }

    /// Sorts an assignment; returns the partitions that were away for this one rebalance only, where nobody
    /// else can have had them.
    fn take_over(&mut self, assigned: &[TopicPartition]) -> Vec<(TopicPartition, i64)> {
        let mut limbo = std::mem::take(&mut self.limbo);
        let mut kept = Vec::new();
        for place in assigned {
            match limbo.remove(place) {
                Some(position) => kept.push((place.clone(), position)),
                None => {
                    self.gained.insert(place.clone());
                }
            }
        }
        self.lost.extend(limbo.into_keys());
        kept
    }
}
