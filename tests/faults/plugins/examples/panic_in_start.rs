//! Panics in the start of its task.

use fault_plugins::abi::Result;
use fault_plugins::abi::api::{SourceContext, SourceTask};
use fault_plugins::abi::config::ConfigMap;
use fault_plugins::abi::data::Batch;

#[derive(Default)]
struct Task;

impl SourceTask for Task {
    fn start(&mut self, _: SourceContext, _: &ConfigMap) -> Result<()> {
        panic!("start is too much")
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        Ok(None)
    }
}

fault_plugins::source_plugin!("faults.PanicInStart", Task);
