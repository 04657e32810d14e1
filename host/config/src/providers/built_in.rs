//! The three providers that come with Kafka, as classes of the registry.

use std::sync::Arc;

use ferry_plugin_abi::api::{ConfigProvider, Factory, PluginClass};
use ferry_plugin_abi::config::{ConfigDef, ConfigKey, ConfigType, Importance};

use super::{DirectoryProvider, EnvVarProvider, FileProvider};

const PACKAGE: &str = "org.apache.kafka.common.config.provider.";

/// `FileConfigProvider`, `DirectoryConfigProvider` and `EnvVarConfigProvider`.
pub fn classes() -> Vec<PluginClass> {
    let paths = || {
        parameter(
            "allowed.paths",
            "A comma separated list of paths that this config provider is allowed to access. If not set, all paths are allowed.",
        )
    };
    vec![
        class("File", "Keys of Java properties files.", paths(), || Box::new(FileProvider::default())),
        class("Directory", "Files of a directory.", paths(), || Box::new(DirectoryProvider::default())),
        class(
            "EnvVar",
            "The environment of the worker.",
            parameter(
                "allowlist.pattern",
                "A pattern / regular expression that needs to match for environment variables to be used by this config \
                 provider.",
            ),
            || Box::new(EnvVarProvider::new(std::env::vars_os())),
        ),
    ]
}

/// One of [`classes`] by its full name or an alias, for who has no registry.
pub fn built_in(name: &str) -> Option<Arc<PluginClass>> {
    let short = name.strip_prefix(PACKAGE).unwrap_or(name);
    let short = short.strip_suffix("ConfigProvider").unwrap_or(short);
    let full = format!("{PACKAGE}{short}ConfigProvider");
    classes().into_iter().find(|class| class.class == full).map(Arc::new)
}

fn parameter(name: &str, documentation: &str) -> ConfigDef {
    ConfigDef::new()
        .define(ConfigKey::new(name, ConfigType::String, Importance::Low, documentation).or_null())
}

fn class(
    name: &str,
    documentation: &str,
    config: ConfigDef,
    make: impl Fn() -> Box<dyn ConfigProvider> + Send + Sync + 'static,
) -> PluginClass {
    PluginClass {
        class: format!("{PACKAGE}{name}ConfigProvider"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        documentation: documentation.to_owned(),
        config,
        factory: Factory::ConfigProvider(Arc::new(move || Ok(make()))),
    }
}
