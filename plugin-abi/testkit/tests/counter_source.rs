//! The example source, built as a third party builds it, keeps the contract.

use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::Value;
use ferry_testkit::{FakeHost, SourceHarness};

ferry_testkit::contract! {
    source "org.example.CounterSource" {
        classes: counter_source::classes,
        manifest: concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/counter-source"),
        config: |_| ConfigMap::from([("topic", "numbers"), ("rate", "1000")]),
    }
}

#[test]
fn counts_on_after_a_restart() {
    let class = counter_source::classes().remove(0);
    let host = FakeHost::new();
    let config = ConfigMap::from([("topic", "numbers"), ("rate", "1000")]);
    let mut harness = SourceHarness::start(&class, &host, &config).unwrap();
    let records = harness.records(3).unwrap();
    assert_eq!(records.iter().map(|r| r.value.clone()).collect::<Vec<_>>(), [1i64, 2, 3].map(Value::from));
    harness.commit(&records[1]).unwrap();
    harness.stop().unwrap();
    let mut harness = SourceHarness::start(&class, &host, &config).unwrap();
    assert_eq!(harness.records(1).unwrap()[0].value, Value::Int64(3));
}
