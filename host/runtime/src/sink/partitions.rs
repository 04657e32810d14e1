//! Partitions that come and go, pause and go back (`WorkerSinkTask.HandleRebalance`, `WorkerSinkTaskContext`).

use ferry_kafka::{RebalanceEvent, TopicPartition};
use ferry_plugin_abi::Result;
use ferry_plugin_abi::api::TopicPartition as PluginPartition;

use super::SinkLoop;
use super::intake::Pauses;
use crate::errors::from_kafka;
use crate::executor::lock;

impl SinkLoop {
    /// Reacts to rebalances that came while the task was busy.
    pub(super) fn follow_rebalances(&mut self) -> Result<()> {
        loop {
            let event = lock(&self.parts.intake).take_event()?;
            match event {
                Some(event) => self.react(event)?,
                None => return Ok(()),
            }
        }
    }

    pub(super) fn react(&mut self, event: RebalanceEvent) -> Result<()> {
        let done = match event {
            RebalanceEvent::Assigned(partitions) => self.assigned(&partitions),
            RebalanceEvent::Revoked { partitions, lost } => {
                let given_up = self.give_up(&partitions, !lost);
                given_up.and(self.leave_out_lost())
            }
        };
        lock(&self.parts.intake).reacted();
        done
    }

    fn assigned(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let fresh: Vec<_> = partitions.iter().filter(|p| !self.offsets.owns(p)).cloned().collect();
        for partition in &fresh {
            // -1: nothing consumed yet, so nothing to commit.
            let position = lock(&self.parts.intake).consumer()?.position(partition).unwrap_or(-1);
            self.offsets.assign(partition.clone(), position);
        }
        self.count_partitions();
        self.apply_pauses()?;
        if fresh.is_empty() {
            return Ok(());
        }
        let task = &mut self.parts.task;
        self.parts.control.calling("open", || task.open(&to_plugin(&fresh)))?;
        self.follow_rewinds()
    }

    /// Asks what is durable, closes and commits; forgets `partitions`. Those that somebody else has already are
    /// closed only.
    fn give_up(&mut self, partitions: &[TopicPartition], commit: bool) -> Result<()> {
        let mine: Vec<_> = partitions.iter().filter(|p| self.offsets.owns(p)).cloned().collect();
        if mine.is_empty() {
            return Ok(());
        }
        let durable = if commit { self.ask_what_is_durable(Some(&mine)) } else { Ok(None) };
        let task = &mut self.parts.task;
        let closed = self.parts.control.calling("close", || task.close(&to_plugin(&mine)));
        let committed = match durable {
            Ok(Some(offsets)) if !self.parts.control.abandoned() => self.commit_last(&offsets),
            durable => durable.map(drop),
        };
        if let (Some(queue), false) = (&self.parts.policy.reporters.dead_letters, commit) {
            queue.forget(&mine);
        }
        for partition in &mine {
            self.offsets.revoke(partition);
            self.paused_by_task.remove(partition);
        }
        self.count_partitions();
        closed.and(committed)
    }

    fn count_partitions(&self) {
        self.metrics().partitions(self.offsets.count());
        self.metrics().active(self.offsets.active());
    }

    pub(super) fn give_up_all(&mut self, commit: bool) -> Result<()> {
        let all = self.offsets.partitions();
        self.give_up(&all, commit)
    }

    /// A batch that is to be put again goes without the records of partitions that are no longer the task's.
    fn leave_out_lost(&mut self) -> Result<()> {
        let Some(delivery) = self.delivery.take() else { return Ok(()) };
        let owned = self.offsets.partitions();
        let kept = delivery.retain(|record| {
            let (topic, partition) = (record.original_topic(), record.original_partition());
            owned.iter().any(|p| Some(p.partition) == partition && Some(&*p.topic) == topic)
        })?;
        self.delivery = Some(kept);
        Ok(())
    }

    /// Shows no records of partitions that the task paused, of all where the connector is paused.
    pub(super) fn apply_pauses(&mut self) -> Result<()> {
        let pauses = Pauses { all: self.paused, some: self.paused_by_task.clone() };
        lock(&self.parts.intake).set_pauses(pauses)
    }

    /// What the task asked for through its context: pauses, a commit.
    pub(super) fn follow_requests(&mut self) -> Result<()> {
        self.follow_rewinds()?;
        let (pause, commit) = {
            let mut requests = lock(&self.parts.requests);
            (std::mem::take(&mut requests.pause), std::mem::take(&mut requests.commit))
        };
        if commit {
            self.commits.request();
        }
        if pause.is_empty() {
            return Ok(());
        }
        for (partition, paused) in pause {
            let partition = from_plugin(partition);
            if !self.offsets.owns(&partition) {
                tracing::warn!(%partition, "a task may not pause or resume a partition that is not assigned to it");
            } else if paused {
                self.paused_by_task.insert(partition);
            } else {
                self.paused_by_task.remove(&partition);
            }
        }
        self.apply_pauses()
    }

    fn follow_rewinds(&mut self) -> Result<()> {
        let rewinds = std::mem::take(&mut lock(&self.parts.requests).rewind);
        for (partition, offset) in rewinds {
            let partition = from_plugin(partition);
            if !self.offsets.owns(&partition) {
                tracing::warn!(%partition, offset, "cannot rewind a partition that is not assigned to the task");
                continue;
            }
            lock(&self.parts.intake).consumer()?.seek(&partition, offset).map_err(from_kafka)?;
            self.offsets.rewind(&partition, offset);
        }
        Ok(())
    }
}

pub(super) fn plugin_partition(partition: &TopicPartition) -> PluginPartition {
    PluginPartition { topic: partition.topic.to_string(), partition: partition.partition }
}
fn to_plugin(partitions: &[TopicPartition]) -> Vec<PluginPartition> {
    partitions.iter().map(plugin_partition).collect()
}
pub(super) fn from_plugin(partition: PluginPartition) -> TopicPartition {
    TopicPartition { topic: partition.topic.into(), partition: partition.partition }
}
