//! Has the symbol of a plugin, but nothing behind it.

#[unsafe(no_mangle)]
extern "C" fn ferry_plugin_handshake() -> *const u8 {
    std::ptr::null()
}
