//! Offsets that a task's own producer writes, inside the transaction of its records (KIP-618).

use ferry_plugin_abi::Result;
use ferry_plugin_abi::data::Value;

use super::OffsetStore;

/// A record for the offsets topic: key and value.
pub type OffsetRecord = (Vec<u8>, Option<Vec<u8>>);

/// An offset store whose writes are records of a topic.
pub trait TransactionalOffsets: OffsetStore {
    /// The topic.
    fn topic(&self) -> &str;
    /// The records that store these offsets; `None` removes one.
    fn records(&self, connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<Vec<OffsetRecord>>;
    /// The transaction that held these offsets is committed. `last`: the task ends, nothing follows soon.
    fn committed(&self, connector: &str, offsets: &[(Value, Value)], last: bool);
}
