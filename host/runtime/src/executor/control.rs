//! What a running task is told, and what the supervisor can see of it, from any thread.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ferry_kafka::Waker;

/// Locks even after a panic elsewhere: what these locks guard stays consistent.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone, Copy, Debug, Default)]
struct Orders {
    stop: bool,
    abandoned: bool,
    paused: bool,
    ended: bool,
    /// Somebody wants the task to look: ends one wait.
    woken: bool,
}

/// The shared half of a task.
pub struct Control {
    orders: Mutex<Orders>,
    changed: Condvar,
    /// Ends a wait that is none of this control's.
    waker: Mutex<Option<Waker>>,
    started: Instant,
    /// Index into [`CALLS`] of the plugin call that runs now.
    call: AtomicUsize,
    /// Milliseconds after `started` at which it began.
    since: AtomicU64,
    /// Milliseconds after `started` before which the supervisor has nothing to look after.
    quiet_until: AtomicU64,
}

const CALLS: [&str; 9] = ["", "start", "poll", "put", "open", "close", "pre_commit", "commit", "stop"];

impl Control {
    /// For a task that begins running or paused.
    pub fn new(paused: bool) -> Self {
        Self {
            orders: Mutex::new(Orders { paused, ..Orders::default() }),
            changed: Condvar::new(),
            waker: Mutex::new(None),
            started: Instant::now(),
            call: AtomicUsize::new(0),
            since: AtomicU64::new(0),
            quiet_until: AtomicU64::new(0),
        }
    }

    fn order(&self, change: impl FnOnce(&mut Orders)) {
        change(&mut lock(&self.orders));
        self.changed.notify_all();
        self.wake();
    }
    /// From now on every order ends the wait that `waker` is for, too.
    pub fn set_waker(&self, waker: Option<Waker>) {
        *lock(&self.waker) = waker;
    }
    /// Ends that wait: there is something to look at.
    pub fn wake(&self) {
        if let Some(waker) = &*lock(&self.waker) {
            waker();
        }
    }
    /// Tells the task to end.
    pub fn stop(&self) {
        self.order(|orders| orders.stop = true);
    }
    /// Gives the task up: it reports and commits nothing any more.
    pub fn abandon(&self) {
        self.order(|orders| (orders.stop, orders.abandoned) = (true, true));
    }
    /// Pauses or resumes the task.
    pub fn set_paused(&self, paused: bool) {
        self.order(|orders| orders.paused = paused);
    }

    /// Whether the task is to end.
    pub fn stopping(&self) -> bool {
        lock(&self.orders).stop
    }
    /// Whether the task was given up.
    pub fn abandoned(&self) -> bool {
        lock(&self.orders).abandoned
    }
    /// Whether the task is to pause.
    pub fn paused(&self) -> bool {
        lock(&self.orders).paused
    }

    /// The task's thread is through with it.
    pub fn end(&self) {
        lock(&self.orders).ended = true;
        self.changed.notify_all();
    }
    /// Waits for that, at most for `time`; returns whether it is so.
    pub fn wait_ended(&self, time: Duration) -> bool {
        let orders = lock(&self.orders);
        let (orders, _) = self
            .changed
            .wait_timeout_while(orders, time, |o| !o.ended)
            .unwrap_or_else(PoisonError::into_inner);
        orders.ended
    }

    /// Until `time` there is nothing for the supervisor to look after; `None`: there is.
    pub fn set_quiet(&self, time: Option<Instant>) {
        let millis = |time: Instant| time.saturating_duration_since(self.started).as_millis() as u64;
        self.quiet_until.store(time.map_or(0, millis), Ordering::Release);
    }
    /// Whether it is so now.
    pub fn is_quiet(&self) -> bool {
        match self.quiet_until.load(Ordering::Acquire) {
            0 => false,
            until => (self.started.elapsed().as_millis() as u64) < until,
        }
    }

    /// Waits for `time`, or until the task is to end; returns whether it is.
    pub fn wait(&self, time: Duration) -> bool {
        let orders = lock(&self.orders);
        let (orders, _) = self
            .changed
            .wait_timeout_while(orders, time, |o| !o.stop)
            .unwrap_or_else(PoisonError::into_inner);
        orders.stop
    }
    /// Waits for `time`, or until there is an order or [`Control::wake_up`] was called; returns whether the task is
    /// to end.
    pub fn wait_woken(&self, time: Duration) -> bool {
        let orders = lock(&self.orders);
        let (mut orders, _) = self
            .changed
            .wait_timeout_while(orders, time, |o| !(o.stop || o.paused || o.woken))
            .unwrap_or_else(PoisonError::into_inner);
        orders.woken = false;
        orders.stop
    }
    /// Ends a [`Control::wait_woken`], or the next one.
    pub fn wake_up(&self) {
        lock(&self.orders).woken = true;
        self.changed.notify_all();
    }
    /// Waits while paused, at most for `time`; returns whether it is still paused and not to end.
    pub fn wait_paused(&self, time: Duration) -> bool {
        let orders = lock(&self.orders);
        let (orders, _) = self
            .changed
            .wait_timeout_while(orders, time, |o| o.paused && !o.stop)
            .unwrap_or_else(PoisonError::into_inner);
        orders.paused && !orders.stop
    }

    /// Runs a call into the plugin in sight of the supervisor.
    pub fn calling<T>(&self, name: &'static str, call: impl FnOnce() -> T) -> T {
        let index = CALLS.iter().position(|c| *c == name).unwrap_or(0);
        self.since.store(self.started.elapsed().as_millis() as u64, Ordering::Relaxed);
        self.call.store(index, Ordering::Release);
        let result = call();
        self.call.store(0, Ordering::Release);
        result
    }
    /// The plugin call that runs now, and for how long it has.
    pub fn current_call(&self) -> Option<(&'static str, Duration)> {
        match self.call.load(Ordering::Acquire) {
            0 => None,
            index => {
                let since = Duration::from_millis(self.since.load(Ordering::Relaxed));
                Some((CALLS[index], self.started.elapsed().saturating_sub(since)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than any test may take: a wait that is not ended is seen.
    const FOR_EVER: Duration = Duration::from_secs(3600);

    #[test]
    fn a_wait_for_news_is_ended_by_whoever_has_some() {
        let control = Control::new(false);
        control.wake_up();
        assert!(!control.wait_woken(FOR_EVER), "the wake-up came before the wait");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| control.wait_woken(FOR_EVER));
            control.wake_up();
            assert!(!waiting.join().expect("it returns"));
        });
        control.set_paused(true);
        assert!(!control.wait_woken(FOR_EVER), "a pause");
        control.stop();
        assert!(control.wait_woken(FOR_EVER), "the end");
    }

    #[test]
    fn one_wake_up_ends_one_wait() {
        let control = Control::new(false);
        control.wake_up();
        control.wake_up();
        assert!(!control.wait_woken(FOR_EVER));
        let began = Instant::now();
        assert!(!control.wait_woken(Duration::from_millis(5)));
        assert!(began.elapsed() >= Duration::from_millis(5), "it waited");
    }
}
