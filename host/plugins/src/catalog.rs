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

    /// The newest allowed version of the class that `name` means (`Plugins.newConnector`,
    /// `DelegatingClassLoader.loadVersionedPluginClass`).
    pub(crate) fn find(
        &self,
        wanted: Wanted,
        name: &str,
        range: Option<&VersionRange>,
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
