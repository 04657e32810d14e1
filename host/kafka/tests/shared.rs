//! Producers that share a client do not feel each other: on librdkafka's own mock of a cluster, which does what
//! it is told.

use ferry_kafka::{
    Client, ClientConfig, Delivery, ErrorKind, Producer, ProducerRecord, SendError, Sharing, TopicPartition,
    connect,
};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);
/// Bytes that each producer may queue.
const QUEUE: usize = 64 << 10;

/// A cluster with one partition of each topic.
struct Mock {
    cluster: MockCluster<'static, DefaultProducerContext>,
    client: Arc<dyn Client>,
}

impl Mock {
    fn new(topics: &[&str]) -> Self {
        let cluster = MockCluster::new(1).expect("a mock cluster");
        for topic in topics {
            cluster.create_topic(topic, 1, 1).expect("a topic");
        }
        let client = connect(&cluster.bootstrap_servers(), &BTreeMap::new()).expect("a client");
        Self { cluster, client }
    }

    fn producer(&self) -> Box<dyn Producer> {
        let sharing = Sharing { client_id: "shared", queue: QUEUE };
        self.client.shared_producer(&settings(), &sharing).expect("a producer")
    }

    /// The values of a topic, once there are so many.
    fn values(&self, topic: &str, count: usize) -> Vec<String> {
        let mut consumer = self.client.consumer(&ClientConfig::new()).expect("a consumer");
        consumer.assign(&[(TopicPartition::new(topic, 0), Some(0))]).expect("assigned");
        let mut values = Vec::new();
        let start = Instant::now();
        while values.len() < count {
            assert!(start.elapsed() < LIMIT, "{topic} has {} of {count} values", values.len());
            let step = Duration::from_millis(100);
            consumer
                .poll(step, usize::MAX, usize::MAX, &mut |record| {
                    values.push(String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned());
                })
                .expect("polled");
        }
        values
    }
}

/// The mock never says what its topics take at once: it is not waited for.
fn settings() -> ClientConfig {
    ClientConfig::new().with("request.timeout.ms", "50")
}

fn record<'a>(topic: &'a str, value: &'a str) -> ProducerRecord<'a> {
    ProducerRecord { topic, value: Some(value.as_bytes()), ..ProducerRecord::default() }
}

/// The value of a number, about a KiB long.
fn value(number: u64) -> String {
    format!("{number:06}{}", "x".repeat(1000))
}

/// Sends until there is no room and returns the number after the last that was taken.
fn fill(producer: &mut dyn Producer, topic: &str) -> u64 {
    let start = Instant::now();
    for number in 0.. {
        loop {
            match producer.send(&record(topic, &value(number)), number) {
                Ok(()) => break,
                // One goes alone until it is known what the topic takes at once.
                Err(SendError::Full) if number == 1 => {
                    assert!(start.elapsed() < LIMIT, "nobody says what {topic} takes");
                    producer.poll(Duration::from_millis(10), &mut Vec::new()).expect("polled");
                }
                Err(SendError::Full) => return number,
                Err(SendError::Failed(error)) => panic!("{error}"),
            }
        }
    }
    unreachable!("numbers do not end")
}

/// Tokens of deliveries that went well.
fn tokens(deliveries: &[Delivery]) -> Vec<u64> {
    deliveries
        .iter()
        .map(|delivery| {
            delivery.result.as_ref().unwrap_or_else(|error| panic!("{}: {error}", delivery.token));
            delivery.token
        })
        .collect()
}

/// Sends, waiting for room, and flushes.
fn send_all(producer: &mut dyn Producer, topic: &str, numbers: std::ops::Range<u64>) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for number in numbers {
        producer.send_or_wait(&record(topic, &value(number)), number, &mut deliveries).expect("sent");
    }
    producer.flush(LIMIT, &mut deliveries).expect("flushed");
    deliveries
}

#[test]
fn a_partition_without_a_leader_stops_its_own_producer_only() {
    let mock = Mock::new(&["stuck", "free"]);
    mock.cluster.partition_leader("stuck", 0, None).expect("no leader");
    let (mut stuck, mut free) = (mock.producer(), mock.producer());
    let taken = fill(&mut *stuck, "stuck");
    assert!((32..100).contains(&taken), "{taken} records of a KiB in {QUEUE} bytes");
    assert_eq!(stuck.in_flight() as u64, taken);
    // Far more than what is in the way of the other one.
    let deliveries = send_all(&mut *free, "free", 0..1000);
    assert_eq!(tokens(&deliveries), (0..1000).collect::<Vec<_>>());
    let mut none = Vec::new();
    let error = stuck.flush(Duration::ZERO, &mut none).expect_err("nothing arrived");
    assert_eq!((error.kind(), none.len()), (ErrorKind::TimedOut, 0));
    mock.cluster.partition_leader("stuck", 0, Some(1)).expect("a leader");
    let mut deliveries = Vec::new();
    stuck.flush(LIMIT, &mut deliveries).expect("flushed");
    assert_eq!(tokens(&deliveries), (0..taken).collect::<Vec<_>>());
}

#[test]
fn a_refused_record_is_one_producers_own() {
    for (refusal, kind) in [
        (RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ErrorKind::TopicAuthorization),
        (RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, ErrorKind::TooLarge),
    ] {
        let mock = Mock::new(&["refused", "taken"]);
        let (mut refused, mut taken) = (mock.producer(), mock.producer());
        // Both have been at it before.
        assert_eq!(tokens(&send_all(&mut *refused, "refused", 0..1)), [0]);
        assert_eq!(tokens(&send_all(&mut *taken, "taken", 0..1)), [0]);
        mock.cluster.request_errors(RDKafkaApiKey::Produce, &[refusal]);
        let deliveries = send_all(&mut *refused, "refused", 1..2);
        let error = deliveries[0].result.as_ref().expect_err("refused");
        assert_eq!((deliveries.len(), deliveries[0].token, error.kind()), (1, 1, kind), "{error}");
        assert_eq!(tokens(&send_all(&mut *taken, "taken", 1..200)), (1..200).collect::<Vec<_>>());
        // It goes on too, by itself.
        assert_eq!(tokens(&send_all(&mut *refused, "refused", 2..200)), (2..200).collect::<Vec<_>>());
        let wanted: Vec<String> = (0..200).filter(|number| *number != 1).map(value).collect();
        assert_eq!(mock.values("refused", 199), wanted);
        assert_eq!(mock.values("taken", 200), (0..200).map(value).collect::<Vec<_>>());
    }
}

/// Puts `count` records into one batch, as soon as there may be so many in one.
fn send_together(producer: &mut dyn Producer, topic: &str, count: u64) -> Vec<Delivery> {
    let start = Instant::now();
    let mut deliveries = Vec::new();
    loop {
        assert!(start.elapsed() < LIMIT, "nobody says what {topic} takes");
        let numbers =
            (0..count).take_while(|number| match producer.send(&record(topic, &value(*number)), *number) {
                Ok(()) => true,
                Err(SendError::Full) => false,
                Err(SendError::Failed(error)) => panic!("{error}"),
            });
        if numbers.count() as u64 == count {
            return deliveries;
        }
        producer.flush(LIMIT, &mut deliveries).expect("flushed");
        deliveries.clear();
    }
}

#[test]
fn records_that_were_refused_together_are_not_at_fault_and_the_next_producer_makes_smaller_batches() {
    let mock = Mock::new(&["secret"]);
    // A batch goes when it is flushed and not before.
    let lingering = settings().with("linger.ms", "100000");
    let producer = || mock.client.producer(&lingering).expect("a producer");
    let kinds = |producer: &mut dyn Producer| {
        let too_large = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
        mock.cluster.request_errors(RDKafkaApiKey::Produce, &[too_large]);
        let mut deliveries = Vec::new();
        producer.flush(LIMIT, &mut deliveries).expect("flushed");
        let kinds =
            deliveries.iter().map(|delivery| delivery.result.as_ref().map(drop).map_err(|e| e.kind()));
        kinds.collect::<Vec<_>>()
    };
    // The mock does not say what its topics take, as a broker that this client may not ask.
    let mut first = producer();
    send_together(&mut *first, "secret", 40);
    assert_eq!(kinds(&mut *first), [Err(ErrorKind::BatchTooLarge); 40]);
    // 16 KiB are Java's batch, the next are single records: those are themselves at fault.
    for (count, kind) in [(15, ErrorKind::BatchTooLarge), (1, ErrorKind::TooLarge)] {
        let mut next = producer();
        send_together(&mut *next, "secret", count);
        let full = next.send(&record("secret", &value(count)), count);
        assert!(matches!(full, Err(SendError::Full)), "{full:?} after {count}");
        assert_eq!(kinds(&mut *next), vec![Err(kind); count as usize]);
        // It goes on by itself, in order.
        let deliveries = send_all(&mut *next, "secret", 0..3);
        assert_eq!(tokens(&deliveries), [0, 1, 2]);
    }
}

#[test]
fn who_sends_much_goes_on_alone_in_order() {
    let mock = Mock::new(&["much", "little"]);
    let (mut much, mut little) = (mock.producer(), mock.producer());
    let deliveries = send_all(&mut *much, "much", 0..2000);
    assert_eq!(tokens(&deliveries), (0..2000).collect::<Vec<_>>());
    assert_eq!(tokens(&send_all(&mut *little, "little", 0..10)), (0..10).collect::<Vec<_>>());
    assert_eq!(mock.values("much", 2000), (0..2000).map(value).collect::<Vec<_>>());
}

#[test]
fn a_producer_that_goes_leaves_nothing_in_the_way() {
    let mock = Mock::new(&["stuck", "free"]);
    mock.cluster.partition_leader("stuck", 0, None).expect("no leader");
    let mut free = mock.producer();
    for _ in 0..3 {
        // What it has on its way stays with the client, until that one closes with its last user.
        let mut stuck = mock.producer();
        fill(&mut *stuck, "stuck");
        drop(stuck);
        assert_eq!(tokens(&send_all(&mut *free, "free", 0..100)), (0..100).collect::<Vec<_>>());
    }
    drop(free);
}

#[test]
fn many_threads_share_one_client() {
    let mock = Mock::new(&["a", "b", "c", "d"]);
    std::thread::scope(|scope| {
        for topic in ["a", "b", "c", "d"] {
            let mut producer = mock.producer();
            scope.spawn(move || {
                let mut deliveries = Vec::new();
                for number in 0..300 {
                    producer
                        .send_or_wait(&record(topic, &value(number)), number, &mut deliveries)
                        .expect("sent");
                    producer.poll(Duration::ZERO, &mut deliveries).expect("polled");
                }
                producer.flush(LIMIT, &mut deliveries).expect("flushed");
                assert_eq!(tokens(&deliveries), (0..300).collect::<Vec<_>>(), "{topic}");
            });
        }
    });
    for topic in ["a", "b", "c", "d"] {
        assert_eq!(mock.values(topic, 300), (0..300).map(value).collect::<Vec<_>>(), "{topic}");
    }
}

#[test]
fn transactions_are_not_shared() {
    let mock = Mock::new(&["t"]);
    let sharing = Sharing { client_id: "shared", queue: QUEUE };
    let config = ClientConfig::new().with("transactional.id", "mine");
    let mut producer = mock.client.shared_producer(&config, &sharing).expect("a producer");
    producer.init_transactions(LIMIT).expect("registered");
    assert_eq!(mock.producer().init_transactions(LIMIT).unwrap_err().kind(), ErrorKind::Invalid);
}
