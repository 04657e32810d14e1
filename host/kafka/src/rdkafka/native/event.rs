//! The answer to a request of the admin API.

use rdkafka::bindings as sys;
use std::ptr::NonNull;

/// An answer; freed with everything that was read from it.
pub(super) struct Event(NonNull<sys::rd_kafka_event_t>);

impl Event {
    /// Takes over what came out of a queue; `None`: nothing did.
    ///
    /// # Safety
    /// The event is nobody else's.
    pub(super) unsafe fn own(event: *mut sys::rd_kafka_event_t) -> Option<Self> {
        NonNull::new(event).map(Self)
    }

    pub(super) fn ptr(&self) -> *mut sys::rd_kafka_event_t {
        self.0.as_ptr()
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: owned.
        unsafe { sys::rd_kafka_event_destroy(self.0.as_ptr()) };
    }
}

/// An array inside of an answer, empty where it is null.
///
/// # Safety
/// There are `count` elements that outlive their use.
pub(super) unsafe fn array<'a, T>(start: *mut T, count: usize) -> &'a [T] {
    // SAFETY: the caller vouches for it.
    if start.is_null() || count == 0 { &[] } else { unsafe { std::slice::from_raw_parts(start, count) } }
}
