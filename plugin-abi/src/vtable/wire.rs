//! Owned and borrowed forms of everything that is not a record: errors, configurations, offsets.

use std::time::Duration;

use abi_stable::StableAbi;
use abi_stable::std_types::{ROption, RResult, RString, RVec, Tuple2};

use crate::api::{Ack, TopicPartition, Transaction};
use crate::config::ConfigMap;
use crate::data::{Batch, Record, Value, ValueRef};
use crate::raw::{Slice, Str};
use crate::{Cause, Error, ErrorKind, Result};

pub(super) type WireResult<T> = RResult<T, WireError>;

/// [`Error`], whole.
#[repr(C)]
#[derive(StableAbi)]
pub struct WireError {
    kind: u8,
    head: WireCause,
    causes: RVec<WireCause>,
    record: ROption<usize>,
}

#[repr(C)]
#[derive(StableAbi)]
pub struct WireCause {
    class: RString,
    message: RString,
}

impl From<&Cause> for WireCause {
    fn from(cause: &Cause) -> Self {
        Self { class: cause.class.as_ref().into(), message: cause.message.as_str().into() }
    }
}
impl From<WireCause> for Cause {
    fn from(cause: WireCause) -> Self {
        Self { class: cause.class.into_string().into(), message: cause.message.into_string() }
    }
}

const RETRIABLE: u8 = 1;
const CONFIG: u8 = 2;
const DATA: u8 = 3;
const FATAL: u8 = 4;
const PANIC: u8 = 5;

impl From<&Error> for WireError {
    fn from(error: &Error) -> Self {
        Self {
            kind: match error.kind() {
                ErrorKind::Retriable => RETRIABLE,
                ErrorKind::Config => CONFIG,
                ErrorKind::Data => DATA,
                ErrorKind::Fatal => FATAL,
                ErrorKind::Panic => PANIC,
            },
            head: WireCause { class: error.java_class().into(), message: error.message().into() },
            causes: error.causes().iter().map(WireCause::from).collect(),
            record: error.record().into(),
        }
    }
}
impl From<Error> for WireError {
    fn from(error: Error) -> Self {
        (&error).into()
    }
}
impl From<WireError> for Error {
    fn from(error: WireError) -> Self {
        let kind = match error.kind {
            RETRIABLE => ErrorKind::Retriable,
            CONFIG => ErrorKind::Config,
            DATA => ErrorKind::Data,
            PANIC => ErrorKind::Panic,
            // A kind that a later version brought: what is not understood is not retried.
            _ => ErrorKind::Fatal,
        };
        let causes = error.causes.into_iter().map(Cause::from).collect();
        Self::from_parts(kind, error.head.into(), causes, error.record.into_option())
    }
}

/// Into the boundary.
pub(super) fn send<T, W>(result: Result<T>, convert: impl FnOnce(T) -> W) -> WireResult<W> {
    match result {
        Ok(value) => RResult::ROk(convert(value)),
        Err(error) => RResult::RErr(error.into()),
    }
}
/// Out of the boundary.
pub(super) fn receive<T>(result: WireResult<T>) -> Result<T> {
    result.into_result().map_err(Error::from)
}

/// A borrowed configuration.
pub(super) type WireConfig<'a> = Slice<'a, [Str<'a>; 2]>;
/// An owned configuration.
pub(super) type WireConfigOwned = RVec<Tuple2<RString, RString>>;

pub(super) fn pairs(config: &ConfigMap) -> Vec<[Str<'_>; 2]> {
    config.iter().map(|(k, v)| [Str::new(k), Str::new(v)]).collect()
}
pub(super) fn config(config: WireConfig<'_>) -> ConfigMap {
    config.get().iter().map(|[k, v]| (k.or_empty(), v.or_empty())).collect()
}
pub(super) fn owned(config: &ConfigMap) -> WireConfigOwned {
    config.iter().map(|(k, v)| Tuple2(k.into(), v.into())).collect()
}
pub(super) fn from_owned(config: WireConfigOwned) -> ConfigMap {
    config.into_iter().map(|Tuple2(k, v)| (k.into_string(), v.into_string())).collect()
}

/// A borrowed [`TopicPartition`] with an offset (0 where none is meant).
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct WirePartition<'a> {
    topic: Str<'a>,
    offset: i64,
    partition: i32,
}

/// An owned [`TopicPartition`] with an offset.
#[repr(C)]
#[derive(StableAbi)]
pub struct WireOffset {
    topic: RString,
    offset: i64,
    partition: i32,
}

pub(super) fn partitions(partitions: &[TopicPartition]) -> Vec<WirePartition<'_>> {
    partitions
        .iter()
        .map(|p| WirePartition { topic: Str::new(&p.topic), offset: 0, partition: p.partition })
        .collect()
}
pub(super) fn offsets(offsets: &[(TopicPartition, i64)]) -> Vec<WirePartition<'_>> {
    offsets
        .iter()
        .map(|(p, offset)| WirePartition {
            topic: Str::new(&p.topic),
            offset: *offset,
            partition: p.partition,
        })
        .collect()
}
impl From<&WirePartition<'_>> for TopicPartition {
    fn from(wire: &WirePartition<'_>) -> Self {
        Self { topic: wire.topic.or_empty().to_owned(), partition: wire.partition }
    }
}
impl From<&WirePartition<'_>> for (TopicPartition, i64) {
    fn from(wire: &WirePartition<'_>) -> Self {
        (wire.into(), wire.offset)
    }
}
impl From<(TopicPartition, i64)> for WireOffset {
    fn from((partition, offset): (TopicPartition, i64)) -> Self {
        Self { topic: partition.topic.into(), offset, partition: partition.partition }
    }
}
impl From<WireOffset> for (TopicPartition, i64) {
    fn from(wire: WireOffset) -> Self {
        (TopicPartition { topic: wire.topic.into_string(), partition: wire.partition }, wire.offset)
    }
}

/// [`Ack`].
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct WireAck {
    offset: i64,
    partition: i32,
    written: bool,
}

impl From<&Ack> for WireAck {
    fn from(ack: &Ack) -> Self {
        match *ack {
            Ack::Written { partition, offset } => Self { offset, partition, written: true },
            Ack::Skipped => Self { offset: -1, partition: -1, written: false },
        }
    }
}
impl From<&WireAck> for Ack {
    fn from(wire: &WireAck) -> Self {
        match wire.written {
            true => Self::Written { partition: wire.partition, offset: wire.offset },
            false => Self::Skipped,
        }
    }
}

/// [`Transaction`].
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct WireTransaction {
    request: u8,
    index: usize,
}

impl From<Transaction> for WireTransaction {
    fn from(request: Transaction) -> Self {
        match request {
            Transaction::CommitBatch => Self { request: 0, index: 0 },
            Transaction::CommitRecord(index) => Self { request: 1, index },
            Transaction::AbortBatch => Self { request: 2, index: 0 },
            Transaction::AbortRecord(index) => Self { request: 3, index },
        }
    }
}
impl TryFrom<WireTransaction> for Transaction {
    type Error = Error;
    fn try_from(wire: WireTransaction) -> Result<Self> {
        Ok(match wire.request {
            0 => Self::CommitBatch,
            1 => Self::CommitRecord(wire.index),
            2 => Self::AbortBatch,
            3 => Self::AbortRecord(wire.index),
            other => {
                return Err(Error::fatal(format!("transaction request {other} is not known to this host")));
            }
        })
    }
}

/// Pairs of source partition and offset in a batch, one record each; null where there is none.
pub(super) fn offset_batch<'v>(pairs: impl Iterator<Item = (&'v Value, Option<&'v Value>)>) -> Batch {
    let built = Batch::build(|out| {
        for (partition, offset) in pairs {
            let partition = partition.put(out.arena());
            let offset = offset.map_or(ValueRef::NULL, |offset| offset.put(out.arena()));
            out.push(Record::to("").from_source(partition, offset));
        }
        Ok::<(), std::convert::Infallible>(())
    });
    match built {
        Ok(batch) => batch,
        Err(never) => match never {},
    }
}
/// The offsets in such a batch.
pub(super) fn offset_of(record: &Record<'_>) -> Option<Value> {
    let offset = record.source_offset();
    (!offset.is_null()).then(|| offset.into())
}

pub(super) fn nanos(time: Duration) -> u64 {
    time.as_nanos().try_into().unwrap_or(u64::MAX)
}
