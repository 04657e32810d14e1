//! Lists of partitions and offsets as librdkafka takes and returns them.

use super::handle::{c_string, slice, string};
use crate::rdkafka::errors::failed;
use crate::{Result, TopicPartition};
use rdkafka::bindings as sys;
use std::collections::HashMap;
use std::ptr::NonNull;
use std::sync::Arc;

/// An owned list of partitions.
pub(in crate::rdkafka) struct List(NonNull<sys::rd_kafka_topic_partition_list_t>);

// SAFETY: plain memory without ties to a thread.
unsafe impl Send for List {}

/// One row of a list.
pub(in crate::rdkafka) struct Row {
    pub(in crate::rdkafka) place: TopicPartition,
    pub(in crate::rdkafka) offset: i64,
    pub(in crate::rdkafka) code: sys::rd_kafka_resp_err_t,
}

impl List {
    pub(in crate::rdkafka) fn new() -> Self {
        // SAFETY: no preconditions; librdkafka aborts rather than return null.
        let list = unsafe { sys::rd_kafka_topic_partition_list_new(4) };
        Self(NonNull::new(list).expect("librdkafka is out of memory"))
    }

    /// Partitions with their offsets.
    pub(in crate::rdkafka) fn of<'a>(
        rows: impl IntoIterator<Item = (&'a TopicPartition, i64)>,
    ) -> Result<Self> {
        let list = Self::new();
        for (place, offset) in rows {
            list.add(&place.topic, place.partition, offset)?;
        }
        Ok(list)
    }

    /// Topics for a subscription.
    pub(in crate::rdkafka) fn topics<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let list = Self::new();
        for name in names {
            list.add(name, -1, i64::from(sys::RD_KAFKA_OFFSET_INVALID))?;
        }
        Ok(list)
    }

    fn add(&self, topic: &str, partition: i32, offset: i64) -> Result<()> {
        let topic = c_string(topic)?;
        // SAFETY: list and string are live, librdkafka copies the name; the row stays valid until
        // the next one is added.
        unsafe {
            (*sys::rd_kafka_topic_partition_list_add(self.ptr(), topic.as_ptr(), partition)).offset = offset
        };
        Ok(())
    }

    pub(super) fn ptr(&self) -> *mut sys::rd_kafka_topic_partition_list_t {
        self.0.as_ptr()
    }

    /// A copy of a list that librdkafka owns; empty where it is null.
    pub(super) unsafe fn copy_of(list: *const sys::rd_kafka_topic_partition_list_t) -> Self {
        if list.is_null() {
            return Self::new();
        }
        // SAFETY: the caller vouches for the list; the copy is ours.
        NonNull::new(unsafe { sys::rd_kafka_topic_partition_list_copy(list) }).map_or_else(Self::new, Self)
    }

    pub(in crate::rdkafka) fn rows(&self) -> Vec<Row> {
        // SAFETY: the list is live; rows and names are only read.
        unsafe { rows(self.ptr()) }
    }

    /// The first error of a row.
    pub(in crate::rdkafka) fn first_error(&self, what: &str) -> Result<()> {
        for row in self.rows() {
            if row.code != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                return Err(failed(row.code, format!("{what} {}", row.place)));
            }
        }
        Ok(())
    }

    pub(in crate::rdkafka) fn places(&self) -> Vec<TopicPartition> {
        self.rows().into_iter().map(|row| row.place).collect()
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: owned.
        unsafe { sys::rd_kafka_topic_partition_list_destroy(self.0.as_ptr()) };
    }
}

/// The rows of a list; topic names are shared.
pub(super) unsafe fn rows(list: *const sys::rd_kafka_topic_partition_list_t) -> Vec<Row> {
    let mut names: HashMap<String, Arc<str>> = HashMap::new();
    // SAFETY: the caller vouches for the list.
    unsafe {
        if list.is_null() {
            return Vec::new();
        }
        slice((*list).elems, (*list).cnt)
            .iter()
            .map(|row| {
                let name = string(row.topic);
                let topic = match names.get(&name) {
                    Some(topic) => Arc::clone(topic),
                    None => Arc::clone(names.entry(name.clone()).or_insert_with(|| Arc::from(name))),
                };
                Row { place: TopicPartition::new(topic, row.partition), offset: row.offset, code: row.err }
            })
            .collect()
    }
}
