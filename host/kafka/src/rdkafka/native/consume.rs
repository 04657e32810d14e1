//! Consuming in batches, and rebalances kept until the caller has seen them.

use super::call::take_error;
use super::handle::{Conf, Handle, millis, string};
use super::list::{List, rows};
use super::message::Message;
use crate::rdkafka::errors::{failed, failed_because};
use crate::{CommitResult, Error, Result};
use rdkafka::bindings as sys;
use rdkafka::types::RDKafkaRespErr as Code;
use std::collections::VecDeque;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Messages taken from librdkafka at once.
const BATCH: usize = 1000;
/// The same before it was known that there are more.
const FEW: usize = 32;

/// A rebalance that waits for the caller.
pub(in crate::rdkafka) enum Change {
    Assign { partitions: List, incremental: bool },
    Revoke { partitions: List, incremental: bool, lost: bool },
}

/// Filled by the callbacks.
#[derive(Default)]
struct Events {
    changes: VecDeque<Change>,
    commits: Vec<CommitResult>,
    errors: Vec<Error>,
    /// Nobody waits for rebalances any more: carry them out in the callback.
    closing: bool,
}

/// Wakes a consumer from any thread.
pub(in crate::rdkafka) struct Alarm {
    /// The consumer's queue, for as long as it lives.
    queue: Mutex<Option<Queue>>,
    rang: AtomicBool,
}

struct Queue(NonNull<sys::rd_kafka_queue_t>);

// SAFETY: queues may be woken from any thread; this one lives until the alarm's owner takes it out.
unsafe impl Send for Queue {}

impl Alarm {
    /// Ends a wait for messages, or the next one.
    pub(in crate::rdkafka) fn ring(&self) {
        if let Some(queue) = &*self.queue.lock().unwrap_or_else(PoisonError::into_inner) {
            self.rang.store(true, Ordering::Release);
            // SAFETY: the queue is live: its owner takes it out under this lock before it goes.
            unsafe { sys::rd_kafka_queue_yield(queue.0.as_ptr()) };
        }
    }

    /// Whether it rang and nobody took note.
    fn rang(&self) -> bool {
        self.rang.load(Ordering::Acquire)
    }

    /// Whether it rang since this was asked last.
    pub(in crate::rdkafka) fn take(&self) -> bool {
        self.rang.swap(false, Ordering::AcqRel)
    }

    fn silence(&self) {
        *self.queue.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// A group member; used by one thread at a time.
pub(in crate::rdkafka) struct NativeConsumer {
    handle: ManuallyDrop<Handle>,
    queue: NonNull<sys::rd_kafka_queue_t>,
    /// Owned; a pointer because callbacks write to it while `handle` is borrowed.
    events: NonNull<Events>,
    /// Room for a batch; grows while it is filled, so that idle consumers stay small.
    buffer: Vec<*mut sys::rd_kafka_message_t>,
    /// How many the last call put there.
    taken: usize,
    alarm: Arc<Alarm>,
    closed: bool,
}

// SAFETY: the raw pointers are owned; callbacks run only on the thread that calls a method here.
unsafe impl Send for NativeConsumer {}

impl NativeConsumer {
    pub(in crate::rdkafka) fn new(conf: Conf) -> Result<Self> {
        let events = NonNull::from(Box::leak(Box::<Events>::default()));
        // SAFETY: `conf` is live; `events` outlives the client (see `Drop`).
        unsafe {
            sys::rd_kafka_conf_set_opaque(conf.ptr(), events.as_ptr().cast());
            sys::rd_kafka_conf_set_rebalance_cb(conf.ptr(), Some(on_rebalance));
            sys::rd_kafka_conf_set_offset_commit_cb(conf.ptr(), Some(on_commit));
            sys::rd_kafka_conf_set_error_cb(conf.ptr(), Some(on_error));
        }
        let handle = match Handle::consumer(conf) {
            Ok(handle) => handle,
            Err(error) => {
                // SAFETY: no client was made that could write to it.
                drop(unsafe { Box::from_raw(events.as_ptr()) });
                return Err(error);
            }
        };
        // SAFETY: the client is live; the queue is ours until `Drop`.
        let queue = unsafe {
            sys::rd_kafka_poll_set_consumer(handle.ptr());
            NonNull::new(sys::rd_kafka_queue_get_consumer(handle.ptr()))
        };
        let queue = queue.expect("a consumer with a group.id has a queue");
        Ok(Self {
            handle: ManuallyDrop::new(handle),
            queue,
            events,
            buffer: Vec::new(),
            taken: 0,
            alarm: Arc::new(Alarm { queue: Mutex::new(Some(Queue(queue))), rang: AtomicBool::new(false) }),
            closed: false,
        })
    }

    pub(in crate::rdkafka) fn handle(&self) -> &Handle {
        &self.handle
    }

    pub(in crate::rdkafka) fn alarm(&self) -> &Arc<Alarm> {
        &self.alarm
    }

    /// Adds up to `most` messages that are there, waiting up to `timeout` for the first of them or for
    /// an event.
    pub(in crate::rdkafka) fn fetch(&mut self, most: usize, timeout: Duration, into: &mut VecDeque<Message>) {
        // An alarm before this point may have been for the call that only looked; one after it ends the wait.
        if self.drain(most, into) > 0 || timeout.is_zero() || self.has_events() || self.alarm.rang() {
            return;
        }
        // The batch call would wait for the whole batch: wait for one message, then take the rest.
        // SAFETY: the client is live, no reference into `events` is held; the message is ours.
        let first = unsafe { sys::rd_kafka_consumer_poll(self.handle.ptr(), millis(timeout)) };
        if let Some(first) = NonNull::new(first) {
            // SAFETY: as above.
            into.push_back(unsafe { Message::own(first) });
            self.drain(most.saturating_sub(1), into);
        }
    }

    fn drain(&mut self, most: usize, into: &mut VecDeque<Message>) -> usize {
        let most = most.min(BATCH);
        let mut total = 0;
        while total < most {
            if self.buffer.len() == self.taken {
                self.buffer.resize((self.taken * 2).clamp(FEW, BATCH), ptr::null_mut());
            }
            self.taken = self.take(self.buffer.len().min(most - total), into);
            total += self.taken;
            if self.taken < self.buffer.len() {
                break;
            }
        }
        total
    }

    /// One call for up to `most` messages, for which the buffer has room.
    fn take(&mut self, most: usize, into: &mut VecDeque<Message>) -> usize {
        // SAFETY: the queue is live and the buffer holds `most` pointers; no reference into `events`
        // is held; the messages returned are ours.
        let count = unsafe {
            sys::rd_kafka_consume_batch_queue(self.queue.as_ptr(), 0, self.buffer.as_mut_ptr(), most)
        };
        let count = usize::try_from(count).unwrap_or(0);
        // SAFETY: as above.
        into.extend(
            self.buffer[..count]
                .iter()
                .filter_map(|message| NonNull::new(*message))
                .map(|message| unsafe { Message::own(message) }),
        );
        count
    }

    fn events(&mut self) -> &mut Events {
        // SAFETY: no callback runs outside of calls that take `&mut self` or hold no such reference.
        unsafe { self.events.as_mut() }
    }

    /// True when something waits in `next_change` or `take_errors`.
    pub(in crate::rdkafka) fn has_events(&mut self) -> bool {
        let events = self.events();
        !events.changes.is_empty() || !events.errors.is_empty()
    }

    pub(in crate::rdkafka) fn next_change(&mut self) -> Option<Change> {
        self.events().changes.pop_front()
    }

    pub(in crate::rdkafka) fn take_errors(&mut self) -> Vec<Error> {
        std::mem::take(&mut self.events().errors)
    }

    pub(in crate::rdkafka) fn take_commits(&mut self, done: &mut Vec<CommitResult>) {
        done.append(&mut self.events().commits);
    }

    pub(in crate::rdkafka) fn subscribe(&mut self, topics: &List) -> Result<()> {
        // SAFETY: client and list are live.
        self.check(unsafe { sys::rd_kafka_subscribe(self.handle.ptr(), topics.ptr()) }, "cannot subscribe")
    }

    /// Owns exactly these partitions, or none.
    pub(in crate::rdkafka) fn assign(&mut self, partitions: Option<&List>) -> Result<()> {
        let list = partitions.map_or(ptr::null_mut(), List::ptr);
        // SAFETY: client and list are live; null means none.
        self.check(unsafe { sys::rd_kafka_assign(self.handle.ptr(), list) }, "cannot take over partitions")
    }

    /// Owns these partitions beside the others.
    pub(in crate::rdkafka) fn add(&mut self, partitions: &List) -> Result<()> {
        // SAFETY: client and list are live.
        unsafe {
            take_error(
                sys::rd_kafka_incremental_assign(self.handle.ptr(), partitions.ptr()),
                "cannot take over partitions",
            )
        }
    }

    /// Gives these partitions up.
    pub(in crate::rdkafka) fn remove(&mut self, partitions: &List) -> Result<()> {
        // SAFETY: client and list are live.
        unsafe {
            take_error(
                sys::rd_kafka_incremental_unassign(self.handle.ptr(), partitions.ptr()),
                "cannot give up partitions",
            )
        }
    }

    pub(in crate::rdkafka) fn pause(&mut self, partitions: &List, pause: bool) -> Result<()> {
        // SAFETY: client and list are live.
        let code = unsafe {
            if pause {
                sys::rd_kafka_pause_partitions(self.handle.ptr(), partitions.ptr())
            } else {
                sys::rd_kafka_resume_partitions(self.handle.ptr(), partitions.ptr())
            }
        };
        self.check(code, if pause { "cannot pause" } else { "cannot resume" })
    }

    /// Moves the position of the list's one partition; false while it is not being fetched yet.
    pub(in crate::rdkafka) fn seek(&mut self, partition: &List) -> Result<bool> {
        // SAFETY: client and list are live. The client's own thread answers, not the broker.
        unsafe {
            take_error(
                sys::rd_kafka_seek_partitions(self.handle.ptr(), partition.ptr(), 10_000),
                "cannot seek",
            )?
        };
        match partition.rows().first().map(|row| row.code) {
            Some(Code::RD_KAFKA_RESP_ERR__STATE | Code::RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS) => Ok(false),
            _ => partition.first_error("cannot seek").map(|()| true),
        }
    }

    pub(in crate::rdkafka) fn commit(&mut self, offsets: &List, sync: bool) -> Result<()> {
        // SAFETY: client and list are live.
        let code = unsafe { sys::rd_kafka_commit(self.handle.ptr(), offsets.ptr(), c_int::from(!sync)) };
        self.check(code, "cannot commit offsets")?;
        if sync { offsets.first_error("cannot commit offsets of") } else { Ok(()) }
    }

    pub(in crate::rdkafka) fn committed(&mut self, partitions: &List, timeout: Duration) -> Result<()> {
        // SAFETY: client and list are live.
        let code = unsafe { sys::rd_kafka_committed(self.handle.ptr(), partitions.ptr(), millis(timeout)) };
        self.check(code, "cannot read committed offsets")?;
        partitions.first_error("cannot read the committed offset of")
    }

    fn check(&self, code: Code, what: &str) -> Result<()> {
        if code == Code::RD_KAFKA_RESP_ERR_NO_ERROR { Ok(()) } else { Err(failed(code, what)) }
    }

    /// Leaves the group.
    pub(in crate::rdkafka) fn close(&mut self) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        self.closed = true;
        self.events().closing = true;
        // SAFETY: the client is live; rebalances are carried out by the callback now.
        let code = unsafe { sys::rd_kafka_consumer_close(self.handle.ptr()) };
        self.check(code, "cannot leave the group")
    }
}

impl Drop for NativeConsumer {
    fn drop(&mut self) {
        self.alarm.silence();
        if let Err(error) = self.close() {
            tracing::debug!(%error, "leaving the group failed");
        }
        // SAFETY: queue, client and events are owned and dropped once, in this order: callbacks of the
        // client may write to the events until it is gone.
        unsafe {
            sys::rd_kafka_queue_destroy(self.queue.as_ptr());
            ManuallyDrop::drop(&mut self.handle);
            drop(Box::from_raw(self.events.as_ptr()));
        }
    }
}

unsafe extern "C" fn on_rebalance(
    rk: *mut sys::rd_kafka_t,
    code: Code,
    partitions: *mut sys::rd_kafka_topic_partition_list_t,
    opaque: *mut c_void,
) {
    // SAFETY: `opaque` is the consumer's `Events`, everything else is live during the call; the
    // calling method holds no reference into the events.
    unsafe {
        let events = &mut *opaque.cast::<Events>();
        let protocol = sys::rd_kafka_rebalance_protocol(rk);
        let incremental = !protocol.is_null() && CStr::from_ptr(protocol).to_bytes() == b"COOPERATIVE";
        if events.closing {
            if incremental && code == Code::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS {
                let error = sys::rd_kafka_incremental_unassign(rk, partitions);
                if !error.is_null() {
                    sys::rd_kafka_error_destroy(error);
                }
            } else {
                sys::rd_kafka_assign(rk, ptr::null_mut());
            }
            return;
        }
        let partitions = List::copy_of(partitions);
        events.changes.push_back(match code {
            Code::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Change::Assign { partitions, incremental },
            Code::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => {
                Change::Revoke { partitions, incremental, lost: sys::rd_kafka_assignment_lost(rk) != 0 }
            }
            _ => Change::Revoke { partitions, incremental: false, lost: true },
        });
        // The poll that runs this callback returns at once.
        sys::rd_kafka_yield(rk);
    }
}

unsafe extern "C" fn on_commit(
    _: *mut sys::rd_kafka_t,
    code: Code,
    offsets: *mut sys::rd_kafka_topic_partition_list_t,
    opaque: *mut c_void,
) {
    // SAFETY: as in `on_rebalance`.
    unsafe {
        let events = &mut *opaque.cast::<Events>();
        let rows = rows(offsets);
        let code = match code {
            Code::RD_KAFKA_RESP_ERR_NO_ERROR => {
                rows.iter().map(|row| row.code).find(|code| *code != Code::RD_KAFKA_RESP_ERR_NO_ERROR)
            }
            code => Some(code),
        };
        let result = code.map_or(Ok(()), |code| Err(failed(code, "cannot commit offsets")));
        let offsets = rows.into_iter().map(|row| (row.place, row.offset)).collect();
        events.commits.push(CommitResult { offsets, result });
    }
}

unsafe extern "C" fn on_error(
    rk: *mut sys::rd_kafka_t,
    code: c_int,
    reason: *const c_char,
    opaque: *mut c_void,
) {
    // SAFETY: as in `on_rebalance`; `reason` is NUL-terminated.
    unsafe {
        let Ok(code) = Code::try_from(code) else { return };
        let events = &mut *opaque.cast::<Events>();
        // Bounded: a broker that is down reports itself for ever.
        if events.errors.len() < 16 {
            events.errors.push(failed_because(code, "Kafka", &string(reason)));
        }
        // Nobody waits for records that a refused login keeps away.
        sys::rd_kafka_yield(rk);
    }
}
