//! What librdkafka is told for what a Java client is told.

use super::{Role, Translated};
use crate::{ClientConfig, ErrorKind};

fn translated(role: Role, settings: &[(&str, &str)]) -> Translated {
    let config =
        [("bootstrap.servers", "127.0.0.1:1")].iter().chain(settings).copied().collect::<ClientConfig>();
    Translated::new(&config, role).expect("translated")
}

/// What differs from the defaults of the role, and what of these is gone (`-`).
fn differences(role: Role, settings: &[(&str, &str)]) -> Vec<String> {
    let (plain, changed) = (translated(role, &[]), translated(role, settings));
    let set = changed.pairs.iter().filter(|(name, value)| plain.pairs.get(*name) != Some(value));
    let gone = plain.pairs.keys().filter(|name| !changed.pairs.contains_key(*name));
    set.map(|(name, value)| format!("{name}={value}")).chain(gone.map(|name| format!("-{name}"))).collect()
}

fn refusal(role: Role, settings: &[(&str, &str)]) -> String {
    let config =
        [("bootstrap.servers", "127.0.0.1:1")].iter().chain(settings).copied().collect::<ClientConfig>();
    let Err(error) = Translated::new(&config, role) else { panic!("{settings:?} are taken") };
    assert_eq!(error.kind(), ErrorKind::Config);
    error.message().to_owned()
}

#[test]
fn connects_own_producer_settings_keep_order_one_request_at_a_time() {
    let settings = [
        ("acks", "all"),
        ("enable.idempotence", "false"),
        ("max.in.flight.requests.per.connection", "1"),
        ("delivery.timeout.ms", "2147483647"),
        ("max.block.ms", "9223372036854775807"),
        ("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer"),
    ];
    assert_eq!(
        differences(Role::Producer, &settings),
        [
            "enable.idempotence=false",
            "max.in.flight.requests.per.connection=1",
            "message.timeout.ms=2147483647",
            "-delivery.timeout.ms"
        ]
    );
    let translated = translated(Role::Producer, &settings);
    assert_eq!(translated.max_block.as_millis(), i64::MAX as u128);
    assert!(!translated.idempotent);
}

#[test]
fn java_names_and_values_become_librdkafkas() {
    let producer = [
        ("buffer.memory", "33554432"),
        ("max.request.size", "5242880"),
        ("compression.type", "ZSTD"),
        ("send.buffer.bytes", "131072"),
        ("linger.ms", "9999999"),
        ("interceptor.classes", "com.example.Spy"),
        ("metrics.context.connect.group.id", "g"),
        ("no.such.setting", "x"),
        ("socket.nagle.disable", "true"),
    ];
    assert_eq!(
        differences(Role::Producer, &producer),
        [
            "compression.type=zstd",
            "linger.ms=900000",
            "message.max.bytes=5242880",
            "socket.nagle.disable=true",
            "socket.send.buffer.bytes=131072",
        ]
    );
    let consumer = [
        (
            "partition.assignment.strategy",
            "org.apache.kafka.clients.consumer.RangeAssignor, org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
        ),
        ("auto.offset.reset", "none"),
        ("fetch.max.wait.ms", "100"),
        ("max.poll.interval.ms", "2147483647"),
        ("metadata.max.age.ms", "1000"),
        ("request.timeout.ms", "40000"),
        ("enable.auto.commit", "true"),
        ("max.poll.records", "7"),
        ("group.id", "connect-a"),
    ];
    assert_eq!(
        differences(Role::Consumer, &consumer),
        [
            "auto.offset.reset=error",
            "fetch.wait.max.ms=100",
            "group.id=connect-a",
            "max.poll.interval.ms=86400000",
            "partition.assignment.strategy=range",
            "socket.timeout.ms=40000",
            "topic.metadata.refresh.interval.ms=1000",
        ]
    );
    let translated = translated(Role::Consumer, &consumer);
    assert_eq!((translated.max_poll_records, translated.reset), (Some(7), None));
}

#[test]
fn settings_that_exclude_each_other_are_made_to_agree() {
    // As in Java, what the user sets turns idempotence off where they did not ask for it.
    assert_eq!(differences(Role::Producer, &[("acks", "1")]), ["acks=1", "enable.idempotence=false"]);
    assert_eq!(
        differences(Role::Producer, &[("transactional.id", "t"), ("transaction.timeout.ms", "10000")]),
        ["delivery.timeout.ms=10000", "transaction.timeout.ms=10000", "transactional.id=t"]
    );
    assert_eq!(
        differences(Role::Consumer, &[("max.partition.fetch.bytes", "20000000")]),
        ["fetch.max.bytes=20000000", "max.partition.fetch.bytes=20000000"]
    );
    assert_eq!(
        differences(Role::Admin, &[("reconnect.backoff.ms", "5000")]),
        ["reconnect.backoff.max.ms=5000", "reconnect.backoff.ms=5000"]
    );
}

#[test]
fn refusals_name_the_setting_and_hide_secrets() {
    let jaas =
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\" password=\"hush\";";
    let messages = [
        refusal(Role::Producer, &[("acks", "sometimes")]),
        refusal(Role::Producer, &[("linger.ms", "soon")]),
        refusal(Role::Consumer, &[("auto.offset.reset", "middle")]),
        refusal(Role::Consumer, &[("partition.assignment.strategy", "com.example.Mine")]),
        refusal(
            Role::Admin,
            &[
                ("security.protocol", "SASL_PLAINTEXT"),
                ("sasl.jaas.config", &jaas.replace("password", "pass")),
            ],
        ),
        refusal(
            Role::Admin,
            &[("security.protocol", "SASL_PLAINTEXT"), ("sasl.jaas.config", &jaas.replace("Plain", "Krb5"))],
        ),
        refusal(Role::Admin, &[("security.protocol", "SSL"), ("ssl.truststore.location", "/t.jks")]),
    ];
    for message in &messages {
        assert!(!message.contains("hush"), "{message}");
    }
    insta::assert_snapshot!(messages.join("\n"), @r#"
    acks=sometimes is refused: Invalid value for configuration property "request.required.acks"
    linger.ms=soon is not a whole number
    auto.offset.reset=middle is not earliest, latest or none
    partition.assignment.strategy=com.example.Mine is not available: use RangeAssignor, RoundRobinAssignor or CooperativeStickyAssignor
    sasl.jaas.config lacks password
    sasl.jaas.config names a login module that is not available for GSSAPI: PlainLoginModule and ScramLoginModule are
    ssl.truststore.location=/t.jks is a JKS file, which only Java reads: export its certificates as PEM (keytool -exportcert -rfc) and set ssl.truststore.type=PEM, or put them into ssl.truststore.certificates
    "#);
}

#[test]
fn logins_and_certificates_are_taken_over() {
    let jaas = r#"org.apache.kafka.common.security.scram.ScramLoginModule required
        username='alice' password="p;\"w = x" serviceName=kafka ;"#;
    let settings = [
        ("security.protocol", "SASL_SSL"),
        ("sasl.mechanism", "SCRAM-SHA-512"),
        ("sasl.jaas.config", jaas),
        ("ssl.truststore.type", "PEM"),
        ("ssl.truststore.location", "/ca.pem"),
        ("ssl.endpoint.identification.algorithm", ""),
        ("ssl.protocol", "TLSv1.3"),
    ];
    assert_eq!(
        differences(Role::Admin, &settings),
        [
            "sasl.mechanism=SCRAM-SHA-512",
            "sasl.password=p;\"w = x",
            "sasl.username=alice",
            "security.protocol=sasl_ssl",
            "ssl.ca.location=/ca.pem",
            "ssl.endpoint.identification.algorithm=none",
        ]
    );
}
