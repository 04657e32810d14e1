//! `cargo xtask bench`: builds the release and runs the measurement programs of `tests/`.

use std::process::Command;

use clap::Subcommand;

use crate::Result;
use crate::workspace::{Profile, Workspace};
use crate::{plugins, tools};

/// What can be measured.
#[derive(Subcommand)]
pub enum Bench {
    /// File → topic and topic → file: JVM worker, Ferry, raw client, on one broker
    File {
        /// Lines of 100 bytes
        #[arg(long, default_value_t = 5_000_000)]
        lines: u64,
        /// Only these, separated by commas
        #[arg(long, default_value = "raw,jvm,ferry")]
        only: String,
        /// Ferry alone into a null producer, without a broker: its own cost
        #[arg(long)]
        null: bool,
    },
}

/// Builds what is measured and measures it.
pub fn run(bench: &Bench) -> Result {
    let Bench::File { lines, only, null } = bench;
    let workspace = Workspace::load()?;
    let mut command = vec!["build", "--quiet", "--release", "-p", "ferry-tests", "--bins"];
    let ferry = *null || only.split(',').any(|what| what == "ferry");
    if ferry {
        command.extend(["-p", "ferry"]);
    }
    workspace.cargo(&command)?;
    let plugin_path = workspace.target.join("test-plugins/release");
    if ferry {
        for plugin in plugins::build(&workspace, Profile::Release)? {
            plugins::install_one(&workspace, Profile::Release, &plugin, &plugin_path)?;
        }
    }
    if !null {
        let missing = tools::provide();
        if !missing.is_empty() || !tools::fetch_servers(&workspace.root) {
            return Err("the JVM worker and the broker cannot run here".to_owned());
        }
    }
    let result = workspace.target.join("bench/file.json");
    let mut measure = Command::new(workspace.built(Profile::Release, "bench-file"));
    measure.args(["--lines", &lines.to_string(), "--only", only, "--result"]).arg(&result);
    if *null {
        measure.arg("--null");
    }
    measure.env("FERRY_BIN", workspace.built(Profile::Release, "ferry"));
    measure.env("FERRY_PLUGIN_PATH", &plugin_path);
    workspace.run(&mut measure)
}
