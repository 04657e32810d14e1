//! Where a worker keeps what must outlive it.

pub mod java_map;
mod layered;
pub mod offset_file;
mod offset_key;
mod offsets;
mod topic_offsets;
mod transactional;

pub use layered::LayeredOffsets;
pub use offset_file::FileOffsetStore;
pub use offset_key::{offset_key, offset_value};
pub use offsets::{FileOffsets, NoOffsets, OffsetStore};
pub use topic_offsets::{OffsetsTopic, TopicOffsets};
pub use transactional::{OffsetRecord, TransactionalOffsets};
