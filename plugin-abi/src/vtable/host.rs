//! What the host offers, as a table: the host exports it, a plugin imports it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use abi_stable::StableAbi;
use abi_stable::prefix_type::WithMetadata;

#[cfg(not(feature = "abi-test-older"))]
use super::metrics::{self, MetricsTable_Ref};
use super::object::{Imported, Object, Table, This, release};
use super::wire::{self, WireError, WirePartition, WireResult, WireTransaction, receive, send};
use crate::api::{Host, Level, TopicPartition, Transaction};
use crate::data::{Batch, Record, Value, ValueRef};
#[cfg(not(feature = "abi-test-older"))]
use crate::metrics::MetricsHost;
use crate::raw::{Slice, Str};
use crate::{Error, ErrorKind, Result};

/// The functions of [`Host`]. Every one may be called from any thread, by several at once.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = HostTable_Ref, prefix_fields = HostTable_Prefix)))]
pub struct HostTable {
    release: unsafe extern "C" fn(This),
    log_enabled: unsafe extern "C" fn(This, u8) -> bool,
    log: unsafe extern "C" fn(This, u8, Str<'_>, Str<'_>),
    stopping: unsafe extern "C" fn(This) -> bool,
    wait_stop: unsafe extern "C" fn(This, u64) -> bool,
    offsets: unsafe extern "C" fn(This, Slice<'_, ValueRef<'_>>) -> WireResult<Batch>,
    transaction: unsafe extern "C" fn(This, WireTransaction) -> WireResult<()>,
    has_reporter: unsafe extern "C" fn(This) -> bool,
    report: unsafe extern "C" fn(This, &Record<'_>, WireError) -> WireResult<()>,
    rewind: unsafe extern "C" fn(This, Slice<'_, WirePartition<'_>>),
    pause: unsafe extern "C" fn(This, Slice<'_, WirePartition<'_>>, bool),
    request_commit: unsafe extern "C" fn(This),
    timeout: unsafe extern "C" fn(This, u64),
    request_task_reconfiguration: unsafe extern "C" fn(This),
    #[sabi(last_prefix_field)]
    raise_error: unsafe extern "C" fn(This, WireError),
    /// Since 1.1.
    #[cfg(not(feature = "abi-test-older"))]
    offers: unsafe extern "C" fn(This, Str<'_>) -> bool,
    /// Since 1.2; [`NO_TICKET`]: there is nothing to wait for.
    #[cfg(not(feature = "abi-test-older"))]
    report_ticket: unsafe extern "C" fn(This, &Record<'_>, WireError) -> WireResult<u64>,
    /// Since 1.2.
    #[cfg(not(feature = "abi-test-older"))]
    wait_reported: unsafe extern "C" fn(This, u64, u64) -> WireResult<bool>,
    /// Since 1.3.
    #[cfg(not(feature = "abi-test-older"))]
    metrics: unsafe extern "C" fn(This) -> Object<MetricsTable_Ref>,
    /// Since 1.3.
    #[cfg(not(feature = "abi-test-older"))]
    wait_wakeup: unsafe extern "C" fn(This, u64) -> bool,
    /// Since 1.3.
    #[cfg(not(feature = "abi-test-older"))]
    wakeup: unsafe extern "C" fn(This),
    #[cfg(feature = "abi-test-newer")]
    newer: unsafe extern "C" fn(This) -> bool,
}

/// What is reported and needs no waiting for.
const NO_TICKET: u64 = u64::MAX;

impl Table for HostTable_Ref {
    fn release(self) -> unsafe extern "C" fn(This) {
        HostTable_Ref::release(&self)
    }
}

impl HostTable {
    abi_stable::staticref! {
        const TABLE: WithMetadata<Self> = WithMetadata::new(Self {
            release: release::<Arc<dyn Host>>,
            log_enabled,
            log,
            stopping,
            wait_stop,
            offsets,
            transaction,
            has_reporter,
            report,
            rewind,
            pause,
            request_commit,
            timeout,
            request_task_reconfiguration,
            raise_error,
            #[cfg(not(feature = "abi-test-older"))]
            offers,
            #[cfg(not(feature = "abi-test-older"))]
            report_ticket,
            #[cfg(not(feature = "abi-test-older"))]
            wait_reported,
            #[cfg(not(feature = "abi-test-older"))]
            metrics,
            #[cfg(not(feature = "abi-test-older"))]
            wait_wakeup,
            #[cfg(not(feature = "abi-test-older"))]
            wakeup,
            #[cfg(feature = "abi-test-newer")]
            newer: has_reporter,
        });
    }
}

pub(super) fn export(host: Arc<dyn Host>) -> Object<HostTable_Ref> {
    Object::export(host, HostTable_Ref(HostTable::TABLE.as_prefix()))
}

/// Calls the host's code; a panic in it must not reach the plugin's frames.
unsafe fn with<R>(this: This, otherwise: impl FnOnce() -> R, call: impl FnOnce(&dyn Host) -> R) -> R {
    // SAFETY: all functions here get what `export` made; `&mut` is not used, so that threads may share it.
    let host = unsafe { &*this.cast::<Arc<dyn Host>>() };
    catch_unwind(AssertUnwindSafe(|| call(&**host))).unwrap_or_else(|_| otherwise())
}
fn broken<T>() -> WireResult<T> {
    send(Err(Error::new(ErrorKind::Fatal, "the worker panicked while it served the plugin")), |never| never)
}
fn level(level: u8) -> Level {
    match level {
        1 => Level::Error,
        2 => Level::Warn,
        3 => Level::Info,
        4 => Level::Debug,
        _ => Level::Trace,
    }
}

// SAFETY (all below): called with the object that the table came with.
unsafe extern "C" fn log_enabled(this: This, at: u8) -> bool {
    unsafe { with(this, || false, |host| host.log_enabled(level(at))) }
}
unsafe extern "C" fn log(this: This, at: u8, target: Str<'_>, message: Str<'_>) {
    unsafe { with(this, || (), |host| host.log(level(at), target.or_empty(), message.or_empty())) }
}
unsafe extern "C" fn stopping(this: This) -> bool {
    unsafe { with(this, || true, |host| host.stopping()) }
}
unsafe extern "C" fn wait_stop(this: This, nanos: u64) -> bool {
    unsafe { with(this, || true, |host| host.wait_stop(Duration::from_nanos(nanos))) }
}
unsafe extern "C" fn offsets(this: This, partitions: Slice<'_, ValueRef<'_>>) -> WireResult<Batch> {
    let call = |host: &dyn Host| {
        let partitions: Vec<Value> = partitions.get().iter().map(|p| (*p).into()).collect();
        send(host.offsets(&partitions), |offsets| {
            wire::offset_batch(partitions.iter().zip(offsets.iter().map(Option::as_ref)))
        })
    };
    unsafe { with(this, broken, call) }
}
unsafe extern "C" fn transaction(this: This, request: WireTransaction) -> WireResult<()> {
    let call =
        |host: &dyn Host| send(Transaction::try_from(request).and_then(|r| host.transaction(r)), |()| ());
    unsafe { with(this, broken, call) }
}
unsafe extern "C" fn has_reporter(this: This) -> bool {
    unsafe { with(this, || false, |host| host.has_reporter()) }
}
unsafe extern "C" fn report(this: This, record: &Record<'_>, error: WireError) -> WireResult<()> {
    unsafe { with(this, broken, |host| send(host.report(record, &error.into()), |_| ())) }
}
unsafe extern "C" fn rewind(this: This, offsets: Slice<'_, WirePartition<'_>>) {
    let call = |host: &dyn Host| {
        let offsets: Vec<(TopicPartition, i64)> = offsets.get().iter().map(Into::into).collect();
        host.rewind(&offsets);
    };
    unsafe { with(this, || (), call) }
}
unsafe extern "C" fn pause(this: This, partitions: Slice<'_, WirePartition<'_>>, paused: bool) {
    let call = |host: &dyn Host| {
        let partitions: Vec<TopicPartition> = partitions.get().iter().map(Into::into).collect();
        host.pause(&partitions, paused);
    };
    unsafe { with(this, || (), call) }
}
unsafe extern "C" fn request_commit(this: This) {
    unsafe { with(this, || (), |host| host.request_commit()) }
}
unsafe extern "C" fn timeout(this: This, nanos: u64) {
    unsafe { with(this, || (), |host| host.timeout(Duration::from_nanos(nanos))) }
}
unsafe extern "C" fn request_task_reconfiguration(this: This) {
    unsafe { with(this, || (), |host| host.request_task_reconfiguration()) }
}
unsafe extern "C" fn raise_error(this: This, error: WireError) {
    unsafe { with(this, || (), |host| host.raise_error(error.into())) }
}
#[cfg(not(feature = "abi-test-older"))]
unsafe extern "C" fn offers(this: This, feature: Str<'_>) -> bool {
    unsafe { with(this, || false, |host| host.offers(feature.or_empty())) }
}

#[cfg(not(feature = "abi-test-older"))]
unsafe extern "C" fn report_ticket(this: This, record: &Record<'_>, error: WireError) -> WireResult<u64> {
    let call = |host: &dyn Host| send(host.report(record, &error.into()), |t| t.unwrap_or(NO_TICKET));
    unsafe { with(this, broken, call) }
}
#[cfg(not(feature = "abi-test-older"))]
unsafe extern "C" fn wait_reported(this: This, ticket: u64, nanos: u64) -> WireResult<bool> {
    let call = |host: &dyn Host| send(host.wait_reported(ticket, Duration::from_nanos(nanos)), |done| done);
    unsafe { with(this, broken, call) }
}
#[cfg(not(feature = "abi-test-older"))]
unsafe extern "C" fn metrics(this: This) -> Object<MetricsTable_Ref> {
    metrics::export(unsafe { with(this, crate::metrics::unseen, |host| host.metrics()) })
}
#[cfg(not(feature = "abi-test-older"))]
unsafe extern "C" fn wait_wakeup(this: This, nanos: u64) -> bool {
    unsafe { with(this, || true, |host| host.wait_wakeup(Duration::from_nanos(nanos))) }
}
#[cfg(not(feature = "abi-test-older"))]
unsafe extern "C" fn wakeup(this: This) {
    unsafe { with(this, || (), |host| host.wakeup()) }
}

/// The host as a plugin sees it.
struct ImportedHost(Imported<HostTable_Ref>);

// SAFETY: `Host` is Sync, and its functions use the object only by shared reference.
unsafe impl Sync for ImportedHost {}

pub(super) fn import(host: Object<HostTable_Ref>) -> Arc<dyn Host> {
    Arc::new(ImportedHost(host.into()))
}

// SAFETY (all below): the object and the table came together.
impl Host for ImportedHost {
    fn log_enabled(&self, level: Level) -> bool {
        unsafe { self.0.table.log_enabled()(self.0.this, level as u8) }
    }
    fn log(&self, level: Level, target: &str, message: &str) {
        unsafe { self.0.table.log()(self.0.this, level as u8, Str::new(target), Str::new(message)) }
    }
    fn stopping(&self) -> bool {
        unsafe { self.0.table.stopping()(self.0.this) }
    }
    fn wait_stop(&self, timeout: Duration) -> bool {
        unsafe { self.0.table.wait_stop()(self.0.this, wire::nanos(timeout)) }
    }
    fn offsets(&self, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        let scratch = crate::data::Scratch::new();
        let partitions: Vec<ValueRef<'_>> = partitions.iter().map(|p| p.put(scratch.arena())).collect();
        let found = receive(unsafe { self.0.table.offsets()(self.0.this, Slice::new(&partitions)) })?;
        Ok(found.records().iter().map(wire::offset_of).collect())
    }
    fn transaction(&self, request: Transaction) -> Result<()> {
        receive(unsafe { self.0.table.transaction()(self.0.this, request.into()) })
    }
    fn has_reporter(&self) -> bool {
        unsafe { self.0.table.has_reporter()(self.0.this) }
    }
    fn report(&self, record: &Record<'_>, error: &Error) -> Result<Option<u64>> {
        #[cfg(not(feature = "abi-test-older"))]
        if let Some(report) = self.0.table.report_ticket() {
            let ticket = receive(unsafe { report(self.0.this, record, error.into()) })?;
            return Ok((ticket != NO_TICKET).then_some(ticket));
        }
        // A host before ABI 1.2 does not say when the record has arrived.
        receive(unsafe { self.0.table.report()(self.0.this, record, error.into()) }).map(|()| None)
    }
    #[cfg(not(feature = "abi-test-older"))]
    fn wait_reported(&self, ticket: u64, timeout: Duration) -> Result<bool> {
        self.0
            .table
            .wait_reported()
            .map_or(Ok(true), |wait| receive(unsafe { wait(self.0.this, ticket, wire::nanos(timeout)) }))
    }
    #[cfg(not(feature = "abi-test-older"))]
    fn metrics(&self) -> Arc<dyn MetricsHost> {
        // A host before ABI 1.3 shows no metrics of plugins.
        let metrics = self.0.table.metrics();
        metrics.map_or_else(crate::metrics::unseen, |get| metrics::import(unsafe { get(self.0.this) }))
    }
    #[cfg(not(feature = "abi-test-older"))]
    fn wait_wakeup(&self, timeout: Duration) -> bool {
        // A host before ABI 1.3 can be told of nothing new: it offers no `WAKEUPS`.
        self.0.table.wait_wakeup().map_or_else(
            || self.wait_stop(timeout),
            |wait| unsafe { wait(self.0.this, wire::nanos(timeout)) },
        )
    }
    #[cfg(not(feature = "abi-test-older"))]
    fn wakeup(&self) {
        if let Some(wakeup) = self.0.table.wakeup() {
            unsafe { wakeup(self.0.this) }
        }
    }
    fn rewind(&self, offsets: &[(TopicPartition, i64)]) {
        unsafe { self.0.table.rewind()(self.0.this, Slice::new(&wire::offsets(offsets))) }
    }
    fn pause(&self, partitions: &[TopicPartition], paused: bool) {
        unsafe { self.0.table.pause()(self.0.this, Slice::new(&wire::partitions(partitions)), paused) }
    }
    fn request_commit(&self) {
        unsafe { self.0.table.request_commit()(self.0.this) }
    }
    fn timeout(&self, timeout: Duration) {
        unsafe { self.0.table.timeout()(self.0.this, wire::nanos(timeout)) }
    }
    fn request_task_reconfiguration(&self) {
        unsafe { self.0.table.request_task_reconfiguration()(self.0.this) }
    }
    fn raise_error(&self, error: Error) {
        unsafe { self.0.table.raise_error()(self.0.this, error.into()) }
    }
    #[cfg(not(feature = "abi-test-older"))]
    fn offers(&self, feature: &str) -> bool {
        #[cfg(feature = "abi-test-newer")]
        if feature == "newer" {
            return self.0.table.newer().is_some_and(|newer| unsafe { newer(self.0.this) });
        }
        // A host of ABI 1.0 does not have the question, and so not the feature.
        self.0.table.offers().is_some_and(|offers| unsafe { offers(self.0.this, Str::new(feature)) })
    }
}
