//! Does what it should, beside all the others.

use fault_plugins::abi::api::PluginClass;
use fault_plugins::{Healthy, Swallow, sink, source};

fn classes() -> Vec<PluginClass> {
    vec![source::<Healthy>("faults.HealthySource"), sink::<Swallow>("faults.HealthySink")]
}
fault_plugins::abi::export_plugin! {
    classes: classes,
    list: [(source, "faults.HealthySource"), (sink, "faults.HealthySink")],
}
