//! Transactions: calls that return an error object.

use super::handle::{Handle, millis, string};
use crate::rdkafka::errors::kind;
use crate::{Error, ErrorKind, Result};
use rdkafka::bindings as sys;
use std::time::Duration;

/// One step of a transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::rdkafka) enum TransactionCall {
    Init,
    Begin,
    Commit,
    Abort,
}

impl Handle {
    /// Makes a step of a transaction; waits up to `timeout` where the step asks the broker.
    pub(in crate::rdkafka) fn transaction(&self, call: TransactionCall, timeout: Duration) -> Result<()> {
        let (rk, timeout) = (self.ptr(), millis(timeout));
        // SAFETY: the client is live; callbacks run inside, see `NativeProducer`.
        let (error, what) = unsafe {
            match call {
                TransactionCall::Init => {
                    (sys::rd_kafka_init_transactions(rk, timeout), "cannot register the transactional.id")
                }
                TransactionCall::Begin => (sys::rd_kafka_begin_transaction(rk), "cannot begin a transaction"),
                TransactionCall::Commit => {
                    (sys::rd_kafka_commit_transaction(rk, timeout), "cannot commit the transaction")
                }
                TransactionCall::Abort => {
                    (sys::rd_kafka_abort_transaction(rk, timeout), "cannot abort the transaction")
                }
            }
        };
        // SAFETY: an error object is ours, or null.
        unsafe { take_error(error, what) }
    }
}

/// Turns an error object into an error and frees it; null is success.
pub(super) unsafe fn take_error(error: *mut sys::rd_kafka_error_t, what: &str) -> Result<()> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the caller hands the object over.
    unsafe {
        let kind = match kind(sys::rd_kafka_error_code(error).into()) {
            fenced @ ErrorKind::Fenced => fenced,
            _ if sys::rd_kafka_error_txn_requires_abort(error) != 0 => ErrorKind::AbortTransaction,
            denied if denied.is_denied() => denied,
            _ if sys::rd_kafka_error_is_fatal(error) != 0 => ErrorKind::Fatal,
            timed_out @ ErrorKind::TimedOut => timed_out,
            _ if sys::rd_kafka_error_is_retriable(error) != 0 => ErrorKind::Retriable,
            // Calls out of order (`_STATE`) do not mend themselves.
            ErrorKind::Retriable => ErrorKind::Invalid,
            other => other,
        };
        let text = string(sys::rd_kafka_error_string(error));
        sys::rd_kafka_error_destroy(error);
        Err(Error::new(kind, format!("{what}: {text}")))
    }
}
