//! Cases of the config providers, on the files of `files/`.

use serde_json::{Value as Json, json};

use super::{Config, Gen, Subject};

/// The config providers.
pub fn subjects() -> Vec<Subject> {
    macro_rules! provider {
        ($name:literal, $make:expr) => {
            Subject {
                name: $name,
                class: concat!("org.apache.kafka.common.config.provider.", $name),
                kinds: &["provider"],
                make: $make,
            }
        };
    }
    vec![
        provider!("FileConfigProvider", |g| files(g, FILES, PROPERTIES)),
        provider!("DirectoryConfigProvider", |g| files(g, DIRECTORIES, NAMES)),
        provider!("EnvVarConfigProvider", environment),
    ]
}

const FILES: &[&str] = &[
    "{files}/plain.properties",
    "{files}/plain.properties",
    "{files}/odd.properties",
    "{files}/odd.properties",
    "{files}/malformed.properties",
    "{files}/empty.properties",
    "{files}/missing.properties",
    "",
    "{files}",
    "{files}/secrets/../plain.properties",
    "{files}/./odd.properties",
    "{files}/secrets/password",
    "{files}//plain.properties",
    "missing",
    "{files}/secrets/../../files/plain.properties",
    "{files}/secrets/link",
];

const PROPERTIES: &[&str] = &[
    "a",
    "b",
    "c",
    "d",
    "empty",
    "novalue",
    "indented",
    "long",
    "\u{fc}",
    "missing",
    "",
    "key with spaces",
    "escapes",
    "unicode",
    "colon:key",
    "equals=key",
    "trailing",
    "back",
    "ref",
    "crlf",
    "last",
    "good",
    "bad",
    "s3cret",
    "#",
    "comment",
];

const DIRECTORIES: &[&str] = &[
    "{files}/secrets",
    "{files}/secrets",
    "{files}/secrets/",
    "{files}/secrets/sub",
    "{files}",
    "{files}/missing",
    "",
    "{files}/secrets/password",
    "{files}/secrets/../secrets",
    "{files}/secrets/sub/..",
    "{files}/./secrets",
];

const NAMES: &[&str] = &[
    "password",
    "token",
    "with space",
    "empty",
    "sub",
    "link",
    "missing",
    "",
    "inner",
    "sub/inner",
    "../plain.properties",
    "..",
    "plain.properties",
    "./password",
    ".",
];

const ALLOWED: &[&str] = &[
    "{files}",
    "{files}",
    "{files}/secrets",
    "{files},{files}/secrets",
    "{files}/secrets,{files}/plain.properties",
    "relative",
    "{files}/missing",
    "",
    "{files}/plain.properties",
    "{files}/secrets/..",
    "{files}/sec",
    "{files}/secrets/sub",
    ",",
    "{files},",
];

fn keys(g: &mut Gen, all: &[&str]) -> Json {
    (0..g.below(5)).map(|_| g.pick(all)).collect()
}

fn files(g: &mut Gen, paths: &[&str], names: &[&str]) -> (Config, Vec<Json>) {
    let mut config = Vec::new();
    g.option(&mut config, 60, "allowed.paths", ALLOWED);
    let steps = (0..1 + g.below(3)).map(|_| json!({"get": g.pick(paths), "keys": keys(g, names)})).collect();
    (config, steps)
}

/// Cargo sets the variables of the package whose tests run.
fn environment(g: &mut Gen) -> (Config, Vec<Json>) {
    const VARIABLES: &[&str] = &[
        "CARGO_PKG_NAME",
        "CARGO_PKG_LICENSE",
        "CARGO_PKG_DESCRIPTION",
        "NO_SUCH_VARIABLE",
        "",
        "cargo_pkg_name",
    ];
    let mut config = Vec::new();
    g.option(
        &mut config,
        70,
        "allowlist.pattern",
        &[
            "CARGO_.*",
            "CARGO_PKG_NAME",
            ".*NAME",
            "CARGO",
            "[",
            "",
            "(?i)cargo_pkg_.*",
            "\\QCARGO_PKG_NAME\\E",
            "NAME|CARGO_PKG_LICENSE",
            "(",
            "a**",
        ],
    );
    let steps = (0..1 + g.below(3))
        .map(|_| json!({"get": g.pick(&["", "", "", "", "/x", " "]), "keys": keys(g, VARIABLES)}));
    (config, steps.collect())
}
