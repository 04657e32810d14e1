//! Plugins of other versions of the boundary, optimisation levels and toolchains on this host.

#[path = "../faults/build.rs"]
mod build;
#[path = "../faults/child.rs"]
mod child;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ferry_plugin_abi::api::{ClassKind, Factory, Host, Level, Role, SourceContext, SourceTask};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::{Record, Scratch, Value, ValueRef};
use ferry_plugin_abi::handshake::{AbiVersion, RUSTC};
use ferry_plugin_abi::metrics::{MetricsHost, PluginMetrics};
use ferry_plugins::{Inspection, PluginRegistry, Reason, Refusal, Registry, inspect_in_process};
use ferry_testkit::FakeMetrics;

use build::{Build, PLAIN};
use child::options;

/// A host that has everything.
#[derive(Default)]
struct Rich {
    metrics: Arc<FakeMetrics>,
}
impl Host for Rich {
    fn log_enabled(&self, _: Level) -> bool {
        true
    }
    fn log(&self, _: Level, _: &str, _: &str) {}
    fn stopping(&self) -> bool {
        false
    }
    fn wait_stop(&self, _: Duration) -> bool {
        false
    }
    fn offsets(&self, partitions: &[Value]) -> ferry_plugin_abi::Result<Vec<Option<Value>>> {
        Ok(vec![None; partitions.len()])
    }
    fn has_reporter(&self) -> bool {
        true
    }
    fn metrics(&self) -> Arc<dyn MetricsHost> {
        self.metrics.clone()
    }
    fn offers(&self, feature: &str) -> bool {
        feature == "everything"
    }
}

/// Builds `plugin` that way and looks at it; these do not misbehave, so it may be in this process.
fn inspect(build: Build, plugin: &str) -> Result<Inspection, Refusal> {
    inspect_in_process(&build.run().join(format!("lib{plugin}.so")))
}

/// A registry of this one file.
fn registry(file: &Path, cache: &Path) -> PluginRegistry {
    PluginRegistry::open(options(&[file.to_owned()], cache), Vec::new()).expect("opened")
}

/// A started task of `class`, through the registry.
fn task(file: &Path, class: &str, cache: &Path) -> Box<dyn SourceTask> {
    task_on(Rich::default(), file, class, cache)
}

fn task_on(host: Rich, file: &Path, class: &str, cache: &Path) -> Box<dyn SourceTask> {
    let class = registry(file, cache).resolve_connector(class, None).unwrap_or_else(|e| panic!("{e}"));
    let Factory::Source { task, .. } = &class.factory else { panic!("a source") };
    let mut task = task().expect("made");
    task.start(SourceContext::new(Arc::new(host)), &ConfigMap::new()).expect("started");
    task
}

/// The healthy plugin, built that way, does what it should.
fn works(build: Build) -> Inspection {
    let build = Build { only: &["healthy"], ..build };
    let inspection = inspect(build, "healthy").unwrap_or_else(|refusal| panic!("{refusal}"));
    let cache = tempfile::tempdir().expect("a folder");
    let mut task = task(&inspection.file, "faults.HealthySource", cache.path());
    let batch = task.poll().expect("polled").expect("a batch");
    assert_eq!(batch.records()[0].value().as_str(), Some("message 1"));
    inspection
}

#[test]
fn a_plugin_without_any_optional_item_loads_and_works() {
    let older = works(Build { name: "older", features: "abi-test-older", ..PLAIN });
    let abi = older.manifest.expect("a manifest").abi;
    assert_eq!((abi.major, abi.minor), (AbiVersion::CURRENT.major, 0));
    // Side by side with one of today in one process.
    works(PLAIN);
}

#[test]
fn a_plugin_that_requires_more_than_this_host_has_is_refused_in_one_sentence() {
    let build = Build { name: "newer", features: "abi-test-newer", only: &["healthy"], ..PLAIN };
    let refusal = inspect(build, "healthy").expect_err("refused");
    let host = AbiVersion::CURRENT;
    let newer = AbiVersion { minor: host.minor + 1, ..host };
    let expected = format!(
        "plugin {} is refused: found plugin ABI {newer} that needs a host of at least {newer}, wanted one that {host} \
         satisfies: upgrade Ferry or install an older version of the plugin",
        refusal.file.display()
    );
    assert_eq!(refusal.to_string(), expected);
}

/// What the plugin found that the host offers.
fn offers(build: Build) -> String {
    let file = build.run().join("libmodest.so");
    let dir = tempfile::tempdir().expect("a folder");
    let mut task = task(&file, "faults.Modest", dir.path());
    let batch = task.poll().expect("polled").expect("a batch");
    batch.records()[0].topic().to_owned()
}

#[test]
fn optional_items_are_there_exactly_if_both_sides_have_them() {
    let only: &[&str] = &["modest"];
    assert_eq!(offers(Build { name: "modest", only, ..PLAIN }), "[true, false]");
    // Older than the host: it has no way to ask, and the default of the trait answers.
    let older = Build { name: "modest-older", features: "abi-test-older", only, ..PLAIN };
    assert_eq!(offers(older), "[false, false]");
    // Newer than the host, but content with less: what it asks for beyond is not there.
    let newer = Build { name: "modest-newer", features: "abi-test-newer", only, ..PLAIN };
    assert_eq!(offers(newer), "[true, false]");
}

/// What the measuring plugin's task, transform, predicate and converter show when each has worked once.
fn measured(build: Build) -> Vec<(String, Option<f64>)> {
    let file = Build { only: &["measured"], ..build }.run().join("libmeasured.so");
    let dir = tempfile::tempdir().expect("a folder");
    let metrics = Arc::<FakeMetrics>::default();
    let mut task = task_on(Rich { metrics: metrics.clone() }, &file, "faults.Measured", dir.path());
    assert_eq!(task.poll().expect("polled").expect("a batch").records().len(), 3);
    let registry = registry(&file, dir.path());
    let shown = PluginMetrics::new(metrics.clone());
    let (config, scratch) = (ConfigMap::new(), Scratch::new());
    for (kind, name) in [
        (ClassKind::Transform, "faults.Measured$Transformation"),
        (ClassKind::Predicate, "faults.Measured$Predicate"),
        (ClassKind::Converter, "faults.Measured$Converter"),
    ] {
        let class = registry.resolve(kind, name, None).unwrap_or_else(|e| panic!("{e}"));
        match &class.factory {
            Factory::Transform(make) => {
                let mut transform = make().expect("made");
                transform.configure(&config).expect("configured");
                transform.with_plugin_metrics(&shown).expect("given");
                assert!(transform.apply(&mut Record::to("t"), scratch.arena()).is_ok());
            }
            Factory::Predicate(make) => {
                let mut predicate = make().expect("made");
                predicate.configure(&config).expect("configured");
                predicate.with_plugin_metrics(&shown).expect("given");
                assert_eq!(predicate.test(&Record::to("t")), Ok(true));
            }
            Factory::Converter(make) => {
                let mut converter = make().expect("made");
                converter.configure(&config, Role::Value).expect("configured");
                converter.with_plugin_metrics(&shown).expect("given");
                let mut bytes = Vec::new();
                assert_eq!(converter.from_connect("t", None, ValueRef::str("one"), &mut bytes), Ok(true));
            }
            _ => panic!("{name} is of another kind"),
        }
    }
    metrics.names().into_iter().map(|name| (name.clone(), metrics.value(&name))).collect()
}

#[test]
fn metrics_are_seen_exactly_if_both_sides_have_them() {
    let shown = [
        ("applied-total", 1.0),
        ("converted-total", 1.0),
        ("lag-bytes", 17.0),
        ("lag-rows{table=orders: new}", 4.0),
        ("row-bytes-max", 5.0),
        ("row-bytes-min", 3.0),
        ("row-bytes-total", 11.0),
        ("rows-total", 3.0),
        ("tested-total", 1.0),
    ];
    let shown = shown.map(|(name, value)| (name.to_owned(), Some(value)));
    assert_eq!(measured(Build { name: "measured", ..PLAIN }), shown);
    // Without the item its metrics lead nowhere, and it works all the same.
    assert_eq!(measured(Build { name: "measured-older", features: "abi-test-older", ..PLAIN }), []);
}

#[test]
fn a_plugin_whose_released_items_changed_is_refused_in_one_sentence() {
    let build = Build { name: "changed", features: "abi-test-changed", only: &["healthy"], ..PLAIN };
    let refusal = inspect(build, "healthy").expect_err("refused");
    assert_eq!(refusal.reason, Reason::Layout);
    let text = refusal.to_string();
    let expected = format!(
        "plugin {} is refused: found memory layouts that differ (number of fields 8 instead of 7 at source_task.table), \
         wanted those of this version of the boundary: build the plugin with a released ferry-sdk",
        refusal.file.display()
    );
    assert_eq!(text, expected);
}

#[test]
fn an_optimised_plugin_loads_on_an_unoptimised_host() {
    let config = &["profile.dev.opt-level=3", "profile.dev.package.ferry-plugin-abi.opt-level=3"];
    works(Build { name: "fast", config, ..PLAIN });
}

#[test]
fn a_plugin_of_another_toolchain_loads() {
    if !has_toolchain("nightly") {
        return ferry_tests::servers::skip(
            "the nightly toolchain is not installed (rustup toolchain install nightly)",
        );
    }
    let inspection = works(Build { name: "nightly", toolchain: Some("nightly"), ..PLAIN });
    let rustc = inspection.manifest.expect("a manifest").rustc;
    assert!(rustc.contains("nightly"), "{rustc}");
    assert_ne!(rustc, RUSTC);
}

/// Whether `cargo +toolchain` runs here.
fn has_toolchain(toolchain: &str) -> bool {
    let mut cargo = std::process::Command::new("cargo");
    cargo.arg(format!("+{toolchain}")).arg("--version").env_remove("RUSTUP_TOOLCHAIN");
    cargo.output().is_ok_and(|output| output.status.success())
}
