//! How a converter becomes plugin classes.

use std::sync::Arc;

use ferry_sdk::Result;
use ferry_sdk::api::{Converter, Factory, Make, PluginClass, Role};
use ferry_sdk::config::{ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};

/// `converter.type`, which every converter has (`ConverterConfig`).
pub fn converter_type() -> ConfigKey {
    let roles = [Role::Key, Role::Value, Role::Header].map(|r| r.name().to_owned()).to_vec();
    ConfigKey::new("converter.type", ConfigType::String, Importance::Low, "How this converter will be used.")
        .valid(Validator::OneOf(roles))
}

/// A definition of `converter.type` alone.
pub fn type_only() -> ConfigDef {
    ConfigDef::new().define(converter_type())
}

/// Parses `config`, with `converter.type` set as the framework sets it.
pub fn parse(def: &ConfigDef, config: &ConfigMap, role: Role) -> Result<ferry_sdk::config::Config> {
    let mut config = config.clone();
    config.insert("converter.type", role.name());
    ferry_sdk::config::Config::parse(def, &config)
}

fn class(class: String, documentation: &str, config: ConfigDef, factory: Factory) -> PluginClass {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    PluginClass { class, version, documentation: documentation.to_owned(), config, factory }
}

fn maker<C: Converter + 'static>(make: impl Fn() -> C + Send + Sync + 'static) -> Make<dyn Converter> {
    Arc::new(move || Ok(Box::new(make()) as Box<dyn Converter>))
}

/// Adds a class that is both a converter and a header converter.
pub fn both<C: Converter + 'static>(
    classes: &mut Vec<PluginClass>,
    name: String,
    documentation: &str,
    config: ConfigDef,
    make: impl Fn() -> C + Send + Sync + 'static,
) {
    let make = maker(make);
    classes.push(class(name.clone(), documentation, config.clone(), Factory::Converter(make.clone())));
    classes.push(class(name, documentation, config, Factory::HeaderConverter(make)));
}

/// Adds a class that is a header converter only.
pub fn header_only<C: Converter + 'static>(
    classes: &mut Vec<PluginClass>,
    name: String,
    documentation: &str,
    make: impl Fn() -> C + Send + Sync + 'static,
) {
    classes.push(class(name, documentation, ConfigDef::new(), Factory::HeaderConverter(maker(make))));
}
