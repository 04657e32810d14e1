//! Who a client is for: what librdkafka says of it on threads of its own is logged in that name.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use ferry_log::{Context, Entered};

/// Contexts by the names of clients, which no two have at a time. Those that several tasks share have none.
static OWNERS: LazyLock<Mutex<HashMap<String, Context>>> = LazyLock::new(Mutex::default);

fn owners() -> MutexGuard<'static, HashMap<String, Context>> {
    OWNERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A client is there; it belongs to the connector or task that this thread works for.
pub(super) fn keep(client: &str) {
    if let Some(context) = Context::current() {
        owners().insert(client.to_owned(), context);
    }
}

/// A client is gone.
pub(super) fn forget(client: &str) {
    owners().remove(client);
}

/// This thread speaks for a client until the guard goes; `None`: in its own name.
pub(super) fn speak(client: &str) -> Option<Entered> {
    let context = owners().get(client).cloned();
    context.map(|context| context.enter())
}
