//! How the process gets memory, and how it gives it back.

use std::time::Duration;

/// Keeps the worker small while connectors come and go.
///
/// glibc gives threads arenas of their own, up to eight for each core, and an arena gives little back. A task has a
/// thread, its client has several, all of them end with the task: after a few hundred restarts every
/// arena has been in use, and the worker holds three times what it needs (measured by `tests/soak`:
/// 114 MiB against 38 MiB). Batches are few large blocks, so threads hardly ever meet in the allocator.
///
/// The first call in `main`: threads that exist keep the arena they have. `MALLOC_ARENA_MAX` in the
/// environment still decides when it is set.
pub fn bound_arenas() {
    #[cfg(target_env = "gnu")]
    if std::env::var_os("MALLOC_ARENA_MAX").is_none() {
        // SAFETY: `mallopt` with `M_ARENA_MAX` stores a number, and no other thread runs yet.
        #[expect(unsafe_code, reason = "the allocator has no other interface")]
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, ARENAS);
        }
    }
}

/// Gives free memory back to the system every [`GIVE_BACK_INTERVAL`], for as long as it is polled.
///
/// By itself glibc gives back what is free at the end of an arena. A consumer that catches up makes hundreds of
/// thousands of small blocks; one that outlives them keeps all pages before it, and the worker stays as large as
/// it was in its busiest moment.
pub async fn give_back() {
    let mut interval = tokio::time::interval(GIVE_BACK_INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        #[cfg(target_env = "gnu")]
        // SAFETY: `malloc_trim` may be called at any time and from any thread.
        #[expect(unsafe_code, reason = "the allocator has no other interface")]
        unsafe {
            libc::malloc_trim(0);
        }
    }
}

/// Enough for two threads that allocate at the same time.
#[cfg(target_env = "gnu")]
const ARENAS: libc::c_int = 2;

/// A pass takes about a millisecond for a hundred mebibytes.
const GIVE_BACK_INTERVAL: Duration = Duration::from_secs(10);
