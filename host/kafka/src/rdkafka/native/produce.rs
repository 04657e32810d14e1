//! Producing on cached topic handles, and delivery reports without an allocation each.

use super::handle::{Conf, Handle, Topic, millis, string};
use crate::rdkafka::errors::{failed, failed_because};
use crate::{Delivery, Error, ErrorKind, ProducerRecord, RecordMetadata, Result, SendError};
use rdkafka::bindings as sys;
use std::collections::HashMap;
use std::ffi::{c_char, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::time::Duration;

/// Filled by the callbacks.
#[derive(Default)]
struct Reports {
    deliveries: Vec<Delivery>,
    /// The last error of a connection.
    warning: Option<Error>,
}

/// A producer with its delivery reports; used by one thread at a time.
pub(in crate::rdkafka) struct NativeProducer {
    /// Topics by name.
    topics: HashMap<Box<str>, Topic>,
    /// The topic of the last record: runs of one topic skip the map.
    last: Option<(Box<str>, *mut sys::rd_kafka_topic_t)>,
    handle: ManuallyDrop<Handle>,
    /// Owned; a pointer because callbacks write to it while `handle` is borrowed.
    reports: NonNull<Reports>,
    headers: Vec<u8>,
}

// SAFETY: the raw pointers are owned; callbacks run only on the thread that calls a method here.
unsafe impl Send for NativeProducer {}

impl NativeProducer {
    pub(in crate::rdkafka) fn new(conf: Conf) -> Result<Self> {
        let reports = NonNull::from(Box::leak(Box::<Reports>::default()));
        // SAFETY: `conf` is live; `reports` outlives the client (see `Drop`).
        unsafe {
            sys::rd_kafka_conf_set_opaque(conf.ptr(), reports.as_ptr().cast());
            sys::rd_kafka_conf_set_dr_msg_cb(conf.ptr(), Some(on_delivery));
            sys::rd_kafka_conf_set_error_cb(conf.ptr(), Some(on_error));
        }
        match Handle::producer(conf) {
            Ok(handle) => Ok(Self {
                topics: HashMap::new(),
                last: None,
                handle: ManuallyDrop::new(handle),
                reports,
                headers: Vec::new(),
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

    /// Copies a record into the queue.
    pub(in crate::rdkafka) fn send(
        &mut self,
        record: &ProducerRecord<'_>,
        token: u64,
    ) -> std::result::Result<(), SendError> {
        let topic = self.topic(record.topic).map_err(SendError::Failed)?;
        let partition = record.partition.unwrap_or(-1);
        let code = if record.headers.is_empty() && record.timestamp.is_none() {
            let (value, value_len) = parts(record.value);
            let (key, key_len) = parts(record.key);
            // SAFETY: the topic is live; librdkafka copies value (MSG_F_COPY) and key before it
            // returns; the token travels as an integer.
            unsafe {
                let refused = sys::rd_kafka_produce(
                    topic,
                    partition,
                    sys::RD_KAFKA_MSG_F_COPY,
                    value,
                    value_len,
                    key,
                    key_len,
                    token as usize as *mut c_void,
                );
                if refused == 0 {
                    return Ok(());
                }
                sys::rd_kafka_last_error()
            }
        } else {
            match self.send_whole(topic, partition, record, token) {
                Ok(()) => return Ok(()),
                Err(code) => code,
            }
        };
        if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__QUEUE_FULL {
            return Err(SendError::Full);
        }
        let fatal = self.handle.fatal();
        Err(SendError::Failed(
            fatal.unwrap_or_else(|| failed(code, format!("cannot send to topic {}", record.topic))),
        ))
    }

    /// A record with headers or a timestamp.
    fn send_whole(
        &mut self,
        topic: *mut sys::rd_kafka_topic_t,
        partition: i32,
        record: &ProducerRecord<'_>,
        token: u64,
    ) -> std::result::Result<(), sys::rd_kafka_resp_err_t> {
        use sys::rd_kafka_vtype_t as Type;
        use sys::rd_kafka_vu_s__bindgen_ty_1 as Value;
        use sys::rd_kafka_vu_s__bindgen_ty_1__bindgen_ty_1 as Bytes;
        let (value, value_len) = parts(record.value);
        let (key, key_len) = parts(record.key);
        let headers = self.native_headers(record);
        // SAFETY: an all-zero union is a valid value of this plain C type.
        let mut arguments: [sys::rd_kafka_vu_t; 8] = unsafe { std::mem::zeroed() };
        let mut count = 0;
        let mut next = |kind: Type, value: Value| {
            arguments[count] = sys::rd_kafka_vu_t { vtype: kind, u: value };
            count += 1;
        };
        next(Type::RD_KAFKA_VTYPE_RKT, Value { rkt: topic });
        next(Type::RD_KAFKA_VTYPE_PARTITION, Value { i32_: partition });
        next(Type::RD_KAFKA_VTYPE_MSGFLAGS, Value { i: sys::RD_KAFKA_MSG_F_COPY });
        next(Type::RD_KAFKA_VTYPE_VALUE, Value { mem: Bytes { ptr: value, size: value_len } });
        next(Type::RD_KAFKA_VTYPE_KEY, Value { mem: Bytes { ptr: key, size: key_len } });
        next(Type::RD_KAFKA_VTYPE_OPAQUE, Value { ptr: token as usize as *mut c_void });
        if let Some(timestamp) = record.timestamp {
            next(Type::RD_KAFKA_VTYPE_TIMESTAMP, Value { i64_: timestamp });
        }
        if let Some(headers) = headers {
            next(Type::RD_KAFKA_VTYPE_HEADERS, Value { headers });
        }
        // SAFETY: `count` arguments are filled in as their types say; librdkafka copies key and value
        // and takes the headers unless it fails, then they are still ours.
        unsafe {
            let error = sys::rd_kafka_produceva(self.handle.ptr(), arguments.as_ptr(), count);
            if error.is_null() {
                return Ok(());
            }
            let code = sys::rd_kafka_error_code(error);
            sys::rd_kafka_error_destroy(error);
            if let Some(headers) = headers {
                sys::rd_kafka_headers_destroy(headers);
            }
            Err(code)
        }
    }

    fn native_headers(&mut self, record: &ProducerRecord<'_>) -> Option<*mut sys::rd_kafka_headers_t> {
        if record.headers.is_empty() {
            return None;
        }
        // SAFETY: names and values are copied with their lengths; a null value stays null.
        unsafe {
            let headers = sys::rd_kafka_headers_new(record.headers.len());
            for (name, value) in record.headers {
                // The name is copied with a length, so it needs no NUL; an empty one must be
                // terminated, because a length of 0 is not told from "not given".
                self.headers.clear();
                self.headers.extend_from_slice(name.as_bytes());
                self.headers.push(0);
                let (value, length) = parts(*value);
                sys::rd_kafka_header_add(
                    headers,
                    self.headers.as_ptr().cast::<c_char>(),
                    isize::try_from(name.len()).unwrap_or(isize::MAX),
                    value,
                    isize::try_from(length).unwrap_or(isize::MAX),
                );
            }
            Some(headers)
        }
    }

    fn topic(&mut self, name: &str) -> Result<*mut sys::rd_kafka_topic_t> {
        if let Some((last, topic)) = &self.last
            && **last == *name
        {
            return Ok(*topic);
        }
        if !self.topics.contains_key(name) {
            let topic = Topic::new(&self.handle, name)?;
            self.topics.insert(name.into(), topic);
        }
        let topic = self.topics[name].ptr();
        self.last = Some((name.into(), topic));
        Ok(topic)
    }

    /// Serves callbacks until there is a delivery or the time is up.
    pub(in crate::rdkafka) fn poll(&mut self, timeout: Duration) {
        // SAFETY: the client is live; no reference into `reports` is held during the call.
        unsafe { sys::rd_kafka_poll(self.handle.ptr(), millis(timeout)) };
    }

    /// Sends what is queued without lingering and serves callbacks for up to `timeout`.
    pub(in crate::rdkafka) fn flush(&mut self, timeout: Duration) {
        // SAFETY: as in `poll`.
        unsafe { sys::rd_kafka_flush(self.handle.ptr(), millis(timeout)) };
    }

    /// Drops what is queued or in flight; the records come out as failed deliveries.
    pub(in crate::rdkafka) fn purge(&mut self) {
        // SAFETY: the client is live.
        unsafe {
            sys::rd_kafka_purge(
                self.handle.ptr(),
                sys::RD_KAFKA_PURGE_F_QUEUE | sys::RD_KAFKA_PURGE_F_INFLIGHT,
            )
        };
    }

    /// Moves finished deliveries; says how many there were.
    pub(in crate::rdkafka) fn take(&mut self, deliveries: &mut Vec<Delivery>) -> usize {
        // SAFETY: no callback runs outside of the calls above, which take `&mut self`.
        let done = unsafe { &mut self.reports.as_mut().deliveries };
        let count = done.len();
        deliveries.append(done);
        count
    }

    /// True when `take` has something to move.
    pub(in crate::rdkafka) fn has_deliveries(&self) -> bool {
        // SAFETY: as in `take`.
        unsafe { !self.reports.as_ref().deliveries.is_empty() }
    }

    pub(in crate::rdkafka) fn take_warning(&mut self) -> Option<Error> {
        // SAFETY: as in `take`.
        unsafe { self.reports.as_mut().warning.take() }
    }
}

impl Drop for NativeProducer {
    fn drop(&mut self) {
        self.purge();
        self.topics.clear();
        // SAFETY: owned, dropped once; the client goes first because destroying it may still serve
        // callbacks, which write to `reports`.
        unsafe {
            ManuallyDrop::drop(&mut self.handle);
            drop(Box::from_raw(self.reports.as_ptr()));
        }
    }
}

fn parts(bytes: Option<&[u8]>) -> (*mut c_void, usize) {
    // An empty slice has a dangling but not a null pointer: librdkafka tells null from empty by that.
    bytes.map_or((ptr::null_mut(), 0), |bytes| (bytes.as_ptr().cast_mut().cast::<c_void>(), bytes.len()))
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
