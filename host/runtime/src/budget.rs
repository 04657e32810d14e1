//! Bytes of records that tasks may hold: each its own limit, all of them together the worker's
//! (`ferry.task.max.inflight.bytes`, `ferry.worker.memory.max`).
//!
//! Memory is counted when it is there, and whoever is above a limit waits before taking in more. So a
//! limit is passed by at most one batch per task, and never ends a task. A task that holds nothing always
//! has room: one with a slow destination cannot keep the others from going on batch by batch.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::executor::lock;

/// What all tasks of a worker may hold together (`ferry.worker.memory.max`). Connect has no such thing:
/// there the heap is the limit, and passing it ends the worker.
#[derive(Debug)]
pub struct WorkerBudget {
    /// In bytes; `usize::MAX`: no limit beyond that of each task.
    max: usize,
    used: Mutex<usize>,
    freed: Condvar,
}

impl WorkerBudget {
    /// A budget of `max` bytes; `None`: without limit.
    pub fn new(max: Option<u64>) -> Arc<Self> {
        let max = max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
        Arc::new(Self { max, used: Mutex::new(0), freed: Condvar::new() })
    }

    /// The part of a task that may hold `limit` bytes itself (`ferry.task.max.inflight.bytes`).
    pub fn task(self: &Arc<Self>, limit: u64) -> TaskBudget {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        TaskBudget { worker: self.clone(), limit, held: 0, shown: Arc::default() }
    }

    /// The limit; `None`: none beyond that of each task.
    pub fn max(&self) -> Option<usize> {
        (self.max < usize::MAX).then_some(self.max)
    }

    /// Bytes that tasks hold and have reserved now.
    pub fn used(&self) -> usize {
        *lock(&self.used)
    }

    /// Sets bytes aside for as long as the reservation lives, for queues whose size is fixed when a client is
    /// made: `wanted`, or half of what is left where that is less, but at least `least`.
    pub fn reserve(self: &Arc<Self>, wanted: usize, least: usize) -> Reservation {
        let mut used = lock(&self.used);
        let bytes = wanted.min(self.max.saturating_sub(*used) / 2).max(least);
        *used += bytes;
        Reservation { worker: self.clone(), bytes }
    }

    fn change(&self, from: usize, to: usize) {
        if from == to {
            return;
        }
        let mut used = lock(&self.used);
        *used = (*used + to).saturating_sub(from);
        if to < from {
            self.freed.notify_all();
        }
    }
}

/// Bytes set aside by [`WorkerBudget::reserve`]; given back when dropped.
#[derive(Debug)]
pub struct Reservation {
    worker: Arc<WorkerBudget>,
    bytes: usize,
}

impl Reservation {
    /// How many.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.worker.change(self.bytes, 0);
    }
}

/// What one task holds; given back when dropped. Belongs to the thread that works for the task.
#[derive(Debug)]
pub struct TaskBudget {
    worker: Arc<WorkerBudget>,
    limit: usize,
    held: usize,
    /// The same as `held`, for others to look at.
    shown: Arc<AtomicUsize>,
}

impl TaskBudget {
    /// What it holds is shown in `gauge`, too.
    #[must_use]
    pub fn shown_in(mut self, gauge: Arc<AtomicUsize>) -> Self {
        self.shown = gauge;
        self
    }
    /// The task's own limit, in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }
    /// What it holds, in bytes.
    pub fn held(&self) -> usize {
        self.held
    }
    /// It holds `bytes` now: what is in memory counts, whether there was room or not. Never waits.
    pub fn set_held(&mut self, bytes: usize) {
        self.worker.change(self.held, bytes);
        self.held = bytes;
        self.shown.store(bytes, Ordering::Relaxed);
    }
    /// How many bytes it may take in now, 0 where there is no room. A task that holds nothing has its
    /// whole limit, or what the worker has left where that is less, and at least one byte.
    pub fn room(&self) -> usize {
        self.room_beside(*lock(&self.worker.used))
    }
    /// Waits up to `timeout` for room; returns how much there is. Only what *other* tasks give back ends the
    /// wait early: a task that waits for its own batches looks after them meanwhile.
    pub fn wait_for_room(&self, timeout: Duration) -> usize {
        let used = lock(&self.worker.used);
        let (used, _) = self
            .worker
            .freed
            .wait_timeout_while(used, timeout, |used| self.room_beside(*used) == 0)
            .unwrap_or_else(PoisonError::into_inner);
        self.room_beside(*used)
    }

    fn room_beside(&self, used: usize) -> usize {
        let left = self.limit.saturating_sub(self.held).min(self.worker.max.saturating_sub(used));
        if self.held == 0 { left.max(1) } else { left }
    }
}

impl Drop for TaskBudget {
    fn drop(&mut self) {
        self.worker.change(self.held, 0);
        self.shown.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_task_stops_at_its_own_limit() {
        let worker = WorkerBudget::new(None);
        let mut task = worker.task(100);
        assert_eq!(task.room(), 100);
        task.set_held(60);
        assert_eq!((task.room(), worker.used()), (40, 60));
        task.set_held(160);
        assert_eq!(task.room(), 0);
        task.set_held(0);
        assert_eq!((task.room(), worker.used()), (100, 0));
    }

    #[test]
    fn tasks_share_what_the_worker_has() {
        let worker = WorkerBudget::new(Some(150));
        let (mut first, mut second) = (worker.task(100), worker.task(100));
        first.set_held(90);
        assert_eq!(second.room(), 60);
        second.set_held(60);
        assert_eq!((first.room(), second.room()), (0, 0));
        drop(first);
        assert_eq!(second.room(), 40);
    }

    #[test]
    fn a_task_that_holds_nothing_always_goes_on() {
        let worker = WorkerBudget::new(Some(10));
        let mut greedy = worker.task(100);
        greedy.set_held(50);
        let mut other = worker.task(100);
        assert_eq!(other.room(), 1);
        other.set_held(1);
        assert_eq!(other.room(), 0);
    }

    #[test]
    fn reservations_leave_something_for_those_who_come_later() {
        let worker = WorkerBudget::new(Some(100));
        let first = worker.reserve(80, 5);
        let second = worker.reserve(80, 5);
        let third = worker.reserve(80, 20);
        assert_eq!((first.bytes(), second.bytes(), third.bytes()), (50, 25, 20));
        drop((first, second, third));
        assert_eq!(worker.used(), 0);
    }

    #[test]
    fn room_given_back_by_another_task_ends_the_wait() {
        let worker = WorkerBudget::new(Some(10));
        let mut holder = worker.task(10);
        holder.set_held(10);
        let mut waiter = worker.task(10);
        waiter.set_held(1);
        let waiting = thread::spawn(move || waiter.wait_for_room(Duration::from_secs(60)));
        holder.set_held(0);
        assert_eq!(waiting.join().expect("the waiter ends"), 9);
    }
}
