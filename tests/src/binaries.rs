//! Where the Ferry binary and its plugins are: as the environment says, else built once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The programs under test.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// The `ferry` binary (`FERRY_BIN`).
    pub ferry: PathBuf,
    /// A `plugin.path` holding all plugins of the workspace (`FERRY_PLUGIN_PATH`).
    pub plugin_path: PathBuf,
}

impl Binaries {
    /// As `cargo xtask test` says through the environment, else from a debug build made now.
    ///
    /// # Panics
    /// When the build fails, with the compiler's words.
    pub fn get() -> &'static Self {
        static FOUND: OnceLock<Binaries> = OnceLock::new();
        FOUND.get_or_init(|| {
            let named = |name| std::env::var_os(name).map(PathBuf::from);
            match (named("FERRY_BIN"), named("FERRY_PLUGIN_PATH")) {
                (Some(ferry), Some(plugin_path)) => Self { ferry, plugin_path },
                (ferry, plugin_path) => {
                    let target = build();
                    Self {
                        ferry: ferry.unwrap_or_else(|| target.join("debug/ferry")),
                        plugin_path: plugin_path.unwrap_or_else(|| target.join("test-plugins/debug")),
                    }
                }
            }
        })
    }

    /// The library of a plugin, found by the end of its file name.
    ///
    /// # Panics
    /// When there is none.
    pub fn plugin(&self, file_name: &str) -> PathBuf {
        fn find(dir: &Path, name: &str) -> Option<PathBuf> {
            std::fs::read_dir(dir).ok()?.flatten().find_map(|entry| {
                let path = entry.path();
                if path.is_dir() { find(&path, name) } else { path.ends_with(name).then_some(path) }
            })
        }
        find(&self.plugin_path, file_name)
            .unwrap_or_else(|| panic!("no {file_name} below {}", self.plugin_path.display()))
    }
}

/// Builds the binary and installs the plugins through the project's own xtask; returns the target folder.
fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    // The running test program lies in <target>/<profile>/deps.
    let program = std::env::current_exe().expect("a program has a path");
    let target = program.ancestors().nth(3).expect("below the target folder").to_path_buf();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let run = |arguments: &[&str]| {
        let output = Command::new(&cargo)
            .current_dir(root)
            .env("CARGO_TARGET_DIR", &target)
            .args(arguments)
            .output()
            .unwrap_or_else(|e| panic!("cannot run cargo: {e}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo {arguments:?} failed:\n{said}");
    };
    let plugins = target.join("test-plugins/debug").display().to_string();
    run(&["build", "--quiet", "-p", "ferry"]);
    run(&["run", "--quiet", "-p", "xtask", "--", "plugins", "--debug", "--into", &plugins]);
    target
}
