//! Its manifest promises a class that its code does not have, and keeps silent about one that it has.

use fault_plugins::abi::api::PluginClass;

fn classes() -> Vec<PluginClass> {
    vec![fault_plugins::source::<fault_plugins::Healthy>("faults.Real")]
}
fault_plugins::abi::export_plugin! { classes: classes, list: [(source, "faults.Promised")] }
