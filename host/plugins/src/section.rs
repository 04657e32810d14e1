//! The manifest of a file, read without running anything of it.

use std::path::Path;

use ferry_plugin_abi::handshake::{AbiVersion, SYMBOL, TARGET};
use ferry_plugin_abi::manifest::{MANIFEST_VERSION, Manifest, SECTION};
use object::{Architecture, Object, ObjectKind, ObjectSection, ObjectSymbol};

use crate::{Reason, Refusal};

/// What a file says of itself without being loaded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Claim {
    /// The manifest section, text and content; `None` if there is none.
    pub manifest: Option<(String, Manifest)>,
}

/// Reads the bytes of `file` and checks the claim against this host.
pub(crate) fn read(file: &Path, bytes: &[u8]) -> Result<Claim, Refusal> {
    let parsed = object::File::parse(bytes)
        .map_err(|error| not_a_library(file, format!("something else ({error})")))?;
    if parsed.kind() != ObjectKind::Dynamic {
        return Err(not_a_library(file, "an object file or a program".to_owned()));
    }
    if parsed.architecture() != here() {
        return Err(Refusal::new(
            file,
            Reason::Platform,
            format!("a library for {:?}", parsed.architecture()),
            format!("one for {TARGET}"),
            "install the build for this platform",
        ));
    }
    let manifest = match parsed.section_by_name(SECTION) {
        Some(section) => Some(parse(file, section.data().map_err(|e| bad_manifest(file, &e.to_string()))?)?),
        None => None,
    };
    if !parsed.dynamic_symbols().any(|s| s.is_definition() && s.name() == Ok(SYMBOL)) {
        let found = if manifest.is_some() { "a manifest but" } else { "a shared library with" };
        return Err(Refusal::new(
            file,
            Reason::NotAPlugin,
            format!("{found} no symbol {SYMBOL}"),
            "a Ferry plugin",
            "build it with the plugin! macro of ferry-sdk and crate-type cdylib, or move it out of plugin.path",
        ));
    }
    if let Some((_, manifest)) = &manifest {
        check(file, manifest)?;
    }
    Ok(Claim { manifest })
}

fn here() -> Architecture {
    match std::env::consts::ARCH {
        "x86_64" => Architecture::X86_64,
        "aarch64" => Architecture::Aarch64,
        "riscv64" => Architecture::Riscv64,
        "s390x" => Architecture::S390x,
        "powerpc64" => Architecture::PowerPc64,
        _ => Architecture::Unknown,
    }
}

pub(crate) fn not_a_library(file: &Path, found: String) -> Refusal {
    Refusal::new(
        file,
        Reason::NotALibrary,
        found,
        "an ELF shared library",
        "replace the file, it may be incomplete, or move it out of plugin.path",
    )
}

fn bad_manifest(file: &Path, why: &str) -> Refusal {
    Refusal::new(
        file,
        Reason::BadManifest,
        format!("a manifest that cannot be read ({why})"),
        format!("a manifest of version {MANIFEST_VERSION}"),
        "build the plugin with a current ferry-sdk",
    )
}

fn parse(file: &Path, data: &[u8]) -> Result<(String, Manifest), Refusal> {
    let text = std::str::from_utf8(data).map_err(|e| bad_manifest(file, &e.to_string()))?;
    let manifest: Manifest = serde_json::from_str(text).map_err(|e| bad_manifest(file, &e.to_string()))?;
    Ok((text.to_owned(), manifest))
}

fn check(file: &Path, manifest: &Manifest) -> Result<(), Refusal> {
    if manifest.manifest_version > MANIFEST_VERSION {
        return Err(bad_manifest(file, &format!("version {}", manifest.manifest_version)));
    }
    let abi = &manifest.abi;
    if !AbiVersion::CURRENT.accepts(abi.major, abi.required) {
        return Err(wrong_version(file, AbiVersion { major: abi.major, minor: abi.minor }, abi.required));
    }
    if manifest.triple != TARGET {
        return Err(Refusal::new(
            file,
            Reason::Platform,
            format!("a build for {}", manifest.triple),
            format!("one for {TARGET}"),
            "install the build for this platform",
        ));
    }
    if manifest.panic != "unwind" {
        return Err(panic_aborts(file));
    }
    Ok(())
}

pub(crate) fn wrong_version(file: &Path, plugin: AbiVersion, required_minor: u32) -> Refusal {
    let host = AbiVersion::CURRENT;
    let older = plugin.major < host.major;
    Refusal::new(
        file,
        Reason::AbiVersion,
        format!("plugin ABI {plugin} that needs a host of at least {}.{required_minor}", plugin.major),
        format!("one that {host} satisfies"),
        if older {
            "install a newer version of the plugin"
        } else {
            "upgrade Ferry or install an older version of the plugin"
        },
    )
}

pub(crate) fn panic_aborts(file: &Path) -> Refusal {
    Refusal::new(
        file,
        Reason::PanicAborts,
        "a build with panic = \"abort\"",
        "panic = \"unwind\"",
        "build the plugin without panic = \"abort\" in its profile, or a panic in it would end the worker",
    )
}
