//! A producing client with its delivery reports, without an allocation for each of them.

use super::call::TransactionCall;
use super::handle::{Conf, Handle, Topic, millis, string};
use super::limits::Limits;
use crate::rdkafka::config::Translated;
use crate::rdkafka::errors::{failed_because, failed_for};
use crate::rdkafka::window::Window;
use crate::{Delivery, Error, ErrorKind, ProducerRecord, RecordMetadata, Result};
use rdkafka::bindings as sys;
use std::ffi::{c_char, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Filled by the callbacks.
#[derive(Default)]
struct Reports {
    deliveries: Vec<Delivery>,
    /// The last delivery, where it was refused as too large.
    too_large: Option<TooLarge>,
    /// The last error of a connection.
    warning: Option<Error>,
}

/// A record that was refused as too large.
struct TooLarge {
    topic: *mut sys::rd_kafka_topic_t,
    partition: i32,
    /// Where in `deliveries` it is.
    at: usize,
}

/// Owned; a pointer because callbacks write to it while the client is in use.
struct Owner(NonNull<Reports>);

// SAFETY: what it points to is owned and reached through the mutex around this only; pointers in it are compared
// and not followed.
unsafe impl Send for Owner {}

/// A producing client; sending through it may be done from any thread, one at a time has its callbacks served.
pub(in crate::rdkafka) struct ProducerClient {
    handle: ManuallyDrop<Handle>,
    /// Outlives `handle`, whose topics point to its windows.
    limits: Limits,
    /// Held during every call that may run callbacks, so that these have the reports for themselves.
    reports: Mutex<Owner>,
}

impl ProducerClient {
    /// A client of these settings.
    pub(in crate::rdkafka) fn new(conf: Conf, settings: &Translated) -> Result<Self> {
        let reports = NonNull::from(Box::leak(Box::<Reports>::default()));
        // SAFETY: `conf` is live; `reports` outlives the client (see `Drop`).
        unsafe {
            sys::rd_kafka_conf_set_opaque(conf.ptr(), reports.as_ptr().cast());
            sys::rd_kafka_conf_set_dr_msg_cb(conf.ptr(), Some(on_delivery));
            sys::rd_kafka_conf_set_error_cb(conf.ptr(), Some(on_error));
        }
        match Handle::producer(conf) {
            Ok(handle) => Ok(Self {
                handle: ManuallyDrop::new(handle),
                limits: Limits::new(settings.servers.clone(), settings.batch, settings.request_timeout),
                reports: Mutex::new(Owner(reports)),
            }),
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

    /// A topic to send to, and how much of it may be on its way.
    pub(super) fn topic(&self, name: &str) -> Result<(Topic, Arc<Window>)> {
        let window = self.limits.window(name);
        let topic = Topic::new(&self.handle, name, Arc::as_ptr(&window).cast_mut().cast())?;
        Ok((topic, window))
    }

    /// How many topics were sent to, and are not by any [`Sender`](super::Sender) that is left. librdkafka keeps
    /// some 5 KiB for each of them until the client goes.
    pub(in crate::rdkafka) fn forgotten_topics(&self) -> usize {
        self.limits.forgotten()
    }

    /// Whether a record may go to the topic of `window` now; it is counted as on its way then.
    pub(super) fn admit(&self, window: &Arc<Window>, record: &ProducerRecord<'_>) -> bool {
        let bytes = record.size_upper_bound();
        if window.admit(bytes) {
            return true;
        }
        // Who sends one record at a time never comes here and need not know.
        self.limits.ask(window);
        self.limits.look(&self.handle);
        window.admit(bytes)
    }

    /// Serves callbacks until there was one, [`wake`](Self::wake) was called or the time is up.
    pub(in crate::rdkafka) fn poll(&self, timeout: Duration) {
        let callbacks = self.reports();
        // SAFETY: the client is live; no reference into the reports is held during the call.
        unsafe { sys::rd_kafka_poll(self.handle.ptr(), millis(timeout)) };
        drop(callbacks);
        self.limits.look(&self.handle);
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
        let reports = unsafe { reports.0.as_mut() };
        let count = reports.deliveries.len();
        deliveries.append(&mut reports.deliveries);
        reports.too_large = None;
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
        self.limits.close();
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
        // Set with the topic, for whose every reference it is the same.
        let window = sys::rd_kafka_topic_opaque(message_ref.rkt).cast_const().cast::<Window>().as_ref();
        let result = if message_ref.err == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            reports.too_large = None;
            let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
            let timestamp = sys::rd_kafka_message_timestamp(message, &mut kind);
            Ok(RecordMetadata {
                partition: message_ref.partition,
                offset: if message_ref.offset < 0 { -1 } else { message_ref.offset },
                timestamp: (timestamp >= 0).then_some(timestamp),
            })
        } else {
            let topic = string(sys::rd_kafka_topic_name(message_ref.rkt));
            let what = format!("a record of topic {topic} was not written");
            let error = failed_for(message_ref.err, &topic, what);
            Err(match window {
                Some(window) if error.kind() == ErrorKind::TooLarge => {
                    reports.too_large(error, message_ref, window)
                }
                _ => error,
            })
        };
        reports.deliveries.push(Delivery { token, result });
        if window.is_some_and(Window::arrived) {
            // What comes next is of another batch.
            reports.too_large = None;
        }
    }
}

impl Reports {
    /// The error of a record that was refused as too large: whether it is at fault depends on whether it was the
    /// only one of its batch. The reports of a batch come one after the other.
    fn too_large(&mut self, error: Error, message: &sys::rd_kafka_message_t, window: &Window) -> Error {
        let place = TooLarge { topic: message.rkt, partition: message.partition, at: self.deliveries.len() };
        if window.fills_batch(message.len + message.key_len) {
            return error;
        }
        let Some(before) = self.too_large.replace(place) else { return error };
        if (before.topic, before.partition, before.at + 1)
            != (message.rkt, message.partition, self.deliveries.len())
        {
            return error;
        }
        let topic = window.topic();
        let refused = Error::new(
            ErrorKind::BatchTooLarge,
            format!(
                "a record of topic {topic} was not written because the topic takes less at once than the batch it \
                 was in (max.message.bytes): smaller ones are sent from now on; allow this client to describe the \
                 settings of the topic (DescribeConfigs), and they are so from the beginning"
            ),
        );
        if let Err(error) = &mut self.deliveries[before.at].result
            && error.kind() == ErrorKind::TooLarge
        {
            // The first two: the window is narrowed once for a batch.
            *error = refused.clone();
            window.refused();
        }
        refused
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
