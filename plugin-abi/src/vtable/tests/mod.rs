//! The boundary from both sides in one process, and the golden text of its layouts.

mod lock;
mod plugin;
mod round_trip;
