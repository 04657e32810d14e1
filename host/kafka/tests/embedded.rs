//! The embedded log: the conformance suite, and what it promises beyond it.

use ferry_kafka::conformance::{self, SUITE};
use ferry_kafka::topics::{self, Format, ReadOptions, Shape, WriteOptions};
use ferry_kafka::{
    Client, ClientConfig, ErrorKind, NewTopic, OffsetSpec, ProducerRecord, RebalanceEvent, Subscription,
    TopicPartition, connect,
};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long anything may take before a test fails, on a machine that does ten other things.
const LIMIT: Duration = Duration::from_secs(300);

fn open_with(directory: &Path, settings: &[(&str, &str)]) -> Arc<dyn Client> {
    let settings: BTreeMap<String, String> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    connect(&format!("embedded:{}", directory.display()), &settings).unwrap()
}

fn open(directory: &Path) -> Arc<dyn Client> {
    open_with(directory, &[])
}

macro_rules! suite {
    ($($name:ident),* $(,)?) => {
        mod suite {
            $(#[test] fn $name() { super::check(stringify!($name), super::conformance::$name); })*
        }
        const CHECKED: &[&str] = &[$(stringify!($name)),*];
    };
}

suite!(
    order_and_offsets,
    nulls_empties_headers_and_timestamps,
    keys_choose_partitions_as_in_java,
    unknown_partition_is_refused,
    large_record,
    too_large_record_fails_alone,
    a_low_limit_divides_what_is_sent,
    bounded_polls,
    pause_resume_seek,
    start_offsets,
    pattern_finds_later_topics,
    group_resumes_after_commit,
    rebalance_eager,
    rebalance_cooperative,
    busy_member_keeps_its_partitions,
    commit_after_loss_is_refused,
    asynchronous_commits_are_reported,
    create_describe_delete_topics,
    list_offsets_by_time,
    administer_group_offsets,
    cluster_id_is_stable,
    transaction_commit,
    transaction_abort,
    a_low_limit_divides_a_transaction,
    older_producer_is_fenced,
    topic_log_reads_what_is_committed,
    topic_is_read_behind_its_last_record,
);

/// Runs a check under each sync policy: the promises of the log differ, its behaviour does not.
fn check(_name: &str, check: conformance::Check) {
    std::thread::scope(|scope| {
        for sync in ["os", "batch", "always"] {
            scope.spawn(move || {
                let folder = tempfile::tempdir().unwrap();
                check(&*open_with(folder.path(), &[("embedded.sync", sync)]));
            });
        }
    });
}

#[test]
fn the_whole_suite_is_run() {
    assert_eq!(CHECKED, SUITE.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

fn send(client: &dyn Client, topic: &str, records: &[(Option<&str>, Option<&str>)]) -> Vec<i64> {
    let mut producer = client.producer(&ClientConfig::new()).unwrap();
    let mut deliveries = Vec::new();
    for (token, (key, value)) in records.iter().enumerate() {
        let (key, value) = (key.map(str::as_bytes), value.map(str::as_bytes));
        producer
            .send_or_wait(
                &ProducerRecord { topic, key, value, ..Default::default() },
                token as u64,
                &mut deliveries,
            )
            .unwrap();
    }
    producer.flush(LIMIT, &mut deliveries).unwrap();
    deliveries.into_iter().map(|delivery| delivery.result.unwrap().offset).collect()
}

/// `offset key=value` of each record there is.
fn all(client: &dyn Client, topic: &str) -> Vec<String> {
    // Records may have been dropped from the start.
    let config = ClientConfig::new().with("isolation.level", "read_committed");
    let mut consumer = client.consumer(&config.with("auto.offset.reset", "earliest")).unwrap();
    consumer.assign(&[(TopicPartition::new(topic, 0), Some(0))]).unwrap();
    let mut lines = Vec::new();
    loop {
        let before = lines.len();
        consumer
            .poll(Duration::ZERO, usize::MAX, usize::MAX, &mut |record| {
                let text = |bytes: Option<&[u8]>| {
                    bytes.map_or("null".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
                };
                lines.push(format!("{} {}={}", record.offset, text(record.key), text(record.value)));
            })
            .unwrap();
        if lines.len() == before {
            return lines;
        }
    }
}

#[test]
fn everything_lasts_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let group = ClientConfig::new().with("group.id", "g").with("auto.offset.reset", "earliest");
    let cluster_id = {
        let client = open(folder.path());
        send(&*client, "t", &[(None, Some("a")), (None, Some("b"))]);
        let mut consumer = client.consumer(&group).unwrap();
        consumer.subscribe(&Subscription::Topics(vec!["t".to_owned()])).unwrap();
        let event = consumer.poll(LIMIT, 1, 1, &mut |_| {}).unwrap();
        assert_eq!(event, Some(RebalanceEvent::Assigned(vec![TopicPartition::new("t", 0)])));
        consumer.commit(&[(TopicPartition::new("t", 0), 1)], true).unwrap();
        // Left open: the next start aborts it.
        let mut producer = client.producer(&ClientConfig::new().with("transactional.id", "x")).unwrap();
        producer.init_transactions(LIMIT).unwrap();
        producer.begin_transaction().unwrap();
        producer.send(&ProducerRecord { topic: "t", value: Some(b"open"), ..Default::default() }, 0).unwrap();
        producer.flush(LIMIT, &mut Vec::new()).unwrap();
        client.admin(&ClientConfig::new()).unwrap().cluster_id().unwrap()
    };
    let client = open(folder.path());
    assert_eq!(client.admin(&ClientConfig::new()).unwrap().cluster_id().unwrap(), cluster_id);
    assert_eq!(all(&*client, "t"), ["0 null=a", "1 null=b"]);
    // The offset of the dropped record is not given out again.
    assert_eq!(send(&*client, "t", &[(None, Some("c"))]), [3]);
    let mut consumer = client.consumer(&group).unwrap();
    assert_eq!(consumer.committed(&[TopicPartition::new("t", 0)]).unwrap(), [Some(1)]);
    consumer.subscribe(&Subscription::Topics(vec!["t".to_owned()])).unwrap();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        consumer.poll(LIMIT, 9, usize::MAX, &mut |record| seen.push(record.offset)).unwrap();
    }
    assert_eq!(seen, [1, 3]);
}

#[test]
fn compaction_keeps_the_last_of_each_key() {
    let folder = tempfile::tempdir().unwrap();
    {
        let client = open(folder.path());
        let mut new = NewTopic::new("compacted");
        new.configs.insert("cleanup.policy".to_owned(), "compact".to_owned());
        new.configs.insert("delete.retention.ms".to_owned(), "0".to_owned());
        client.admin(&ClientConfig::new()).unwrap().create_topics(&[new]).unwrap().remove(0).unwrap();
        send(
            &*client,
            "compacted",
            &[(Some("a"), Some("1")), (Some("b"), Some("1")), (Some("a"), Some("2"))],
        );
        send(&*client, "compacted", &[(Some("b"), None), (Some("c"), Some("1")), (Some("a"), Some("3"))]);
        let refused = {
            let mut producer = client.producer(&ClientConfig::new()).unwrap();
            let mut deliveries = Vec::new();
            producer
                .send(&ProducerRecord { topic: "compacted", value: Some(b"v"), ..Default::default() }, 1)
                .unwrap();
            producer.flush(LIMIT, &mut deliveries).unwrap();
            deliveries.remove(0).result.unwrap_err()
        };
        assert_eq!(refused.kind(), ErrorKind::Invalid);
    }
    // A start compacts; the end stays where it was. A log whose last pass is still at work is not started anew.
    let mut client = open(folder.path());
    let start = Instant::now();
    while all(&*client, "compacted") != ["4 c=1", "5 a=3"] {
        assert!(start.elapsed() < LIMIT, "{:?}", all(&*client, "compacted"));
        drop(client);
        client = open(folder.path());
    }
    assert_eq!(send(&*client, "compacted", &[(Some("d"), Some("1"))]), [6]);
}

#[test]
fn a_tombstone_goes_when_its_time_is_over_though_nothing_more_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let client = open_with(folder.path(), &[("embedded.log.retention.check.interval.ms", "20")]);
    let admin = client.admin(&ClientConfig::new()).unwrap();
    let mut new = NewTopic::new("compacted");
    new.configs.insert("cleanup.policy".to_owned(), "compact".to_owned());
    new.configs.insert("delete.retention.ms".to_owned(), "400".to_owned());
    admin.create_topics(&[new]).unwrap().remove(0).unwrap();
    send(&*client, "compacted", &[(Some("a"), Some("1")), (Some("b"), Some("1")), (Some("a"), None)]);
    // The first passes find the tombstone too young; a later one has to come back for it.
    let start = Instant::now();
    while all(&*client, "compacted") != ["1 b=1"] {
        assert!(start.elapsed() < LIMIT, "{:?}", all(&*client, "compacted"));
        std::thread::yield_now();
    }
}

#[test]
fn retention_drops_old_batches_and_keeps_the_offsets() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("embedded.log.retention.check.interval.ms", "20")];
    let client = open_with(folder.path(), &settings);
    let admin = client.admin(&ClientConfig::new()).unwrap();
    for (name, setting, value) in [("short", "retention.ms", "1"), ("small", "retention.bytes", "10000")] {
        let mut new = NewTopic::new(name);
        new.configs.insert(setting.to_owned(), value.to_owned());
        admin.create_topics(&[new]).unwrap().remove(0).unwrap();
    }
    let value = "x".repeat(1000);
    for _ in 0..100 {
        send(&*client, "small", &[(None, Some(&value))]);
    }
    send(&*client, "short", &[(None, Some("a")), (None, Some("b"))]);
    let first =
        |topic| admin.list_offsets(&[TopicPartition::new(topic, 0)], OffsetSpec::Earliest).unwrap()[0];
    let start = Instant::now();
    while first("short") < 2 || first("small") < 90 {
        assert!(start.elapsed() < LIMIT, "first offsets are {} and {}", first("short"), first("small"));
        std::thread::yield_now();
    }
    // Ten batches of 1040 bytes: without one more there would be less than was to be kept.
    assert_eq!(all(&*client, "small").len(), 10);
    assert_eq!(all(&*client, "short"), [""; 0]);
    drop((client, admin));
    let client = open_with(folder.path(), &settings);
    assert_eq!(send(&*client, "short", &[(None, Some("c"))]), [2]);
}

fn size(directory: &Path) -> u64 {
    let entries =
        std::fs::read_dir(directory).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    entries
        .iter()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

#[test]
fn a_deleted_topic_gives_its_space_back() {
    let folder = tempfile::tempdir().unwrap();
    let client = open(folder.path());
    let value = "x".repeat(100_000);
    for _ in 0..20 {
        send(&*client, "large", &[(None, Some(value.as_str())); 100]);
    }
    let full = size(folder.path());
    assert!(full > 200_000_000, "{full} bytes");
    client.admin(&ClientConfig::new()).unwrap().delete_topics(&["large"]).unwrap().remove(0).unwrap();
    // What stays are journals, which the engine drops by its own rules, at most 128 MiB of them.
    let start = Instant::now();
    while size(folder.path()) > full / 2 + 10_000_000 {
        assert!(start.elapsed() < LIMIT, "{} of {full} bytes are left", size(folder.path()));
        std::thread::yield_now();
    }
}

#[test]
fn unknown_topics_are_created_only_where_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let client = open_with(folder.path(), &[("embedded.auto.create.topics.enable", "false")]);
    let mut producer = client.producer(&ClientConfig::new()).unwrap();
    let error = producer
        .send_or_wait(&ProducerRecord { topic: "t", ..Default::default() }, 0, &mut Vec::new())
        .unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::UnknownTopic, "topic t does not exist"));
}

#[test]
fn a_member_that_does_not_poll_is_put_out() {
    let folder = tempfile::tempdir().unwrap();
    let client = open(folder.path());
    send(&*client, "t", &[(None, Some("a"))]);
    let member = || {
        let config = [("group.id", "g"), ("auto.offset.reset", "earliest"), ("max.poll.interval.ms", "400")];
        let mut consumer = client.consumer(&config.into_iter().collect()).unwrap();
        consumer.subscribe(&Subscription::Topics(vec!["t".to_owned()])).unwrap();
        consumer
    };
    let place = TopicPartition::new("t", 0);
    let (mut silent, mut busy) = (member(), member());
    silent.poll(Duration::ZERO, 1, 1, &mut |_| {}).unwrap();
    assert_eq!(silent.assignment(), std::slice::from_ref(&place));
    let start = Instant::now();
    while busy.assignment().is_empty() {
        assert!(start.elapsed() < LIMIT, "the partition was not handed over");
        busy.poll(Duration::from_millis(20), 1, 1, &mut |_| {}).unwrap();
    }
    assert_eq!(silent.commit(&[(place.clone(), 1)], true).unwrap_err().kind(), ErrorKind::NotOwner);
    let event = silent.poll(Duration::ZERO, 1, 1, &mut |record| panic!("{record:?}")).unwrap();
    assert_eq!(event, Some(RebalanceEvent::Revoked { partitions: vec![place], lost: true }));
}

#[test]
fn topics_are_shown_to_programs_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let client = open(folder.path());
    let config = ClientConfig::new();
    let mut said = Vec::new();
    let mut says = |show: &dyn Fn(&mut Vec<u8>) -> ferry_kafka::Result<()>| {
        let mut out = Vec::new();
        show(&mut out).unwrap();
        said.push(serde_json::from_slice::<serde_json::Value>(&out).unwrap());
    };
    let new = NewTopic { partitions: 2, ..NewTopic::new("orders") };
    says(&|out| topics::create(&*client, &config, &new, Shape::Json, out));
    send(&*client, "orders", &[(Some("a"), Some("1"))]);
    says(&|out| topics::list(&*client, &config, false, Shape::Json, out));
    says(&|out| topics::describe(&*client, &config, "orders", Shape::Json, out));
    says(&|out| topics::delete(&*client, &config, "orders", Shape::Json, out));
    says(&|out| topics::list(&*client, &config, false, Shape::Json, out));
    insta::assert_snapshot!(serde_json::to_string_pretty(&said).unwrap());
}

#[test]
fn topics_are_shown_and_changed_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let client = open(folder.path());
    let config = ClientConfig::new();
    let mut out = Vec::new();
    let mut new = NewTopic { partitions: 2, ..NewTopic::new("orders") };
    new.configs.extend([topics::setting("retention.ms=-1").unwrap()]);
    topics::create(&*client, &config, &new, Shape::Text, &mut out).unwrap();
    let mut options =
        WriteOptions { topic: "orders".to_owned(), key_separator: Some(":".to_owned()), partition: Some(1) };
    let written =
        topics::write(&*client, &config, &options, &mut &b"k:v:1\nno key\n\nlast \xff"[..]).unwrap();
    assert_eq!(written, 4);
    options.partition = Some(0);
    options.key_separator = None;
    topics::write(&*client, &config, &options, &mut &b"k:\"v\"\r\n"[..]).unwrap();
    topics::list(&*client, &config, false, Shape::Text, &mut out).unwrap();
    let mut read = ReadOptions { format: Format::KeyValue, partition: Some(1), ..ReadOptions::new("orders") };
    topics::read(&*client, &config, &read, &mut out).unwrap();
    read.partition = Some(0);
    read.format = Format::Value;
    topics::read(&*client, &config, &read, &mut out).unwrap();
    let mut json = Vec::new();
    read.partition = None;
    read.format = Format::Json;
    assert_eq!(topics::read(&*client, &config, &read, &mut json).unwrap(), 5);
    read.max = Some(3);
    assert_eq!(topics::read(&*client, &config, &read, &mut Vec::new()).unwrap(), 3);
    topics::describe(&*client, &config, "orders", Shape::Text, &mut out).unwrap();
    topics::delete(&*client, &config, "orders", Shape::Text, &mut out).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&out),
        "created topic orders\n\
         TOPIC   PARTITIONS\norders  2\n\
         k=v:1\n=no key\n=\n=last \u{fffd}\n\
         k:\"v\"\r\n\
         topic orders, 2 partitions\n  partition 0: offsets 0 to 1\n  partition 1: offsets 0 to 4\n\
         \x20 cleanup.policy=delete\n  compression.type=producer\n  delete.retention.ms=86400000\n\
         \x20 max.message.bytes=1048588\n  message.timestamp.type=CreateTime\n  min.insync.replicas=1\n\
         \x20 retention.bytes=-1\n  retention.ms=-1\n\
         deleted topic orders\n"
    );
    // Without the timestamps, which are now.
    let json = String::from_utf8(json).unwrap();
    let mut lines: Vec<String> = json
        .lines()
        .map(|line| {
            let (before, rest) = line.split_once(",\"timestamp\":").unwrap();
            format!("{before}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
        })
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            r#"{"partition":0,"offset":0,"key":null,"value":"k:\"v\"\r","headers":[]}"#,
            r#"{"partition":1,"offset":0,"key":"k","value":"v:1","headers":[]}"#,
            r#"{"partition":1,"offset":1,"key":null,"value":"no key","headers":[]}"#,
            r#"{"partition":1,"offset":2,"key":null,"value":"","headers":[]}"#,
            r#"{"partition":1,"offset":3,"key":null,"valueBase64":"bGFzdCD/","headers":[]}"#,
        ]
    );
    let missing = topics::read(&*client, &config, &read, &mut out).unwrap_err();
    assert_eq!(missing.to_string(), "topic orders does not exist");
}

/// Not a test of its own: what the tests below run in a process of its own.
#[test]
fn child() {
    let Ok(directory) = std::env::var("FERRY_EMBEDDED_CHILD") else { return };
    let client = open(Path::new(&directory));
    let mut producer = client.producer(&ClientConfig::new()).unwrap();
    let (mut deliveries, mut token) = (Vec::new(), 0u64);
    println!("child open");
    if std::env::var("FERRY_EMBEDDED_HOLD").is_ok() {
        // Until the parent closes the pipe.
        let _ = std::io::stdin().lines().next();
        return;
    }
    loop {
        for _ in 0..50 {
            let value = format!("{}-{token}", std::process::id());
            producer
                .send(
                    &ProducerRecord { topic: "t", value: Some(value.as_bytes()), ..Default::default() },
                    token,
                )
                .unwrap();
            token += 1;
        }
        producer.poll(Duration::ZERO, &mut deliveries).unwrap();
        for delivery in deliveries.drain(..) {
            println!("acked {} {}", delivery.result.unwrap().offset, delivery.token);
        }
    }
}

fn spawn(directory: &Path, hold: bool) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture"]).env("FERRY_EMBEDDED_CHILD", directory);
    if hold {
        command.env("FERRY_EMBEDDED_HOLD", "1");
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    (child, lines)
}

#[test]
fn a_second_process_is_told_who_holds_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, mut lines) = spawn(folder.path(), true);
    assert!(lines.any(|line| line.ends_with("child open")));
    let error =
        connect(&format!("embedded:{}", folder.path().display()), &BTreeMap::new()).map(|_| ()).unwrap_err();
    let program = std::env::current_exe().unwrap().file_name().unwrap().to_string_lossy().into_owned();
    let directory = folder.path().canonicalize().unwrap();
    assert_eq!(
        (error.kind(), error.message().to_owned()),
        (
            ErrorKind::Locked,
            format!(
                "the embedded log {} is in use by process {} ({program}): one process at a time; stop it, or choose \
                 another directory in bootstrap.servers=embedded:DIR",
                directory.display(),
                child.id()
            )
        )
    );
    drop(child.stdin.take());
    child.wait().unwrap();
    open(folder.path());
}

/// Whoever opens a log while its last owner closes it waits for that, however long it takes.
#[test]
fn a_log_is_opened_again_while_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let folder = folder.path();
            scope.spawn(move || {
                for round in 0..25 {
                    let value = format!("{thread}-{round}");
                    send(&*open(folder), "t", &[(None, Some(&value))]);
                }
            });
        }
    });
    let mut values: Vec<String> = all(&*open(folder.path()), "t")
        .into_iter()
        .map(|line| line.split_once('=').unwrap().1.to_owned())
        .collect();
    values.sort();
    let mut wanted: Vec<String> =
        (0..4).flat_map(|thread| (0..25).map(move |round| format!("{thread}-{round}"))).collect();
    wanted.sort();
    assert_eq!(values, wanted);
}

#[test]
fn acknowledged_records_survive_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected: Vec<(i64, String)> = Vec::new();
    for round in 0..10 {
        let (mut child, lines) = spawn(folder.path(), false);
        let wanted = 200 + 613 * round;
        let mut acked = 0;
        let id = child.id();
        for line in lines {
            let mut words = line.split(' ');
            if words.next() != Some("acked") {
                continue;
            }
            let (Some(Ok(offset)), Some(token)) = (words.next().map(str::parse), words.next()) else {
                continue;
            };
            expected.push((offset, format!("{id}-{token}")));
            acked += 1;
            if acked == wanted {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(acked >= wanted, "round {round}: only {acked} records were acknowledged");
        let client = open(folder.path());
        let found: BTreeMap<i64, String> = all(&*client, "t")
            .into_iter()
            .map(|line| {
                let (offset, value) = line.split_once(" null=").unwrap();
                (offset.parse().unwrap(), value.to_owned())
            })
            .collect();
        for (offset, value) in &expected {
            assert_eq!(found.get(offset), Some(value), "round {round}: offset {offset} was acknowledged");
        }
        assert!(found.keys().copied().eq(0..found.len() as i64), "round {round}: offsets have holes");
    }
}
