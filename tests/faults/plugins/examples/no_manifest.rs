//! A plugin that works but has no manifest.

fault_plugins::forged_plugin!("faults.NoManifest", |header| {});
