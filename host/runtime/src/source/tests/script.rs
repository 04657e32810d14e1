//! A source task that does what a script says.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_kafka::Producer;
use ferry_plugin_abi::api::{Ack, Converter, Host, Level, Role, SourceContext, SourceTask, Transaction};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::{Arena, Batch, Entry, Record, Schema, Value, ValueRef};
use ferry_plugin_abi::{Error, Result};

use crate::budget::WorkerBudget;
use crate::chain::{Chain, Converters, ErrorPolicy, Reporters, Stage};
use crate::executor::{Control, TaskEvent, TaskId, lock};
use crate::source::{Guarantee, Parts, Pipeline, Requests, TopicCreator};
use crate::stores::OffsetStore;

/// What a poll does.
pub(super) enum Step {
    /// Returns lines, and asks for the ends of transactions.
    Lines(Vec<String>, Vec<Transaction>),
    /// Does something to the task, and then returns lines.
    Late(fn(&Control), Vec<String>),
    /// Returns nothing.
    Nothing,
    /// Fails in a way that may pass.
    Stumbles,
    /// Does something to the task.
    Order(fn(&Control)),
    /// Does something to somebody else.
    Call(Box<dyn FnMut() + Send>),
    /// Waits for news while the supervisor comes by.
    Rests,
    /// Fails.
    Fails,
}

pub(super) fn lines(texts: &[&str]) -> Step {
    Step::Lines(texts.iter().map(|text| (*text).to_owned()).collect(), Vec::new())
}

/// A task whose lines are numbered from its stored offset on; it stops when the script is over.
pub(super) struct Script {
    steps: VecDeque<Step>,
    next: i64,
    control: Arc<Control>,
    requests: Option<Arc<Requests>>,
    told: Arc<Mutex<Vec<String>>>,
    pipeline: Arc<Mutex<Pipeline>>,
    /// Bytes that were held when a poll began, at most.
    budget: Arc<WorkerBudget>,
    held: Arc<AtomicUsize>,
}

pub(super) fn partition() -> Value {
    Value::map([("file", Value::String("f".to_owned()))])
}

/// Lines as a batch: the topic is `t`, or what is before the first `>`. An empty line is a tombstone.
fn batch(lines: &[String], next: &mut i64) -> Batch {
    Batch::build(|out| {
        let arena = out.arena();
        let entry = |name: &'static str, value| arena.entries(&[Entry { key: ValueRef::str(name), value }]);
        let partition = ValueRef::map(entry("file", ValueRef::str("f")));
        for line in lines {
            *next += 1;
            let offset = ValueRef::map(entry("position", ValueRef::int64(*next)));
            let (topic, text) = line.split_once('>').unwrap_or(("t", line));
            let value = if text.is_empty() { ValueRef::NULL } else { ValueRef::str(arena.str(text)) };
            out.push(Record::to(arena.str(topic)).with_value(None, value).from_source(partition, offset));
        }
        Ok::<_, Error>(())
    })
    .unwrap()
}

impl SourceTask for Script {
    fn start(&mut self, context: SourceContext, _config: &ConfigMap) -> Result<()> {
        if let Some(stored) = context.offset(&partition())? {
            self.next = stored.get("position").and_then(Value::as_i64).unwrap_or_default();
        }
        lock(&self.told).push(format!("start at {}", self.next));
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        self.held.fetch_max(self.budget.used(), Ordering::Relaxed);
        match self.steps.pop_front() {
            Some(Step::Lines(lines, requests)) => {
                for request in requests {
                    self.requests.as_ref().unwrap().add(request);
                }
                Ok(Some(batch(&lines, &mut self.next)))
            }
            Some(Step::Late(order, lines)) => {
                order(&self.control);
                Ok(Some(batch(&lines, &mut self.next)))
            }
            Some(Step::Nothing) => Ok(None),
            Some(Step::Stumbles) => Err(Error::retriable("not now")),
            Some(Step::Fails) => Err(Error::fatal("broken")),
            Some(Step::Call(mut call)) => {
                call();
                Ok(None)
            }
            Some(Step::Order(order)) => {
                order(&self.control);
                Ok(None)
            }
            Some(Step::Rests) => {
                (0..10).for_each(|_| lock(&self.pipeline).upkeep_aside());
                self.control.wait_woken(Duration::from_secs(3600));
                Ok(None)
            }
            None => {
                self.control.stop();
                Ok(None)
            }
        }
    }
    fn wants_acks(&self) -> bool {
        true
    }
    fn commit_records(&mut self, _batch: &Batch, acks: &[Ack]) -> Result<()> {
        let shown: Vec<String> = acks
            .iter()
            .map(|ack| match ack {
                Ack::Written { partition, offset } => format!("{partition}@{offset}"),
                Ack::Skipped => "skipped".to_owned(),
            })
            .collect();
        lock(&self.told).push(format!("acks {}", shown.join(" ")));
        Ok(())
    }
    fn commit(&mut self) -> Result<()> {
        let mut told = lock(&self.told);
        // At least once it may come any number of times.
        if told.last().is_none_or(|last| last != "commit") {
            told.push("commit".to_owned());
        }
        Ok(())
    }
    fn stop(&mut self) -> Result<()> {
        lock(&self.told).push("stop".to_owned());
        Ok(())
    }
}

/// Strings as they are; `bad` cannot be converted.
struct Plain;

impl Converter for Plain {
    fn configure(&mut self, _config: &ConfigMap, _role: Role) -> Result<()> {
        Ok(())
    }
    fn from_connect(
        &mut self,
        _topic: &str,
        _schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        let Some(text) = value.as_str() else { return Ok(false) };
        if text == "bad" {
            return Err(Error::data("a bad value"));
        }
        out.extend_from_slice(text.as_bytes());
        Ok(true)
    }
    fn to_connect<'a>(
        &mut self,
        _topic: &str,
        _bytes: Option<&'a [u8]>,
        _arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        Err(Error::fatal("a source converts one way only"))
    }
}

/// The host of a task.
struct Context {
    offsets: Arc<dyn OffsetStore>,
    control: Arc<Control>,
}

impl Host for Context {
    fn log_enabled(&self, _level: Level) -> bool {
        false
    }
    fn log(&self, _level: Level, _target: &str, _message: &str) {}
    fn stopping(&self) -> bool {
        self.control.stopping()
    }
    fn wait_stop(&self, timeout: Duration) -> bool {
        self.control.wait(timeout)
    }
    fn offsets(&self, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        self.offsets.get("c", partitions)
    }
}

/// One run of a scripted task.
pub(super) struct Run {
    pub(super) producer: Box<dyn Producer>,
    pub(super) guarantee: Guarantee,
    pub(super) offsets: Arc<dyn OffsetStore>,
    pub(super) requests: Option<Arc<Requests>>,
    pub(super) creator: Option<TopicCreator>,
    pub(super) stages: Vec<Stage>,
    pub(super) tolerate_all: bool,
    /// Bytes that the task may hold.
    pub(super) limit: u64,
}

/// What became of it.
pub(super) struct Outcome {
    pub(super) result: Result<()>,
    /// What the task was told, in order.
    pub(super) told: Vec<String>,
    /// What the listener heard, in order.
    pub(super) events: Vec<String>,
    /// Bytes that were held when a poll began, at most.
    pub(super) held: usize,
}

impl Run {
    pub(super) fn steps(self, steps: impl IntoIterator<Item = Step>) -> Outcome {
        let control = Arc::new(Control::new(false));
        let named = || ("org.example.Plain".to_owned(), Box::new(Plain) as Box<dyn Converter>);
        let budget = WorkerBudget::new(None);
        let pipeline = Pipeline::new(Parts {
            id: TaskId { connector: "c".into(), task: 0 },
            chain: Chain::new(self.stages),
            converters: Converters::new(named(), named(), named()),
            policy: ErrorPolicy {
                tolerate_all: self.tolerate_all,
                retry_timeout: Some(Duration::ZERO),
                retry_delay_max: Duration::from_millis(1),
                reporters: Reporters::silent(TaskId { connector: "c".into(), task: 0 }),
                control: control.clone(),
            },
            producer: self.producer,
            guarantee: self.guarantee,
            creator: self.creator,
            control: control.clone(),
            keep_acks: true,
            budget: budget.task(self.limit),
            queue: budget.reserve(0, 0),
        });
        let pipeline = Arc::new(Mutex::new(pipeline));
        let told = Arc::<Mutex<Vec<String>>>::default();
        let held = Arc::<AtomicUsize>::default();
        let mut script = Script {
            steps: steps.into_iter().collect(),
            next: 0,
            control: control.clone(),
            requests: self.requests,
            told: told.clone(),
            pipeline: pipeline.clone(),
            budget: budget.clone(),
            held: held.clone(),
        };
        let mut events = Vec::new();
        let host = Context { offsets: self.offsets, control: control.clone() };
        let result = crate::source::run(
            &mut script,
            SourceContext::new(Arc::new(host)),
            &ConfigMap::new(),
            &pipeline,
            &control,
            Duration::from_secs(5),
            &mut |event| {
                events.push(match event {
                    TaskEvent::Topic(topic) => format!("topic {topic}"),
                    TaskEvent::Paused => {
                        // Nobody else is here to end the pause.
                        control.set_paused(false);
                        "paused".to_owned()
                    }
                    other => format!("{other:?}").to_lowercase(),
                });
            },
        );
        drop((script, pipeline));
        assert_eq!(budget.used(), 0, "memory was not given back");
        let told = lock(&told).clone();
        Outcome { result, told, events, held: held.load(Ordering::Relaxed) }
    }
}
