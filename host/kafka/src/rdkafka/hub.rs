//! One producing client that several tasks send through.
//!
//! A thread of the hub serves the client's callbacks and sorts the deliveries into the inboxes of the [`Seat`]s;
//! who sends does so from its own thread. Nothing waits for a seat that does not look into its inbox.

use super::config::Translated;
use super::native::ProducerClient;
use crate::{Delivery, Error, ErrorKind, Result};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long the hub's thread sleeps where nothing happens; whoever needs it sooner wakes it.
const NAP: Duration = Duration::from_secs(60);
/// With so many topics that nobody sends to any more, some 500 KiB, a client is left to those who are in it.
pub(super) const FORGOTTEN: usize = 100;
/// One step of a flush; deliveries are sorted between two of them.
const FLUSH_STEP: Duration = Duration::from_millis(20);

/// What all who are equal in their settings share; closed with its last seat.
pub(super) struct Hub {
    pub(super) client: Arc<ProducerClient>,
    pub(super) desk: Arc<Desk>,
    /// How often to knock yet; see `KafkaProducer::knock`.
    pub(super) knocks: AtomicU8,
    next: AtomicU64,
    thread: Option<JoinHandle<()>>,
}

/// What the hub's thread and the seats have in common.
#[derive(Default)]
pub(super) struct Desk {
    inboxes: Mutex<HashMap<u32, Arc<Inbox>>>,
    closing: AtomicBool,
    /// Seats that wait in a flush.
    flushes: AtomicUsize,
    /// Records on their way whose seat is gone.
    orphans: AtomicUsize,
    /// How often there was trouble of the whole client.
    troubles: AtomicU64,
    /// The last of it.
    trouble: Mutex<Option<Error>>,
}

/// Deliveries that wait for their seat; tokens are slots of the seat.
#[derive(Default)]
pub(super) struct Inbox {
    arrived: Mutex<Vec<Delivery>>,
    changed: Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    pub(super) fn new(settings: &Translated, client_id: &str) -> Result<Self> {
        // What a seat may have queued is bounded by the seat: no other one's queue is full because of it.
        let unbounded = [("queue.buffering.max.kbytes", "2147483647"), ("queue.buffering.max.messages", "0")];
        let own = [unbounded[0], unbounded[1], ("client.id", client_id)];
        let client = Arc::new(settings.producer(&own)?);
        let desk = Arc::new(Desk::default());
        let serving = (client.clone(), desk.clone());
        let thread = thread::Builder::new()
            .name("shared-producer".to_owned())
            .stack_size(256 << 10)
            .spawn(move || serving.1.serve(&serving.0))
            .map_err(|error| {
                Error::new(ErrorKind::Retriable, format!("no thread for a producer: {error}"))
            })?;
        let knocks = AtomicU8::new(if settings.idempotent { 2 } else { 0 });
        Ok(Self { client, desk, knocks, next: AtomicU64::new(0), thread: Some(thread) })
    }

    /// Whether it takes in somebody new: not after trouble that concerns every seat, nor while it holds
    /// records of somebody who has gone, whose successor would only add to them, nor with too many topics that
    /// nobody sends to any more.
    pub(super) fn is_sound(&self) -> bool {
        self.desk.troubles.load(Ordering::Acquire) == 0
            && self.desk.orphans.load(Ordering::Acquire) == 0
            && self.client.forgotten_topics() < FORGOTTEN
    }

    /// The number of a new seat, and its inbox. `None`: there were so many that none is free.
    pub(super) fn seat(&self) -> Option<(u32, Arc<Inbox>)> {
        let number = u32::try_from(self.next.fetch_add(1, Ordering::Relaxed)).ok()?;
        let inbox = Arc::<Inbox>::default();
        lock(&self.desk.inboxes).insert(number, inbox.clone());
        Some((number, inbox))
    }

    /// A seat goes while `in_flight` of its records are on their way.
    pub(super) fn leave(&self, number: u32, in_flight: usize) {
        let mut inboxes = lock(&self.desk.inboxes);
        if let Some(inbox) = inboxes.remove(&number) {
            let left = in_flight - lock(&inbox.arrived).len();
            self.desk.orphans.fetch_add(left, Ordering::AcqRel);
        }
    }

    /// Sends without lingering as long as the guard lives.
    pub(super) fn flushing(&self) -> Flushing<'_> {
        self.desk.flushes.fetch_add(1, Ordering::AcqRel);
        self.client.wake();
        Flushing(&self.desk)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.desk.closing.store(true, Ordering::Release);
        self.client.wake();
        if let Some(thread) = self.thread.take() {
            // One that panicked serves nothing any more, which is all that matters here.
            let _ = thread.join();
        }
    }
}

/// See [`Hub::flushing`].
pub(super) struct Flushing<'a>(&'a Desk);

impl Drop for Flushing<'_> {
    fn drop(&mut self) {
        self.0.flushes.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Desk {
    fn serve(&self, client: &ProducerClient) {
        let mut deliveries = Vec::new();
        while !self.closing.load(Ordering::Acquire) {
            match self.flushes.load(Ordering::Acquire) {
                0 => client.poll(NAP),
                _ => client.flush(FLUSH_STEP),
            }
            client.take(&mut deliveries);
            self.sort(&mut deliveries);
            if let Some(warning) = client.take_warning() {
                match client.handle().fatal() {
                    Some(fatal) => self.trouble(fatal),
                    None if warning.kind() == ErrorKind::Authentication => self.trouble(warning),
                    // Passing: librdkafka goes on trying until delivery.timeout.ms.
                    None => {}
                }
            }
        }
    }

    /// Puts deliveries into the inboxes; a run of one seat takes one lock.
    fn sort(&self, deliveries: &mut Vec<Delivery>) {
        if deliveries.is_empty() {
            return;
        }
        let inboxes = lock(&self.inboxes);
        let mut all = deliveries.drain(..).peekable();
        while let Some(first) = all.next() {
            let (number, slot) = split(first.token);
            let Some(inbox) = inboxes.get(&number) else {
                self.orphans.fetch_sub(1, Ordering::AcqRel);
                continue;
            };
            let mut arrived = lock(&inbox.arrived);
            arrived.push(Delivery { token: slot, ..first });
            while let Some(next) = all.next_if(|next| split(next.token).0 == number) {
                arrived.push(Delivery { token: split(next.token).1, ..next });
            }
            drop(arrived);
            inbox.changed.notify_all();
        }
    }

    fn trouble(&self, error: Error) {
        *lock(&self.trouble) = Some(error);
        self.troubles.fetch_add(1, Ordering::AcqRel);
        for inbox in lock(&self.inboxes).values() {
            // Under the lock: whoever looked just before is waiting by now.
            let _looking = lock(&inbox.arrived);
            inbox.changed.notify_all();
        }
    }

    pub(super) fn troubles(&self) -> u64 {
        self.troubles.load(Ordering::Acquire)
    }

    pub(super) fn last_trouble(&self) -> Option<Error> {
        lock(&self.trouble).clone()
    }
}

impl Inbox {
    /// Moves what arrived, after waiting up to `timeout` for something, or for trouble beyond `known`.
    pub(super) fn take(&self, timeout: Duration, desk: &Desk, known: u64, into: &mut Vec<Delivery>) {
        let mut arrived = lock(&self.arrived);
        if !timeout.is_zero() {
            let nothing = |arrived: &mut Vec<Delivery>| arrived.is_empty() && desk.troubles() == known;
            arrived = self
                .changed
                .wait_timeout_while(arrived, timeout, nothing)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        into.append(&mut arrived);
    }
}

/// What librdkafka carries with a record: whose it is, and which of that seat's.
pub(super) fn join(number: u32, slot: u32) -> u64 {
    u64::from(number) << 32 | u64::from(slot)
}

fn split(tag: u64) -> (u32, u64) {
    ((tag >> 32) as u32, tag & 0xffff_ffff)
}
