//! The root of a plugin: what it is, how to start it, and how to make objects of its classes.

use std::ffi::c_void;
use std::sync::OnceLock;

use abi_stable::StableAbi;
use abi_stable::library::{CheckTypeLayout, LibHeader, RootModule, RootModuleResult};
use abi_stable::prefix_type::WithMetadata;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::RString;

use super::connector::{self, ConnectorTable_Ref};
use super::converter::{self, ConverterTable_Ref};
use super::host::{self, HostTable_Ref};
use super::image::{ClassDescription, Description};
use super::object::Object;
use super::provider::{self, ProviderTable_Ref};
use super::sink::{self, SinkTable_Ref};
use super::source::{self, SourceTable_Ref};
use super::transform::{self, PredicateTable_Ref, TransformTable_Ref};
use super::wire::{WireResult, send};
use crate::api::{Factory, PluginClass};
use crate::guard::{contain, install_hook};
use crate::plugin::{self, Plugin};
#[cfg(not(feature = "abi-test-older"))]
use crate::raw::Str;
use crate::{Error, Result};

/// Functions of the whole plugin. A class is named by its place in the description.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginModule_Ref, prefix_fields = PluginModule_Prefix)))]
pub struct PluginModule {
    /// JSON of a [`Description`].
    pub(super) describe: unsafe extern "C" fn() -> WireResult<RString>,
    /// Called once, before any object is made. The host's log is the plugin's from now on.
    pub(super) init: unsafe extern "C" fn(Object<HostTable_Ref>) -> WireResult<()>,
    pub(super) connector: unsafe extern "C" fn(usize) -> WireResult<Object<ConnectorTable_Ref>>,
    pub(super) source_task: unsafe extern "C" fn(usize) -> WireResult<Object<SourceTable_Ref>>,
    pub(super) sink_task: unsafe extern "C" fn(usize) -> WireResult<Object<SinkTable_Ref>>,
    pub(super) transform: unsafe extern "C" fn(usize) -> WireResult<Object<TransformTable_Ref>>,
    pub(super) predicate: unsafe extern "C" fn(usize) -> WireResult<Object<PredicateTable_Ref>>,
    /// Converters and header converters.
    pub(super) converter: unsafe extern "C" fn(usize) -> WireResult<Object<ConverterTable_Ref>>,
    #[sabi(last_prefix_field)]
    pub(super) config_provider: unsafe extern "C" fn(usize) -> WireResult<Object<ProviderTable_Ref>>,
    /// Since 1.1: functions outside of this table, by name; null for those this plugin does not have.
    #[cfg(not(feature = "abi-test-older"))]
    pub(super) extension: unsafe extern "C" fn(Str<'_>) -> *const u8,
    #[cfg(feature = "abi-test-newer")]
    pub(super) newer: unsafe extern "C" fn() -> bool,
}

impl RootModule for PluginModule_Ref {
    abi_stable::declare_root_module_statics! {PluginModule_Ref}
    const BASE_NAME: &'static str = "ferry_plugin";
    const NAME: &'static str = "ferry_plugin";
    // The handshake compares versions.
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("1.0.0");
}

impl PluginModule {
    abi_stable::staticref! {
        const TABLE: WithMetadata<Self> = WithMetadata::new(Self {
            describe,
            init,
            connector: new_connector,
            source_task: new_source_task,
            sink_task: new_sink_task,
            transform: new_transform,
            predicate: new_predicate,
            converter: new_converter,
            config_provider: new_config_provider,
            #[cfg(not(feature = "abi-test-older"))]
            extension,
            #[cfg(feature = "abi-test-newer")]
            newer,
        });
    }
}

pub(super) fn this_module() -> PluginModule_Ref {
    PluginModule_Ref(PluginModule::TABLE.as_prefix())
}
extern "C" fn module() -> RootModuleResult {
    abi_stable::library::__call_root_module_loader(this_module)
}

// SAFETY: `module` returns the erased `PluginModule_Ref`.
static HEADER: LibHeader =
    unsafe { LibHeader::from_constructor::<PluginModule_Ref>(module, CheckTypeLayout::Yes) };

/// What [`crate::handshake::Handshake::root`] is for major version 1: abi_stable's header.
pub(crate) extern "C" fn root() -> *const c_void {
    std::ptr::from_ref(&HEADER).cast()
}

fn this() -> Result<&'static Plugin> {
    plugin::this().ok_or_else(|| Error::fatal("the plugin's handshake was not asked for first"))
}

fn classes() -> Result<&'static [PluginClass]> {
    static CLASSES: OnceLock<Vec<PluginClass>> = OnceLock::new();
    if let Some(classes) = CLASSES.get() {
        return Ok(classes);
    }
    install_hook();
    let plugin = this()?;
    let classes = contain("plugin", "classes", || Ok((plugin.classes)()))?;
    Ok(CLASSES.get_or_init(|| classes.into_iter().map(PluginClass::guarded).collect()))
}

unsafe extern "C" fn describe() -> WireResult<RString> {
    send(description(), RString::from)
}

fn description() -> Result<String> {
    let description = Description {
        manifest: this()?.manifest.to_owned(),
        classes: classes()?.iter().map(ClassDescription::from).collect(),
    };
    serde_json::to_string(&description)
        .map_err(|e| Error::fatal("the description of the plugin cannot be written").source(&e))
}

unsafe extern "C" fn init(host: Object<HostTable_Ref>) -> WireResult<()> {
    let host = host::import(host);
    install_hook();
    send(
        this().and_then(|this| {
            contain("plugin", "init", || {
                plugin::start(this, host);
                Ok(())
            })
        }),
        |()| (),
    )
}

fn class(index: usize) -> Result<&'static Factory> {
    let class = classes()?.get(index);
    class.map(|c| &c.factory).ok_or_else(|| Error::fatal(format!("the plugin has no class number {index}")))
}
fn other<T>() -> Result<T> {
    Err(Error::fatal("the class is of another kind"))
}

unsafe extern "C" fn new_connector(index: usize) -> WireResult<Object<ConnectorTable_Ref>> {
    let made = class(index).and_then(|factory| match factory {
        Factory::Source { connector, .. } | Factory::Sink { connector, .. } => connector(),
        _ => other(),
    });
    send(made, connector::export)
}
unsafe extern "C" fn new_source_task(index: usize) -> WireResult<Object<SourceTable_Ref>> {
    let made = class(index).and_then(|factory| match factory {
        Factory::Source { task, .. } => task(),
        _ => other(),
    });
    send(made, source::export)
}
unsafe extern "C" fn new_sink_task(index: usize) -> WireResult<Object<SinkTable_Ref>> {
    let made = class(index).and_then(|factory| match factory {
        Factory::Sink { task, .. } => task(),
        _ => other(),
    });
    send(made, sink::export)
}
unsafe extern "C" fn new_transform(index: usize) -> WireResult<Object<TransformTable_Ref>> {
    let made = class(index).and_then(|factory| match factory {
        Factory::Transform(make) => make(),
        _ => other(),
    });
    send(made, transform::export)
}
unsafe extern "C" fn new_predicate(index: usize) -> WireResult<Object<PredicateTable_Ref>> {
    let made = class(index).and_then(|factory| match factory {
        Factory::Predicate(make) => make(),
        _ => other(),
    });
    send(made, transform::export_predicate)
}
unsafe extern "C" fn new_converter(index: usize) -> WireResult<Object<ConverterTable_Ref>> {
    let made = class(index).and_then(|factory| match factory {
        Factory::Converter(make) | Factory::HeaderConverter(make) => make(),
        _ => other(),
    });
    send(made, converter::export)
}
unsafe extern "C" fn new_config_provider(index: usize) -> WireResult<Object<ProviderTable_Ref>> {
    let made = class(index).and_then(|factory| match factory {
        Factory::ConfigProvider(make) => make(),
        _ => other(),
    });
    send(made, provider::export)
}
#[cfg(not(feature = "abi-test-older"))]
unsafe extern "C" fn extension(_name: Str<'_>) -> *const u8 {
    std::ptr::null()
}
#[cfg(feature = "abi-test-newer")]
unsafe extern "C" fn newer() -> bool {
    true
}
