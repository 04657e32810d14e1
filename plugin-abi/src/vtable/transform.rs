//! Transforms and predicates across the boundary.

use abi_stable::StableAbi;
use abi_stable::prefix_type::WithMetadata;

#[cfg(not(feature = "abi-test-older"))]
use super::metrics::{self, MetricsTable_Ref};
use super::object::{Imported, Object, Table, This, object, release};
use super::wire::{self, WireConfig, WireResult, receive, send};
use crate::Result;
use crate::api::{Outcome, Predicate, Transform};
use crate::config::ConfigMap;
use crate::data::{Arena, Record};
#[cfg(not(feature = "abi-test-older"))]
use crate::metrics::PluginMetrics;
use crate::raw::Slice;

/// The functions of [`Transform`].
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = TransformTable_Ref, prefix_fields = TransformTable_Prefix)))]
pub struct TransformTable {
    release: unsafe extern "C" fn(This),
    configure: unsafe extern "C" fn(This, WireConfig<'_>) -> WireResult<()>,
    /// `false`: the record is filtered out.
    #[sabi(last_prefix_field)]
    apply: for<'a> unsafe extern "C" fn(This, &mut Record<'a>, &'a Arena) -> WireResult<bool>,
    /// Since 1.3.
    #[cfg(not(feature = "abi-test-older"))]
    with_plugin_metrics: unsafe extern "C" fn(This, Object<MetricsTable_Ref>) -> WireResult<()>,
}

/// The functions of [`Predicate`].
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PredicateTable_Ref, prefix_fields = PredicateTable_Prefix)))]
pub struct PredicateTable {
    release: unsafe extern "C" fn(This),
    configure: unsafe extern "C" fn(This, WireConfig<'_>) -> WireResult<()>,
    #[sabi(last_prefix_field)]
    test: unsafe extern "C" fn(This, &Record<'_>) -> WireResult<bool>,
    /// Since 1.3.
    #[cfg(not(feature = "abi-test-older"))]
    with_plugin_metrics: unsafe extern "C" fn(This, Object<MetricsTable_Ref>) -> WireResult<()>,
}

impl Table for TransformTable_Ref {
    fn release(self) -> unsafe extern "C" fn(This) {
        TransformTable_Ref::release(&self)
    }
}
impl Table for PredicateTable_Ref {
    fn release(self) -> unsafe extern "C" fn(This) {
        PredicateTable_Ref::release(&self)
    }
}

impl TransformTable {
    abi_stable::staticref! {
        const TABLE: WithMetadata<Self> = WithMetadata::new(Self {
            release: release::<Box<dyn Transform>>,
            configure: configure_transform,
            apply,
            #[cfg(not(feature = "abi-test-older"))]
            with_plugin_metrics: with_transform_metrics,
        });
    }
}
impl PredicateTable {
    abi_stable::staticref! {
        const TABLE: WithMetadata<Self> = WithMetadata::new(Self {
            release: release::<Box<dyn Predicate>>,
            configure: configure_predicate,
            test,
            #[cfg(not(feature = "abi-test-older"))]
            with_plugin_metrics: with_predicate_metrics,
        });
    }
}

pub(super) fn export(transform: Box<dyn Transform>) -> Object<TransformTable_Ref> {
    Object::export(transform, TransformTable_Ref(TransformTable::TABLE.as_prefix()))
}
pub(super) fn export_predicate(predicate: Box<dyn Predicate>) -> Object<PredicateTable_Ref> {
    Object::export(predicate, PredicateTable_Ref(PredicateTable::TABLE.as_prefix()))
}

// SAFETY (all below): called with the object that the table came with, by one thread at a time.
unsafe extern "C" fn configure_transform(this: This, config: WireConfig<'_>) -> WireResult<()> {
    send(unsafe { object::<Box<dyn Transform>>(this) }.configure(&wire::config(config)), |()| ())
}
unsafe extern "C" fn apply<'a>(this: This, record: &mut Record<'a>, arena: &'a Arena) -> WireResult<bool> {
    send(unsafe { object::<Box<dyn Transform>>(this) }.apply(record, arena), |outcome| {
        outcome == Outcome::Keep
    })
}
unsafe extern "C" fn configure_predicate(this: This, config: WireConfig<'_>) -> WireResult<()> {
    send(unsafe { object::<Box<dyn Predicate>>(this) }.configure(&wire::config(config)), |()| ())
}
unsafe extern "C" fn test(this: This, record: &Record<'_>) -> WireResult<bool> {
    send(unsafe { object::<Box<dyn Predicate>>(this) }.test(record), |meant| meant)
}
#[cfg(not(feature = "abi-test-older"))]
unsafe extern "C" fn with_transform_metrics(this: This, given: Object<MetricsTable_Ref>) -> WireResult<()> {
    let given = metrics::import_plugin(given);
    send(unsafe { object::<Box<dyn Transform>>(this) }.with_plugin_metrics(&given), |()| ())
}
#[cfg(not(feature = "abi-test-older"))]
unsafe extern "C" fn with_predicate_metrics(this: This, given: Object<MetricsTable_Ref>) -> WireResult<()> {
    let given = metrics::import_plugin(given);
    send(unsafe { object::<Box<dyn Predicate>>(this) }.with_plugin_metrics(&given), |()| ())
}

pub(super) fn import(transform: Object<TransformTable_Ref>) -> Box<dyn Transform> {
    Box::new(Imported::from(transform))
}
pub(super) fn import_predicate(predicate: Object<PredicateTable_Ref>) -> Box<dyn Predicate> {
    Box::new(Imported::from(predicate))
}

// SAFETY (all below): the object and the table came together, and `&mut self` means one thread.
impl Transform for Imported<TransformTable_Ref> {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        receive(unsafe { self.table.configure()(self.this, Slice::new(&wire::pairs(config))) })
    }
    #[cfg(not(feature = "abi-test-older"))]
    fn with_plugin_metrics(&mut self, given: &PluginMetrics) -> Result<()> {
        // A plugin before ABI 1.3 has no metrics.
        let Some(with) = self.table.with_plugin_metrics() else { return Ok(()) };
        receive(unsafe { with(self.this, metrics::export(given.host().clone())) })
    }
    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        Ok(match receive(unsafe { self.table.apply()(self.this, record, arena) })? {
            true => Outcome::Keep,
            false => Outcome::Drop,
        })
    }
}
impl Predicate for Imported<PredicateTable_Ref> {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        receive(unsafe { self.table.configure()(self.this, Slice::new(&wire::pairs(config))) })
    }
    #[cfg(not(feature = "abi-test-older"))]
    fn with_plugin_metrics(&mut self, given: &PluginMetrics) -> Result<()> {
        // A plugin before ABI 1.3 has no metrics.
        let Some(with) = self.table.with_plugin_metrics() else { return Ok(()) };
        receive(unsafe { with(self.this, metrics::export(given.host().clone())) })
    }
    fn test(&mut self, record: &Record<'_>) -> Result<bool> {
        receive(unsafe { self.table.test()(self.this, record) })
    }
}
