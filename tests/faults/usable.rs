//! What may look like a fault but is none: dropped aliases, versions side by side, files that come and go.

use std::fs;

use ferry_plugin_abi::api::ClassKind;
use ferry_plugins::list::Listing;
use ferry_plugins::{Options, PluginRegistry, Registry, ResolveError, Scanner};
use ferry_tests::{LONG, wait_until};

use super::build::PLAIN;
use super::child::options;

fn classes(registry: &PluginRegistry) -> Vec<String> {
    registry.list(true).into_iter().map(|p| p.class).collect()
}

#[test]
fn an_alias_of_two_classes_is_no_ones() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = PLAIN.run().join("libsame_alias.so");
    let registry =
        PluginRegistry::open(options(std::slice::from_ref(&file), dir.path()), Vec::new()).expect("opened");
    registry.rescan();
    assert!(registry.resolve_connector("faults.one.SameConnector", None).is_ok());
    assert!(registry.resolve(ClassKind::Source, "faults.two.SameConnector", None).is_ok());
    for name in ["Same", "SameConnector"] {
        let one = |class: &str| {
            format!(
                "PluginDesc{{klass=class {class}, name='{class}', version='0.1.0', encodedVersion=0.1.0, type=source, \
                 typeName='source', location='{}'}}",
                file.display()
            )
        };
        let error = registry.resolve_connector(name, None).expect_err("ambiguous");
        assert!(matches!(error, ResolveError::Ambiguous { .. }), "{error:?}");
        let expected = format!(
            "More than one connector matches alias {name}. Please use full package and class name instead. Classes found: {}, {}",
            one("faults.one.SameConnector"),
            one("faults.two.SameConnector")
        );
        assert_eq!(error.to_string(), expected);
    }
    let json = Listing::of(&registry, false).to_json();
    let both = serde_json::json!(["faults.one.SameConnector", "faults.two.SameConnector"]);
    assert_eq!(json["ambiguous_aliases"], serde_json::json!({"Same": both, "SameConnector": both}));
}

#[test]
fn an_unknown_class_is_answered_in_connects_words() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = PLAIN.run().join("libpanic_in_put.so");
    let registry =
        PluginRegistry::open(options(std::slice::from_ref(&file), dir.path()), Vec::new()).expect("opened");
    let error = registry.resolve_connector("Nope", None).expect_err("unknown");
    let class = "faults.PanicInPut";
    let expected = format!(
        "Failed to find any class that implements Connector and which name matches Nope, available connectors are: \
         PluginDesc{{klass=class {class}, name='{class}', version='0.1.0', encodedVersion=0.1.0, type=sink, typeName='sink', \
         location='{}'}}",
        file.display()
    );
    assert_eq!(error.to_string(), expected);
    let error = registry.resolve_connector(class, Some("9.9")).expect_err("no such version");
    let expected = format!(
        "Plugin {class} not found that matches the version range [9.9,9.9], available versions: [0.1.0]"
    );
    assert_eq!(error.to_string(), expected);
    let error = registry.resolve_connector(class, Some("[1")).expect_err("no range");
    assert_eq!(error.to_string(), "Invalid version specification: [1");
    for allowed in [None, Some("latest"), Some("0.1"), Some("[0,1)")] {
        assert!(registry.resolve_connector(class, allowed).is_ok(), "{allowed:?}");
    }
}

/// Waits until the registry lists `expected`; it looks at the folder by itself.
fn wait(registry: &PluginRegistry, expected: &[&str]) {
    wait_until(LONG, &format!("{expected:?} are listed"), || classes(registry) == expected);
}

#[test]
fn files_come_and_go_while_the_worker_runs() {
    let dir = tempfile::tempdir().expect("a folder");
    let (path, built) = (dir.path().join("path"), PLAIN.run());
    fs::create_dir_all(&path).expect("made");
    let options = Options { watch: true, ..options(std::slice::from_ref(&path), &dir.path().join("cache")) };
    let registry = PluginRegistry::open(options, Vec::new()).expect("opened");
    assert_eq!(classes(&registry), [""; 0]);

    let file = path.join("libdropped-in.so");
    fs::copy(built.join("libpanic_in_poll.so"), &file).expect("copied");
    wait(&registry, &["faults.PanicInPoll"]);
    let kept = registry.resolve_connector("PanicInPoll", None).expect("usable at once");

    // Overwritten in place, as `cp` does: another content is another image.
    fs::copy(built.join("libpanic_in_start.so"), &file).expect("copied");
    wait(&registry, &["faults.PanicInStart"]);
    assert!(registry.resolve_connector("PanicInStart", None).is_ok());
    assert!(matches!(registry.resolve_connector("PanicInPoll", None), Err(ResolveError::NotFound { .. })));

    let hub = path.join("faults-healthy-0.1.0/lib");
    fs::create_dir_all(&hub).expect("made");
    fs::copy(built.join("libhealthy.so"), hub.join("libhealthy.so")).expect("copied");
    fs::remove_file(&file).expect("removed");
    wait(&registry, &["faults.HealthySink", "faults.HealthySource"]);
    let location = path.join("faults-healthy-0.1.0").display().to_string();
    assert!(registry.list(true).iter().all(|p| p.location == location));

    // What was loaded stays as long as somebody holds it.
    let ferry_plugin_abi::api::Factory::Source { task, .. } = &kept.factory else { panic!("a source") };
    assert!(task().is_ok());
}

/// What an earlier start has looked at is known without a child process, so a start costs next to nothing.
#[test]
fn a_start_with_a_warm_cache_looks_at_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let (path, cache) = (dir.path().join("path"), dir.path().join("cache"));
    fs::create_dir_all(&path).expect("made");
    let built = PLAIN.run();
    for (index, name) in ["healthy", "panic_in_new", "panic_in_put", "same_alias"].iter().enumerate() {
        fs::copy(built.join(format!("lib{name}.so")), path.join(format!("lib{index}.so"))).expect("copied");
    }
    let known = |registry: &PluginRegistry| {
        registry.rescan();
        (classes(registry).len(), registry.refusals())
    };
    let mut options = options(std::slice::from_ref(&path), &cache);
    let cold = PluginRegistry::open(options.clone(), Vec::new()).expect("opened");
    assert_eq!(known(&cold), (6, Vec::new()));
    // A file that is looked at from now on is refused.
    options.scanner = Some(Scanner::new(dir.path().join("no such program"), [""; 0]));
    let warm = PluginRegistry::open(options.clone(), Vec::new()).expect("opened");
    assert_eq!(classes(&warm).len(), 6, "they are there at once");
    assert_eq!(known(&warm), (6, Vec::new()));
    options.cache = Some(dir.path().join("another cache"));
    let blind = PluginRegistry::open(options, Vec::new()).expect("opened");
    assert_eq!((known(&blind).0, blind.refusals().len()), (0, 4));
}

#[test]
fn a_plugin_path_that_comes_later_is_seen() {
    let dir = tempfile::tempdir().expect("a folder");
    let (path, built) = (dir.path().join("later"), PLAIN.run());
    let bare = dir.path().join("libbare.so");
    let options =
        Options { watch: true, ..options(&[path.clone(), bare.clone()], &dir.path().join("cache")) };
    let registry = PluginRegistry::open(options, Vec::new()).expect("a missing folder is no error");
    fs::create_dir_all(&path).expect("made");
    fs::copy(built.join("libpanic_in_poll.so"), path.join("libone.so")).expect("copied");
    wait(&registry, &["faults.PanicInPoll"]);
    fs::copy(built.join("libpanic_in_put.so"), path.join("libtwo.so")).expect("copied");
    wait(&registry, &["faults.PanicInPut", "faults.PanicInPoll"]);
    fs::copy(built.join("libpanic_in_drop.so"), &bare).expect("copied");
    wait(&registry, &["faults.PanicInPut", "faults.PanicInDrop", "faults.PanicInPoll"]);
}
