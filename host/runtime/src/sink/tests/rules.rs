//! What is committed when, and what the task's own wishes do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_kafka::Subscription;
use ferry_plugin_abi::api::{Converter, Host, Level, Role, SinkContext, SinkTask, TopicPartition};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::{Arena, Batch, Schema, ValueRef};
use ferry_plugin_abi::{Error, Result};

use super::fakes::{FakeConsumer, Script, place};
use crate::budget::WorkerBudget;
use crate::chain::{Chain, Converters, ErrorPolicy, Reporters};
use crate::executor::{Control, TaskEvent, TaskId, lock};
use crate::sink::{Intake, Lent, Parts, Requests, Rules, SinkLoop};

/// Bytes as they are.
struct Plain;
impl Converter for Plain {
    fn configure(&mut self, _: &ConfigMap, _: Role) -> Result<()> {
        Ok(())
    }
    fn from_connect(
        &mut self,
        _: &str,
        _: Option<&Schema>,
        _: ValueRef<'_>,
        _: &mut Vec<u8>,
    ) -> Result<bool> {
        Ok(false)
    }
    fn to_connect<'a>(
        &mut self,
        _: &str,
        bytes: Option<&'a [u8]>,
        _: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
        Ok((None, text.map_or(ValueRef::NULL, ValueRef::str)))
    }
}

/// A host that only says when to stop.
struct Quiet(Arc<Control>);
impl Host for Quiet {
    fn log_enabled(&self, _: Level) -> bool {
        false
    }
    fn log(&self, _: Level, _: &str, _: &str) {}
    fn stopping(&self) -> bool {
        self.0.stopping()
    }
    fn wait_stop(&self, timeout: Duration) -> bool {
        self.0.wait(timeout)
    }
}

type Seen = Arc<Mutex<Vec<String>>>;
type OnPut = Box<dyn FnMut(&str) -> Result<()> + Send>;
type OnCommit = Box<dyn FnMut(&[(TopicPartition, i64)]) -> Result<Vec<(TopicPartition, i64)>> + Send>;

struct Task {
    seen: Seen,
    on_put: OnPut,
    on_commit: OnCommit,
}
impl SinkTask for Task {
    fn start(&mut self, _: SinkContext, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn put(&mut self, batch: Batch) -> Result<()> {
        for record in batch.records() {
            let value = record.value().as_str().unwrap_or_default();
            (self.on_put)(value)?;
            lock(&self.seen).push(value.to_owned());
        }
        Ok(())
    }
    fn pre_commit(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<Vec<(TopicPartition, i64)>> {
        (self.on_commit)(offsets)
    }
    fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        lock(&self.seen).push(format!("close {}", partitions.len()));
        Ok(())
    }
}

/// A loop over `script` and the means to steer it.
struct Bench {
    script: Arc<Mutex<Script>>,
    control: Arc<Control>,
    requests: Arc<Mutex<Requests>>,
    seen: Seen,
}

impl Bench {
    fn new(logs: &[&[&str]]) -> Self {
        Self {
            script: Script::owning(logs),
            control: Arc::new(Control::new(false)),
            requests: Arc::default(),
            seen: Seen::default(),
        }
    }

    /// Runs until the task or a commit stops it.
    fn run(&self, interval: Duration, on_put: OnPut, on_commit: OnCommit) -> Result<()> {
        let named = || ("org.example.Plain".to_owned(), Box::new(Plain) as Box<dyn Converter>);
        let budget = WorkerBudget::new(None);
        let consumer = FakeConsumer { script: self.script.clone(), limit: Duration::from_secs(300) };
        let parts = Parts {
            task: Box::new(Task { seen: self.seen.clone(), on_put, on_commit }),
            intake: Arc::new(Mutex::new(Intake::new(Box::new(consumer)))),
            subscription: Subscription::Topics(vec!["t".to_owned()]),
            converters: Converters::new(named(), named(), named()),
            chain: Chain::new(Vec::new()),
            policy: ErrorPolicy {
                tolerate_all: false,
                retry_timeout: Some(Duration::ZERO),
                retry_delay_max: Duration::from_millis(1),
                reporters: Reporters::silent(TaskId { connector: "c".into(), task: 0 }),
                control: self.control.clone(),
            },
            rules: Rules { tolerate_all: false, bisect: true, limit: None },
            control: self.control.clone(),
            requests: self.requests.clone(),
            lent: Lent::default(),
            reporter: None,
            budget: budget.task(1 << 20),
            queue: budget.reserve(0, 0),
            flush_interval: interval,
            flush_timeout: Duration::from_secs(5),
        };
        let context = SinkContext::new(Arc::new(Quiet(self.control.clone())));
        SinkLoop::new(parts).run(context, &ConfigMap::new(), &mut |_: TaskEvent| {})
    }

    fn told(&self) -> Vec<String> {
        lock(&self.script).told.clone()
    }
    fn seen(&self) -> Vec<String> {
        lock(&self.seen).clone()
    }
}

const NEVER: Duration = Duration::from_secs(3600);

#[test]
fn only_what_is_durable_is_committed_and_the_rest_when_the_task_ends() {
    let bench = Bench::new(&[&["a", "b", "c"]]);
    let (control, requests, mut asked) = (bench.control.clone(), bench.requests.clone(), 0);
    let on_commit: OnCommit = Box::new(move |offsets| {
        asked += 1;
        // First too little, then all of it.
        let durable = if asked == 1 { 2 } else { offsets[0].1 };
        lock(&requests).commit = true;
        if asked == 2 {
            control.stop();
        }
        Ok(vec![(offsets[0].0.clone(), durable)])
    });
    let requests = bench.requests.clone();
    let on_put: OnPut = Box::new(move |value| {
        lock(&requests).commit |= value == "c";
        Ok(())
    });
    bench.run(NEVER, on_put, on_commit).expect("it ends well");
    let told = bench.told();
    assert!(told.contains(&"commit t-0 2".to_owned()), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("commit t-0 3")), "{told:?}");
    assert_eq!(lock(&bench.script).committed.get(&place(0)), Some(&3));
    assert_eq!(bench.seen(), ["a", "b", "c", "close 1"]);
    assert_eq!(told.last().map(String::as_str), Some("close"));
}

#[test]
fn a_task_that_cannot_say_what_is_durable_goes_back_to_what_is_committed() {
    let bench = Bench::new(&[&["a", "b"]]);
    lock(&bench.script).committed.insert(place(0), 1);
    let (control, mut asked) = (bench.control.clone(), 0);
    let on_commit: OnCommit = Box::new(move |offsets| {
        asked += 1;
        match asked {
            1 => Err(Error::fatal("the destination lost it")),
            _ => {
                control.stop();
                Ok(offsets.to_vec())
            }
        }
    });
    // Asked once the record was put, and again once it was put again.
    let requests = bench.requests.clone();
    let on_put: OnPut = Box::new(move |_| {
        lock(&requests).commit = true;
        Ok(())
    });
    bench.run(NEVER, on_put, on_commit).expect("it ends well");
    assert_eq!(bench.seen(), ["b", "b", "close 1"]);
    assert!(bench.told().contains(&"seek t-0 1".to_owned()), "{:?}", bench.told());
    assert_eq!(lock(&bench.script).committed.get(&place(0)), Some(&2));
}

#[test]
fn a_failing_put_commits_what_was_put_before() {
    let bench = Bench::new(&[&["a"], &["bad"]]);
    lock(&bench.script).logs.insert(place(1), Vec::new());
    let script = bench.script.clone();
    let on_put: OnPut = Box::new(move |value| {
        lock(&script).logs.insert(place(1), vec!["bad".to_owned()]);
        if value == "bad" { Err(Error::data("bad")) } else { Ok(()) }
    });
    let error = bench.run(NEVER, on_put, Box::new(|o| Ok(o.to_vec()))).expect_err("it fails");
    assert_eq!(error.message(), "Exiting WorkerSinkTask due to unrecoverable exception.");
    assert_eq!(bench.told(), ["commit t-0 1 and wait", "close"]);
}

#[test]
fn the_task_may_go_back_and_gets_the_records_again() {
    let bench = Bench::new(&[&["a", "b"]]);
    let (requests, control, mut puts) = (bench.requests.clone(), bench.control.clone(), 0);
    let on_put: OnPut = Box::new(move |_| {
        puts += 1;
        match puts {
            2 => lock(&requests).rewind.push((TopicPartition { topic: "t".into(), partition: 0 }, 1)),
            3 => control.stop(),
            _ => {}
        }
        Ok(())
    });
    bench.run(NEVER, on_put, Box::new(|o| Ok(o.to_vec()))).expect("it ends well");
    assert_eq!(bench.seen(), ["a", "b", "b", "close 1"]);
}

#[test]
fn what_the_task_paused_stays_paused_when_the_connector_resumes() {
    let bench = Bench::new(&[&["a"], &["b"]]);
    let paused = |partition| (TopicPartition { topic: "t".into(), partition }, true);
    lock(&bench.requests).pause.push(paused(1));
    let (requests, control, script) = (bench.requests.clone(), bench.control.clone(), bench.script.clone());
    let mut asked = 0;
    let on_commit: OnCommit = Box::new(move |offsets| {
        asked += 1;
        match asked {
            // The commit of the pause: all is paused.
            2 => {
                assert_eq!(lock(&script).paused.len(), 2);
                control.set_paused(false);
            }
            1 => control.set_paused(true),
            // Until the connector has resumed.
            _ if lock(&script).paused.len() < 2 || asked == 100 => control.stop(),
            _ => {}
        }
        lock(&requests).commit = true;
        Ok(offsets.to_vec())
    });
    let requests = bench.requests.clone();
    let on_put: OnPut = Box::new(move |value| {
        // Asked for before the partitions were there, it was ignored: once more.
        lock(&requests).pause.push((TopicPartition { topic: "t".into(), partition: 1 }, true));
        lock(&requests).commit |= value == "a";
        Ok(())
    });
    bench.run(NEVER, on_put, on_commit).expect("it ends well");
    assert_eq!(lock(&bench.script).paused.iter().cloned().collect::<Vec<_>>(), [place(1)]);
}
