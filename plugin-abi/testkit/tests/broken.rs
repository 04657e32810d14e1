//! Each check of the contract fails for a connector that breaks it, and says how.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use ferry_plugin_abi::ErrorKind;
use ferry_plugin_abi::api::{Level, PluginClass};
use ferry_sdk::prelude::*;
use ferry_sdk::{sink_class, source_class};
use ferry_testkit::contract::{Run, Subject, common, sink, source};
use ferry_testkit::{FakeHost, LogLine, SourceHarness};

/// Never returns; the thread ends with the test program.
fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

/// A source that breaks what `fault` says.
#[derive(Config)]
struct SourceSettings {
    /// What it does wrong.
    fault: String,
}

struct BadSource {
    fault: String,
    next: i64,
}

impl Source for BadSource {
    type Config = SourceSettings;
    fn start(settings: SourceSettings, ctx: &SourceContext) -> Result<Self> {
        let fault = settings.fault;
        let stored = ctx.offset(&Value::map([("p", "0")]));
        let stored = if fault == "begins anyway" { stored.unwrap_or(None) } else { stored? };
        let last = stored.and_then(|o| o.get("n")?.as_i64()).unwrap_or(0);
        let next = match fault.as_str() {
            "skips one" if last > 0 => last + 2,
            "repeats one" if last > 0 => last,
            _ => last + 1,
        };
        Ok(Self { fault, next })
    }
    fn poll(&mut self, ctx: &SourceContext, out: &mut Records<'_>) -> Result<()> {
        tracing::info!(next = self.next, "polling");
        match self.fault.as_str() {
            "panics" => panic!("on purpose"),
            "does not stop" if self.next > 1 => hang(),
            _ => {
                ctx.sleep(Duration::from_millis(1));
            }
        }
        let offset = match self.fault.as_str() {
            "flat offset" => Value::Int64(self.next),
            _ => Value::map([("n", self.next)]),
        };
        out.to("t").value(self.next).offset(&Value::map([("p", "0")]), &offset).send();
        self.next += 1;
        Ok(())
    }
    fn commit(&mut self) -> Result<()> {
        match self.fault.as_str() {
            "commits once" if self.next < 0 => Err(Error::fatal("committed already")),
            _ => {
                self.next = -self.next;
                Ok(())
            }
        }
    }
    fn task_configs(config: &ConfigMap, max: usize) -> Result<Vec<ConfigMap>> {
        Ok(vec![config.clone(); if config.get("fault") == Some("many tasks") { max + 1 } else { 1 }])
    }
}

/// A sink that breaks what `fault` says.
#[derive(Config)]
struct SinkSettings {
    /// What it does wrong.
    fault: String,
    /// Where it writes.
    file: String,
}

struct BadSink {
    settings: SinkSettings,
    lines: String,
}

impl Sink for BadSink {
    type Config = SinkSettings;
    fn start(settings: SinkSettings, _: &SinkContext) -> Result<Self> {
        Ok(Self { settings, lines: String::new() })
    }
    fn put(&mut self, _: &SinkContext, batch: Batch) -> Result<()> {
        let fault = self.settings.fault.as_str();
        if !self.lines.is_empty() && fault == "does not stop" {
            hang();
        }
        for record in batch.records() {
            match record.value().as_str() {
                Some(text) => self.lines += &format!("{text}\n"),
                None if fault == "panics on null" => panic!("on purpose"),
                None => return Err(Error::data("no text").at_record(0)),
            }
        }
        Ok(())
    }
    fn flush(&mut self) -> Result<()> {
        if self.settings.fault != "loses" {
            std::fs::write(&self.settings.file, &self.lines)
                .map_err(|e| Error::fatal("no file").source(&e))?;
        }
        Ok(())
    }
    fn pre_commit(
        &mut self,
        _: &SinkContext,
        asked: &[(TopicPartition, i64)],
    ) -> Result<Vec<(TopicPartition, i64)>> {
        self.flush()?;
        let more = i64::from(self.settings.fault == "commits too much");
        Ok(asked.iter().map(|(p, o)| (p.clone(), o + more)).collect())
    }
}

fn classes() -> Vec<PluginClass> {
    use ferry_sdk::{SinkConnector, SourceConnector};
    vec![
        source_class::<BadSource, SourceConnector<BadSource>>("BadSource", "1"),
        sink_class::<BadSink, SinkConnector<BadSink>>("BadSink", "1"),
    ]
}

fn written(directory: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(directory.join("out")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

macro_rules! subject {
    ($class:literal, $fault:literal) => {
        Subject {
            class: $class,
            classes,
            manifest: "",
            config: |directory| {
                ConfigMap::from([
                    ("fault", $fault.to_owned()),
                    ("file", directory.join("out").display().to_string()),
                ])
            },
            written: Some(written),
        }
    };
}

/// Who breaks which check, and what it says of it.
type Case = (Subject, fn(&mut Run<'_>), &'static str);

/// What the check says, `None` if it is content.
fn complaint(subject: &Subject, check: fn(&mut Run<'_>)) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(|| subject.check_linked(check))).err()?;
    Some(match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => {
            payload.downcast::<&'static str>().map_or_else(|_| String::new(), |text| (*text).to_owned())
        }
    })
}

const COMMON: [fn(&mut Run<'_>); 6] = [
    common::describes_its_keys,
    common::names_what_is_missing,
    common::ignores_unknown_keys,
    common::has_at_most_as_many_tasks_as_wanted,
    common::calls_before_start_fail,
    common::stops_twice_and_unstarted,
];

#[test]
fn a_good_source_passes() {
    let good = subject!("BadSource", "none");
    for check in COMMON.into_iter().chain([
        source::gives_records_with_origins as fn(&mut Run<'_>),
        source::goes_on_after_each_committed_offset,
        source::gives_what_was_not_committed_again,
        source::commits_more_than_once,
        source::poll_ends_when_told_to_stop,
        source::fails_when_offsets_cannot_be_read,
    ]) {
        assert_eq!(complaint(&good, check), None);
    }
}

#[test]
fn a_good_sink_passes() {
    let good = subject!("BadSink", "none");
    for check in COMMON.into_iter().chain([
        sink::takes_an_empty_batch as fn(&mut Run<'_>),
        sink::what_it_commits_is_written,
        sink::commits_no_more_than_asked,
        sink::takes_a_batch_again,
        sink::keeps_what_it_needs_of_a_batch,
        sink::gives_partitions_back,
        sink::put_ends_when_told_to_stop,
        sink::takes_records_without_key_and_value,
    ]) {
        assert_eq!(complaint(&good, check), None);
    }
}

#[test]
fn broken_sources_are_told() {
    let cases: [Case; 8] = [
        (
            subject!("BadSource", "skips one"),
            source::goes_on_after_each_committed_offset,
            "resumed after record 0",
        ),
        (
            subject!("BadSource", "repeats one"),
            source::goes_on_after_each_committed_offset,
            "resumed after record 0",
        ),
        (subject!("BadSource", "flat offset"), source::gives_records_with_origins, "must be maps"),
        (
            subject!("BadSource", "does not stop"),
            source::poll_ends_when_told_to_stop,
            "poll goes on 2s after",
        ),
        (subject!("BadSource", "begins anyway"), source::fails_when_offsets_cannot_be_read, "began anyway"),
        (subject!("BadSource", "commits once"), source::commits_more_than_once, "committed already"),
        (
            subject!("BadSource", "many tasks"),
            common::has_at_most_as_many_tasks_as_wanted,
            "2 tasks where at most 1",
        ),
        (subject!("BadSource", "panics"), source::gives_records_with_origins, "BadSource.poll panicked"),
    ];
    for (subject, check, expected) in cases {
        let complaint = complaint(&subject, check).expect(expected);
        assert!(complaint.contains(expected), "{complaint}");
    }
}

#[test]
fn broken_sinks_are_told() {
    let cases: [Case; 5] = [
        (
            subject!("BadSink", "loses"),
            sink::what_it_commits_is_written,
            "5 records are committed and 0 written",
        ),
        (
            subject!("BadSink", "loses"),
            sink::keeps_what_it_needs_of_a_batch,
            "what is written is not what was put",
        ),
        (subject!("BadSink", "commits too much"), sink::commits_no_more_than_asked, "but only 2 was put"),
        (subject!("BadSink", "does not stop"), sink::put_ends_when_told_to_stop, "put goes on 2s after"),
        (
            subject!("BadSink", "panics on null"),
            sink::takes_records_without_key_and_value,
            "BadSink.put panicked",
        ),
    ];
    for (subject, check, expected) in cases {
        let complaint = complaint(&subject, check).expect(expected);
        assert!(complaint.contains(expected), "{complaint}");
    }
}

#[test]
fn a_panic_is_an_error_and_the_object_is_not_called_again() {
    let class = classes().remove(0).guarded();
    let config = ConfigMap::from([("fault", "panics")]);
    let mut harness = SourceHarness::start(&class, &FakeHost::new(), &config).unwrap();
    for expected in
        ["BadSource.poll panicked at", "BadSource.poll was not called: the object panicked earlier"]
    {
        let error = harness.task().poll().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Panic);
        assert!(error.message().starts_with(expected), "{error}");
    }
}

#[test]
fn events_reach_the_host_with_their_fields() {
    ferry_sdk::log::install();
    let class = classes().remove(0).guarded();
    let host = FakeHost::new();
    let mut harness = SourceHarness::start(&class, &host, &ConfigMap::from([("fault", "none")])).unwrap();
    harness.records(1).unwrap();
    let expected = LogLine { level: Level::Info, target: "broken".into(), message: "polling next=1".into() };
    assert_eq!(host.logs(), [expected]);
    tracing::info!("outside of any call");
    assert_eq!(host.logs().len(), 1);
}
