//! Runs the Java programs of `parity/java/metrics`.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use ferry_tests::servers;
use serde_json::{Map, Value};

/// The classes, compiled once.
fn class_path() -> &'static str {
    static COMPILED: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, path) = COMPILED.get_or_init(|| {
        let jars = format!("{}/*", servers::run("jvm-connect.sh", &["jars"], &[]));
        let classes = tempfile::tempdir().expect("a folder");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("parity/java/metrics");
        let compiled = Command::new("javac")
            .args(["-nowarn", "-cp", &jars, "-d"])
            .arg(classes.path())
            .args(["MBeans.java", "Statistics.java"].map(|name| sources.join(name)))
            .output()
            .expect("javac runs");
        assert!(compiled.status.success(), "javac: {}", String::from_utf8_lossy(&compiled.stderr));
        let path = format!("{}:{jars}", classes.path().display());
        (classes, path)
    });
    path
}

/// What a program prints.
pub fn run(class: &str, arguments: &[&str]) -> String {
    let output = Command::new("java")
        .args([
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Dlog4j2.level=OFF",
            "-cp",
            class_path(),
            class,
        ])
        .args(arguments)
        .output()
        .expect("java runs");
    assert!(output.status.success(), "{class}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The MBeans of Connect in the JVM that listens on this port, without the older form of `app-info`.
pub fn beans(port: u16) -> Map<String, Value> {
    let text = run("MBeans", &[&port.to_string(), "kafka.connect"]);
    let beans: Map<String, Value> = serde_json::from_str(&text).expect("JSON");
    beans.into_iter().filter(|(name, _)| !name.starts_with("type=app-info,id=")).collect()
}
