//! Java serialization of a `HashMap<byte[], byte[]>`: the JVM worker's offset file.
//!
//! The stream is fixed but for sizes and bytes, so this is a reader and a writer of that one shape and
//! not of Java serialization at large.

/// Entries in the order of the stream; a key or a value may be null.
pub type Entries = Vec<(Option<Vec<u8>>, Option<Vec<u8>>)>;

/// A file that holds something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JavaMapError {
    /// Another class than a map.
    #[error("Expected HashMap but found class {0}")]
    WrongClass(String),
    /// Keys or values that are no byte arrays.
    #[error("expected byte[] as key and value but found {0}")]
    WrongElement(String),
    /// The stream ends early.
    #[error("the file is cut off after {0} bytes")]
    Truncated(usize),
    /// No Java serialization, or damaged.
    #[error("not a serialized java.util.HashMap: unexpected byte 0x{found:02x} at {at}")]
    Malformed {
        /// Offset in the file.
        at: usize,
        /// The byte there.
        found: u8,
    },
}

const MAGIC: [u8; 4] = [0xac, 0xed, 0x00, 0x05];
const TC_NULL: u8 = 0x70;
const TC_REFERENCE: u8 = 0x71;
const TC_CLASSDESC: u8 = 0x72;
const TC_OBJECT: u8 = 0x73;
const TC_STRING: u8 = 0x74;
const TC_ARRAY: u8 = 0x75;
const TC_BLOCKDATA: u8 = 0x77;
const TC_ENDBLOCKDATA: u8 = 0x78;

/// What follows `TC_OBJECT TC_CLASSDESC` for `java.util.HashMap`: name, serialVersionUID, flags, the two
/// fields `loadFactor` and `threshold`, end of annotations, no superclass.
const HASH_MAP_CLASS: &[u8] = b"\x00\x11java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00\x02\
F\x00\x0aloadFactorI\x00\x09threshold\x78\x70";
/// The same for `byte[]`.
const BYTES_CLASS: &[u8] = b"\x00\x02[B\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\x00\x00\x78\x70";

/// Handle of the first object of a stream.
const BASE_HANDLE: u32 = 0x007e_0000;
/// Handle of the class `byte[]`: the third thing written, after the class and the map itself.
const BYTES_CLASS_HANDLE: u32 = BASE_HANDLE + 2;
/// Handle of the first array.
const FIRST_ARRAY_HANDLE: u32 = BASE_HANDLE + 3;
/// `0.75f`, the load factor of every map that a worker makes.
const LOAD_FACTOR: [u8; 4] = [0x3f, 0x40, 0, 0];

/// Buckets of a map that grew by insertion from the default of 16.
fn buckets(len: usize) -> usize {
    ferry_config::java_order::buckets(len)
}

/// Writes the map as `ObjectOutputStream.writeObject` does after inserting the entries one by one.
pub fn write<'a>(entries: impl ExactSizeIterator<Item = (Option<&'a [u8]>, Option<&'a [u8]>)>) -> Vec<u8> {
    let len = entries.len();
    let buckets = buckets(len);
    let mut out = Vec::with_capacity(128 + len * 128);
    out.extend(MAGIC);
    out.extend([TC_OBJECT, TC_CLASSDESC]);
    out.extend(HASH_MAP_CLASS);
    out.extend(LOAD_FACTOR);
    // An empty map has no table yet, and with it no threshold.
    out.extend(size(if len == 0 { 0 } else { buckets / 4 * 3 }));
    out.extend([TC_BLOCKDATA, 8]);
    out.extend(size(buckets));
    out.extend(size(len));
    let mut class_written = false;
    for (key, value) in entries {
        array(&mut out, key, &mut class_written);
        array(&mut out, value, &mut class_written);
    }
    out.push(TC_ENDBLOCKDATA);
    out
}

fn array(out: &mut Vec<u8>, bytes: Option<&[u8]>, class_written: &mut bool) {
    let Some(bytes) = bytes else {
        out.push(TC_NULL);
        return;
    };
    out.push(TC_ARRAY);
    if *class_written {
        out.push(TC_REFERENCE);
        out.extend(BYTES_CLASS_HANDLE.to_be_bytes());
    } else {
        out.push(TC_CLASSDESC);
        out.extend(BYTES_CLASS);
        *class_written = true;
    }
    out.extend(size(bytes.len()));
    out.extend(bytes);
}

/// A Java `int`; neither an entry count nor an offset comes near its limit.
fn size(len: usize) -> [u8; 4] {
    i32::try_from(len).unwrap_or(i32::MAX).to_be_bytes()
}

/// Reads a map. No bytes at all are an empty one, as for the JVM worker.
///
/// # Errors
/// The bytes are not such a map.
pub fn read(bytes: &[u8]) -> Result<Entries, JavaMapError> {
    if bytes.is_empty() {
        return Ok(Entries::new());
    }
    let mut stream = Stream { bytes, at: 0, arrays: Vec::new() };
    stream.expect(&MAGIC)?;
    stream.map_head()?;
    let len = stream.int()?;
    let mut entries = Entries::new();
    for _ in 0..len {
        let key = stream.array()?;
        let value = stream.array()?;
        entries.push((key, value));
    }
    stream.expect(&[TC_ENDBLOCKDATA])?;
    Ok(entries)
}

struct Stream<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The arrays so far, by handle.
    arrays: Vec<&'a [u8]>,
}

impl<'a> Stream<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], JavaMapError> {
        let end = self.at.checked_add(len).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or(JavaMapError::Truncated(self.bytes.len()))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, JavaMapError> {
        Ok(self.take(1)?[0])
    }

    fn int(&mut self) -> Result<u32, JavaMapError> {
        let at = self.at;
        let bytes: [u8; 4] = self.take(4)?.try_into().unwrap_or_default();
        let value = i32::from_be_bytes(bytes);
        u32::try_from(value).map_err(|_| JavaMapError::Malformed { at, found: bytes[0] })
    }

    fn expect(&mut self, expected: &[u8]) -> Result<(), JavaMapError> {
        for &byte in expected {
            let at = self.at;
            let found = self.byte()?;
            if found != byte {
                return Err(JavaMapError::Malformed { at, found });
            }
        }
        Ok(())
    }

    /// A name in modified UTF-8, which for class names is ASCII.
    fn name(&mut self) -> Result<String, JavaMapError> {
        let len = self.take(2)?;
        let len = u16::from_be_bytes([len[0], len[1]]);
        Ok(String::from_utf8_lossy(self.take(len.into())?).into_owned())
    }

    /// From the object's tag to just before the number of entries.
    fn map_head(&mut self) -> Result<(), JavaMapError> {
        let at = self.at;
        match self.byte()? {
            TC_OBJECT => {}
            TC_STRING => return Err(JavaMapError::WrongClass("java.lang.String".to_owned())),
            TC_ARRAY => {
                self.expect(&[TC_CLASSDESC])?;
                return Err(JavaMapError::WrongClass(self.name()?));
            }
            found => return Err(JavaMapError::Malformed { at, found }),
        }
        self.expect(&[TC_CLASSDESC])?;
        let start = self.at;
        let name = self.name()?;
        if name != "java.util.HashMap" {
            return Err(JavaMapError::WrongClass(name));
        }
        self.at = start;
        self.expect(HASH_MAP_CLASS)?;
        self.take(8)?; // load factor and threshold: the reader's own map has its own
        self.expect(&[TC_BLOCKDATA, 8])?;
        self.int()?; // buckets: any number that is not negative
        Ok(())
    }

    fn array(&mut self) -> Result<Option<Vec<u8>>, JavaMapError> {
        let at = self.at;
        match self.byte()? {
            TC_NULL => Ok(None),
            TC_REFERENCE => {
                let handle = self.int()?;
                let index = handle.checked_sub(FIRST_ARRAY_HANDLE).map(|index| index as usize);
                let bytes = index.and_then(|index| self.arrays.get(index));
                bytes
                    .map(|bytes| Some(bytes.to_vec()))
                    .ok_or(JavaMapError::Malformed { at, found: TC_REFERENCE })
            }
            TC_ARRAY => {
                self.array_class()?;
                let len = self.int()?;
                let bytes = self.take(len as usize)?;
                self.arrays.push(bytes);
                Ok(Some(bytes.to_vec()))
            }
            TC_STRING => Err(JavaMapError::WrongElement("java.lang.String".to_owned())),
            TC_OBJECT => {
                self.expect(&[TC_CLASSDESC])?;
                Err(JavaMapError::WrongElement(self.name()?))
            }
            found => Err(JavaMapError::Malformed { at, found }),
        }
    }

    fn array_class(&mut self) -> Result<(), JavaMapError> {
        let at = self.at;
        match self.byte()? {
            TC_REFERENCE => self.expect(&BYTES_CLASS_HANDLE.to_be_bytes()),
            TC_CLASSDESC => {
                let start = self.at;
                let name = self.name()?;
                if name != "[B" {
                    return Err(JavaMapError::WrongElement(name));
                }
                self.at = start;
                self.expect(BYTES_CLASS)
            }
            found => Err(JavaMapError::Malformed { at, found }),
        }
    }
}

#[cfg(test)]
#[path = "java_map_tests.rs"]
mod tests;
