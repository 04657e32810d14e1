//! Records on their way to the broker, and the source offsets that are safe to store
//! (`SubmittedRecords`).

use std::collections::VecDeque;

use ferry_plugin_abi::api::Ack;
use ferry_plugin_abi::data::{Batch, Record, Value, ValueRef};

use super::latest::Latest;

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum State {
    Waiting,
    Written,
    Skipped,
}

struct Submitted {
    batch: Batch,
    first: u64,
    states: Vec<State>,
    waiting: usize,
    /// Done with, and not in Kafka.
    left_out: usize,
    acks: Vec<Ack>,
    /// Whether all records share one source partition, the usual case.
    uniform: bool,
}

impl Submitted {
    /// For each source partition in it that is not in `held`, the last record all of whose
    /// predecessors are done. A partition with a waiting record joins `held`.
    fn progress<'s>(&'s self, held: &mut Vec<ValueRef<'s>>, mut advance: impl FnMut(usize)) {
        let records = self.batch.records();
        if self.uniform {
            let Some(partition) = records.first().map(Record::source_partition) else { return };
            if partition.is_null() || held.contains(&partition) {
                return;
            }
            let done = self.states.iter().position(|s| *s == State::Waiting).unwrap_or(self.states.len());
            if let Some(last) = self.states[..done].iter().rposition(|s| *s == State::Written) {
                advance(last);
            }
            if done < self.states.len() {
                held.push(partition);
            }
            return;
        }
        let mut last: Vec<(ValueRef<'_>, usize)> = Vec::new();
        for (index, record) in records.iter().enumerate() {
            let partition = record.source_partition();
            if partition.is_null() || held.contains(&partition) {
                continue;
            }
            match self.states[index] {
                State::Waiting => held.push(partition),
                State::Skipped => {}
                State::Written => match last.iter_mut().find(|(p, _)| p.same(partition) || *p == partition) {
                    Some((_, old)) => *old = index,
                    None => last.push((partition, index)),
                },
            }
        }
        last.into_iter().for_each(|(_, index)| advance(index));
    }
}

/// A batch that is done with, and the token of its first record.
struct Finished {
    first: u64,
    batch: Batch,
    acks: Vec<Ack>,
}

/// Records of batches that are done with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// All of them.
    pub records: usize,
    /// Those that are not in Kafka.
    pub left_out: usize,
}

/// Batches in the order of `poll`, each with what became of its records.
///
/// Each record has a token: its number since the task began. A batch is held until all of it and
/// all before it is done, which is also what keeps its offsets readable without a copy.
pub struct Pending {
    submitted: VecDeque<Submitted>,
    next: u64,
    /// Of batches that wait, and of those that are done with and were not taken yet.
    bytes: usize,
    keep_acks: bool,
    done: Done,
    /// Per source partition the last record whose predecessors are all done.
    latest: Latest,
    finished: Vec<Finished>,
}

impl Pending {
    /// Nothing yet; `keep_acks` if the task wants to hear of each record.
    pub fn new(keep_acks: bool) -> Self {
        Self {
            submitted: VecDeque::new(),
            next: 0,
            bytes: 0,
            keep_acks,
            done: Done::default(),
            latest: Latest::default(),
            finished: Vec::new(),
        }
    }

    /// Takes in a batch; its records have the tokens from the returned one on.
    pub fn submit(&mut self, batch: Batch) -> u64 {
        let (first, len) = (self.next, batch.len());
        let partition = batch.records().first().map_or(ValueRef::NULL, Record::source_partition);
        let uniform = batch.records().iter().all(|record| record.source_partition().same(partition));
        self.next += len as u64;
        self.bytes += batch.bytes();
        self.submitted.push_back(Submitted {
            first,
            states: vec![State::Waiting; len],
            waiting: len,
            left_out: 0,
            acks: if self.keep_acks { vec![Ack::Skipped; len] } else { Vec::new() },
            uniform,
            batch,
        });
        first
    }

    /// Memory of the batches held, in bytes: of those that are done with, too, until they are taken.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
    /// Whether nothing waits for the broker any more.
    pub fn is_done(&self) -> bool {
        self.submitted.is_empty()
    }
    /// The broker has the record.
    pub fn written(&mut self, token: u64, partition: i32, offset: i64) {
        self.done(token, State::Written, Ack::Written { partition, offset });
    }
    /// The record goes nowhere: filtered, or its error is tolerated. Its offset is not stored.
    pub fn skipped(&mut self, token: u64) {
        self.done(token, State::Skipped, Ack::Skipped);
    }
    /// The broker refused the record for good, and that is tolerated: it goes nowhere, and its offset
    /// is stored as if it had gone.
    pub fn given_up(&mut self, token: u64) {
        self.done(token, State::Written, Ack::Skipped);
    }
    /// All records from `token` on that are done with are not in Kafka: their transaction was aborted.
    pub fn aborted(&mut self, token: u64) {
        let submitted = self.submitted.iter_mut().map(|s| (s.first, &mut s.acks));
        let finished = self.finished.iter_mut().map(|f| (f.first, &mut f.acks));
        for (first, acks) in submitted.chain(finished) {
            let from = usize::try_from(token.saturating_sub(first)).unwrap_or(usize::MAX);
            acks.iter_mut().skip(from).for_each(|ack| *ack = Ack::Skipped);
        }
    }
    /// The batch of a record that waits, and its place there.
    pub fn place(&self, token: u64) -> Option<(Batch, usize)> {
        let submitted = &self.submitted[self.find(token)?];
        Some((submitted.batch.clone(), (token - submitted.first) as usize))
    }
    /// The token of the next record to be submitted.
    pub fn next_token(&self) -> u64 {
        self.next
    }

    /// Index of the batch that a token belongs to.
    fn find(&self, token: u64) -> Option<usize> {
        // Acknowledgements come nearly in order: mostly for the first batch.
        let front = self.submitted.front()?;
        if token < front.first + front.states.len() as u64 {
            return (token >= front.first).then_some(0);
        }
        let at = self.submitted.partition_point(|s| s.first <= token).checked_sub(1)?;
        Some(at)
    }

    fn done(&mut self, token: u64, state: State, ack: Ack) {
        let Some(at) = self.find(token) else { return };
        let submitted = &mut self.submitted[at];
        let index = (token - submitted.first) as usize;
        if submitted.states[index] != State::Waiting {
            return;
        }
        submitted.states[index] = state;
        submitted.waiting -= 1;
        submitted.left_out += usize::from(ack == Ack::Skipped);
        if self.keep_acks {
            submitted.acks[index] = ack;
        }
        while self.submitted.front().is_some_and(|s| s.waiting == 0) {
            self.retire();
        }
    }

    /// Takes the finished first batch out and remembers how far each source partition came.
    fn retire(&mut self) {
        let Some(submitted) = self.submitted.pop_front() else { return };
        self.done.records += submitted.states.len();
        self.done.left_out += submitted.left_out;
        let latest = &mut self.latest;
        submitted.progress(&mut Vec::new(), |index| latest.advance(&submitted.batch, index));
        if self.keep_acks {
            let Submitted { first, batch, acks, .. } = submitted;
            self.finished.push(Finished { first, batch, acks });
        } else {
            self.bytes -= submitted.batch.bytes();
        }
    }

    /// Offsets that are safe to store, one per source partition that moved since the last call.
    ///
    /// A record that waits holds back its own partition only.
    pub fn committable(&mut self) -> Vec<(Value, Value)> {
        let mut latest = std::mem::take(&mut self.latest);
        let mut held = Vec::new();
        for submitted in &self.submitted {
            submitted.progress(&mut held, |index| latest.advance(&submitted.batch, index));
        }
        latest.offsets()
    }

    /// How many records of batches were done with since the last call.
    pub fn take_done(&mut self) -> Done {
        std::mem::take(&mut self.done)
    }

    /// Whether there are batches for [`Pending::take_finished`].
    pub fn has_finished(&self) -> bool {
        !self.finished.is_empty()
    }

    /// Batches that are done with, for `commit_records`.
    pub fn take_finished(&mut self) -> Vec<(Batch, Vec<Ack>)> {
        let finished = std::mem::take(&mut self.finished);
        self.bytes -= finished.iter().map(|f| f.batch.bytes()).sum::<usize>();
        finished.into_iter().map(|f| (f.batch, f.acks)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_plugin_abi::Error;
    use ferry_plugin_abi::data::Entry;

    /// A batch of (partition, offset).
    fn batch(records: &[(&str, i64)]) -> Batch {
        Batch::build(|out| {
            let arena = out.arena();
            for (partition, offset) in records {
                let entry =
                    |name: &'static str, value| arena.entries(&[Entry { key: ValueRef::str(name), value }]);
                let partition = ValueRef::map(entry("file", ValueRef::str(arena.str(partition))));
                let offset = ValueRef::map(entry("position", ValueRef::int64(*offset)));
                out.push(Record::to("t").from_source(partition, offset));
            }
            Ok::<_, Error>(())
        })
        .unwrap()
    }

    fn committed(pending: &mut Pending) -> Vec<(String, i64)> {
        let mut all: Vec<_> = pending
            .committable()
            .iter()
            .map(|(p, o)| {
                (
                    p.get("file").unwrap().as_str().unwrap().to_owned(),
                    o.get("position").unwrap().as_i64().unwrap(),
                )
            })
            .collect();
        all.sort();
        all
    }

    #[test]
    fn stops_at_the_first_record_that_waits() {
        let mut pending = Pending::new(false);
        let first = pending.submit(batch(&[("a", 1), ("a", 2), ("a", 3)]));
        pending.written(first, 0, 0);
        pending.written(first + 2, 0, 2);
        assert_eq!(committed(&mut pending), [("a".to_owned(), 1)]);
        assert!(pending.bytes() > 0);
        pending.written(first + 1, 0, 1);
        assert_eq!(committed(&mut pending), [("a".to_owned(), 3)]);
        assert_eq!(pending.bytes(), 0);
        assert_eq!(committed(&mut pending), []);
    }

    #[test]
    fn a_waiting_record_holds_back_its_own_partition_only() {
        let mut pending = Pending::new(false);
        let first = pending.submit(batch(&[("a", 1), ("b", 1), ("a", 2)]));
        let second = pending.submit(batch(&[("b", 2), ("a", 3)]));
        for token in [first + 1, first + 2, second, second + 1] {
            pending.written(token, 0, 0);
        }
        assert_eq!(committed(&mut pending), [("b".to_owned(), 2)]);
        pending.written(first, 0, 0);
        assert_eq!(committed(&mut pending), [("a".to_owned(), 3), ("b".to_owned(), 2)]);
    }

    #[test]
    fn a_skipped_record_neither_moves_nor_holds_an_offset() {
        let mut pending = Pending::new(true);
        let first = pending.submit(batch(&[("a", 1), ("a", 2)]));
        pending.skipped(first + 1);
        assert_eq!(committed(&mut pending), []);
        pending.written(first, 4, 7);
        assert_eq!(committed(&mut pending), [("a".to_owned(), 1)]);
        let finished = pending.take_finished();
        assert_eq!(finished[0].1, [Ack::Written { partition: 4, offset: 7 }, Ack::Skipped]);
    }

    #[test]
    fn a_record_that_was_given_up_moves_its_offset_and_was_not_written() {
        let mut pending = Pending::new(true);
        let first = pending.submit(batch(&[("a", 1), ("a", 2)]));
        pending.written(first, 4, 7);
        assert_eq!(pending.take_done(), Done::default());
        pending.given_up(first + 1);
        assert_eq!(pending.take_done(), Done { records: 2, left_out: 1 });
        assert_eq!(committed(&mut pending), [("a".to_owned(), 2)]);
        let finished = pending.take_finished();
        assert_eq!(finished[0].1, [Ack::Written { partition: 4, offset: 7 }, Ack::Skipped]);
    }

    #[test]
    fn what_an_aborted_transaction_wrote_is_not_there() {
        let mut pending = Pending::new(true);
        let first = pending.submit(batch(&[("a", 1), ("a", 2)]));
        let second = pending.submit(batch(&[("a", 3), ("a", 4)]));
        for token in [first, first + 1, second] {
            pending.written(token, 0, token as i64);
        }
        pending.aborted(first + 1);
        pending.written(second + 1, 0, 3);
        let acks: Vec<_> = pending.take_finished().into_iter().flat_map(|(_, acks)| acks).collect();
        let written = |offset| Ack::Written { partition: 0, offset };
        assert_eq!(acks, [written(0), Ack::Skipped, Ack::Skipped, written(3)]);
    }

    #[test]
    fn what_is_kept_for_the_task_counts_until_it_is_taken() {
        let mut pending = Pending::new(true);
        let first = pending.submit(batch(&[("a", 1)]));
        let held = pending.bytes();
        pending.written(first, 0, 0);
        assert_eq!((pending.bytes(), pending.is_done()), (held, true));
        assert_eq!(pending.take_finished().len(), 1);
        assert_eq!(pending.bytes(), 0);
    }

    #[test]
    fn a_second_report_of_a_record_is_ignored() {
        let mut pending = Pending::new(false);
        let first = pending.submit(batch(&[("a", 1), ("a", 2)]));
        pending.written(first, 0, 0);
        pending.written(first, 0, 0);
        assert!(pending.bytes() > 0);
    }
}
