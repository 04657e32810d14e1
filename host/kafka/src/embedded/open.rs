//! The logs that this process has open: one store per directory, whoever asks for it.

use super::options::EmbeddedOptions;
use super::store::Store;
use crate::Result;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, LazyLock, Mutex, PoisonError, Weak};

/// By their real path. A place is taken before the files are opened and given back after they are closed.
static OPEN: LazyLock<Mutex<HashMap<PathBuf, Weak<Store>>>> = LazyLock::new(Mutex::default);
/// A place was given back, or what stands at it can be used.
static CHANGED: Condvar = Condvar::new();

/// The place of a store among the open ones; the store gives it back as the last thing it does.
#[derive(Debug)]
pub(super) struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        OPEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
        CHANGED.notify_all();
    }
}

/// The store of `directory`, a real path: the one that is open, else a new one. Waits while another thread
/// opens or closes it.
pub(super) fn store(directory: &Path, options: &EmbeddedOptions) -> Result<Arc<Store>> {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        match open.get(directory).map(Weak::upgrade) {
            None => break,
            Some(Some(store)) => {
                // Not under the lock, which it takes should it be the last owner.
                drop(open);
                if store.options != *options {
                    tracing::warn!(directory = %directory.display(), "embedded log is open already, its settings stay as they are");
                }
                return Ok(store);
            }
            Some(None) => open = CHANGED.wait(open).unwrap_or_else(PoisonError::into_inner),
        }
    }
    open.insert(directory.to_owned(), Weak::new());
    drop(open);
    let store = Store::open(directory, options.clone(), Place(directory.to_owned()))?;
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.insert(directory.to_owned(), Arc::downgrade(&store));
    drop(open);
    CHANGED.notify_all();
    Ok(store)
}
