//! Kafka Connect's transforms.
