//! What `ferry_sdk::prelude` brings into scope.

pub use std::time::Duration;

pub use crate::api::{
    Ack, Connector, ConnectorContext, Outcome, Predicate, SinkContext, SourceContext, TopicPartition,
    Transform,
};
pub use crate::block_on;
pub use crate::config::{ConfigMap, Secret};
pub use crate::data::{
    Arena, Batch, Header, Record, Records, Schema, SchemaBuilder, SchemaRef, SchemaType, Value, ValueRef,
    View,
};
pub use crate::metrics::{Counter, Gauge, PluginMetrics, Sensor};
pub use crate::{Config, Emit, Error, ErrorKind, IntoData, Result, Sink, Source};
