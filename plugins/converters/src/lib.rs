//! Kafka Connect's converters.
