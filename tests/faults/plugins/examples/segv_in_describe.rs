//! Writes to no address when it is asked for its classes.

use fault_plugins::abi::api::PluginClass;

fn classes() -> Vec<PluginClass> {
    let nowhere = std::ptr::without_provenance_mut::<u8>(8);
    // SAFETY: none, that is the point.
    unsafe { nowhere.write_volatile(1) };
    Vec::new()
}
fault_plugins::abi::export_plugin! { classes: classes, list: [(source, "faults.Never")] }
