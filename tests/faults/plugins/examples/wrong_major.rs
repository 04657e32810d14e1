//! Built against another major version of the boundary, as its manifest says.

fault_plugins::forged_plugin!(
    "faults.Never",
    |header| { header.abi_major = 2 },
    manifest: br#"{"manifest_version":1,"name":"forged","owner":"","version":"0.1.0","description":"","license":"","documentation":"","abi":{"major":2,"minor":0,"required":0},"triple":"x86_64-unknown-linux-gnu","panic":"unwind","sdk":"","rustc":"","classes":[{"kind":"source","class":"faults.Never"}]}"#
);
