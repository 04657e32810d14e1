//! Every attribute of Connect's MBeans that a standalone worker has, with what it means
//! (`ConnectMetricsRegistry`).

/// How a number behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows while its task or worker lives.
    Counter,
    /// Goes up and down.
    Gauge,
}

impl Kind {
    /// As a `# TYPE` line says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
        }
    }
}

/// An attribute that is a number.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Its name in the MBean.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// What it says.
    pub help: &'static str,
}

/// The MBeans of one type. Its numbers are in the order in which they are measured.
#[derive(Clone, Copy, Debug)]
pub struct Group<const N: usize> {
    /// The MBean's domain.
    pub domain: &'static str,
    /// Its `type`.
    pub name: &'static str,
    /// Its numbers.
    pub numbers: [Attribute; N],
}

const fn counter(name: &'static str, help: &'static str) -> Attribute {
    Attribute { name, kind: Kind::Counter, help }
}
const fn gauge(name: &'static str, help: &'static str) -> Attribute {
    Attribute { name, kind: Kind::Gauge, help }
}
const fn connect<const N: usize>(name: &'static str, numbers: [Attribute; N]) -> Group<N> {
    Group { domain: "kafka.connect", name, numbers }
}

/// Texts of a connector: status, class, type and version.
pub const CONNECTOR: Group<0> = connect("connector-metrics", []);
/// Texts of a transform of a task.
pub const TRANSFORM: Group<0> = connect("connector-transform-metrics", []);
/// Texts of a predicate of a task.
pub const PREDICATE: Group<0> = connect("connector-predicate-metrics", []);

/// Of every task.
pub const TASK: Group<8> = connect(
    "connector-task-metrics",
    [
        gauge("running-ratio", "Share of its time that the task has been running."),
        gauge("pause-ratio", "Share of its time that the task has been paused."),
        gauge("offset-commit-max-time-ms", "Longest commit of offsets."),
        gauge("offset-commit-avg-time-ms", "Mean time of a commit of offsets."),
        gauge("batch-size-max", "Records of the largest batch."),
        gauge("batch-size-avg", "Mean number of records of a batch."),
        gauge(
            "offset-commit-failure-percentage",
            "Share of the commits of offsets that failed, from 0 to 1.",
        ),
        gauge(
            "offset-commit-success-percentage",
            "Share of the commits of offsets that succeeded, from 0 to 1.",
        ),
    ],
);

/// Of a source task.
pub const SOURCE: Group<9> = connect(
    "source-task-metrics",
    [
        gauge("source-record-poll-rate", "Records polled per second, before transforms."),
        counter("source-record-poll-total", "Records polled, before transforms."),
        gauge("source-record-write-rate", "Records written to Kafka per second, without those left out."),
        counter("source-record-write-total", "Records written to Kafka, without those left out."),
        gauge("poll-batch-max-time-ms", "Longest poll that returned records."),
        gauge("poll-batch-avg-time-ms", "Mean time of a poll that returned records."),
        gauge("source-record-active-count", "Records polled and not yet written to Kafka or left out."),
        gauge("source-record-active-count-max", "The most records polled and not yet written."),
        gauge("source-record-active-count-avg", "Mean number of records polled and not yet written."),
    ],
);

/// Of a source task with exactly-once support, beside [`SOURCE`].
pub const TRANSACTION: Group<3> = connect(
    "source-task-metrics",
    [
        gauge("transaction-size-min", "Records of the smallest committed transaction."),
        gauge("transaction-size-max", "Records of the largest committed transaction."),
        gauge("transaction-size-avg", "Mean number of records of a committed transaction."),
    ],
);

/// Of a sink task.
pub const SINK: Group<15> = connect(
    "sink-task-metrics",
    [
        gauge("sink-record-read-rate", "Records consumed per second, before transforms."),
        counter("sink-record-read-total", "Records consumed, before transforms."),
        gauge("sink-record-send-rate", "Records given to the task per second, after transforms."),
        counter("sink-record-send-total", "Records given to the task, after transforms."),
        gauge("sink-record-active-count", "Records consumed whose offsets are not committed."),
        gauge("sink-record-active-count-max", "The most records consumed whose offsets were not committed."),
        gauge(
            "sink-record-active-count-avg",
            "Mean number of records consumed whose offsets were not committed.",
        ),
        gauge("partition-count", "Partitions assigned to the task."),
        gauge("offset-commit-seq-no", "Number of the last commit of offsets."),
        gauge("offset-commit-completion-rate", "Commits of offsets that succeeded, per second."),
        counter("offset-commit-completion-total", "Commits of offsets that succeeded."),
        gauge(
            "offset-commit-skip-rate",
            "Commits of offsets whose answer came too late to count, per second.",
        ),
        counter("offset-commit-skip-total", "Commits of offsets whose answer came too late to count."),
        gauge("put-batch-max-time-ms", "Longest put of a batch."),
        gauge("put-batch-avg-time-ms", "Mean time of a put of a batch."),
    ],
);

/// Of every task: its records that failed.
pub const ERRORS: Group<8> = connect(
    "task-error-metrics",
    [
        counter("total-record-failures", "Failed attempts to process a record."),
        counter("total-record-errors", "Records whose processing failed for good."),
        counter("total-records-skipped", "Records left out because of an error."),
        counter("total-retries", "Operations tried again."),
        counter("total-errors-logged", "Errors written to the log (errors.log.enable)."),
        counter("deadletterqueue-produce-requests", "Records sent to the dead letter queue."),
        counter("deadletterqueue-produce-failures", "Records that did not arrive in the dead letter queue."),
        gauge("last-error-timestamp", "Time of the last error, milliseconds since 1970; 0: none yet."),
    ],
);

/// Of the worker.
pub const WORKER: Group<12> = connect(
    "connect-worker-metrics",
    [
        gauge("connector-count", "Connectors of this worker."),
        gauge("task-count", "Tasks of this worker."),
        counter("connector-startup-attempts-total", "Starts of connectors."),
        counter("connector-startup-success-total", "Starts of connectors that succeeded."),
        gauge(
            "connector-startup-success-percentage",
            "Share of the starts of connectors that succeeded, from 0 to 1.",
        ),
        counter("connector-startup-failure-total", "Starts of connectors that failed."),
        gauge(
            "connector-startup-failure-percentage",
            "Share of the starts of connectors that failed, from 0 to 1.",
        ),
        counter("task-startup-attempts-total", "Starts of tasks."),
        counter("task-startup-success-total", "Starts of tasks that succeeded."),
        gauge("task-startup-success-percentage", "Share of the starts of tasks that succeeded, from 0 to 1."),
        counter("task-startup-failure-total", "Starts of tasks that failed."),
        gauge("task-startup-failure-percentage", "Share of the starts of tasks that failed, from 0 to 1."),
    ],
);

/// Of the tasks of each connector on this worker.
pub const WORKER_CONNECTOR: Group<7> = connect(
    "connect-worker-metrics",
    [
        gauge("connector-total-task-count", "Tasks of the connector."),
        gauge("connector-running-task-count", "Tasks of the connector that run."),
        gauge("connector-paused-task-count", "Tasks of the connector that are paused."),
        gauge("connector-failed-task-count", "Tasks of the connector that failed."),
        gauge("connector-unassigned-task-count", "Tasks of the connector that nobody runs."),
        gauge("connector-destroyed-task-count", "Tasks of the connector that are being deleted."),
        gauge("connector-restarting-task-count", "Tasks of the connector that are about to restart."),
    ],
);

/// When the worker started; its version and commit are texts.
pub const APP_INFO: Group<1> =
    connect("app-info", [gauge("start-time-ms", "When the worker started, milliseconds since 1970.")]);

/// How many attributes there are.
pub const COUNT: Group<1> = connect(
    "kafka-metrics-count",
    [gauge("count", "Attributes of the worker's MBeans, this one among them.")],
);

const fn client<const N: usize>(
    domain: &'static str,
    name: &'static str,
    numbers: [Attribute; N],
) -> Group<N> {
    Group { domain, name, numbers }
}

/// What every Kafka client has.
const CLIENT: [Attribute; 12] = [
    gauge("connection-count", "Connections that are up."),
    counter("connection-creation-total", "Connections made."),
    counter("connection-close-total", "Connections lost."),
    gauge("request-rate", "Requests sent per second."),
    counter("request-total", "Requests sent."),
    gauge("response-rate", "Answers received per second."),
    counter("response-total", "Answers received."),
    gauge("outgoing-byte-rate", "Bytes sent per second."),
    counter("outgoing-byte-total", "Bytes sent."),
    gauge("incoming-byte-rate", "Bytes received per second."),
    counter("incoming-byte-total", "Bytes received."),
    gauge("requests-in-flight", "Requests without an answer yet."),
];

/// Connections of a producer.
pub const PRODUCER_CLIENT: Group<12> = client("kafka.producer", "producer-metrics", CLIENT);
/// Connections of a consumer.
pub const CONSUMER_CLIENT: Group<12> = client("kafka.consumer", "consumer-metrics", CLIENT);

/// Records of a producer.
pub const PRODUCER: Group<13> = client(
    "kafka.producer",
    "producer-metrics",
    [
        gauge("request-latency-avg", "Mean time from request to answer, in ms."),
        gauge("request-latency-max", "Longest time from request to answer, in ms."),
        gauge("record-send-rate", "Records sent per second."),
        counter("record-send-total", "Records sent."),
        gauge("record-queue-time-avg", "Mean time of records in the queue, in ms."),
        gauge("record-queue-time-max", "Longest time of a record in the queue, in ms."),
        gauge("batch-size-avg", "Mean bytes of a batch."),
        gauge("batch-size-max", "Bytes of the largest batch."),
        gauge("records-per-request-avg", "Mean number of records of a batch."),
        gauge("produce-throttle-time-avg", "Mean time for which the broker held requests back, in ms."),
        gauge("produce-throttle-time-max", "Longest time for which the broker held a request back, in ms."),
        gauge("buffer-total-bytes", "Bytes that the queue may hold."),
        gauge("buffer-available-bytes", "Bytes of the queue that are free."),
    ],
);

/// Records of a producer, for each topic.
pub const PRODUCER_TOPIC: Group<4> = client(
    "kafka.producer",
    "producer-topic-metrics",
    [
        gauge("record-send-rate", "Records sent to the topic per second."),
        counter("record-send-total", "Records sent to the topic."),
        gauge("byte-rate", "Bytes sent to the topic per second."),
        counter("byte-total", "Bytes sent to the topic."),
    ],
);

/// Records of a consumer.
pub const FETCH: Group<11> = client(
    "kafka.consumer",
    "consumer-fetch-manager-metrics",
    [
        gauge("records-consumed-rate", "Records received per second."),
        counter("records-consumed-total", "Records received."),
        gauge("bytes-consumed-rate", "Bytes of records received per second."),
        counter("bytes-consumed-total", "Bytes of records received."),
        gauge("fetch-rate", "Fetches per second."),
        counter("fetch-total", "Fetches."),
        gauge("fetch-latency-avg", "Mean time from request to answer, waits for records included, in ms."),
        gauge("fetch-latency-max", "Longest time from request to answer, waits for records included, in ms."),
        gauge("fetch-throttle-time-avg", "Mean time for which the broker held requests back, in ms."),
        gauge("fetch-throttle-time-max", "Longest time for which the broker held a request back, in ms."),
        gauge("records-lag-max", "The most records that any partition is behind its end."),
    ],
);

/// Records of a consumer that it is behind, for each partition.
pub const FETCH_PARTITION: Group<1> = client(
    "kafka.consumer",
    "consumer-fetch-manager-metrics",
    [gauge("records-lag", "Records that the partition is behind its end.")],
);

/// A consumer in its group.
pub const COORDINATOR: Group<3> = client(
    "kafka.consumer",
    "consumer-coordinator-metrics",
    [
        gauge("assigned-partitions", "Partitions that the consumer owns."),
        counter("rebalance-total", "Rebalances that it took part in."),
        gauge("last-rebalance-seconds-ago", "Seconds since the last; -1 before the first."),
    ],
);
