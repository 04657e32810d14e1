//! Where a standalone worker keeps what must outlive it.

pub mod java_map;
pub mod offset_file;
mod offset_key;
mod offsets;

pub use offset_file::FileOffsetStore;
pub use offset_key::{offset_key, offset_value};
pub use offsets::{FileOffsets, OffsetStore};
