//! The registry: names to classes, for the runtime and REST. It looks at new files in the background
//! and loads a file when a class of it is first asked for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ferry_plugin_abi::api::{ClassKind, PluginClass};

use crate::cache::{self, Cache, Key, Outcome};
use crate::catalog::{Catalog, Entry, Found, Origin, Wanted};
use crate::inspect::{agree, describe, read_claim};
use crate::log::PluginLog;
use crate::places::{Place, places};
use crate::version::VersionRange;
use crate::watch::Watch;
use crate::{Discovery, Inspection, Reason, Refusal, ResolveError, Scanner, image, section};

/// A class as `GET /connector-plugins` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginInfo {
    /// The fully qualified name.
    pub class: String,
    /// Its kind.
    pub kind: ClassKind,
    /// Its version; `undefined` if it says none.
    pub version: String,
    /// Where it is: a file, a plugin directory, or `classpath` for those linked into the worker.
    pub location: String,
}

/// Names to classes. Calls may wait a moment while new files are looked at; call them where
/// blocking is fine.
pub trait Registry: Send + Sync {
    /// The class of this kind that `name` (a class name or an alias) means, in the newest version that
    /// `version` (nothing, `latest`, a version, a Maven range) allows. Loads its file if need be.
    fn resolve(
        &self,
        kind: ClassKind,
        name: &str,
        version: Option<&str>,
    ) -> Result<Arc<PluginClass>, ResolveError>;
    /// The same for a class that a connector uses: one that lies beside the connector wins (KIP-891, Kafka 4.2).
    fn resolve_beside(
        &self,
        connector: &PluginClass,
        kind: ClassKind,
        name: &str,
        version: Option<&str>,
    ) -> Result<Arc<PluginClass>, ResolveError>;
    /// The same for `connector.class`, which may be a source or a sink.
    fn resolve_connector(&self, name: &str, version: Option<&str>) -> Result<Arc<PluginClass>, ResolveError>;
    /// The same for a class of any kind, the first in the order of [`Registry::list`].
    fn resolve_any(&self, name: &str, version: Option<&str>) -> Result<Arc<PluginClass>, ResolveError>;
    /// What `GET /connector-plugins` shows: sinks, sources, then, unless `connectors_only`, transforms,
    /// predicates, converters and header converters; by name and version, each pair once.
    fn list(&self, connectors_only: bool) -> Vec<PluginInfo>;
    /// The files that are not used.
    fn refusals(&self) -> Vec<Refusal>;
}

/// Where and how to find plugins.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `plugin.path`.
    pub path: Vec<PathBuf>,
    /// `plugin.discovery`.
    pub discovery: Discovery,
    /// Where answers and copies of libraries are kept; by default beside other caches of the user.
    pub cache: Option<PathBuf>,
    /// How to look at a file; by default this program as `plugins inspect --json`.
    pub scanner: Option<Scanner>,
    /// Whether to notice files that come and go.
    pub watch: bool,
}

/// A plugin file; its code is loaded on first use and then stays.
pub(crate) struct PluginFile {
    file: PathBuf,
    sha256: String,
    images: PathBuf,
    classes: OnceLock<Result<Vec<Arc<PluginClass>>, Refusal>>,
}

impl PluginFile {
    fn class(&self, index: usize, name: &str) -> Result<Arc<PluginClass>, Refusal> {
        let mut loaded = self.classes.get_or_init(|| self.load()).clone();
        if matches!(&loaded, Err(refusal) if !refusal.reason.lasts()) {
            // What may pass is tried again; a success is not kept here, the next scan does.
            loaded = self.load();
        }
        let classes = loaded?;
        let named = classes
            .get(index)
            .filter(|class| class.class == name)
            .or_else(|| classes.iter().find(|c| c.class == name));
        named.cloned().ok_or_else(|| {
            let wanted = format!("the class {name}");
            Refusal::new(
                &self.file,
                Reason::ManifestLies,
                "other classes than before",
                wanted,
                "build it again",
            )
        })
    }

    fn load(&self) -> Result<Vec<Arc<PluginClass>>, Refusal> {
        let started = Instant::now();
        let copy = image::copy(&self.file, &self.sha256, &self.images)?;
        let claim = section::read(&self.file, &crate::inspect::read(&copy)?)?;
        let image = image::open(&copy, &self.file)?;
        let description = describe(&self.file, image)?;
        agree(&self.file, claim.manifest.as_ref(), &description)?;
        let plugin =
            claim.manifest.map_or_else(|| self.file.display().to_string(), |(_, manifest)| manifest.name);
        let log = PluginLog::new(&plugin, description.classes.iter().map(|class| class.class.as_str()));
        image.start(Arc::new(log)).map_err(|error| {
            let (found, mend) =
                (format!("a plugin that fails to start ({})", error.message()), "mend the plugin");
            Refusal::new(&self.file, Reason::Undescribed, found, "one that starts", mend)
        })?;
        tracing::info!(plugin, file = %self.file.display(), took = ?started.elapsed(), "plugin loaded");
        Ok(image.classes(&description.classes).into_iter().map(Arc::new).collect())
    }
}

#[derive(Default)]
struct State {
    catalog: Arc<Catalog>,
    /// When the scan began that is not over yet.
    scanning: Option<Instant>,
}

pub(crate) struct Shared {
    options: Options,
    scanner: Option<Scanner>,
    built_in: Vec<Arc<PluginClass>>,
    state: Mutex<State>,
    changed: Condvar,
    /// Files by content. They are never forgotten: what is loaded stays.
    files: Mutex<HashMap<String, Arc<PluginFile>>>,
    /// One scan at a time.
    scan: Mutex<Cache>,
}

/// How long a lookup waits for new files to be looked at, if it has an answer without them.
const GRACE: Duration = Duration::from_secs(2);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The plugins of `plugin.path` and those that are linked into the worker.
pub struct PluginRegistry {
    shared: Arc<Shared>,
    _watch: Option<Watch>,
}

impl PluginRegistry {
    /// Finds plugins. Files that are known from earlier runs are there at once; new ones are looked at
    /// in the background and appear one by one, except that `hybrid_fail` waits for them all and
    /// fails if one has no manifest.
    pub fn open(options: Options, built_in: Vec<PluginClass>) -> Result<Self, Vec<Refusal>> {
        let directory = options.cache.clone().unwrap_or_else(cache::default_directory);
        let scanner = options.scanner.clone().or_else(|| {
            Scanner::this_program().inspect_err(|error| tracing::error!(%error, "own program not found")).ok()
        });
        let shared = Arc::new(Shared {
            scanner,
            built_in: built_in.into_iter().map(|class| Arc::new(class.guarded())).collect(),
            state: Mutex::default(),
            changed: Condvar::new(),
            files: Mutex::default(),
            scan: Mutex::new(Cache::open(&directory)),
            options,
        });
        if shared.options.discovery == Discovery::HybridFail {
            let without = shared.rescan();
            if !without.is_empty() {
                return Err(without);
            }
        } else {
            shared.clone().rescan_in_background();
        }
        let _watch = match shared.options.watch {
            true => Watch::start(&shared.options.path, Arc::downgrade(&shared)),
            false => None,
        };
        Ok(Self { shared, _watch })
    }

    /// Looks at `plugin.path` again and waits until all of it is known.
    pub fn rescan(&self) {
        self.shared.rescan();
    }

    /// All classes, those that REST does not list too, each where it is; after all was looked at.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        let mut state = lock(&self.shared.state);
        while state.scanning.is_some() {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.catalog.clone()
    }

    fn find(
        &self,
        wanted: Wanted,
        name: &str,
        version: Option<&str>,
        connector: Option<&PluginClass>,
    ) -> Result<Arc<PluginClass>, ResolveError> {
        let range = VersionRange::parse(version).map_err(ResolveError::InvalidVersion)?;
        let mut catalog = self.shared.settled();
        loop {
            let beside = connector.and_then(|connector| catalog.location(connector));
            match catalog.find(wanted, name, range.as_ref(), beside) {
                Ok(entry) => return entry.load(),
                Err(error) => match self.shared.next(&catalog) {
                    Some(newer) => catalog = newer,
                    None => return Err(error),
                },
            }
        }
    }
}

impl Entry {
    fn load(&self) -> Result<Arc<PluginClass>, ResolveError> {
        match &self.origin {
            Origin::BuiltIn(class) => Ok(class.clone()),
            Origin::File { file, index } => file.class(*index, &self.info.class).map_err(|refusal| {
                tracing::error!(class = self.info.class, "{refusal}");
                ResolveError::Refused(refusal)
            }),
        }
    }
}

impl Registry for PluginRegistry {
    fn resolve(
        &self,
        kind: ClassKind,
        name: &str,
        version: Option<&str>,
    ) -> Result<Arc<PluginClass>, ResolveError> {
        self.find(Wanted::Kind(kind), name, version, None)
    }
    fn resolve_beside(
        &self,
        connector: &PluginClass,
        kind: ClassKind,
        name: &str,
        version: Option<&str>,
    ) -> Result<Arc<PluginClass>, ResolveError> {
        self.find(Wanted::Kind(kind), name, version, Some(connector))
    }
    fn resolve_connector(&self, name: &str, version: Option<&str>) -> Result<Arc<PluginClass>, ResolveError> {
        self.find(Wanted::Connector, name, version, None)
    }
    fn resolve_any(&self, name: &str, version: Option<&str>) -> Result<Arc<PluginClass>, ResolveError> {
        self.find(Wanted::Any, name, version, None)
    }
    fn list(&self, connectors_only: bool) -> Vec<PluginInfo> {
        let shown = |kind| match kind {
            ClassKind::Sink | ClassKind::Source => true,
            ClassKind::ConfigProvider => false,
            _ => !connectors_only,
        };
        let catalog = self.shared.settled();
        let mut list: Vec<PluginInfo> =
            catalog.entries().iter().filter(|e| shown(e.info.kind)).map(|e| e.info.clone()).collect();
        list.dedup_by(|a, b| (a.kind, &a.class, &a.version) == (b.kind, &b.class, &b.version));
        list
    }
    fn refusals(&self) -> Vec<Refusal> {
        self.shared.settled().refusals.clone()
    }
}

impl Shared {
    /// The catalog, after a moment's patience with a scan that is not over.
    fn settled(&self) -> Arc<Catalog> {
        let mut state = lock(&self.state);
        while let Some(patience) = state.scanning.and_then(|since| GRACE.checked_sub(since.elapsed())) {
            state = self.changed.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.catalog.clone()
    }

    /// The catalog after `known`, if there will be one.
    fn next(&self, known: &Arc<Catalog>) -> Option<Arc<Catalog>> {
        let mut state = lock(&self.state);
        while Arc::ptr_eq(&state.catalog, known) {
            state.scanning?;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Some(state.catalog.clone())
    }

    fn rescan_in_background(self: Arc<Self>) {
        lock(&self.state).scanning = Some(Instant::now());
        let spawned = std::thread::Builder::new().name("plugin-scan".into()).spawn({
            let shared = self.clone();
            move || shared.rescan()
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread to scan plugins with");
            self.rescan();
        }
    }

    /// Looks at all files; returns those that lack a manifest where it is asked for.
    pub(crate) fn rescan(&self) -> Vec<Refusal> {
        let mut cache = lock(&self.scan);
        lock(&self.state).scanning.get_or_insert_with(Instant::now);
        let (places, refusals) = places(&self.options.path);
        let scan = Scan { shared: self, images: cache.images(), places, refusals };
        let without = scan.run(&mut cache);
        cache.save();
        drop(cache);
        lock(&self.state).scanning = None;
        self.changed.notify_all();
        without
    }

    fn publish(&self, catalog: Catalog, over: bool) {
        let mut state = lock(&self.state);
        state.catalog = Arc::new(catalog);
        if over {
            state.scanning = None;
        }
        self.changed.notify_all();
    }

    fn file(&self, inspection: &Inspection, images: &Path) -> Arc<PluginFile> {
        let new = || {
            Arc::new(PluginFile {
                file: inspection.file.clone(),
                sha256: inspection.sha256.clone(),
                images: images.to_owned(),
                classes: OnceLock::new(),
            })
        };
        lock(&self.files).entry(inspection.sha256.clone()).or_insert_with(new).clone()
    }

    /// Looks at one file, as far as `plugin.discovery` goes.
    fn look(&self, file: &Path) -> Outcome {
        match &self.scanner {
            Some(scanner) if self.options.discovery.scans() => {
                // Cheap and harmless first; what it refuses is not loaded anywhere.
                section::read(file, &crate::inspect::read(file)?)?;
                scanner.inspect(file)
            }
            _ => read_claim(file),
        }
    }
}

/// One pass over all files.
struct Scan<'a> {
    shared: &'a Shared,
    images: PathBuf,
    places: Vec<Place>,
    refusals: Vec<Refusal>,
}

impl Scan<'_> {
    fn run(&self, cache: &mut Cache) -> Vec<Refusal> {
        let deep = self.shared.options.discovery.scans();
        let mut known: HashMap<PathBuf, Outcome> = HashMap::new();
        let mut unknown: Vec<(PathBuf, Key)> = Vec::new();
        for place in &self.places {
            match Key::of(&place.file) {
                Ok(key) => match cache.get(&key, deep) {
                    Some(outcome) => drop(known.insert(place.file.clone(), outcome)),
                    None => unknown.push((place.file.clone(), key)),
                },
                // It went away meanwhile.
                Err(_) => continue,
            }
        }
        self.shared.publish(self.catalog(&known), unknown.is_empty());
        self.look_at(unknown, |file, key, outcome| {
            if let Err(refusal) = &outcome {
                tracing::warn!("{refusal}");
            }
            cache.put(key, deep, &outcome);
            known.insert(file, outcome);
            self.shared.publish(self.catalog(&known), false);
        });
        self.without_manifest(&known)
    }

    /// Looks at files in parallel child processes; `each` gets the answers as they come.
    fn look_at(&self, files: Vec<(PathBuf, Key)>, mut each: impl FnMut(PathBuf, Key, Outcome)) {
        let threads = std::thread::available_parallelism().map_or(2, usize::from).min(4).min(files.len());
        let queue = Mutex::new(files.into_iter());
        let (sender, answers) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for sender in (0..threads).map(|_| sender.clone()) {
                let queue = &queue;
                scope.spawn(move || {
                    while let Some((file, key)) = { lock(queue).next() } {
                        let outcome = self.shared.look(&file);
                        if sender.send((file, key, outcome)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            for (file, key, outcome) in answers {
                each(file, key, outcome);
            }
        });
    }

    fn catalog(&self, known: &HashMap<PathBuf, Outcome>) -> Catalog {
        let mut refusals = self.refusals.clone();
        let mut found = Vec::new();
        for place in &self.places {
            match known.get(&place.file) {
                Some(Ok(inspection)) => found.push(Found {
                    location: place.location.clone(),
                    file: self.shared.file(inspection, &self.images),
                    inspection: inspection.clone(),
                }),
                Some(Err(refusal)) => refusals.push(refusal.clone()),
                None => {}
            }
        }
        Catalog::new(&self.shared.built_in, &found, refusals)
    }

    /// Complains about plugins without a manifest; returns them if that is an error.
    fn without_manifest(&self, known: &HashMap<PathBuf, Outcome>) -> Vec<Refusal> {
        let fail = self.shared.options.discovery == Discovery::HybridFail;
        if !fail && self.shared.options.discovery != Discovery::HybridWarn {
            return Vec::new();
        }
        let bare = known.values().flatten().filter(|inspection| inspection.manifest.is_none());
        let refusals: Vec<Refusal> = bare
            .map(|inspection| {
                Refusal::new(
                    &inspection.file,
                    Reason::NoManifest,
                    "no manifest",
                    "one in every plugin, as plugin.discovery is hybrid_fail",
                    "build the plugin with the plugin! macro of ferry-sdk, or set plugin.discovery=hybrid_warn",
                )
            })
            .collect();
        if fail {
            return refusals;
        }
        for refusal in &refusals {
            tracing::warn!(plugin = %refusal.file.display(), "plugin has no manifest and is not found with plugin.discovery=service_load");
        }
        Vec::new()
    }
}
