//! Does not return from `put` until the file that its configuration names is gone.

use std::path::PathBuf;
use std::time::Duration;

use fault_plugins::abi::Result;
use fault_plugins::abi::api::{SinkContext, SinkTask};
use fault_plugins::abi::config::ConfigMap;
use fault_plugins::abi::data::Batch;

#[derive(Default)]
struct Task(PathBuf);

impl SinkTask for Task {
    fn start(&mut self, _: SinkContext, config: &ConfigMap) -> Result<()> {
        self.0 = config.get("while").unwrap_or_default().into();
        Ok(())
    }
    fn put(&mut self, _: Batch) -> Result<()> {
        while self.0.exists() {
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

fault_plugins::sink_plugin!("faults.HangInPut", Task);
