//! Administration of the embedded log.

use super::batch::{BatchHead, RecordReader};
use super::store::Store;
use crate::{
    Admin, Error, ErrorKind, NewTopic, OffsetSpec, PartitionDescription, Result, TopicDescription,
    TopicPartition,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

/// The one broker there is.
const BROKER: i32 = 0;

pub(super) struct EmbeddedAdmin(pub(super) Arc<Store>);

impl EmbeddedAdmin {
    fn offset(&self, place: &TopicPartition, spec: OffsetSpec) -> Result<i64> {
        let topic = self.0.existing(&place.topic)?;
        let part = topic.partition(place.partition)?;
        let time = match spec {
            OffsetSpec::Earliest => return Ok(part.start.load(SeqCst)),
            OffsetSpec::Latest => return Ok(part.end.load(SeqCst)),
            OffsetSpec::Timestamp(time) => time,
        };
        let end = part.end.load(SeqCst);
        for batch in
            self.0.engine.batches_from(topic.id, place.partition.unsigned_abs(), part.start.load(SeqCst))
        {
            let (base, batch) = batch?;
            let head = BatchHead::read(&batch)?;
            if head.max_timestamp < time {
                continue;
            }
            let mut reader = RecordReader::new(&batch, &head, 0);
            let mut headers = Vec::new();
            while let Some(record) = reader.next(&mut headers)? {
                if record.timestamp >= time {
                    return Ok(base + i64::from(record.delta));
                }
            }
        }
        Ok(end)
    }
}

impl Admin for EmbeddedAdmin {
    fn cluster_id(&self) -> Result<String> {
        Ok(self.0.cluster_id.clone())
    }

    fn list_topics(&self) -> Result<Vec<String>> {
        Ok(self.0.topics().iter().map(|topic| topic.name.to_string()).collect())
    }

    fn describe_topics(&self, names: &[&str]) -> Result<Vec<Option<TopicDescription>>> {
        let describe = |name: &&str| {
            let topic = self.0.topic(name)?;
            let partition = |partition| PartitionDescription {
                partition,
                leader: Some(BROKER),
                replicas: vec![BROKER],
                in_sync: vec![BROKER],
            };
            let partitions = (0..topic.partitions.len() as i32).map(partition).collect();
            Some(TopicDescription { name: (*name).to_owned(), partitions })
        };
        Ok(names.iter().map(describe).collect())
    }

    fn topic_config(&self, name: &str) -> Result<BTreeMap<String, String>> {
        let topic = self.0.existing(name)?;
        Ok(topic.settings.show(&topic.configs))
    }

    fn create_topics(&self, topics: &[NewTopic]) -> Result<Vec<Result<()>>> {
        Ok(topics.iter().map(|topic| self.0.create_topic(topic)).collect())
    }

    fn delete_topics(&self, names: &[&str]) -> Result<Vec<Result<()>>> {
        Ok(names.iter().map(|name| self.0.delete_topic(name)).collect())
    }

    fn list_offsets(&self, partitions: &[TopicPartition], spec: OffsetSpec) -> Result<Vec<i64>> {
        partitions.iter().map(|place| self.offset(place, spec)).collect()
    }

    fn list_groups(&self) -> Result<Vec<String>> {
        Ok(self.0.groups.names())
    }

    fn group_offsets(&self, group: &str) -> Result<Vec<(TopicPartition, i64)>> {
        Ok(self.0.groups.offsets(group))
    }

    fn alter_group_offsets(&self, group: &str, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        for (place, offset) in offsets {
            self.0.existing(&place.topic)?.partition(place.partition)?;
            if *offset < 0 {
                return Err(Error::new(ErrorKind::Invalid, format!("{place}: offset {offset} is negative")));
            }
        }
        self.0.commit_offsets(group, None, offsets)
    }

    fn delete_group_offsets(&self, group: &str, partitions: &[TopicPartition]) -> Result<()> {
        self.0.forget_offsets(group, Some(partitions))
    }

    fn delete_group(&self, group: &str) -> Result<()> {
        self.0.forget_offsets(group, None)
    }
}
