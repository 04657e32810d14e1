//! The boundary itself: function tables by abi_stable, the only place that knows of it.
//!
//! Each kind of object has a file with its table, the functions that a plugin fills it with (a safe
//! trait becomes a table) and the trait implementation that a host sees (a table becomes a safe
//! trait). Batches, records, schemas and values cross as they are ([`crate::raw`]); what is not on the
//! way of a record crosses in the owned types of [`wire`].
//!
//! Rules: a released field of a table never changes; new ones are appended below the
//! `last_prefix_field`, where a table that lacks them says so. Every function that runs an author's
//! code is guarded ([`crate::guard`]): none unwinds. Whoever made a thing frees it, through a function
//! pointer that travels with it.
#![allow(unsafe_code, missing_docs, non_camel_case_types, non_local_definitions)]

mod connector;
mod converter;
mod host;
pub mod image;
#[cfg(not(feature = "abi-test-older"))]
mod metrics;
mod object;
mod provider;
mod root;
mod sink;
mod source;
mod transform;
mod wire;

#[cfg(test)]
mod tests;

pub(crate) use root::root;
