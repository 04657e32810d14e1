//! A class: what a configuration names and the host makes objects of.

use std::sync::Arc;

use super::{ConfigProvider, Connector, Converter, Predicate, SinkTask, SourceTask, Transform};
use crate::Result;
use crate::config::ConfigDef;

/// The kinds of plugin classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ClassKind {
    /// `SinkConnector`
    Sink = 0,
    /// `SourceConnector`
    Source = 1,
    /// `Transformation`
    Transform = 2,
    /// `Predicate`
    Predicate = 3,
    /// `Converter`
    Converter = 4,
    /// `HeaderConverter`
    HeaderConverter = 5,
    /// `ConfigProvider`
    ConfigProvider = 6,
}

impl ClassKind {
    /// All kinds, in the order in which REST lists them.
    pub const ALL: [Self; 7] = [
        Self::Sink,
        Self::Source,
        Self::Transform,
        Self::Predicate,
        Self::Converter,
        Self::HeaderConverter,
        Self::ConfigProvider,
    ];
    /// The name REST uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sink => "sink",
            Self::Source => "source",
            Self::Transform => "transformation",
            Self::Predicate => "predicate",
            Self::Converter => "converter",
            Self::HeaderConverter => "header_converter",
            Self::ConfigProvider => "configprovider",
        }
    }
    /// The minor version of the boundary that brought this kind.
    pub const fn since_minor(self) -> u32 {
        match self {
            Self::Sink
            | Self::Source
            | Self::Transform
            | Self::Predicate
            | Self::Converter
            | Self::HeaderConverter
            | Self::ConfigProvider => 0,
        }
    }
    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }
    /// What an alias leaves off the end of a simple class name (`PluginUtils.prunedName`).
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Sink | Self::Source => "Connector",
            Self::Transform => "Transformation",
            Self::Predicate => "Predicate",
            Self::Converter => "Converter",
            Self::HeaderConverter => "HeaderConverter",
            Self::ConfigProvider => "ConfigProvider",
        }
    }
}

/// Makes one object; fails if the constructor does.
pub type Make<T> = Arc<dyn Fn() -> Result<Box<T>> + Send + Sync>;

/// How to make objects of a class.
#[derive(Clone)]
pub enum Factory {
    /// A source: its connector and its tasks.
    Source {
        /// The connector.
        connector: Make<dyn Connector>,
        /// A task.
        task: Make<dyn SourceTask>,
    },
    /// A sink: its connector and its tasks.
    Sink {
        /// The connector.
        connector: Make<dyn Connector>,
        /// A task.
        task: Make<dyn SinkTask>,
    },
    /// A transform.
    Transform(Make<dyn Transform>),
    /// A predicate.
    Predicate(Make<dyn Predicate>),
    /// A converter.
    Converter(Make<dyn Converter>),
    /// A header converter.
    HeaderConverter(Make<dyn Converter>),
    /// A config provider.
    ConfigProvider(Make<dyn ConfigProvider>),
}

impl Factory {
    /// What it makes.
    pub fn kind(&self) -> ClassKind {
        match self {
            Self::Source { .. } => ClassKind::Source,
            Self::Sink { .. } => ClassKind::Sink,
            Self::Transform(_) => ClassKind::Transform,
            Self::Predicate(_) => ClassKind::Predicate,
            Self::Converter(_) => ClassKind::Converter,
            Self::HeaderConverter(_) => ClassKind::HeaderConverter,
            Self::ConfigProvider(_) => ClassKind::ConfigProvider,
        }
    }
}

/// One class of a plugin.
#[derive(Clone)]
pub struct PluginClass {
    /// Its fully qualified name, a Java one if Connect has the class; what configurations name.
    pub class: String,
    /// Its version.
    pub version: String,
    /// What it does, in a sentence.
    pub documentation: String,
    /// What it accepts.
    pub config: ConfigDef,
    /// How to make objects of it.
    pub factory: Factory,
}

impl PluginClass {
    /// Its kind.
    pub fn kind(&self) -> ClassKind {
        self.factory.kind()
    }
}

impl std::fmt::Debug for PluginClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.kind().name(), self.class, self.version)
    }
}
