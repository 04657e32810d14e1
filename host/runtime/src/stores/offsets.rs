//! Where source offsets are kept (`OffsetBackingStore` with its reader and writer).

use ferry_plugin_abi::Result;
use ferry_plugin_abi::data::Value;

/// Source offsets by connector and source partition. Shared by all tasks.
pub trait OffsetStore: Send + Sync {
    /// The stored offset of each partition.
    fn get(&self, connector: &str, partitions: &[Value]) -> Result<Vec<Option<Value>>>;
    /// Stores offsets, `None` removes one. When it returns they survive the process.
    fn put(&self, connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<()>;
    /// Every partition of `connector` with its offset.
    fn all(&self, connector: &str) -> Result<Vec<(Value, Value)>>;
}
