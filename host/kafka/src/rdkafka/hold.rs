//! How much a consumer takes from librdkafka, and when librdkafka stops fetching.

use super::consumer::{KafkaConsumer, STORED};
use super::native::{List, Message};
use crate::{Result, TopicPartition};

impl KafkaConsumer {
    /// Pauses in librdkafka what is paused and has enough records waiting.
    pub(super) fn silence(&mut self) -> Result<()> {
        self.silence_where(|owned| owned.paused && owned.is_full())
    }

    /// Takes that back.
    pub(super) fn unsilence(&mut self, places: &[TopicPartition]) -> Result<()> {
        for owned in self.owned.0.iter_mut().filter(|owned| owned.silenced && places.contains(&owned.place)) {
            owned.silenced = false;
            self.native.pause(&List::of([(&owned.place, STORED)])?, false)?;
        }
        Ok(())
    }

    /// Stops fetching altogether: what comes while the caller is busy would only fill memory.
    pub(super) fn stop_fetching(&mut self) -> Result<()> {
        self.at_rest = true;
        self.silence_where(|_| true)
    }

    /// Takes that back, but for what is paused and has enough records waiting.
    pub(super) fn fetch_again(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.at_rest) {
            return Ok(());
        }
        let places: Vec<_> = self
            .owned
            .0
            .iter()
            .filter(|owned| !(owned.paused && owned.is_full()))
            .map(|owned| owned.place.clone())
            .collect();
        self.unsilence(&places)
    }

    fn silence_where(&mut self, which: impl Fn(&super::owned::Place) -> bool) -> Result<()> {
        for owned in self.owned.0.iter_mut().filter(|owned| !owned.silenced && which(owned)) {
            self.native.pause(&List::of([(&owned.place, STORED)])?, true)?;
            owned.silenced = true;
        }
        Ok(())
    }
}

/// The usual size of a record: so much is taken from librdkafka at once as fits into what the caller asks for.
pub(super) struct Sizes {
    average: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { average: 1024 }
    }
}

impl Sizes {
    /// How many records make about `bytes`; at least one.
    pub(super) fn records_in(&self, bytes: usize) -> usize {
        (bytes / self.average.max(1)).max(1)
    }

    /// Learns from what was taken.
    pub(super) fn learn<'m>(&mut self, messages: impl Iterator<Item = &'m Message>) {
        let (count, bytes) =
            messages.fold((0, 0), |(count, bytes), message| (count + 1, bytes + message.size()));
        if let Some(size) = bytes.checked_div(count) {
            self.average = self.average.midpoint(size);
        }
    }
}
