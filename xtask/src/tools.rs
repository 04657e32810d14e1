//! Programs that the tests need besides Rust: looked for, and installed where that is allowed.

use std::path::Path;
use std::process::{Command, Stdio};

/// A program and the Debian package that has it.
const TOOLS: &[(&str, &str)] = &[
    ("java", "default-jdk-headless"),
    ("javac", "default-jdk-headless"),
    ("mvn", "maven"),
    ("curl", "curl"),
    ("openssl", "openssl"),
    ("setsid", "util-linux"),
    ("python3", "python3-venv"),
];

/// Installs what is missing (as root, with apt-get) and returns what is missing still.
pub fn provide() -> Vec<&'static str> {
    let missing: Vec<&(&str, &str)> = TOOLS.iter().filter(|(program, _)| !present(program)).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let mut packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    packages.dedup();
    if is_root() && present("apt-get") {
        println!("installing {} for the tests against the JVM worker", packages.join(", "));
        apt(&["update", "-qq"]);
        let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
        arguments.extend(&packages);
        apt(&arguments);
    }
    let missing: Vec<&str> = TOOLS.iter().filter(|(program, _)| !present(program)).map(|(_, p)| *p).collect();
    if !missing.is_empty() {
        println!("not here and not installable: {} (packages {})", missing.join(", "), packages.join(", "));
    }
    missing
}

/// Whether a program is on the PATH.
pub fn present(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn apt(arguments: &[&str]) {
    // A failure shows in what is missing afterwards.
    let _ = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
}

/// Fills the cache of server jars; false (and said) when that is not possible.
pub fn fetch_servers(root: &Path) -> bool {
    ["kafka.sh", "jvm-connect.sh", "schema-registry.sh"].iter().all(|script| {
        let status = Command::new(root.join("tests/servers").join(script)).arg("fetch").status();
        status.is_ok_and(|status| status.success())
    })
}
