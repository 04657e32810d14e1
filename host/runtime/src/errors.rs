//! Errors of the layers below in the terms of a task.

use ferry_plugin_abi::{Error, ErrorKind};

/// A Kafka error as a task error, under the class a Connect user knows.
pub fn from_kafka(error: ferry_kafka::Error) -> Error {
    use ferry_kafka::ErrorKind as Kafka;
    let (kind, class) = match error.kind() {
        Kafka::Retriable => (ErrorKind::Retriable, "org.apache.kafka.common.errors.RetriableException"),
        Kafka::TimedOut => (ErrorKind::Retriable, "org.apache.kafka.common.errors.TimeoutException"),
        Kafka::Config => (ErrorKind::Config, "org.apache.kafka.common.config.ConfigException"),
        Kafka::Authentication => {
            (ErrorKind::Config, "org.apache.kafka.common.errors.AuthenticationException")
        }
        Kafka::Authorization => (ErrorKind::Config, "org.apache.kafka.common.errors.AuthorizationException"),
        Kafka::TopicAuthorization => {
            (ErrorKind::Config, "org.apache.kafka.common.errors.TopicAuthorizationException")
        }
        Kafka::GroupAuthorization => {
            (ErrorKind::Config, "org.apache.kafka.common.errors.GroupAuthorizationException")
        }
        Kafka::Fenced => (ErrorKind::Fatal, "org.apache.kafka.common.errors.ProducerFencedException"),
        Kafka::UnknownTopic => {
            (ErrorKind::Fatal, "org.apache.kafka.common.errors.UnknownTopicOrPartitionException")
        }
        Kafka::TooLarge => (ErrorKind::Data, "org.apache.kafka.common.errors.RecordTooLargeException"),
        Kafka::BatchTooLarge => {
            (ErrorKind::Retriable, "org.apache.kafka.common.errors.RecordTooLargeException")
        }
        Kafka::Invalid => (ErrorKind::Data, "org.apache.kafka.common.errors.InvalidRecordException"),
        Kafka::InvalidConfig => {
            (ErrorKind::Config, "org.apache.kafka.common.errors.InvalidConfigurationException")
        }
        Kafka::InvalidReplicationFactor => {
            (ErrorKind::Fatal, "org.apache.kafka.common.errors.InvalidReplicationFactorException")
        }
        _ => (ErrorKind::Fatal, "org.apache.kafka.common.KafkaException"),
    };
    Error::new(kind, error.message()).class(class)
}
