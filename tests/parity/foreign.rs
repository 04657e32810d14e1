//! Plugins that there are twice: in Java for the JVM worker, in Rust for Ferry.

use std::path::Path;
use std::process::Command;

use ferry_tests::{Place, servers};

use crate::Kind;
use crate::build::{Build, PLAIN};

/// Puts the plugin below `plugins`, and returns that folder: `java` is a file of `parity/java`, `rust` an example of
/// `faults/plugins`.
pub fn install(kind: Kind, place: &Place, java: &str, rust: &'static [&'static str]) -> String {
    let plugins = place.at("plugins");
    let own = format!("{plugins}/{}", rust[0]);
    std::fs::create_dir_all(&own).expect("a folder");
    match kind {
        Kind::Jvm => {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("parity/java").join(java);
            let jars = format!("{}/*", servers::run("jvm-connect.sh", &["jars"], &[]));
            let output = Command::new("javac")
                .args(["-nowarn", "-cp", &jars, "-d", &own])
                .arg(source)
                .output()
                .expect("javac runs");
            assert!(output.status.success(), "javac: {}", String::from_utf8_lossy(&output.stderr));
        }
        Kind::Ferry => {
            let file = format!("lib{}.so", rust[0]);
            let built = Build { name: rust[0], only: rust, ..PLAIN }.run();
            std::fs::copy(built.join(&file), format!("{own}/{file}")).expect("copied");
        }
    }
    plugins
}
