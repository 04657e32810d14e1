//! A close look at one file: its manifest, its checks, its description of itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ferry_plugin_abi::image::{ClassDescription, Description};
use ferry_plugin_abi::manifest::Manifest;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Reason, Refusal, image, section};

/// All that is known of a plugin file without using it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The file.
    pub file: PathBuf,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// Its manifest; a file without one may still work.
    pub manifest: Option<Manifest>,
    /// Its classes. Where only the manifest was read, without documentation and configuration.
    pub classes: Vec<ClassDescription>,
}

/// Looks at `file` by loading it into this process, which it may crash or hang: the scanner does it
/// in a child process.
pub fn inspect_in_process(file: &Path) -> Result<Inspection, Refusal> {
    let bytes = read(file)?;
    let claim = section::read(file, &bytes)?;
    let description = describe(file, image::open(file, file)?)?;
    agree(file, claim.manifest.as_ref(), &description)?;
    Ok(Inspection {
        file: file.to_owned(),
        sha256: digest(&bytes),
        manifest: claim.manifest.map(|(_, manifest)| manifest),
        classes: description.classes,
    })
}

/// Looks at the manifest of `file` only. Nothing of it runs.
pub(crate) fn read_claim(file: &Path) -> Result<Inspection, Refusal> {
    let bytes = read(file)?;
    let Some((_, manifest)) = section::read(file, &bytes)?.manifest else {
        return Err(Refusal::new(
            file,
            Reason::NoManifest,
            "no manifest",
            "one, as plugin.discovery is service_load",
            "build the plugin with the plugin! macro of ferry-sdk, or set plugin.discovery=hybrid_warn",
        ));
    };
    let classes = manifest.classes.iter().map(|class| ClassDescription {
        kind: class.kind.clone(),
        class: class.class.clone(),
        version: manifest.version.clone(),
        documentation: String::new(),
        config: Default::default(),
    });
    Ok(Inspection {
        file: file.to_owned(),
        sha256: digest(&bytes),
        classes: classes.collect(),
        manifest: Some(manifest),
    })
}

pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Refusal> {
    std::fs::read(file).map_err(|e| section::not_a_library(file, format!("a file that cannot be read ({e})")))
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks a loaded plugin for its description.
pub(crate) fn describe(file: &Path, image: ferry_plugin_abi::image::Image) -> Result<Description, Refusal> {
    image.describe().map_err(|error| {
        Refusal::new(
            file,
            Reason::Undescribed,
            format!("a plugin that fails to describe itself ({})", error.message()),
            "the list of its classes",
            "mend the plugin or install another version",
        )
    })
}

/// The code must say what the manifest says.
pub(crate) fn agree(
    file: &Path,
    manifest: Option<&(String, Manifest)>,
    description: &Description,
) -> Result<(), Refusal> {
    let Some((text, manifest)) = manifest else { return Ok(()) };
    let lies = |found: String, wanted: String| {
        let mend = "build the plugin again, and its list of classes with it";
        Err(Refusal::new(file, Reason::ManifestLies, found, wanted, mend))
    };
    if *text != description.manifest {
        return lies(
            "a manifest section that is not its code's".into(),
            "the manifest it was built with".into(),
        );
    }
    let claimed: BTreeSet<String> =
        manifest.classes.iter().map(|c| format!("{} {}", c.kind, c.class)).collect();
    let real: BTreeSet<String> =
        description.classes.iter().map(|c| format!("{} {}", c.kind, c.class)).collect();
    if claimed != real {
        let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
            let only: Vec<&str> = a.difference(b).map(String::as_str).collect();
            if only.is_empty() { "nothing".to_owned() } else { only.join(", ") }
        };
        return lies(
            format!("a manifest that names {} beyond its code", only(&claimed, &real)),
            format!("the classes of its code, which also has {}", only(&real, &claimed)),
        );
    }
    Ok(())
}
