//! The host's view of a loaded plugin: from the handshake to classes that look like built-in ones.

use std::fmt::Display;
use std::sync::Arc;

use abi_stable::StableAbi;
use abi_stable::abi_stability::abi_checking::{
    AbiInstability, AbiInstabilityErrors, CheckingGlobals, check_layout_compatibility_with_globals,
};
use abi_stable::library::{AbiHeader, AbiHeaderRef};
use abi_stable::type_layout::{TLFieldOrFunction, TypeLayout};
use serde::{Deserialize, Serialize};

use super::root::PluginModule_Ref;
use super::wire::receive;
use super::{connector, converter, host, provider, sink, source, transform};
use crate::api::{ClassKind, Factory, Host, PluginClass};
use crate::config::ConfigDef;
use crate::handshake::{AbiVersion, Handshake, MAGIC};
use crate::{Error, Result};

/// Why a loaded file is not a plugin of this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The symbol is there, but not what it should be.
    NotAPlugin,
    /// The version rule says no.
    Version {
        /// The plugin's own version.
        plugin: AbiVersion,
        /// The smallest minor number that it can do with.
        required_minor: u32,
    },
    /// A panic in it would end the process.
    PanicAborts,
    /// Its memory layouts are neither those of this host nor those of an older or newer release.
    Layout(String),
}

/// What [`Image::describe`] brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The text of the manifest section, as the plugin's code sees it.
    pub manifest: String,
    /// Its classes.
    pub classes: Vec<ClassDescription>,
}

/// All of a class but its code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassDescription {
    /// [`ClassKind::name`].
    pub kind: String,
    /// The fully qualified name.
    pub class: String,
    /// The version.
    pub version: String,
    /// What it does.
    pub documentation: String,
    /// What it accepts.
    pub config: ConfigDef,
}

impl From<&PluginClass> for ClassDescription {
    fn from(class: &PluginClass) -> Self {
        Self {
            kind: class.kind().name().to_owned(),
            class: class.class.clone(),
            version: class.version.clone(),
            documentation: class.documentation.clone(),
            config: class.config.clone(),
        }
    }
}

/// A plugin in this process, checked. Copies are the same plugin; it is never unloaded.
#[derive(Clone, Copy)]
pub struct Image {
    module: PluginModule_Ref,
}

impl Image {
    /// Checks a loaded plugin from its handshake on: magic, version rule, panic strategy, layouts in
    /// both directions.
    ///
    /// # Safety
    /// `handshake` is what the function [`crate::handshake::SYMBOL`] of a shared library returned,
    /// and that library stays loaded for ever.
    pub unsafe fn open(handshake: *const Handshake) -> Result<Self, Unfit> {
        // SAFETY: by the caller; the magic bytes and the size come first and never change.
        let Some(head) = (unsafe { handshake.as_ref() }) else { return Err(Unfit::NotAPlugin) };
        if head.magic != MAGIC || (head.size as usize) < size_of::<Handshake>() {
            return Err(Unfit::NotAPlugin);
        }
        if !AbiVersion::CURRENT.accepts(head.abi_major, head.required_minor) {
            let plugin = AbiVersion { major: head.abi_major, minor: head.abi_minor };
            return Err(Unfit::Version { plugin, required_minor: head.required_minor });
        }
        if head.unwinds != 1 {
            return Err(Unfit::PanicAborts);
        }
        let header = (head.root)().cast::<AbiHeader>();
        if header.is_null() {
            return Err(Unfit::NotAPlugin);
        }
        // SAFETY: with this major number the root is abi_stable's header, and a reference to it is all
        // that an `AbiHeaderRef` holds.
        let header: AbiHeaderRef = unsafe { std::mem::transmute::<*const AbiHeader, AbiHeaderRef>(header) };
        let header = header.upgrade().map_err(|e| Unfit::Layout(first_line(&e.to_string())))?;
        let layout = header.layout().ok_or_else(|| Unfit::Layout("it carries no layout".to_owned()))?;
        compatible(<PluginModule_Ref as StableAbi>::LAYOUT, layout).map_err(Unfit::Layout)?;
        // SAFETY: the layouts were compared just now.
        let module = unsafe { header.unchecked_layout::<PluginModule_Ref>() };
        Ok(Self { module: module.map_err(|_| Unfit::Layout("its root module cannot be made".to_owned()))? })
    }

    /// A plugin that is linked into this very process, called through the boundary all the same: to
    /// test and to measure. There is one such plugin per process.
    #[doc(hidden)]
    pub fn linked(plugin: &'static crate::plugin::Plugin) -> Self {
        crate::plugin::enter(plugin);
        Self { module: super::root::this_module() }
    }

    /// What the plugin says of itself and its classes. Runs the plugin's code.
    pub fn describe(self) -> Result<Description> {
        // SAFETY: a checked table.
        let text = receive(unsafe { self.module.describe()() })?;
        serde_json::from_str(&text)
            .map_err(|e| Error::fatal("the plugin's description of itself cannot be read").source(&e))
    }

    /// Gives the plugin the host's log. Call it once, before any object is made.
    pub fn start(self, host: Arc<dyn Host>) -> Result<()> {
        // SAFETY: a checked table.
        receive(unsafe { self.module.init()(host::export(host)) })
    }

    /// Whether the plugin's build has functions outside of the tables at all (since 1.1).
    #[cfg(not(feature = "abi-test-older"))]
    pub fn has_extensions(self) -> bool {
        self.module.extension().is_some()
    }

    /// Whether the plugin's build has what the next minor version may bring.
    #[cfg(feature = "abi-test-newer")]
    pub fn is_newer(self) -> bool {
        self.module.newer().is_some()
    }

    /// The classes, ready for use; `described` comes from [`Image::describe`]. A class of a kind that
    /// this host does not know is left out.
    pub fn classes(self, described: &[ClassDescription]) -> Vec<PluginClass> {
        let class = |(index, class): (usize, &ClassDescription)| {
            Some(PluginClass {
                class: class.class.clone(),
                version: class.version.clone(),
                documentation: class.documentation.clone(),
                config: class.config.clone(),
                factory: self.factory(ClassKind::from_name(&class.kind)?, index),
            })
        };
        described.iter().enumerate().filter_map(class).collect()
    }

    fn factory(self, kind: ClassKind, index: usize) -> Factory {
        let module = self.module;
        // SAFETY (all): a checked table; a wrong index or kind is an error.
        match kind {
            ClassKind::Source => Factory::Source {
                connector: self.connector(index),
                task: Arc::new(move || Ok(source::import(receive(unsafe { module.source_task()(index) })?))),
            },
            ClassKind::Sink => Factory::Sink {
                connector: self.connector(index),
                task: Arc::new(move || Ok(sink::import(receive(unsafe { module.sink_task()(index) })?))),
            },
            ClassKind::Transform => Factory::Transform(Arc::new(move || {
                Ok(transform::import(receive(unsafe { module.transform()(index) })?))
            })),
            ClassKind::Predicate => Factory::Predicate(Arc::new(move || {
                Ok(transform::import_predicate(receive(unsafe { module.predicate()(index) })?))
            })),
            ClassKind::Converter => Factory::Converter(self.converter(index)),
            ClassKind::HeaderConverter => Factory::HeaderConverter(self.converter(index)),
            ClassKind::ConfigProvider => Factory::ConfigProvider(Arc::new(move || {
                Ok(provider::import(receive(unsafe { module.config_provider()(index) })?))
            })),
        }
    }
    fn connector(self, index: usize) -> crate::api::Make<dyn crate::api::Connector> {
        // SAFETY: as above.
        Arc::new(move || Ok(connector::import(receive(unsafe { self.module.connector()(index) })?)))
    }
    fn converter(self, index: usize) -> crate::api::Make<dyn crate::api::Converter> {
        // SAFETY: as above.
        Arc::new(move || Ok(converter::import(receive(unsafe { self.module.converter()(index) })?)))
    }
}

/// Whether a plugin of layout `plugin` fits a host of layout `host`: the same, or one is the other
/// with items appended. abi_stable's own check only goes one way and refuses older plugins.
pub(super) fn compatible(host: &'static TypeLayout, plugin: &'static TypeLayout) -> Result<(), String> {
    let check = |interface, implementation| {
        // Fresh globals: what one plugin looks like has no bearing on the next.
        check_layout_compatibility_with_globals(interface, implementation, &CheckingGlobals::new())
    };
    match check(host, plugin) {
        Ok(()) => Ok(()),
        Err(newer) => check(plugin, host).map_err(|_| difference(&newer)),
    }
}

/// The first difference, in a line: abi_stable's own text has many pages.
fn difference(errors: &AbiInstabilityErrors) -> String {
    let Some(first) = errors.errors.iter().find(|error| !error.errs.is_empty()) else {
        return "unknown".to_owned();
    };
    let mut place: Vec<&str> = Vec::new();
    for step in &first.stack_trace {
        let name = match &step.expected {
            TLFieldOrFunction::Field(field) => field.name(),
            TLFieldOrFunction::Function(function) => function.name.as_str(),
        };
        // Fields without a name of their own say nothing.
        let says = name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.starts_with("field_");
        if says && place.last() != Some(&name) {
            place.push(name);
        }
    }
    let expected_found = |what: &str, expected: &dyn Display, found: &dyn Display| {
        format!("{what} {found} instead of {expected}")
    };
    let what = match &first.errs[0] {
        AbiInstability::Name(v) => expected_found("type", &v.expected, &v.found),
        AbiInstability::Package(v) => expected_found("package", &v.expected, &v.found),
        AbiInstability::PackageVersion(v) => expected_found("version", &v.expected, &v.found),
        AbiInstability::Size(v) => expected_found("size", &v.expected, &v.found),
        AbiInstability::Alignment(v) => expected_found("alignment", &v.expected, &v.found),
        AbiInstability::FieldCountMismatch(v) => expected_found("number of fields", &v.expected, &v.found),
        AbiInstability::MismatchedPrefixSize(v) => expected_found("number of fields", &v.expected, &v.found),
        AbiInstability::TooManyVariants(v) => expected_found("number of variants", &v.expected, &v.found),
        AbiInstability::UnexpectedField(v) => expected_found("field", &v.expected.name(), &v.found.name()),
        other => {
            let debug = format!("{other:?}");
            debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
        }
    };
    format!("{what} at {}", if place.is_empty() { "the root".to_owned() } else { place.join(".") })
}

fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("unknown").to_owned()
}

/// The layout of everything that crosses the boundary: what `abi.lock` holds as text.
#[cfg(test)]
pub(super) const LAYOUT: &TypeLayout = <PluginModule_Ref as StableAbi>::LAYOUT;
