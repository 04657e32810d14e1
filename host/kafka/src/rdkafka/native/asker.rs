//! A client that only asks, and knows why nobody answers.

use super::handle::{Conf, Handle, string};
use crate::rdkafka::errors::failed_because;
use crate::{Error, ErrorKind, Result};
use rdkafka::bindings as sys;
use rdkafka::types::RDKafkaRespErr as Code;
use std::ffi::{c_char, c_int, c_void};
use std::sync::Mutex;

/// The group that an admin client never joins.
const GROUP: &str = "ferry-admin";

/// A client for administration; shared by threads.
pub(in crate::rdkafka) struct Asker {
    /// Before `refusal`, which callbacks of the client write to until it is gone.
    handle: Handle,
    /// Why the broker refuses the connection, where it does.
    refusal: Box<Mutex<Option<Error>>>,
}

impl Asker {
    /// A consumer that never joins its group. A producer would have fewer threads, but librdkafka's answer
    /// to `NOT_COORDINATOR` for offsets of a group reaches for the client's own group, and only a consumer
    /// has one: with a producer the whole process died.
    pub(in crate::rdkafka) fn new(conf: Conf) -> Result<Self> {
        let refusal = Box::<Mutex<Option<Error>>>::default();
        // SAFETY: `conf` is live; the box outlives the client by the order of the fields.
        unsafe {
            sys::rd_kafka_conf_set_opaque(conf.ptr(), (&raw const *refusal).cast_mut().cast());
            sys::rd_kafka_conf_set_error_cb(conf.ptr(), Some(on_error));
        }
        conf.set("group.id", GROUP)
            .map_err(|_| Error::new(ErrorKind::Config, "the admin client's own group.id is refused"))?;
        Ok(Self { handle: Handle::consumer(conf)?, refusal })
    }

    pub(in crate::rdkafka) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Why the broker refuses this client, where it did since the last answer: waiting is of no use then.
    pub(in crate::rdkafka) fn refusal(&self) -> Option<Error> {
        // SAFETY: the client is live; the callback only locks the mutex, which is not held here.
        unsafe { sys::rd_kafka_poll(self.handle.ptr(), 0) };
        self.refusal.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The broker answered: an earlier refusal is history.
    pub(in crate::rdkafka) fn answered(&self) {
        *self.refusal.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    }
}

unsafe extern "C" fn on_error(
    _: *mut sys::rd_kafka_t,
    code: c_int,
    reason: *const c_char,
    opaque: *mut c_void,
) {
    // SAFETY: `opaque` is the mutex of the client that calls, `reason` is NUL-terminated and live.
    unsafe {
        let Ok(code) = Code::try_from(code) else { return };
        let error = failed_because(code, "Kafka", &string(reason));
        if error.kind() == ErrorKind::Authentication {
            let refusal = &*opaque.cast::<Mutex<Option<Error>>>();
            *refusal.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
        }
    }
}
