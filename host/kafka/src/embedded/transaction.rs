//! Transactions of the embedded log: who may write, what is open, what becomes of it.
//!
//! Batches of an open transaction are in the log already; `read_committed` consumers stop at the
//! first of them (the last stable offset). Committing removes the note that it is open, aborting
//! removes its batches. A transaction that is open when the process ends is aborted by the next one.

use super::batch::{BatchBuilder, BatchHead};
use super::engine::LogKey;
use super::store::{Store, bounds_key, bounds_value};
use super::topic::Topic;
use crate::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Producers by `transactional.id`.
#[derive(Default)]
pub(super) struct Transactions(Mutex<State>);

#[derive(Default)]
struct State {
    last_number: u64,
    producers: HashMap<String, Registered>,
}

#[derive(Default)]
struct Registered {
    epoch: u64,
    open: Option<Open>,
}

struct Open {
    number: u64,
    partitions: Vec<(Arc<Topic>, i32)>,
}

/// Where the log notes that a transaction is open in a partition; the value is its first offset.
pub(super) fn open_key(number: u64, topic: u32, partition: u32) -> Vec<u8> {
    [b"x/".as_slice(), &number.to_be_bytes(), &topic.to_be_bytes(), &partition.to_be_bytes()].concat()
}

impl Store {
    fn transactions(&self) -> MutexGuard<'_, State> {
        self.transactions.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over `id`: its older producers are fenced, what they left open is aborted.
    pub(super) fn register_producer(&self, id: &str) -> Result<u64> {
        let mut state = self.transactions();
        let registered = state.producers.entry(id.to_owned()).or_default();
        registered.epoch += 1;
        let epoch = registered.epoch;
        if let Some(open) = registered.open.take() {
            self.abort(&open)?;
        }
        Ok(epoch)
    }

    pub(super) fn begin(&self, id: &str, epoch: u64) -> Result<()> {
        let mut state = self.transactions();
        state.last_number += 1;
        let number = state.last_number;
        let registered = state.checked(id, epoch)?;
        if registered.open.is_some() {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("transactional.id {id} has a transaction open already"),
            ));
        }
        registered.open = Some(Open { number, partitions: Vec::new() });
        Ok(())
    }

    /// Appends a batch as part of the open transaction.
    pub(super) fn append_transactional(
        &self,
        id: &str,
        epoch: u64,
        topic: &Arc<Topic>,
        partition: i32,
        batch: &mut BatchBuilder,
    ) -> Result<i64> {
        let mut state = self.transactions();
        let open = state.open(id, epoch)?;
        let base = self.append(topic, partition, batch, open.number)?;
        if !open.partitions.iter().any(|(known, number)| *number == partition && known.id == topic.id) {
            open.partitions.push((topic.clone(), partition));
        }
        Ok(base)
    }

    pub(super) fn commit_transaction(&self, id: &str, epoch: u64) -> Result<()> {
        let mut state = self.transactions();
        let open = state.open(id, epoch)?;
        let mut change = self.engine.change();
        for (topic, partition) in &open.partitions {
            change.remove_meta(open_key(open.number, topic.id, partition.unsigned_abs()));
        }
        change.commit()?;
        self.engine.sync_records()?;
        for (topic, partition) in &open.partitions {
            let part = topic.partition(*partition)?;
            let mut tail = part.tail.lock().unwrap_or_else(PoisonError::into_inner);
            tail.open.remove(&open.number);
            part.publish(&tail, part.end.load(SeqCst));
        }
        state.checked(id, epoch)?.open = None;
        Ok(())
    }

    pub(super) fn abort_transaction(&self, id: &str, epoch: u64) -> Result<()> {
        let mut state = self.transactions();
        self.abort(state.open(id, epoch)?)?;
        state.checked(id, epoch)?.open = None;
        Ok(())
    }

    fn abort(&self, open: &Open) -> Result<()> {
        for (topic, partition) in &open.partitions {
            let part = topic.partition(*partition)?;
            let mut tail = part.tail.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(first) = tail.open.get(&open.number).filter(|_| !topic.is_deleted()) {
                self.remove_transaction(topic, *partition, open.number, *first)?;
            }
            tail.open.remove(&open.number);
            part.publish(&tail, part.end.load(SeqCst));
        }
        self.engine.sync_meta()
    }

    /// Aborts what was open when the process before this one ended.
    pub(super) fn drop_open_transactions(&self) -> Result<()> {
        for (key, first) in self.engine.meta_under(b"x/")? {
            let damaged = || {
                Error::new(ErrorKind::Fatal, "the embedded log is damaged: cannot read an open transaction")
            };
            let number = key
                .get(..8)
                .and_then(|bytes| bytes.try_into().ok())
                .map(u64::from_be_bytes)
                .ok_or_else(damaged)?;
            let id = key
                .get(8..12)
                .and_then(|bytes| bytes.try_into().ok())
                .map(u32::from_be_bytes)
                .ok_or_else(damaged)?;
            let partition = key
                .get(12..16)
                .and_then(|bytes| bytes.try_into().ok())
                .map(i32::from_be_bytes)
                .ok_or_else(damaged)?;
            let first = first.try_into().map(i64::from_be_bytes).map_err(|_| damaged())?;
            match self.topics().iter().find(|topic| topic.id == id) {
                Some(topic) => self.remove_transaction(topic, partition, number, first)?,
                None => {
                    let mut change = self.engine.change();
                    change.remove_meta(open_key(number, id, partition.unsigned_abs()));
                    change.commit()?;
                }
            }
        }
        Ok(())
    }

    /// Removes the batches of a transaction and the note that it is open, all or nothing. The offsets
    /// they had are not given out again.
    fn remove_transaction(&self, topic: &Topic, partition: i32, transaction: u64, first: i64) -> Result<()> {
        let number = partition.unsigned_abs();
        let part = topic.partition(partition)?;
        let mut change = self.engine.change();
        for batch in self.engine.batches_from(topic.id, number, first) {
            let (offset, value) = batch?;
            if BatchHead::read(&value)?.transaction == transaction {
                change.remove_log(LogKey { topic: topic.id, partition: number, offset });
            }
        }
        change.insert_meta(
            bounds_key(topic.id, number),
            bounds_value(part.start.load(SeqCst), part.end.load(SeqCst)),
        );
        change.remove_meta(open_key(transaction, topic.id, number));
        change.commit()
    }
}

impl State {
    fn checked(&mut self, id: &str, epoch: u64) -> Result<&mut Registered> {
        match self.producers.get_mut(id) {
            Some(registered) if registered.epoch == epoch => Ok(registered),
            _ => Err(Error::new(
                ErrorKind::Fenced,
                format!("another producer has taken over transactional.id {id}: this one must stop"),
            )),
        }
    }

    fn open(&mut self, id: &str, epoch: u64) -> Result<&mut Open> {
        self.checked(id, epoch)?.open.as_mut().ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid,
                format!("transactional.id {id} has no open transaction: begin one first"),
            )
        })
    }
}
