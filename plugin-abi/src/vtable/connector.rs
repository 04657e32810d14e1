//! Connectors across the boundary.

use abi_stable::StableAbi;
use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::{RString, RVec};

use super::host::{self, HostTable_Ref};
use super::object::{Imported, Object, Table, This, object, release};
use super::wire::{self, WireConfig, WireConfigOwned, WireResult, receive, send};
use crate::api::{Connector, ConnectorContext, ExactlyOnceSupport, TransactionBoundarySupport};
use crate::config::{ConfigMap, ConfigValueInfo};
use crate::data::{Batch, Value};
use crate::raw::Slice;
use crate::{Error, Result};

/// The functions of [`Connector`].
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ConnectorTable_Ref, prefix_fields = ConnectorTable_Prefix)))]
pub struct ConnectorTable {
    release: unsafe extern "C" fn(This),
    start: unsafe extern "C" fn(This, Object<HostTable_Ref>, WireConfig<'_>) -> WireResult<()>,
    task_configs: unsafe extern "C" fn(This, usize) -> WireResult<RVec<WireConfigOwned>>,
    stop: unsafe extern "C" fn(This) -> WireResult<()>,
    /// A JSON array of [`ConfigValueInfo`].
    validate: unsafe extern "C" fn(This, WireConfig<'_>) -> WireResult<RString>,
    /// 0: no promise, 1: supported, 2: unsupported.
    exactly_once_support: unsafe extern "C" fn(This, WireConfig<'_>) -> WireResult<u8>,
    transaction_boundary_support: unsafe extern "C" fn(This, WireConfig<'_>) -> WireResult<bool>,
    /// One record per partition: its source partition and its new offset.
    #[sabi(last_prefix_field)]
    alter_offsets: unsafe extern "C" fn(This, WireConfig<'_>, &Batch) -> WireResult<bool>,
}

impl Table for ConnectorTable_Ref {
    fn release(self) -> unsafe extern "C" fn(This) {
        ConnectorTable_Ref::release(&self)
    }
}

type Exported = Box<dyn Connector>;

impl ConnectorTable {
    abi_stable::staticref! {
        const TABLE: WithMetadata<Self> = WithMetadata::new(Self {
            release: release::<Exported>,
            start,
            task_configs,
            stop,
            validate,
            exactly_once_support,
            transaction_boundary_support,
            alter_offsets,
        });
    }
}

pub(super) fn export(connector: Exported) -> Object<ConnectorTable_Ref> {
    Object::export(connector, ConnectorTable_Ref(ConnectorTable::TABLE.as_prefix()))
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
    let context = ConnectorContext::new(host::import(context));
    send(unsafe { this(it) }.start(context, &wire::config(config)), |()| ())
}
unsafe extern "C" fn task_configs(it: This, max_tasks: usize) -> WireResult<RVec<WireConfigOwned>> {
    send(unsafe { this(it) }.task_configs(max_tasks), |configs| configs.iter().map(wire::owned).collect())
}
unsafe extern "C" fn stop(it: This) -> WireResult<()> {
    send(unsafe { this(it) }.stop(), |()| ())
}
unsafe extern "C" fn validate(it: This, config: WireConfig<'_>) -> WireResult<RString> {
    let complaints = unsafe { this(it) }.validate(&wire::config(config)).and_then(|complaints| {
        serde_json::to_string(&complaints)
            .map_err(|e| Error::fatal("a complaint of validate cannot be written").source(&e))
    });
    send(complaints, RString::from)
}
unsafe extern "C" fn exactly_once_support(it: This, config: WireConfig<'_>) -> WireResult<u8> {
    send(unsafe { this(it) }.exactly_once_support(&wire::config(config)), |support| match support {
        None => 0,
        Some(ExactlyOnceSupport::Supported) => 1,
        Some(ExactlyOnceSupport::Unsupported) => 2,
    })
}
unsafe extern "C" fn transaction_boundary_support(it: This, config: WireConfig<'_>) -> WireResult<bool> {
    send(unsafe { this(it) }.transaction_boundary_support(&wire::config(config)), |support| {
        support == TransactionBoundarySupport::Supported
    })
}
unsafe extern "C" fn alter_offsets(it: This, config: WireConfig<'_>, offsets: &Batch) -> WireResult<bool> {
    let offsets: Vec<(Value, Option<Value>)> =
        offsets.records().iter().map(|r| (r.source_partition().into(), wire::offset_of(r))).collect();
    send(unsafe { this(it) }.alter_offsets(&wire::config(config), &offsets), |done| done)
}

pub(super) fn import(connector: Object<ConnectorTable_Ref>) -> Exported {
    Box::new(Imported::from(connector))
}

// SAFETY (all below): the object and the table came together, and `&mut self` means one thread.
impl Connector for Imported<ConnectorTable_Ref> {
    fn start(&mut self, context: ConnectorContext, config: &ConfigMap) -> Result<()> {
        let context = host::export(context.host().clone());
        receive(unsafe { self.table.start()(self.this, context, Slice::new(&wire::pairs(config))) })
    }
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<ConfigMap>> {
        let configs = receive(unsafe { self.table.task_configs()(self.this, max_tasks) })?;
        Ok(configs.into_iter().map(wire::from_owned).collect())
    }
    fn stop(&mut self) -> Result<()> {
        receive(unsafe { self.table.stop()(self.this) })
    }
    fn validate(&mut self, config: &ConfigMap) -> Result<Vec<ConfigValueInfo>> {
        let text = receive(unsafe { self.table.validate()(self.this, Slice::new(&wire::pairs(config))) })?;
        serde_json::from_str(&text)
            .map_err(|e| Error::fatal("the plugin's answer to validate cannot be read").source(&e))
    }
    fn exactly_once_support(&mut self, config: &ConfigMap) -> Result<Option<ExactlyOnceSupport>> {
        let config = wire::pairs(config);
        let support = receive(unsafe { self.table.exactly_once_support()(self.this, Slice::new(&config)) })?;
        Ok(match support {
            0 => None,
            1 => Some(ExactlyOnceSupport::Supported),
            // What a later version may say is no promise of this one.
            _ => Some(ExactlyOnceSupport::Unsupported),
        })
    }
    fn transaction_boundary_support(&mut self, config: &ConfigMap) -> Result<TransactionBoundarySupport> {
        let config = wire::pairs(config);
        let call = self.table.transaction_boundary_support();
        Ok(match receive(unsafe { call(self.this, Slice::new(&config)) })? {
            true => TransactionBoundarySupport::Supported,
            false => TransactionBoundarySupport::Unsupported,
        })
    }
    fn alter_offsets(&mut self, config: &ConfigMap, offsets: &[(Value, Option<Value>)]) -> Result<bool> {
        let offsets = wire::offset_batch(offsets.iter().map(|(p, o)| (p, o.as_ref())));
        let config = wire::pairs(config);
        receive(unsafe { self.table.alter_offsets()(self.this, Slice::new(&config), &offsets) })
    }
}
