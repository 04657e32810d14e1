//! Writes to no address while it is loaded.

extern "C" fn crash() {
    let nowhere = std::ptr::without_provenance_mut::<u8>(8);
    // SAFETY: none, that is the point.
    unsafe { nowhere.write_volatile(1) };
}

#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = crash;

fault_plugins::source_plugin!("faults.Never", fault_plugins::Healthy);
