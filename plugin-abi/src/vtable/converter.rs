//! Converters and header converters across the boundary.

use abi_stable::StableAbi;
use abi_stable::prefix_type::WithMetadata;

#[cfg(not(feature = "abi-test-older"))]
use super::metrics::{self, MetricsTable_Ref};
use super::object::{Imported, Object, Table, This, object, release};
use super::wire::{self, WireConfig, WireResult, receive, send};
use crate::Result;
use crate::api::{Converter, Role};
use crate::config::ConfigMap;
use crate::data::{Arena, Schema, ValueRef};
#[cfg(not(feature = "abi-test-older"))]
use crate::metrics::PluginMetrics;
use crate::raw::{Slice, Str};

/// A buffer of the caller and how to append to it.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct Out {
    buffer: *mut u8,
    append: unsafe extern "C" fn(*mut u8, Slice<'_, u8>),
}

/// A schema and a value.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct Converted<'a> {
    schema: Option<&'a Schema>,
    value: ValueRef<'a>,
}

/// Bytes or none.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct Bytes<'a> {
    bytes: Slice<'a, u8>,
    some: bool,
}

/// The functions of [`Converter`].
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ConverterTable_Ref, prefix_fields = ConverterTable_Prefix)))]
pub struct ConverterTable {
    release: unsafe extern "C" fn(This),
    configure: unsafe extern "C" fn(This, WireConfig<'_>, u8) -> WireResult<()>,
    from_connect: unsafe extern "C" fn(This, Str<'_>, Option<&Schema>, ValueRef<'_>, Out) -> WireResult<bool>,
    #[sabi(last_prefix_field)]
    to_connect:
        for<'a> unsafe extern "C" fn(This, Str<'_>, Bytes<'a>, &'a Arena) -> WireResult<Converted<'a>>,
    /// Since 1.3.
    #[cfg(not(feature = "abi-test-older"))]
    with_plugin_metrics: unsafe extern "C" fn(This, Object<MetricsTable_Ref>) -> WireResult<()>,
}

impl Table for ConverterTable_Ref {
    fn release(self) -> unsafe extern "C" fn(This) {
        ConverterTable_Ref::release(&self)
    }
}

/// A converter and the buffer it writes to before the bytes cross in one piece.
struct Exported {
    converter: Box<dyn Converter>,
    buffer: Vec<u8>,
}

impl ConverterTable {
    abi_stable::staticref! {
        const TABLE: WithMetadata<Self> = WithMetadata::new(Self {
            release: release::<Exported>,
            configure,
            from_connect,
            to_connect,
            #[cfg(not(feature = "abi-test-older"))]
            with_plugin_metrics,
        });
    }
}

pub(super) fn export(converter: Box<dyn Converter>) -> Object<ConverterTable_Ref> {
    let exported = Exported { converter, buffer: Vec::new() };
    Object::export(exported, ConverterTable_Ref(ConverterTable::TABLE.as_prefix()))
}

unsafe fn this<'a>(this: This) -> &'a mut Exported {
    // SAFETY: the functions of this table get what `export` made.
    unsafe { object(this) }
}

// SAFETY (all below): called with the object that the table came with, by one thread at a time.
unsafe extern "C" fn configure(it: This, config: WireConfig<'_>, role: u8) -> WireResult<()> {
    let role = match role {
        0 => Role::Key,
        1 => Role::Value,
        _ => Role::Header,
    };
    send(unsafe { this(it) }.converter.configure(&wire::config(config), role), |()| ())
}
unsafe extern "C" fn from_connect(
    it: This,
    topic: Str<'_>,
    schema: Option<&Schema>,
    value: ValueRef<'_>,
    out: Out,
) -> WireResult<bool> {
    let Exported { converter, buffer } = unsafe { this(it) };
    buffer.clear();
    let some = converter.from_connect(topic.or_empty(), schema, value, buffer);
    if let Ok(true) = some {
        // SAFETY: the function and the buffer came together.
        unsafe { (out.append)(out.buffer, Slice::new(buffer)) }
    }
    send(some, |some| some)
}
unsafe extern "C" fn to_connect<'a>(
    it: This,
    topic: Str<'_>,
    bytes: Bytes<'a>,
    arena: &'a Arena,
) -> WireResult<Converted<'a>> {
    let bytes = bytes.some.then(|| bytes.bytes.get());
    send(unsafe { this(it) }.converter.to_connect(topic.or_empty(), bytes, arena), |(schema, value)| {
        Converted { schema, value }
    })
}
#[cfg(not(feature = "abi-test-older"))]
unsafe extern "C" fn with_plugin_metrics(it: This, given: Object<MetricsTable_Ref>) -> WireResult<()> {
    send(unsafe { this(it) }.converter.with_plugin_metrics(&metrics::import_plugin(given)), |()| ())
}

pub(super) fn import(converter: Object<ConverterTable_Ref>) -> Box<dyn Converter> {
    Box::new(Imported::from(converter))
}

unsafe extern "C" fn append(buffer: *mut u8, bytes: Slice<'_, u8>) {
    // SAFETY: `from_connect` below gives its `out` with this function.
    unsafe { &mut *buffer.cast::<Vec<u8>>() }.extend_from_slice(bytes.get());
}

// SAFETY (all below): the object and the table came together, and `&mut self` means one thread.
impl Converter for Imported<ConverterTable_Ref> {
    fn configure(&mut self, config: &ConfigMap, role: Role) -> Result<()> {
        receive(unsafe { self.table.configure()(self.this, Slice::new(&wire::pairs(config)), role as u8) })
    }
    #[cfg(not(feature = "abi-test-older"))]
    fn with_plugin_metrics(&mut self, given: &PluginMetrics) -> Result<()> {
        // A plugin before ABI 1.3 has no metrics.
        let Some(with) = self.table.with_plugin_metrics() else { return Ok(()) };
        receive(unsafe { with(self.this, metrics::export(given.host().clone())) })
    }
    fn from_connect(
        &mut self,
        topic: &str,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        let out = Out { buffer: std::ptr::from_mut(out).cast(), append };
        receive(unsafe { self.table.from_connect()(self.this, Str::new(topic), schema, value, out) })
    }
    fn to_connect<'a>(
        &mut self,
        topic: &str,
        bytes: Option<&'a [u8]>,
        arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        let bytes = Bytes { bytes: Slice::new(bytes.unwrap_or_default()), some: bytes.is_some() };
        let Converted { schema, value } =
            receive(unsafe { self.table.to_connect()(self.this, Str::new(topic), bytes, arena) })?;
        Ok((schema, value))
    }
}
