//! Panics in the put of its task, at the first record.

use fault_plugins::abi::Result;
use fault_plugins::abi::api::{SinkContext, SinkTask};
use fault_plugins::abi::config::ConfigMap;
use fault_plugins::abi::data::Batch;

#[derive(Default)]
struct Task;

impl SinkTask for Task {
    fn start(&mut self, _: SinkContext, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn put(&mut self, batch: Batch) -> Result<()> {
        assert!(batch.is_empty(), "put is too much");
        Ok(())
    }
}

fault_plugins::sink_plugin!("faults.PanicInPut", Task);
