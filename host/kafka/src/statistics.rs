//! What Kafka clients measure of themselves.

/// Which client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientKind {
    /// Writes.
    Producer,
    /// Reads.
    Consumer,
}

/// Something counted, and how fast it grew between the last two looks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// Since the client began.
    pub total: f64,
    /// Per second.
    pub rate: f64,
}

/// What was measured since the look before; NaN where there was nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Its mean.
    pub avg: f64,
    /// The largest.
    pub max: f64,
}

/// One client as it last told.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientStatistics {
    /// Which kind of client.
    pub kind: ClientKind,
    /// Its `client.id`.
    pub client_id: String,
    /// Connections that are up.
    pub connections: f64,
    /// Connections made.
    pub connects: f64,
    /// Connections lost.
    pub disconnects: f64,
    /// Requests sent.
    pub requests: Count,
    /// Answers received.
    pub responses: Count,
    /// Bytes sent.
    pub sent_bytes: Count,
    /// Bytes received.
    pub received_bytes: Count,
    /// Requests without an answer yet.
    pub in_flight: f64,
    /// Time from request to answer, in milliseconds. A consumer's requests may wait at the broker.
    pub latency: Spread,
    /// Time for which the broker held the client back, in milliseconds.
    pub throttle: Spread,
    /// Records sent, or received.
    pub records: Count,
    /// Their bytes.
    pub record_bytes: Count,
    /// Of a producer.
    pub producer: Option<ProducerStatistics>,
    /// Of a consumer.
    pub consumer: Option<ConsumerStatistics>,
}

/// What only a producer has.
#[derive(Clone, Debug, PartialEq)]
pub struct ProducerStatistics {
    /// Time in the queue, in milliseconds.
    pub queue_time: Spread,
    /// Bytes of a batch.
    pub batch_bytes: Spread,
    /// Records of a batch.
    pub batch_records: f64,
    /// Bytes that the queue holds.
    pub queued_bytes: f64,
    /// Bytes that it may hold.
    pub queue_limit: f64,
    /// Records and bytes sent to each topic.
    pub topics: Vec<(String, Count, Count)>,
}

/// What only a consumer has.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerStatistics {
    /// Fetches sent.
    pub fetches: Count,
    /// Partitions that it owns.
    pub assigned: f64,
    /// Rebalances of its group that it took part in.
    pub rebalances: f64,
    /// Seconds since the last; `None` before the first.
    pub last_rebalance: Option<f64>,
    /// Records between the position and the end of each partition that it reads, where that is known.
    pub lags: Vec<(String, i32, f64)>,
}
