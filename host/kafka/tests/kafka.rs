//! The conformance suite against real Kafka brokers, and what only Kafka has: codecs, SASL, TLS.
//!
//! Where Java or Maven is missing the tests say so and pass; with `CI=true` they fail instead.

use ferry_kafka::conformance::SUITE;
use ferry_kafka::{Client, ClientConfig, ErrorKind, ProducerRecord, TopicPartition, connect};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);

/// A broker of `tests/servers/kafka.sh`, stopped by that script.
struct Broker {
    folder: tempfile::TempDir,
    servers: String,
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/servers/kafka.sh")
}

impl Broker {
    /// Starts one; `None`, with the reason told, where this machine cannot.
    fn start(security: &str) -> Option<Self> {
        for tool in ["java", "mvn"] {
            if Command::new(tool).arg("-version").output().is_err() {
                assert!(
                    std::env::var("CI").as_deref() != Ok("true"),
                    "{tool} is missing, and CI may not skip this test"
                );
                eprintln!("skipped: '{tool}' is not installed, a Kafka broker needs it");
                return None;
            }
        }
        // Made before the start, so that one that fails half way is stopped too.
        let mut broker = Self { folder: tempfile::tempdir().unwrap(), servers: String::new() };
        let output = Command::new(script())
            .args([
                "start",
                "--heap",
                "384m",
                "--security",
                security,
                "--port",
                &free_ports().to_string(),
                "--data",
            ])
            .arg(broker.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "kafka.sh: {}", String::from_utf8_lossy(&output.stderr));
        broker.servers = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        Some(broker)
    }

    fn client(&self) -> Arc<dyn Client> {
        connect(&self.servers, &BTreeMap::new()).unwrap()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let stopped = Command::new(script()).args(["stop", "--data"]).arg(self.folder.path()).status();
        assert!(stopped.is_ok_and(|status| status.success()), "kafka.sh could not stop the broker");
    }
}

/// Two neighbouring free ports below the ephemeral ones, the broker's and its controller's; never
/// the same twice in this process, whose tests run side by side.
fn free_ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let start = 20_000 + (std::process::id() % 5_000) as u16 * 2;
    loop {
        let port = start + NEXT.fetch_add(2, Relaxed);
        assert!(port < 32_000, "no two neighbouring free ports from {start} on");
        if is_free(port) && is_free(port + 1) {
            return port;
        }
    }
}

#[test]
fn the_suite_on_kafka() {
    let Some(broker) = Broker::start("none") else { return };
    let client = broker.client();
    let mut failed = Vec::new();
    for (name, check) in SUITE {
        let start = Instant::now();
        let passed = std::panic::catch_unwind(AssertUnwindSafe(|| check(&*client))).is_ok();
        eprintln!(
            "{} {name} in {} ms",
            if passed { "passed" } else { "FAILED" },
            start.elapsed().as_millis()
        );
        if !passed {
            failed.push(*name);
        }
    }
    for codec in ["gzip", "snappy", "lz4", "zstd"] {
        assert_eq!(
            round_trip(&*client, &format!("codec-{codec}"), &[("compression.type", codec)]),
            Ok(100),
            "{codec}"
        );
    }
    assert_eq!(failed, [""; 0]);
}

#[test]
fn sasl_and_tls_on_kafka() {
    let Some(broker) = Broker::start("sasl_ssl") else { return };
    let client = broker.client();
    let ca = broker.folder.path().join("tls/ca.pem");
    let ca = ca.to_str().unwrap();
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
        .chain([("default.api.timeout.ms", "5000")])
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
    producer.flush(LIMIT, &mut deliveries)?;
    for delivery in deliveries {
        delivery.result?;
    }
    let mut consumer = client.consumer(&config)?;
    consumer.assign(&[(TopicPartition::new(topic, 0), Some(0))])?;
    let mut seen = Vec::new();
    let start = Instant::now();
    while seen.len() < values.len() && start.elapsed() < LIMIT {
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
