//! Reads the standalone offsets file: a Java-serialised `HashMap<byte[], byte[]>`.
//!
//! Written from the stream grammar, not from Ferry's own reader, so that a fault of one does not
//! hide in the other.

use std::collections::BTreeMap;

use serde_json::Value;

/// The entries, keys and values as JSON; a missing or empty file has none.
///
/// # Errors
/// What is wrong with the file, with the position.
pub fn parse(bytes: &[u8]) -> Result<BTreeMap<String, Option<Value>>, String> {
    let mut map = BTreeMap::new();
    if bytes.is_empty() {
        return Ok(map);
    }
    let mut at = Cursor { bytes, at: 0, arrays: Vec::new(), class_seen: false };
    at.expect("stream header", &[0xac, 0xed, 0, 5])?;
    at.expect("map object", &[0x73, 0x72, 0, 17])?;
    at.expect("map class", b"java.util.HashMap")?;
    at.expect("map serial", &[5, 7, 0xda, 0xc1, 0xc3, 0x16, 0x60, 0xd1])?;
    at.expect("fields", b"\x03\x00\x02F\x00\x0aloadFactorI\x00\x09thresholdxp")?;
    let load_factor = f32::from_bits(at.int()?);
    if load_factor != 0.75 {
        return Err(format!("load factor {load_factor}"));
    }
    let _threshold = at.int()?;
    at.expect("block data", &[0x77, 8])?;
    let buckets = at.int()?;
    if !buckets.is_power_of_two() {
        return Err(format!("{buckets} buckets"));
    }
    let size = at.int()?;
    for _ in 0..size {
        let key = at.array()?.ok_or("a null key")?;
        let value = at.array()?;
        let key = String::from_utf8(key).map_err(|e| format!("key: {e}"))?;
        let value = match value {
            None => None,
            Some(bytes) => Some(serde_json::from_slice(&bytes).map_err(|e| format!("value of {key}: {e}"))?),
        };
        if map.insert(key.clone(), value).is_some() {
            return Err(format!("key twice: {key}"));
        }
    }
    at.expect("end of the map", &[0x78])?;
    if at.at != bytes.len() {
        return Err(format!("{} bytes after the end", bytes.len() - at.at));
    }
    Ok(map)
}

/// A byte array that was read, known by its place in the order of handles.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    arrays: Vec<Vec<u8>>,
    class_seen: bool,
}

/// Handle of the first array: after the two of the map and the one of the array class.
const FIRST_ARRAY: u32 = 0x007e_0003;

impl Cursor<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], String> {
        let found = self
            .bytes
            .get(self.at..self.at + count)
            .ok_or_else(|| format!("the file ends at {} where {count} bytes are due", self.at))?;
        self.at += count;
        Ok(found)
    }

    fn expect(&mut self, what: &str, wanted: &[u8]) -> Result<(), String> {
        let at = self.at;
        let found = self.take(wanted.len())?;
        if found == wanted {
            return Ok(());
        }
        Err(format!("{what} at {at}: {found:02x?} instead of {wanted:02x?}"))
    }

    fn int(&mut self) -> Result<u32, String> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn array(&mut self) -> Result<Option<Vec<u8>>, String> {
        let at = self.at;
        match self.take(1)?[0] {
            0x70 => return Ok(None),
            0x71 => {
                let handle = self.int()?;
                let index = handle.checked_sub(FIRST_ARRAY).ok_or("a handle of no array")?;
                let array = self.arrays.get(index as usize).ok_or("a handle from the future")?;
                return Ok(Some(array.clone()));
            }
            0x75 => {}
            other => return Err(format!("{other:02x} at {at} where an array is due")),
        }
        if self.class_seen {
            self.expect("array class handle", &[0x71, 0, 0x7e, 0, 2])?;
        } else {
            self.expect("array class", b"\x72\x00\x02[B\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\x00\x00xp")?;
            self.class_seen = true;
        }
        let length = self.int()? as usize;
        let bytes = self.take(length)?.to_vec();
        self.arrays.push(bytes.clone());
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f724900097468726573686f6c6478703f4000000000000c77080000001000000001757200025b42acf317f8060854e002000078700000000d5b2263222c7b2266223a317d5d7571007e0002000000077b2270223a327d78";

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    }

    #[test]
    fn reads_what_java_wrote() {
        let map = parse(&bytes(ONE)).unwrap();
        assert_eq!(map, BTreeMap::from([(r#"["c",{"f":1}]"#.to_owned(), Some(serde_json::json!({"p": 2})))]));
    }

    #[test]
    fn refuses_every_cut() {
        let whole = bytes(ONE);
        for length in 1..whole.len() {
            assert!(parse(&whole[..length]).is_err(), "accepted the first {length} bytes");
        }
    }
}
