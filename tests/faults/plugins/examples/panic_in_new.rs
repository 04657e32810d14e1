//! Panics in the constructors of its connector and of its task.

use std::sync::Arc;

use fault_plugins::abi::api::{Factory, PluginClass};

fn classes() -> Vec<PluginClass> {
    let factory = Factory::Source {
        connector: Arc::new(|| panic!("no connector today")),
        task: Arc::new(|| panic!("no task today")),
    };
    vec![fault_plugins::class("faults.PanicInNew", factory)]
}
fault_plugins::abi::export_plugin! { classes: classes, list: [(source, "faults.PanicInNew")] }
