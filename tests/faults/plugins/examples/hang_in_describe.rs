//! Never says what its classes are.

use fault_plugins::abi::api::PluginClass;

fn classes() -> Vec<PluginClass> {
    loop {
        std::thread::park();
    }
}
fault_plugins::abi::export_plugin! { classes: classes, list: [(source, "faults.Never")] }
