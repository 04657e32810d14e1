//! Its manifest is no JSON.

fault_plugins::forged_plugin!("faults.Never", |header| {}, manifest: b"manifest: yes");
