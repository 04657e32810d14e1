//! Fills the output of the process that asks for its classes.

use fault_plugins::abi::api::PluginClass;

fn classes() -> Vec<PluginClass> {
    (0..100_000).for_each(|line| println!("{line}: look at me, I am a plugin"));
    vec![fault_plugins::source::<fault_plugins::Healthy>("faults.Never")]
}
fault_plugins::abi::export_plugin! { classes: classes, list: [(source, "faults.Never")] }
