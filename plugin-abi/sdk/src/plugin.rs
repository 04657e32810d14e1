//! The macro that makes a crate a plugin.

/// Makes the crate a plugin of the listed classes. Once per library.
///
/// Each entry is a kind, the class name that configurations use, and the type. For `source` and
/// `sink` that is a [`Source`](crate::Source) or a [`Sink`](crate::Sink), optionally followed by
/// `{ connector: C }` for a [`Connector`](crate::api::Connector) of its own. For `transform`, `predicate`,
/// `converter`, `header_converter` and `config_provider` it is a type with the trait of that name in
/// [`crate::api`], made by `Default`, optionally followed by `{ config: def(), doc: "What it does." }`.
///
/// ```
/// # use ferry_sdk::prelude::*;
/// # #[derive(Default)] struct Upper;
/// # impl Transform for Upper {
/// #     fn configure(&mut self, _: &ConfigMap) -> Result<()> { Ok(()) }
/// #     fn apply<'a>(&mut self, _: &mut Record<'a>, _: &'a Arena) -> Result<Outcome> { Ok(Outcome::Keep) }
/// # }
/// # struct Null;
/// # impl Sink for Null {
/// #     type Config = ();
/// #     fn start(_: (), _: &ferry_sdk::api::SinkContext) -> Result<Self> { Ok(Self) }
/// #     fn put(&mut self, _: &ferry_sdk::api::SinkContext, _: Batch) -> Result<()> { Ok(()) }
/// # }
/// ferry_sdk::plugin! {
///     owner: "example",
///     sink "org.example.NullSink" => Null,
///     transform "org.example.Upper" => Upper { doc: "Shouts." },
/// }
/// # fn main() { assert_eq!(classes().len(), 2); }
/// ```
///
/// It defines `pub fn classes() -> Vec<PluginClass>`, for tests and for linking the plugin into a host, and
/// exports the one symbol that a host looks for.
#[macro_export]
macro_rules! plugin {
    (owner: $owner:expr, $($entries:tt)+) => {
        $crate::__plugin! { [owner: $owner,] $($entries)+ }
    };
    ($($entries:tt)+) => {
        $crate::__plugin! { [] $($entries)+ }
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! __plugin {
    (
        [$($owner:tt)*]
        $($kind:ident $class:literal => $type:ty $({ $($options:tt)* })?),+ $(,)?
    ) => {
        /// The classes of this plugin.
        pub fn classes() -> ::std::vec::Vec<$crate::api::PluginClass> {
            ::std::vec![$($crate::__class!($kind $class, $type, { $($($options)*)? })),+]
        }
        $crate::abi::export_plugin! {
            classes: classes,
            list: [$(($kind, $class)),+],
            $($owner)*
            init: $crate::log::install,
            sdk: $crate::VERSION
        }
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! __class {
    (source $class:literal, $type:ty, {}) => {
        $crate::source_class::<$type, $crate::SourceConnector<$type>>($class, env!("CARGO_PKG_VERSION"))
    };
    (source $class:literal, $type:ty, { connector: $connector:ty $(,)? }) => {
        $crate::source_class::<$type, $connector>($class, env!("CARGO_PKG_VERSION"))
    };
    (sink $class:literal, $type:ty, {}) => {
        $crate::sink_class::<$type, $crate::SinkConnector<$type>>($class, env!("CARGO_PKG_VERSION"))
    };
    (sink $class:literal, $type:ty, { connector: $connector:ty $(,)? }) => {
        $crate::sink_class::<$type, $connector>($class, env!("CARGO_PKG_VERSION"))
    };
    (transform $($rest:tt)*) => { $crate::__other!(Transform $($rest)*) };
    (predicate $($rest:tt)*) => { $crate::__other!(Predicate $($rest)*) };
    (converter $($rest:tt)*) => { $crate::__other!(Converter $($rest)*) };
    (header_converter $($rest:tt)*) => { $crate::__other!(HeaderConverter $($rest)*) };
    (config_provider $($rest:tt)*) => { $crate::__other!(ConfigProvider $($rest)*) };
    ($kind:ident $($rest:tt)*) => {
        compile_error!(concat!(
            "`", stringify!($kind), "` is no kind of plugin class, or has options that do not fit; the kinds are source, \
             sink, transform, predicate, converter, header_converter and config_provider"
        ))
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! __other {
    ($kind:ident $class:literal, $type:ty, { $($option:ident : $value:expr),* $(,)? }) => {{
        #[allow(unused_mut)]
        let mut class = $crate::api::PluginClass {
            class: ::std::string::String::from($class),
            version: ::std::string::String::from(env!("CARGO_PKG_VERSION")),
            documentation: ::std::string::String::from(env!("CARGO_PKG_DESCRIPTION")),
            config: $crate::config::ConfigDef::new(),
            factory: $crate::api::Factory::$kind(::std::sync::Arc::new(|| {
                Ok(::std::boxed::Box::new(<$type as ::std::default::Default>::default()))
            })),
        };
        $($crate::__option!(class $option $value);)*
        class
    }};
}

#[macro_export]
#[doc(hidden)]
macro_rules! __option {
    ($class:ident config $value:expr) => {
        $class.config = $value
    };
    ($class:ident doc $value:expr) => {
        $class.documentation = ::std::string::String::from($value)
    };
}
