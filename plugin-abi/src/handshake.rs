//! The frozen header of a plugin, and the numbers of the boundary.
//!
//! [`Handshake`] never changes: every host there will ever be reads it before anything else of a
//! plugin, so that it can say in one sentence what does not fit. New facts are appended; `size`
//! tells what is there.

use crate::raw::Str;

/// What [`Handshake::magic`] holds.
pub const MAGIC: [u8; 8] = *b"FERRYPLG";

/// The name of the one symbol that a plugin exports: `extern "C" fn() -> *const Handshake`.
pub const SYMBOL: &str = "ferry_plugin_handshake";

/// Raised when something that was released changes; plugins of another major number are refused.
pub const ABI_MAJOR: u32 = 1;

/// Raised when something is added. A plugin says which minor number it cannot do without.
pub const ABI_MINOR: u32 = if cfg!(feature = "abi-test-newer") {
    4
} else if cfg!(feature = "abi-test-older") {
    0
} else {
    3
};

/// The compiler that built this crate. Reported, never compared.
pub const RUSTC: &str = env!("FERRY_RUSTC");

/// The target triple that this crate was built for.
pub const TARGET: &str = env!("FERRY_TARGET");

/// What a plugin says of its build, in a layout that never changes.
#[repr(C)]
pub struct Handshake {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// Bytes of this struct as the plugin knows it.
    pub size: u32,
    /// [`ABI_MAJOR`] of the plugin.
    pub abi_major: u32,
    /// [`ABI_MINOR`] of the plugin.
    pub abi_minor: u32,
    /// The smallest minor number of a host that has all that the plugin uses.
    pub required_minor: u32,
    /// 1 if panics unwind, 0 if they abort.
    pub unwinds: u32,
    /// 0.
    pub reserved: u32,
    /// Version of the SDK.
    pub sdk: Str<'static>,
    /// [`RUSTC`] of the plugin.
    pub rustc: Str<'static>,
    /// [`TARGET`] of the plugin.
    pub triple: Str<'static>,
    /// The rest of the boundary; what it points to depends on the major number.
    pub root: extern "C" fn() -> *const std::ffi::c_void,
}

/// A version of the boundary as one side states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbiVersion {
    /// See [`ABI_MAJOR`].
    pub major: u32,
    /// See [`ABI_MINOR`].
    pub minor: u32,
}

impl AbiVersion {
    /// That of this build.
    pub const CURRENT: Self = Self { major: ABI_MAJOR, minor: ABI_MINOR };

    /// The version rule: same major number, and the host has all that the plugin requires.
    pub const fn accepts(self, plugin_major: u32, plugin_required_minor: u32) -> bool {
        self.major == plugin_major && plugin_required_minor <= self.minor
    }
}

impl std::fmt::Display for AbiVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
