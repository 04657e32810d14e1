//! Named points at which a test kills the worker, to prove that nothing is lost right there.

/// Aborts the process when `FERRY_CRASH_AT=<point>[:n]` names this point for the n-th time.
///
/// Builds without debug assertions have no crash points.
#[inline]
pub fn point(name: &str) {
    #[cfg(debug_assertions)]
    armed::point(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Armed {
        name: String,
        passes: AtomicU64,
    }

    fn parse(text: &str) -> Armed {
        let (name, nth) = text.split_once(':').unwrap_or((text, "1"));
        Armed { name: name.to_owned(), passes: AtomicU64::new(nth.parse().unwrap_or(1)) }
    }

    pub(super) fn point(name: &str) {
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        let armed = ARMED.get_or_init(|| std::env::var("FERRY_CRASH_AT").ok().as_deref().map(parse));
        if let Some(armed) = armed
            && armed.name == name
            && armed.passes.fetch_sub(1, Ordering::Relaxed) == 1
        {
            eprintln!("crash point {name} reached");
            std::process::abort();
        }
    }
}
