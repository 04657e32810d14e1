//! The one permitted way to wait: poll a condition until it holds or a deadline passes.

use std::time::{Duration, Instant};

/// For what a healthy machine does at once (a request, a file that is being written). A limit costs time only
/// where a test fails, so it is what a machine needs that does ten other things.
pub const SHORT: Duration = Duration::from_secs(120);
/// For what needs a start of a server, a rebalance or a back-off.
pub const LONG: Duration = Duration::from_secs(300);

/// Pause between two looks at a condition. Short, so that a test is as fast as what it waits for.
const LOOK: Duration = Duration::from_millis(10);

/// Polls `condition` until it is true.
///
/// # Panics
/// After `limit`, naming `what` it waited for.
pub fn wait_until(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(limit, what, || condition().then_some(()));
}

/// Polls `look` until it gives a value, and returns that value.
///
/// # Panics
/// After `limit`, naming `what` it waited for.
pub fn wait_for<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited {limit:?} in vain until {what}");
        std::thread::sleep(LOOK);
    }
}
