//! What a plugin's macro expands to. For the SDK, not for authors.
//!
//! [`export_plugin!`](crate::export_plugin) puts the manifest into its section and exports the one
//! symbol of [`crate::handshake`]; the rest of the boundary is reached through it.

use std::sync::{Arc, OnceLock};

use crate::api::{Host, PluginClass};
pub use crate::guard::current_host;
pub use crate::handshake::Handshake;
use crate::handshake::{ABI_MAJOR, ABI_MINOR, MAGIC, RUSTC, TARGET};
pub use crate::manifest::Identity;
use crate::raw::Str;

/// A plugin as its own code knows it.
pub struct Plugin {
    /// The text of the manifest section.
    pub manifest: &'static str,
    /// Its classes.
    pub classes: fn() -> Vec<PluginClass>,
    /// Called once, when the host is known.
    pub init: fn(),
}

static PLUGIN: OnceLock<&'static Plugin> = OnceLock::new();
static HOST: OnceLock<Arc<dyn Host>> = OnceLock::new();

/// The plugin that this image holds.
pub(crate) fn this() -> Option<&'static Plugin> {
    PLUGIN.get().copied()
}

/// The host's side that belongs to the whole plugin: only its log leads anywhere. `None` before the
/// host called, and in classes that are linked into the host.
pub fn host() -> Option<Arc<dyn Host>> {
    HOST.get().cloned()
}

/// Called once by the host.
pub(crate) fn start(plugin: &Plugin, host: Arc<dyn Host>) {
    crate::guard::install_hook();
    if HOST.set(host).is_ok() {
        (plugin.init)();
    }
}

/// Notes which plugin this image holds; every call of the exported symbol comes here first.
#[doc(hidden)]
pub fn enter(plugin: &'static Plugin) {
    PLUGIN.get_or_init(|| plugin);
}

impl Handshake {
    /// That of a plugin which this crate is built into.
    #[doc(hidden)]
    pub const fn of(identity: &Identity) -> Self {
        Self {
            magic: MAGIC,
            size: size_of::<Self>() as u32,
            abi_major: ABI_MAJOR,
            abi_minor: ABI_MINOR,
            required_minor: identity.required_minor(),
            unwinds: identity.unwinds as u32,
            reserved: 0,
            sdk: Str::new(identity.sdk),
            rustc: Str::new(RUSTC),
            triple: Str::new(TARGET),
            root: crate::vtable::root,
        }
    }
}

/// Makes the crate a plugin: `classes` is a `fn() -> Vec<PluginClass>`, `list` says the same to those
/// who only read the file. Once per `.so`.
///
/// ```text
/// ferry_plugin_abi::export_plugin! {
///     classes: classes,
///     list: [(source, "org.example.FooSource"), (sink, "org.example.FooSink")],
///     // optional, in this order:
///     owner: "example",            // default: empty
///     init: start_logging,         // fn(), called once when the host is known
///     sdk: "0.1.0",                // default: the version of this crate
/// }
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! export_plugin {
    (
        classes: $classes:path,
        list: [$(($kind:ident, $class:expr)),* $(,)?]
        $(, owner: $owner:expr)?
        $(, init: $init:path)?
        $(, sdk: $sdk:expr)?
        $(,)?
    ) => {
        #[allow(unsafe_code)]
        const _: () = {
            const IDENTITY: $crate::plugin::Identity = $crate::plugin::Identity {
                name: env!("CARGO_PKG_NAME"),
                owner: $crate::__first!($($owner,)? "",),
                version: env!("CARGO_PKG_VERSION"),
                description: env!("CARGO_PKG_DESCRIPTION"),
                license: env!("CARGO_PKG_LICENSE"),
                documentation: env!("CARGO_PKG_HOMEPAGE"),
                sdk: $crate::__first!($($sdk,)? $crate::VERSION,),
                unwinds: cfg!(panic = "unwind"),
                classes: &[$(($crate::__kind!($kind), $class)),*],
            };
            #[used]
            #[unsafe(link_section = ".ferry.manifest")]
            static MANIFEST: [u8; IDENTITY.len()] = IDENTITY.text();
            fn no_init() {}
            static PLUGIN: $crate::plugin::Plugin = $crate::plugin::Plugin {
                manifest: match ::core::str::from_utf8(&MANIFEST) {
                    Ok(text) => text,
                    Err(_) => panic!("a manifest is text"),
                },
                classes: $classes,
                init: $crate::__first!($($init,)? no_init,),
            };
            static HANDSHAKE: $crate::plugin::Handshake = $crate::plugin::Handshake::of(&IDENTITY);
            #[unsafe(no_mangle)]
            extern "C" fn ferry_plugin_handshake() -> *const $crate::plugin::Handshake {
                $crate::plugin::enter(&PLUGIN);
                &HANDSHAKE
            }
        };
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! __first {
    ($first:expr, $($rest:expr,)*) => {
        $first
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! __kind {
    (source) => {
        $crate::api::ClassKind::Source
    };
    (sink) => {
        $crate::api::ClassKind::Sink
    };
    (transform) => {
        $crate::api::ClassKind::Transform
    };
    (predicate) => {
        $crate::api::ClassKind::Predicate
    };
    (converter) => {
        $crate::api::ClassKind::Converter
    };
    (header_converter) => {
        $crate::api::ClassKind::HeaderConverter
    };
    (config_provider) => {
        $crate::api::ClassKind::ConfigProvider
    };
}
