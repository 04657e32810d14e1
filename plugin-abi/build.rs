//! Hands the compiler's version and the target triple to the code, for a plugin's manifest.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().ok().filter(|o| o.status.success());
    let version = version
        .map_or_else(|| "unknown".to_owned(), |o| String::from_utf8_lossy(&o.stdout).trim().to_owned());
    println!("cargo::rustc-env=FERRY_RUSTC={version}");
    println!("cargo::rustc-env=FERRY_TARGET={}", std::env::var("TARGET").unwrap_or_default());
}
