//! What one task has in a shared client: its records on their way, and no more of them than its share.

use super::hub::{Hub, Inbox, join};
use super::native::Sender;
use super::producer::{KNOCK, check_size, unfinished};
use crate::{Delivery, Error, ErrorKind, ProducerRecord, Result, SendError};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// A place in a [`Hub`]; belongs to one thread at a time.
pub(super) struct Seat {
    /// Before `hub`: its topics belong to the hub's client.
    sender: Sender,
    number: u32,
    inbox: Arc<Inbox>,
    /// By slot: token and bytes of a record on its way.
    slots: Vec<(u64, usize)>,
    free: Vec<u32>,
    bytes: usize,
    /// Most bytes on their way.
    share: usize,
    /// `max.request.size` in bytes.
    max_request: usize,
    /// Trouble of the client that was told of.
    known: u64,
    /// See [`Seat::leaves`].
    leaves: bool,
    hub: Arc<Hub>,
}

/// Most records on their way through a seat: each costs some 250 bytes beside its own.
const RECORDS: usize = 10_000;

/// How often to look whether it is known by now how much a topic takes.
const ANSWER: Duration = Duration::from_millis(5);

impl Seat {
    /// A seat with at most `share` bytes on their way; `None` where the hub has no number left.
    pub(super) fn new(hub: Arc<Hub>, share: usize, max_request: usize) -> Option<Self> {
        let (number, inbox) = hub.seat()?;
        Some(Self {
            sender: Sender::new(hub.client.clone()),
            number,
            inbox,
            slots: Vec::new(),
            free: Vec::new(),
            bytes: 0,
            share,
            max_request,
            known: hub.desk.troubles(),
            leaves: false,
            hub,
        })
    }

    pub(super) fn send(
        &mut self,
        record: &ProducerRecord<'_>,
        token: u64,
    ) -> std::result::Result<(), SendError> {
        let bytes = check_size(record, self.max_request)?;
        let in_flight = self.in_flight();
        if in_flight > 0 && (self.bytes + bytes > self.share || in_flight >= RECORDS) {
            self.leaves = true;
            return Err(SendError::Full);
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, 0));
            (self.slots.len() - 1) as u32
        });
        if let Err(error) = self.sender.send(record, join(self.number, slot)) {
            self.free.push(slot);
            // The topic takes no more at once: that passes with what is on its way, unless it is somebody else's.
            let is_held_by_others = in_flight == 0 && matches!(error, SendError::Full);
            self.leaves |= is_held_by_others && !self.sender.is_asking();
            return Err(error);
        }
        self.slots[slot as usize] = (token, bytes);
        self.bytes += bytes;
        Ok(())
    }

    pub(super) fn poll(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        self.knock();
        let timeout = match self.in_flight() {
            // Nobody tells when the answer is there.
            0 if self.sender.is_asking() => timeout.min(ANSWER),
            0 => Duration::ZERO,
            _ => timeout,
        };
        let hub = self.hub.clone();
        let _flushing = (self.sender.is_held() && !timeout.is_zero()).then(|| hub.flushing());
        self.take(timeout, deliveries);
        self.check()
    }

    pub(super) fn flush(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        if self.in_flight() == 0 {
            return self.check();
        }
        self.knock();
        let start = Instant::now();
        let hub = self.hub.clone();
        let _flushing = hub.flushing();
        loop {
            let left = timeout.saturating_sub(start.elapsed());
            self.take(left, deliveries);
            self.check()?;
            if self.in_flight() == 0 {
                return Ok(());
            }
            if left.is_zero() {
                return Err(unfinished(self.in_flight(), timeout));
            }
        }
    }

    /// Records whose delivery was not handed out yet.
    pub(super) fn in_flight(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether it should go on with a client of its own: it fills its share, or a record was refused for good. The
    /// next ones shall not be refused at the cost of others, for whom an idempotent client stands still while it
    /// begins a new epoch.
    pub(super) fn leaves(&self) -> bool {
        self.leaves
    }

    fn take(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) {
        let first = deliveries.len();
        self.inbox.take(timeout, &self.hub.desk, self.known, deliveries);
        for delivery in &mut deliveries[first..] {
            let slot = delivery.token as u32;
            let (token, bytes) = self.slots[slot as usize];
            delivery.token = token;
            self.free.push(slot);
            self.bytes -= bytes;
            self.leaves |= delivery.result.is_err();
        }
        if self.in_flight() == 0 && self.slots.capacity() > 256 {
            (self.slots, self.free) = (Vec::new(), Vec::new());
        }
    }

    /// What makes the client unusable, once to each seat.
    fn check(&mut self) -> Result<()> {
        let troubles = self.hub.desk.troubles();
        if troubles == self.known {
            return Ok(());
        }
        self.known = troubles;
        self.hub.desk.last_trouble().map_or(Ok(()), Err)
    }

    /// See `KafkaProducer::knock`.
    fn knock(&self) {
        let left = |knocks: u8| knocks.checked_sub(1);
        while self.in_flight() > 0
            && self.hub.knocks.fetch_update(Ordering::AcqRel, Ordering::Acquire, left).is_ok()
        {
            self.hub.client.handle().knock(KNOCK);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.leave(self.number, self.in_flight());
    }
}

/// For calls that only a producer by itself can answer.
pub(super) fn no_transactions() -> Error {
    Error::new(ErrorKind::Invalid, "a shared producer has no transactions")
}
