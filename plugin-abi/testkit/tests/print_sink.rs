//! The example sink, built as a third party builds it, keeps the contract.

use ferry_plugin_abi::config::ConfigMap;

ferry_testkit::contract! {
    sink "org.example.PrintSink" {
        classes: print_sink::classes,
        manifest: concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/print-sink"),
        config: |_| ConfigMap::from([("prefix", "* ")]),
    }
}
