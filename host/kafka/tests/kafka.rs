//! The conformance suite against real Kafka brokers, and what only Kafka has: codecs, SASL, TLS.
//!
//! Where Java or Maven is missing the tests say so and pass; with `CI=true` they fail instead.

use ferry_kafka::conformance::{self, Check, SUITE};
use ferry_kafka::{
    Admin, Client, ClientConfig, Consumer, ErrorKind, NewTopic, Producer, ProducerRecord, RebalanceEvent,
    Sharing, Subscription, TopicPartition, connect,
};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferry_tests::{Broker, LONG};

fn client(broker: &Broker) -> Arc<dyn Client> {
    connect(&broker.bootstrap, &BTreeMap::new()).unwrap()
}

/// Whose producers share a client.
struct Shared(Arc<dyn Client>);

impl Client for Shared {
    fn producer(&self, config: &ClientConfig) -> ferry_kafka::Result<Box<dyn Producer>> {
        self.0.shared_producer(config, &Sharing { client_id: "shared", queue: 8 << 20 })
    }
    fn consumer(&self, config: &ClientConfig) -> ferry_kafka::Result<Box<dyn Consumer>> {
        self.0.consumer(config)
    }
    fn admin(&self, config: &ClientConfig) -> ferry_kafka::Result<Box<dyn Admin>> {
        self.0.admin(config)
    }
}

/// What producers have to do, those that share a client as well.
const PRODUCING: &[(&str, Check)] = &[
    ("shared: order_and_offsets", conformance::order_and_offsets),
    ("shared: nulls_empties_headers_and_timestamps", conformance::nulls_empties_headers_and_timestamps),
    ("shared: keys_choose_partitions_as_in_java", conformance::keys_choose_partitions_as_in_java),
    ("shared: unknown_partition_is_refused", conformance::unknown_partition_is_refused),
    ("shared: large_record", conformance::large_record),
    ("shared: too_large_record_fails_alone", conformance::too_large_record_fails_alone),
    ("shared: a_low_limit_divides_what_is_sent", conformance::a_low_limit_divides_what_is_sent),
];

/// However often, and just when, a consumer that waits for records is woken.
fn wake_ups_end_polls(client: &dyn Client) {
    let topic = "wake-ups";
    let created = client.admin(&ClientConfig::new()).unwrap().create_topics(&[NewTopic::new(topic)]).unwrap();
    assert!(created.iter().all(Result::is_ok), "{created:?}");
    let mut consumer = client.consumer(&[("group.id", "wake-ups")].into_iter().collect()).unwrap();
    consumer.subscribe(&Subscription::Topics(vec![topic.to_owned()])).unwrap();
    let waker = consumer.waker().expect("this consumer can be woken");
    // Nobody writes: a wake-up that is lost is seen.
    let mut poll = || consumer.poll(Duration::from_secs(3600), 1, 1, &mut |_| ()).unwrap();
    while !matches!(poll(), Some(RebalanceEvent::Assigned(_))) {}
    for _ in 0..50 {
        waker();
        assert_eq!(poll(), None, "woken before it waits");
    }
    let (woken, awake) = sync_channel(0);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while woken.send(()).is_ok() {
                waker();
            }
        });
        for _ in 0..500 {
            awake.recv().unwrap();
            assert_eq!(poll(), None, "woken meanwhile");
        }
        drop(awake);
    });
}

#[test]
fn the_suite_on_kafka() {
    let Some(broker) = Broker::start() else { return };
    let (shared, client) = (Arc::new(Shared(client(&broker))), client(&broker));
    let own: [(&str, Check); 1] = [("wake_ups_end_polls", wake_ups_end_polls)];
    let alone = SUITE.iter().chain(&own).map(|(name, check)| (name, check, client.clone()));
    let sharing = PRODUCING.iter().map(|(name, check)| (name, check, shared.clone() as Arc<dyn Client>));
    // Side by side: most of their time they wait.
    let (checks, failed) = (Mutex::new(alone.chain(sharing)), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((name, check, client)) = { checks.lock().unwrap().next() } {
                    let start = Instant::now();
                    let passed = std::panic::catch_unwind(AssertUnwindSafe(|| check(&*client))).is_ok();
                    let outcome = if passed { "passed" } else { "FAILED" };
                    eprintln!("{outcome} {name} in {} ms", start.elapsed().as_millis());
                    if !passed {
                        failed.lock().unwrap().push(*name);
                    }
                }
            });
        }
    });
    for codec in ["gzip", "snappy", "lz4", "zstd"] {
        assert_eq!(
            round_trip(&*client, &format!("codec-{codec}"), &[("compression.type", codec)]),
            Ok(100),
            "{codec}"
        );
    }
    assert_eq!(failed.into_inner().unwrap(), [""; 0]);
}

#[test]
fn sasl_and_tls_on_kafka() {
    let Some(broker) = Broker::start_secured("sasl_ssl") else { return };
    let client = client(&broker);
    let ca = broker.authority();
    let ca = ca.as_str();
    let login = |password: &str| {
        format!(
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"alice\" password=\"{password}\";"
        )
    };
    let jaas = login("alice-secret");
    let trusted = [
        ("security.protocol", "SASL_SSL"),
        ("sasl.mechanism", "PLAIN"),
        ("sasl.jaas.config", jaas.as_str()),
        ("ssl.truststore.type", "PEM"),
        ("ssl.truststore.location", ca),
    ];
    assert_eq!(round_trip(&*client, "secure", &trusted), Ok(100));
    let pem = std::fs::read_to_string(ca).unwrap();
    let mut inline = trusted.to_vec();
    inline.truncate(3);
    inline.extend([("ssl.truststore.type", "PEM"), ("ssl.truststore.certificates", pem.as_str())]);
    assert_eq!(round_trip(&*client, "inline", &inline), Ok(100));
    // A wrong password is told as such, and is not told.
    let wrong = login("hush-hush");
    let config: ClientConfig = trusted
        .iter()
        .map(|(name, value)| (*name, if *name == "sasl.jaas.config" { wrong.as_str() } else { *value }))
        .collect();
    assert!(!format!("{config:?}").contains("hush-hush"));
    let error = client.admin(&config).unwrap().list_topics().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert!(!error.to_string().contains("hush-hush"), "{error}");
}

/// Writes 100 records and reads them back; says how many came.
fn round_trip(client: &dyn Client, topic: &str, settings: &[(&str, &str)]) -> ferry_kafka::Result<usize> {
    let config: ClientConfig = settings.iter().copied().collect();
    let values: Vec<String> =
        (0..100).map(|number| format!("{number} {}", "compressible ".repeat(20))).collect();
    let mut producer = client.producer(&config)?;
    let mut deliveries = Vec::new();
    for (token, value) in values.iter().enumerate() {
        let record =
            ProducerRecord { topic, partition: Some(0), value: Some(value.as_bytes()), ..Default::default() };
        producer.send_or_wait(&record, token as u64, &mut deliveries)?;
    }
    producer.flush(LONG, &mut deliveries)?;
    for delivery in deliveries {
        delivery.result?;
    }
    let mut consumer = client.consumer(&config)?;
    consumer.assign(&[(TopicPartition::new(topic, 0), Some(0))])?;
    let mut seen = Vec::new();
    let start = Instant::now();
    while seen.len() < values.len() && start.elapsed() < LONG {
        consumer.poll(Duration::from_millis(200), usize::MAX, usize::MAX, &mut |record| {
            seen.push(String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned());
        })?;
    }
    assert_eq!(seen, values, "{topic}");
    Ok(seen.len())
}

#[test]
fn servers_have_to_be_named() {
    let error = connect(" ", &BTreeMap::new()).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}
