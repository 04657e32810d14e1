//! Builds the plugins of `tests/faults/plugins` in one of several ways and keeps each way's libraries apart.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How to build them.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    /// The name of the folder they go to.
    pub name: &'static str,
    /// Lines of `--config`.
    pub config: &'static [&'static str],
    /// Compiler flags for the plugin's own crate.
    pub flags: &'static [&'static str],
    /// Cargo features.
    pub features: &'static str,
    /// The toolchain, for `cargo +toolchain`; none: the project's.
    pub toolchain: Option<&'static str>,
    /// The plugins; none: all. With flags it must be one.
    pub only: &'static [&'static str],
}

/// As the project itself is built for tests.
pub const PLAIN: Build =
    Build { name: "plain", config: &[], flags: &[], features: "", toolchain: None, only: &[] };

impl Build {
    /// Builds, and returns the folder with the libraries.
    ///
    /// # Panics
    /// When the build fails, with the compiler's words.
    pub fn run(&self) -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("faults/plugins");
        // The running test program lies in <target>/<profile>/deps.
        let program = std::env::current_exe().expect("a program has a path");
        let target = program.ancestors().nth(3).expect("below the target folder");
        let into = target.join("fault-plugins").join(self.name);
        fs::create_dir_all(&into).expect("a folder for the plugins");
        // Another test program may build another way meanwhile, into the same target folder.
        let lock = File::create(target.join("fault-plugins/lock")).expect("a lock file");
        lock.lock().expect("the lock");

        let mut cargo = match self.toolchain {
            Some(toolchain) => {
                let mut cargo = Command::new("cargo");
                cargo.arg(format!("+{toolchain}"));
                cargo
            }
            None => Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())),
        };
        cargo
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("CARGO")
            .env_remove("RUSTC")
            .env("CARGO_TARGET_DIR", target);
        cargo.arg(if self.flags.is_empty() { "build" } else { "rustc" });
        cargo.args(["--quiet", "--locked", "--features", self.features]).current_dir(&root);
        cargo.args(self.config.iter().flat_map(|line| ["--config", line]));
        match self.only {
            [] => cargo.arg("--examples"),
            some => cargo.args(some.iter().flat_map(|plugin| ["--example", plugin])),
        };
        if !self.flags.is_empty() {
            cargo.arg("--").args(self.flags);
        }
        let output = cargo.output().unwrap_or_else(|e| panic!("cannot run cargo: {e}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{cargo:?} failed:\n{said}");

        let built = target.join("debug/examples");
        for plugin in self.plugins(&root) {
            let file = format!("lib{plugin}.so");
            // By a rename: the old file may be mapped.
            let partial = into.join(format!("{file}.partial"));
            fs::copy(built.join(&file), &partial).unwrap_or_else(|e| panic!("{file}: {e}"));
            fs::rename(&partial, into.join(&file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        }
        into
    }

    fn plugins(&self, root: &Path) -> Vec<String> {
        if !self.only.is_empty() {
            return self.only.iter().map(|&plugin| plugin.to_owned()).collect();
        }
        let sources = fs::read_dir(root.join("examples")).expect("the plugins").flatten();
        sources.filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned())).collect()
    }
}
