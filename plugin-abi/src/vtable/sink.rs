//! Sink tasks across the boundary.

use abi_stable::StableAbi;
use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::RVec;

use super::host::{self, HostTable_Ref};
use super::object::{Imported, Object, Table, This, object, release};
use super::wire::{self, WireConfig, WireOffset, WirePartition, WireResult, receive, send};
use crate::Result;
use crate::api::{SinkContext, SinkTask, TopicPartition};
use crate::config::ConfigMap;
use crate::data::Batch;
use crate::raw::Slice;

type Partitions<'a> = Slice<'a, WirePartition<'a>>;

/// The functions of [`SinkTask`].
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = SinkTable_Ref, prefix_fields = SinkTable_Prefix)))]
pub struct SinkTable {
    release: unsafe extern "C" fn(This),
    start: unsafe extern "C" fn(This, Object<HostTable_Ref>, WireConfig<'_>) -> WireResult<()>,
    open: unsafe extern "C" fn(This, Partitions<'_>) -> WireResult<()>,
    put: unsafe extern "C" fn(This, Batch) -> WireResult<()>,
    flush: unsafe extern "C" fn(This, Partitions<'_>) -> WireResult<()>,
    pre_commit: unsafe extern "C" fn(This, Partitions<'_>) -> WireResult<RVec<WireOffset>>,
    close: unsafe extern "C" fn(This, Partitions<'_>) -> WireResult<()>,
    #[sabi(last_prefix_field)]
    stop: unsafe extern "C" fn(This) -> WireResult<()>,
}

impl Table for SinkTable_Ref {
    fn release(self) -> unsafe extern "C" fn(This) {
        SinkTable_Ref::release(&self)
    }
}

type Exported = Box<dyn SinkTask>;

impl SinkTable {
    abi_stable::staticref! {
        const TABLE: WithMetadata<Self> = WithMetadata::new(Self {
            release: release::<Exported>,
            start,
            open,
            put,
            flush,
            pre_commit,
            close,
            stop,
        });
    }
}

pub(super) fn export(task: Exported) -> Object<SinkTable_Ref> {
    Object::export(task, SinkTable_Ref(SinkTable::TABLE.as_prefix()))
}

unsafe fn this<'a>(this: This) -> &'a mut Exported {
    // SAFETY: the functions of this table get what `export` made.
    unsafe { object(this) }
}
fn topic_partitions(partitions: Partitions<'_>) -> Vec<TopicPartition> {
    partitions.get().iter().map(Into::into).collect()
}
fn offsets(offsets: Partitions<'_>) -> Vec<(TopicPartition, i64)> {
    offsets.get().iter().map(Into::into).collect()
}

// SAFETY (all below): called with the object that the table came with, by one thread at a time.
unsafe extern "C" fn start(
    it: This,
    context: Object<HostTable_Ref>,
    config: WireConfig<'_>,
) -> WireResult<()> {
    let context = SinkContext::new(host::import(context));
    send(unsafe { this(it) }.start(context, &wire::config(config)), |()| ())
}
unsafe extern "C" fn open(it: This, partitions: Partitions<'_>) -> WireResult<()> {
    send(unsafe { this(it) }.open(&topic_partitions(partitions)), |()| ())
}
unsafe extern "C" fn put(it: This, batch: Batch) -> WireResult<()> {
    send(unsafe { this(it) }.put(batch), |()| ())
}
unsafe extern "C" fn flush(it: This, at: Partitions<'_>) -> WireResult<()> {
    send(unsafe { this(it) }.flush(&offsets(at)), |()| ())
}
unsafe extern "C" fn pre_commit(it: This, at: Partitions<'_>) -> WireResult<RVec<WireOffset>> {
    send(unsafe { this(it) }.pre_commit(&offsets(at)), |safe| safe.into_iter().map(Into::into).collect())
}
unsafe extern "C" fn close(it: This, partitions: Partitions<'_>) -> WireResult<()> {
    send(unsafe { this(it) }.close(&topic_partitions(partitions)), |()| ())
}
unsafe extern "C" fn stop(it: This) -> WireResult<()> {
    send(unsafe { this(it) }.stop(), |()| ())
}

pub(super) fn import(task: Object<SinkTable_Ref>) -> Exported {
    Box::new(Imported::from(task))
}

// SAFETY (all below): the object and the table came together, and `&mut self` means one thread.
impl SinkTask for Imported<SinkTable_Ref> {
    fn start(&mut self, context: SinkContext, config: &ConfigMap) -> Result<()> {
        let context = host::export(context.host().clone());
        receive(unsafe { self.table.start()(self.this, context, Slice::new(&wire::pairs(config))) })
    }
    fn open(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        receive(unsafe { self.table.open()(self.this, Slice::new(&wire::partitions(partitions))) })
    }
    fn put(&mut self, batch: Batch) -> Result<()> {
        receive(unsafe { self.table.put()(self.this, batch) })
    }
    fn flush(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        receive(unsafe { self.table.flush()(self.this, Slice::new(&wire::offsets(offsets))) })
    }
    fn pre_commit(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<Vec<(TopicPartition, i64)>> {
        let offsets = wire::offsets(offsets);
        let safe = receive(unsafe { self.table.pre_commit()(self.this, Slice::new(&offsets)) })?;
        Ok(safe.into_iter().map(Into::into).collect())
    }
    fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        receive(unsafe { self.table.close()(self.this, Slice::new(&wire::partitions(partitions))) })
    }
    fn stop(&mut self) -> Result<()> {
        receive(unsafe { self.table.stop()(self.this) })
    }
}
