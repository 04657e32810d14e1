//! A configuration and the client made of it.

use crate::rdkafka::errors::failed;
use crate::rdkafka::{owners, statistics};
use crate::{Error, ErrorKind, PartitionDescription, Result, TopicDescription};
use rdkafka::bindings as sys;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{self, NonNull};
use std::time::Duration;

/// Why librdkafka did not take a setting.
pub(in crate::rdkafka) enum Refusal {
    /// It has no setting of this name.
    Unknown,
    /// The value is out of its range; the sentence may repeat the value.
    Value(String),
}

/// Settings of a client that is to be made.
pub(in crate::rdkafka) struct Conf(NonNull<sys::rd_kafka_conf_t>);

impl Conf {
    pub(in crate::rdkafka) fn new() -> Self {
        // SAFETY: no arguments; librdkafka aborts rather than return null.
        let conf = unsafe { sys::rd_kafka_conf_new() };
        let conf = Self(NonNull::new(conf).expect("librdkafka is out of memory"));
        // SAFETY: `conf` is live; the callbacks touch nothing of the client but what they are given.
        unsafe {
            sys::rd_kafka_conf_set_log_cb(conf.ptr(), Some(on_log));
            sys::rd_kafka_conf_set_stats_cb(conf.ptr(), Some(on_statistics));
        }
        conf
    }

    pub(in crate::rdkafka) fn set(&self, name: &str, value: &str) -> std::result::Result<(), Refusal> {
        let Ok(c_name) = CString::new(name) else { return Err(Refusal::Unknown) };
        let Ok(c_value) = CString::new(value) else {
            return Err(Refusal::Value("the value holds a NUL byte".into()));
        };
        let mut text = [0 as c_char; 512];
        // SAFETY: all strings are NUL-terminated and live; the buffer's length is given.
        let outcome = unsafe {
            sys::rd_kafka_conf_set(
                self.ptr(),
                c_name.as_ptr(),
                c_value.as_ptr(),
                text.as_mut_ptr(),
                text.len(),
            )
        };
        match outcome {
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK => Ok(()),
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_UNKNOWN => Err(Refusal::Unknown),
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_INVALID => Err(Refusal::Value(sentence(&text))),
        }
    }

    pub(super) fn ptr(&self) -> *mut sys::rd_kafka_conf_t {
        self.0.as_ptr()
    }
}

impl Drop for Conf {
    fn drop(&mut self) {
        // SAFETY: owned, and not given to `rd_kafka_new` (which forgets the owner).
        unsafe { sys::rd_kafka_conf_destroy(self.0.as_ptr()) };
    }
}

/// A running client; its calls may be made from any thread.
pub(in crate::rdkafka) struct Handle {
    rk: NonNull<sys::rd_kafka_t>,
    /// Set where `Drop` has to leave the closing to its owner.
    closed: bool,
}

// SAFETY: librdkafka's client is thread-safe; callbacks are the owners' business (see the module).
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Handle {
    pub(in crate::rdkafka) fn producer(conf: Conf) -> Result<Self> {
        Self::new(sys::rd_kafka_type_t::RD_KAFKA_PRODUCER, conf)
    }

    pub(super) fn consumer(conf: Conf) -> Result<Self> {
        let mut handle = Self::new(sys::rd_kafka_type_t::RD_KAFKA_CONSUMER, conf)?;
        handle.closed = true;
        Ok(handle)
    }

    fn new(kind: sys::rd_kafka_type_t, conf: Conf) -> Result<Self> {
        // librdkafka says nothing of what it does unless it is told so when a client is made.
        let wanted = match kind {
            sys::rd_kafka_type_t::RD_KAFKA_CONSUMER => {
                tracing::enabled!(target: "librdkafka::consumer", tracing::Level::DEBUG)
                    .then_some("cgrp,consumer,topic,metadata")
            }
            sys::rd_kafka_type_t::RD_KAFKA_PRODUCER => {
                tracing::enabled!(target: "librdkafka::producer", tracing::Level::DEBUG)
                    .then_some("topic,metadata,eos,admin")
            }
        };
        if let Some(contexts) = wanted {
            // Without them there is less to read, and nothing else is lost.
            let _ = conf.set("debug", contexts);
        }
        let mut text = [0 as c_char; 512];
        // SAFETY: on success librdkafka owns `conf`, on failure it is still ours.
        let rk = unsafe { sys::rd_kafka_new(kind, conf.ptr(), text.as_mut_ptr(), text.len()) };
        match NonNull::new(rk) {
            Some(rk) => {
                std::mem::forget(conf);
                // SAFETY: the client is live, its name NUL-terminated.
                owners::keep(&unsafe { string(sys::rd_kafka_name(rk.as_ptr())) });
                Ok(Self { rk, closed: false })
            }
            None => Err(Error::new(
                ErrorKind::Config,
                format!("the Kafka client refuses its settings: {}", sentence(&text)),
            )),
        }
    }

    pub(super) fn ptr(&self) -> *mut sys::rd_kafka_t {
        self.rk.as_ptr()
    }

    /// The error that made this client unusable, where there is one.
    pub(in crate::rdkafka) fn fatal(&self) -> Option<Error> {
        let mut text = [0 as c_char; 512];
        // SAFETY: the client is live; the buffer's length is given.
        let code = unsafe { sys::rd_kafka_fatal_error(self.ptr(), text.as_mut_ptr(), text.len()) };
        if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return None;
        }
        let kind = match super::super::errors::kind(code.into()) {
            ErrorKind::Fenced => ErrorKind::Fenced,
            denied if denied.is_denied() => denied,
            _ => ErrorKind::Fatal,
        };
        Some(Error::new(kind, format!("the Kafka client cannot go on: {}", sentence(&text))))
    }

    /// The cluster's id; `None` when no broker answers in time.
    pub(in crate::rdkafka) fn cluster_id(&self, timeout: Duration) -> Option<String> {
        // SAFETY: the client is live; the string is ours and freed by librdkafka's own allocator.
        unsafe {
            let id = sys::rd_kafka_clusterid(self.ptr(), millis(timeout));
            if id.is_null() {
                return None;
            }
            let text = string(id);
            sys::rd_kafka_mem_free(self.ptr(), id.cast::<c_void>());
            Some(text)
        }
    }

    /// Asks any broker about the topics in use and forgets the answer, waiting up to `timeout`.
    pub(in crate::rdkafka) fn knock(&self, timeout: Duration) {
        let mut found: *const sys::rd_kafka_metadata_t = ptr::null();
        // SAFETY: the client is live; on success `found` is ours.
        unsafe {
            let code = sys::rd_kafka_metadata(self.ptr(), 0, ptr::null_mut(), &mut found, millis(timeout));
            if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                sys::rd_kafka_metadata_destroy(found);
            }
        }
    }

    /// All topics; one that this user may not see is left out.
    pub(in crate::rdkafka) fn topics(&self, timeout: Duration) -> Result<Vec<TopicDescription>> {
        use sys::rd_kafka_resp_err_t as Code;
        let mut found: *const sys::rd_kafka_metadata_t = ptr::null();
        // SAFETY: the client is live; on success `found` is ours until destroyed below.
        let code =
            unsafe { sys::rd_kafka_metadata(self.ptr(), 1, ptr::null_mut(), &mut found, millis(timeout)) };
        if code != Code::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(failed(code, "cannot list topics"));
        }
        // SAFETY: librdkafka filled `found`; every array has the count beside it and is only read.
        unsafe {
            let topics = slice((*found).topics, (*found).topic_cnt).iter().filter(|topic| {
                matches!(
                    topic.err,
                    Code::RD_KAFKA_RESP_ERR_NO_ERROR | Code::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE
                )
            });
            let described = topics.map(|topic| describe(topic)).collect();
            sys::rd_kafka_metadata_destroy(found);
            Ok(described)
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let flags = if self.closed { sys::RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE } else { 0 };
        // SAFETY: owned, and its name copied before; a consumer was closed by its owner before.
        let name = unsafe {
            let name = string(sys::rd_kafka_name(self.ptr()));
            sys::rd_kafka_destroy_flags(self.ptr(), flags);
            name
        };
        statistics::forget(&name);
        owners::forget(&name);
    }
}

/// A reference to a topic of a client, for producing; valid while the client lives.
pub(super) struct Topic(NonNull<sys::rd_kafka_topic_t>);

// SAFETY: topic handles are thread-safe references.
unsafe impl Send for Topic {}

impl Topic {
    /// `opaque` comes with each of its delivery reports; where the client has the topic already, that of the
    /// first reference does.
    pub(super) fn new(handle: &Handle, name: &str, opaque: *mut c_void) -> Result<Self> {
        let text = c_string(name)?;
        // SAFETY: client and string are live; librdkafka takes the configuration, a copy of the client's own.
        let rkt = unsafe {
            let conf = sys::rd_kafka_default_topic_conf_dup(handle.ptr());
            sys::rd_kafka_topic_conf_set_opaque(conf, opaque);
            sys::rd_kafka_topic_new(handle.ptr(), text.as_ptr(), conf)
        };
        // SAFETY: reads this thread's last error.
        NonNull::new(rkt)
            .map(Self)
            .ok_or_else(|| failed(unsafe { sys::rd_kafka_last_error() }, format!("topic {name}")))
    }

    pub(super) fn ptr(&self) -> *mut sys::rd_kafka_topic_t {
        self.0.as_ptr()
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // SAFETY: owned, and dropped before its client.
        unsafe { sys::rd_kafka_topic_destroy(self.0.as_ptr()) };
    }
}

unsafe fn describe(topic: &sys::rd_kafka_metadata_topic_t) -> TopicDescription {
    // SAFETY: the caller vouches for the arrays and their counts.
    let mut partitions = unsafe {
        slice(topic.partitions, topic.partition_cnt)
            .iter()
            .map(|partition| PartitionDescription {
                partition: partition.id,
                leader: (partition.leader >= 0).then_some(partition.leader),
                replicas: slice(partition.replicas, partition.replica_cnt).to_vec(),
                in_sync: slice(partition.isrs, partition.isr_cnt).to_vec(),
            })
            .collect::<Vec<_>>()
    };
    partitions.sort_by_key(|partition| partition.partition);
    // SAFETY: librdkafka's names are NUL-terminated.
    TopicDescription { name: unsafe { string(topic.topic) }, partitions }
}

/// An array of librdkafka's, empty where it is null.
pub(super) unsafe fn slice<'a, T>(start: *const T, count: c_int) -> &'a [T] {
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: the caller vouches for `count` elements that outlive `'a`.
    if start.is_null() || count == 0 { &[] } else { unsafe { std::slice::from_raw_parts(start, count) } }
}

/// A copy of a C string, empty where it is null.
pub(super) unsafe fn string(text: *const c_char) -> String {
    // SAFETY: the caller vouches for a NUL-terminated string.
    if text.is_null() {
        String::new()
    } else {
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    }
}

/// A name for librdkafka; no Kafka name holds a NUL byte.
pub(super) fn c_string(name: &str) -> Result<CString> {
    CString::new(name)
        .map_err(|_| Error::new(ErrorKind::Invalid, format!("the name {name:?} holds a NUL byte")))
}

/// A waiting time as librdkafka takes it; longer ones than 24 days are cut.
pub(super) fn millis(timeout: Duration) -> c_int {
    // A wait shorter than a millisecond must not become a busy loop.
    let rounded = timeout.as_micros().div_ceil(1000);
    c_int::try_from(rounded).unwrap_or(c_int::MAX)
}

fn sentence(text: &[c_char]) -> String {
    // SAFETY: librdkafka ends what it writes with NUL; the buffer was zeroed before.
    unsafe { string(text.as_ptr()) }
}

unsafe extern "C" fn on_log(
    rk: *const sys::rd_kafka_t,
    level: c_int,
    facility: *const c_char,
    text: *const c_char,
) {
    // SAFETY: both are NUL-terminated and live during the call.
    let (facility, text) = unsafe { (string(facility), string(text)) };
    // SAFETY: the client is live; it has its type from the beginning, and its name is empty before it has one.
    let consumes =
        !rk.is_null() && unsafe { sys::rd_kafka_type(rk) } == sys::rd_kafka_type_t::RD_KAFKA_CONSUMER;
    // SAFETY: as above; the name is NUL-terminated and lives as long as the client.
    let client = if rk.is_null() { String::new() } else { unsafe { string(sys::rd_kafka_name(rk)) } };
    let _speaking = owners::speak(&client);
    macro_rules! say {
        ($event:ident) => {
            match consumes {
                true => tracing::$event!(target: "librdkafka::consumer", client, facility, text, "kafka client"),
                false => tracing::$event!(target: "librdkafka::producer", client, facility, text, "kafka client"),
            }
        };
    }
    // Syslog levels. A lost connection is an error to librdkafka, which goes on trying.
    match level {
        ..=2 => say!(error),
        3..=4 => say!(warn),
        5..=6 => say!(info),
        _ => say!(debug),
    }
}

unsafe extern "C" fn on_statistics(
    _: *mut sys::rd_kafka_t,
    json: *mut c_char,
    length: usize,
    _: *mut c_void,
) -> c_int {
    // SAFETY: librdkafka vouches for the text, which is its own and freed by it as this returns 0.
    statistics::take(unsafe { std::slice::from_raw_parts(json.cast::<u8>(), length) });
    0
}
