//! One consumed message, borrowed from librdkafka until it is dropped.

use super::handle::string;
use crate::{Header, TimestampType};
use rdkafka::bindings as sys;
use rdkafka::types::RDKafkaRespErr as Code;
use std::ffi::CStr;
use std::ptr::{self, NonNull};

/// An owned message, or an error of a partition in the shape of one.
pub(in crate::rdkafka) struct Message(NonNull<sys::rd_kafka_message_t>);

// SAFETY: a message may be read and destroyed on any thread.
unsafe impl Send for Message {}

impl Message {
    /// Takes a message over.
    pub(super) unsafe fn own(message: NonNull<sys::rd_kafka_message_t>) -> Self {
        Self(message)
    }

    fn raw(&self) -> &sys::rd_kafka_message_t {
        // SAFETY: owned and live.
        unsafe { self.0.as_ref() }
    }

    /// The error's code and sentence, where this is one.
    pub(in crate::rdkafka) fn error(&self) -> Option<(Code, String)> {
        match self.raw().err {
            Code::RD_KAFKA_RESP_ERR_NO_ERROR => None,
            // SAFETY: the message is live; its text is NUL-terminated.
            code => Some((code, unsafe { string(sys::rd_kafka_message_errstr(self.0.as_ptr())) })),
        }
    }

    /// A number that tells topics apart among messages that live at the same time.
    pub(in crate::rdkafka) fn topic_id(&self) -> usize {
        self.raw().rkt as usize
    }

    pub(in crate::rdkafka) fn topic(&self) -> String {
        // SAFETY: the message keeps its topic alive; the name is NUL-terminated.
        unsafe {
            if self.raw().rkt.is_null() {
                String::new()
            } else {
                string(sys::rd_kafka_topic_name(self.raw().rkt))
            }
        }
    }

    pub(in crate::rdkafka) fn partition(&self) -> i32 {
        self.raw().partition
    }

    pub(in crate::rdkafka) fn offset(&self) -> i64 {
        self.raw().offset
    }

    pub(in crate::rdkafka) fn key(&self) -> Option<&[u8]> {
        // SAFETY: the message owns the bytes.
        unsafe { bytes(self.raw().key.cast(), self.raw().key_len) }
    }

    pub(in crate::rdkafka) fn value(&self) -> Option<&[u8]> {
        // SAFETY: the message owns the bytes.
        unsafe { bytes(self.raw().payload.cast(), self.raw().len) }
    }

    /// Bytes of key and value.
    pub(in crate::rdkafka) fn size(&self) -> usize {
        self.raw().key_len + self.raw().len
    }

    pub(in crate::rdkafka) fn timestamp(&self) -> (Option<i64>, TimestampType) {
        use sys::rd_kafka_timestamp_type_t as Type;
        let mut kind = Type::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message is live.
        let timestamp = unsafe { sys::rd_kafka_message_timestamp(self.0.as_ptr(), &mut kind) };
        if timestamp < 0 {
            return (None, TimestampType::None);
        }
        match kind {
            Type::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE => (None, TimestampType::None),
            Type::RD_KAFKA_TIMESTAMP_CREATE_TIME => (Some(timestamp), TimestampType::Create),
            Type::RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME => (Some(timestamp), TimestampType::LogAppend),
        }
    }

    /// Adds the headers in order. A name that is not UTF-8, which no Java client writes, comes out empty.
    pub(in crate::rdkafka) fn headers<'a>(&'a self, into: &mut Vec<Header<'a>>) {
        let mut headers = ptr::null_mut();
        // SAFETY: the message is live and keeps its headers, which outlive `'a`.
        unsafe {
            if sys::rd_kafka_message_headers(self.0.as_ptr(), &mut headers)
                != Code::RD_KAFKA_RESP_ERR_NO_ERROR
            {
                return;
            }
            let (mut name, mut value, mut length) = (ptr::null(), ptr::null(), 0);
            let mut index = 0;
            while sys::rd_kafka_header_get_all(headers, index, &mut name, &mut value, &mut length)
                == Code::RD_KAFKA_RESP_ERR_NO_ERROR
            {
                into.push((CStr::from_ptr(name).to_str().unwrap_or_default(), bytes(value.cast(), length)));
                index += 1;
            }
        }
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: owned.
        unsafe { sys::rd_kafka_message_destroy(self.0.as_ptr()) };
    }
}

unsafe fn bytes<'a>(start: *const u8, length: usize) -> Option<&'a [u8]> {
    // SAFETY: the caller vouches for `length` bytes that outlive `'a`; null is null.
    (!start.is_null()).then(|| unsafe { std::slice::from_raw_parts(start, length) })
}
