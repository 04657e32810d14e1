//! Files that never become plugins, all in one `plugin.path` with a healthy one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ferry_plugins::list::Listing;
use ferry_plugins::{Discovery, PluginRegistry, Reason, Registry};

use super::build::{Build, PLAIN};
use super::child::{options, scanner};

/// A folder with the plugins of `names`, by hard links to what was built.
fn folder(of: &Path, names: &[&str], into: &Path) -> PathBuf {
    fs::create_dir_all(into).expect("made");
    for name in names {
        let file = format!("lib{name}.so");
        fs::copy(of.join(&file), into.join(&file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    }
    into.to_owned()
}

/// What is said of each file, without its path and what differs between machines.
fn said(registry: &PluginRegistry, root: &Path) -> BTreeMap<String, (Reason, String)> {
    let refusals = registry.refusals().into_iter();
    refusals
        .map(|refusal| {
            let name = refusal.file.file_name().expect("a name").to_string_lossy().into_owned();
            let text = refusal.to_string().replace(&format!("{}/", root.display()), "");
            (name, (refusal.reason, text))
        })
        .collect()
}

#[test]
fn each_is_refused_in_one_sentence_and_the_healthy_one_is_there() {
    let built = PLAIN.run();
    let aborting = Build { name: "aborting", flags: &["-Cpanic=abort"], only: &["healthy"], ..PLAIN }.run();
    let dir = tempfile::tempdir().expect("a folder");
    let path = folder(
        &built,
        &[
            "healthy",
            "panic_in_describe",
            "segv_in_describe",
            "segv_in_constructor",
            "exit_in_describe",
            "wrong_major",
            "wrong_major_unsaid",
            "newer_minor",
            "bad_manifest",
            "foreign_manifest",
            "lying_manifest",
            "no_handshake",
            "null_handshake",
            "missing_symbol",
        ],
        &dir.path().join("path"),
    );
    fs::copy(aborting.join("libhealthy.so"), path.join("libaborting.so")).expect("copied");
    fs::write(path.join("libtext.so"), "just some text\n").expect("written");
    fs::write(path.join("libempty.so"), "").expect("written");
    let whole = fs::read(built.join("libhealthy.so")).expect("read");
    fs::write(path.join("libhalf.so"), &whole[..whole.len() / 2]).expect("written");
    fs::write(path.join("connect-file-4.3.1.jar"), "PK").expect("written");

    let registry =
        PluginRegistry::open(options(std::slice::from_ref(&path), &dir.path().join("cache")), Vec::new());
    let registry = registry.expect("one bad file never stops a worker");
    registry.rescan();
    let classes: Vec<_> = registry.list(false).into_iter().map(|p| p.class).collect();
    assert_eq!(classes, ["faults.HealthySink", "faults.HealthySource"]);

    let host = ferry_plugin_abi::handshake::AbiVersion::CURRENT;
    let plugin = "a Ferry plugin: build it with the plugin! macro of ferry-sdk";
    let replace =
        "wanted an ELF shared library: replace the file, it may be incomplete, or move it out of plugin.path";
    let mend = "wanted one that loads and describes itself: mend the plugin or install another version";
    let unlike = "build the plugin again, and its list of classes with it";
    let crash = |how: &str| format!("found a library that ended the process which loaded it ({how}), {mend}");
    let upgrade = "upgrade Ferry or install an older version of the plugin";
    let expected = [
        ("libpanic_in_describe.so", Reason::Undescribed,
            "found a plugin that fails to describe itself (plugin.classes panicked at examples/panic_in_describe.rs:6:5: I would rather not say), wanted the list of its classes: mend the plugin or install another version".to_owned()),
        ("libsegv_in_describe.so", Reason::Crashed, crash("SIGSEGV")),
        ("libsegv_in_constructor.so", Reason::Crashed, crash("SIGSEGV")),
        ("libexit_in_describe.so", Reason::Crashed, crash("exit code 0")),
        ("libwrong_major.so", Reason::AbiVersion,
            format!("found plugin ABI 2.0 that needs a host of at least 2.0, wanted one that {host} satisfies: {upgrade}")),
        ("libwrong_major_unsaid.so", Reason::AbiVersion,
            format!("found plugin ABI 0.{0} that needs a host of at least 0.0, wanted one that {host} satisfies: install a newer version of the plugin", host.minor)),
        ("libnewer_minor.so", Reason::AbiVersion,
            format!("found plugin ABI 1.9 that needs a host of at least 1.9, wanted one that {host} satisfies: {upgrade}")),
        ("libbad_manifest.so", Reason::BadManifest,
            "found a manifest that cannot be read (expected value at line 1 column 1), wanted a manifest of version 1: build the plugin with a current ferry-sdk".to_owned()),
        ("libforeign_manifest.so", Reason::ManifestLies,
            format!("found a manifest section that is not its code's, wanted the manifest it was built with: {unlike}")),
        ("liblying_manifest.so", Reason::ManifestLies,
            format!("found a manifest that names source faults.Promised beyond its code, wanted the classes of its code, which also has source faults.Real: {unlike}")),
        ("libno_handshake.so", Reason::NotAPlugin,
            format!("found a shared library with no symbol ferry_plugin_handshake, wanted {plugin} and crate-type cdylib, or move it out of plugin.path")),
        ("libnull_handshake.so", Reason::NotAPlugin,
            format!("found no handshake behind ferry_plugin_handshake, wanted {plugin}")),
        ("libaborting.so", Reason::PanicAborts,
            "found a build with panic = \"abort\", wanted panic = \"unwind\": build the plugin without panic = \"abort\" in its profile, or a panic in it would end the worker".to_owned()),
        ("libtext.so", Reason::NotALibrary, format!("found something else (Could not read file magic), {replace}")),
        ("libempty.so", Reason::NotALibrary, format!("found something else (Could not read file magic), {replace}")),
        ("libhalf.so", Reason::NotALibrary, format!("found something else (Invalid ELF section header offset/size/alignment), {replace}")),
        ("connect-file-4.3.1.jar", Reason::Java,
            "found the Java archive connect-file-4.3.1.jar, wanted a shared library built for Ferry: install the Ferry build of this plugin beside it, Ferry runs no Java".to_owned()),
        ("libmissing_symbol.so", Reason::DoesNotLoad,
            "found a library that the system's loader refuses (libmissing_symbol.so: undefined symbol: a_function_that_no_library_has), wanted one that loads: install the libraries it needs, or another build of the plugin".to_owned()),
    ];
    let expected: BTreeMap<_, _> = expected
        .into_iter()
        .map(|(name, reason, text)| (name.to_owned(), (reason, format!("plugin {name} is refused: {text}"))))
        .collect();
    let found = said(&registry, &path);
    for (name, wanted) in &expected {
        assert_eq!(found.get(name), Some(wanted), "{name}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");

    // What was learnt is kept; and the command line shows it.
    let again =
        PluginRegistry::open(options(std::slice::from_ref(&path), &dir.path().join("cache")), Vec::new())
            .expect("opened");
    assert_eq!(said(&again, &path), found);
    let listing = Listing::of(&again, false);
    let shown: String = listing.refused.iter().map(ToString::to_string).collect();
    let shown = shown.replace(&format!("{}/", path.display()), "");
    for (_, text) in expected.values() {
        assert!(shown.contains(text), "{shown}");
    }
    let json = listing.to_json();
    assert_eq!(json["refused"].as_array().map(Vec::len), Some(expected.len()));
    assert_eq!(json["plugins"].as_array().map(Vec::len), Some(2));
}

#[test]
fn one_that_does_not_answer_is_given_up_and_does_not_hold_up_the_others() {
    let (dir, built) = (tempfile::tempdir().expect("a folder"), PLAIN.run());
    let path = folder(&built, &["healthy", "noisy"], &dir.path().join("path"));
    let mut options = options(std::slice::from_ref(&path), &dir.path().join("cache"));
    let registry = PluginRegistry::open(options.clone(), Vec::new()).expect("opened");
    registry.rescan();
    assert_eq!(said(&registry, &path), BTreeMap::new());
    // However much it prints, its answer is found.
    assert!(registry.list(true).iter().any(|plugin| plugin.class == "faults.Never"));

    // Those are known: the limit meets only the one that never answers, however slow this machine is.
    folder(&built, &["hang_in_describe"], &path);
    options.scanner = Some(scanner().limit(Duration::from_secs(4)));
    let registry = PluginRegistry::open(options, Vec::new()).expect("opened");
    // The hanging one is being looked at, the healthy one is there.
    assert!(registry.resolve_connector("faults.HealthySource", None).is_ok());
    registry.rescan();
    let refused: Vec<_> =
        said(&registry, &path).into_iter().map(|(name, (reason, _))| (name, reason)).collect();
    assert_eq!(refused, [("libhang_in_describe.so".to_owned(), Reason::Hung)]);
    let text = registry.refusals()[0].to_string();
    assert!(text.contains("did not load and describe itself within 4s"), "{text}");
}

#[test]
fn what_a_missing_manifest_means_is_plugin_discoverys_choice() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = folder(&PLAIN.run(), &["no_manifest", "healthy", "lying_manifest"], &dir.path().join("path"));
    let open = |discovery, cache: &str| {
        let options = ferry_plugins::Options {
            discovery,
            ..options(std::slice::from_ref(&path), &dir.path().join(cache))
        };
        PluginRegistry::open(options, Vec::new())
    };
    let sources = |registry: &PluginRegistry| -> Vec<String> {
        registry.list(true).into_iter().map(|p| p.class).filter(|c| c != "faults.HealthySink").collect()
    };
    for discovery in [Discovery::HybridWarn, Discovery::OnlyScan] {
        let registry = open(discovery, "scanned").expect("opened");
        registry.rescan();
        assert_eq!(sources(&registry), ["faults.HealthySource", "faults.NoManifest"]);
        assert!(registry.resolve_connector("NoManifest", None).is_ok());
    }
    let refusals = open(Discovery::HybridFail, "failing").err().expect("the worker does not start");
    assert_eq!(refusals.iter().map(|r| r.reason).collect::<Vec<_>>(), [Reason::NoManifest]);
    assert!(refusals[0].file.ends_with("libno_manifest.so"));

    // Nothing is loaded: a lie is believed until the class is asked for.
    let registry = open(Discovery::ServiceLoad, "trusting").expect("opened");
    registry.rescan();
    assert_eq!(sources(&registry), ["faults.HealthySource", "faults.Promised"]);
    assert!(registry.resolve_connector("HealthySource", None).is_ok());
    let error = registry.resolve_connector("Promised", None).expect_err("found out");
    assert!(
        error.to_string().contains("a manifest that names source faults.Promised beyond its code"),
        "{error}"
    );
    let refused: Vec<_> =
        said(&registry, &path).into_iter().map(|(name, (reason, _))| (name, reason)).collect();
    assert_eq!(refused, [("libno_manifest.so".to_owned(), Reason::NoManifest)]);
}
