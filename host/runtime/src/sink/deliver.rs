//! A batch on its way into `put`, whole or, after an error of data, in parts.
//!
//! Connect fails a task whose `put` fails. Where the user tolerates errors of records, a batch that is refused
//! with [`ErrorKind::Data`] is halved instead until the bad records stand alone, and only they are reported
//! (`ferry.errors.put.bisect`). The task is given records again that it had taken before its error: at least once,
//! as after a restart.
//!
//! A bad record is told from a dead destination by the others: a record that is refused alone is reported only
//! after the destination has accepted another one of the batch, or when the batch is at its end. When so many
//! were refused one after the other that the limit is reached (`ferry.errors.put.bisect.limit`), the destination is
//! to blame, not the records: the task fails, and those of this batch are not reported. (A destination that is away
//! is better told with a retriable error, which is never bisected.)

use std::collections::VecDeque;
use std::ops::Range;

use ferry_plugin_abi::data::{Batch, Record};
use ferry_plugin_abi::{Error, ErrorKind, Result};

use crate::crash;

/// One batch with what of it is still to be put.
pub struct Delivery {
    batch: Batch,
    /// In the order of their records.
    to_put: VecDeque<Range<usize>>,
    /// Refused alone, not reported yet.
    suspects: Vec<(usize, Error)>,
}

/// How errors of data are dealt with.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// `errors.tolerance=all`
    pub tolerate_all: bool,
    /// `ferry.errors.put.bisect`
    pub bisect: bool,
    /// `ferry.errors.put.bisect.limit`; `None`: none.
    pub limit: Option<usize>,
}

/// How far a delivery came.
pub enum Outcome {
    /// All of it is put or reported.
    Done,
    /// The task asked for the rest to be put again later, for this reason.
    Later(Delivery, Error),
}

/// What a delivery does to the world.
pub trait Sinks {
    /// Gives `batch` to the task.
    fn put(&mut self, batch: Batch) -> Result<()>;
    /// Reports a record that is bad.
    fn report(&mut self, record: &Record<'_>, error: &Error) -> Result<()>;
}

impl Delivery {
    /// All of `batch`, which may be empty: then the task is called nevertheless.
    pub fn of(batch: Batch) -> Self {
        Self { to_put: std::iter::once(0..batch.len()).collect(), batch, suspects: Vec::new() }
    }

    /// Goes on; `in_a_row` counts records refused since the last that was accepted, over all batches.
    pub fn run(mut self, rules: Rules, in_a_row: &mut usize, to: &mut dyn Sinks) -> Result<Outcome> {
        while let Some(range) = self.to_put.pop_front() {
            match to.put(self.part(&range)?) {
                Ok(()) if range.is_empty() => {}
                Ok(()) => {
                    *in_a_row = 0;
                    self.report_suspects(to)?;
                }
                Err(error) if error.kind() == ErrorKind::Retriable => {
                    self.to_put.push_front(range);
                    return Ok(Outcome::Later(self, error));
                }
                Err(error) if error.kind() == ErrorKind::Data && rules.tolerate_all => {
                    self.divide(&range, error, rules, in_a_row)?;
                }
                Err(error) => return Err(error),
            }
        }
        self.report_suspects(to)?;
        Ok(Outcome::Done)
    }

    /// What is to be done about a refused part: its bad record apart, or its halves.
    fn divide(
        &mut self,
        range: &Range<usize>,
        error: Error,
        rules: Rules,
        in_a_row: &mut usize,
    ) -> Result<()> {
        let alone = (range.len() == 1 && rules.bisect).then_some(0);
        match error.record().filter(|at| *at < range.len()).or(alone) {
            Some(at) => {
                *in_a_row += 1;
                if let Some(limit) = rules.limit.filter(|limit| *in_a_row >= *limit) {
                    return Err(error.context(
                        ErrorKind::Fatal,
                        format!(
                            "put refused {limit} records one after the other and took none between them: not the \
                             records but the destination or the configuration is taken to be at fault; \
                             ferry.errors.put.bisect.limit=-1 goes on without end"
                        ),
                    ));
                }
                let bad = range.start + at;
                self.suspects.push((bad, error));
                self.put_first(bad + 1..range.end);
                self.put_first(range.start..bad);
            }
            None if rules.bisect && !range.is_empty() => {
                let middle = range.start + range.len() / 2;
                self.put_first(middle..range.end);
                self.put_first(range.start..middle);
            }
            None => return Err(error),
        }
        crash::point("divide");
        Ok(())
    }

    fn put_first(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.to_put.push_front(range);
        }
    }

    fn part(&self, range: &Range<usize>) -> Result<Batch> {
        if range.len() == self.batch.len() {
            return Ok(self.batch.clone());
        }
        self.batch.derive(|records, out| {
            out.reserve(range.len());
            records[range.clone()].iter().for_each(|record| out.push(*record));
            Ok(())
        })
    }

    fn report_suspects(&mut self, to: &mut dyn Sinks) -> Result<()> {
        for (index, error) in self.suspects.drain(..) {
            to.report(&self.batch.records()[index], &error)?;
        }
        Ok(())
    }

    /// The same without the records that `keep` does not want; those refused already are forgotten with them.
    pub fn retain(self, keep: impl Fn(&Record<'_>) -> bool) -> Result<Self> {
        let Self { batch, to_put, mut suspects } = self;
        if batch.records().iter().all(&keep) {
            return Ok(Self { batch, to_put, suspects });
        }
        let mut ranges: VecDeque<Range<usize>> = VecDeque::new();
        for index in to_put.into_iter().flatten().filter(|index| keep(&batch.records()[*index])) {
            match ranges.back_mut() {
                Some(last) if last.end == index => last.end += 1,
                _ => ranges.push_back(index..index + 1),
            }
        }
        suspects.retain(|(index, _)| keep(&batch.records()[*index]));
        Ok(Self { batch, to_put: ranges, suspects })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_plugin_abi::data::{TimestampType, ValueRef};

    const RULES: Rules = Rules { tolerate_all: true, bisect: true, limit: Some(100) };

    fn batch(offsets: Range<i64>) -> Batch {
        Batch::build(|out| {
            for offset in offsets {
                out.push(Record::to("t").with_value(None, ValueRef::int64(offset)).from_kafka(
                    "t",
                    (offset % 2) as i32,
                    offset,
                    TimestampType::None,
                ));
            }
            Ok::<_, Error>(())
        })
        .expect("a batch")
    }

    /// A task that refuses some offsets.
    struct Task<F> {
        answer: F,
        puts: Vec<Vec<i64>>,
        taken: Vec<i64>,
        reported: Vec<i64>,
    }

    impl<F: FnMut(&[i64]) -> Result<()>> Task<F> {
        fn new(answer: F) -> Self {
            Self { answer, puts: Vec::new(), taken: Vec::new(), reported: Vec::new() }
        }
    }

    impl<F: FnMut(&[i64]) -> Result<()>> Sinks for Task<F> {
        fn put(&mut self, batch: Batch) -> Result<()> {
            let offsets: Vec<_> = batch.records().iter().filter_map(Record::kafka_offset).collect();
            self.puts.push(offsets.clone());
            (self.answer)(&offsets)?;
            self.taken.extend(offsets);
            Ok(())
        }
        fn report(&mut self, record: &Record<'_>, error: &Error) -> Result<()> {
            assert_eq!(error.message(), "bad");
            self.reported.extend(record.kafka_offset());
            Ok(())
        }
    }

    fn refusing(bad: &'static [i64]) -> impl FnMut(&[i64]) -> Result<()> {
        move |offsets| if offsets.iter().any(|o| bad.contains(o)) { Err(Error::data("bad")) } else { Ok(()) }
    }

    #[test]
    fn only_the_bad_records_are_reported_and_the_others_taken_in_order() {
        let mut task = Task::new(refusing(&[3, 4, 40]));
        let mut in_a_row = 0;
        let done = Delivery::of(batch(0..64)).run(RULES, &mut in_a_row, &mut task);
        assert!(matches!(done, Ok(Outcome::Done)));
        assert_eq!(task.reported, [3, 4, 40]);
        assert_eq!(task.taken, (0..64).filter(|o| ![3, 4, 40].contains(o)).collect::<Vec<_>>());
        assert!(task.puts.len() < 40, "{} puts", task.puts.len());
        assert_eq!(in_a_row, 0);
    }

    #[test]
    fn a_blamed_record_costs_no_search() {
        let mut task = Task::new(|offsets: &[i64]| match offsets.iter().position(|o| *o == 5) {
            Some(at) => Err(Error::data("bad").at_record(at)),
            None => Ok(()),
        });
        let rules = Rules { bisect: false, ..RULES };
        assert!(matches!(Delivery::of(batch(0..8)).run(rules, &mut 0, &mut task), Ok(Outcome::Done)));
        assert_eq!(task.puts, [vec![0, 1, 2, 3, 4, 5, 6, 7], vec![0, 1, 2, 3, 4], vec![6, 7]]);
        assert_eq!(task.reported, [5]);
    }

    #[test]
    fn without_tolerance_or_bisection_the_error_is_the_tasks_end() {
        for rules in [Rules { tolerate_all: false, ..RULES }, Rules { bisect: false, ..RULES }] {
            let mut task = Task::new(refusing(&[1]));
            assert!(Delivery::of(batch(0..4)).run(rules, &mut 0, &mut task).is_err());
            assert_eq!((task.puts.len(), task.reported.len()), (1, 0));
        }
    }

    #[test]
    fn errors_of_another_kind_are_never_bisected() {
        let mut task = Task::new(|_: &[i64]| Err(Error::fatal("no table")));
        assert!(Delivery::of(batch(0..4)).run(RULES, &mut 0, &mut task).is_err());
        assert_eq!((task.puts.len(), task.reported.len()), (1, 0));
    }

    #[test]
    fn a_destination_that_refuses_everything_fails_the_task_and_nothing_is_reported() {
        let mut task = Task::new(|_: &[i64]| Err(Error::data("bad")));
        let mut in_a_row = 0;
        let Err(error) = Delivery::of(batch(0..4000)).run(RULES, &mut in_a_row, &mut task) else {
            panic!("the delivery went on")
        };
        assert_eq!((error.kind(), in_a_row), (ErrorKind::Fatal, 100));
        assert!(error.message().starts_with("put refused 100 records one after the other"), "{error}");
        assert_eq!((task.reported.len(), task.taken.len()), (0, 0));
    }

    #[test]
    fn a_lonely_bad_record_is_reported_and_counted_over_batches() {
        let mut in_a_row = 0;
        for offset in 0..99 {
            let mut task = Task::new(|_: &[i64]| Err(Error::data("bad")));
            let done = Delivery::of(batch(offset..offset + 1)).run(RULES, &mut in_a_row, &mut task);
            assert!(matches!(done, Ok(Outcome::Done)));
            assert_eq!(task.reported, [offset]);
        }
        let mut task = Task::new(|_: &[i64]| Err(Error::data("bad")));
        assert!(Delivery::of(batch(99..100)).run(RULES, &mut in_a_row, &mut task).is_err());
        let mut task = Task::new(|_: &[i64]| Err(Error::data("bad")));
        let endless = Rules { limit: None, ..RULES };
        assert!(matches!(
            Delivery::of(batch(99..100)).run(endless, &mut in_a_row, &mut task),
            Ok(Outcome::Done)
        ));
    }

    #[test]
    fn a_retriable_error_in_the_middle_goes_on_where_it_was() {
        let mut down = true;
        let mut task = Task::new(move |offsets: &[i64]| {
            if offsets.contains(&1) {
                Err(Error::data("bad"))
            } else if offsets.contains(&2) && std::mem::take(&mut down) {
                Err(Error::retriable("down"))
            } else {
                Ok(())
            }
        });
        let mut in_a_row = 0;
        let later = Delivery::of(batch(0..4)).run(RULES, &mut in_a_row, &mut task);
        let Ok(Outcome::Later(delivery, error)) = later else { panic!("no retry") };
        assert_eq!(error.message(), "down");
        assert!(matches!(delivery.run(RULES, &mut in_a_row, &mut task), Ok(Outcome::Done)));
        assert_eq!((task.taken, task.reported), (vec![0, 2, 3], vec![1]));
    }

    #[test]
    fn records_of_lost_partitions_are_left_out() {
        let mut down = true;
        let mut task =
            Task::new(
                move |_: &[i64]| {
                    if std::mem::take(&mut down) { Err(Error::retriable("down")) } else { Ok(()) }
                },
            );
        let Ok(Outcome::Later(delivery, _)) = Delivery::of(batch(0..6)).run(RULES, &mut 0, &mut task) else {
            panic!("no retry")
        };
        let rest = delivery.retain(|record| record.original_partition() == Some(1)).expect("a delivery");
        assert!(matches!(rest.run(RULES, &mut 0, &mut task), Ok(Outcome::Done)));
        assert_eq!(task.taken, [1, 3, 5]);
    }

    #[test]
    fn the_task_is_called_for_an_empty_batch_too() {
        let mut task = Task::new(|_: &[i64]| Ok(()));
        assert!(matches!(Delivery::of(batch(0..0)).run(RULES, &mut 7, &mut task), Ok(Outcome::Done)));
        assert_eq!(task.puts, [Vec::<i64>::new()]);
    }
}
