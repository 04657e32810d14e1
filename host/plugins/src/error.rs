//! Why a name does not lead to a class, in Connect's words.

use ferry_plugin_abi::api::ClassKind;

use crate::registry::PluginInfo;
use crate::version::InvalidRange;
use crate::{Refusal, alias};

/// Why a name does not lead to a class. The `Display` is what REST answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolveError {
    /// No class has this name or alias.
    NotFound {
        /// What was looked for, as Connect's interface name: `Connector`, `Converter`.
        interface: &'static str,
        /// The name.
        name: String,
        /// What there is.
        available: Vec<PluginInfo>,
        /// Files that may hold it but are refused.
        refused: Vec<Refusal>,
    },
    /// Several classes have this alias.
    Ambiguous {
        /// The alias.
        name: String,
        /// The classes.
        found: Vec<PluginInfo>,
    },
    /// No version of the class is allowed.
    Version {
        /// The class.
        class: String,
        /// The range.
        range: String,
        /// The versions there are, oldest first.
        available: Vec<String>,
    },
    /// The version range cannot be read.
    InvalidVersion(InvalidRange),
    /// The file is there, but does not load.
    Refused(Refusal),
}

impl ResolveError {
    pub(crate) fn interface(kind: ClassKind) -> &'static str {
        match kind {
            ClassKind::Source | ClassKind::Sink => "Connector",
            other => other.suffix(),
        }
    }
}

impl std::fmt::Display for ResolveError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound { interface, name, available, refused } => {
                write!(
                    f,
                    "Failed to find any class that implements {interface} and which name matches {name}, available {}s are: {}",
                    interface[..1].to_lowercase() + &interface[1..],
                    descriptions(available)
                )?;
                // Beyond Connect: the class may well be there, in a file that is not used.
                for refusal in refused {
                    write!(f, "; {refusal}")?;
                }
                Ok(())
            }
            Self::Ambiguous { name, found } => write!(
                f,
                "More than one connector matches alias {name}. Please use full package and class name instead. \
                 Classes found: {}",
                descriptions(found)
            ),
            Self::Version { class, range, available } => write!(
                f,
                "Plugin {class} not found that matches the version range {range}, available versions: [{}]",
                available.join(", ")
            ),
            Self::InvalidVersion(error) => error.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}
impl std::error::Error for ResolveError {}

/// `PluginDesc.toString`, joined.
fn descriptions(plugins: &[PluginInfo]) -> String {
    let one = |p: &PluginInfo| {
        let (class, version, location) = (&p.class, &p.version, &p.location);
        let kind = p.kind.name();
        format!(
            "PluginDesc{{klass=class {class}, name='{class}', version='{version}', encodedVersion={version}, \
             type={kind}, typeName='{kind}', location='{location}'}}"
        )
    };
    plugins.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Whether a connector's simple name is `name` or `name` with `Connector` behind it.
pub(crate) fn matches_simple(class: &str, name: &str) -> bool {
    let simple = alias::simple_name(class);
    simple == name || simple.strip_suffix("Connector") == Some(name)
}
