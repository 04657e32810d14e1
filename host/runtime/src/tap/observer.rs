//! Who looks at a record on its way: nobody, or a sampler.

use std::sync::Arc;
use std::time::Instant;

use ferry_config::providers::Secrets;
use ferry_plugin_abi::data::{Record, ValueRef};
use serde_json::{Map, Value as Json, json};

use super::listener::{Listener, Sample};
use super::{Limits, Rendering};
use crate::chain::{Converted, Original};

/// What there is to see of a record after a stage.
#[derive(Clone, Copy)]
pub enum What<'w, 'r> {
    /// The record as the stage left it.
    Record(&'w Record<'r>),
    /// The consumed bytes.
    Original(Original<'r>),
    /// The bytes to be produced, and the record they were made of.
    Bytes(&'w Record<'r>, &'w Converted<'r>),
    /// The record as it came; the predicate of the stage let it pass by.
    Passed(&'w Record<'r>),
    /// The record as it came; the stage left it out.
    Dropped(&'w Record<'r>),
}

/// Looks at records on their way.
pub trait Observer {
    /// A record has come through this stage.
    fn see(&mut self, stage: &str, what: What<'_, '_>);
}

/// Looks at nothing, and is nothing once it is compiled.
pub struct Unseen;

impl Observer for Unseen {
    #[inline(always)]
    fn see(&mut self, _: &str, _: What<'_, '_>) {}
}

/// The names of stages that are not transforms.
pub struct Stages;

impl Stages {
    /// What a source task returned.
    pub const POLL: &'static str = "poll";
    /// What was consumed, as bytes.
    pub const CONSUME: &'static str = "consume";
    /// After the converters: bytes on the way to Kafka, data on the way from there.
    pub const CONVERTER: &'static str = "converter";
    /// As it is given to a sink task.
    pub const PUT: &'static str = "put";

    /// Those of a connector with these transforms, in their order.
    pub fn of<'t>(source: bool, transforms: impl IntoIterator<Item = &'t str>) -> Vec<&'t str> {
        let (before, after): (&[&str], &[&str]) = match source {
            true => (&[Self::POLL], &[Self::CONVERTER]),
            false => (&[Self::CONSUME, Self::CONVERTER], &[Self::PUT]),
        };
        before.iter().copied().chain(transforms).chain(after.iter().copied()).collect()
    }
}

/// Shows listeners samples of a batch.
pub struct Sampler {
    listeners: Vec<Arc<Listener>>,
    /// Who follows the present record through all stages.
    following: Vec<bool>,
    task: u32,
    first: &'static str,
    secrets: Arc<Secrets>,
}

impl Sampler {
    pub(super) fn new(
        listeners: Vec<Arc<Listener>>,
        task: u32,
        first: &'static str,
        secrets: Arc<Secrets>,
    ) -> Self {
        Self { following: vec![false; listeners.len()], listeners, task, first, secrets }
    }
}

impl Observer for Sampler {
    fn see(&mut self, stage: &str, what: What<'_, '_>) {
        let now = Instant::now();
        let mut sample: Option<Sample> = None;
        for (listener, following) in self.listeners.iter().zip(&mut self.following) {
            let wanted = match &listener.stage {
                Some(wanted) => wanted == stage && listener.take(now),
                None if stage == self.first => {
                    *following = listener.take(now);
                    *following
                }
                None => *following,
            };
            if wanted {
                let sample = sample.get_or_insert_with(|| {
                    let rendering = Rendering { secrets: &self.secrets, limits: Limits::SAMPLE };
                    let mut shown = rendering.shown(what);
                    shown.insert("task".to_owned(), json!(self.task));
                    shown.insert("stage".to_owned(), json!(stage));
                    Json::Object(shown).to_string().into()
                });
                listener.tell(sample);
            }
        }
    }
}

impl Rendering<'_> {
    /// A record as JSON: topic, partition, offset, timestamp, key, value and headers.
    pub fn shown(&self, what: What<'_, '_>) -> Map<String, Json> {
        let bytes = |bytes: Option<&[u8]>| bytes.map_or(Json::Null, |bytes| self.bytes(bytes));
        let (mut shown, key, value, headers) = match what {
            What::Record(record) | What::Passed(record) | What::Dropped(record) => {
                let header = |one: &ferry_plugin_abi::data::Header<'_>| json!({"key": self.text(one.key()), "value": self.value(one.schema(), one.value())});
                let headers: Vec<Json> = record.headers().iter().map(header).collect();
                let (key, value) = (
                    self.value(record.key_schema(), record.key()),
                    self.value(record.value_schema(), record.value()),
                );
                (self.place(record), key, value, headers)
            }
            What::Bytes(record, converted) => {
                let header = |(key, value): &(&str, Option<&[u8]>)| json!({"key": self.text(key), "value": bytes(*value)});
                let headers: Vec<Json> = converted.headers.iter().map(header).collect();
                (self.place(record), bytes(converted.key), bytes(converted.value), headers)
            }
            What::Original(original) => {
                let header = |(key, value): (&str, Option<&[u8]>)| json!({"key": self.text(key), "value": bytes(value)});
                let headers: Vec<Json> = original.headers().map(header).collect();
                let mut place = Map::new();
                place.insert("topic".to_owned(), json!(original.topic()));
                place.insert("partition".to_owned(), json!(original.partition()));
                place.insert("offset".to_owned(), json!(original.offset()));
                place.insert("timestamp".to_owned(), json!(original.timestamp()));
                (place, bytes(original.key()), bytes(original.value()), headers)
            }
        };
        shown.insert("key".to_owned(), key);
        shown.insert("value".to_owned(), value);
        shown.insert("headers".to_owned(), Json::Array(headers));
        if matches!(what, What::Dropped(_)) {
            shown.insert("dropped".to_owned(), json!(true));
        }
        shown
    }

    /// Where a record goes, or comes from.
    fn place(&self, record: &Record<'_>) -> Map<String, Json> {
        let mut place = Map::new();
        place.insert("topic".to_owned(), self.text(record.topic()));
        let consumed = record.original_topic().is_some();
        let partition = if consumed { record.original_partition() } else { record.partition() };
        place.insert("partition".to_owned(), json!(partition));
        if consumed {
            place.insert("offset".to_owned(), json!(record.kafka_offset()));
        } else {
            for (name, value) in
                [("offset", record.source_offset()), ("source_partition", record.source_partition())]
            {
                if value != ValueRef::NULL {
                    place.insert(name.to_owned(), self.value(None, value));
                }
            }
        }
        place.insert("timestamp".to_owned(), json!(record.timestamp()));
        place
    }
}
