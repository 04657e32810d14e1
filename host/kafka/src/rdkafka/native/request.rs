//! Requests of the admin API: asked on a queue of their own, answered by one event.

use super::asker::Asker;
use super::call::take_error;
use super::event::{Event, array};
use super::handle::{Handle, c_string, millis, string};
use super::list::{List, Row, rows};
use super::topic_config;
use crate::rdkafka::errors::{failed, failed_because};
use crate::{Error, ErrorKind, NewTopic, OffsetSpec, Result, TopicPartition};
use rdkafka::bindings as sys;
use rdkafka::types::{RDKafkaAdminOp as Op, RDKafkaRespErr as Code};
use std::collections::{BTreeMap, HashMap};
use std::ffi::c_char;
use std::ptr::{self, NonNull};
use std::time::{Duration, Instant};

/// Asks through a client, waiting up to a time limit for each answer.
pub(in crate::rdkafka) struct Requests<'a> {
    handle: &'a Handle,
    timeout: Duration,
    /// Says that waiting is of no use.
    asker: Option<&'a Asker>,
}

type Options = *mut sys::rd_kafka_AdminOptions_t;
type Queue = *mut sys::rd_kafka_queue_t;

impl<'a> Requests<'a> {
    pub(in crate::rdkafka) fn new(handle: &'a Handle, timeout: Duration) -> Self {
        Self { handle, timeout, asker: None }
    }

    /// The same, giving up at once where the broker refuses the client.
    pub(in crate::rdkafka) fn of(asker: &'a Asker, timeout: Duration) -> Self {
        Self { handle: asker.handle(), timeout, asker: Some(asker) }
    }

    /// Reads until it succeeds, fails for good or the time is up: leaders move and connections break.
    pub(in crate::rdkafka) fn again<T>(&self, read: impl Fn(&Self) -> Result<T>) -> Result<T> {
        let start = Instant::now();
        loop {
            match read(self) {
                Err(error) if error.kind() == ErrorKind::Retriable && start.elapsed() < self.timeout => {
                    // `retry.backoff.ms`; nothing else tells when the cluster is itself again.
                    std::thread::sleep(Duration::from_millis(100));
                }
                outcome => return outcome,
            }
        }
    }

    /// Asks and waits. `ask` gets the options and the queue for the answer.
    fn ask(&self, op: Op, what: &str, ask: impl FnOnce(Options, Queue) -> Result<()>) -> Result<Event> {
        let mut text = [0 as c_char; 256];
        // SAFETY: client, options and queue are live until the end of this function; `ask` only
        // hands them to one request, which copies the options and holds its own reference to the queue.
        unsafe {
            let options = sys::rd_kafka_AdminOptions_new(self.handle.ptr(), op);
            let queue = sys::rd_kafka_queue_new(self.handle.ptr());
            // The range is librdkafka's; a refused value leaves its default of a minute.
            let limit = millis(self.timeout).clamp(1, 3_600_000);
            let _ =
                sys::rd_kafka_AdminOptions_set_request_timeout(options, limit, text.as_mut_ptr(), text.len());
            let asked = ask(options, queue);
            let start = Instant::now();
            // librdkafka keeps the limit itself; the second is for its answer to arrive.
            let until = self.timeout.saturating_add(Duration::from_secs(1));
            let mut event: *mut sys::rd_kafka_event_t = ptr::null_mut();
            let mut outcome = asked;
            while outcome.is_ok() && event.is_null() && start.elapsed() < until {
                event = sys::rd_kafka_queue_poll(queue, 250);
                if let Some(refusal) = self.asker.filter(|_| event.is_null()).and_then(Asker::refusal) {
                    outcome = Err(refusal.context(what));
                }
            }
            sys::rd_kafka_AdminOptions_destroy(options);
            sys::rd_kafka_queue_destroy(queue);
            outcome?;
            let event = Event::own(event).ok_or_else(|| {
                Error::new(
                    ErrorKind::TimedOut,
                    format!("{what}: no answer within {limit} ms (default.api.timeout.ms)"),
                )
            })?;
            let code = sys::rd_kafka_event_error(event.ptr());
            if let (Some(asker), Code::RD_KAFKA_RESP_ERR_NO_ERROR) = (self.asker, code) {
                asker.answered();
            }
            if code == Code::RD_KAFKA_RESP_ERR_NO_ERROR {
                Ok(event)
            } else {
                Err(failed_because(code, what, &string(sys::rd_kafka_event_error_string(event.ptr()))))
            }
        }
    }

    pub(in crate::rdkafka) fn create_topics(&self, topics: &[NewTopic]) -> Result<Vec<Result<()>>> {
        let mut made = Vec::new();
        let mut outcomes = Vec::new();
        for topic in topics {
            match NativeTopic::new(topic) {
                Ok(native) => {
                    made.push(native);
                    outcomes.push(Ok(()));
                }
                Err(error) => outcomes.push(Err(error)),
            }
        }
        if made.is_empty() {
            return Ok(outcomes);
        }
        let mut pointers = made.iter().map(|topic| topic.0.as_ptr()).collect::<Vec<_>>();
        let event =
            self.ask(Op::RD_KAFKA_ADMIN_OP_CREATETOPICS, "cannot create topics", |options, queue| {
                // SAFETY: the pointers are live; librdkafka copies what they point to.
                unsafe {
                    sys::rd_kafka_CreateTopics(
                        self.handle.ptr(),
                        pointers.as_mut_ptr(),
                        pointers.len(),
                        options,
                        queue,
                    )
                };
                Ok(())
            })?;
        // SAFETY: the results live as long as the event.
        let results = unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_CreateTopics_result(event.ptr());
            topic_results(
                sys::rd_kafka_CreateTopics_result_topics(result, &mut count),
                count,
                "cannot create topic",
            )
        };
        for (topic, outcome) in topics.iter().zip(&mut outcomes) {
            if let (Ok(()), Some(result)) = (&outcome, results.get(&topic.name)) {
                *outcome = result.clone();
            }
        }
        Ok(outcomes)
    }

    pub(in crate::rdkafka) fn delete_topics(&self, names: &[&str]) -> Result<Vec<Result<()>>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let texts = names.iter().map(|name| c_string(name)).collect::<Result<Vec<_>>>()?;
        let event =
            self.ask(Op::RD_KAFKA_ADMIN_OP_DELETETOPICS, "cannot delete topics", |options, queue| {
                // SAFETY: librdkafka copies the names; the objects are ours and freed.
                unsafe {
                    let mut topics = texts
                        .iter()
                        .map(|name| sys::rd_kafka_DeleteTopic_new(name.as_ptr()))
                        .collect::<Vec<_>>();
                    sys::rd_kafka_DeleteTopics(
                        self.handle.ptr(),
                        topics.as_mut_ptr(),
                        topics.len(),
                        options,
                        queue,
                    );
                    sys::rd_kafka_DeleteTopic_destroy_array(topics.as_mut_ptr(), topics.len());
                }
                Ok(())
            })?;
        // SAFETY: the results live as long as the event.
        let results = unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_DeleteTopics_result(event.ptr());
            topic_results(
                sys::rd_kafka_DeleteTopics_result_topics(result, &mut count),
                count,
                "cannot delete topic",
            )
        };
        Ok(names.iter().map(|name| results.get(*name).cloned().unwrap_or(Ok(()))).collect())
    }

    pub(in crate::rdkafka) fn topic_config(&self, name: &str) -> Result<BTreeMap<String, String>> {
        let text = c_string(name)?;
        let what = format!("cannot read the settings of topic {name}");
        let event = self.ask(Op::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, &what, |options, queue| {
            // SAFETY: both are live and of this client.
            unsafe { topic_config::ask(self.handle, &text, options, queue) };
            Ok(())
        })?;
        topic_config::answer(&event, &what)
    }

    pub(in crate::rdkafka) fn list_offsets(
        &self,
        partitions: &[TopicPartition],
        spec: OffsetSpec,
        committed_only: bool,
    ) -> Result<Vec<i64>> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = match spec {
            OffsetSpec::Earliest => -2,
            OffsetSpec::Latest => -1,
            OffsetSpec::Timestamp(timestamp) => timestamp.max(0),
        };
        let list = List::of(partitions.iter().map(|place| (place, wanted)))?;
        let what = "cannot list offsets";
        let event = self.ask(Op::RD_KAFKA_ADMIN_OP_LISTOFFSETS, what, |options, queue| {
            // SAFETY: options, list and queue are live.
            unsafe {
                if committed_only {
                    let level = sys::rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED;
                    take_error(sys::rd_kafka_AdminOptions_set_isolation_level(options, level), what)?;
                }
                sys::rd_kafka_ListOffsets(self.handle.ptr(), list.ptr(), options, queue);
            }
            Ok(())
        })?;
        let mut found = HashMap::new();
        // SAFETY: everything read lives as long as the event and is copied.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_ListOffsets_result(event.ptr());
            for info in array(sys::rd_kafka_ListOffsets_result_infos(result, &mut count), count) {
                let row = &*sys::rd_kafka_ListOffsetsResultInfo_topic_partition(*info);
                let place = TopicPartition::new(string(row.topic), row.partition);
                if row.err != Code::RD_KAFKA_RESP_ERR_NO_ERROR {
                    return Err(failed(row.err, format!("cannot list the offsets of {place}")));
                }
                // Where the connection breaks off librdkafka reports no error and no offset either.
                if row.offset < -1 || (row.offset == -1 && !matches!(spec, OffsetSpec::Timestamp(_))) {
                    return Err(Error::new(
                        ErrorKind::Retriable,
                        format!("cannot list the offsets of {place}: the broker did not answer"),
                    ));
                }
                found.insert(place, row.offset);
            }
        }
        let offsets =
            partitions.iter().map(|place| found.get(place).copied().unwrap_or(-1)).collect::<Vec<_>>();
        if !offsets.contains(&-1) {
            return Ok(offsets);
        }
        // No record is that late: the end.
        let ends = match spec {
            OffsetSpec::Timestamp(_) => self.list_offsets(partitions, OffsetSpec::Latest, committed_only)?,
            _ => {
                return Err(Error::new(
                    ErrorKind::Retriable,
                    format!("{what}: the broker left partitions out"),
                ));
            }
        };
        Ok(offsets.into_iter().zip(ends).map(|(offset, end)| if offset < 0 { end } else { offset }).collect())
    }

    pub(in crate::rdkafka) fn list_groups(&self) -> Result<Vec<String>> {
        let event =
            self.ask(Op::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, "cannot list groups", |options, queue| {
                // SAFETY: client, options and queue are live.
                unsafe { sys::rd_kafka_ListConsumerGroups(self.handle.ptr(), options, queue) };
                Ok(())
            })?;
        // SAFETY: everything read lives as long as the event and is copied.
        let mut groups = unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_ListConsumerGroups_result(event.ptr());
            let errors = sys::rd_kafka_ListConsumerGroups_result_errors(result, &mut count);
            if let Some(error) = array(errors, count).first() {
                let reason = string(sys::rd_kafka_error_string(*error));
                return Err(failed_because(sys::rd_kafka_error_code(*error), "cannot list groups", &reason));
            }
            let valid = sys::rd_kafka_ListConsumerGroups_result_valid(result, &mut count);
            let names = array(valid, count).iter();
            names.map(|group| string(sys::rd_kafka_ConsumerGroupListing_group_id(*group))).collect::<Vec<_>>()
        };
        groups.sort();
        Ok(groups)
    }

    pub(in crate::rdkafka) fn group_offsets(&self, group: &str) -> Result<Vec<Row>> {
        let text = c_string(group)?;
        let what = format!("cannot read the offsets of group {group}");
        let event = self.ask(Op::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, &what, |options, queue| {
            // SAFETY: the name is copied, null means all partitions; the object is ours and freed.
            unsafe {
                let request = sys::rd_kafka_ListConsumerGroupOffsets_new(text.as_ptr(), ptr::null());
                sys::rd_kafka_ListConsumerGroupOffsets(
                    self.handle.ptr(),
                    [request].as_mut_ptr(),
                    1,
                    options,
                    queue,
                );
                sys::rd_kafka_ListConsumerGroupOffsets_destroy(request);
            }
            Ok(())
        })?;
        // SAFETY: the results live as long as the event.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_ListConsumerGroupOffsets_result(event.ptr());
            group_rows(sys::rd_kafka_ListConsumerGroupOffsets_result_groups(result, &mut count), count, &what)
        }
    }

    pub(in crate::rdkafka) fn alter_group_offsets(&self, group: &str, offsets: &List) -> Result<Vec<Row>> {
        let text = c_string(group)?;
        let what = format!("cannot set the offsets of group {group}");
        let event = self.ask(Op::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, &what, |options, queue| {
            // SAFETY: name and list are copied; the object is ours and freed.
            unsafe {
                let request = sys::rd_kafka_AlterConsumerGroupOffsets_new(text.as_ptr(), offsets.ptr());
                sys::rd_kafka_AlterConsumerGroupOffsets(
                    self.handle.ptr(),
                    [request].as_mut_ptr(),
                    1,
                    options,
                    queue,
                );
                sys::rd_kafka_AlterConsumerGroupOffsets_destroy(request);
            }
            Ok(())
        })?;
        // SAFETY: the results live as long as the event.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_AlterConsumerGroupOffsets_result(event.ptr());
            group_rows(
                sys::rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &mut count),
                count,
                &what,
            )
        }
    }

    pub(in crate::rdkafka) fn delete_group_offsets(
        &self,
        group: &str,
        partitions: &List,
    ) -> Result<Vec<Row>> {
        let text = c_string(group)?;
        let what = format!("cannot forget offsets of group {group}");
        let event = self.ask(Op::RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS, &what, |options, queue| {
            // SAFETY: name and list are copied; the object is ours and freed.
            unsafe {
                let request = sys::rd_kafka_DeleteConsumerGroupOffsets_new(text.as_ptr(), partitions.ptr());
                sys::rd_kafka_DeleteConsumerGroupOffsets(
                    self.handle.ptr(),
                    [request].as_mut_ptr(),
                    1,
                    options,
                    queue,
                );
                sys::rd_kafka_DeleteConsumerGroupOffsets_destroy(request);
            }
            Ok(())
        })?;
        // SAFETY: the results live as long as the event.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_DeleteConsumerGroupOffsets_result(event.ptr());
            group_rows(
                sys::rd_kafka_DeleteConsumerGroupOffsets_result_groups(result, &mut count),
                count,
                &what,
            )
        }
    }

    pub(in crate::rdkafka) fn delete_group(&self, group: &str) -> Result<()> {
        let text = c_string(group)?;
        let what = format!("cannot delete group {group}");
        let event = self.ask(Op::RD_KAFKA_ADMIN_OP_DELETEGROUPS, &what, |options, queue| {
            // SAFETY: the name is copied; the object is ours and freed.
            unsafe {
                let request = sys::rd_kafka_DeleteGroup_new(text.as_ptr());
                sys::rd_kafka_DeleteGroups(self.handle.ptr(), [request].as_mut_ptr(), 1, options, queue);
                sys::rd_kafka_DeleteGroup_destroy(request);
            }
            Ok(())
        })?;
        // SAFETY: the results live as long as the event.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_DeleteGroups_result(event.ptr());
            group_rows(sys::rd_kafka_DeleteGroups_result_groups(result, &mut count), count, &what).map(drop)
        }
    }
}

/// A topic to create, as librdkafka takes it.
struct NativeTopic(NonNull<sys::rd_kafka_NewTopic_t>);

impl NativeTopic {
    fn new(topic: &NewTopic) -> Result<Self> {
        let name = c_string(&topic.name)?;
        let mut text = [0 as c_char; 256];
        // SAFETY: strings and buffer are live; what librdkafka keeps it copies.
        unsafe {
            let made = sys::rd_kafka_NewTopic_new(
                name.as_ptr(),
                topic.partitions,
                i32::from(topic.replication_factor),
                text.as_mut_ptr(),
                text.len(),
            );
            let made = NonNull::new(made).map(Self).ok_or_else(|| {
                Error::new(
                    ErrorKind::Invalid,
                    format!("cannot create topic {}: {}", topic.name, string(text.as_ptr())),
                )
            })?;
            for (name, value) in &topic.configs {
                let (c_name, c_value) = (c_string(name)?, c_string(value)?);
                let code =
                    sys::rd_kafka_NewTopic_set_config(made.0.as_ptr(), c_name.as_ptr(), c_value.as_ptr());
                if code != Code::RD_KAFKA_RESP_ERR_NO_ERROR {
                    return Err(failed(code, format!("cannot create topic {} with {name}", topic.name)));
                }
            }
            Ok(made)
        }
    }
}

impl Drop for NativeTopic {
    fn drop(&mut self) {
        // SAFETY: owned.
        unsafe { sys::rd_kafka_NewTopic_destroy(self.0.as_ptr()) };
    }
}

unsafe fn topic_results(
    start: *mut *const sys::rd_kafka_topic_result_t,
    count: usize,
    what: &str,
) -> HashMap<String, Result<()>> {
    // SAFETY: the caller vouches for the array.
    unsafe {
        let results = array(start, count).iter().map(|result| {
            let name = string(sys::rd_kafka_topic_result_name(*result));
            let outcome = match sys::rd_kafka_topic_result_error(*result) {
                Code::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
                code => {
                    let reason = string(sys::rd_kafka_topic_result_error_string(*result));
                    Err(failed_because(code, format!("{what} {name}"), &reason))
                }
            };
            (name, outcome)
        });
        results.collect()
    }
}

/// The rows of the one group asked for, or its error, or the first error of a row.
unsafe fn group_rows(
    start: *mut *const sys::rd_kafka_group_result_t,
    count: usize,
    what: &str,
) -> Result<Vec<Row>> {
    // SAFETY: the caller vouches for the array.
    unsafe {
        let Some(group) = array(start, count).first() else { return Ok(Vec::new()) };
        let error = sys::rd_kafka_group_result_error(*group);
        if !error.is_null() && sys::rd_kafka_error_code(error) != Code::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(failed_because(
                sys::rd_kafka_error_code(error),
                what,
                &string(sys::rd_kafka_error_string(error)),
            ));
        }
        let rows = rows(sys::rd_kafka_group_result_partitions(*group));
        match rows.iter().find(|row| row.code != Code::RD_KAFKA_RESP_ERR_NO_ERROR) {
            Some(row) => Err(failed(row.code, format!("{what}: {}", row.place))),
            None => Ok(rows),
        }
    }
}
