//! Finds the topics of a pattern, away from the thread that polls.

use super::consumer::Member;
use crate::pattern::TopicPattern;
use ::rdkafka::consumer::{BaseConsumer, Consumer as _};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

const REQUEST_LIMIT: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(500);

/// The topics that match, told whenever they change; ends when it is dropped.
pub(super) struct PatternWatch {
    found: Receiver<Vec<String>>,
    _stop: Sender<()>,
}

impl PatternWatch {
    /// Looks now and then every `interval` (`metadata.max.age.ms`).
    pub(super) fn start(
        consumer: &Arc<BaseConsumer<Member>>,
        pattern: TopicPattern,
        interval: Duration,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let (tell, found) = channel();
        let consumer = Arc::downgrade(consumer);
        std::thread::Builder::new()
            .name("ferry-topic-watch".to_owned())
            .spawn(move || watch(&consumer, &pattern, interval, &stopped, &tell))?;
        Ok(Self { found, _stop: stop })
    }

    /// The latest topics, where they changed since the last call.
    pub(super) fn changed(&self) -> Option<Vec<String>> {
        self.found.try_iter().last()
    }
}

fn watch(
    consumer: &Weak<BaseConsumer<Member>>,
    pattern: &TopicPattern,
    interval: Duration,
    stopped: &Receiver<()>,
    tell: &Sender<Vec<String>>,
) {
    let mut last: Option<Vec<String>> = None;
    loop {
        let Some(consumer) = consumer.upgrade() else { return };
        let fetched = consumer.fetch_metadata(None, REQUEST_LIMIT);
        drop(consumer);
        let pause = match fetched {
            Ok(metadata) => {
                let names = metadata.topics().iter().map(|topic| topic.name());
                let mut topics: Vec<String> =
                    names.filter(|name| pattern.matches(name)).map(str::to_owned).collect();
                topics.sort();
                if last.as_ref() != Some(&topics) {
                    if tell.send(topics.clone()).is_err() {
                        return;
                    }
                    last = Some(topics);
                }
                interval
            }
            Err(error) => {
                tracing::debug!(%error, "cannot list topics for a pattern");
                RETRY
            }
        };
        // The other end never sends: it goes away with the consumer.
        if stopped.recv_timeout(pause) == Err(std::sync::mpsc::RecvTimeoutError::Disconnected) {
            return;
        }
    }
}
