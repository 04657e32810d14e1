//! The manifest of another build was put into it.

fault_plugins::forged_plugin!(
    "faults.Never",
    |header| {},
    manifest: br#"{"manifest_version":1,"name":"other","owner":"","version":"9.9.9","description":"","license":"","documentation":"","abi":{"major":1,"minor":0,"required":0},"triple":"x86_64-unknown-linux-gnu","panic":"unwind","sdk":"","rustc":"","classes":[{"kind":"source","class":"faults.Never"}]}"#
);
