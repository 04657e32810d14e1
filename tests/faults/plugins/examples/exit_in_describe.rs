//! Ends the process, politely and with a lie, when it is asked for its classes.

use fault_plugins::abi::api::PluginClass;

fn classes() -> Vec<PluginClass> {
    println!("{{\"plugin\":{{}}}}");
    std::process::exit(0)
}
fault_plugins::abi::export_plugin! { classes: classes, list: [(source, "faults.Never")] }
