//! Connect's data model: the only one in the project.
//!
//! [`Record`], [`ValueRef`] and [`Schema`] are borrowed, flat and cheap to pass on; [`Value`] is the
//! owned tree for configuration, offsets and tests; [`Batch`] is what crosses the boundary.

pub mod java;
mod logical;
mod record;
mod schema;
mod value;

pub use logical::{DATE, DECIMAL, TIME, TIMESTAMP};
pub use record::{Header, Record, TimestampType};
pub use schema::SchemaBuilder;
pub use value::Value;

pub use crate::raw::{
    Arena, Batch, Decimal, Entry, Field, Records, Schema, SchemaRef, SchemaType, Scratch, ValueRef, View,
};
