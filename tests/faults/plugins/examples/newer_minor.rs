//! Needs more than this host has; without a manifest, so that the header has to say it.

fault_plugins::forged_plugin!("faults.Never", |header| {
    header.abi_minor = 9;
    header.required_minor = 9;
});
