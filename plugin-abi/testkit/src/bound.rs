//! A bound in time that a machine which stands still does not use up.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::STOP_BOUND;

/// Looks that make up the bound, each as long as this.
const LOOK: Duration = Duration::from_millis(5);

/// Takes what comes until the sender is gone.
///
/// Looks are counted and not seconds: while this thread is not run nothing is counted against the other one, which
/// would be found wanting for what the machine did to both.
///
/// # Panics
/// With `complaint` when the sender is still there after [`STOP_BOUND`].
pub(crate) fn gone_in_time<T>(of: &Receiver<T>, complaint: &str) {
    let mut looks = 0;
    loop {
        match of.recv_timeout(LOOK) {
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => looks += 1,
        }
        assert!(LOOK * looks < STOP_BOUND, "{complaint} {STOP_BOUND:?} after the task was told to stop");
    }
}
