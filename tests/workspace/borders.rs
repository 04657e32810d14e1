//! The dependency table of the design, over what cargo says.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Crates of this workspace, and which others of it each may use. The data flows down this list only.
const MAY_USE: &[(&str, &[&str])] = &[
    // What a plugin and the host share.
    ("ferry-plugin-abi", &[]),
    ("ferry-sdk-macros", &[]),
    ("ferry-sdk", &["ferry-plugin-abi", "ferry-sdk-macros"]),
    // Loads the library under test as the host does.
    ("ferry-testkit", &["ferry-plugin-abi", "ferry-sdk", "ferry-plugins"]),
    // Plugins know the SDK and nothing of the host.
    ("ferry-converters", &["ferry-sdk"]),
    ("ferry-transforms", &["ferry-sdk"]),
    ("ferry-predicates", &["ferry-sdk"]),
    ("ferry-file-stream", &["ferry-sdk"]),
    ("ferry-schema-registry", &["ferry-sdk"]),
    // The host, from the bottom.
    ("ferry-config", &["ferry-plugin-abi"]),
    ("ferry-kafka", &["ferry-log"]),
    ("ferry-log", &[]),
    ("ferry-plugins", &["ferry-log", "ferry-plugin-abi"]),
    ("ferry-runtime", &["ferry-config", "ferry-kafka", "ferry-log", "ferry-plugins", "ferry-plugin-abi"]),
    ("ferry-rest", &["ferry-runtime", "ferry-config", "ferry-log", "ferry-plugin-abi"]),
    // Tools that need no worker, but its rules.
    ("ferry-check", &["ferry-config", "ferry-plugins", "ferry-runtime", "ferry-plugin-abi"]),
    ("ferry-cli", &["ferry-config"]),
    (
        "ferry",
        &[
            "ferry-cli",
            "ferry-rest",
            "ferry-check",
            "ferry-runtime",
            "ferry-config",
            "ferry-kafka",
            "ferry-log",
            "ferry-plugins",
            "ferry-plugin-abi",
            "ferry-converters",
            "ferry-transforms",
            "ferry-predicates",
        ],
    ),
    // Whole programs from outside: no code of ours that they test.
    ("ferry-tests", &[]),
    ("xtask", &[]),
];

/// What only tests of a crate may use besides.
const TESTS_MAY_USE: &[(&str, &[&str])] = &[
    ("ferry-converters", &["ferry-testkit"]),
    ("ferry-transforms", &["ferry-testkit"]),
    ("ferry-predicates", &["ferry-testkit"]),
    ("ferry-file-stream", &["ferry-testkit"]),
    // Connect's JsonConverter reads the cases that Confluent's own classes were recorded with.
    ("ferry-schema-registry", &["ferry-converters", "ferry-testkit"]),
    ("ferry-plugin-abi", &["ferry-sdk"]),
    // The harness that starts brokers.
    ("ferry-kafka", &["ferry-tests"]),
    // The classes that every worker has, and one connector of each kind.
    ("ferry-check", &["ferry-converters", "ferry-transforms", "ferry-predicates", "ferry-file-stream"]),
    ("ferry-runtime", &["ferry-sdk", "ferry-converters", "ferry-transforms", "ferry-predicates"]),
    (
        "ferry-tests",
        &[
            "ferry-plugin-abi",
            "ferry-plugins",
            "ferry-sdk",
            "ferry-testkit",
            "ferry-kafka",
            // The differential proof runs the built-in classes in its own process.
            "ferry-converters",
            "ferry-transforms",
            "ferry-predicates",
            "ferry-config",
        ],
    ),
];

/// Libraries that one place owns.
const OWNED: &[(&str, &[&str])] = &[
    // The tests read topics and measure the raw client without Ferry's own.
    ("rdkafka", &["ferry-kafka", "ferry-tests"]),
    ("fjall", &["ferry-kafka"]),
    ("axum", &["ferry-rest"]),
    ("saphyr-parser", &["ferry-check"]),
    ("hyper", &["ferry-rest"]),
    ("tokio-rustls", &["ferry-rest"]),
    // The command line, and the converters that ask a schema registry.
    ("ureq", &["ferry-cli", "ferry-schema-registry"]),
    ("libloading", &["ferry-plugins"]),
    ("abi_stable", &["ferry-plugin-abi", "ferry-plugins"]),
];

#[test]
fn crates_use_only_what_lies_below_them() {
    let packages = packages();
    let ours: BTreeSet<&str> = packages.keys().map(String::as_str).collect();
    let listed: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, listed, "the crates of the workspace are those of the dependency table");
    let find = |table: &'static [(&str, &[&str])], name: &str| {
        table.iter().find(|(n, _)| *n == name).map_or(&[][..], |(_, list)| *list)
    };
    let mut faults = Vec::new();
    for (name, dependencies) in &packages {
        for (dependency, kind) in dependencies {
            if !ours.contains(dependency.as_str()) {
                continue;
            }
            let mut allowed = find(MAY_USE, name).contains(&dependency.as_str());
            if kind == "dev" {
                allowed |= find(TESTS_MAY_USE, name).contains(&dependency.as_str());
            }
            if !allowed {
                faults.push(format!("{name} must not use {dependency} ({kind})"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn some_libraries_are_used_in_one_place_only() {
    let mut faults = Vec::new();
    for (name, dependencies) in packages() {
        for (dependency, kind) in dependencies {
            let owner = OWNED.iter().find(|(library, _)| *library == dependency);
            if let Some((_, owners)) = owner
                && !owners.contains(&name.as_str())
            {
                faults
                    .push(format!("{name} must not use {dependency} ({kind}), which belongs to {owners:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every crate is under the workspace's lints, which forbid `unsafe` where it is not asked for.
#[test]
fn every_crate_has_the_lints_of_the_workspace() {
    let root = super::unsafe_code::root();
    let mut faults = Vec::new();
    for manifest in manifests() {
        let text = std::fs::read_to_string(&manifest).expect("a manifest");
        if !text.replace(' ', "").contains("[lints]\nworkspace=true") {
            faults.push(manifest.strip_prefix(&root).unwrap_or(&manifest).display().to_string());
        }
    }
    assert!(faults.is_empty(), "without `[lints] workspace = true`: {faults:?}");
}

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .current_dir(super::unsafe_code::root())
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn manifests() -> Vec<std::path::PathBuf> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages").iter();
    packages.map(|package| package["manifest_path"].as_str().expect("a path").into()).collect()
}

/// Per member: its dependencies with their kind.
fn packages() -> BTreeMap<String, Vec<(String, String)>> {
    let mut packages = BTreeMap::new();
    for package in metadata()["packages"].as_array().expect("packages") {
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        let dependencies = dependencies.map(|dependency| {
            let text = |key: &str| dependency[key].as_str().unwrap_or("normal").to_owned();
            (text("name"), text("kind"))
        });
        packages.insert(package["name"].as_str().expect("a name").to_owned(), dependencies.collect());
    }
    packages
}
