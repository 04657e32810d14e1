//! Messages and their envelopes; schemas that were read before are not read again.

use std::collections::HashMap;

use ferry_sdk::data::{Arena, Schema, SchemaRef, ValueRef};
use ferry_sdk::{Error, Result};

use super::config::Settings;
use super::encoding;
use super::read::Reader;
use super::scan::{Cursor, Fail, Scan, serialization};
use super::schema;

/// An envelope's start longer than this is not remembered as the last one.
const LONGEST_PREFIX: usize = 64 << 10;

/// The schemas read so far, at most as many as `schemas.cache.size`.
#[derive(Debug, Default)]
pub struct Known {
    /// `schema.content`
    content: Option<SchemaRef>,
    /// All of the last message before its payload.
    prefix: Vec<u8>,
    /// The schema that `prefix` holds.
    last: Option<SchemaRef>,
    schemas: HashMap<String, Option<SchemaRef>>,
}

type Read<'a> = Result<(Option<&'a Schema>, ValueRef<'a>)>;

impl Known {
    /// None yet, but for `schema.content`.
    pub fn new(settings: &Settings) -> Result<Self> {
        let content = match &settings.content {
            Some(text) => {
                Cursor::new(text, 0).skip().map_err(|fail| match fail {
                    Fail::Syntax(why) => serialization(why, "Failed to parse schema in converter config"),
                    Fail::Data(error) => *error,
                })?;
                schema::parse(settings, text)?
            }
            None => None,
        };
        Ok(Self { content, ..Self::default() })
    }

    /// The schema and the value of a message.
    pub fn read<'a>(&mut self, settings: &Settings, bytes: &'a [u8], arena: &'a Arena) -> Read<'a> {
        let text = encoding::text(bytes, arena);
        if !settings.schemas {
            return bare(settings, None, text, arena);
        }
        if let Some(schema) = &self.content {
            return bare(settings, Some(arena.schema(schema)), text, arena);
        }
        if !self.prefix.is_empty() && text.as_bytes().starts_with(&self.prefix) {
            let schema = self.last.as_ref().map(|s| arena.schema(s));
            let mut reader = Reader::new(Cursor::new(text, self.prefix.len()), arena, settings);
            if let Ok(value) = reader.value(schema)
                && reader.cursor.peek() == Some(b'}')
            {
                return Ok((schema, value));
            }
            // Another member follows or something is wrong: the long way finds out what.
        }
        self.enveloped(settings, text, arena)
    }

    /// Looks for the two members first, so that a text that is no JSON is told as such whatever else
    /// is wrong with it.
    #[cold]
    fn enveloped<'a>(&mut self, settings: &Settings, text: &'a str, arena: &'a Arena) -> Read<'a> {
        let not_envelope = || {
            Error::data(
                "JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not contain additional \
                 fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter \
                 configuration.",
            )
        };
        let Some(Members { schema: Some(schema), payload: Some(payload), others: 0, plain }) = members(text)?
        else {
            return Err(not_envelope());
        };
        let schema = self.schema(settings, &text[schema.0..schema.1])?;
        if plain && payload.0 <= LONGEST_PREFIX {
            self.prefix.clear();
            self.prefix.extend_from_slice(&text.as_bytes()[..payload.0]);
            self.last.clone_from(&schema);
        }
        let schema = schema.map(|s| arena.schema(&s));
        let value = Reader::new(Cursor::new(text, payload.0), arena, settings).value(schema)?;
        Ok((schema, value))
    }

    fn schema(&mut self, settings: &Settings, text: &str) -> Result<Option<SchemaRef>> {
        if let Some(schema) = self.schemas.get(text) {
            return Ok(schema.clone());
        }
        let schema = schema::parse(settings, text)?;
        if self.schemas.len() >= settings.cache_size {
            self.schemas.clear();
        }
        self.schemas.insert(text.to_owned(), schema.clone());
        Ok(schema)
    }
}

/// A message without an envelope.
fn bare<'a>(settings: &Settings, schema: Option<&'a Schema>, text: &'a str, arena: &'a Arena) -> Read<'a> {
    let mut reader = Reader::new(Cursor::new(text, 0), arena, settings);
    if reader.cursor.peek().is_none() {
        return Ok((schema, reader.missing(schema)?));
    }
    let start = reader.cursor.clone();
    match reader.value(schema) {
        Ok(value) => Ok((schema, value)),
        Err(fail) => {
            reader.cursor = start;
            reader.cursor.skip()?;
            Err(fail.into())
        }
    }
}

/// The members of an envelope by where they begin and end; of equal names the last counts.
#[derive(Default)]
struct Members {
    schema: Option<(usize, usize)>,
    payload: Option<(usize, usize)>,
    others: usize,
    /// First one schema, then one payload, and nothing else.
    plain: bool,
}

/// `None`: not an object.
fn members(text: &str) -> Scan<Option<Members>> {
    let mut cursor = Cursor::new(text, 0);
    if cursor.peek().is_none() {
        return Ok(None);
    }
    if cursor.peek() != Some(b'{') {
        cursor.skip()?;
        return Ok(None);
    }
    let mut members = Members { plain: true, ..Members::default() };
    let (mut first, mut count) = (true, 0);
    cursor.open()?;
    while let Some(name) = cursor.next_key(&mut first)? {
        cursor.peek();
        let start = cursor.at();
        cursor.skip()?;
        let span = Some((start, cursor.at()));
        match &*name {
            "schema" => {
                members.plain &= count == 0;
                members.schema = span;
            }
            "payload" => {
                members.plain &= count == 1;
                members.payload = span;
            }
            _ => members.others += 1,
        }
        count += 1;
    }
    Ok(Some(members))
}
