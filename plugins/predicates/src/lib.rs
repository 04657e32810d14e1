//! Kafka Connect's predicates.
