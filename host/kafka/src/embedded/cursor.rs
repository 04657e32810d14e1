//! One partition being read: the batches taken from the engine and how far they were shown.

use super::batch::{BatchHead, RecordReader};
use super::topic::Topic;
use crate::{ConsumerRecord, Result, TimestampType, TopicPartition};
use fjall::Slice;
use std::collections::VecDeque;
use std::sync::Arc;

/// Where a consumer stands in one partition.
pub(super) struct Cursor {
    pub(super) place: TopicPartition,
    pub(super) topic: Arc<Topic>,
    /// Next offset to show; `None` where the reset policy forbids to choose one.
    pub(super) position: Option<i64>,
    pub(super) paused: bool,
    pub(super) batches: VecDeque<(i64, Slice)>,
    /// Byte position in the first of `batches`, 0 for its start.
    pub(super) at: usize,
}

impl Cursor {
    /// Shows records of the first batch; says how many, and their bytes.
    pub(super) fn show(
        &mut self,
        max_records: usize,
        max_bytes: usize,
        on_record: &mut dyn FnMut(ConsumerRecord<'_>),
    ) -> Result<(usize, usize)> {
        let (mut records, mut bytes) = (0, 0);
        let Some((base, batch)) = self.batches.front() else { return Ok((0, 0)) };
        let head = BatchHead::read(batch)?;
        let timestamp_type =
            if self.topic.settings.append_time { TimestampType::LogAppend } else { TimestampType::Create };
        let from = self.position.unwrap_or(*base);
        let mut headers = Vec::new();
        let mut reader = RecordReader::new(batch, &head, self.at);
        let mut next = self.position;
        let ended = loop {
            if records >= max_records || bytes >= max_bytes {
                break false;
            }
            let Some(record) = reader.next(&mut headers)? else { break true };
            let offset = base + i64::from(record.delta);
            if offset < from {
                continue;
            }
            records += 1;
            bytes += record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
            next = Some(offset + 1);
            on_record(ConsumerRecord {
                topic: &self.place.topic,
                partition: self.place.partition,
                offset,
                timestamp: Some(record.timestamp),
                timestamp_type,
                key: record.key,
                value: record.value,
                headers: &headers,
            });
        };
        self.at = reader.position();
        self.position = next;
        if ended {
            self.position = Some(base + i64::from(head.last_delta) + 1);
            self.at = 0;
            drop(headers);
            self.batches.pop_front();
        }
        Ok((records, bytes))
    }
}
