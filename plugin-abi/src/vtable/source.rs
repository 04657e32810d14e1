//! Source tasks across the boundary.

use abi_stable::StableAbi;
use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::ROption;

use super::host::{self, HostTable_Ref};
use super::object::{Imported, Object, Table, This, object, release};
use super::wire::{self, WireAck, WireConfig, WireResult, receive, send};
use crate::Result;
use crate::api::{Ack, SourceContext, SourceTask};
use crate::config::ConfigMap;
use crate::data::Batch;
use crate::raw::Slice;

/// The functions of [`SourceTask`].
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = SourceTable_Ref, prefix_fields = SourceTable_Prefix)))]
pub struct SourceTable {
    release: unsafe extern "C" fn(This),
    start: unsafe extern "C" fn(This, Object<HostTable_Ref>, WireConfig<'_>) -> WireResult<()>,
    #[cfg(feature = "abi-test-changed")]
    peek: unsafe extern "C" fn(This) -> bool,
    poll: unsafe extern "C" fn(This) -> WireResult<ROption<Batch>>,
    wants_acks: unsafe extern "C" fn(This) -> bool,
    commit_records: unsafe extern "C" fn(This, &Batch, Slice<'_, WireAck>) -> WireResult<()>,
    commit: unsafe extern "C" fn(This) -> WireResult<()>,
    #[sabi(last_prefix_field)]
    stop: unsafe extern "C" fn(This) -> WireResult<()>,
}

impl Table for SourceTable_Ref {
    fn release(self) -> unsafe extern "C" fn(This) {
        SourceTable_Ref::release(&self)
    }
}

type Exported = Box<dyn SourceTask>;

impl SourceTable {
    abi_stable::staticref! {
        const TABLE: WithMetadata<Self> = WithMetadata::new(Self {
            release: release::<Exported>,
            start,
            #[cfg(feature = "abi-test-changed")]
            peek: wants_acks,
            poll,
            wants_acks,
            commit_records,
            commit,
            stop,
        });
    }
}

pub(super) fn export(task: Exported) -> Object<SourceTable_Ref> {
    Object::export(task, SourceTable_Ref(SourceTable::TABLE.as_prefix()))
}

unsafe fn this<'a>(this: This) -> &'a mut Exported {
    // SAFETY: the functions of this table get what `export` made.
    unsafe { object(this) }
}

// SAFETY (all below): called with the object that the table came with, by one thread at a time.
unsafe extern "C" fn start(
    it: This,
    context: Object<HostTable_Ref>,
    config: WireConfig<'_>,
) -> WireResult<()> {
    let context = SourceContext::new(host::import(context));
    send(unsafe { this(it) }.start(context, &wire::config(config)), |()| ())
}
unsafe extern "C" fn poll(it: This) -> WireResult<ROption<Batch>> {
    send(unsafe { this(it) }.poll(), ROption::from)
}
unsafe extern "C" fn wants_acks(it: This) -> bool {
    unsafe { this(it) }.wants_acks()
}
unsafe extern "C" fn commit_records(it: This, batch: &Batch, acks: Slice<'_, WireAck>) -> WireResult<()> {
    let acks: Vec<Ack> = acks.get().iter().map(Ack::from).collect();
    send(unsafe { this(it) }.commit_records(batch, &acks), |()| ())
}
unsafe extern "C" fn commit(it: This) -> WireResult<()> {
    send(unsafe { this(it) }.commit(), |()| ())
}
unsafe extern "C" fn stop(it: This) -> WireResult<()> {
    send(unsafe { this(it) }.stop(), |()| ())
}

pub(super) fn import(task: Object<SourceTable_Ref>) -> Exported {
    Box::new(Imported::from(task))
}

// SAFETY (all below): the object and the table came together, and `&mut self` means one thread;
// `wants_acks` changes nothing but a cell that only this thread sees.
impl SourceTask for Imported<SourceTable_Ref> {
    fn start(&mut self, context: SourceContext, config: &ConfigMap) -> Result<()> {
        let context = host::export(context.host().clone());
        receive(unsafe { self.table.start()(self.this, context, Slice::new(&wire::pairs(config))) })
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        Ok(receive(unsafe { self.table.poll()(self.this) })?.into_option())
    }
    fn wants_acks(&self) -> bool {
        unsafe { self.table.wants_acks()(self.this) }
    }
    fn commit_records(&mut self, batch: &Batch, acks: &[Ack]) -> Result<()> {
        let acks: Vec<WireAck> = acks.iter().map(WireAck::from).collect();
        receive(unsafe { self.table.commit_records()(self.this, batch, Slice::new(&acks)) })
    }
    fn commit(&mut self) -> Result<()> {
        receive(unsafe { self.table.commit()(self.this) })
    }
    fn stop(&mut self) -> Result<()> {
        receive(unsafe { self.table.stop()(self.this) })
    }
}
