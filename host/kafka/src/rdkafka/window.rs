//! How much of one topic may be on its way at once.
//!
//! A broker refuses a batch that is larger than the topic's `max.message.bytes`, also where each record of it would
//! fit. Kafka's Java producer divides such a batch and sends the parts (`RecordAccumulator.splitAndReenqueue`).
//! librdkafka cannot, and when it tells of the refusal it has sent what comes after: to send the refused records
//! again would change their order, and inside of a transaction nothing can be sent again at all. So no batch is
//! made that is too large: a batch is made of what is on its way, and of a topic that takes less than a batch may
//! hold no more is on its way at once than it takes. Of a topic that takes whole batches nothing is counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Nobody knows yet: one record at a time.
const UNKNOWN: usize = 0;
/// One record at a time, however small.
const ALONE: usize = 1;
/// As much as there is.
const OPEN: usize = usize::MAX;
/// What a topic takes for sure, or nearly so: `batch.size` of a Java producer where nobody sets one.
const JAVAS_BATCH: usize = 16 << 10;

/// What may be on its way of one topic through one client. Any thread may use it.
pub(super) struct Window {
    /// Whose topic it is: `bootstrap.servers` and name.
    of: (String, String),
    /// Bytes that a batch of the client may hold at most.
    batch: usize,
    /// Bytes that may be on their way at once. A record that is larger goes when nothing else does.
    most: AtomicUsize,
    group: Mutex<Group>,
}

/// Records that went one after the other; the next group goes when all of them have arrived.
#[derive(Default)]
struct Group {
    records: usize,
    bytes: usize,
}

/// What was learnt from refusals, which the next client of the process needs to know: the one that was refused
/// belonged to a task that has failed. By servers and topic; kept as long as the process lives.
static LESSONS: Mutex<BTreeMap<(String, String), Lesson>> = Mutex::new(BTreeMap::new());

#[derive(Clone, Copy)]
struct Lesson {
    /// A batch was refused when so many bytes were allowed.
    refused: usize,
    /// So many are from then on.
    most: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Window {
    /// For `topic` of the cluster at `servers`, in batches of up to `batch` bytes.
    pub(super) fn new(servers: &str, topic: &str, batch: usize) -> Self {
        Self {
            of: (servers.to_owned(), topic.to_owned()),
            batch,
            most: AtomicUsize::new(UNKNOWN),
            group: Mutex::default(),
        }
    }

    pub(super) fn topic(&self) -> &str {
        &self.of.1
    }

    /// Whether records may go without being counted.
    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.most.load(Ordering::Relaxed) == OPEN
    }

    /// Whether the limit of the topic has to be asked for.
    pub(super) fn is_unknown(&self) -> bool {
        self.most.load(Ordering::Relaxed) == UNKNOWN
    }

    /// Whether a record of `bytes` may go now; it is counted as on its way then.
    pub(super) fn admit(&self, bytes: usize) -> bool {
        let most = self.most.load(Ordering::Relaxed);
        let mut group = lock(&self.group);
        let fits = group.records == 0 || group.bytes.saturating_add(bytes) <= most;
        if fits {
            group.records += 1;
            group.bytes = group.bytes.saturating_add(bytes);
        }
        fits
    }

    /// A record arrived, or never went. Says whether it was the last of its group.
    pub(super) fn arrived(&self) -> bool {
        if self.is_open() {
            return false;
        }
        let mut group = lock(&self.group);
        let last = group.records == 1;
        // What went while nothing was counted may arrive now.
        group.records = group.records.saturating_sub(1);
        if last {
            group.bytes = 0;
        }
        last
    }

    /// What the topic takes at once: `max.message.bytes`, or `None` where that may not be known.
    pub(super) fn settle(&self, limit: Option<usize>) {
        let lesson = lock(&LESSONS).get(&self.of).copied();
        let most = match (limit, lesson) {
            // Somebody has lowered it since, which explains the refusal.
            (Some(limit), Some(lesson)) if limit < lesson.refused => limit,
            (_, Some(lesson)) => lesson.most,
            (Some(limit), None) => limit,
            (None, None) => OPEN,
        };
        let most = if most >= self.batch { OPEN } else { most.max(ALONE) };
        self.most.store(most, Ordering::Relaxed);
    }

    /// Several records together were refused as too large: this client and those that come after make smaller
    /// batches.
    pub(super) fn refused(&self) {
        let mut lessons = lock(&LESSONS);
        let allowed = self.most.load(Ordering::Relaxed).min(self.batch);
        let most = if allowed > JAVAS_BATCH { JAVAS_BATCH } else { ALONE };
        lessons.insert(self.of.clone(), Lesson { refused: allowed, most });
        // Counted before the window was open, and not when it arrived.
        *lock(&self.group) = Group::default();
        self.most.store(most, Ordering::Relaxed);
    }

    /// Whether a record of `bytes` fills a batch, so that no other one is in it.
    pub(super) fn fills_batch(&self, bytes: usize) -> bool {
        bytes >= self.batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: usize = 1_000_000;

    /// How many records of `bytes` go at once.
    fn group(window: &Window, bytes: usize) -> usize {
        let count = (0..100).take_while(|_| window.admit(bytes)).count();
        for left in (0..count).rev() {
            assert_eq!(window.arrived(), left == 0);
        }
        count
    }

    fn settled(topic: &str, limit: Option<usize>) -> Window {
        let window = Window::new("a:1", topic, BATCH);
        window.settle(limit);
        window
    }

    #[test]
    fn one_record_goes_before_the_limit_is_known() {
        let window = Window::new("a:1", "new", BATCH);
        assert!(window.is_unknown());
        assert_eq!((group(&window, 10), group(&window, BATCH * 2)), (1, 1));
    }

    #[test]
    fn as_much_goes_as_the_topic_takes() {
        let window = settled("low", Some(1000));
        assert!(!window.is_open() && !window.is_unknown());
        assert_eq!((group(&window, 100), group(&window, 300), group(&window, 3000)), (10, 3, 1));
        // The next group begins when the whole one before has arrived.
        assert!(window.admit(600) && window.admit(300) && !window.admit(300));
        assert!(!window.arrived() && !window.admit(300));
        assert!(window.arrived() && window.admit(300));
    }

    #[test]
    fn nothing_is_counted_where_whole_batches_are_taken_or_nothing_is_known() {
        assert!(settled("high", Some(BATCH)).is_open());
        let denied = settled("denied", None);
        assert!(denied.is_open() && !denied.arrived());
    }

    #[test]
    fn who_comes_after_a_refusal_makes_smaller_batches() {
        let window = settled("secret", None);
        window.refused();
        assert_eq!(group(&window, 1 << 10), 16);
        let next = settled("secret", None);
        assert_eq!(group(&next, 1 << 10), 16);
        next.refused();
        assert_eq!(group(&settled("secret", None), 1), 1);
        // Other clusters have topics of the same name.
        let other = Window::new("b:1", "secret", BATCH);
        other.settle(None);
        assert!(other.is_open());
    }

    #[test]
    fn what_went_uncounted_ends_no_group() {
        let window = Window::new("a:1", "opened", BATCH);
        assert!(window.admit(10));
        window.settle(None);
        assert!(!window.arrived());
        window.refused();
        assert!(!window.arrived() && !window.arrived());
        assert!(window.admit(10) && window.admit(10) && !window.arrived() && window.arrived());
    }

    #[test]
    fn a_limit_below_the_refused_one_explains_the_refusal_and_another_does_not() {
        let lowered = settled("lowered", Some(BATCH));
        lowered.refused();
        assert_eq!(group(&settled("lowered", Some(50_000)), 1000), 50);
        assert_eq!(group(&settled("lowered", Some(BATCH)), 1 << 10), 16);
    }
}
