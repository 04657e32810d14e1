//! `cargo xtask parity`: fresh cases of the differential proof on the JVM's classes and on Ferry's.

use std::process::Command;

use clap::Args;

use crate::Result;
use crate::tools;
use crate::workspace::{Workspace, cargo};

/// What to compare.
#[derive(Args)]
pub struct Parity {
    /// Only classes whose simple name contains this
    class: Option<String>,
    /// Makes the cases of an earlier run again; printed by each
    #[arg(long)]
    seed: Option<u64>,
    /// Cases per class
    #[arg(long, default_value_t = 300)]
    cases: u32,
    /// Write what the JVM makes of them to tests/parity/differential/golden
    #[arg(long)]
    record: bool,
}

/// Runs the comparison; its seed and what differs are printed.
pub fn run(parity: &Parity) -> Result {
    let workspace = Workspace::load()?;
    let missing = tools::provide();
    if !missing.is_empty() || !tools::fetch_servers(&workspace.root) {
        return Err("the JVM's side cannot run here".to_owned());
    }
    let mut command = Command::new(cargo());
    command.args(["test", "--quiet", "--package", "ferry-tests", "--test", "differential", "--"]);
    command.args(["--ignored", "--exact", "--nocapture", "live::fresh_cases"]);
    command.env("FERRY_PARITY_CASES", parity.cases.to_string());
    if let Some(class) = &parity.class {
        command.env("FERRY_PARITY_CLASS", class);
    }
    if let Some(seed) = parity.seed {
        command.env("FERRY_PARITY_SEED", seed.to_string());
    }
    if parity.record {
        command.env("FERRY_PARITY_RECORD", "1");
    }
    workspace.run(&mut command)
}
