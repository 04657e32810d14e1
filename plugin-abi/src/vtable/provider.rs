//! Config providers across the boundary.

use std::time::Duration;

use abi_stable::StableAbi;
use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::ROption;

use super::object::{Imported, Object, Table, This, object, release};
use super::wire::{self, WireConfig, WireConfigOwned, WireResult, receive, send};
use crate::Result;
use crate::api::{ConfigProvider, Provided};
use crate::config::ConfigMap;
use crate::raw::{Slice, Str};

/// What a provider found.
#[repr(C)]
#[derive(StableAbi)]
pub struct WireProvided {
    values: WireConfigOwned,
    ttl_nanos: ROption<u64>,
}

/// The functions of [`ConfigProvider`].
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ProviderTable_Ref, prefix_fields = ProviderTable_Prefix)))]
pub struct ProviderTable {
    release: unsafe extern "C" fn(This),
    configure: unsafe extern "C" fn(This, WireConfig<'_>) -> WireResult<()>,
    #[sabi(last_prefix_field)]
    get: unsafe extern "C" fn(This, Str<'_>, Slice<'_, Str<'_>>) -> WireResult<WireProvided>,
}

impl Table for ProviderTable_Ref {
    fn release(self) -> unsafe extern "C" fn(This) {
        ProviderTable_Ref::release(&self)
    }
}

type Exported = Box<dyn ConfigProvider>;

impl ProviderTable {
    abi_stable::staticref! {
        const TABLE: WithMetadata<Self> = WithMetadata::new(Self {
            release: release::<Exported>,
            configure,
            get,
        });
    }
}

pub(super) fn export(provider: Exported) -> Object<ProviderTable_Ref> {
    Object::export(provider, ProviderTable_Ref(ProviderTable::TABLE.as_prefix()))
}

// SAFETY (both below): called with the object that the table came with, by one thread at a time.
unsafe extern "C" fn configure(this: This, config: WireConfig<'_>) -> WireResult<()> {
    send(unsafe { object::<Exported>(this) }.configure(&wire::config(config)), |()| ())
}
unsafe extern "C" fn get(this: This, path: Str<'_>, keys: Slice<'_, Str<'_>>) -> WireResult<WireProvided> {
    let keys: Vec<&str> = keys.get().iter().map(|key| key.or_empty()).collect();
    send(unsafe { object::<Exported>(this) }.get(path.or_empty(), &keys), |provided| WireProvided {
        values: wire::owned(&provided.values),
        ttl_nanos: provided.ttl.map(wire::nanos).into(),
    })
}

pub(super) fn import(provider: Object<ProviderTable_Ref>) -> Exported {
    Box::new(Imported::from(provider))
}

// SAFETY (both below): the object and the table came together, and `&mut self` means one thread.
impl ConfigProvider for Imported<ProviderTable_Ref> {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        receive(unsafe { self.table.configure()(self.this, Slice::new(&wire::pairs(config))) })
    }
    fn get(&mut self, path: &str, keys: &[&str]) -> Result<Provided> {
        let keys: Vec<Str<'_>> = keys.iter().map(|key| Str::new(key)).collect();
        let found = receive(unsafe { self.table.get()(self.this, Str::new(path), Slice::new(&keys)) })?;
        Ok(Provided {
            values: wire::from_owned(found.values),
            ttl: found.ttl_nanos.into_option().map(Duration::from_nanos),
        })
    }
}
