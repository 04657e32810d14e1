//! A shared library like any other.

#[unsafe(no_mangle)]
extern "C" fn something_else() -> u32 {
    42
}
