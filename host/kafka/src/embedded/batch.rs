//! The stored form of a run of records: one value of the storage engine.
//!
//! ```text
//! version u8 · flags u8 · count u32 · last offset delta u32 · base timestamp i64 · max timestamp i64 ·
//! transaction u64 · records
//! record: offset delta · timestamp delta (zigzag) · key · value · header count · (name · value)*
//! ```
//! Numbers of the head are little endian, those of records are variable length; a byte string is
//! its length plus one (0 is null) and its bytes. The base offset is in the key, so that a batch
//! is built before its place is known.

use crate::{Error, ErrorKind, Header, ProducerRecord, Result};

const VERSION: u8 = 1;
const HEAD: usize = 34;

/// A batch under construction; the buffer is reused from batch to batch.
pub(super) struct BatchBuilder {
    bytes: Vec<u8>,
    count: u32,
    last_delta: u32,
    base_timestamp: i64,
    max_timestamp: i64,
}

impl BatchBuilder {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; HEAD], count: 0, last_delta: 0, base_timestamp: 0, max_timestamp: i64::MIN }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.truncate(HEAD);
        self.count = 0;
        self.last_delta = 0;
        self.max_timestamp = i64::MIN;
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Bytes so far, the head included.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends the next record of a producer.
    pub(super) fn push(&mut self, record: &ProducerRecord<'_>, timestamp: i64) {
        self.push_at(self.count, timestamp, record.key, record.value, record.headers);
    }

    /// Appends a record at `delta` offsets after the base, as the cleaner does.
    pub(super) fn push_at(
        &mut self,
        delta: u32,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header<'_>],
    ) {
        if self.count == 0 {
            self.base_timestamp = timestamp;
        }
        self.max_timestamp = self.max_timestamp.max(timestamp);
        self.count += 1;
        self.last_delta = delta;
        let out = &mut self.bytes;
        put_varint(out, u64::from(delta));
        put_varint(out, zigzag(timestamp.wrapping_sub(self.base_timestamp)));
        put_bytes(out, key);
        put_bytes(out, value);
        put_varint(out, headers.len() as u64);
        for (name, value) in headers {
            put_bytes(out, Some(name.as_bytes()));
            put_bytes(out, *value);
        }
    }

    /// Writes the head and shows the whole batch. `last_delta` is given where records were dropped
    /// from the end, so that the batch still covers their offsets.
    pub(super) fn finish(&mut self, transaction: u64, last_delta: Option<u32>) -> &[u8] {
        let head = &mut self.bytes[..HEAD];
        head[0] = VERSION;
        head[1] = 0;
        head[2..6].copy_from_slice(&self.count.to_le_bytes());
        head[6..10].copy_from_slice(&last_delta.unwrap_or(self.last_delta).to_le_bytes());
        head[10..18].copy_from_slice(&self.base_timestamp.to_le_bytes());
        head[18..26].copy_from_slice(&self.max_timestamp.to_le_bytes());
        head[26..34].copy_from_slice(&transaction.to_le_bytes());
        &self.bytes
    }
}

/// The head of a stored batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchHead {
    pub(super) count: u32,
    pub(super) last_delta: u32,
    pub(super) base_timestamp: i64,
    pub(super) max_timestamp: i64,
    /// Number of the transaction that wrote it, 0 for none.
    pub(super) transaction: u64,
}

impl BatchHead {
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let fixed = |at: usize| -> Option<[u8; 8]> { bytes.get(at..at + 8)?.try_into().ok() };
        let small = |at: usize| -> Option<[u8; 4]> { bytes.get(at..at + 4)?.try_into().ok() };
        let head = || {
            Some(Self {
                count: u32::from_le_bytes(small(2)?),
                last_delta: u32::from_le_bytes(small(6)?),
                base_timestamp: i64::from_le_bytes(fixed(10)?),
                max_timestamp: i64::from_le_bytes(fixed(18)?),
                transaction: u64::from_le_bytes(fixed(26)?),
            })
        };
        match bytes.first() {
            Some(&VERSION) => head().ok_or_else(damaged),
            Some(version) => Err(Error::new(
                ErrorKind::Fatal,
                format!(
                    "a stored batch has format {version}, this ferry reads {VERSION}: it was written by a newer one"
                ),
            )),
            None => Err(damaged()),
        }
    }
}

/// One record of a stored batch.
pub(super) struct StoredRecord<'a> {
    pub(super) delta: u32,
    pub(super) timestamp: i64,
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
}

/// Walks the records of a stored batch; the position can be kept and taken up again.
pub(super) struct RecordReader<'a> {
    bytes: &'a [u8],
    base_timestamp: i64,
    position: usize,
}

impl<'a> RecordReader<'a> {
    /// Starts at `position`, 0 for the first record.
    pub(super) fn new(bytes: &'a [u8], head: &BatchHead, position: usize) -> Self {
        Self { bytes, base_timestamp: head.base_timestamp, position: position.max(HEAD) }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// The next record and its headers, which replace the content of `headers`; `None` at the end.
    #[inline]
    pub(super) fn next(&mut self, headers: &mut Vec<Header<'a>>) -> Result<Option<StoredRecord<'a>>> {
        if self.position >= self.bytes.len() {
            return Ok(None);
        }
        self.record(headers).map(Some).ok_or_else(damaged)
    }

    #[inline]
    fn record(&mut self, headers: &mut Vec<Header<'a>>) -> Option<StoredRecord<'a>> {
        let delta = u32::try_from(self.varint()?).ok()?;
        let timestamp = self.base_timestamp.wrapping_add(unzigzag(self.varint()?));
        let key = self.bytes()?;
        let value = self.bytes()?;
        let header_count = self.varint()?;
        headers.clear();
        for _ in 0..header_count {
            let name = std::str::from_utf8(self.bytes()??).ok()?;
            headers.push((name, self.bytes()?));
        }
        Some(StoredRecord { delta, timestamp, key, value })
    }

    #[inline]
    fn varint(&mut self) -> Option<u64> {
        let first = *self.bytes.get(self.position)?;
        self.position += 1;
        if first < 0x80 {
            return Some(u64::from(first));
        }
        let mut value = u64::from(first & 0x7f);
        let mut shift = 7;
        loop {
            let byte = *self.bytes.get(self.position)?;
            self.position += 1;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
            shift += 7;
        }
    }

    /// Outer `None`: damaged. Inner `None`: null.
    #[inline]
    #[expect(clippy::option_option, reason = "null and damaged are different things")]
    fn bytes(&mut self) -> Option<Option<&'a [u8]>> {
        match usize::try_from(self.varint()?).ok()?.checked_sub(1) {
            None => Some(None),
            Some(length) => {
                let end = self.position.checked_add(length)?;
                let found = self.bytes.get(self.position..end)?;
                self.position = end;
                Some(Some(found))
            }
        }
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Fatal, "a stored batch is damaged")
}

#[inline]
fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[inline]
fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => out.push(0),
        Some(bytes) => {
            put_varint(out, bytes.len() as u64 + 1);
            out.extend_from_slice(bytes);
        }
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Owned = (i64, Option<Vec<u8>>, Option<Vec<u8>>, Vec<(String, Option<Vec<u8>>)>);

    fn read_all(bytes: &[u8]) -> Result<Vec<Owned>> {
        let head = BatchHead::read(bytes)?;
        let mut reader = RecordReader::new(bytes, &head, 0);
        let (mut headers, mut all) = (Vec::new(), Vec::new());
        while let Some(record) = reader.next(&mut headers)? {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.map(<[u8]>::to_vec)));
            all.push((
                record.timestamp,
                record.key.map(<[u8]>::to_vec),
                record.value.map(<[u8]>::to_vec),
                headers.collect(),
            ));
        }
        Ok(all)
    }

    fn bytes() -> impl Strategy<Value = Option<Vec<u8>>> {
        prop::option::of(prop::collection::vec(any::<u8>(), 0..200))
    }

    fn record() -> impl Strategy<Value = Owned> {
        (any::<i64>(), bytes(), bytes(), prop::collection::vec((".{0,8}", bytes()), 0..3))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_written_is_read(records in prop::collection::vec(record(), 0..20)) {
            let mut builder = BatchBuilder::new();
            for (timestamp, key, value, headers) in &records {
                let headers: Vec<Header<'_>> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
                let record = ProducerRecord { key: key.as_deref(), value: value.as_deref(), headers: &headers, ..Default::default() };
                builder.push(&record, *timestamp);
            }
            prop_assert_eq!(read_all(builder.finish(7, None)).unwrap(), records);
        }

        #[test]
        fn damaged_bytes_are_an_error_not_a_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = read_all(&bytes);
            if let Some(first) = bytes.first_mut() {
                *first = VERSION;
            }
            let _ = read_all(&bytes);
        }
    }
}
