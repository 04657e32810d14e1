//! Producing: order, everything a record can hold, limits.

use super::{create, deliver, numbers, reader, take, texts, topic, topic_for_ever, unique, write};
use crate::{Client, ClientConfig, ErrorKind, NewTopic, ProducerRecord};

/// Records of a partition keep their order and get consecutive offsets, across producers too.
pub fn order_and_offsets(client: &dyn Client) {
    let topic = topic(client, "order", 1);
    let mut producer = client.producer(&ClientConfig::new()).expect("producer");
    let values = numbers(0..2000);
    let records: Vec<_> = values
        .iter()
        .map(|value| ProducerRecord { topic: &topic, value: Some(value.as_bytes()), ..Default::default() })
        .collect();
    let placed: Vec<_> =
        deliver(&mut *producer, &records).into_iter().map(|result| result.expect("delivered")).collect();
    assert_eq!(placed, (0..2000).map(|offset| (0, offset)).collect::<Vec<_>>());
    drop(producer);
    write(client, &topic, 0, &numbers(2000..2500));
    let seen = take(&mut *reader(client, &topic, 1, &[]), 2500);
    assert_eq!(texts(&seen), numbers(0..2500));
    assert_eq!(seen.iter().map(|record| record.offset).collect::<Vec<_>>(), (0..2500).collect::<Vec<_>>());
}

/// Null is not empty; headers keep order, repeats and nulls; timestamps are kept or set.
pub fn nulls_empties_headers_and_timestamps(client: &dyn Client) {
    let topic = topic_for_ever(client, "shapes", 1);
    let headers: &[(&str, Option<&[u8]>)] =
        &[("a", Some(b"1")), ("b", None), ("a", Some(b"")), ("é", Some(&[0, 255]))];
    let records = [
        ProducerRecord { topic: &topic, timestamp: Some(1_000), ..Default::default() },
        ProducerRecord {
            topic: &topic,
            timestamp: Some(2_000),
            key: Some(b""),
            value: Some(b""),
            ..Default::default()
        },
        ProducerRecord {
            topic: &topic,
            timestamp: Some(1_500),
            key: Some(&[0, 159]),
            headers,
            ..Default::default()
        },
        ProducerRecord { topic: &topic, value: Some(b"now"), ..Default::default() },
    ];
    let mut producer = client.producer(&ClientConfig::new()).expect("producer");
    for result in deliver(&mut *producer, &records) {
        result.expect("delivered");
    }
    let seen = take(&mut *reader(client, &topic, 1, &[]), records.len());
    for (seen, sent) in seen.iter().zip(&records) {
        assert_eq!(seen.key.as_deref(), sent.key);
        assert_eq!(seen.value.as_deref(), sent.value);
        let found: Vec<_> =
            seen.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        assert_eq!(found, sent.headers);
        if sent.timestamp.is_some() {
            assert_eq!(seen.timestamp, sent.timestamp);
        }
    }
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("clock").as_millis() as i64;
    let set = seen[3].timestamp.expect("timestamp");
    assert!((now - set).abs() < 300_000, "timestamp {set} set at {now}");
}

/// Keyed records go where Java's default partitioner sends them (murmur2).
pub fn keys_choose_partitions_as_in_java(client: &dyn Client) {
    let topic = topic(client, "keys", 5);
    let keys = ["21", "foobar", "a-little-bit-long-string", "a-little-bit-longer-string", "abc"];
    let records: Vec<_> = keys
        .iter()
        .map(|key| ProducerRecord {
            topic: &topic,
            key: Some(key.as_bytes()),
            value: Some(b"v"),
            ..Default::default()
        })
        .collect();
    let mut producer = client.producer(&ClientConfig::new()).expect("producer");
    let placed = deliver(&mut *producer, &records).into_iter().map(|result| result.expect("delivered").0);
    // Utils.toPositive(Utils.murmur2(key)) % 5, hashes from Kafka's UtilsTest.
    let hashes: [i32; 5] = [-973_932_308, -790_332_482, -985_981_536, -1_486_304_829, 479_470_107];
    assert_eq!(placed.collect::<Vec<_>>(), hashes.map(|hash| (hash & i32::MAX) % 5));
}

/// A partition that does not exist fails the record, not the producer.
pub fn unknown_partition_is_refused(client: &dyn Client) {
    let topic = topic(client, "partitions", 1);
    let mut producer = client.producer(&ClientConfig::new()).expect("producer");
    let record = |partition| ProducerRecord {
        topic: &topic,
        partition: Some(partition),
        value: Some(b"v"),
        ..Default::default()
    };
    let results = deliver(&mut *producer, &[record(0), record(7), record(0)]);
    let kinds: Vec<_> =
        results.iter().map(|result| result.as_ref().map_err(crate::Error::kind).copied()).collect();
    assert_eq!(kinds, [Ok((0, 0)), Err(ErrorKind::UnknownTopic), Ok((0, 1))]);
}

/// A value of 1 MiB passes where topic and producer allow it.
pub fn large_record(client: &dyn Client) {
    let name = unique("large");
    let mut new = NewTopic { partitions: 1, ..NewTopic::new(&name) };
    new.configs.insert("max.message.bytes".to_owned(), "2097152".to_owned());
    create(client, new);
    let value: Vec<u8> = (0..1 << 20).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let record = ProducerRecord { topic: &name, value: Some(&value), ..Default::default() };
    let mut producer =
        client.producer(&ClientConfig::new().with("max.request.size", "2097152")).expect("producer");
    deliver(&mut *producer, &[record]).remove(0).expect("delivered");
    let seen = take(&mut *reader(client, &name, 1, &[]), 1);
    assert!(seen[0].value.as_deref() == Some(&value[..]), "the value came back changed");
}

/// Records that fit pass, in order and once, however many of them are sent at once to a topic that takes little;
/// one among them that does not fit fails alone.
pub fn a_low_limit_divides_what_is_sent(client: &dyn Client) {
    let name = low_limit(client);
    let small: Vec<String> = (0..300).map(|number| format!("{number:03}{}", "x".repeat(500))).collect();
    let large = "x".repeat(30_000);
    let mut values: Vec<&str> = small.iter().map(String::as_str).collect();
    values.insert(100, &large);
    values.insert(100, &large);
    let records: Vec<_> = values
        .iter()
        .map(|value| ProducerRecord { topic: &name, value: Some(value.as_bytes()), ..Default::default() })
        .collect();
    let mut producer = client.producer(&ClientConfig::new()).expect("producer");
    let results = deliver(&mut *producer, &records);
    let kinds: Vec<_> =
        results.iter().map(|result| result.as_ref().map(drop).map_err(crate::Error::kind)).collect();
    let mut wanted = vec![Ok(()); 302];
    wanted[100..102].fill(Err(ErrorKind::TooLarge));
    assert_eq!(kinds, wanted);
    assert_eq!(texts(&take(&mut *reader(client, &name, 1, &[]), 300)), small);
}

/// A topic of one partition that takes no more than 20,000 bytes at once.
pub(super) fn low_limit(client: &dyn Client) -> String {
    let name = unique("limit");
    let mut new = NewTopic { partitions: 1, ..NewTopic::new(&name) };
    new.configs.insert("max.message.bytes".to_owned(), "20000".to_owned());
    create(client, new);
    name
}

/// A record above the limit of the topic or of the producer fails alone, as `TooLarge`.
pub fn too_large_record_fails_alone(client: &dyn Client) {
    let name = low_limit(client);
    let (large, huge) = (vec![b'x'; 100_000], vec![b'x'; 3 << 20]);
    let mut producer = client.producer(&ClientConfig::new()).expect("producer");
    let mut kinds = Vec::new();
    for value in [b"a".as_slice(), &large, b"b", &huge, b"c"] {
        let record = ProducerRecord { topic: &name, value: Some(value), ..Default::default() };
        kinds.extend(
            deliver(&mut *producer, &[record])
                .into_iter()
                .map(|result| result.map(|_| ()).map_err(|error| error.kind())),
        );
    }
    let too_large = Err(ErrorKind::TooLarge);
    assert_eq!(kinds, [Ok(()), too_large, Ok(()), too_large, Ok(())]);
    assert_eq!(texts(&take(&mut *reader(client, &name, 1, &[]), 3)), ["a", "b", "c"]);
}
