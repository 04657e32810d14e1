//! Configuration: what a plugin accepts ([`ConfigDef`]) and what it was given ([`ConfigMap`]).

mod def;
mod info;
mod map;
mod parse;
mod validator;

pub use def::{ConfigDef, ConfigKey, ConfigType, DefaultValue, Importance, Width};
pub use info::{ConfigKeyInfo, ConfigValueInfo};
pub use map::ConfigMap;
pub use parse::{Config, ConfigValue, Secret};
pub use validator::Validator;
