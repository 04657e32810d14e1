//! The memory of batches and schemas: who keeps what alive, and who lets it go, on which thread.

mod arena;
mod batch;
mod schema;
mod value;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts how many of it are alive.
pub(super) struct Counted {
    alive: Arc<AtomicUsize>,
    pub text: String,
}

impl Counted {
    pub fn new(alive: &Arc<AtomicUsize>, text: &str) -> Arc<Self> {
        alive.fetch_add(1, Ordering::SeqCst);
        Arc::new(Self { alive: alive.clone(), text: text.to_owned() })
    }
}
impl Drop for Counted {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}
