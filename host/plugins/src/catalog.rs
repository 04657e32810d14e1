//! All classes that are known at one moment, by name, alias and version.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ferry_plugin_abi::api::{ClassKind, PluginClass};

use crate::error::matches_simple;
use crate::registry::{PluginFile, PluginInfo};
use crate::version::{Version, VersionRange};
use crate::{Refusal, ResolveError, alias};

/// The location of classes that are linked into the worker, as Connect calls it.
pub(crate) const CLASS_PATH: &str = "classpath";

/// Where the code of a class is.
#[derive(Clone)]
pub(crate) enum Origin {
    BuiltIn(Arc<PluginClass>),
    File {
        file: Arc<PluginFile>,
        /// Which of the file's classes.
        index: usize,
    },
}

#[derive(Clone)]
pub(crate) struct Entry {
    pub info: PluginInfo,
    pub version: Version,
    pub origin: Origin,
}

/// What one file holds, as found.
pub(crate) struct Found {
    pub location: PathBuf,
    pub file: Arc<PluginFile>,
    pub inspection: crate::Inspection,
}

/// All classes at one moment, in Connect's order.
#[derive(Default)]
pub(crate) struct Catalog {
    entries: Vec<Entry>,
    aliases: BTreeMap<String, String>,
    ambiguous: BTreeMap<String, Vec<String>>,
    pub refusals: Vec<Refusal>,
}

/// Which kinds a lookup may find.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    Kind(ClassKind),
    Connector,
    Any,
}

impl Wanted {
    fn allows(self, kind: ClassKind) -> bool {
        match self {
            Self::Kind(wanted) => wanted == kind,
            Self::Connector => matches!(kind, ClassKind::Source | ClassKind::Sink),
            Self::Any => true,
        }
    }
    fn is_connector(self) -> bool {
        matches!(self, Self::Connector | Self::Kind(ClassKind::Source | ClassKind::Sink))
    }
    fn interface(self) -> &'static str {
        match self {
            Self::Kind(kind) => ResolveError::interface(kind),
            Self::Connector => "Connector",
            Self::Any => "Plugin",
        }
    }
}

impl Catalog {
    pub(crate) fn new(built_in: &[Arc<PluginClass>], found: &[Found], refusals: Vec<Refusal>) -> Self {
        let mut entries: Vec<Entry> = built_in
            .iter()
            .map(|class| {
                let origin = Origin::BuiltIn(class.clone());
                entry(class.kind(), &class.class, &class.version, CLASS_PATH.to_owned(), origin)
            })
            .collect();
        for Found { location, file, inspection } in found {
            for (index, class) in inspection.classes.iter().enumerate() {
                // A kind that a later version of the boundary brought: this host has no use for it.
                let Some(kind) = ClassKind::from_name(&class.kind) else { continue };
                let origin = Origin::File { file: file.clone(), index };
                entries.push(entry(
                    kind,
                    &class.class,
                    &class.version,
                    location.display().to_string(),
                    origin,
                ));
            }
        }
        entries.sort_by(|a, b| {
            let key = |e: &Entry| (e.info.kind, e.info.class.clone());
            (key(a).cmp(&key(b)))
                .then_with(|| a.version.cmp(&b.version))
                .then_with(|| (a.info.location != CLASS_PATH).cmp(&(b.info.location != CLASS_PATH)))
                .then_with(|| a.info.location.cmp(&b.info.location))
        });
        let (aliases, ambiguous) =
            alias::aliases(entries.iter().map(|e| (e.info.kind, e.info.class.as_str())));
        Self { entries, aliases, ambiguous, refusals }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }
    /// Aliases that mean several classes, and so none.
    pub(crate) fn ambiguous(&self) -> &BTreeMap<String, Vec<String>> {
        &self.ambiguous
    }
    /// The aliases of `class`.
    pub(crate) fn aliases_of(&self, class: &str) -> Vec<&str> {
        self.aliases.iter().filter(|(_, c)| *c == class).map(|(a, _)| a.as_str()).collect()
    }

    /// Where the connector of this class and version is.
    pub(crate) fn location(&self, connector: &PluginClass) -> Option<&str> {
        let same = |e: &&Entry| {
            (e.info.kind, &e.info.class, &e.info.version)
                == (connector.kind(), &connector.class, &connector.version)
        };
        self.entries.iter().find(same).map(|e| e.info.location.as_str()).filter(|at| *at != CLASS_PATH)
    }

    /// The newest allowed version of the class that `name` means (`Plugins.newConnector`,
    /// `DelegatingClassLoader.loadVersionedPluginClass`), or the one in the location `beside`: what a connector
    /// brings along is what it was made for.
    pub(crate) fn find(
        &self,
        wanted: Wanted,
        name: &str,
        range: Option<&VersionRange>,
        beside: Option<&str>,
    ) -> Result<&Entry, ResolveError> {
        let of_class = |class: &str| -> Vec<&Entry> {
            self.entries.iter().filter(|e| e.info.class == class && wanted.allows(e.info.kind)).collect()
        };
        let mut entries = of_class(name);
        if entries.is_empty()
            && let Some(class) = self.aliases.get(name)
        {
            entries = of_class(class);
        }
        if entries.is_empty() && wanted.is_connector() {
            entries = self.scan_for_connector(wanted, name)?;
        }
        let Some(first) = entries.first() else { return Err(self.not_found(wanted, name)) };
        let allowed = |entry: &&&Entry| range.is_none_or(|range| range.contains(&entry.version));
        let neighbour = |entry: &&&Entry| beside == Some(entry.info.location.as_str());
        if let Some(entry) = entries.iter().filter(allowed).find(neighbour) {
            return Ok(entry);
        }
        // Same place in Connect's order: the later of equals is the one its loader map keeps.
        match entries.iter().filter(allowed).max_by(|a, b| a.version.cmp(&b.version)) {
            Some(entry) => Ok(entry),
            None => {
                let mut available: Vec<String> = entries.iter().map(|e| e.info.version.clone()).collect();
                available.dedup();
                Err(ResolveError::Version {
                    class: first.info.class.clone(),
                    range: range.map(ToString::to_string).unwrap_or_default(),
                    available,
                })
            }
        }
    }

    /// Connectors whose alias was dropped may still be meant: by another kind's class, say.
    fn scan_for_connector(&self, wanted: Wanted, name: &str) -> Result<Vec<&Entry>, ResolveError> {
        let connectors = self.entries.iter().filter(|e| wanted.allows(e.info.kind));
        let found: Vec<&Entry> = connectors.filter(|e| matches_simple(&e.info.class, name)).collect();
        match found.iter().any(|e| e.info.class != found[0].info.class) {
            false => Ok(found),
            true => Err(ResolveError::Ambiguous {
                name: name.to_owned(),
                found: found.iter().map(|e| e.info.clone()).collect(),
            }),
        }
    }

    fn not_found(&self, wanted: Wanted, name: &str) -> ResolveError {
        let short = alias::simple_name(name).to_lowercase();
        // Refused files are named if one may hold the class, by the look of its name.
        let squeezed = |text: &str| text.to_lowercase().replace(['-', '_'], "");
        let likely = |refusal: &&Refusal| {
            let file = refusal.file.file_stem().map(|s| squeezed(&s.to_string_lossy())).unwrap_or_default();
            let file = file.strip_prefix("lib").unwrap_or(&file);
            file.len() > 2 && (short.contains(file) || file.contains(&squeezed(&short)))
        };
        ResolveError::NotFound {
            interface: wanted.interface(),
            name: name.to_owned(),
            available: self
                .entries
                .iter()
                .filter(|e| wanted.allows(e.info.kind))
                .map(|e| e.info.clone())
                .collect(),
            refused: self.refusals.iter().filter(likely).cloned().collect(),
        }
    }
}

fn entry(kind: ClassKind, class: &str, version: &str, location: String, origin: Origin) -> Entry {
    let version = if version.is_empty() { "undefined" } else { version };
    Entry {
        info: PluginInfo { class: class.to_owned(), kind, version: version.to_owned(), location },
        version: Version::new(version),
        origin,
    }
}

#[cfg(test)]
mod tests {
    use ferry_plugin_abi::api::{Factory, Transform};
    use ferry_plugin_abi::config::ConfigDef;
    use ferry_plugin_abi::{Error, Result as PluginResult};

    use super::*;

    fn catalog(found: &[(&str, &str)]) -> Catalog {
        let make = || -> PluginResult<Box<dyn Transform>> { Err(Error::fatal("never made")) };
        let class = |version: &str| {
            Arc::new(PluginClass {
                class: "t.Mask".to_owned(),
                version: version.to_owned(),
                documentation: String::new(),
                config: ConfigDef::new(),
                factory: Factory::Transform(Arc::new(make)),
            })
        };
        let one = |(version, location): &(&str, &str)| {
            entry(
                ClassKind::Transform,
                "t.Mask",
                version,
                (*location).to_owned(),
                Origin::BuiltIn(class(version)),
            )
        };
        Catalog { entries: found.iter().map(one).collect(), ..Catalog::default() }
    }

    #[test]
    fn what_a_connector_brings_along_is_preferred() {
        let catalog = catalog(&[("1.0", "/a"), ("1.5", "/a"), ("2.0", "/b"), ("3.0", CLASS_PATH)]);
        let find = |range: Option<&str>, beside| {
            let range = VersionRange::parse(range).expect("a range");
            let found = catalog.find(Wanted::Kind(ClassKind::Transform), "t.Mask", range.as_ref(), beside);
            found.map(|entry| entry.info.version.clone()).map_err(|error| error.to_string())
        };
        assert_eq!(find(None, None).as_deref(), Ok("3.0"));
        assert_eq!(find(None, Some("/b")).as_deref(), Ok("2.0"));
        // The first in Connect's order, as there.
        assert_eq!(find(None, Some("/a")).as_deref(), Ok("1.0"));
        assert_eq!(find(Some("[1.2,)"), Some("/a")).as_deref(), Ok("1.5"));
        assert_eq!(find(Some("[2,)"), Some("/a")).as_deref(), Ok("3.0"));
        assert_eq!(find(None, Some("/elsewhere")).as_deref(), Ok("3.0"));
        assert!(find(Some("9"), Some("/a")).is_err());
    }
}
