//! Vectors for references and the built-in providers.

use super::substitute::{Resolved, resolve};
use super::*;
use std::time::Duration;

const TTL: Duration = Duration::from_millis(7);

/// Answers `path/key` in upper case for every key but `missing`, and nothing for other providers.
struct Echo;

impl Lookup for Echo {
    fn get(&self, provider: &str, path: &str, keys: &[&str]) -> Result<Option<Provided>> {
        let value = |key: &&str| (*key != "missing").then(|| ((*key).to_owned(), format!("<{path}|{key}>")));
        let data = Provided { values: keys.iter().filter_map(value).collect(), ttl: Some(TTL) };
        Ok((provider == "p").then_some(data))
    }
}

fn resolved(value: &str) -> String {
    let config = ConfigMap::from_iter([("k", value)]);
    resolve(&config, &Echo).unwrap().config.get("k").unwrap().to_owned()
}

#[test]
fn follows_the_pattern_of_kafka() {
    let vectors = [
        ("plain", "plain"),
        ("${p:k}", "<|k>"),
        ("${p:/a/b:k}", "</a/b|k>"),
        ("a${p:k}b${p:x:k}c", "a<|k>b<x|k>c"),
        ("${p:x:k:with:colons}", "<x|k:with:colons>"),
        ("${p::k}", "<|k>"),
        ("${p:}", "<|>"),
        ("${p:x:}", "<x|>"),
        ("${p:missing}", "${p:missing}"),
        ("${q:k}${p:k}", "${q:k}<|k>"),
        ("${p}", "${p}"),
        ("${p${p:k}", "${p${p:k}"),
        ("${a}${p:k}", "${a}<|k>"),
        ("${p:a${p:k}}", "<a${p|k>}"),
        ("${p:k", "${p:k"),
        ("$${p:k}}", "$<|k>}"),
        ("${ p:k}", "${ p:k}"),
        ("${p: k }", "<| k >"),
        ("${p:a\nb}", "<|a\nb>"),
        ("é${p:ü}€", "é<|ü>€"),
        ("", ""),
    ];
    let found: Vec<(&str, String)> = vectors.iter().map(|(value, _)| (*value, resolved(value))).collect();
    assert_eq!(found, vectors.map(|(value, expected)| (value, expected.to_owned())));
}

#[test]
fn tells_what_was_put_in_and_when_values_expire() {
    let config = ConfigMap::from_iter([("z", "${p:x:k}"), ("a", "1"), ("u", "${q:k}")]);
    let found = resolve(&config, &Echo).unwrap();
    let expected = Resolved {
        config: ConfigMap::from_iter([("z", "<x|k>"), ("a", "1"), ("u", "${q:k}")]),
        values: BTreeMap::from([("${p:x:k}".to_owned(), "<x|k>".to_owned())]),
        ttls: BTreeMap::from([("x".to_owned(), TTL)]),
    };
    assert_eq!(found, expected);
    assert!(!format!("{found:?}").contains("<x|k>"), "{found:?}");
}

#[test]
fn puts_references_back_where_their_values_are_quoted() {
    let config = ConfigMap::from_iter([
        ("u", "${p:user}"),
        ("p", "${p:user:x}"),
        ("s", "${p:}"),
        ("l", "${p:long${p:user}}"),
    ]);
    let found = resolve(&config, &Echo).unwrap();
    let texts = ["db://<|user>:<user|x>@h", "<|>", "<|user", "<|user><|user>"];
    let expected = ["db://${p:user}:${p:user:x}@h", "<|>", "<|user", "${p:user}${p:user}"];
    assert_eq!(texts.map(|text| found.referring(text)), expected);
    for text in texts {
        let again = ConfigMap::from_iter([("k", found.referring(text))]);
        assert_eq!(resolve(&again, &Echo).unwrap().config.get("k"), Some(text));
    }
}

#[test]
fn built_in_providers_read_files_directories_and_the_environment() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().to_str().unwrap();
    std::fs::write(dir.path().join("s.properties"), "user=me\npass = a\\u0041=1 \n").unwrap();
    std::fs::create_dir(dir.path().join("d")).unwrap();
    std::fs::write(dir.path().join("d/token"), "x\n").unwrap();
    let worker = ConfigMap::from_iter([
        ("config.providers", " file, dir ,env,tight"),
        ("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider"),
        ("config.providers.dir.class", "DirectoryConfigProvider"),
        ("config.providers.env.class", "EnvVar"),
        ("config.providers.env.param.allowlist.pattern", "PATH|NOPE.*"),
        ("config.providers.tight.class", "File"),
        ("config.providers.tight.param.allowed.paths", &format!("{root}/d/../d")),
    ]);
    let providers = Providers::from_worker(&worker, &built_in, Arc::default()).unwrap();
    let config = ConfigMap::from_iter([
        ("a", format!("${{file:{root}/s.properties:pass}}")),
        ("b", format!("${{file:{root}/s.properties:nope}}")),
        ("c", format!("${{dir:{root}/d:token}}")),
        ("d", format!("${{dir:{root}/d:../s.properties}}")),
        ("e", format!("${{dir:{root}/none:token}}")),
        ("f", "${env:PATH}".to_owned()),
        ("g", "${env:HOME}".to_owned()),
        ("h", format!("${{tight:{root}/s.properties:user}}")),
        ("i", format!("${{tight:{root}/d/../s.properties:user}}")),
        ("j", "${file:pass}".to_owned()),
    ]);
    let path = std::env::var("PATH").unwrap();
    let raw = |key: &str| config.get(key).unwrap().to_owned();
    let expected = ConfigMap::from_iter([
        ("a", "aA=1 ".to_owned()),
        ("b", raw("b")),
        ("c", "x\n".to_owned()),
        ("d", raw("d")),
        ("e", raw("e")),
        ("f", path),
        ("g", raw("g")),
        ("h", raw("h")),
        ("i", raw("i")),
        ("j", raw("j")),
    ]);
    assert_eq!(providers.resolve(&config).unwrap().config, expected);
    assert_eq!(providers.secrets().hide("wrong password aA=1 x"), "wrong password [hidden] x");
}

#[test]
fn refuses_what_kafka_refuses() {
    let worker = |entries: &[(&str, &str)]| {
        let config: ConfigMap = entries.iter().copied().collect();
        Providers::from_worker(&config, &built_in, Arc::default()).err().map(|e| e.to_string())
    };
    let providers = [
        worker(&[("config.providers", "")]),
        worker(&[("config.providers", "a")]),
        worker(&[("config.providers", "a"), ("config.providers.a.class", "Nope")]),
        worker(&[
            ("config.providers", "a"),
            ("config.providers.a.class", "EnvVar"),
            ("config.providers.a.param.allowlist.pattern", "a)|(b"),
        ])
        .map(|error| error.split(": Invalid regex").next().unwrap_or_default().to_owned()),
        worker(&[
            ("config.providers", "a"),
            ("config.providers.a.class", "File"),
            ("config.providers.a.param.allowed.paths", "/tmp,,/usr"),
        ]),
        worker(&[
            ("config.providers", "a"),
            ("config.providers.a.class", "File"),
            ("config.providers.a.param.allowed.paths", "x/../y"),
        ]),
        worker(&[
            ("config.providers", "a"),
            ("config.providers.a.class", "File"),
            ("config.providers.a.param.allowed.paths", "/x/../does-not-exist/."),
        ]),
    ];
    let expected = [
        None,
        None,
        Some(
            "Invalid value Nope for configuration config.providers.a.class: Could not load config provider class or one of its dependencies",
        ),
        Some("Unmatched closing ')' near index 0\na)|(b\n^"),
        Some("Path  is not absolute"),
        Some("Path y is not absolute"),
        Some("Path /does-not-exist does not exist"),
    ];
    assert_eq!(providers, expected.map(|e| e.map(str::to_owned)));

    let texts = [
        FileProvider::default().get("/does/not/exist", &["k"]).unwrap_err().to_string(),
        EnvVarProvider::new(std::env::vars_os()).get("x", &["k"]).unwrap_err().to_string(),
    ];
    let expected = [
        "Could not read properties from file /does/not/exist",
        "Path is not supported for EnvVarConfigProvider, invalid value 'x'",
    ];
    assert_eq!(texts, expected);
}
