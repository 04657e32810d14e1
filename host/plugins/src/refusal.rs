//! Why a file is not used, in one sentence.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It cannot be read, or is not a shared library of this machine.
    NotALibrary,
    /// It is a Java archive.
    Java,
    /// It is a shared library, but has nothing of a Ferry plugin.
    NotAPlugin,
    /// `plugin.discovery` asks for a manifest and there is none.
    NoManifest,
    /// The manifest cannot be read.
    BadManifest,
    /// It was built for another platform.
    Platform,
    /// The version rule of the boundary says no.
    AbiVersion,
    /// A panic in it would end the worker.
    PanicAborts,
    /// The system's loader refuses it.
    DoesNotLoad,
    /// It ended the process that looked at it.
    Crashed,
    /// It did not answer in time.
    Hung,
    /// Its memory layouts are others.
    Layout,
    /// It fails to describe itself.
    Undescribed,
    /// Its code is not what its manifest says.
    ManifestLies,
    /// It is no longer the file that was looked at.
    Changed,
}

impl Reason {
    /// Whether the answer depends on the file alone, so that it may be kept.
    pub(crate) fn lasts(self) -> bool {
        !matches!(self, Self::DoesNotLoad | Self::Hung | Self::Changed)
    }
}

/// A file that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The file.
    pub file: PathBuf,
    /// What is wrong, for programs.
    pub reason: Reason,
    /// What was found.
    pub found: String,
    /// What was wanted.
    pub wanted: String,
    /// What to do about it.
    pub mend: String,
}

impl Refusal {
    pub(crate) fn new(
        file: &Path,
        reason: Reason,
        found: impl Into<String>,
        wanted: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { file: file.to_owned(), reason, found: found.into(), wanted: wanted.into(), mend: mend.into() }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, found, wanted, mend, .. } = self;
        write!(f, "plugin {} is refused: found {found}, wanted {wanted}: {mend}", file.display())
    }
}
impl std::error::Error for Refusal {}
