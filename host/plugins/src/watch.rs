//! Notices that files of `plugin.path` come and go.

use std::path::PathBuf;
use std::sync::Weak;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::registry::Shared;

/// How long nothing may happen before a change is taken for complete: a library is copied in pieces.
const QUIET: Duration = Duration::from_millis(200);

/// Watches until dropped.
pub(crate) struct Watch {
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Rescans whenever something under `path` changed. `None` if the system offers no way.
    pub(crate) fn start(path: &[PathBuf], shared: Weak<Shared>) -> Option<Self> {
        let (sender, events) = mpsc::channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let interesting = event.as_ref().map_or(true, |event| !event.kind.is_access());
            if interesting {
                // The receiver ends with the registry.
                let _ = sender.send(());
            }
        });
        let mut watcher = watcher
            .inspect_err(|error| tracing::warn!(%error, "plugin path is not watched, restart to see new plugins"))
            .ok()?;
        for element in path.iter().filter(|element| element.exists()) {
            if let Err(error) = watcher.watch(element, RecursiveMode::Recursive) {
                tracing::warn!(path = %element.display(), %error, "plugin path is not watched, restart to see new plugins");
            }
        }
        let spawned = std::thread::Builder::new().name("plugin-watch".into()).spawn(move || follow(&events, &shared));
        spawned.inspect_err(|error| tracing::warn!(%error, "no thread to watch plugins with")).ok()?;
        Some(Self { _watcher: watcher })
    }
}

/// Ends when the watcher, and with it the sender, is dropped.
fn follow(events: &Receiver<()>, shared: &Weak<Shared>) {
    while events.recv().is_ok() {
        loop {
            match events.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        let Some(shared) = shared.upgrade() else { return };
        tracing::debug!("plugin path changed, looking at it again");
        shared.rescan();
    }
}
