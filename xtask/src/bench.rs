//! `cargo xtask bench`: builds the release and runs the measurement program of `tests/`.

use std::path::PathBuf;
use std::process::Command;

use clap::{Args, Subcommand};

use crate::Result;
use crate::workspace::{Profile, Workspace};
use crate::{plugins, tools};

/// What can be measured.
#[derive(Subcommand)]
pub enum Bench {
    /// File → topic and topic → file: JVM worker, Ferry, raw client, on one broker
    File {
        #[command(flatten)]
        common: Common,
        /// Ferry alone into a null producer, without a broker: its own cost
        #[arg(long)]
        null: bool,
    },
    /// Structs of 20 fields and 1 KiB: JSON, transforms, 8 tasks, Avro; JVM worker and Ferry on one broker
    Structs {
        #[command(flatten)]
        common: Common,
    },
    /// 100 and 1,000 idle connectors, REST beside them, and the start with 1, 10 and 100 plugins
    Control {
        /// Only these, separated by commas
        #[arg(long, default_value = "jvm,ferry")]
        only: String,
        /// Idle connectors of Ferry
        #[arg(long, default_value = "100,1000")]
        counts: String,
        /// Idle connectors of the JVM worker
        #[arg(long, default_value = "100,200")]
        jvm_counts: String,
    },
}

/// What all measurements ask for.
#[derive(Args)]
pub struct Common {
    /// Records of each run [default: 5,000,000 lines, 300,000 structs]
    #[arg(long)]
    records: Option<u64>,
    /// Only these, separated by commas
    #[arg(long, default_value = "raw,jvm,ferry")]
    only: String,
}

/// Builds what is measured and measures it.
pub fn run(bench: &Bench) -> Result {
    let records = |common: &Common, default: u64| common.records.unwrap_or(default).to_string();
    let (name, null, arguments) = match bench {
        Bench::File { common, null } => {
            ("file", *null, vec![("--records", records(common, 5_000_000)), ("--only", common.only.clone())])
        }
        Bench::Structs { common } => {
            ("structs", false, vec![("--records", records(common, 300_000)), ("--only", common.only.clone())])
        }
        Bench::Control { only, counts, jvm_counts } => (
            "control",
            false,
            vec![
                ("--only", only.clone()),
                ("--counts", counts.clone()),
                ("--jvm-counts", jvm_counts.clone()),
            ],
        ),
    };
    let workspace = Workspace::load()?;
    workspace.cargo(&["build", "--quiet", "--release", "-p", "ferry-tests", "-p", "ferry", "--bins"])?;
    let plugin_path = workspace.target.join("test-plugins/release");
    for plugin in plugins::build(&workspace, Profile::Release)? {
        plugins::install_one(&workspace, Profile::Release, &plugin, &plugin_path)?;
    }
    if !null {
        let missing = tools::provide();
        if !missing.is_empty() || !tools::fetch_servers(&workspace.root) {
            return Err("the JVM worker and the broker cannot run here".to_owned());
        }
    }
    let mut measure = Command::new(workspace.built(Profile::Release, "bench"));
    measure.arg(name);
    for (option, value) in arguments {
        measure.args([option, &value]);
    }
    measure.arg("--result").arg(workspace.target.join(format!("bench/{name}.json")));
    if null {
        measure.arg("--null");
    }
    if name == "structs" {
        measure.arg("--connectors").arg(connectors(&workspace)?);
    }
    measure.env("FERRY_BIN", workspace.built(Profile::Release, "ferry"));
    measure.env("FERRY_PLUGIN_PATH", &plugin_path);
    workspace.run(&mut measure)
}

/// A `plugin.path` with the connectors that make and take structs.
fn connectors(workspace: &Workspace) -> Result<PathBuf> {
    workspace.cargo(&[
        "build",
        "--quiet",
        "--release",
        "-p",
        "ferry-tests",
        "--example",
        "bench_connectors",
    ])?;
    let library = workspace.built(Profile::Release, "examples/libbench_connectors.so");
    let folder = workspace.target.join("bench-plugins");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::copy(&library, folder.join("libbench_connectors.so")))
        .map_err(|e| format!("cannot copy {} into {}: {e}", library.display(), folder.display()))?;
    Ok(folder)
}
