//! Reads request bodies as Jackson does, down to the words in which it complains.

mod chars;
mod fault;
mod reader;
mod shape;
mod token;

pub(crate) use fault::Fault;
pub(crate) use reader::Reader;
pub(crate) use shape::{Bean, list, map_of_objects, map_of_texts, read, text};
pub(crate) use token::Token;
