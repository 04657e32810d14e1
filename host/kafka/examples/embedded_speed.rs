//! Measures the embedded log: produces and consumes records of 100 bytes, prints rates and memory.
//!
//! `cargo run --release -p ferry-kafka --example embedded_speed -- [RECORDS] [os|batch|always] [DIR] [MEMORY BYTES]`

use ferry_kafka::{ClientConfig, ProducerRecord, TopicPartition, connect};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn main() -> Result<(), ferry_kafka::Error> {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(5_000_000);
    let sync = arguments.next().unwrap_or_else(|| "os".to_owned());
    let directory =
        arguments.next().unwrap_or_else(|| format!("target/embedded-speed-{}", std::process::id()));
    let mut settings = BTreeMap::from([("embedded.sync".to_owned(), sync.clone())]);
    settings.extend(arguments.next().map(|bytes| ("embedded.memory.bytes".to_owned(), bytes)));
    let client = connect(&format!("embedded:{directory}"), &settings)?;

    let mut producer = client.producer(&ClientConfig::new())?;
    let (mut deliveries, mut value) = (Vec::new(), [b'x'; 100]);
    let mut failed = 0;
    let start = Instant::now();
    for token in 0..count {
        value[..8].copy_from_slice(&token.to_le_bytes());
        let record = ProducerRecord { topic: "speed", value: Some(&value), ..Default::default() };
        producer.send_or_wait(&record, token, &mut deliveries)?;
        if token % 2000 == 1999 {
            producer.poll(Duration::ZERO, &mut deliveries)?;
            failed += deliveries.drain(..).filter(|delivery| delivery.result.is_err()).count();
        }
    }
    producer.flush(Duration::from_secs(60), &mut deliveries)?;
    report(&format!("produced, sync={sync}, {failed} failed"), count, start);

    let mut consumer = client.consumer(&ClientConfig::new())?;
    consumer.assign(&[(TopicPartition::new("speed", 0), Some(0))])?;
    let (mut seen, mut bytes) = (0, 0);
    let start = Instant::now();
    while seen < count {
        consumer.poll(Duration::from_secs(1), 10_000, usize::MAX, &mut |record| {
            seen += 1;
            bytes += record.value.map_or(0, <[u8]>::len);
        })?;
    }
    report(&format!("consumed {} MB", bytes / 1_000_000), count, start);
    Ok(())
}

fn report(what: &str, count: u64, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("?").trim();
    println!("{what}: {:.2} M records/s, peak memory {peak}", count as f64 / seconds / 1e6);
}
