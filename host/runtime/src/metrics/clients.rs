//! What Kafka clients tell, as the MBeans of the Java clients.
//!
//! Only what librdkafka really knows; it tells every `statistics.interval.ms`, which the worker sets to the window of
//! its own statistics, so that rates and maxima are those of the last window.

use ferry_kafka::ClientStatistics;
use ferry_kafka::statistics::{ConsumerStatistics, ProducerStatistics};

use super::attributes::{
    CONSUMER_CLIENT, COORDINATOR, FETCH, FETCH_PARTITION, PRODUCER, PRODUCER_CLIENT, PRODUCER_TOPIC,
};
use super::text::{Labels, Text};

type Rows<const N: usize> = Vec<(Labels, [f64; N])>;

/// The rows of all groups.
#[derive(Default)]
struct Clients {
    producer_clients: Rows<12>,
    producers: Rows<13>,
    topics: Rows<4>,
    consumer_clients: Rows<12>,
    fetches: Rows<11>,
    lags: Rows<1>,
    coordinators: Rows<3>,
}

/// Writes the groups of all clients.
pub(super) fn write(text: &mut Text, clients: &[ClientStatistics]) {
    let mut all = Clients::default();
    for (index, client) in clients.iter().enumerate() {
        let mut labels = Labels::none().with("client_id", &client.client_id);
        // While a task is replaced there may be two clients of one name; and users may name all theirs alike.
        let same =
            |other: &&ClientStatistics| (other.kind, &other.client_id) == (client.kind, &client.client_id);
        let before = clients[..index].iter().filter(same).count();
        if before > 0 {
            labels = labels.with("instance_number", &before.to_string());
        }
        if let Some(own) = &client.producer {
            all.producer(labels.clone(), client, own);
        }
        if let Some(own) = &client.consumer {
            all.consumer(labels, client, own);
        }
    }
    text.group(&PRODUCER_CLIENT, &all.producer_clients);
    text.group(&PRODUCER, &all.producers);
    text.group(&PRODUCER_TOPIC, &all.topics);
    text.group(&CONSUMER_CLIENT, &all.consumer_clients);
    text.group(&FETCH, &all.fetches);
    text.group(&FETCH_PARTITION, &all.lags);
    text.group(&COORDINATOR, &all.coordinators);
}

impl Clients {
    fn producer(&mut self, labels: Labels, client: &ClientStatistics, own: &ProducerStatistics) {
        for (topic, records, bytes) in &own.topics {
            let row = [records.rate, records.total, bytes.rate, bytes.total];
            self.topics.push((labels.clone().with("topic", topic), row));
        }
        self.producer_clients.push((labels.clone(), connections(client)));
        self.producers.push((
            labels,
            [
                client.latency.avg,
                client.latency.max,
                client.records.rate,
                client.records.total,
                own.queue_time.avg,
                own.queue_time.max,
                own.batch_bytes.avg,
                own.batch_bytes.max,
                own.batch_records,
                client.throttle.avg,
                client.throttle.max,
                own.queue_limit,
                (own.queue_limit - own.queued_bytes).max(0.0),
            ],
        ));
    }

    fn consumer(&mut self, labels: Labels, client: &ClientStatistics, own: &ConsumerStatistics) {
        for (topic, partition, lag) in &own.lags {
            let labels = labels.clone().with("topic", topic).with("partition", &partition.to_string());
            self.lags.push((labels, [*lag]));
        }
        self.consumer_clients.push((labels.clone(), connections(client)));
        self.coordinators.push((
            labels.clone(),
            [own.assigned, own.rebalances, own.last_rebalance.map_or(-1.0, f64::floor)],
        ));
        self.fetches.push((
            labels,
            [
                client.records.rate,
                client.records.total,
                client.record_bytes.rate,
                client.record_bytes.total,
                own.fetches.rate,
                own.fetches.total,
                client.latency.avg,
                client.latency.max,
                client.throttle.avg,
                client.throttle.max,
                own.lags.iter().map(|(.., lag)| *lag).fold(f64::NAN, f64::max),
            ],
        ));
    }
}

fn connections(client: &ClientStatistics) -> [f64; 12] {
    [
        client.connections,
        client.connects,
        client.disconnects,
        client.requests.rate,
        client.requests.total,
        client.responses.rate,
        client.responses.total,
        client.sent_bytes.rate,
        client.sent_bytes.total,
        client.received_bytes.rate,
        client.received_bytes.total,
        client.in_flight,
    ]
}
