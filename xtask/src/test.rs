//! `cargo xtask test`: all tests of the workspace, with what they need, and a total at the end.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Result;
use crate::plugins;
use crate::tools;
use crate::workspace::{Profile, Workspace, cargo};

/// Sums over all test programs.
#[derive(Default)]
struct Totals {
    programs: u32,
    passed: u32,
    failed: u32,
    ignored: u32,
}

/// Builds, installs the plugins for the tests, runs everything, counts.
pub fn run(arguments: &[String]) -> Result {
    let started = Instant::now();
    let workspace = Workspace::load()?;
    let missing = tools::provide();
    if missing.is_empty() && !tools::fetch_servers(&workspace.root) {
        println!(
            "the server jars could not be fetched: tests on a real broker will say that they are skipped"
        );
    }
    // One build of everything first: the same dependencies for the binary, the plugins and the tests.
    workspace.cargo(&["build", "--quiet", "--workspace"])?;
    let plugin_path = workspace.target.join("test-plugins/debug");
    for plugin in workspace.plugins() {
        plugins::install_one(&workspace, Profile::Debug, &plugin, &plugin_path)?;
    }
    let skips = workspace.target.join("skipped-tests.txt");
    let _ = std::fs::remove_file(&skips);
    let mut child = Command::new(cargo())
        .current_dir(&workspace.root)
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(arguments)
        .env("FERRY_BIN", workspace.built(Profile::Debug, "ferry"))
        .env("FERRY_PLUGIN_PATH", &plugin_path)
        .env("FERRY_SKIP_LOG", &skips)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("cannot run cargo test: {e}"))?;
    let mut totals = Totals::default();
    let output = child.stdout.take().ok_or("cargo test has no output")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.map_err(|e| format!("cargo test: {e}"))?;
        let text = String::from_utf8_lossy(&line);
        totals.add(&text);
        let _ = writeln!(std::io::stdout(), "{text}");
    }
    let status = child.wait().map_err(|e| format!("cargo test: {e}"))?;
    let skipped = std::fs::read_to_string(&skips).unwrap_or_default();
    println!(
        "\nall tests: {} passed, {} failed, {} ignored, {} skipped, in {} programs, {} s",
        totals.passed,
        totals.failed,
        totals.ignored,
        skipped.lines().count(),
        totals.programs,
        started.elapsed().as_secs()
    );
    print!("{skipped}");
    if !status.success() {
        return Err(format!("cargo test: {status}"));
    }
    if totals.passed == 0 {
        return Err("no test ran".to_owned());
    }
    Ok(())
}

impl Totals {
    /// Counts a line such as `test result: ok. 5 passed; 0 failed; 0 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        self.programs += 1;
        for part in result.split([';', '.']) {
            let Some((number, what)) = part.trim().split_once(' ') else { continue };
            let number = number.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_cargo_test_prints() {
        let mut totals = Totals::default();
        totals.add("running 3 tests");
        totals.add(
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.50s",
        );
        totals.add("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        assert_eq!((totals.programs, totals.passed, totals.failed, totals.ignored), (2, 6, 2, 1));
    }
}
