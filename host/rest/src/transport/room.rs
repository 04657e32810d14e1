//! Room for a bounded number of connections, and what each of them does: a connection that has no request in work
//! is idle, and may stay so for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

/// What a connection does.
#[derive(Clone, Copy, Debug)]
struct Work {
    /// Requests in work; HTTP/2 has several at a time.
    requests: usize,
    /// Since when there are so many.
    since: Instant,
}

/// What the connection and those who look for idle ones share.
#[derive(Debug)]
struct Place {
    work: watch::Sender<Work>,
    /// Somebody else needs the place.
    wanted: Notify,
}

/// Room for connections.
#[derive(Debug)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    taken: Mutex<(u64, HashMap<u64, Arc<Place>>)>,
    /// A connection has become idle.
    idle: Notify,
    limit: Duration,
}

impl Room {
    /// For so many connections; `limit` is how long one may be idle.
    pub(super) fn new(places: usize, limit: Duration) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            taken: Mutex::default(),
            idle: Notify::new(),
            limit,
        })
    }

    /// A place for a new connection. Where all are taken, the one that has been idle for the longest time is closed;
    /// where all have requests in work, waits.
    pub(super) async fn enter(self: &Arc<Self>) -> Seat {
        loop {
            // Before the look, so that nothing is missed between the two.
            let idle = self.idle.notified();
            if let Ok(permit) = self.free.clone().try_acquire_owned() {
                return self.seat(permit);
            }
            if self.close_longest_idle()
                && let Ok(permit) = self.free.clone().acquire_owned().await
            {
                return self.seat(permit);
            }
            tokio::select! {
                () = idle => {}
                // Closed never: an error cannot be.
                permit = self.free.clone().acquire_owned() => if let Ok(permit) = permit {
                    return self.seat(permit);
                },
            }
        }
    }

    fn seat(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Seat {
        let work = watch::Sender::new(Work { requests: 0, since: Instant::now() });
        let place = Arc::new(Place { work, wanted: Notify::new() });
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.0 += 1;
        let number = taken.0;
        taken.1.insert(number, place.clone());
        Seat { place, number, room: self.clone(), _permit: permit }
    }

    fn close_longest_idle(&self) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = taken.1.iter().filter(|(_, place)| place.work.borrow().requests == 0);
        let longest = idle.min_by_key(|(number, place)| (place.work.borrow().since, **number));
        let Some(number) = longest.map(|(number, _)| *number) else { return false };
        // It is on its way out: the next who needs a place takes another.
        if let Some(place) = taken.1.remove(&number) {
            place.wanted.notify_one();
        }
        true
    }
}

/// The place of a connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    place: Arc<Place>,
    number: u64,
    room: Arc<Room>,
    _permit: OwnedSemaphorePermit,
}

impl Seat {
    /// Counts requests of this connection.
    pub(super) fn counter(&self) -> Counter {
        Counter { place: self.place.clone(), room: self.room.clone() }
    }

    /// Returns when the connection has been idle for too long, or its place is needed.
    pub(super) async fn overdue(&self) {
        let mut work = self.place.work.subscribe();
        loop {
            let now = *work.borrow_and_update();
            let end = now.since.checked_add(self.room.limit).filter(|_| now.requests == 0);
            tokio::select! {
                () = until(end) => return,
                () = self.place.wanted.notified(), if now.requests == 0 => return,
                // The sender is in `self`.
                _ = work.changed() => {}
            }
        }
    }
}

/// Waits for a time; `None` never comes.
async fn until(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.taken.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&self.number);
    }
}

/// Counts the requests of a connection.
#[derive(Clone, Debug)]
pub(super) struct Counter {
    place: Arc<Place>,
    room: Arc<Room>,
}

impl Counter {
    /// One more, until it is dropped.
    pub(super) fn request(&self) -> InWork {
        self.change(|requests| requests + 1);
        InWork(self.clone())
    }

    fn change(&self, by: impl Fn(usize) -> usize) {
        self.place
            .work
            .send_modify(|work| *work = Work { requests: by(work.requests), since: Instant::now() });
    }
}

/// A request in work.
#[derive(Debug)]
pub(super) struct InWork(Counter);

impl Drop for InWork {
    fn drop(&mut self) {
        self.0.change(|requests| requests.saturating_sub(1));
        self.0.room.idle.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn the_longest_idle_makes_room() {
        let room = Room::new(2, LONG);
        let (first, second) = (room.enter().await, room.enter().await);
        let work = first.counter().request();
        // The first has a request in work: the second must go.
        let third = tokio::spawn({
            let room = room.clone();
            async move { room.enter().await }
        });
        second.overdue().await;
        drop(second);
        let third = third.await.unwrap();
        let _busy = third.counter().request();
        // Now all have: whoever comes waits until one has done its work.
        let fourth = tokio::spawn({
            let room = room.clone();
            async move { room.enter().await }
        });
        drop(work);
        first.overdue().await;
        drop(first);
        fourth.await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_is_idle_without_requests_only() {
        let limit = Duration::from_millis(10);
        let room = Room::new(1, limit);
        let seat = room.enter().await;
        let work = seat.counter().request();
        assert!(tokio::time::timeout(limit * 5, seat.overdue()).await.is_err());
        drop(work);
        seat.overdue().await;
    }
}
