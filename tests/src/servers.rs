//! The scripts in `tests/servers`: whether what they need is here, and how to call them.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::wait::LONG;

/// The folder of the scripts.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("servers")
}

/// Runs a script and returns its last line of output.
///
/// # Panics
/// When the script fails, with everything it said.
pub fn run(script: &str, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    output(script, arguments, environment).lines().last().unwrap_or_default().to_owned()
}

/// Runs a script and returns its output.
///
/// # Panics
/// When the script fails, with everything it said.
pub fn output(script: &str, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = Command::new(folder().join(script))
        .args(arguments)
        // How long a server may take to start on a machine that does ten other things.
        .env("SERVERS_WAIT", LONG.as_secs().to_string())
        .envs(environment.iter().copied())
        .output()
        .unwrap_or_else(|e| panic!("cannot run {script}: {e}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{script} {arguments:?}: {}\n{said}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// Whether the broker and the JVM worker can run here: Java is present and the jars are cached or can be fetched.
///
/// Where they cannot, the calling test says so and returns; with `CI` set that is a failure.
pub fn available() -> bool {
    static FOUND: OnceLock<Result<(), String>> = OnceLock::new();
    said(FOUND.get_or_init(|| ["kafka.sh", "jvm-connect.sh"].into_iter().try_for_each(fetched)))
}

/// Whether the schema registry can run here; as [`available`].
pub fn registry_available() -> bool {
    static FOUND: OnceLock<Result<(), String>> = OnceLock::new();
    said(FOUND.get_or_init(|| fetched("schema-registry.sh")))
}

/// The Python that has these packages, in an environment that is made once. None: there is none here (said).
pub fn python(requirements: &std::path::Path) -> Option<PathBuf> {
    let made = Command::new(folder().join("python.sh")).arg("env").arg(requirements).output();
    let found = match made {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        Ok(output) => Err(format!(
            "no python with {} (apt-get install python3-venv): {}",
            requirements.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Err(error) => Err(format!("cannot run python.sh: {error}")),
    };
    found.map_err(|why| skip(&why)).ok().map(PathBuf::from)
}

fn fetched(script: &str) -> Result<(), String> {
    if Command::new("java").arg("-version").output().is_err() {
        return Err("no java on the PATH (apt-get install default-jdk-headless maven)".to_owned());
    }
    match Command::new(folder().join(script)).arg("fetch").output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            Err(format!("{script} fetch failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
        Err(error) => Err(format!("cannot run {script}: {error}")),
    }
}

fn said(found: &Result<(), String>) -> bool {
    if let Err(why) = found {
        skip(why);
    }
    found.is_ok()
}

/// Says that the calling test is skipped, and why.
///
/// The line goes to the terminal past the test runner's capture, and to the file named by
/// `FERRY_SKIP_LOG`, from which `cargo xtask test` counts.
///
/// # Panics
/// With `CI` set: there a skip is a failure.
pub fn skip(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(!in_ci(), "{test} would be skipped, which CI does not allow: {why}");
    let line = format!("SKIPPED {test}: {why}\n");
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("FERRY_SKIP_LOG") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

/// Whether this runs in continuous integration.
fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "0" && value != "false")
}
