//! `plugin.discovery`: how far a file's own word is trusted.

/// Connect's four modes, with the manifest section in the place of `META-INF/services`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Discovery {
    /// Manifests are ignored; every file is loaded in a child process.
    OnlyScan,
    /// Every file is loaded in a child process; one without a manifest is used, with a warning.
    #[default]
    HybridWarn,
    /// Every file is loaded in a child process; one without a manifest stops the worker's start.
    HybridFail,
    /// Manifests are trusted, nothing is loaded before its first use; files without one are not used.
    ServiceLoad,
}

impl Discovery {
    const NAMES: [(Self, &'static str); 4] = [
        (Self::OnlyScan, "only_scan"),
        (Self::HybridWarn, "hybrid_warn"),
        (Self::HybridFail, "hybrid_fail"),
        (Self::ServiceLoad, "service_load"),
    ];

    /// The mode of that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| n.eq_ignore_ascii_case(name)).map(|(mode, _)| *mode)
    }
    /// Whether files are loaded in a child process.
    pub(crate) fn scans(self) -> bool {
        self != Self::ServiceLoad
    }
}

impl std::fmt::Display for Discovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(Self::NAMES[*self as usize].1)
    }
}
