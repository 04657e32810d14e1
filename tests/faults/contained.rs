//! Plugins that load and then misbehave: the call fails, the process and the next object do not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use ferry_plugin_abi::api::{Factory, Host, Level, SinkContext, SinkTask, SourceContext, SourceTask};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::{Batch, Record};
use ferry_plugin_abi::{Error, ErrorKind, Result};
use ferry_plugins::{PluginRegistry, Registry};

use super::build::PLAIN;
use super::child::options;

/// A host that keeps the log.
#[derive(Default)]
struct Logging {
    lines: Mutex<Vec<String>>,
    stopping: AtomicBool,
}
impl Host for Logging {
    fn log_enabled(&self, _: Level) -> bool {
        true
    }
    fn log(&self, level: Level, _: &str, message: &str) {
        self.lines.lock().expect("the log").push(format!("{level:?} {message}"));
    }
    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
    fn wait_stop(&self, _: Duration) -> bool {
        self.stopping()
    }
    fn offsets(
        &self,
        partitions: &[ferry_plugin_abi::data::Value],
    ) -> Result<Vec<Option<ferry_plugin_abi::data::Value>>> {
        Ok(vec![None; partitions.len()])
    }
}

struct Plugins {
    registry: PluginRegistry,
    _dir: tempfile::TempDir,
}
impl Plugins {
    fn open() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("path");
        std::fs::create_dir_all(&path).expect("made");
        let names = [
            "healthy",
            "panic_in_new",
            "panic_in_start",
            "panic_in_poll",
            "panic_in_drop",
            "panic_in_put",
            "hang_in_stop",
            "hang_in_poll",
        ];
        let built = PLAIN.run();
        for file in names.map(|name| format!("lib{name}.so")) {
            std::fs::copy(built.join(&file), path.join(&file)).expect("copied");
        }
        let registry =
            PluginRegistry::open(options(&[path], &dir.path().join("cache")), Vec::new()).expect("opened");
        Self { registry, _dir: dir }
    }
    fn factory(&self, class: &str) -> Factory {
        self.registry.resolve_connector(class, None).unwrap_or_else(|e| panic!("{e}")).factory.clone()
    }
    fn source(&self, class: &str) -> Result<Box<dyn SourceTask>> {
        let Factory::Source { task, .. } = self.factory(class) else { panic!("{class} is no source") };
        task()
    }
    fn sink(&self, class: &str) -> Result<Box<dyn SinkTask>> {
        let Factory::Sink { task, .. } = self.factory(class) else { panic!("{class} is no sink") };
        task()
    }
    /// The healthy one works, whatever happened.
    fn check(&self) {
        let mut task = self.source("faults.HealthySource").expect("made");
        task.start(SourceContext::new(Arc::new(Logging::default())), &ConfigMap::new()).expect("started");
        let batch = task.poll().expect("polled").expect("a batch");
        assert_eq!(batch.records()[0].value().as_str(), Some("message 1"));
        let mut task = self.sink("faults.HealthySink").expect("made");
        task.start(SinkContext::new(Arc::new(Logging::default())), &ConfigMap::new()).expect("started");
        task.put(batch).expect("put");
    }
}

fn panicked(error: &Error, with: &str) {
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert!(error.message().starts_with(with), "{error}");
    assert!(error.message().contains(" panicked at "), "{error}");
}

#[test]
fn a_panic_fails_the_call_and_every_later_one_of_that_object() {
    let plugins = Plugins::open();
    let host = || SourceContext::new(Arc::new(Logging::default()));
    let Factory::Source { connector, .. } = plugins.factory("faults.PanicInNew") else { panic!("a source") };
    panicked(&connector().err().expect("it panics"), "faults.PanicInNew.new");
    panicked(&plugins.source("faults.PanicInNew").err().expect("it panics"), "faults.PanicInNew.new");

    let mut task = plugins.source("faults.PanicInStart").expect("made");
    panicked(&task.start(host(), &ConfigMap::new()).expect_err("it panics"), "faults.PanicInStart.start");

    let mut task = plugins.source("faults.PanicInPoll").expect("made");
    task.start(host(), &ConfigMap::new()).expect("started");
    panicked(&task.poll().expect_err("it panics"), "faults.PanicInPoll.poll");
    let later = "faults.PanicInPoll.poll was not called: the object panicked earlier";
    assert_eq!(task.poll().expect_err("poisoned").message(), later);
    assert_eq!(task.stop().expect_err("poisoned").kind(), ErrorKind::Panic);

    let mut task = plugins.sink("faults.PanicInPut").expect("made");
    task.start(SinkContext::new(Arc::new(Logging::default())), &ConfigMap::new()).expect("started");
    let batch = |records: usize| {
        Batch::build(|out| {
            (0..records).for_each(|_| out.push(Record::to("t")));
            Ok::<(), Error>(())
        })
        .expect("built")
    };
    task.put(batch(0)).expect("nothing to complain about");
    panicked(&task.put(batch(1)).expect_err("it panics"), "faults.PanicInPut.put");
    plugins.check();
}

#[test]
fn a_panic_in_a_destructor_is_an_entry_in_the_log() {
    let plugins = Plugins::open();
    let host = Arc::new(Logging::default());
    let mut task = plugins.source("faults.PanicInDrop").expect("made");
    task.start(SourceContext::new(host.clone()), &ConfigMap::new()).expect("started");
    drop(task);
    let lines = host.lines.lock().expect("the log");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("Error faults.PanicInDrop.drop panicked at "), "{lines:?}");
    plugins.check();
}

#[test]
fn a_call_that_never_returns_keeps_its_thread_and_nothing_else() {
    let plugins = Plugins::open();
    for (class, hangs) in [("faults.HangInStop", "stop"), ("faults.HangInPoll", "poll")] {
        let mut task = plugins.source(class).expect("made");
        task.start(SourceContext::new(Arc::new(Logging::default())), &ConfigMap::new()).expect("started");
        let (sender, receiver) = mpsc::channel();
        // Abandoned, as the executor does it.
        std::thread::spawn(move || {
            sender.send("begun").expect("somebody waits");
            let ended = match hangs {
                "stop" => task.stop(),
                _ => task.poll().map(drop),
            };
            sender.send(if ended.is_ok() { "ended" } else { "failed" })
        });
        assert_eq!(receiver.recv(), Ok("begun"));
        plugins.check();
        assert_eq!(receiver.try_recv(), Err(mpsc::TryRecvError::Empty), "{class} hangs");
    }
}
