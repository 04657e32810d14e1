//! Needs a function that no library has.

unsafe extern "C" {
    fn a_function_that_no_library_has();
}

fn classes() -> Vec<fault_plugins::abi::api::PluginClass> {
    // SAFETY: it never comes to this.
    unsafe { a_function_that_no_library_has() };
    Vec::new()
}
fault_plugins::abi::export_plugin! { classes: classes, list: [(source, "faults.Never")] }
