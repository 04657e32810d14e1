//! Flat `repr(C)` memory that batches are made of: the only unsafe code of the data model.
//!
//! Everything here has the same layout on both sides of the plugin boundary. Safe views of it
//! are in [`crate::data`]; nothing outside this module touches a pointer.
#![allow(unsafe_code)]

mod arena;
mod batch;
mod schema;
mod slice;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use arena::ArenaOwner;
pub use arena::{Arena, Scratch};
pub use batch::{Batch, Records};
pub(crate) use schema::SchemaParts;
pub use schema::{Field, Schema, SchemaRef, SchemaType};
pub use slice::{Slice, Str};
pub use value::{Decimal, Entry, ValueRef, View};
