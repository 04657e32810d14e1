//! Panics in the poll of its task.

use fault_plugins::abi::Result;
use fault_plugins::abi::api::{SourceContext, SourceTask};
use fault_plugins::abi::config::ConfigMap;
use fault_plugins::abi::data::Batch;

#[derive(Default)]
struct Task;

impl SourceTask for Task {
    fn start(&mut self, _: SourceContext, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        panic!("poll is too much")
    }
}

fault_plugins::source_plugin!("faults.PanicInPoll", Task);
