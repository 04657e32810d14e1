//! From lines to a batch of records that point into the chunk the lines are in.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ferry_sdk::data::{Arena, Batch, Entry, Record, Schema, Value, ValueRef, java};
use ferry_sdk::{Error, Result};

use crate::connector::POSITION;
use crate::follow::FILE_IDENTITY;
use crate::format::Convert;
use crate::lines::{Line, Lines};
use crate::position::utf16_len;

/// What all records of a batch have in common.
pub struct Origin<'o> {
    /// Where they go.
    pub topic: &'o str,
    /// The source partition.
    pub partition: &'o Value,
    /// Which file the position belongs to, where files are followed.
    pub identity: Option<&'o str>,
    /// Whether positions are kept: not for standard input.
    pub tracked: bool,
}

/// Says what is wrong with the row at a position; an error ends the batch.
pub type BadRow<'b> = &'b mut dyn FnMut(u64, &str) -> Result<()>;

/// The records of the lines that `lines` found last, from `position` on. Goes on behind the last of them, or
/// before a row that is bad and not to be skipped: its error comes when it is the first. `None`: all lines
/// were skipped.
pub fn build<C: Convert>(
    origin: &Origin<'_>,
    lines: &mut Lines,
    position: &mut u64,
    convert: &C,
    bad_row: BadRow<'_>,
) -> Result<Option<Batch>> {
    let found = lines.found();
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return Ok(None) };
    let (base, until) = (first.start as usize, last.next as usize);
    let mut at = Done { next: base, position: *position };
    let batch = Batch::build(|out| {
        let arena = out.arena();
        out.reserve(found.len());
        let bytes = &arena.keep(Arc::clone(lines.chunk())).bytes()[base..until];
        let text = simdutf8::basic::from_utf8(bytes).ok();
        let ascii = text.is_some_and(str::is_ascii);
        let schema = C::TEXT.then(|| arena.schema(Schema::string()));
        let template = Record::to(arena.str(origin.topic)).with_timestamp(now());
        let partition = origin.partition.put(arena);
        let identity = origin.identity.map(|identity| arena.str(identity));
        for line in found {
            let Line { start, end, next } = *line;
            let (start, end, next) = (start as usize - base, end as usize - base, next as usize - base);
            let text = match text {
                Some(text) => &text[start..end],
                None => decode(&bytes[start..end], arena),
            };
            let units = if ascii { next - start } else { utf16_len(text) + (next - end) };
            let value = match convert.convert(text, arena) {
                Ok(value) => value,
                Err(reason) => {
                    if let Err(error) = bad_row(at.position, &reason) {
                        return if out.is_empty() { Err(error) } else { Ok(()) };
                    }
                    None
                }
            };
            at = Done { next: base + next, position: at.position + units as u64 };
            if let Some(value) = value {
                let offset = offset(at.position, origin.tracked, identity, arena);
                out.push(template.with_value(schema, value).from_source(partition, offset));
            }
        }
        out.account(at.next - base);
        Ok::<(), Error>(())
    });
    let batch = batch?;
    lines.consume(at.next);
    *position = at.position;
    Ok((!batch.is_empty()).then_some(batch))
}

struct Done {
    next: usize,
    position: u64,
}

fn offset<'a>(position: u64, tracked: bool, identity: Option<&'a str>, arena: &'a Arena) -> ValueRef<'a> {
    let value = if tracked { ValueRef::int64(position as i64) } else { ValueRef::NULL };
    let position = Entry { key: ValueRef::str(POSITION), value };
    ValueRef::map(match identity {
        None => arena.entries(&[position]),
        Some(identity) => arena.entries(&[
            position,
            Entry { key: ValueRef::str(FILE_IDENTITY), value: ValueRef::str(identity) },
        ]),
    })
}

fn decode<'a>(bytes: &'a [u8], arena: &'a Arena) -> &'a str {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => arena.str(&java::decode(bytes)),
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
