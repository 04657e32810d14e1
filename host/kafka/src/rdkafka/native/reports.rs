//! A producing client with its delivery reports, without an allocation for each of them.

use super::call::TransactionCall;
use super::handle::{Conf, Handle, millis, string};
use crate::rdkafka::errors::{failed, failed_because};
use crate::{Delivery, Error, ErrorKind, RecordMetadata, Result};
use rdkafka::bindings as sys;
use std::ffi::{c_char, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Filled by the callbacks.
#[derive(Default)]
struct Reports {
    deliveries: Vec<Delivery>,
    /// The last error of a connection.
    warning: Option<Error>,
}

/// Owned; a pointer because callbacks write to it while the client is in use.
struct Owner(NonNull<Reports>);

// SAFETY: what it points to is plain data that is owned and reached through the mutex around this only.
unsafe impl Send for Owner {}

/// A producing client; sending through it may be done from any thread, one at a time has its callbacks served.
pub(in crate::rdkafka) struct ProducerClient {
    handle: ManuallyDrop<Handle>,
    /// Held during every call that may run callbacks, so that these have the reports for themselves.
    reports: Mutex<Owner>,
}

impl ProducerClient {
    pub(in crate::rdkafka) fn new(conf: Conf) -> Result<Self> {
        let reports = NonNull::from(Box::leak(Box::<Reports>::default()));
        // SAFETY: `conf` is live; `reports` outlives the client (see `Drop`).
        unsafe {
            sys::rd_kafka_conf_set_opaque(conf.ptr(), reports.as_ptr().cast());
            sys::rd_kafka_conf_set_dr_msg_cb(conf.ptr(), Some(on_delivery));
            sys::rd_kafka_conf_set_error_cb(conf.ptr(), Some(on_error));
        }
        match Handle::producer(conf) {
            Ok(handle) => Ok(Self { handle: ManuallyDrop::new(handle), reports: Mutex::new(Owner(reports)) }),
            Err(error) => {
                // SAFETY: no client was made that could write to it.
                drop(unsafe { Box::from_raw(reports.as_ptr()) });
                Err(error)
            }
        }
    }

    pub(in crate::rdkafka) fn handle(&self) -> &Handle {
        &self.handle
    }

    fn reports(&self) -> MutexGuard<'_, Owner> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves callbacks until there was one, [`wake`](Self::wake) was called or the time is up.
    pub(in crate::rdkafka) fn poll(&self, timeout: Duration) {
        let _callbacks = self.reports();
        // SAFETY: the client is live; no reference into the reports is held during the call.
        unsafe { sys::rd_kafka_poll(self.handle.ptr(), millis(timeout)) };
    }

    /// Sends what is queued without lingering and serves callbacks for up to `timeout`.
    pub(in crate::rdkafka) fn flush(&self, timeout: Duration) {
        let _callbacks = self.reports();
        // SAFETY: as in `poll`.
        unsafe { sys::rd_kafka_flush(self.handle.ptr(), millis(timeout)) };
    }

    /// Ends a [`poll`](Self::poll) of another thread, or the next one.
    pub(in crate::rdkafka) fn wake(&self) {
        // SAFETY: the client is live; the reference to its queue is given back at once.
        unsafe {
            let queue = sys::rd_kafka_queue_get_main(self.handle.ptr());
            if !queue.is_null() {
                sys::rd_kafka_queue_yield(queue);
                sys::rd_kafka_queue_destroy(queue);
            }
        }
    }

    /// Makes a step of a transaction, which may serve callbacks.
    pub(in crate::rdkafka) fn transaction(&self, call: TransactionCall, timeout: Duration) -> Result<()> {
        let _callbacks = self.reports();
        self.handle.transaction(call, timeout)
    }

    /// Moves finished deliveries; says how many there were.
    pub(in crate::rdkafka) fn take(&self, deliveries: &mut Vec<Delivery>) -> usize {
        let mut reports = self.reports();
        // SAFETY: callbacks write to it only while another holder of the lock makes a call.
        let done = unsafe { &mut reports.0.as_mut().deliveries };
        let count = done.len();
        deliveries.append(done);
        count
    }

    /// True when `take` has something to move.
    pub(in crate::rdkafka) fn has_deliveries(&self) -> bool {
        let reports = self.reports();
        // SAFETY: as in `take`.
        unsafe { !reports.0.as_ref().deliveries.is_empty() }
    }

    pub(in crate::rdkafka) fn take_warning(&self) -> Option<Error> {
        let mut reports = self.reports();
        // SAFETY: as in `take`.
        unsafe { reports.0.as_mut().warning.take() }
    }
}

impl Drop for ProducerClient {
    fn drop(&mut self) {
        let reports = self.reports.get_mut().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: client and reports are owned and dropped once; what is queued or in flight is dropped with
        // them. The client goes first because destroying it may still serve callbacks, which write to the reports.
        unsafe {
            sys::rd_kafka_purge(
                self.handle.ptr(),
                sys::RD_KAFKA_PURGE_F_QUEUE | sys::RD_KAFKA_PURGE_F_INFLIGHT,
            );
            ManuallyDrop::drop(&mut self.handle);
            drop(Box::from_raw(reports.0.as_ptr()));
        }
    }
}

unsafe extern "C" fn on_delivery(
    _: *mut sys::rd_kafka_t,
    message: *const sys::rd_kafka_message_t,
    opaque: *mut c_void,
) {
    // SAFETY: `opaque` is the producer's `Reports`, `message` is live during the call.
    unsafe {
        let reports = &mut *opaque.cast::<Reports>();
        let message_ref = &*message;
        let token = message_ref._private as usize as u64;
        let result = if message_ref.err == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
            let timestamp = sys::rd_kafka_message_timestamp(message, &mut kind);
            Ok(RecordMetadata {
                partition: message_ref.partition,
                offset: if message_ref.offset < 0 { -1 } else { message_ref.offset },
                timestamp: (timestamp >= 0).then_some(timestamp),
            })
        } else {
            let topic = string(sys::rd_kafka_topic_name(message_ref.rkt));
            Err(failed(message_ref.err, format!("a record of topic {topic} was not written")))
        };
        reports.deliveries.push(Delivery { token, result });
    }
}

unsafe extern "C" fn on_error(
    _: *mut sys::rd_kafka_t,
    code: c_int,
    reason: *const c_char,
    opaque: *mut c_void,
) {
    // SAFETY: `opaque` is the producer's `Reports`, `reason` is NUL-terminated and live.
    unsafe {
        let Ok(code) = sys::rd_kafka_resp_err_t::try_from(code) else { return };
        let error = failed_because(code, "Kafka", &string(reason));
        let reports = &mut *opaque.cast::<Reports>();
        // A refused login is not hidden by the "all brokers down" that follows it.
        if reports.warning.as_ref().is_none_or(|earlier| earlier.kind() != ErrorKind::Authentication) {
            reports.warning = Some(error);
        }
    }
}
