//! What a plugin file says of itself in a linker section, readable without running its code.
//!
//! The macro builds it at compile time from the crate's `Cargo.toml` and the list of classes, so it
//! cannot go stale. JSON, one line, in the section [`SECTION`].

use serde::{Deserialize, Serialize};

use crate::api::ClassKind;
use crate::handshake::{ABI_MAJOR, ABI_MINOR, RUSTC, TARGET};

/// The section that holds the manifest.
pub const SECTION: &str = ".ferry.manifest";

/// The newest form of the manifest that this build reads and the one it writes.
pub const MANIFEST_VERSION: u32 = 1;

/// A manifest, read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_VERSION`] of the writer.
    pub manifest_version: u32,
    /// The plugin's name (its crate's).
    pub name: String,
    /// Who publishes it.
    pub owner: String,
    /// Its version.
    pub version: String,
    /// What it does, in a sentence.
    pub description: String,
    /// Its license, SPDX.
    pub license: String,
    /// Where its documentation is.
    pub documentation: String,
    /// The boundary it was built against.
    pub abi: ManifestAbi,
    /// The target triple it was built for.
    pub triple: String,
    /// `unwind` or `abort`.
    pub panic: String,
    /// The version of the SDK.
    pub sdk: String,
    /// The compiler.
    pub rustc: String,
    /// Its classes.
    pub classes: Vec<ManifestClass>,
}

/// The boundary in a [`Manifest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestAbi {
    /// Major number.
    pub major: u32,
    /// Minor number.
    pub minor: u32,
    /// The smallest minor number of a host that has all it uses.
    pub required: u32,
}

/// A class in a [`Manifest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ManifestClass {
    /// [`ClassKind::name`].
    pub kind: String,
    /// The fully qualified name.
    pub class: String,
}

/// All that goes into the manifest, at compile time.
#[doc(hidden)]
pub struct Identity {
    pub name: &'static str,
    pub owner: &'static str,
    pub version: &'static str,
    pub description: &'static str,
    pub license: &'static str,
    pub documentation: &'static str,
    pub sdk: &'static str,
    pub unwinds: bool,
    pub classes: &'static [(ClassKind, &'static str)],
}

impl Identity {
    /// The smallest minor number of a host that knows all the kinds of classes.
    pub const fn required_minor(&self) -> u32 {
        let mut required = if cfg!(feature = "abi-test-newer") { ABI_MINOR } else { 0 };
        let mut at = 0;
        while at < self.classes.len() {
            let since = self.classes[at].0.since_minor();
            if since > required {
                required = since;
            }
            at += 1;
        }
        required
    }

    /// Bytes of the manifest.
    #[allow(clippy::len_without_is_empty)] // a manifest is never empty
    pub const fn len(&self) -> usize {
        self.write(Writer::<0>::new()).len
    }

    /// The manifest; `N` is [`Identity::len`].
    pub const fn text<const N: usize>(&self) -> [u8; N] {
        self.write(Writer::<N>::new()).buffer
    }

    const fn write<const N: usize>(&self, out: Writer<N>) -> Writer<N> {
        let mut out = out
            .raw("{\"manifest_version\":")
            .number(MANIFEST_VERSION)
            .member("name", self.name)
            .member("owner", self.owner)
            .member("version", self.version)
            .member("description", self.description)
            .member("license", self.license)
            .member("documentation", self.documentation)
            .raw(",\"abi\":{\"major\":")
            .number(ABI_MAJOR)
            .raw(",\"minor\":")
            .number(ABI_MINOR)
            .raw(",\"required\":")
            .number(self.required_minor())
            .raw("}")
            .member("triple", TARGET)
            .member("panic", if self.unwinds { "unwind" } else { "abort" })
            .member("sdk", self.sdk)
            .member("rustc", RUSTC)
            .raw(",\"classes\":[");
        let mut at = 0;
        while at < self.classes.len() {
            let (kind, class) = self.classes[at];
            out = out
                .raw(if at == 0 { "{\"kind\":" } else { ",{\"kind\":" })
                .quoted(kind.name())
                .member("class", class)
                .raw("}");
            at += 1;
        }
        out.raw("]}")
    }
}

/// Writes JSON at compile time; one without room only counts.
struct Writer<const N: usize> {
    buffer: [u8; N],
    len: usize,
}

impl<const N: usize> Writer<N> {
    const fn new() -> Self {
        Self { buffer: [0; N], len: 0 }
    }
    const fn byte(mut self, byte: u8) -> Self {
        if self.len < N {
            self.buffer[self.len] = byte;
        }
        self.len += 1;
        self
    }
    const fn raw(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            self = self.byte(bytes[at]);
            at += 1;
        }
        self
    }
    const fn quoted(mut self, text: &str) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        self = self.byte(b'"');
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            self = match byte {
                b'"' | b'\\' => self.byte(b'\\').byte(byte),
                0..0x20 => self.raw("\\u00").byte(HEX[(byte >> 4) as usize]).byte(HEX[(byte & 15) as usize]),
                _ => self.byte(byte),
            };
            at += 1;
        }
        self.byte(b'"')
    }
    const fn member(self, name: &str, value: &str) -> Self {
        self.byte(b',').quoted(name).byte(b':').quoted(value)
    }
    const fn number(self, number: u32) -> Self {
        let this = if number >= 10 { self.number(number / 10) } else { self };
        this.byte(b'0' + (number % 10) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_written_at_compile_time_reads_back() {
        const IDENTITY: Identity = Identity {
            name: "na\"me",
            owner: "o\\wner",
            version: "1.2.3",
            description: "two\nlines, a \u{1}control and ünïcode 😀",
            license: "Apache-2.0",
            documentation: "",
            sdk: "0.1.0",
            unwinds: true,
            classes: &[(ClassKind::Source, "a.Source"), (ClassKind::HeaderConverter, "b.$Inner")],
        };
        const TEXT: [u8; IDENTITY.len()] = IDENTITY.text();
        let manifest: Manifest = serde_json::from_slice(&TEXT).expect("valid JSON");
        assert_eq!(
            manifest,
            Manifest {
                manifest_version: 1,
                name: "na\"me".into(),
                owner: "o\\wner".into(),
                version: "1.2.3".into(),
                description: "two\nlines, a \u{1}control and ünïcode 😀".into(),
                license: "Apache-2.0".into(),
                documentation: String::new(),
                abi: ManifestAbi { major: ABI_MAJOR, minor: ABI_MINOR, required: IDENTITY.required_minor() },
                triple: TARGET.into(),
                panic: "unwind".into(),
                sdk: "0.1.0".into(),
                rustc: RUSTC.into(),
                classes: vec![
                    ManifestClass { kind: "source".into(), class: "a.Source".into() },
                    ManifestClass { kind: "header_converter".into(), class: "b.$Inner".into() },
                ],
            }
        );
    }
}
