//! Who shares with whom. Clients are made, and closed, without a broker.

use super::super::hub::FORGOTTEN;
use super::*;
use rdkafka::mocking::MockCluster;

const SHARING: Sharing<'static> = Sharing { client_id: "shared", queue: 1 << 20 };

fn config(settings: &[(&str, &str)]) -> ClientConfig {
    let all = [("bootstrap.servers", "127.0.0.1:1"), ("client.id", "own")];
    all.iter().chain(settings).copied().collect()
}

impl Pool {
    /// How many common clients there are: of producers and of admins.
    fn count(&self) -> (usize, usize) {
        let clients = self.clients();
        let hubs = clients.producers.values().filter(|common| common.hub.strong_count() > 0).count();
        (hubs, clients.admins.len())
    }

    fn make(&self, settings: &[(&str, &str)]) -> SharedProducer {
        self.producer(&config(settings), &SHARING).expect("a producer")
    }
}

#[test]
fn equal_settings_share_and_the_last_one_closes() {
    let pool = Pool::default();
    let first = pool.make(&[("linger.ms", "7")]);
    let others: Vec<_> = (0..20).map(|_| pool.make(&[("linger.ms", "7")])).collect();
    assert_eq!(pool.count(), (1, 0));
    drop(others);
    assert_eq!(pool.count(), (1, 0));
    drop(first);
    assert_eq!(pool.count(), (0, 0));
    assert!(pool.clients().producers.is_empty(), "nothing is remembered, secrets least of all");
}

#[test]
fn the_own_client_id_is_no_difference_and_the_chosen_one_is() {
    let pool = Pool::default();
    let _one = pool.producer(&config(&[("client.id", "task-0")]), &SHARING).expect("a producer");
    let _two = pool.producer(&config(&[("client.id", "task-1")]), &SHARING).expect("a producer");
    assert_eq!(pool.count(), (1, 0));
    let chosen = Sharing { client_id: "billing", ..SHARING };
    let _three = pool.producer(&config(&[("client.id", "billing")]), &chosen).expect("a producer");
    assert_eq!(pool.count(), (2, 0));
}

#[test]
fn any_other_setting_is_a_difference() {
    let pool = Pool::default();
    let jaas = |password: &str| {
        format!(
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\" password=\"{password}\";"
        )
    };
    let (mine, yours) = (jaas("mine"), jaas("yours"));
    let login = [("security.protocol", "SASL_PLAINTEXT"), ("sasl.mechanism", "PLAIN")];
    let with = |jaas: &str| {
        let mut config = config(&login);
        config.set("sasl.jaas.config", jaas);
        pool.producer(&config, &SHARING).expect("a producer")
    };
    let _all = [with(&mine), with(&yours), with(&mine)];
    assert_eq!(pool.count(), (2, 0));
    let _more = [
        pool.make(&[]),
        pool.make(&[("acks", "1")]),
        pool.make(&[("bootstrap.servers", "127.0.0.1:2")]),
        pool.make(&[("buffer.memory", "1000000")]),
    ];
    assert_eq!(pool.count(), (6, 0));
    assert_eq!(format!("{pool:?}"), "Pool");
}

#[test]
fn a_client_that_holds_what_somebody_left_behind_takes_in_nobody_new() {
    let pool = Pool::default();
    let mut leaving = pool.make(&[]);
    let staying = pool.make(&[]);
    let record = ProducerRecord { topic: "t", value: Some(b"v"), ..ProducerRecord::default() };
    leaving.send(&record, 0).expect("taken");
    let hub = pool.clients().producers.values().find_map(|common| common.hub.upgrade()).expect("a hub");
    assert!(hub.is_sound());
    drop(leaving);
    assert!(!hub.is_sound());
    let _new = pool.make(&[]);
    let other = pool.clients().producers.values().find_map(|common| common.hub.upgrade()).expect("a hub");
    assert!(!Arc::ptr_eq(&hub, &other));
    drop(staying);
}

#[test]
fn who_waits_for_the_limit_of_a_topic_stays_where_it_is() {
    let pool = Pool::default();
    let (mut first, mut second) = (pool.make(&[]), pool.make(&[]));
    let record = ProducerRecord { topic: "same", value: Some(b"v"), ..ProducerRecord::default() };
    first.send(&record, 0).expect("taken");
    for _ in 0..3 {
        assert!(matches!(second.send(&record, 0), Err(SendError::Full)));
        // Nothing of it is on its way, so that nothing but the time ends this.
        second.poll(Duration::from_secs(3600), &mut Vec::new()).expect("polled");
    }
    assert!(matches!(second.way, Way::Seat(_)));
    assert_eq!(pool.count(), (1, 0));
}

#[test]
fn a_client_that_knows_many_forgotten_topics_takes_in_nobody_new() {
    let cluster = MockCluster::new(1).expect("a cluster");
    let servers = cluster.bootstrap_servers();
    let settings = [("bootstrap.servers", servers.as_str()), ("linger.ms", "0")];
    let pool = Pool::default();
    let staying = pool.make(&settings);
    let hub = pool.clients().producers.values().find_map(|common| common.hub.upgrade()).expect("a hub");
    for number in 0..FORGOTTEN {
        assert!(hub.is_sound());
        let mut passing = pool.make(&settings);
        let topic = format!("topic-{number}");
        let record = ProducerRecord { topic: &topic, value: Some(b"v"), ..ProducerRecord::default() };
        passing.send(&record, 0).expect("taken");
        passing.flush(Duration::from_secs(60), &mut Vec::new()).expect("written");
        assert_eq!(hub.client.forgotten_topics(), number);
    }
    assert!(!hub.is_sound());
    drop(staying);
}

#[test]
fn an_own_client_is_given_up_when_it_was_quiet() {
    let pool = Pool::default();
    let mut producer = pool.make(&[]);
    producer.go_alone().expect("a client of its own");
    assert_eq!(pool.count(), (0, 0));
    producer.poll(Duration::ZERO, &mut Vec::new()).expect("polled");
    assert!(matches!(producer.way, Way::Alone(_)), "not yet");
    producer.quiet = Duration::ZERO;
    producer.poll(Duration::ZERO, &mut Vec::new()).expect("polled");
    assert!(matches!(producer.way, Way::Seat(_)));
    assert_eq!(pool.count(), (1, 0));
}

#[test]
fn admin_clients_are_shared_by_their_settings() {
    let pool = Pool::default();
    let (one, same) = (pool.admin(&config(&[])).expect("one"), pool.admin(&config(&[])).expect("one"));
    assert!(Arc::ptr_eq(&one, &same));
    let _other = pool.admin(&config(&[("client.id", "other")])).expect("one");
    assert_eq!(pool.count(), (0, 2));
    drop((one, same));
    assert_eq!(pool.count(), (0, 1));
}
