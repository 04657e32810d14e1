//! Panics when it is asked for its classes.

use fault_plugins::abi::api::PluginClass;

fn classes() -> Vec<PluginClass> {
    panic!("I would rather not say")
}
fault_plugins::abi::export_plugin! { classes: classes, list: [(source, "faults.Never")] }
