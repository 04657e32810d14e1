//! Where the transactions of a source end (KIP-618, `TransactionBoundary`, `WorkerTransactionContext`).

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferry_plugin_abi::api::Transaction;
use ferry_plugin_abi::data::Record;
use ferry_plugin_abi::{Error, Result};

use crate::executor::lock;

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Its records are in Kafka.
    Commit,
    /// Its records are dropped; their offsets are stored all the same, so that they do not come again.
    Abort,
}

/// What the task has asked for since the last batch; from any thread of the plugin.
#[derive(Debug, Default)]
pub struct Requests(Mutex<Marks>);

/// Requests for one batch.
#[derive(Debug, Default)]
pub(super) struct Marks {
    batch: Vec<Ending>,
    records: Vec<(usize, Ending)>,
}

impl Requests {
    /// Takes in what the task asks for.
    pub fn add(&self, request: Transaction) {
        let mut marks = lock(&self.0);
        match request {
            Transaction::CommitBatch => marks.batch.push(Ending::Commit),
            Transaction::AbortBatch => marks.batch.push(Ending::Abort),
            Transaction::CommitRecord(index) => marks.records.push((index, Ending::Commit)),
            Transaction::AbortRecord(index) => marks.records.push((index, Ending::Abort)),
        }
    }
}

impl Marks {
    /// What was asked for the record at `index`.
    pub(super) fn on_record(&self, index: usize, record: &Record<'_>) -> Result<Option<Ending>> {
        let mut asked = self.records.iter().filter(|(at, _)| *at == index).map(|(_, ending)| *ending);
        let first = asked.next();
        if asked.any(|other| Some(other) != first) {
            let partition = record.partition().map_or_else(|| "null".to_owned(), |p| p.to_string());
            return Err(illegal(format!(
                "Connector requested both commit and abort of same record against topic/partition {}/{partition}",
                record.topic()
            )));
        }
        Ok(first)
    }

    /// A boundary behind the end of a batch is a mistake that must not pass as "no boundary".
    fn check(&self, len: usize) -> Result<()> {
        match self.records.iter().find(|(index, _)| *index >= len) {
            Some((index, _)) => Err(illegal(format!(
                "Connector requested the end of a transaction at record {index} of a batch of {len} records"
            ))),
            None => Ok(()),
        }
    }

    fn take_batch(&mut self) -> Result<Option<Ending>> {
        let asked = std::mem::take(&mut self.batch);
        let first = asked.first().copied();
        if asked.iter().any(|other| Some(*other) != first) {
            return Err(illegal("Connector requested both commit and abort of same transaction".to_owned()));
        }
        Ok(first)
    }
}

fn illegal(message: String) -> Error {
    Error::fatal(message).class("java.lang.IllegalStateException")
}

/// The rule by which transactions end (`transaction.boundary`).
#[derive(Debug)]
pub enum Boundary {
    /// After each batch.
    Poll,
    /// After a batch, when so much time has passed.
    Interval {
        /// `transaction.boundary.interval.ms`
        every: Duration,
        /// When the next one is due.
        next: Instant,
    },
    /// Where the connector says so.
    Connector(Arc<Requests>),
}

impl Boundary {
    /// Begins to count; called before the first batch and after each pause.
    pub(super) fn begin(&mut self) {
        if let Self::Interval { every, next } = self {
            *next = Instant::now() + *every;
        }
    }

    /// What the task asked for with the batch of `len` records that it has just returned.
    pub(super) fn marks(&self, len: usize) -> Result<Marks> {
        let Self::Connector(requests) = self else { return Ok(Marks::default()) };
        let marks = std::mem::take(&mut *lock(&requests.0));
        marks.check(len)?;
        Ok(marks)
    }

    /// Whether single records may end a transaction.
    pub(super) fn per_record(&self) -> bool {
        matches!(self, Self::Connector(_))
    }

    /// How the transaction ends now that a batch is sent, if it does.
    pub(super) fn after_batch(&mut self, marks: &mut Marks) -> Result<Option<Ending>> {
        match self {
            Self::Poll => Ok(Some(Ending::Commit)),
            Self::Interval { every, next } => Ok((Instant::now() >= *next).then(|| {
                *next = Instant::now() + *every;
                Ending::Commit
            })),
            Self::Connector(_) => marks.take_batch(),
        }
    }

    /// How it ends when the task stops or pauses.
    pub(super) fn at_end(&mut self, marks: &mut Marks) -> Result<Option<Ending>> {
        match self {
            Self::Connector(requests) => {
                marks.batch.append(&mut lock(&requests.0).batch);
                marks.take_batch()
            }
            _ => Ok(Some(Ending::Commit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(requests: &[Transaction]) -> Boundary {
        let all = Requests::default();
        requests.iter().for_each(|request| all.add(*request));
        Boundary::Connector(Arc::new(all))
    }

    #[test]
    fn a_connector_ends_transactions_at_records_and_batches() {
        let mut boundary = asked(&[Transaction::CommitRecord(1), Transaction::AbortBatch]);
        let mut marks = boundary.marks(3).unwrap();
        let record = Record::to("t");
        let found: Vec<_> = (0..3).map(|index| marks.on_record(index, &record).unwrap()).collect();
        assert_eq!(found, [None, Some(Ending::Commit), None]);
        assert_eq!(boundary.after_batch(&mut marks), Ok(Some(Ending::Abort)));
        // Asked for once, done once.
        assert_eq!(boundary.after_batch(&mut marks), Ok(None));
        assert_eq!(boundary.at_end(&mut Marks::default()), Ok(None));
    }

    #[test]
    fn contradictions_are_refused_in_the_words_of_connect() {
        let text = |result: Result<Option<Ending>>| result.unwrap_err().to_string();
        let mut boundary = asked(&[Transaction::CommitBatch, Transaction::AbortBatch]);
        let mut marks = boundary.marks(0).unwrap();
        assert_eq!(
            text(boundary.after_batch(&mut marks)),
            "Connector requested both commit and abort of same transaction"
        );
        let marks = asked(&[Transaction::CommitRecord(0), Transaction::AbortRecord(0)]).marks(1).unwrap();
        assert_eq!(
            text(marks.on_record(0, &Record::to("t").with_partition(3))),
            "Connector requested both commit and abort of same record against topic/partition t/3"
        );
        assert_eq!(
            asked(&[Transaction::CommitRecord(2)]).marks(2).unwrap_err().to_string(),
            "Connector requested the end of a transaction at record 2 of a batch of 2 records"
        );
    }

    #[test]
    fn an_interval_ends_a_transaction_when_it_has_passed() {
        let every = Duration::from_secs(3600);
        let mut boundary = Boundary::Interval { every, next: Instant::now() };
        assert_eq!(boundary.after_batch(&mut Marks::default()), Ok(Some(Ending::Commit)));
        assert_eq!(boundary.after_batch(&mut Marks::default()), Ok(None));
        assert_eq!(boundary.at_end(&mut Marks::default()), Ok(Some(Ending::Commit)));
    }
}
