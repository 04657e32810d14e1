//! Quiet tasks leave looking to one thread, where that is as good as looking themselves.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ferry_sdk::api::SourceTask;

use super::host::{FakeHost, drain, lines};
use super::source::Place;
use crate::source::FileStreamSourceTask;

const WAIT: Duration = Duration::from_secs(1);
const REST: Duration = Duration::from_secs(60);

/// A task of a host that has wake-ups, which has read all there is.
fn start(config: &[(&str, &str)]) -> (Arc<FakeHost>, FileStreamSourceTask) {
    let host = FakeHost::new();
    host.wakes.store(true, Ordering::SeqCst);
    let mut task = host.source(config).expect("started");
    drain(&mut task);
    assert_eq!(host.waited(), WAIT);
    (host, task)
}

/// Polls in vain, looking itself each time.
fn looks(host: &FakeHost, task: &mut FileStreamSourceTask, times: usize) {
    for _ in 0..times {
        assert!(task.poll().expect("a poll").is_none());
        assert_eq!(host.waited(), WAIT);
    }
    assert_eq!(*host.rests.lock().unwrap(), []);
}

#[test]
fn a_quiet_task_is_woken_for_its_own_file() {
    let place = Place::new();
    let mut tasks = ["a.txt", "b.txt"].map(|name| {
        let file = place.write(name, "old\n");
        (name, start(&[("file", &file), ("topic", "t")]))
    });
    for (at, line, position) in [(0, "one\n", 8), (1, "two\n", 8), (0, "three\n", 14)] {
        let (name, (host, task)) = &mut tasks[at];
        looks(host, task, 2);
        let file = place.at(name);
        let text = fs::read_to_string(&file).expect("a text") + line;
        host.on_wait(move || fs::write(&file, &text).expect("a file"));
        // The test's host complains if nobody ends this wait.
        assert!(task.poll().expect("a poll").is_none());
        assert_eq!(host.waited(), Duration::ZERO);
        assert_eq!(std::mem::take(&mut *host.rests.lock().unwrap()), [REST]);
        assert_eq!(lines(&drain(task)), [(line.trim_end(), position)]);
        assert_eq!(host.waited(), WAIT);
    }
}

#[test]
fn whoever_has_more_to_do_than_to_look_goes_on_doing_it() {
    let place = Place::new();
    let file = place.write("in.txt", "a\n");
    let (missing, glob) = (place.at("missing.txt"), place.at("*.txt"));
    // Rotated files are found by looking around, missing ones are complained of, patterns are matched again.
    for config in [
        &[("file", &*file), ("topic", "t"), ("follow", "true")][..],
        &[("file", &missing), ("topic", "t")],
        &[("files", &glob), ("topic", "t")],
    ] {
        let (host, mut task) = start(config);
        looks(&host, &mut task, 5);
    }
    assert!(!Path::new(&missing).exists());
    // A worker that cannot wake a task.
    let (host, mut task) = start(&[("file", &file), ("topic", "t")]);
    host.wakes.store(false, Ordering::SeqCst);
    looks(&host, &mut task, 5);
}

#[test]
fn a_pause_or_a_stop_ends_the_wait() {
    let place = Place::new();
    let file = place.write("in.txt", "a\n");
    let (host, mut task) = start(&[("file", &file), ("topic", "t")]);
    looks(&host, &mut task, 2);
    for _ in 0..2 {
        let worker = Arc::clone(&host);
        host.on_wait(move || ferry_sdk::api::Host::wakeup(&*worker));
        assert!(task.poll().expect("a poll").is_none());
    }
    assert_eq!(*host.rests.lock().unwrap(), [REST, REST]);
    task.stop().expect("stopped");
    place.append("in.txt", "b\n");
    assert_eq!(host.source(&[("file", &file), ("topic", "t")]).map(|mut task| drain(&mut task).len()), Ok(2));
}
