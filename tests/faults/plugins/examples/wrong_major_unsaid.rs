//! Built against another major version of the boundary, and without a manifest that would say so.

fault_plugins::forged_plugin!("faults.Never", |header| { header.abi_major = 0 });
