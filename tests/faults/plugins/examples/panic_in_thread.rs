//! Panics in a thread of its own, which nobody waits for.

use fault_plugins::abi::Result;
use fault_plugins::abi::api::{SourceContext, SourceTask};
use fault_plugins::abi::config::ConfigMap;
use fault_plugins::abi::data::Batch;

#[derive(Default)]
struct Task(Option<SourceContext>);

impl SourceTask for Task {
    fn start(&mut self, context: SourceContext, _: &ConfigMap) -> Result<()> {
        let helper = std::thread::Builder::new().name("helper".to_owned());
        drop(helper.spawn(|| panic!("helping is too much")));
        self.0 = Some(context);
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        if let Some(context) = &self.0 {
            context.sleep(std::time::Duration::from_millis(20));
        }
        Ok(None)
    }
}

fault_plugins::source_plugin!("faults.PanicInThread", Task);
