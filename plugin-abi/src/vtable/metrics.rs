//! Metrics across the boundary (since 1.3): the host exports where they are registered, the plugin what they are.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use abi_stable::StableAbi;
use abi_stable::prefix_type::WithMetadata;

use super::object::{Imported, Object, Table, This, release};
use super::wire::{WireConfig, WireResult, receive, send};
use crate::metrics::{Metric, MetricKind, MetricValueProvider, MetricsHost, PluginMetrics, Windows};
use crate::raw::{Slice, Str};
use crate::{Error, ErrorKind, Result};

/// The functions of [`MetricsHost`]. Every one may be called from any thread, by several at once.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = MetricsTable_Ref, prefix_fields = MetricsTable_Prefix)))]
pub struct MetricsTable {
    release: unsafe extern "C" fn(This),
    windows: unsafe extern "C" fn(This) -> WireWindows,
    add: unsafe extern "C" fn(This, WireMetric<'_>, Object<ValueTable_Ref>) -> WireResult<()>,
    #[sabi(last_prefix_field)]
    remove: unsafe extern "C" fn(This, Str<'_>, WireConfig<'_>) -> WireResult<()>,
}

/// The functions of [`MetricValueProvider`]. Every one may be called from any thread, by several at once.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ValueTable_Ref, prefix_fields = ValueTable_Prefix)))]
pub struct ValueTable {
    release: unsafe extern "C" fn(This),
    #[sabi(last_prefix_field)]
    value: unsafe extern "C" fn(This) -> WireResult<f64>,
}

/// [`Windows`].
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct WireWindows {
    length: i64,
    samples: usize,
}

/// A borrowed [`Metric`] without its value.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct WireMetric<'a> {
    name: Str<'a>,
    description: Str<'a>,
    tags: WireConfig<'a>,
    kind: u8,
    computed: bool,
}

impl Table for MetricsTable_Ref {
    fn release(self) -> unsafe extern "C" fn(This) {
        MetricsTable_Ref::release(&self)
    }
}
impl Table for ValueTable_Ref {
    fn release(self) -> unsafe extern "C" fn(This) {
        ValueTable_Ref::release(&self)
    }
}

impl MetricsTable {
    abi_stable::staticref! {
        const TABLE: WithMetadata<Self> = WithMetadata::new(Self {
            release: release::<Arc<dyn MetricsHost>>,
            windows,
            add,
            remove,
        });
    }
}
impl ValueTable {
    abi_stable::staticref! {
        const TABLE: WithMetadata<Self> = WithMetadata::new(Self {
            release: release::<Arc<dyn MetricValueProvider>>,
            value,
        });
    }
}

pub(super) fn export(metrics: Arc<dyn MetricsHost>) -> Object<MetricsTable_Ref> {
    Object::export(metrics, MetricsTable_Ref(MetricsTable::TABLE.as_prefix()))
}

fn tags(tags: WireConfig<'_>) -> Vec<(String, String)> {
    tags.get().iter().map(|[key, value]| (key.or_empty().to_owned(), value.or_empty().to_owned())).collect()
}

/// Calls the host's code; a panic in it must not reach the plugin's frames.
unsafe fn with<R>(this: This, call: impl FnOnce(&dyn MetricsHost) -> Result<R>) -> Result<R> {
    // SAFETY: the functions of this table get what `export` made; `&mut` is not used, so that threads may share it.
    let host = unsafe { &*this.cast::<Arc<dyn MetricsHost>>() };
    let panicked = || Error::new(ErrorKind::Fatal, "the worker panicked while it served the plugin");
    catch_unwind(AssertUnwindSafe(|| call(&**host))).unwrap_or_else(|_| Err(panicked()))
}

// SAFETY (all below): called with the object that the table came with.
unsafe extern "C" fn windows(this: This) -> WireWindows {
    let windows = unsafe { with(this, |host| Ok(host.windows())) }.unwrap_or_default();
    WireWindows { length: windows.length, samples: windows.samples }
}
unsafe extern "C" fn add(
    this: This,
    metric: WireMetric<'_>,
    value: Object<ValueTable_Ref>,
) -> WireResult<()> {
    let metric = Metric {
        name: metric.name.or_empty().to_owned(),
        description: metric.description.or_empty().to_owned(),
        tags: tags(metric.tags),
        kind: if metric.kind == MetricKind::Counter as u8 { MetricKind::Counter } else { MetricKind::Gauge },
        computed: metric.computed,
        value: Arc::new(ImportedValue(value.into())),
    };
    send(unsafe { with(this, |host| host.add(metric)) }, |()| ())
}
unsafe extern "C" fn remove(this: This, name: Str<'_>, tags: WireConfig<'_>) -> WireResult<()> {
    let tags = self::tags(tags);
    send(unsafe { with(this, |host| host.remove(name.or_empty(), &tags)) }, |()| ())
}
unsafe extern "C" fn value(this: This) -> WireResult<f64> {
    let value = unsafe { &*this.cast::<Arc<dyn MetricValueProvider>>() };
    // What the author wrote is guarded where it came from.
    send(value.value(), |value| value)
}

/// A host's side as a plugin sees it.
struct ImportedMetrics(Imported<MetricsTable_Ref>);

// SAFETY: `MetricsHost` is Sync, and its functions use the object only by shared reference.
unsafe impl Sync for ImportedMetrics {}

pub(super) fn import(metrics: Object<MetricsTable_Ref>) -> Arc<dyn MetricsHost> {
    Arc::new(ImportedMetrics(metrics.into()))
}

/// What a transform, predicate or converter is given.
pub(super) fn import_plugin(metrics: Object<MetricsTable_Ref>) -> PluginMetrics {
    PluginMetrics::new(import(metrics))
}

fn pairs(tags: &[(String, String)]) -> Vec<[Str<'_>; 2]> {
    tags.iter().map(|(key, value)| [Str::new(key), Str::new(value)]).collect()
}

// SAFETY (all below): the object and the table came together.
impl MetricsHost for ImportedMetrics {
    fn windows(&self) -> Windows {
        let WireWindows { length, samples } = unsafe { self.0.table.windows()(self.0.this) };
        Windows { length, samples }
    }
    fn add(&self, metric: Metric) -> Result<()> {
        let tags = pairs(&metric.tags);
        let wire = WireMetric {
            name: Str::new(&metric.name),
            description: Str::new(&metric.description),
            tags: Slice::new(&tags),
            kind: metric.kind as u8,
            computed: metric.computed,
        };
        let value = Object::export(metric.value.clone(), ValueTable_Ref(ValueTable::TABLE.as_prefix()));
        receive(unsafe { self.0.table.add()(self.0.this, wire, value) })
    }
    fn remove(&self, name: &str, tags: &[(String, String)]) -> Result<()> {
        let tags = pairs(tags);
        receive(unsafe { self.0.table.remove()(self.0.this, Str::new(name), Slice::new(&tags)) })
    }
}

/// A value as the host sees it.
struct ImportedValue(Imported<ValueTable_Ref>);

// SAFETY: `MetricValueProvider` is Sync, and its function uses the object only by shared reference.
unsafe impl Sync for ImportedValue {}

impl MetricValueProvider for ImportedValue {
    fn value(&self) -> Result<f64> {
        receive(unsafe { self.0.table.value()(self.0.this) })
    }
}
