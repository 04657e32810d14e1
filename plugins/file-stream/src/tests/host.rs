//! A host that answers from memory and sleeps only where it is to be woken.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use ferry_sdk::Result;
use ferry_sdk::api::{Host, Level, SinkContext, SourceContext, SourceTask, WAKEUPS};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Batch, Value, View};

use crate::source::FileStreamSourceTask;

type OnWait = Box<dyn FnMut() + Send>;

#[derive(Default)]
pub struct FakeHost {
    pub logs: Mutex<Vec<String>>,
    pub waits: Mutex<Vec<Duration>>,
    offsets: Mutex<Vec<(Value, Value)>>,
    on_wait: Mutex<Option<OnWait>>,
    stopping: AtomicBool,
    /// It has wake-ups.
    pub wakes: AtomicBool,
    /// Waits for one, so far.
    pub rests: Mutex<Vec<Duration>>,
    woken: Mutex<bool>,
    changed: Condvar,
}

impl FakeHost {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }
    /// Stores an offset, as after a commit.
    pub fn store(&self, partition: Value, offset: Value) {
        let mut offsets = self.offsets.lock().unwrap();
        offsets.retain(|(stored, _)| *stored != partition);
        offsets.push((partition, offset));
    }
    /// What happens during the next wait.
    pub fn on_wait(&self, act: impl FnMut() + Send + 'static) {
        *self.on_wait.lock().unwrap() = Some(Box::new(act));
    }
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }
    /// Warnings and errors so far.
    pub fn complaints(&self) -> Vec<String> {
        std::mem::take(&mut *self.logs.lock().unwrap())
    }
    pub fn waited(&self) -> Duration {
        std::mem::take(&mut *self.waits.lock().unwrap()).iter().sum()
    }
    pub fn sink(self: &Arc<Self>) -> SinkContext {
        SinkContext::new(Arc::clone(self) as Arc<dyn Host>)
    }
    /// A source task, started.
    pub fn source(self: &Arc<Self>, config: &[(&str, &str)]) -> Result<FileStreamSourceTask> {
        let mut task = FileStreamSourceTask::default();
        task.start(SourceContext::new(Arc::clone(self) as Arc<dyn Host>), &map(config))?;
        Ok(task)
    }
    /// A source task as [`FakeHost::source`], which goes on from what `read` was stored of.
    pub fn commit(&self, read: &[Read]) {
        for record in read {
            self.store(record.partition.clone(), record.offset.clone());
        }
    }
}

impl Host for FakeHost {
    fn log_enabled(&self, _level: Level) -> bool {
        true
    }
    fn log(&self, level: Level, _target: &str, message: &str) {
        if level <= Level::Warn {
            self.logs.lock().unwrap().push(message.to_owned());
        }
    }
    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }
    fn wait_stop(&self, timeout: Duration) -> bool {
        self.waits.lock().unwrap().push(timeout);
        let act = self.on_wait.lock().unwrap().take();
        if let Some(mut act) = act {
            act();
        }
        self.stopping()
    }
    fn wait_wakeup(&self, timeout: Duration) -> bool {
        self.rests.lock().unwrap().push(timeout);
        let act = self.on_wait.lock().unwrap().take();
        if let Some(mut act) = act {
            act();
        }
        let woken = self.woken.lock().unwrap();
        let (mut woken, _) = self.changed.wait_timeout_while(woken, timeout, |woken| !*woken).unwrap();
        assert!(std::mem::take(&mut *woken), "nobody ended the wait");
        self.stopping()
    }
    fn wakeup(&self) {
        *self.woken.lock().unwrap() = true;
        self.changed.notify_all();
    }
    fn offers(&self, feature: &str) -> bool {
        feature == WAKEUPS && self.wakes.load(Ordering::SeqCst)
    }
    fn offsets(&self, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        let offsets = self.offsets.lock().unwrap();
        let find = |partition| offsets.iter().find(|(stored, _)| stored == partition).map(|(_, o)| o.clone());
        Ok(partitions.iter().map(find).collect())
    }
}

pub fn map(entries: &[(&str, &str)]) -> ConfigMap {
    entries.iter().copied().collect()
}

/// A record as the tests look at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    pub value: Value,
    pub partition: Value,
    pub offset: Value,
}

impl Read {
    pub fn text(&self) -> &str {
        self.value.as_str().expect("a text")
    }
    pub fn position(&self) -> i64 {
        self.offset.get("position").and_then(Value::as_i64).expect("a position")
    }
}

pub fn read(batch: &Batch) -> Vec<Read> {
    let records = batch.records().iter();
    records
        .map(|record| {
            assert!(matches!(record.key().view(), View::Null));
            Read {
                value: record.value().into(),
                partition: record.source_partition().into(),
                offset: record.source_offset().into(),
            }
        })
        .collect()
}

/// Polls until a poll brings nothing.
pub fn drain(task: &mut FileStreamSourceTask) -> Vec<Read> {
    let mut all = Vec::new();
    while let Some(batch) = task.poll().expect("a poll") {
        all.extend(read(&batch));
    }
    all
}

/// Texts and positions.
pub fn lines(read: &[Read]) -> Vec<(&str, i64)> {
    read.iter().map(|record| (record.text(), record.position())).collect()
}
