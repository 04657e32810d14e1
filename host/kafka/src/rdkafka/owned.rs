//! The partitions a consumer owns, and how far it has shown them.

use super::native::Message;
use crate::TopicPartition;
use std::collections::VecDeque;

/// One owned partition.
pub(super) struct Place {
    pub(super) place: TopicPartition,
    /// Offset after the last record shown, or sought.
    pub(super) position: Option<i64>,
    pub(super) paused: bool,
    /// Somebody else has it already: commits are refused.
    pub(super) lost: bool,
    /// Where to go as soon as librdkafka can; records that arrive before are not shown.
    pub(super) sought: Option<i64>,
    /// Records taken from librdkafka that wait for the pause to end.
    pub(super) held: VecDeque<Message>,
    /// Bytes of those.
    pub(super) held_bytes: usize,
    /// librdkafka was told to pause too.
    pub(super) silenced: bool,
}

/// A paused partition keeps so many records; when there are more librdkafka pauses too. Telling it at
/// once would cost each short pause up to a second: the fetch that is under way has to come back first.
const HELD: usize = 500;
/// Or so many bytes.
const HELD_BYTES: usize = 1 << 20;

impl Place {
    /// Keeps a record until the pause ends.
    pub(super) fn hold(&mut self, message: Message) {
        self.held_bytes += message.size();
        self.held.push_back(message);
    }

    /// Takes out what it kept.
    pub(super) fn take_held(&mut self) -> VecDeque<Message> {
        self.held_bytes = 0;
        std::mem::take(&mut self.held)
    }

    /// Keeps enough: librdkafka need not fetch more.
    pub(super) fn is_full(&self) -> bool {
        self.held.len() >= HELD || self.held_bytes >= HELD_BYTES
    }
}

/// All of them; few, so that looking one up is a walk.
#[derive(Default)]
pub(super) struct Owned(pub(super) Vec<Place>);

impl Owned {
    pub(super) fn add(&mut self, place: TopicPartition, position: Option<i64>) {
        if self.find(&place).is_none() {
            self.0.push(Place {
                place,
                position,
                paused: false,
                lost: false,
                sought: None,
                held: VecDeque::new(),
                held_bytes: 0,
                silenced: false,
            });
        }
    }

    pub(super) fn remove(&mut self, gone: &[TopicPartition]) {
        self.0.retain(|owned| !gone.contains(&owned.place));
    }

    pub(super) fn find(&self, place: &TopicPartition) -> Option<&Place> {
        self.0.iter().find(|owned| owned.place == *place)
    }

    pub(super) fn find_mut(&mut self, place: &TopicPartition) -> Option<&mut Place> {
        self.0.iter_mut().find(|owned| owned.place == *place)
    }

    pub(super) fn index(&self, topic: &str, partition: i32) -> Option<usize> {
        self.0.iter().position(|owned| owned.place.partition == partition && *owned.place.topic == *topic)
    }

    /// librdkafka has read this partition up to `end`, and there was no record more.
    pub(super) fn reached(&mut self, topic: &str, partition: i32, end: i64) {
        let Some(index) = self.index(topic, partition) else { return };
        let owned = &mut self.0[index];
        if owned.sought.is_none() && owned.held.is_empty() {
            owned.position = Some(owned.position.map_or(end, |position| position.max(end)));
        }
    }

    pub(super) fn places(&self) -> Vec<TopicPartition> {
        let mut places = self.0.iter().map(|owned| owned.place.clone()).collect::<Vec<_>>();
        places.sort();
        places
    }
}
