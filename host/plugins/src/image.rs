//! Loading: a copy of the file named by its content, `dlopen`, the plugin's own checks.
//!
//! A library is never unloaded: threads, thread-locals and objects of it may outlive every table
//! entry we know of. A replaced file is another content, so another copy, so another image.
#![allow(unsafe_code)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ferry_plugin_abi::handshake::{Handshake, SYMBOL};
use ferry_plugin_abi::image::{Image, Unfit};
use libloading::os::unix::Library;

use crate::inspect::{digest, read};
use crate::{Reason, Refusal, section};

/// Loads the library at `path` and checks that it is a plugin; refusals name `file`. Static
/// constructors of the library run here.
pub(crate) fn open(path: &Path, file: &Path) -> Result<Image, Refusal> {
    let flags = libc::RTLD_NOW | libc::RTLD_LOCAL | libc::RTLD_NODELETE;
    // SAFETY: loading runs the library's constructors; that is what an operator asked for by putting
    // it into plugin.path, and a child process has tried it before.
    let library = unsafe { Library::open(Some(path), flags) }.map_err(|error| {
        Refusal::new(
            file,
            Reason::DoesNotLoad,
            format!("a library that the system's loader refuses ({})", innermost(&error)),
            "one that loads",
            "install the libraries it needs, or another build of the plugin",
        )
    })?;
    // SAFETY: the symbol has this type in every plugin there ever was.
    let handshake = unsafe { library.get::<extern "C" fn() -> *const Handshake>(SYMBOL.as_bytes()) };
    let header = handshake.map(|handshake| handshake()).unwrap_or(std::ptr::null());
    // It stays loaded for ever.
    std::mem::forget(library);
    // SAFETY: from the symbol of a library that is never unloaded.
    unsafe { Image::open(header) }.map_err(|unfit| refuse(file, unfit))
}

fn innermost(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => innermost(source),
        None => error.to_string(),
    }
}

fn refuse(file: &Path, unfit: Unfit) -> Refusal {
    match unfit {
        Unfit::NotAPlugin => Refusal::new(
            file,
            Reason::NotAPlugin,
            format!("no handshake behind {SYMBOL}"),
            "a Ferry plugin",
            "build it with the plugin! macro of ferry-sdk",
        ),
        Unfit::Version { plugin, required_minor } => section::wrong_version(file, plugin, required_minor),
        Unfit::PanicAborts => section::panic_aborts(file),
        Unfit::Layout(difference) => Refusal::new(
            file,
            Reason::Layout,
            format!("memory layouts that differ ({difference})"),
            "those of this version of the boundary",
            "build the plugin with a released ferry-sdk",
        ),
    }
}

/// The copy of `file` to load, whose content must be `sha256`. Where no copy can be made, the file
/// itself.
pub(crate) fn copy(file: &Path, sha256: &str, images: &Path) -> Result<PathBuf, Refusal> {
    let copy = images.join(format!("{sha256}.so"));
    if copy.exists() {
        return Ok(copy);
    }
    let bytes = read(file)?;
    if digest(&bytes) != sha256 {
        return Err(Refusal::new(
            file,
            Reason::Changed,
            "a file that changed since it was looked at",
            "the same file",
            "try again, it is being looked at anew",
        ));
    }
    match write(&copy, &bytes) {
        Ok(()) => Ok(copy),
        Err(error) => {
            tracing::warn!(
                plugin = %file.display(), directory = %images.display(), %error,
                "plugin is loaded in place, do not overwrite it while the worker runs"
            );
            Ok(file.to_owned())
        }
    }
}

fn write(copy: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let directory = copy.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let partial = copy.with_extension(format!("{}-{:?}", std::process::id(), std::thread::current().id()));
    let mut out =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o500).open(&partial)?;
    let written = out.write_all(bytes).and_then(|()| fs::rename(&partial, copy));
    if written.is_err() {
        let _ = fs::remove_file(&partial);
    }
    written
}
