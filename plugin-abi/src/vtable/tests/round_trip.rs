//! Everything crosses and comes back the same; panics become errors.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::plugin::classes;
use crate::api::*;
use crate::config::ConfigMap;
use crate::data::*;
use crate::handshake::Handshake;
use crate::plugin::{Identity, Plugin};
use crate::vtable::image::{Image, Unfit};
use crate::{Error, ErrorKind, Result};

const IDENTITY: Identity = Identity {
    name: "t",
    owner: "",
    version: "1.0",
    description: "",
    license: "",
    documentation: "",
    sdk: "",
    unwinds: true,
    classes: &[(ClassKind::Source, "t.Source")],
};
static PLUGIN: Plugin = Plugin { manifest: "the manifest", classes, init: || {} };
static HANDSHAKE: Handshake = Handshake::of(&IDENTITY);

fn open(handshake: &Handshake) -> Result<Image, Unfit> {
    crate::plugin::enter(&PLUGIN);
    // SAFETY: the "library" is this very process.
    unsafe { Image::open(handshake) }
}
fn load() -> Vec<PluginClass> {
    let image = open(&HANDSHAKE).expect("it fits itself");
    image.classes(&image.describe().expect("it describes itself").classes)
}
fn find(class: &str) -> Factory {
    load().into_iter().find(|c| c.class == class).expect("the class is there").factory
}

/// A host that notes what it is asked for.
#[derive(Default)]
struct Noting {
    notes: Mutex<Vec<String>>,
    stop: AtomicBool,
    reporter: bool,
}
impl Noting {
    fn notes(&self) -> MutexGuard<'_, Vec<String>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn note(&self, note: String) {
        self.notes().push(note);
    }
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes())
    }
}
impl Host for Noting {
    fn log_enabled(&self, level: Level) -> bool {
        level <= Level::Info
    }
    fn log(&self, level: Level, target: &str, message: &str) {
        self.note(format!("log {level:?} {target} {message}"));
    }
    fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
    fn wait_stop(&self, timeout: Duration) -> bool {
        self.note(format!("wait {timeout:?}"));
        self.stopping()
    }
    fn wait_wakeup(&self, timeout: Duration) -> bool {
        self.note(format!("wait {timeout:?} for a wake-up"));
        self.stopping()
    }
    fn wakeup(&self) {
        self.note("wake up".into());
    }
    fn offers(&self, feature: &str) -> bool {
        feature == WAKEUPS
    }
    fn offsets(&self, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        Ok(partitions
            .iter()
            .map(|p| (p.get("file")?.as_str()? == "a").then(|| Value::map([("position", 3_i64)])))
            .collect())
    }
    fn transaction(&self, request: Transaction) -> Result<()> {
        self.note(format!("{request:?}"));
        Ok(())
    }
    fn has_reporter(&self) -> bool {
        self.reporter
    }
    fn report(&self, record: &Record<'_>, error: &Error) -> Result<Option<u64>> {
        match record.value().as_i64() {
            Some(7) => Ok(None),
            Some(8) => Ok(Some(42)),
            _ => Err(Error::fatal(format!("none tolerated: {:?} {error:?}", record.value()))),
        }
    }
    fn wait_reported(&self, ticket: u64, timeout: Duration) -> Result<bool> {
        self.note(format!("wait for {ticket} {timeout:?}"));
        if timeout.is_zero() { Ok(false) } else { Err(Error::fatal("will not arrive")) }
    }
    fn rewind(&self, offsets: &[(TopicPartition, i64)]) {
        self.note(format!("rewind {offsets:?}"));
    }
    fn pause(&self, partitions: &[TopicPartition], paused: bool) {
        self.note(format!("pause {} {paused}", partitions.len()));
    }
    fn request_commit(&self) {
        self.note("request commit".into());
    }
    fn timeout(&self, timeout: Duration) {
        self.note(format!("timeout {timeout:?}"));
    }
    fn request_task_reconfiguration(&self) {
        self.note("reconfigure".into());
    }
    fn raise_error(&self, error: Error) {
        self.note(format!("{error:?}"));
    }
}

fn config(mode: &str) -> ConfigMap {
    [("mode", mode)].into()
}
fn source(mode: &str, host: &Arc<Noting>) -> Result<Box<dyn SourceTask>> {
    let Factory::Source { task, .. } = find("t.Source") else { panic!("a source") };
    let mut task = task()?;
    task.start(SourceContext::new(host.clone()), &config(mode))?;
    Ok(task)
}
fn texts(batch: &Batch) -> Vec<&str> {
    batch.records().iter().filter_map(|r| r.value().as_str()).collect()
}

#[test]
fn the_description_holds_all_but_the_code() {
    let image = open(&HANDSHAKE).expect("it fits itself");
    let described = image.describe().expect("it describes itself");
    assert_eq!(described.manifest, "the manifest");
    let (ours, theirs) = (classes(), image.classes(&described.classes));
    assert_eq!(ours.len(), theirs.len());
    for (a, b) in ours.iter().zip(&theirs) {
        let all = |c: &PluginClass| (c.kind(), c.class.clone(), c.version.clone(), c.documentation.clone());
        assert_eq!(all(a), all(b));
        assert_eq!(a.config, b.config);
    }
}

#[test]
fn a_header_that_does_not_fit_is_refused_before_the_rest_is_read() {
    let wrong = |change: fn(&mut Handshake)| {
        let mut header = Handshake::of(&IDENTITY);
        extern "C" fn never() -> *const std::ffi::c_void {
            unreachable!("the root is not asked for")
        }
        header.root = never;
        change(&mut header);
        open(&header).err().expect("refused")
    };
    assert_eq!(wrong(|h| h.magic[0] = 0), Unfit::NotAPlugin);
    assert_eq!(wrong(|h| h.size = 8), Unfit::NotAPlugin);
    assert_eq!(wrong(|h| h.unwinds = 0), Unfit::PanicAborts);
    for (major, required) in [(0, 0), (2, 0), (1, 99)] {
        let mut header = Handshake::of(&IDENTITY);
        (header.abi_major, header.required_minor) = (major, required);
        assert!(
            matches!(open(&header), Err(Unfit::Version { required_minor, .. }) if required_minor == required)
        );
    }
    // Newer than the host is fine as long as it does without the new things.
    let mut newer = Handshake::of(&IDENTITY);
    newer.abi_minor = 99;
    assert!(open(&newer).is_ok());
}

#[test]
fn connectors_cross() {
    let Factory::Source { connector, .. } = find("t.Source") else { panic!("a source") };
    let mut connector = connector().expect("made");
    let host = Arc::new(Noting::default());
    connector.start(ConnectorContext::new(host.clone()), &config("fine")).expect("started");
    let raised = Error::retriable("from the connector").at_record(3);
    assert_eq!(host.take(), ["reconfigure".to_owned(), format!("{raised:?}")]);
    let tasks = connector.task_configs(2).expect("configured");
    let expected: Vec<ConfigMap> = ["0", "1"].map(|i| [("mode", "fine"), ("task", i)].into()).into();
    assert_eq!(tasks, expected);
    let complaint = connector.validate(&config("x")).expect("validated").remove(0);
    assert_eq!((complaint.value.as_deref(), complaint.errors), (Some("x"), vec!["not \"good\"".to_owned()]));
    let support = |connector: &mut Box<dyn Connector>, config: &ConfigMap| {
        connector.exactly_once_support(config).expect("asked")
    };
    assert_eq!(support(&mut connector, &ConfigMap::new()), None);
    assert_eq!(support(&mut connector, &config("fine")), Some(ExactlyOnceSupport::Supported));
    assert_eq!(support(&mut connector, &config("x")), Some(ExactlyOnceSupport::Unsupported));
    let boundary = connector.transaction_boundary_support(&ConfigMap::new()).expect("asked");
    assert_eq!(boundary, TransactionBoundarySupport::Supported);
    let offsets = [(Value::map([("a", 1_i32)]), None), (Value::from("b"), Some(Value::Bool(true)))];
    let error = connector.alter_offsets(&ConfigMap::new(), &offsets).expect_err("it says so");
    assert_eq!(error.message(), format!("{offsets:?}"));
    connector.stop().expect("stopped");
}

#[test]
fn source_tasks_cross() {
    let host = Arc::new(Noting::default());
    let mut task = source("fine", &host).expect("started");
    assert!(task.wants_acks());
    let first = task.poll().expect("polled").expect("a batch");
    let record = &first.records()[0];
    assert_eq!(texts(&first), [format!("{:?} None []", Some(Value::map([("position", 3_i64)])))]);
    assert_eq!(record.value_schema(), Some(&**Schema::string()));
    assert_eq!(Value::from(record.source_offset()), Value::map([("position", 7_i64)]));
    assert_eq!(host.take(), ["CommitRecord(2)"]);
    task.commit_records(&first, &[Ack::Written { partition: 4, offset: 9 }, Ack::Skipped]).expect("told");
    task.commit().expect("committed");
    let second = task.poll().expect("polled").expect("a batch");
    assert!(texts(&second)[0].ends_with(r#"["1 [Written { partition: 4, offset: 9 }, Skipped]", "commit"]"#));
    task.stop().expect("stopped");
    drop(task);
    // A batch outlives its task, and may be dropped on any thread.
    std::thread::spawn(move || assert_eq!(texts(&first).len(), 1)).join().expect("dropped elsewhere");
    assert!(source("none", &host).expect("started").poll().expect("polled").is_none());
}

#[test]
fn errors_cross_whole() {
    let error = source("error", &Arc::default()).expect("started").poll().expect_err("it fails");
    let expected = Error::data("bad row")
        .class("java.lang.Odd")
        .at_record(41)
        .caused_by(Error::config("inner").caused_by(Error::fatal("innermost")));
    assert_eq!(error, expected);
}

#[test]
fn the_stop_signal_wakes_a_task() {
    let host = Arc::new(Noting::default());
    let mut task = source("wait", &host).expect("started");
    assert_eq!(task.poll().expect_err("not stopped").message(), "woke up for nothing");
    host.stop.store(true, Ordering::Relaxed);
    assert!(task.poll().expect("stopped").is_none());
    assert_eq!(host.take(), ["wait 3600s", "wait 3600s"]);
}

#[test]
fn wake_ups_cross() {
    let host = Arc::new(Noting::default());
    let mut task = source("wakes", &host).expect("started");
    assert!(task.poll().expect("not stopped").is_none());
    assert_eq!(host.take(), ["wake up", "wait 3600s for a wake-up"]);
}

#[test]
fn sink_tasks_cross() {
    let Factory::Sink { task, .. } = find("t.Sink") else { panic!("a sink") };
    let host = Arc::new(Noting { reporter: true, ..Noting::default() });
    let mut task = task().expect("made");
    task.start(SinkContext::new(host.clone()), &ConfigMap::new()).expect("started");
    let partitions = [0, 1].map(|partition| TopicPartition { topic: "t".into(), partition });
    task.open(&partitions).expect("opened");
    let rewound = format!("rewind {:?}", [(partitions[0].clone(), 5_i64)]);
    assert_eq!(host.take(), [&rewound, "pause 2 true", "pause 1 false", "request commit", "timeout 12ms"]);
    let batch = Batch::build(|out| {
        out.push(Record::to("t").with_value(None, ValueRef::int32(5)));
        Ok::<(), Error>(())
    })
    .expect("built");
    let error = task.put(batch.clone()).expect_err("the reporter refuses");
    let reported = Error::data("reported").at_record(0);
    assert_eq!(error.message(), format!("none tolerated: {:?} {reported:?}", ValueRef::int32(5)));
    let number = |number| {
        Batch::build(|out| {
            out.push(Record::to("t").with_value(None, ValueRef::int32(number)));
            Ok::<(), Error>(())
        })
        .expect("built")
    };
    task.put(number(7)).expect("there is nothing to wait for");
    assert_eq!(host.take(), [""; 0]);
    assert_eq!(task.put(number(8)).expect_err("it is lost").message(), "will not arrive");
    assert_eq!(host.take(), ["wait for 42 0ns", "wait for 42 5s"]);
    let offsets = partitions.clone().map(|p| (p, 10));
    assert_eq!(task.pre_commit(&offsets).expect("asked"), partitions.clone().map(|p| (p, 9)));
    task.flush(&offsets).expect("flushed");
    let error = task.close(&partitions[..1]).expect_err("it says so");
    assert_eq!(error.message(), format!("{:?} with 1 batches", &partitions[..1]));
    assert_eq!(error.kind(), ErrorKind::Retriable);
}

#[test]
fn transforms_and_predicates_cross() {
    let Factory::Transform(make) = find("t.Upper") else { panic!("a transform") };
    let mut transform = make().expect("made");
    transform.configure(&ConfigMap::new()).expect("configured");
    let scratch = Scratch::new();
    let mut record = Record::to("t").with_value(None, ValueRef::str("abc"));
    assert_eq!(transform.apply(&mut record, scratch.arena()).expect("applied"), Outcome::Keep);
    assert_eq!(record.value().as_str(), Some("ABC"));
    record.set_value(None, ValueRef::str("drop"));
    assert_eq!(transform.apply(&mut record, scratch.arena()).expect("applied"), Outcome::Drop);
    record.set_value(None, ValueRef::int8(1));
    assert_eq!(transform.apply(&mut record, scratch.arena()).expect_err("bad").kind(), ErrorKind::Data);

    let Factory::Predicate(make) = find("t.Is") else { panic!("a predicate") };
    let mut predicate = make().expect("made");
    predicate.configure(&[("topic", "t")].into()).expect("configured");
    assert!(predicate.test(&record).expect("tested"));
    assert!(!predicate.test(&Record::to("u")).expect("tested"));
}

#[test]
fn converters_cross() {
    for factory in load().into_iter().filter(|c| c.class == "t.Text").map(|c| c.factory) {
        let (Factory::Converter(make) | Factory::HeaderConverter(make)) = factory else {
            panic!("a converter")
        };
        let mut converter = make().expect("made");
        converter.configure(&ConfigMap::new(), Role::Header).expect("configured");
        let mut out = b"before|".to_vec();
        let schema = Schema::string();
        assert!(converter.from_connect("t", Some(schema), ValueRef::str("x"), &mut out).expect("converted"));
        assert_eq!(out, b"before|t STRING x Some(Header)");
        assert!(!converter.from_connect("t", None, ValueRef::NULL, &mut out).expect("converted"));
        assert_eq!(out.len(), 30);

        let scratch = Scratch::new();
        let (schema, value) = converter.to_connect("t", Some(b"text"), scratch.arena()).expect("converted");
        assert_eq!((schema, value), (Some(&**Schema::optional_string()), ValueRef::str("text")));
        let (schema, value) = converter.to_connect("t", Some(b"own"), scratch.arena()).expect("converted");
        assert_eq!((schema, value), (Some(&**Schema::string()), ValueRef::str("t")));
        let (schema, value) = converter.to_connect("t", None, scratch.arena()).expect("converted");
        assert_eq!((schema, value), (None, ValueRef::NULL));
        let error = converter.to_connect("t", Some(&[0xff]), scratch.arena()).expect_err("not UTF-8");
        assert_eq!((error.kind(), error.causes().len()), (ErrorKind::Data, 1));
    }
}

#[test]
fn config_providers_cross() {
    let Factory::ConfigProvider(make) = find("t.Vault") else { panic!("a provider") };
    let mut provider = make().expect("made");
    provider.configure(&ConfigMap::new()).expect("configured");
    let found = provider.get("short", &["a", "b"]).expect("found");
    assert_eq!(found.values, [("a", "short/a"), ("b", "short/b")].into());
    assert_eq!(found.ttl, Some(Duration::from_millis(1500)));
    assert_eq!(provider.get("long", &[]).expect("found").ttl, None);
}

/// The message without the line number, which moves with the file.
fn placeless(error: &Error) -> String {
    assert_eq!(error.kind(), ErrorKind::Panic);
    let (before, after) = error.message().split_once(" at ").expect("a place");
    let (place, text) = after.split_once(": ").expect("a message");
    assert!(place.contains("plugin.rs:"), "{place}");
    format!("{before}: {text}")
}

#[test]
fn a_panic_is_an_error_with_its_place_and_the_object_is_not_called_again() {
    let host = Arc::new(Noting::default());
    let mut task = source("panic", &host).expect("started");
    assert_eq!(placeless(&task.poll().expect_err("it panics")), "t.Source.poll panicked: poll says panic");
    let again = task.poll().expect_err("poisoned");
    assert_eq!(again.message(), "t.Source.poll was not called: the object panicked earlier");
    assert_eq!(again.kind(), ErrorKind::Panic);
    assert_eq!(task.stop().expect_err("poisoned").kind(), ErrorKind::Panic);
    assert!(!task.wants_acks());
    // The next object of the class is a new one.
    assert!(source("fine", &host).expect("started").poll().is_ok());

    let error = source("panic in start", &host).err().expect("it panics");
    assert_eq!(placeless(&error), "t.Source.start panicked: start says panic in start");
    let error = source("payload", &host).expect("started").poll().expect_err("it panics");
    assert_eq!(placeless(&error), "t.Source.poll panicked: a panic without a message");

    let Factory::Transform(make) = find("t.Broken") else { panic!("a transform") };
    assert_eq!(placeless(&make().err().expect("it panics")), "t.Broken.new panicked: no constructor today");
    assert!(host.take().iter().all(|note| note.starts_with("Commit")));
}

#[test]
fn a_panic_in_a_destructor_is_logged() {
    let host = Arc::new(Noting::default());
    drop(source("panic in drop", &host).expect("started"));
    let notes = host.take();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].starts_with("log Error t.Source t.Source.drop panicked at "), "{notes:?}");
    assert!(notes[0].contains(": drop says no"), "{notes:?}");
}

#[test]
fn linked_classes_are_guarded_alike() {
    let class = classes().remove(0).guarded();
    let Factory::Source { task, .. } = class.factory else { panic!("a source") };
    let mut task = task().expect("made");
    task.start(SourceContext::new(Arc::new(Noting::default())), &config("panic")).expect("started");
    assert_eq!(placeless(&task.poll().expect_err("it panics")), "t.Source.poll panicked: poll says panic");
    assert_eq!(task.poll().expect_err("poisoned").kind(), ErrorKind::Panic);
}

#[test]
fn the_context_of_the_called_task_is_known_while_it_is_called() {
    struct Asks(Option<SourceContext>);
    impl SourceTask for Asks {
        fn start(&mut self, context: SourceContext, _: &ConfigMap) -> Result<()> {
            self.0 = Some(context);
            Ok(())
        }
        fn poll(&mut self) -> Result<Option<Batch>> {
            let host = crate::plugin::current_host().expect("a context");
            host.log(Level::Info, "asks", "found");
            Ok(None)
        }
    }
    let factory = Factory::Source {
        connector: Arc::new(|| Err(Error::fatal("not asked for"))),
        task: Arc::new(|| Ok(Box::new(Asks(None)))),
    };
    let Factory::Source { task, .. } = super::plugin::class("t.Asks", factory).guarded().factory else {
        panic!("a source")
    };
    let host = Arc::new(Noting::default());
    let mut task = task().expect("made");
    task.start(SourceContext::new(host.clone()), &ConfigMap::new()).expect("started");
    task.poll().expect("polled");
    assert_eq!(host.take(), ["log Info asks found"]);
    assert!(crate::plugin::current_host().is_none());
}
