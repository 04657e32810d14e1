//! Typed configuration: what `derive(Config)` makes.

use std::time::Duration;

use ferry_plugin_abi::config::{
    Config as Parsed, ConfigDef, ConfigKey, ConfigMap, ConfigType, ConfigValue, Secret, Validator,
};

use crate::Result;

/// The configuration of a plugin class as a struct; derive it.
///
/// Each field is a key: `batch_size` is `batch.size`, its doc comment is the key's documentation, its type
/// says how it is parsed ([`Setting`]); `Option` fields may be left out. `#[config(…)]` says the rest:
///
/// | attribute | meaning |
/// |---|---|
/// | `name = "a.b"` | another key |
/// | `default = 10` | what holds if the user says nothing |
/// | `range(1..)`, `range(1..=10)` | smallest and largest number |
/// | `one_of("a", "b")` | the only texts allowed |
/// | `non_empty` | not the empty text |
/// | `importance = high` | `high`, `medium`, `low`; else high if required, medium if not |
/// | `group = "Connection"` | shown in this group, in order |
/// | `order = 3`, `width = short`, `display = "Name"` | how user interfaces show it |
/// | `dependents("a.b")` | keys that depend on its value |
/// | `class` | a text that names a plugin class |
///
/// An attribute that is not in this table does not compile:
///
/// ```compile_fail
/// #[derive(ferry_sdk::Config)]
/// struct Settings {
///     /// A topic.
///     #[config(defalt = "x")]
///     topic: String,
/// }
/// ```
///
/// A key without a default whose type is no `Option` is required. The struct's own doc comment is the
/// plugin's description.
pub trait Config: Sized + Send + 'static {
    /// The doc comment of the struct.
    const DOC: &'static str;
    /// The keys, in the order of the fields.
    fn def() -> ConfigDef;
    /// Takes the fields from parsed values.
    fn read(parsed: &Parsed) -> Result<Self>;
    /// Parses and checks what the user wrote; errors are Kafka's sentences.
    fn parse(given: &ConfigMap) -> Result<Self> {
        Self::read(&Parsed::parse(&Self::def(), given)?)
    }
}

/// No configuration at all.
impl Config for () {
    const DOC: &'static str = "";
    fn def() -> ConfigDef {
        ConfigDef::new()
    }
    fn read(_: &Parsed) -> Result<Self> {
        Ok(())
    }
}

/// A type that a field of a [`Config`] may have.
pub trait Setting: Sized {
    /// How the text is parsed.
    const TYPE: ConfigType;
    /// Adds what the type itself demands: narrow integers have ranges, an `Option` may be left out.
    fn prepare(key: ConfigKey) -> ConfigKey {
        key
    }
    /// The value; `None` if it is null or of another type.
    fn read(value: &ConfigValue) -> Option<Self>;
}

macro_rules! setting {
    ($($type:ty, $kind:ident, $variant:ident;)*) => { $(
        impl Setting for $type {
            const TYPE: ConfigType = ConfigType::$kind;
            fn read(value: &ConfigValue) -> Option<Self> {
                match value {
                    ConfigValue::$variant(value) => Some(value.clone()),
                    _ => None,
                }
            }
        }
    )* };
}
setting! {
    bool, Boolean, Boolean;
    i16, Short, Short;
    i32, Int, Int;
    i64, Long, Long;
    f64, Double, Double;
    Vec<String>, List, List;
    Secret, Password, Password;
}

impl Setting for String {
    const TYPE: ConfigType = ConfigType::String;
    fn read(value: &ConfigValue) -> Option<Self> {
        match value {
            ConfigValue::String(value) | ConfigValue::Class(value) => Some(value.clone()),
            _ => None,
        }
    }
}

macro_rules! unsigned {
    ($($type:ty, $kind:ident, $max:expr;)*) => { $(
        impl Setting for $type {
            const TYPE: ConfigType = ConfigType::$kind;
            fn prepare(key: ConfigKey) -> ConfigKey {
                key.valid(Validator::Range { min: Some(0.0), max: $max })
            }
            fn read(value: &ConfigValue) -> Option<Self> {
                match value {
                    ConfigValue::Int(value) => Self::try_from(*value).ok(),
                    ConfigValue::Long(value) => Self::try_from(*value).ok(),
                    _ => None,
                }
            }
        }
    )* };
}
unsigned! {
    u8, Int, Some(255.0);
    u16, Int, Some(65535.0);
    u32, Long, Some(4_294_967_295.0);
    u64, Long, None;
    usize, Long, None;
}

/// Milliseconds.
impl Setting for Duration {
    const TYPE: ConfigType = ConfigType::Long;
    fn prepare(key: ConfigKey) -> ConfigKey {
        key.valid(Validator::Range { min: Some(0.0), max: None })
    }
    fn read(value: &ConfigValue) -> Option<Self> {
        u64::read(value).map(Self::from_millis)
    }
}

impl<T: Setting> Setting for Option<T> {
    const TYPE: ConfigType = T::TYPE;
    fn prepare(key: ConfigKey) -> ConfigKey {
        let mut key = T::prepare(key).or_null();
        // A rule for values does not bind null.
        key.validator = None;
        key
    }
    fn read(value: &ConfigValue) -> Option<Self> {
        match value {
            ConfigValue::Null => Some(None),
            value => T::read(value).map(Some),
        }
    }
}

/// For the derived code: a key whose order in its group counts up.
#[doc(hidden)]
pub fn place(def: &ConfigDef, mut key: ConfigKey) -> ConfigKey {
    if key.order < 0 && key.group.is_some() {
        let others = def.keys().iter().filter(|k| k.group == key.group);
        key.order = others.map(|k| k.order + 1).max().unwrap_or(0);
    }
    key
}
