//! Notices that files of `plugin.path` come and go.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Weak;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::registry::Shared;

/// How long nothing may happen before a change is taken for complete: a library is copied in pieces.
const QUIET: Duration = Duration::from_millis(200);

enum Event {
    Changed,
    Stop,
}

/// Watches until dropped.
pub(crate) struct Watch {
    events: Sender<Event>,
}

impl Watch {
    /// Rescans whenever something under `path` changed. `None` if the system offers no way.
    pub(crate) fn start(path: &[PathBuf], shared: Weak<Shared>) -> Option<Self> {
        let (sender, events) = mpsc::channel();
        let changes = sender.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let interesting = event.as_ref().map_or(true, |event| !event.kind.is_access());
            if interesting {
                // The receiver ends with the registry.
                let _ = changes.send(Event::Changed);
            }
        });
        let unwatched = |error: &dyn std::fmt::Display| tracing::warn!(%error, "plugin path is not watched, restart to see new plugins");
        let mut places = Places {
            watcher: watcher.inspect_err(|e| unwatched(e)).ok()?,
            path: path.to_vec(),
            watched: BTreeSet::new(),
        };
        places.watch();
        let thread = std::thread::Builder::new().name("plugin-watch".into());
        let spawned = thread.spawn(move || follow(&events, &shared, &mut places));
        spawned.inspect_err(|e| unwatched(e)).ok()?;
        Some(Self { events: sender })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // The thread may have ended before.
        let _ = self.events.send(Event::Stop);
    }
}

fn follow(events: &Receiver<Event>, shared: &Weak<Shared>, places: &mut Places) {
    while let Ok(Event::Changed) = events.recv() {
        loop {
            match events.recv_timeout(QUIET) {
                Ok(Event::Changed) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        // First, so that what comes while the scan runs is not missed.
        places.watch();
        let Some(shared) = shared.upgrade() else { return };
        tracing::debug!("plugin path changed, looking at it again");
        shared.rescan();
    }
}

/// What is watched for the elements of a path.
struct Places {
    watcher: RecommendedWatcher,
    path: Vec<PathBuf>,
    watched: BTreeSet<PathBuf>,
}

impl Places {
    /// Watches each directory with all below it; for a library, and for what is not there yet, the
    /// directory around it.
    fn watch(&mut self) {
        for element in self.path.clone() {
            let element = std::path::absolute(&element).unwrap_or(element);
            if element.is_dir() {
                self.add(&element, RecursiveMode::Recursive);
            } else if let Some(around) = element.parent().filter(|parent| parent.is_dir()) {
                self.add(around, RecursiveMode::NonRecursive);
            }
        }
        // A directory that went away is another one when it comes back.
        self.watched.retain(|place| place.exists());
    }

    fn add(&mut self, place: &Path, mode: RecursiveMode) {
        if !self.watched.insert(place.to_owned()) {
            return;
        }
        if let Err(error) = self.watcher.watch(place, mode) {
            tracing::warn!(path = %place.display(), %error, "plugin path is not watched, restart to see new plugins");
        }
    }
}
