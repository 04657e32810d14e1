//! Two classes that are both called `Same` for short.

use fault_plugins::abi::api::PluginClass;
use fault_plugins::{Healthy, source};

fn classes() -> Vec<PluginClass> {
    vec![source::<Healthy>("faults.one.SameConnector"), source::<Healthy>("faults.two.SameConnector")]
}
fault_plugins::abi::export_plugin! {
    classes: classes,
    list: [(source, "faults.one.SameConnector"), (source, "faults.two.SameConnector")],
}
