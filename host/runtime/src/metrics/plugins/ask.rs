//! Asks plugins for values that they compute: their code may wait for ever, and nobody waits with it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Entry, drop_aside};
use crate::executor::lock;

/// How long all answers may take together.
const LIMIT: Duration = Duration::from_secs(1);
/// How long one answer may keep up those after it.
const PATIENCE: Duration = Duration::from_millis(50);

/// What is to be asked, with its place among the samples.
type Question = (usize, Arc<Entry>);
type Questions = Arc<Mutex<VecDeque<Question>>>;
type Answer = (usize, Option<f64>);

/// Calls into the author's code of one metric.
#[derive(Debug, Default)]
pub(super) struct Calls {
    under_way: usize,
    /// One of them did not return in time.
    late: bool,
}

impl Entry {
    /// Runs the author's code.
    fn ask(&self) -> Option<f64> {
        lock(&self.calls).under_way += 1;
        let answer = self.answer();
        let mut calls = lock(&self.calls);
        calls.under_way -= 1;
        calls.late &= calls.under_way > 0;
        answer
    }

    /// Nobody waits for its answer any longer.
    fn give_up(&self) {
        let mut calls = lock(&self.calls);
        if calls.under_way > 0 && !std::mem::replace(&mut calls.late, true) {
            let _entered = self.owner.context().enter();
            tracing::warn!(
                metric = %self.name,
                "a metric of a plugin does not answer and is left out until the call returns"
            );
        }
    }
}

/// The values that came in time, by place. Who did not answer is asked again once the call has returned.
pub(super) fn all(questions: Vec<Question>) -> BTreeMap<usize, f64> {
    let questions: VecDeque<_> =
        questions.into_iter().filter(|(_, entry)| !lock(&entry.calls).late).collect();
    if questions.is_empty() {
        return BTreeMap::new();
    }
    // Whoever asks holds the entry: it may be the last to do so, and then drops what is the plugin's.
    let asked: Vec<_> = questions.iter().map(|(index, entry)| (*index, Arc::downgrade(entry))).collect();
    let questions = Arc::new(Mutex::new(questions));
    let answers = gather(&questions, asked.len());
    let mut left: Vec<_> = lock(&questions).drain(..).map(|(_, entry)| entry).collect();
    for (_, entry) in asked.iter().filter(|(index, _)| !answers.contains_key(index)) {
        if let Some(entry) = entry.upgrade() {
            entry.give_up();
            left.push(entry);
        }
    }
    drop_aside(left);
    answers.into_iter().filter_map(|(index, value)| Some((index, value?))).collect()
}

fn gather(questions: &Questions, wanted: usize) -> BTreeMap<usize, Option<f64>> {
    let (told, answers) = mpsc::channel();
    let until = Instant::now() + LIMIT;
    let mut gathered = BTreeMap::new();
    let mut asking = spawn(questions, &told);
    while asking && gathered.len() < wanted {
        let left = until.saturating_duration_since(Instant::now());
        match answers.recv_timeout(left.min(PATIENCE)) {
            Ok((index, value)) => drop(gathered.insert(index, value)),
            Err(RecvTimeoutError::Timeout) if left.is_zero() => break,
            Err(RecvTimeoutError::Timeout) if lock(questions).is_empty() => {}
            // Somebody takes long: the others are asked meanwhile.
            Err(RecvTimeoutError::Timeout) => asking = spawn(questions, &told),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    gathered
}

/// Begins to ask, on a thread that ends with the questions; `false`: there is no thread to be had.
fn spawn(questions: &Questions, told: &Sender<Answer>) -> bool {
    let (questions, told) = (questions.clone(), told.clone());
    let ask = move || {
        loop {
            let next = lock(&questions).pop_front();
            let Some((index, entry)) = next else { return };
            // Nobody listens any more if it took too long.
            let _ = told.send((index, entry.ask()));
        }
    };
    std::thread::Builder::new().name("plugin-metrics".to_owned()).spawn(ask).is_ok()
}
