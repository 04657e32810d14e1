//! Producing on cached topic handles.

use super::handle::Topic;
use super::reports::ProducerClient;
use crate::rdkafka::errors::failed_for;
use crate::rdkafka::window::Window;
use crate::{ProducerRecord, Result, SendError};
use rdkafka::bindings as sys;
use std::collections::HashMap;
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

/// Sends the records of one thread at a time; a client may have several.
pub(in crate::rdkafka) struct Sender {
    /// Before `client`, whose they are.
    topics: Vec<Target>,
    /// Places in `topics` by name.
    places: HashMap<Box<str>, usize>,
    /// The topic of the last record: runs of one topic skip the map.
    last: usize,
    /// See [`Sender::is_held`].
    held: bool,
    headers: Vec<u8>,
    client: Arc<ProducerClient>,
}

/// A topic that was sent to.
struct Target {
    name: Box<str>,
    topic: Topic,
    window: Arc<Window>,
}

impl Sender {
    pub(in crate::rdkafka) fn new(client: Arc<ProducerClient>) -> Self {
        Self { topics: Vec::new(), places: HashMap::new(), last: 0, held: false, headers: Vec::new(), client }
    }

    pub(in crate::rdkafka) fn client(&self) -> &ProducerClient {
        &self.client
    }

    /// Whether the last record has to wait for those of its topic that are on their way: let them not linger.
    pub(in crate::rdkafka) fn is_held(&self) -> bool {
        self.held
    }

    /// Whether it has to because nobody knows yet how much the topic takes: that passes.
    pub(in crate::rdkafka) fn is_asking(&self) -> bool {
        self.held && self.topics.get(self.last).is_some_and(|last| last.window.is_unknown())
    }

    /// Copies a record into the queue; its [`Delivery`](crate::Delivery) carries `tag`. There is no room either
    /// while as much of its topic is on its way as the topic takes at once.
    pub(in crate::rdkafka) fn send(
        &mut self,
        record: &ProducerRecord<'_>,
        tag: u64,
    ) -> std::result::Result<(), SendError> {
        let place = self.place(record.topic).map_err(SendError::Failed)?;
        let Target { topic, window, .. } = &self.topics[place];
        self.held = !window.is_open() && !self.client.admit(window, record);
        if self.held {
            return Err(SendError::Full);
        }
        let sent = self.produce(topic.ptr(), record, tag);
        if sent.is_err() {
            self.topics[place].window.arrived();
        }
        sent
    }

    fn produce(
        &mut self,
        topic: *mut sys::rd_kafka_topic_t,
        record: &ProducerRecord<'_>,
        tag: u64,
    ) -> std::result::Result<(), SendError> {
        let partition = record.partition.unwrap_or(-1);
        let code = if record.headers.is_empty() && record.timestamp.is_none() {
            let (value, value_len) = parts(record.value);
            let (key, key_len) = parts(record.key);
            // SAFETY: the topic is live; librdkafka copies value (MSG_F_COPY) and key before it
            // returns; the tag travels as an integer.
            unsafe {
                let refused = sys::rd_kafka_produce(
                    topic,
                    partition,
                    sys::RD_KAFKA_MSG_F_COPY,
                    value,
                    value_len,
                    key,
                    key_len,
                    tag as usize as *mut c_void,
                );
                if refused == 0 {
                    return Ok(());
                }
                sys::rd_kafka_last_error()
            }
        } else {
            match self.send_whole(topic, partition, record, tag) {
                Ok(()) => return Ok(()),
                Err(code) => code,
            }
        };
        if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__QUEUE_FULL {
            return Err(SendError::Full);
        }
        let fatal = self.client.handle().fatal();
        Err(SendError::Failed(fatal.unwrap_or_else(|| {
            failed_for(code, record.topic, format!("cannot send to topic {}", record.topic))
        })))
    }

    /// A record with headers or a timestamp.
    fn send_whole(
        &mut self,
        topic: *mut sys::rd_kafka_topic_t,
        partition: i32,
        record: &ProducerRecord<'_>,
        tag: u64,
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
        next(Type::RD_KAFKA_VTYPE_OPAQUE, Value { ptr: tag as usize as *mut c_void });
        if let Some(timestamp) = record.timestamp {
            next(Type::RD_KAFKA_VTYPE_TIMESTAMP, Value { i64_: timestamp });
        }
        if let Some(headers) = headers {
            next(Type::RD_KAFKA_VTYPE_HEADERS, Value { headers });
        }
        // SAFETY: `count` arguments are filled in as their types say; librdkafka copies key and value
        // and takes the headers unless it fails, then they are still ours.
        unsafe {
            let error = sys::rd_kafka_produceva(self.client.handle().ptr(), arguments.as_ptr(), count);
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

    /// Where in `topics` this one is.
    fn place(&mut self, name: &str) -> Result<usize> {
        if self.topics.get(self.last).is_some_and(|last| *last.name == *name) {
            return Ok(self.last);
        }
        self.last = match self.places.get(name) {
            Some(place) => *place,
            None => {
                let (topic, window) = self.client.topic(name)?;
                self.topics.push(Target { name: name.into(), topic, window });
                let place = self.topics.len() - 1;
                self.places.insert(name.into(), place);
                place
            }
        };
        Ok(self.last)
    }
}

fn parts(bytes: Option<&[u8]>) -> (*mut c_void, usize) {
    // An empty slice has a dangling but not a null pointer: librdkafka tells null from empty by that.
    bytes.map_or((ptr::null_mut(), 0), |bytes| (bytes.as_ptr().cast_mut().cast::<c_void>(), bytes.len()))
}
